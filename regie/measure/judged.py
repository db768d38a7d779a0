"""What earlier predictions turned out to be: the records of a judgement; pure.

Plain and JSON-able. Why here and not in `learn`, which fills them in: the report that shows them
may not look downstream.
"""

from __future__ import annotations

import math

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
