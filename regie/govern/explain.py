"""Explain: what was chosen, why, what else could have been, and one change that would have changed it.

Pure: `workspace` hands over the choosing function, because govern calls no stage. A changed world
is really run through that function; nothing is told that was not seen to happen.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

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


def explain(decision: Decision, choosing: Choosing, *, cap_messages: int) -> Explanation:
    """Tell a decision.

    Parameters
    ----------
    choosing : Choosing
        The policy as it was, over one person's inputs.
    cap_messages : int
        The policy's cap, for the change that meets it.

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
        change=_change(decision, choosing, cap_messages),
        basis=decision.basis,
    )


World = tuple[dict[str, Any], dict[str, Any]]
_Step = tuple[str, dict[str, Any], World]


def _change(decision: Decision, choosing: Choosing, cap_messages: int) -> tuple[Change, ...]:
    world: World = (decision.inputs, decision.constraints)
    single = list(_steps(decision, world, cap_messages))
    for code, values, changed in single:
        chosen = choosing(*changed)
        if chosen != decision.chosen:
            return (Change(code=code, values=values, chosen=chosen),)
    return _several(decision, world, choosing, cap_messages)


def _several(
    decision: Decision, world: World, choosing: Choosing, cap_messages: int
) -> tuple[Change, ...]:
    """Changes one upon another until the choice turns: where several things stood against it."""
    told: list[tuple[str, dict[str, Any]]] = []
    for code in [step[0] for step in _steps(decision, world, cap_messages)]:
        found = next((s for s in _steps(decision, world, cap_messages) if s[0] == code), None)
        if found is None:
            continue
        world = found[2]
        told.append((code, found[1]))
        chosen = choosing(*world)
        if chosen != decision.chosen:
            return tuple(Change(code=c, values=values, chosen=chosen) for c, values in told)
    return ()


def _steps(decision: Decision, world: World, cap_messages: int) -> Iterator[_Step]:
    """Every single change that makes sense from here, the most telling first."""
    if decision.chosen == NOTHING:
        yield from _towards_writing(decision, world)
    else:
        yield from _away_from_writing(decision, world, cap_messages)


def _changed(world: World, apply: Callable[[dict[str, Any], dict[str, Any]], None]) -> World:
    inputs, constraints = copy.deepcopy(world[0]), copy.deepcopy(world[1])
    apply(inputs, constraints)
    return inputs, constraints


def _set(name: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def apply(inputs: dict[str, Any], constraints: dict[str, Any]) -> None:
        inputs[name] = value

    return apply


def _set_campaign(campaign: str, name: str, value: Any) -> Callable[[dict[str, Any], Any], None]:
    def apply(inputs: dict[str, Any], constraints: dict[str, Any]) -> None:
        inputs["campaigns"][campaign][name] = value

    return apply


def _constrain(name: str, value: Any) -> Callable[[Any, dict[str, Any]], None]:
    def apply(inputs: dict[str, Any], constraints: dict[str, Any]) -> None:
        constraints[name] = value

    return apply


def _towards_writing(decision: Decision, world: World) -> Iterator[_Step]:
    inputs, constraints = world
    if constraints.get("holdout"):
        yield "no_holdout", {}, _changed(world, _constrain("holdout", False))
    if constraints.get("explored"):
        yield "no_exploration", {}, _changed(world, _constrain("explored", False))
    if inputs["contacts"]:
        values = {"contacts": inputs["contacts"]}
        yield "no_contacts", values, _changed(world, _set("contacts", 0))
    for name in ("consent", "address"):
        if not inputs.get(name, True):
            yield f"with_{name}", {}, _changed(world, _set(name, True))
    for candidate in decision.candidates:
        facts, values = inputs["campaigns"][candidate.id], {"campaign": candidate.id}
        for name in ("dates", "audience", "selection"):
            if not facts[name]:
                change = _set_campaign(candidate.id, name, True)
                yield f"with_{name}", values, _changed(world, change)
        if (constraints["cutoffs"].get(candidate.id)) is not None:
            free = {**constraints["cutoffs"], candidate.id: None}
            yield "more_budget", values, _changed(world, _constrain("cutoffs", free))
        if candidate.score <= 0:
            liked = facts["affinity"] - candidate.score + 0.01
            values = {**values, "points": liked - facts["affinity"]}
            change = _set_campaign(candidate.id, "affinity", liked)
            yield "more_affinity", values, _changed(world, change)


def _away_from_writing(decision: Decision, world: World, cap_messages: int) -> Iterator[_Step]:
    inputs = world[0]
    helping = [r for r in decision.reasons if r.weight > 0]
    total = sum(reason.weight for reason in decision.reasons)
    for reason in helping:
        if reason.code == "affinity" and total - reason.weight <= 0:
            yield (
                "no_affinity",
                {},
                _changed(world, _set_campaign(decision.chosen, "affinity", 0.0)),
            )
        elif reason.code not in ("affinity", "priority") and total - reason.weight <= 0:
            values = {"reason": reason.code, "baseline": reason.baseline}
            # The reason's weight is response times the policy's weight: scale it back.
            share = reason.weight / sum(
                r.weight for r in decision.reasons if r.code not in ("affinity", "priority")
            )
            change = _set("response", inputs["response"] * (1 - share))
            yield "average_habit", values, _changed(world, change)
    yield (
        "full_contacts",
        {"contacts": cap_messages},
        _changed(world, _set("contacts", max(cap_messages, inputs["contacts"] + 1))),
    )
    yield "without_consent", {}, _changed(world, _set("consent", False))
