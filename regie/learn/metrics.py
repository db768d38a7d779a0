"""How right a prediction was: plain measures over arrays; pure.

Why our own: each is a few lines, its ties and empty cases are stated here, and no report should
wait for a machine-learning library to be imported. Where a measure does not exist (one class only,
nobody to judge) the answer is nan, never a guess.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SMALLEST_SHARE = 1e-12
"""Probabilities are kept this far from 0 and 1 before a logarithm."""


class CalibrationBin(msgspec.Struct, frozen=True):
    """People of similar prediction: how many, what was predicted, what came.

    Parameters
    ----------
    people : int
        How many.
    predicted, observed : float
        Mean probability; share for whom it came true.
    """

    people: int
    predicted: float
    observed: float


def auc(p: Floats, came: Flags) -> float:
    """The chance that someone for whom it came true was ranked above someone for whom it did not.

    Parameters
    ----------
    p : npt.NDArray
        Shape (n,). Scores; only their order counts.
    came : npt.NDArray
        Shape (n,). What happened.

    Returns
    -------
    float
        0..1, ties count half; nan without both kinds of people.

    References
    ----------
    Hanley, McNeil, "The meaning and use of the area under a ROC curve", Radiology 143, 1982.

    Examples
    --------
    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    >>> auc(np.array([0.5, 0.5]), np.array([False, True]))
    0.5
    >>> auc(np.array([0.5]), np.array([True]))
    nan
    """
    yes, no = int(came.sum()), int((~came).sum())
    if not yes or not no:
        return float("nan")
    _, place, ties = np.unique(p, return_inverse=True, return_counts=True)
    rank_times_2 = (2 * np.cumsum(ties) - ties + 1)[place]
    # Whole numbers up to the last division: the same in whatever order people come.
    return int(rank_times_2[came].sum() - yes * (yes + 1)) / (2 * yes * no)


def brier(p: Floats, came: Flags) -> float:
    """Mean squared distance between probability and what came; 0 is perfect.

    References
    ----------
    Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review
    78, 1950.

    Examples
    --------
    >>> brier(np.array([1.0, 0.5]), np.array([True, False]))
    0.125
    >>> brier(np.array([]), np.array([], dtype=bool))
    nan
    """
    return float(np.mean((p - came) ** 2)) if len(p) else float("nan")


def log_loss(p: Floats, came: Flags) -> float:
    """Mean surprise, in nats, at what came; small is good.

    Examples
    --------
    >>> round(log_loss(np.array([0.5, 0.5]), np.array([True, False])), 6)
    0.693147
    >>> round(log_loss(np.array([0.0]), np.array([True])), 2)
    27.63
    """
    return float(np.mean(log_losses(p, came))) if len(p) else float("nan")


def log_losses(p: Floats, came: Flags) -> Floats:
    """Each person's surprise, in nats, at what came.

    Examples
    --------
    >>> log_losses(np.array([0.5, 1.0]), np.array([True, True])).round(6).tolist()
    [0.693147, 0.0]
    """
    kept = np.clip(p, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    losses: Floats = -np.where(came, np.log(kept), np.log1p(-kept))
    return np.abs(losses)  # no -0.0


def calibration_bins(p: Floats, came: Flags, bins: int = 10) -> tuple[CalibrationBin, ...]:
    """What was predicted beside what came, in groups of equal size from low to high.

    Parameters
    ----------
    p : npt.NDArray
        Shape (n,). Probabilities.
    came : npt.NDArray
        Shape (n,).
    bins : int
        How many groups; equal probabilities may fall into two (ties stay in the order given).

    Examples
    --------
    >>> calibration_bins(np.array([0.25, 0.75]), np.array([False, True]), bins=2)[1]
    CalibrationBin(people=1, predicted=0.75, observed=1.0)
    >>> calibration_bins(np.array([]), np.array([], dtype=bool))
    ()
    """
    order = np.argsort(p, kind="stable")
    return tuple(
        CalibrationBin(len(part), float(p[part].mean()), float(came[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    )


def calibration_line(p: Floats, came: Flags) -> tuple[float, float]:
    """Slope and intercept of the line that would correct the log-odds: 1 and 0 are perfect.

    Returns
    -------
    tuple[float, float]
        Slope below 1: too sure of itself; intercept above 0: too low on the whole. nan without
        both kinds of people, or where everybody has one probability.

    References
    ----------
    Cox, "Two further applications of a model for binary regression", Biometrika 45, 1958.

    Examples
    --------
    Right on the whole and in each group:

    >>> p = np.repeat([0.25, 0.75], 4)
    >>> came = np.array([True, False, False, False, True, True, True, False])
    >>> slope, intercept = calibration_line(p, came)
    >>> round(slope, 6), abs(round(intercept, 6))
    (1.0, 0.0)
    >>> calibration_line(np.array([0.5, 0.5]), np.array([True, False]))
    (nan, nan)
    """
    if came.all() or not came.any() or (p == p[0]).all():
        return float("nan"), float("nan")
    kept = np.clip(p, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    x = np.log(kept) - np.log1p(-kept)
    slope, intercept = 1.0, 0.0
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-(slope * x + intercept)))
        spread = fitted * (1 - fitted)
        gap = came - fitted
        a, b, c = float((spread * x * x).sum()), float((spread * x).sum()), float(spread.sum())
        det = a * c - b * b
        if det <= 0:  # parted without overlap: no finite line
            return float("nan"), float("nan")
        g, h = float((gap * x).sum()), float(gap.sum())
        step = (c * g - b * h) / det, (a * h - b * g) / det
        slope, intercept = slope + step[0], intercept + step[1]
        if max(abs(step[0]), abs(step[1])) < 1e-10:
            return slope, intercept
    return float("nan"), float("nan")


def hit_rate(hits_pk: Flags) -> float:
    """The share of people for whom at least one recommended item came true.

    Parameters
    ----------
    hits_pk : npt.NDArray
        Shape (people, k). Whether the item in each place was bought, best place first.

    Examples
    --------
    >>> hit_rate(np.array([[False, True], [False, False]]))
    0.5
    >>> hit_rate(np.zeros((0, 4), dtype=bool))
    nan
    """
    return float(hits_pk.any(axis=1).mean()) if len(hits_pk) else float("nan")


def ndcg(hits_pk: Flags, wanted: npt.NDArray[Any]) -> float:
    """How high the right items stood: 1 if all that could be right came first, 0 if none did.

    Parameters
    ----------
    hits_pk : npt.NDArray
        Shape (people, k). Whether the item in each place was bought, best place first.
    wanted : npt.NDArray
        Shape (people,), >= 1. How many items the person could have been right about.

    Returns
    -------
    float
        Mean over people of the discounted gain over the best possible one; nan without people.

    References
    ----------
    Järvelin, Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20, 2002.

    Examples
    --------
    >>> ndcg(np.array([[True, False]]), np.array([1]))
    1.0
    >>> round(ndcg(np.array([[False, True]]), np.array([1])), 4)
    0.6309
    >>> ndcg(np.zeros((0, 4), dtype=bool), np.array([]))
    nan
    """
    return float(np.mean(gains(hits_pk, wanted))) if len(hits_pk) else float("nan")


def gains(hits_pk: Flags, wanted: npt.NDArray[Any]) -> Floats:
    """Each person's discounted gain over the best possible one; see `ndcg`.

    Examples
    --------
    >>> gains(np.array([[True, False], [False, False]]), np.array([1, 2])).tolist()
    [1.0, 0.0]
    """
    k = hits_pk.shape[1]
    if not k:
        return np.zeros(len(hits_pk))
    discount = 1 / np.log2(np.arange(k) + 2)
    best = np.cumsum(discount)[np.minimum(wanted, k).astype(np.int64) - 1]
    each: Floats = (hits_pk * discount).sum(axis=1) / best
    return each
