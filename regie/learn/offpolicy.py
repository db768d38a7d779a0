"""Off-policy: what another policy would have brought, from what the first chose and saw; pure.

People were given actions with known probabilities, so a result can be weighed by how much likelier
the other policy would have given that action. The plain weighing (inverse propensity) is right on
the mean and shaky; the doubly robust form weighs only what a prediction did not foresee, is right
where either weights or prediction are, and is what the interval stands on. The prediction is the
one that was recorded with each decision, made before anything happened: nothing is fitted here.

What it cannot say: where the other policy does what the first could never have done (probability
zero), nothing was seen. `Estimate.unseen` says how much of the other policy that is.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

_NORMAL_95 = 1.959963984540054


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a result would be on the mean under another policy, beside what it was.

    fr: estimation

    Parameters
    ----------
    people : int
        How many were decided on.
    was, now : float
        Mean under the policy that ran, as seen; under the other one, doubly robust.
    difference, low, high : float
        `now` - `was` and its 95 % interval; nan with fewer than two people.
    weighed, weighed_shares : float
        `now` by inverse propensity alone, and by its shares of the weights.
    unseen : float
        Share of the other policy's choices that the first could not have made.

    Examples
    --------
    >>> Estimate(people=2, was=0.5, now=0.6, difference=0.1, low=-0.1, high=0.3, weighed=0.6,
    ...          weighed_shares=0.6, unseen=0.0).now
    0.6
    """

    people: int
    was: float
    now: float
    difference: float
    low: float
    high: float
    weighed: float
    weighed_shares: float
    unseen: float

    def told(self) -> str:
        """Whether the difference is more than noise, in a word.

        Examples
        --------
        >>> Estimate(people=2, was=0.5, now=0.6, difference=0.1, low=-0.1, high=0.3, weighed=0.6,
        ...          weighed_shares=0.6, unseen=0.0).told()
        'no difference beyond noise'
        """
        if self.low > 0:
            return "more, beyond noise"
        return "less, beyond noise" if self.high < 0 else "no difference beyond noise"


def estimate(
    reward_p: Any, predicted_p: Any, taken_p: Any, logged_pa: Any, other_pa: Any
) -> Estimate:
    """The mean result under another policy.

    Parameters
    ----------
    reward_p : npt.NDArray
        Shape (p,). What came.
    predicted_p : npt.NDArray
        Shape (p,). What was foreseen of each person before any choice, whatever the action.
    taken_p : npt.NDArray
        Shape (p,), int. The action each person got: a column of the next two.
    logged_pa, other_pa : npt.NDArray
        Shape (p, actions). Each action's probability under the policy that ran, and the other.

    References
    ----------
    Dudík, Langford, Li, "Doubly robust policy evaluation and learning", ICML 2011. Swaminathan,
    Joachims, "The self-normalized estimator for counterfactual learning", NeurIPS 2015.

    Examples
    --------
    The same policy gives what was seen.

    >>> half = np.full((4, 2), 0.5)
    >>> reward, taken = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0, 1, 0, 1])
    >>> same = estimate(reward, np.full(4, 0.5), taken, half, half)
    >>> same.was, same.now, same.difference
    (0.5, 0.5, 0.0)

    One that always takes the first action brings what that one brought.

    >>> first = np.tile([1.0, 0.0], (4, 1))
    >>> estimate(reward, np.full(4, 0.5), taken, half, first).now
    1.0
    """
    rows = np.arange(len(reward_p))
    weight_p = other_pa[rows, taken_p] / logged_pa[rows, taken_p]
    robust_p = predicted_p + weight_p * (reward_p - predicted_p)
    gained_p = robust_p - reward_p
    people = len(reward_p)
    difference = float(np.mean(gained_p)) if people else math.nan
    reach = math.nan
    if people > 1:
        reach = _NORMAL_95 * float(np.std(gained_p, ddof=1)) / math.sqrt(people)
    total = float(weight_p.sum())
    unseen_p = np.where(logged_pa > 0, 0.0, other_pa).sum(axis=1)
    return Estimate(
        people=people,
        was=float(np.mean(reward_p)) if people else math.nan,
        now=float(np.mean(robust_p)) if people else math.nan,
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        weighed=float(np.mean(weight_p * reward_p)) if people else math.nan,
        weighed_shares=float((weight_p * reward_p).sum()) / total if total else math.nan,
        unseen=float(np.mean(unseen_p)) if people else math.nan,
    )
