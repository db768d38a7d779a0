"""The policy: one action for each person, nothing or one campaign's e-mail; pure, over arrays.

What people share (a budget) enters as a cut-off per campaign, computed once per run and kept with
it; given the cut-offs, each person is decided alone, so a batch and a single person agree.

Score, in points (log-odds): weight × response + weight × affinity + priority. Nothing scores the
policy's threshold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from regie.decide.eligibility import EXCLUSIONS, Bools, Floats, Ints, Quiet, Slate
from regie.terms.errors import RuleError
from regie.terms.person import keyed_share

NOBODY = -1
"""Index of the action `nothing`."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How to choose (rules/policies/NAME.toml).

    fr: règle de décision

    Parameters
    ----------
    response_weight, affinity_weight : float
        Points per log-odds of response and per point of affinity.
    threshold : float
        Score a campaign must beat.
    explore_share : float
        Share of people who get a random allowed action, so that later estimates are possible.
    holdout_share : float
        Share of people who never get anything from this policy.
    cap_messages, cap_days : int
        At most so many messages a person in so many rolling days, over all channels.
    gone_days : int
        An item not sold for so long is gone.
    selection_size : int
        Items in a message.
    """

    name: str
    response_weight: float
    affinity_weight: float
    threshold: float
    explore_share: float
    holdout_share: float
    cap_messages: int
    cap_days: int
    gone_days: int
    selection_size: int
    quiet: Quiet


def policy_from(toml: Mapping[str, Any], where: str, name: str) -> Policy:
    """The policy a TOML table describes.

    Raises
    ------
    RuleError
        If a key is missing or unknown, or a number lies outside its bounds.

    Examples
    --------
    >>> policy_from({}, "policies/standard.toml", "standard")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: policies/standard.toml is without response_weight, expected \
every key of a policy; see docs/guides/campaigns.md
    """
    step = "see docs/guides/campaigns.md"
    fields = [field for field in Policy.__struct_fields__ if field != "name"]
    for field in fields:
        if field not in toml:
            raise RuleError(where, f"without {field}", "every key of a policy", step)
    for key in toml:
        if key not in fields:
            raise RuleError(where, f'with "{key}"', "one of " + ", ".join(fields), step)
    try:
        policy = msgspec.convert({**toml, "name": name}, Policy)
    except msgspec.ValidationError as error:
        raise RuleError(where, str(error), "a policy", step) from error
    for field, (least, most) in _BOUNDS.items():
        value = getattr(policy, field)
        if not (math.isfinite(value) and least <= value <= most):
            rule = f"{least} to {most}" if math.isfinite(most) else f"a number from {least} on"
            rule = rule if math.isfinite(least) else "a number"
            raise RuleError(f"{where} {field}", str(value), rule, step)
    return policy


_ANY = (-math.inf, math.inf)
_BOUNDS: dict[str, tuple[float, float]] = {
    "response_weight": _ANY,
    "affinity_weight": _ANY,
    "threshold": _ANY,
    "explore_share": (0, 1),
    "holdout_share": (0, 1),
    "cap_messages": (0, math.inf),
    "cap_days": (1, math.inf),
    "gone_days": (1, math.inf),
    "selection_size": (1, math.inf),
}


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen for each person of a slate.

    Parameters
    ----------
    chosen_p, best_p : Ints
        Shape (p,). Campaign index, `NOBODY` for nothing; what would be without exploration.
    propensity_p : Floats
        Shape (p,). Probability of the chosen action given cut-off and holdout.
    score_pc : Floats
        Shape (p, c). Points.
    excluded_pc : Ints
        Shape (p, c). Index into `EXCLUSIONS` of the first reason against, -1 where none.
    explored_p, holdout_p : Bools
        Shape (p,). Whether the random draw chose; whether the person is held out.
    """

    chosen_p: Ints
    best_p: Ints
    propensity_p: Floats
    score_pc: Floats
    excluded_pc: Ints
    explored_p: Bools
    holdout_p: Bools


def scores(slate: Slate, policy: Policy) -> Floats:
    """Points of each campaign for each person, shape (p, c).

    Examples
    --------
    >>> from regie.decide.example import POLICY, SLATE
    >>> scores(SLATE, POLICY).round(6).tolist()
    [[0.8]]
    """
    response = policy.response_weight * slate.response_p[:, None]
    affinity = policy.affinity_weight * slate.affinity_pc
    points: Floats = response + affinity + slate.priority_c[None, :]
    return points


def choose(slate: Slate, policy: Policy, cutoff_c: Floats, seed: int) -> Choices:
    """Choose one action for each person.

    Parameters
    ----------
    slate : Slate
        What is known.
    cutoff_c : Floats
        Shape (c,). Least score a campaign's budget reaches down to, from `budget_cutoffs`.
    seed : int
        Names the exploration's draw; another seed is an independent draw.

    Returns
    -------
    Choices
        Person by person the same, whoever else stands in the slate.

    Examples
    --------
    >>> from regie.decide.example import POLICY, SLATE
    >>> chosen = choose(SLATE, POLICY, np.array([-np.inf]), seed=1)
    >>> chosen.chosen_p.tolist(), chosen.propensity_p.tolist()
    ([0], [1.0])

    Where the budget reaches only better scores, nothing is chosen, and why is told.

    >>> chosen = choose(SLATE, POLICY, np.array([0.9]), seed=1)
    >>> chosen.chosen_p.tolist(), EXCLUSIONS[chosen.excluded_pc[0, 0]]
    ([-1], 'budget')
    """
    score_pc = scores(slate, policy)
    held_p = _draws(f"holdout/{policy.name}", slate) < policy.holdout_share
    excluded_pc = _exclusions(slate, policy, score_pc, cutoff_c, held_p)
    allowed_pc = excluded_pc < 0
    best_p = _best(score_pc, allowed_pc, policy.threshold)
    actions_p = 1 + allowed_pc.sum(axis=1)
    draw_p = _draws(f"explore/{seed}", slate)
    explored_p = (draw_p < policy.explore_share) & (actions_p > 1)
    chosen_p = np.where(explored_p, _random_action(draw_p, allowed_pc, policy), best_p)
    share = np.where(actions_p > 1, policy.explore_share, 0.0)
    propensity_p = (1 - share) * (chosen_p == best_p) + share / actions_p
    return Choices(
        chosen_p=chosen_p,
        best_p=best_p,
        propensity_p=propensity_p,
        score_pc=score_pc,
        excluded_pc=excluded_pc,
        explored_p=explored_p,
        holdout_p=held_p,
    )


def probabilities(choices: Choices, policy: Policy) -> Floats:
    """Each action's probability given cut-off and control group, shape (p, c + 1).

    Returns
    -------
    Floats
        Campaigns in order, then `nothing`; each row adds up to 1, and the chosen action's is its
        propensity.

    Examples
    --------
    >>> from regie.decide.example import POLICY, SLATE
    >>> curious = msgspec.structs.replace(POLICY, explore_share=0.25)
    >>> probabilities(choose(SLATE, curious, np.array([-np.inf]), seed=1), curious).tolist()
    [[0.875, 0.125]]
    """
    people = len(choices.best_p)
    open_pa = np.column_stack([choices.excluded_pc < 0, np.ones(people, dtype=np.bool_)])
    actions_p = open_pa.sum(axis=1)
    share = np.where(actions_p > 1, policy.explore_share, 0.0)
    each_pa: Floats = np.where(open_pa, (share / actions_p)[:, None], 0.0)
    # As `choose` says it of the chosen one, to the bit: the best's share, then the draw's.
    best_pa = np.zeros_like(each_pa)
    best_pa[np.arange(people), choices.best_p] = 1 - share
    return best_pa + each_pa


def _draws(salt: str, slate: Slate) -> Floats:
    return np.array([keyed_share(salt, key) for key in slate.keys], dtype=np.float64)


def _exclusions(
    slate: Slate, policy: Policy, score_pc: Floats, cutoff_c: Floats, held_p: Bools
) -> Ints:
    against = {
        "dates": ~slate.dates_c[None, :],
        "consent": ~slate.consent_p[:, None],
        "address": ~slate.address_p[:, None],
        "audience": ~slate.audience_pc,
        "selection": ~slate.selection_pc,
        "holdout": held_p[:, None],
        "pressure": (slate.contacts_p >= policy.cap_messages)[:, None],
        "budget": score_pc < cutoff_c[None, :],
    }
    excluded = np.full(score_pc.shape, -1, dtype=np.int64)
    for index, reason in reversed(list(enumerate(EXCLUSIONS))):
        excluded = np.where(against[reason], index, excluded)
    return excluded


def _best(score_pc: Floats, allowed_pc: Bools, threshold: float) -> Ints:
    if score_pc.shape[1] == 0:
        return np.full(len(score_pc), NOBODY, dtype=np.int64)
    open_pc = np.where(allowed_pc & (score_pc > threshold), score_pc, -np.inf)
    best = open_pc.argmax(axis=1)  # a tie goes to the first campaign by name
    return np.where(np.isneginf(open_pc.max(axis=1)), NOBODY, best).astype(np.int64)


def _random_action(draw_p: Floats, allowed_pc: Bools, policy: Policy) -> Ints:
    """The allowed action the draw points at, `nothing` first: uniform given that it explores."""
    if not policy.explore_share or allowed_pc.shape[1] == 0:
        return np.full(len(draw_p), NOBODY, dtype=np.int64)
    actions_p = 1 + allowed_pc.sum(axis=1)
    nth = np.minimum((draw_p / policy.explore_share * actions_p).astype(np.int64), actions_p - 1)
    rank_pc = np.where(allowed_pc, allowed_pc.cumsum(axis=1), 0)
    hit_pc = (rank_pc == nth[:, None]) & (nth[:, None] > 0)
    return np.where(hit_pc.any(axis=1), hit_pc.argmax(axis=1), NOBODY).astype(np.int64)


def budget_cutoffs(slate: Slate, policy: Policy, seed: int) -> Floats:
    """The least score each campaign's budget reaches down to, shape (c,); -inf where all fit.

    Raises the cut-off of every campaign that would overspend until none does: who falls under it
    may still get another campaign. A cut-off only rises, from one score to a higher one, so this
    ends.

    Raises
    ------
    RuleError
        If a score is not a finite number: no cut-off could stand above it.

    Examples
    --------
    A budget that pays no message reaches nobody.

    >>> from regie.decide.example import POLICY, SLATE
    >>> budget_cutoffs(SLATE, POLICY, seed=1) > scores(SLATE, POLICY)[0]
    array([ True])
    """
    cutoff_c = np.full(len(slate.campaigns), -np.inf)
    most_c = np.where(
        slate.cost_c > 0, slate.budget_c // np.maximum(slate.cost_c, 1), len(slate.keys)
    )
    while True:
        choices = choose(slate, policy, cutoff_c, seed)
        raised = False
        for c in range(len(cutoff_c)):
            chosen = np.sort(choices.score_pc[choices.chosen_p == c, c])[::-1]
            if len(chosen) > most_c[c]:
                cut = _cut(chosen, int(most_c[c]))
                if not cutoff_c[c] < cut < np.inf:
                    raise RuleError(
                        f"score of campaign {slate.campaigns[c]}",
                        str(cut),
                        "a finite number",
                        "see its priority, and the weights of the policy",
                    )
                cutoff_c[c] = cut
                raised = True
        if not raised:
            return cutoff_c


def _cut(descending: Floats, most: int) -> float:
    """The least score to keep so that at most `most` remain; a tie across the edge falls whole."""
    first_out = descending[most]
    kept = descending[descending > first_out]
    return float(kept[-1]) if len(kept) else float(np.nextafter(first_out, np.inf))
