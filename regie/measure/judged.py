"""What earlier predictions turned out to be: the records of a judgement; pure.

Plain and JSON-able. Why here and not in `learn`, which fills them in: the report that shows them
may not look downstream.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from regie.terms.document import CalibrationPoint

Scores = dict[str, float | None]
"""Measure to figure (auc, brier, hit_rate …; `baseline_…` beside each); None where undefined."""


class SegmentJudged(msgspec.Struct, frozen=True, kw_only=True):
    """A segment as of a run.

    Parameters
    ----------
    persons, buyers, orders, value_micros : int
        People in it; who of them ordered in the 30 days before, how often, for how much.
    response : float or None
        Share of them who ordered in the 30 days after; None where that is not known yet.
    """

    name: str
    persons: int
    buyers: int
    orders: int
    value_micros: int
    response: float | None


class SumJudged(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a campaign's people were foreseen to order, beside how many did.

    Parameters
    ----------
    people : int
        Whom a run chose it for, and who may be read today.
    expected, variance : float
        Of the sum of their probabilities, were each of them right.
    came : int
        Who ordered in the 30 days after.
    """

    campaign: str
    people: int
    expected: float
    variance: float
    came: int


class RunJudged(msgspec.Struct, frozen=True, kw_only=True):
    """A run's predictions beside what happened.

    Parameters
    ----------
    run, as_of_us : int
        Which run, and the instant it looked from.
    known : bool
        Whether its 30 days are over and the orders of those days are here.
    decided, left_out : int
        People it decided on; of them those who may not be read today.
    probabilities, items : dict[str, float or None]
        As `learn.evaluate` names them; empty where not known. `hit_gain_low` and `hit_gain_high`
        bound how much better the hit rate is than the plain one.
    bins : tuple[CalibrationPoint, ...]
        Predicted beside observed, in ten groups of equal size.
    coupons : dict[str, float or None]
        The same probabilities beside who then redeemed a coupon; empty where nobody ever did.
    segments : tuple[SegmentJudged, ...]
        In the order of rules/segments.toml.
    models : dict[str, str]
        Model to the version that scored.
    sums : tuple[SumJudged, ...]
        Of each campaign it chose, by name; empty where not known.
    """

    run: int
    as_of_us: int
    known: bool
    decided: int
    left_out: int
    probabilities: Scores
    bins: tuple[CalibrationPoint, ...]
    items: Scores
    segments: tuple[SegmentJudged, ...]
    models: dict[str, str]
    coupons: Scores = {}
    sums: tuple[SumJudged, ...] = ()


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """All runs, oldest first, and the predictions of those that are known taken together.

    Examples
    --------
    >>> Judged().known
    ()
    """

    runs: tuple[RunJudged, ...] = ()
    probabilities: Scores = {}
    bins: tuple[CalibrationPoint, ...] = ()
    items: Scores = {}
    coupons: Scores = {}

    @property
    def known(self) -> tuple[RunJudged, ...]:
        """The runs that can be judged."""
        return tuple(run for run in self.runs if run.known)


def certainty(items: Scores) -> str:
    """What may be said of the hit rate beside the plain one: better, worse, noise, or few.

    Examples
    --------
    >>> certainty({"hit_gain_low": 0.01, "hit_gain_high": 0.03})
    'better'
    >>> certainty({"hit_gain_low": -0.01, "hit_gain_high": 0.03}), certainty({})
    ('noise', 'few')
    """
    low, high = items.get("hit_gain_low"), items.get("hit_gain_high")
    if low is None or high is None:
        return "few"
    return "better" if low > 0 else "worse" if high < 0 else "noise"


SUM_CONFIDENCE = 0.9
"""So often the truth lies within `sum_reach` of a sum."""


def sum_reach(expected: float, variance: float, earlier: Sequence[Sequence[SumJudged]]) -> float:
    """How far the number of people who order may lie from the one that was foreseen.

    Two things part them: chance, person by person, and the model, which is off for everybody at
    once (a season, a promotion of somebody else). The second is what earlier runs were off beyond
    chance, as a share of what they foresaw: a campaign's people share their run's luck, so that
    there are as many observations as runs, and Student's distribution says how little few of them
    tell. What messages added to the orders of people they reached is in it too.

    Parameters
    ----------
    expected, variance : float
        Of the sum, were every probability right.
    earlier : Sequence[Sequence[SumJudged]]
        Each earlier run's campaigns; of no run, chance alone is told.

    References
    ----------
    Higgins, Thompson, Spiegelhalter, "A re-evaluation of random-effects meta-analysis", Journal of
    the Royal Statistical Society A 172, 2009: the prediction interval; here the mean error is
    taken to be none, as nobody corrects a forecast by it.

    Examples
    --------
    >>> far = SumJudged(campaign="c", people=1000, expected=200.0, variance=160.0, came=140)
    >>> [round(sum_reach(100.0, 80.0, [[far]] * runs), 1) for runs in (0, 1, 4)]
    [14.7, 193.6, 65.4]

    A run that foresaw nothing tells nothing.

    >>> none = SumJudged(campaign="c", people=0, expected=0.0, variance=0.0, came=0)
    >>> sum_reach(100.0, 80.0, [[none], [far], []]) == sum_reach(100.0, 80.0, [[far]])
    True

    One that foresaw less than a person, and was wrong, does.

    >>> few = SumJudged(campaign="c", people=9, expected=0.5, variance=0.4, came=4)
    >>> sum_reach(100.0, 80.0, [[few]]) > sum_reach(100.0, 80.0, [])
    True
    """
    from scipy.special import ndtri, stdtrit

    tail = (1 + SUM_CONFIDENCE) / 2
    chance = float(ndtri(tail)) * math.sqrt(variance)
    runs = [sums for sums in earlier if math.fsum(one.expected for one in sums) > 0]
    if not runs:
        return chance
    off = math.fsum(_off_beyond_chance(sums) for sums in runs) / len(runs)
    spread = math.sqrt(variance + max(0.0, off) * expected * expected)
    return max(chance, float(stdtrit(len(runs), tail)) * spread)


def _off_beyond_chance(sums: Sequence[SumJudged]) -> float:
    """A run's squared error as a share of what was foreseen, less what chance does to it."""
    found = math.fsum((one.came - one.expected) ** 2 - one.variance for one in sums)
    return found / math.fsum(one.expected**2 for one in sums)


def share_bounds(share: float, people: int) -> tuple[float, float]:
    """Between which shares the true one lies, 95 times in 100.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927.

    Examples
    --------
    >>> [round(bound, 3) for bound in share_bounds(0.5, 100)]
    [0.404, 0.596]
    >>> share_bounds(0.0, 0)
    (0.0, 1.0)
    """
    if not people:
        return 0.0, 1.0
    z = 1.959963984540054
    weight = 1 + z * z / people
    middle = (share + z * z / (2 * people)) / weight
    half = z / weight * math.sqrt(share * (1 - share) / people + z * z / (4 * people * people))
    return max(0.0, middle - half), min(1.0, middle + half)
