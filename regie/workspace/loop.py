"""One turn of the loop: a list of named steps, each taking and returning the run's state.

Read `STEPS` first. A step may drop rows, and says why; each is timed by name. What a run decides
is published by one commit of `decisions`; until then nothing it wrote is seen.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.collect import catalogue, intake
from regie.decide import eligibility, recorded
from regie.decide import policy as policies
from regie.deliver import mail
from regie.govern import consent
from regie.ports.tables import rows_of, sql_text
from regie.terms.decision import Decision
from regie.terms.errors import RefusedError
from regie.terms.instant import DAY_US, day_of
from regie.terms.person import keyed_token
from regie.understand import affinity, audience, response
from regie.workspace import sight
from regie.workspace.approving import note_acts
from regie.workspace.changes import asked_by_rule
from regie.workspace.modelling import version_ending
from regie.workspace.pressure import COUNTED
from regie.workspace.records import Batch, record_batches
from regie.workspace.run_state import RunState
from regie.workspace.sealing import Sealing, record_leaf
from regie.workspace.settings import Rules, wall_us
from regie.workspace.writing import (
    CONTACT_FIELDS,
    Writer,
    contact_cards,
    kept_rules,
    template_content,
)

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


class StepRows(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did: rows in and out, rows dropped by reason, seconds, peak memory."""

    name: str
    rows_in: int
    rows_out: int
    dropped: dict[str, int]
    seconds: float
    peak_mb: int


Step = Callable[[RunState], RunState]


def see(state: RunState) -> RunState:
    """Only what had happened and was recorded before the instant, and is not too old."""
    sight.see(state.workspace, state.session, state.as_of_us)
    counts = state.session.query(
        sql_text("regie.workspace", "seen_counts"), sight.bounds(state.workspace, state.as_of_us)
    )
    every, later, old = (int(counts[name][0]) for name in ("every", "later", "old"))
    state.rows_in, state.rows_out = every, every - later - old
    state.dropped = _nonzero({"later": later, "too_old": old})
    return state


def check_quality(state: RunState) -> RunState:
    """Stop where a quality rule says block."""
    blocked = [i for i in state.workspace.state.imports("published") if i.counts.get("blocked")]
    latest = {
        i.mapping: i
        for i in state.workspace.state.imports("published")
        if not i.id.startswith(intake.REPLAYED)  # some lines of a file say nothing of the file
    }
    for brought in blocked:
        if latest[brought.mapping].id == brought.id:
            raise RefusedError(
                f"quality of {brought.file}",
                f"{brought.counts['quality']} out of 100, with a blocking rule broken",
                "every blocking rule kept",
                "see regie quality, correct the file and import it again",
            )
    return _unchanged(state)


def gate(state: RunState) -> RunState:
    """People are those whose consent opens profiling; each later purpose opens by its own."""
    session, workspace = state.session, state.workspace
    sight.see_people(workspace, session)
    known = session.query("SELECT key FROM known_people ORDER BY key")["key"]
    for name in ("profiling", "personalisation", "prospecting"):
        state.open_keys[name] = consent.open_keys(
            session, state.purposes[name], as_of_us=state.as_of_us
        )
    selected = sorted(set(state.open_keys["profiling"]) & set(state.open_keys["personalisation"]))
    session.register("people", {"key": np.array(state.open_keys["profiling"], dtype=object)})
    state.consents = sight.consents_by_key(workspace, selected)
    state.rows_in, state.rows_out = len(known), len(state.open_keys["profiling"])
    state.dropped = _nonzero({"no_consent_to_profiling": len(known) - state.rows_out})
    return state


def settle_items(state: RunState) -> RunState:
    """The catalogue as of the instant; what is not sold any more is gone."""
    state.items = catalogue.settle(state.session)
    gone = state.items["last_us"] < state.as_of_us - state.policy.gone_days * DAY_US
    state.rows_in = rows_of(state.items)
    state.dropped = _nonzero({"gone": int(gone.sum())})
    state.rows_out = state.rows_in - int(gone.sum())
    return state


def measure_people(state: RunState) -> RunState:
    """Recency, frequency, money, and who is in which segment."""
    state.session.execute(sql_text("regie.workspace", "traits"))
    state.segments = state.rules.segments()
    rules = [campaign.whom for campaign in state.campaigns]
    state.people = audience.measure(state.session, rules, state.segments, state.as_of_us)
    state.members_ps = audience.score_segments(state.people, state.segments)
    state.rows_in = state.rows_out = len(state.people.key)
    return state


def judge_models(state: RunState) -> RunState:
    """How right the same recipes were on the last month, had they been fitted before it."""
    state.judged, state.contests = state.workspace.modelling.judge(state)
    state.rows_in = state.rows_out = len(state.judged)
    return state


def fit_response(state: RunState) -> RunState:
    """Who is likely to order within 30 days, and why."""
    habits = response.habits(state.session, state.as_of_us)
    state.response_model = state.workspace.modelling.serve(state, "response")
    state.scores = response.score(state.response_model, habits)
    state.response_parts = response.explain_all(state.response_model, habits)
    state.rows_in = state.rows_out = len(habits.key)
    return state


def fit_affinity(state: RunState) -> RunState:
    """Which items suit whom: for each kind of selection the best few of each person."""
    model = state.affinity_model = state.workspace.modelling.serve(state, "affinity")
    sold = state.items["last_us"] >= state.as_of_us - state.policy.gone_days * DAY_US
    allowed_i = affinity.allowed(model, state.items["item"][sold].tolist())
    state.bought = affinity.histories(state.session, model, state.as_of_us)
    for selection in sorted({campaign.selection for campaign in state.campaigns}):
        state.picks[selection] = affinity.score(
            model, state.bought, selection, allowed_i, state.policy.selection_size
        )
    state.rows_in = state.rows_out = len(state.bought.key)
    return state


def line_up(state: RunState) -> RunState:
    """Candidates: what the policy needs to know of each person and campaign."""
    people = _must(state.people)
    decided = _decided(state)
    audience_pc = np.stack(
        [audience.score(people, c.whom, state.segments) for c in state.campaigns], axis=1
    )[decided]
    picked = [state.picks[campaign.selection] for campaign in state.campaigns]
    state.scales = state.scales or {
        name: affinity.scale(picks.score_pk[decided]) for name, picks in state.picks.items()
    }
    scale_c = [state.scales[campaign.selection] for campaign in state.campaigns]
    keys = people.key[decided].tolist()
    prospecting = set(state.open_keys["prospecting"])
    cards = contact_cards(state.workspace, keys)
    today = day_of(state.as_of_us, state.workspace.settings.zone)
    mean_log_odds = state.response_parts[0][0].weight if state.response_parts else 0.0
    state.slate = eligibility.Slate(
        keys=keys,
        campaigns=[campaign.name for campaign in state.campaigns],
        response_p=state.scores.log_odds[decided] - mean_log_odds,
        affinity_pc=np.stack(
            [
                affinity.points(picks.score_pk[decided], on)
                for picks, on in zip(picked, scale_c, strict=True)
            ],
            axis=1,
        ),
        priority_c=np.array([campaign.priority for campaign in state.campaigns]),
        cost_c=np.array([campaign.cost_micros for campaign in state.campaigns], dtype=np.int64),
        budget_c=np.array([campaign.budget_micros for campaign in state.campaigns], dtype=np.int64),
        dates_c=np.array([not c.paused and c.starts <= today <= c.ends for c in state.campaigns]),
        consent_p=np.array([key in prospecting for key in keys], dtype=bool),
        address_p=np.array([bool(cards.get(key, {}).get("address")) for key in keys], dtype=bool),
        audience_pc=audience_pc,
        selection_pc=np.stack([_complete(p.place_pk[decided]) for p in picked], axis=1),
        contacts_p=_recent_contacts(state)[decided],
    )
    state.persons = _persons(state, decided)
    state.rows_in, state.rows_out = len(people.key), len(keys)
    state.dropped = _nonzero({"no_consent_to_personalised_content": state.rows_in - state.rows_out})
    return state


def choose(state: RunState) -> RunState:
    """One action for each person, under budget, cap, quiet hours, control group."""
    slate, policy, workspace = _must(state.slate), state.policy, state.workspace
    policy_hash = state.rules.hashes()[f"policies/{policy.name}.toml"]
    seed = int.from_bytes(
        blake2b(f"{state.as_of_us}/{policy_hash}".encode(), digest_size=6).digest(), "big"
    )
    if state.cutoffs is None:
        cutoff_c = policies.budget_cutoffs(slate, policy, seed)
    else:
        cutoff_c = recorded.cutoffs_of(slate, state.cutoffs)
    state.choices = policies.choose(slate, policy, cutoff_c, seed)
    state.facts = recorded.RunFacts(
        run=state.run,
        as_of_us=state.as_of_us,
        send_us=eligibility.next_send_us(state.as_of_us, workspace.settings.zone, policy.quiet),
        policy=f"{policy.name}@{policy_hash[:12]}",
        versions={**state.models, "template": sha256(template_content()).hexdigest()},
        seed=seed,
        cutoffs=recorded.recorded_cutoffs(slate, cutoff_c),
    )
    state.rows_in = len(slate.keys)
    state.rows_out = int((state.choices.chosen_p != policies.NOBODY).sum())
    state.dropped = _nonzero(_why_nothing(state))
    return state


def explain_items(state: RunState) -> RunState:
    """Why these items: the strongest reason for each, for everybody who gets a message."""
    choices, rows = _must(state.choices), np.flatnonzero(_decided(state))
    for p in np.flatnonzero(choices.chosen_p != policies.NOBODY).tolist():
        selection = state.campaigns[int(choices.chosen_p[p])].selection
        because = _why_items(state, selection, int(rows[p]))
        state.persons[p] = msgspec.structs.replace(state.persons[p], because=because)
        state.rows_out += 1
    state.rows_in = len(state.persons)
    return state


def render(state: RunState) -> RunState:
    """The exact bytes of every message, and the decisions that hold their hash."""
    decisions = _decisions(state)
    leaving = [p for p, decision in enumerate(decisions) if decision.campaign is not None]
    keys = [decisions[p].subject for p in leaving]
    writer = Writer(state.workspace, state.items, keys, state.rules)
    for p in leaving:
        content_hash = mail.content_hash(writer.message(decisions[p]))
        decisions[p] = msgspec.structs.replace(decisions[p], content_hash=content_hash)
    state.decisions = decisions
    state.rows_in, state.rows_out = len(decisions), len(leaving)
    return state


def record(state: RunState) -> RunState:
    """Messages pending, then the one commit that publishes the run, then the ledger."""
    workspace = state.workspace
    for content in (template_content(), *state.rules.contents()):
        workspace.assets.put(content)
    workspace.state.put_outbox(_outbox_rows(state))
    every = [*state.decisions, *(decision for _, _, decision in state.promotions)]
    record_batches(workspace, state.session, [Batch("run", str(state.run), every)])
    state.rows_in = state.rows_out = len(every)
    return state


def _outbox_rows(state: RunState) -> dict[str, list[Any]]:
    leaving = [d for d in state.decisions if d.campaign is not None]
    return {
        "decision": [d.id for d in leaving],
        "campaign": [d.campaign for d in leaving],
        "run": [d.run for d in leaving],
        "key": [d.subject for d in leaving],
        "content_hash": [d.content_hash for d in leaving],
        "token": [keyed_token(state.workspace.key, "why", d.id) for d in leaving],
        "state": ["proposed"] * len(leaving),
        "at_us": [d.constraints["send_us"] for d in leaving],
    }


STEPS: tuple[Step, ...] = (
    see,
    check_quality,
    gate,
    settle_items,
    measure_people,
    judge_models,
    fit_response,
    fit_affinity,
    line_up,
    choose,
    explain_items,
    render,
    record,
)
"""The loop, in order."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did."""

    run: int
    as_of_us: int
    kept: bool
    decisions: int
    messages: dict[str, int]
    steps: tuple[StepRows, ...]
    seconds: float


def run_loop(
    workspace: Stores, as_of_us: int, told: Callable[[str], None] = lambda name: None
) -> Ran:
    """Run the loop as of an instant; where the same run stands already, keep it.

    Parameters
    ----------
    told : Callable[[str], None]
        Called with each step's name before it starts.
    """
    rules = workspace.rules.as_they_stand()
    identity = _identity(workspace, rules, as_of_us)
    for run in workspace.state.runs("published"):
        manifest = msgspec.json.decode(run.manifest)
        if manifest.get("identity") == identity:
            return msgspec.convert({**manifest["ran"], "kept": True}, Ran)
    started = time.monotonic()
    with workspace.tables.lease("decisions"), workspace.tables.session() as session:
        state = RunState(
            workspace=workspace,
            rules=rules,
            session=session,
            run=workspace.state.begin_run(as_of_us, wall_us()),
            as_of_us=as_of_us,
            policy=rules.policy(),
            purposes=rules.purposes(),
            campaigns=tuple(rules.campaigns()),
        )
        steps = []
        for step in STEPS:
            told(step.__name__)
            state, rows = _timed(step, state)
            steps.append(rows)
        ran = Ran(
            run=state.run,
            as_of_us=as_of_us,
            kept=False,
            decisions=len(state.decisions),
            messages=_by_campaign(state),
            steps=tuple(steps),
            seconds=time.monotonic() - started,
        )
        with workspace.state.together():
            workspace.state.publish_run(state.run, _manifest(state, identity, ran))
            published = workspace.state.runs("published")[-1]
            workspace.state.owe("manifest", str(state.run), record_leaf(published))
            if state.winners:
                note_acts(workspace, asked_by_rule(state.winners))
        for name, promotion, _ in state.promotions:
            workspace.models.promote(name, promotion)
        Sealing(workspace).settle()
    return ran


DECIDING: tuple[Step, ...] = (
    see,
    gate,
    settle_items,
    measure_people,
    fit_response,
    fit_affinity,
    line_up,
    choose,
    explain_items,
)
"""The steps that decide, without judging, rendering or recording: what a replay runs."""


def decide_again(
    workspace: Stores, run: int, as_of_us: int, manifest: Mapping[str, Any]
) -> list[Decision]:
    """The decisions of a run, from today's tables with the models and the shared figures it used.

    Nothing is recorded.
    """
    rules = kept_rules(workspace, manifest["rules"])
    with workspace.tables.session() as session:
        state = RunState(
            workspace=workspace,
            rules=rules,
            session=session,
            run=run,
            as_of_us=as_of_us,
            policy=msgspec.convert(manifest["policy"], policies.Policy),
            purposes=workspace.rules.purposes(),
            campaigns=tuple(rules.campaigns()),
            models=dict(manifest["models"]),
            scales=msgspec.convert(manifest["scales"], dict[str, affinity.Scale]),
            cutoffs=dict(manifest["cutoffs"]),
        )
        for step in DECIDING:
            state = step(state)
        return _decisions(state)


def _decisions(state: RunState) -> list[Decision]:
    slate, choices, facts = _must(state.slate), _must(state.choices), _must(state.facts)
    return [
        recorded.decision_of(slate, p, choices, state.policy, facts, state.persons[p])
        for p in range(len(slate.keys))
    ]


def _timed(step: Step, state: RunState) -> tuple[RunState, StepRows]:
    started = time.monotonic()
    state.rows_in, state.rows_out, state.dropped = 0, 0, {}
    state = step(state)
    return state, StepRows(
        name=step.__name__,
        rows_in=state.rows_in,
        rows_out=state.rows_out,
        dropped=state.dropped,
        seconds=time.monotonic() - started,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _identity(workspace: Stores, rules: Rules, as_of_us: int) -> str:
    """What makes two runs the same: instant, events, rules, consents and past approvals, code."""
    from regie import __version__

    parts = {
        "as_of_us": as_of_us,
        "events": [i.id for i in workspace.state.imports("published")],
        "rules": rules.hashes(),
        "people": _people_version(workspace, as_of_us),
        "code": __version__,
    }
    return blake2b(msgspec.json.encode(parts, order="sorted"), digest_size=16).hexdigest()


def _people_version(workspace: Stores, as_of_us: int) -> str:
    """A hash of what state knows of people: consents, contacts, messages approved before."""
    outbox = workspace.state.outbox()
    before = np.isin(outbox["state"].astype(str), COUNTED) & (
        outbox["at_us"].astype(np.int64) < as_of_us
    )
    parts = [
        [column.tolist() for column in workspace.state.consents().values()],
        [column.tolist() for column in workspace.state.contacts(CONTACT_FIELDS).values()],
        outbox["decision"][before].tolist(),
        workspace.state.hidden_keys(),
    ]
    return blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()


def _manifest(state: RunState, identity: str, ran: Ran) -> str:
    from regie import __version__

    workspace = state.workspace
    manifest = {
        "identity": identity,
        "tables": {name: workspace.tables.version(name) for name in ("events", "decisions")},
        "imports": [i.id for i in workspace.state.imports("published")],
        "rules": state.rules.hashes(),
        "segments": {
            segment.name: int(member.sum())
            for segment, member in zip(state.segments, state.members_ps.T, strict=True)
        },
        "models": state.models,
        "files": workspace.models.files(version_ending(state.run)),
        "promoted": [(name, promotion) for name, promotion, _ in state.promotions],
        "policy": state.policy,
        "cutoffs": _must(state.facts).cutoffs,
        "scales": state.scales,
        "seed": _must(state.facts).seed,
        "code": __version__,
        "ran": ran,
    }
    return msgspec.json.encode(manifest).decode()


def _by_campaign(state: RunState) -> dict[str, int]:
    counts: dict[str, int] = {}
    for decision in state.decisions:
        counts[decision.chosen] = counts.get(decision.chosen, 0) + 1
    return dict(sorted(counts.items()))


def _must(value: Any) -> Any:
    assert value is not None, "an earlier step fills this in"
    return value


def _unchanged(state: RunState) -> RunState:
    state.rows_in = state.rows_out = len(state.workspace.state.imports("published"))
    return state


def _nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if count}


def _decided(state: RunState) -> Any:
    """Rows of `people` with consent to personalised content."""
    allowed = set(state.open_keys["personalisation"])
    return np.array([key in allowed for key in _must(state.people).key], dtype=bool)


def _complete(place_pk: Any) -> Any:
    return (place_pk != affinity.NOBODY).all(axis=1)


def _recent_contacts(state: RunState) -> Any:
    outbox = state.workspace.state.outbox()
    approved = np.isin(outbox["state"].astype(str), COUNTED)
    state.session.register(
        "approved_messages",
        {
            "key": outbox["key"][approved],
            "decision": outbox["decision"][approved],
            "at_us": outbox["at_us"][approved].astype(np.int64),
        },
    )
    found = state.session.query(
        sql_text("regie.workspace", "recent_contacts"),
        {
            "from_us": state.as_of_us - state.policy.cap_days * DAY_US,
            "as_of_us": state.as_of_us,
        },
    )
    return found["messages"]


def _persons(state: RunState, decided: Any) -> list[recorded.PersonFacts]:
    people = _must(state.people)
    purposes = [state.purposes[n] for n in ("profiling", "personalisation", "prospecting")]
    persons = []
    for p in np.flatnonzero(decided).tolist():
        mine = state.consents.get(people.key[p], [])
        persons.append(
            recorded.PersonFacts(
                response_parts=state.response_parts[p][1:],
                probability=float(state.scores.p[p]),
                selections={c.name: _items(state, c.selection, p) for c in state.campaigns},
                basis={purpose.name: consent.basis_of(mine, purpose) for purpose in purposes},
            )
        )
    return persons


def _items(state: RunState, selection: str, p: int) -> tuple[str, ...]:
    places = state.picks[selection].place_pk[p]
    return tuple(str(state.affinity_model.items[i]) for i in places if i != affinity.NOBODY)


def _why_items(state: RunState, selection: str, p: int) -> tuple[str, ...]:
    """The strongest reason for each item of a selection: its code."""
    return tuple(
        affinity.explain(state.affinity_model, state.bought, p, selection, int(place))[0].code
        for place in state.picks[selection].place_pk[p]
        if place != affinity.NOBODY
    )


def _why_nothing(state: RunState) -> dict[str, int]:
    choices, slate = _must(state.choices), _must(state.slate)
    nothing = choices.chosen_p == policies.NOBODY
    counts: dict[str, int] = {}
    if not len(slate.campaigns):
        return {"no_campaign": int(nothing.sum())}
    # The reason that stood last in line is the one that kept the most eligible campaign away.
    last = choices.excluded_pc.max(axis=1)
    open_yet = (choices.excluded_pc < 0).any(axis=1)
    for index, reason in enumerate(eligibility.EXCLUSIONS):
        counts[reason] = int((nothing & ~open_yet & (last == index)).sum())
    counts["score_under_threshold"] = int((nothing & open_yet & ~choices.explored_p).sum())
    counts["random_draw"] = int((nothing & open_yet & choices.explored_p).sum())
    return counts
