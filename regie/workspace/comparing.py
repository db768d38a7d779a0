"""Compare: what another policy would have chosen on the same run, and what that would have brought.

The run's people come from its recorded decisions, so nothing is computed again but the choice; the
other policy gets cut-offs of its own for the same budgets. What it would have brought is estimated
from what people then did (`learn.offpolicy`), once the run's 30 days are over. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.decide import policy as policies
from regie.decide import recorded
from regie.decide.eligibility import EXCLUSIONS, Slate
from regie.learn import offpolicy
from regie.ports.tables import sql_text
from regie.terms.decision import NOTHING
from regie.terms.errors import NotFoundError, SettingError
from regie.terms.instant import DAY_US
from regie.terms.money import MICROS
from regie.understand import audience, response
from regie.workspace import sight
from regie.workspace.approving import run_of
from regie.workspace.settings import read_toml

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

EXAMPLES = 10


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One person whose action would change, and why.

    Parameters
    ----------
    was, now : str
        Actions.
    why : str
        What the other policy says of the action it leaves: a reason against it, or the scores.
    """

    decision: str
    was: str
    now: str
    why: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Two policies on one run.

    fr: comparaison

    Parameters
    ----------
    people, changed : int
        How many were decided on; for how many the action changes.
    campaigns, segments : dict[str, tuple[int, int]]
        Messages before and after.
    spent_micros, budget_micros : dict
        Campaign to its cost before and after, and to its budget.
    moves : dict[str, int]
        "was → now" to how many, most first.
    examples : tuple[Moved, ...]
        The first few, by decision.
    estimates : dict[str, offpolicy.Estimate]
        Orders a person and value a person in the 30 days; empty while those last.
    sent : int
        Messages of the run that really left: without any, what people did says nothing of them.
    """

    run: int
    policy: str
    other: str
    people: int
    changed: int
    campaigns: dict[str, tuple[int, int]]
    segments: dict[str, tuple[int, int]]
    spent_micros: dict[str, tuple[int, int]]
    budget_micros: dict[str, int]
    moves: dict[str, int]
    examples: tuple[Moved, ...]
    estimates: dict[str, offpolicy.Estimate]
    sent: int


class _Sides(msgspec.Struct, frozen=True, kw_only=True):
    """The slate of a run, and what each policy makes of it."""

    ids: list[str]
    slate: Slate
    probability_p: Any
    policy: policies.Policy
    other: policies.Policy
    was: policies.Choices
    now: policies.Choices


def compare(workspace: Stores, file: Path, number: int | None = None) -> Compared:
    """Set another policy beside the one that ran.

    Parameters
    ----------
    file : Path
        A policy as TOML; its name is the file's, unless it stands in for the run's own.
    number : int or None
        A run; None for the newest.

    Raises
    ------
    NotFoundError
        If there is no such run, or it decided on nobody.
    RuleError
        If the file is no policy.
    """
    if not file.is_file():
        raise SettingError(str(file), "not there", "a policy as TOML", "copy rules/policies/…")
    return compare_with(workspace, read_toml(file), str(file), number)


def compare_with(
    workspace: Stores, policy: Mapping[str, Any], where: str, number: int | None = None
) -> Compared:
    """The same, of a policy's content.

    Parameters
    ----------
    policy : Mapping[str, Any]
        A policy's TOML, read.
    where : str
        Where it stands, for messages.
    """
    run = run_of(workspace, number)
    manifest = msgspec.json.decode(run.manifest)
    # Under the run's own name, so that both have the same control group.
    other = policies.policy_from(policy, where, manifest["policy"]["name"])
    sides = _sides(workspace, run.number, manifest, other)
    names = [*sides.slate.campaigns, NOTHING]  # `NOBODY` is -1: the last
    was = [names[c] for c in sides.was.chosen_p]
    now = [names[c] for c in sides.now.chosen_p]
    changed = [p for p in range(len(was)) if was[p] != now[p]]
    moves = Counter(f"{was[p]} → {now[p]}" for p in changed)
    spent = {
        name: (was.count(name) * cost, now.count(name) * cost)
        for name, cost in zip(sides.slate.campaigns, sides.slate.cost_c.tolist(), strict=True)
    }
    segments, estimates = _afterwards(workspace, run.as_of_us, sides)
    outbox = workspace.state.outbox(run=run.number, state="sent")
    return Compared(
        run=run.number,
        policy=sides.policy.name,
        other=where,
        people=len(was),
        changed=len(changed),
        campaigns={name: (was.count(name), now.count(name)) for name in names},
        segments=segments,
        spent_micros=spent,
        budget_micros=dict(zip(sides.slate.campaigns, sides.slate.budget_c.tolist(), strict=True)),
        moves=dict(sorted(moves.items(), key=lambda pair: (-pair[1], pair[0]))),
        examples=tuple(
            Moved(decision=sides.ids[p], was=was[p], now=now[p], why=_why(sides, p))
            for p in changed[:EXAMPLES]
        ),
        estimates=estimates,
        sent=len(outbox["decision"]),
    )


def _sides(
    workspace: Stores, number: int, manifest: dict[str, Any], other: policies.Policy
) -> _Sides:
    with workspace.tables.session() as session:
        found = session.query(
            "SELECT id, subject, inputs FROM decisions WHERE run = $run AND kind = 'message'"
            " ORDER BY id",
            {"run": number},
        )
    if not len(found["id"]):
        raise NotFoundError(
            f"run {number}", "without decisions", "a run that decided", "list them: regie runs"
        )
    inputs = msgspec.json.decode(
        f"[{','.join(found['inputs'].tolist())}]", type=list[recorded.Inputs]
    )
    slate = recorded.slate_of_many(found["subject"].tolist(), inputs)
    policy = msgspec.convert(manifest["policy"], policies.Policy)
    seed = manifest["seed"]
    was = policies.choose(slate, policy, recorded.cutoffs_of(slate, manifest["cutoffs"]), seed)
    now = policies.choose(slate, other, policies.budget_cutoffs(slate, other, seed), seed)
    return _Sides(
        ids=found["id"].tolist(),
        slate=slate,
        probability_p=np.array([one.probability for one in inputs]),
        policy=policy,
        other=other,
        was=was,
        now=now,
    )


def _why(sides: _Sides, p: int) -> str:
    """Why the other policy leaves an action: what stands against it, or the scores."""
    was, now, best = (
        int(choices[p]) for choices in (sides.was.chosen_p, sides.now.chosen_p, sides.now.best_p)
    )
    if now != best:
        return "a random draw"
    if was != policies.NOBODY and (against := int(sides.now.excluded_pc[p, was])) >= 0:
        return f"{sides.slate.campaigns[was]}: {EXCLUSIONS[against]}"
    if was == policies.NOBODY and (against := int(sides.was.excluded_pc[p, now])) >= 0:
        return f"{sides.slate.campaigns[now]}: no {EXCLUSIONS[against]} against it now"
    scores = {c: float(sides.now.score_pc[p, c]) for c in (was, now) if c != policies.NOBODY}
    told = [f"{sides.slate.campaigns[c]} {score:+.2f} points" for c, score in scores.items()]
    bar = f"threshold {sides.other.threshold:+.2f}"
    return ", ".join([*told, bar] if len(told) == 1 else told)


def _afterwards(
    workspace: Stores, as_of_us: int, sides: _Sides
) -> tuple[dict[str, tuple[int, int]], dict[str, offpolicy.Estimate]]:
    """Messages by segment; and what people did in the 30 days, where those are over."""
    keys = np.array(sides.slate.keys, dtype=object)
    segments = workspace.rules.segments()
    now_us = workspace.settings.now_us()
    with workspace.tables.session() as session:
        sight.see(workspace, session, now_us)
        sight.see_people(workspace, session)
        session.execute(sql_text("regie.workspace", "traits"))
        session.register("people", {"key": keys})
        newest_us = int(session.query(sql_text("regie.workspace", "newest_order"))["newest_us"][0])
        people = audience.measure(session, [], segments, as_of_us)
        member_ps = audience.score_segments(people, segments)
        over = as_of_us + response.HORIZON_DAYS * DAY_US <= min(now_us, newest_us + DAY_US)
        came = response.outcomes(session, keys, as_of_us) if over else None
    place = {key: p for p, key in enumerate(people.key.tolist())}
    rows = np.array([place[key] for key in sides.slate.keys], dtype=np.int64)
    written = [choices.chosen_p != policies.NOBODY for choices in (sides.was, sides.now)]
    counted = {
        segment.name: (
            int((written[0] & member_ps[rows, s]).sum()),
            int((written[1] & member_ps[rows, s]).sum()),
        )
        for s, segment in enumerate(segments)
    }
    return counted, {} if came is None else _estimates(sides, came)


def _estimates(sides: _Sides, came: Any) -> dict[str, offpolicy.Estimate]:
    logged_pa = policies.probabilities(sides.was, sides.policy)
    other_pa = policies.probabilities(sides.now, sides.other)
    taken_p = sides.was.chosen_p % logged_pa.shape[1]
    value_p = came.value_micros / MICROS
    # Foreseen of value: the chance of an order times what an order brings on the mean; a wrong
    # figure here widens the interval and moves nothing.
    ordered = float(came.ordered.sum())
    each = float(value_p.sum()) / ordered if ordered else 0.0
    rewards = {
        "orders": (came.ordered.astype(np.float64), sides.probability_p),
        "value": (value_p, sides.probability_p * each),
    }
    return {
        name: offpolicy.estimate(reward_p, foreseen_p, taken_p, logged_pa, other_pa)
        for name, (reward_p, foreseen_p) in rewards.items()
    }
