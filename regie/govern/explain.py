"""Explain: what was chosen, why, what else could have been, and one change that turns the choice.

Pure: `workspace` hands over the choosing function, because govern calls no stage. A changed world
is really run through that function; nothing is told that was not seen to happen.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from regie.terms.decision import NOTHING, Decision, Reason

Choosing = Callable[[Mapping[str, Any], Mapping[str, Any]], str]
"""Inputs and constraints of one decision in, the chosen action out."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that might have been otherwise, and what would then have been chosen.

    Parameters
    ----------
    code : str
        Which sentence tells it.
    values : dict[str, Any]
        What the sentence names.
    chosen : str
        The action that the policy then takes.
    """

    code: str
    values: dict[str, Any]
    chosen: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision told in parts, without a language.

    fr: explication

    Parameters
    ----------
    chosen : str
        The action.
    reasons : tuple[Reason, ...]
        Strongest first.
    alternatives : dict[str, float]
        The other candidates and their scores.
    excluded : dict[str, int]
        Why candidates fell out.
    change : tuple[Change, ...]
        The changes that together turn the choice: nearly always one.
    basis : dict[str, str]
        Purpose to legal basis and evidence.
    """

    decision: Decision
    chosen: str
    reasons: tuple[Reason, ...]
    alternatives: dict[str, float]
    excluded: dict[str, int]
    change: tuple[Change, ...]
    basis: dict[str, str]


def explain(
    decision: Decision,
    choosing: Choosing,
    *,
    cap_messages: int,
    threshold: float = 0.0,
    affinity_weight: float = 1.0,
) -> Explanation:
    """Tell a decision.

    Parameters
    ----------
    choosing : Choosing
        The policy as it was, over one person's inputs.
    cap_messages, threshold, affinity_weight : int, float, float
        The policy's cap, the score a campaign must beat, its points per point of affinity: how
        large a change must be to meet them.

    Returns
    -------
    Explanation
        Its changes were run: together they turn the choice, and without any of them it stays.

    Examples
    --------
    A policy that writes to whoever was not written to lately.

    >>> def choosing(inputs, constraints):
    ...     return "favourites" if inputs["contacts"] < 2 else "nothing"
    >>> d = Decision(id="d", kind="message", run=1, at_us=0, subject="k", policy="p",
    ...              chosen="nothing", propensity=1.0, seed=1, actor="policy",
    ...              excluded={"pressure": 1}, inputs={"contacts": 2, "campaigns": {}},
    ...              constraints={"cutoffs": {}})
    >>> [(c.code, c.chosen) for c in explain(d, choosing, cap_messages=2).change]
    [('no_contacts', 'favourites')]
    """
    others = {c.id: c.score for c in decision.candidates if c.id != decision.chosen}
    return Explanation(
        decision=decision,
        chosen=decision.chosen,
        reasons=decision.reasons,
        alternatives=others,
        excluded=decision.excluded,
        change=_change(decision, choosing, _Bar(cap_messages, threshold, affinity_weight)),
        basis=decision.basis,
    )


_Inputs = dict[str, Any]
_Apply = Callable[[_Inputs, _Inputs], None]


class _Step(NamedTuple):
    """A change that makes sense: its sentence, what that names, what it does to the inputs."""

    code: str
    values: dict[str, Any]
    apply: _Apply


class _Bar(NamedTuple):
    """What a campaign must get over, of the policy."""

    cap_messages: int
    threshold: float
    affinity_weight: float


def _change(decision: Decision, choosing: Choosing, bar: _Bar) -> tuple[Change, ...]:
    def run(steps: Sequence[_Step]) -> str:
        inputs, constraints = copy.deepcopy(decision.inputs), copy.deepcopy(decision.constraints)
        for step in steps:
            step.apply(inputs, constraints)
        return choosing(inputs, constraints)

    if decision.chosen == NOTHING:
        steps = list(_towards_writing(decision, bar))
    else:
        steps = list(_away_from_writing(decision, bar))
    told = next(([step] for step in steps if run([step]) != decision.chosen), None)
    if told is None:
        told = _several(steps, lambda some: run(some) != decision.chosen)
    chosen = run(told)
    return tuple(Change(code=step.code, values=step.values, chosen=chosen) for step in told)


def _several(steps: Sequence[_Step], turns: Callable[[Sequence[_Step]], bool]) -> list[_Step]:
    """Changes one upon another until the choice turns, then without those that were not needed."""
    for count in range(2, len(steps) + 1):
        told = list(steps[:count])
        if turns(told):
            for step in steps[:count]:
                without = [other for other in told if other is not step]
                told = without if turns(without) else told
            return told
    return []


def _set(name: str, value: Any) -> _Apply:
    def apply(inputs: _Inputs, constraints: _Inputs) -> None:
        inputs[name] = value

    return apply


def _set_campaign(campaign: str, name: str, value: Any) -> _Apply:
    def apply(inputs: _Inputs, constraints: _Inputs) -> None:
        inputs["campaigns"][campaign][name] = value

    return apply


def _constrain(name: str, value: Any) -> _Apply:
    def apply(inputs: _Inputs, constraints: _Inputs) -> None:
        constraints[name] = value

    return apply


def _free(campaign: str) -> _Apply:
    def apply(inputs: _Inputs, constraints: _Inputs) -> None:
        constraints["cutoffs"][campaign] = None

    return apply


def _towards_writing(decision: Decision, bar: _Bar) -> Iterator[_Step]:
    """What would have to be otherwise for a message to leave, the most telling first."""
    inputs, constraints = decision.inputs, decision.constraints
    if constraints.get("holdout"):
        yield _Step("no_holdout", {}, _constrain("holdout", False))
    if constraints.get("explored"):
        yield _Step("no_exploration", {}, _constrain("explored", False))
    if inputs["contacts"]:
        yield _Step("no_contacts", {"contacts": inputs["contacts"]}, _set("contacts", 0))
    for name in ("consent", "address"):
        if not inputs.get(name, True):
            yield _Step(f"with_{name}", {}, _set(name, True))
    for candidate in decision.candidates:
        facts, values = inputs["campaigns"][candidate.id], {"campaign": candidate.id}
        for name in ("dates", "audience", "selection"):
            if not facts[name]:
                yield _Step(f"with_{name}", values, _set_campaign(candidate.id, name, True))
        if constraints["cutoffs"].get(candidate.id) is not None:
            yield _Step("more_budget", values, _free(candidate.id))
        if candidate.score <= bar.threshold and bar.affinity_weight > 0:
            points = bar.threshold - candidate.score + _A_LITTLE
            liked = facts["affinity"] + points / bar.affinity_weight
            change = _set_campaign(candidate.id, "affinity", liked)
            yield _Step("more_affinity", {**values, "points": points}, change)


_A_LITTLE = 0.01
"""Points over the bar, so that rounding does not decide."""


def _away_from_writing(decision: Decision, bar: _Bar) -> Iterator[_Step]:
    """What would have turned this message away, the most telling first."""
    inputs = decision.inputs
    if decision.constraints.get("explored"):
        yield _Step("no_exploration", {}, _constrain("explored", False))
    habits = [r for r in decision.reasons if r.code not in ("affinity", "priority")]
    response = sum(reason.weight for reason in habits)
    for reason in decision.reasons:
        if reason.weight <= 0 or reason.code == "priority":
            continue
        if reason.code == "affinity":
            yield _Step("no_affinity", {}, _set_campaign(decision.chosen, "affinity", 0.0))
        elif response:
            # The weight is the policy's weight times a part of the response: scale it back.
            values = {"reason": reason.code, "baseline": reason.baseline}
            average = inputs["response"] * (1 - reason.weight / response)
            yield _Step("average_habit", values, _set("response", average))
    full = max(bar.cap_messages, inputs["contacts"] + 1)
    yield _Step("full_contacts", {"contacts": full}, _set("contacts", full))
    yield _Step("without_consent", {}, _set("consent", False))
