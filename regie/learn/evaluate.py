"""Evaluate: how right predictions were, each beside the plain baseline it should beat; pure.

Why always beside a baseline: a number alone sounds good or bad by taste, a difference does not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from regie.learn import metrics
from regie.learn.promote import LEAST_PEOPLE


def judge_probabilities(p: Any, baseline_p: Any, came: Any) -> dict[str, float]:
    """Probabilities beside what came, and beside the baseline's.

    Parameters
    ----------
    p, baseline_p : npt.NDArray
        Shape (n,). Probabilities.
    came : npt.NDArray
        Shape (n,). Whether it came.

    Returns
    -------
    dict[str, float]
        people, rate, and auc, brier, log_loss, each also as `baseline_…`; calibration_slope and
        calibration_intercept (1 and 0 are perfect). nan where it is not defined.

    Examples
    --------
    >>> judged = judge_probabilities(np.array([0.9, 0.1]), np.array([0.5, 0.5]),
    ...                              np.array([True, False]))
    >>> judged["auc"], judged["baseline_auc"], judged["people"]
    (1.0, 0.5, 2)
    """
    slope, intercept = metrics.calibration_line(p, came) if len(p) else (np.nan, np.nan)
    judged = {
        "people": len(p),
        "rate": float(came.mean()) if len(p) else float("nan"),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
    }
    for name in ("auc", "brier", "log_loss"):
        measure = getattr(metrics, name)
        judged[name] = measure(p, came)
        judged[f"baseline_{name}"] = measure(baseline_p, came)
    return judged


def judge_items(
    picked: Sequence[Sequence[str]],
    baseline: Sequence[Sequence[str]],
    wanted: Sequence[Collection[str]],
) -> dict[str, float]:
    """Selections beside what people then bought, and beside popularity.

    Parameters
    ----------
    picked, baseline : Sequence[Sequence[str]]
        Per person: items, best first.
    wanted : Sequence[Collection[str]]
        Per person: what they bought; people who bought nothing are left out.

    Returns
    -------
    dict[str, float]
        people, and hit_rate and ndcg, each also as `baseline_…`.

    Examples
    --------
    >>> judge_items([["A", "B"], ["A"]], [["C"], ["C"]], [{"B"}, set()])["hit_rate"]
    1.0
    """
    judged: dict[str, float] = {}
    for name, lists in (("", picked), ("baseline_", baseline)):
        hits_pk, counts = _hits(lists, wanted)
        judged["people"] = len(counts)
        judged[f"{name}hit_rate"] = metrics.hit_rate(hits_pk)
        judged[f"{name}ndcg"] = metrics.ndcg(hits_pk, counts)
    return judged


def hit_gain(
    picked: Sequence[Sequence[str]],
    baseline: Sequence[Sequence[str]],
    wanted: Sequence[Collection[str]],
    who: Sequence[str],
) -> dict[str, float]:
    """Between which bounds the picks' hit rate, less popularity's, lies 95 times in 100.

    Each selection is set beside the plain one for the same person and days; a person asked about
    several times is one draw and not several, or the bounds would come out too narrow.

    Parameters
    ----------
    who : Sequence[str]
        Whose selection each is.

    Returns
    -------
    dict[str, float]
        hit_gain_low, hit_gain_high; nan with fewer than `promote.LEAST_PEOPLE` people.

    References
    ----------
    Liang, Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73, 1986.

    Examples
    --------
    >>> people = [str(n) for n in range(40)]
    >>> found = hit_gain([["A"]] * 40, [["B"]] * 40, [{"A"}] * 30 + [{"B"}] * 10, people)
    >>> [round(bound, 3) for bound in found.values()]
    [0.22, 0.78]
    >>> hit_gain([["A"]], [["B"]], [{"A"}], ["p"])
    {'hit_gain_low': nan, 'hit_gain_high': nan}
    """
    gained: Any = np.zeros(0)
    if any(wanted):
        ours, plain = (_hits(lists, wanted)[0].any(axis=1) for lists in (picked, baseline))
        gained = ours.astype(float) - plain
    asked = [key for key, bought in zip(who, wanted, strict=True) if bought]
    people, place = np.unique(np.array(asked, dtype=str), return_inverse=True)
    if len(people) < LEAST_PEOPLE:
        return {"hit_gain_low": float("nan"), "hit_gain_high": float("nan")}
    from scipy.special import stdtrit

    mean, n = float(gained.mean()), len(people)
    apart = np.bincount(place, weights=gained - mean)
    spread = float(np.sqrt((apart**2).sum() * n / (n - 1))) / len(gained)
    reach = float(stdtrit(n - 1, 0.975)) * spread
    return {"hit_gain_low": mean - reach, "hit_gain_high": mean + reach}


def gains(picked: Sequence[Sequence[str]], wanted: Sequence[Collection[str]]) -> Any:
    """Each person's nDCG, of the people who bought something; shape (n,).

    Examples
    --------
    >>> gains([["A", "B"], ["A"]], [{"A"}, set()]).tolist()
    [1.0]
    """
    return metrics.gains(*_hits(picked, wanted))


def _hits(lists: Sequence[Sequence[str]], wanted: Sequence[Collection[str]]) -> tuple[Any, Any]:
    """Whether the item in each place was bought, and how many were, of people who bought some."""
    who = [i for i, bought in enumerate(wanted) if bought]
    width = max((len(lists[i]) for i in who), default=0)
    hits_pk = np.zeros((len(who), width), dtype=bool)
    for row, i in enumerate(who):
        hits_pk[row, : len(lists[i])] = [item in wanted[i] for item in lists[i]]
    return hits_pk, np.array([len(wanted[i]) for i in who], dtype=np.int64)
