"""Decisions asked for, explained, replayed, approved; the shell of decide, govern and deliver."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from regie.decide import policy as policies
from regie.decide import recorded
from regie.deliver import outbox as leaving
from regie.govern import explain as explaining
from regie.ports.state import Run
from regie.ports.tables import sql_text
from regie.terms.decision import NOTHING, Act, Decision
from regie.terms.errors import NotFoundError, RefusedError
from regie.workspace import sight
from regie.workspace.records import decisions_of
from regie.workspace.sealing import Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_MOST_DECISIONS = 1_000_000


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What replaying found.

    Parameters
    ----------
    answer : str
        `identical`, `differs`, `needs version`, `consent withdrawn` or `erased`.
    decisions, identical : int
        How many were replayed; how many came out the same.
    erased : int
        Decisions that went with an erased person, and so cannot be replayed.
    differences : tuple[str, ...]
        Where the others differ.
    """

    answer: str
    decisions: int
    identical: int
    erased: int = 0
    differences: tuple[str, ...] = ()


def find(
    workspace: Stores,
    *,
    run: int | None = None,
    person: str | None = None,
    policy: str | None = None,
    state: str | None = None,
    limit: int = _MOST_DECISIONS,
) -> list[tuple[Decision, str]]:
    """Decisions with the state their acts give them, newest run first.

    Parameters
    ----------
    person : str
        A key or a raw identifier.
    policy : str
        Beginning of the policy's name.
    state : str
        proposed, approved, rejected, applied, expired.
    """
    if run is not None:
        find_run(workspace, run)
    with workspace.tables.session() as session:
        found = session.query(
            sql_text("regie.workspace", "decisions"),
            {
                "run": run,
                "subject": workspace.key_of(person) if person else None,
                "policy": policy,
                "published": [0, *(r.number for r in workspace.state.runs("published"))],
                "limit": limit if state is None else _MOST_DECISIONS,
            },
        )
    states = States(workspace)
    told = [(d, states.of(d)) for d in decisions_of(found)]
    return [pair for pair in told if state is None or pair[1] == state][:limit]


def find_run(workspace: Stores, number: int) -> Run:
    """The published run of that number.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    for run in workspace.state.runs("published"):
        if run.number == number:
            return run
    raise NotFoundError(f"run {number}", "not there", "a run", "list them: regie runs")


def find_one(workspace: Stores, decision_id: str) -> Decision:
    """The decision of that id, or of the only id that begins so."""
    with workspace.tables.session() as session:
        found = decisions_of(
            session.query(sql_text("regie.workspace", "decision"), {"id": decision_id})
        )
    published = {0, *(r.number for r in workspace.state.runs("published"))}
    found = [d for d in found if d.run in published]
    if len(found) != 1:
        missing = "not there" + (" (or gone with an erased person)" if _erasures(workspace) else "")
        raise NotFoundError(
            f"decision {decision_id}",
            missing if not found else f"the beginning of {len(found)} decisions",
            "the id of one decision",
            "list them: regie decisions",
        )
    return found[0]


def _erasures(workspace: Stores) -> bool:
    """Whether anybody was ever erased: the ledger says so, and says no more."""
    return any(entry.kind == "anonymised" for entry in workspace.ledger.entries())


class States:
    """The state each decision is in, folded from the acts that name it or its campaign and run."""

    def __init__(self, workspace: Stores) -> None:
        self._of_decision: dict[str, list[Act]] = {}
        self._of_campaign: dict[tuple[int | None, str | None], list[Act]] = {}
        for act in workspace.state.acts():
            if act.decision is not None:
                self._of_decision.setdefault(act.decision, []).append(act)
            else:
                self._of_campaign.setdefault((act.run, act.campaign), []).append(act)

    def of(self, decision: Decision) -> str:
        """The decision's state; nothing to send needs nobody's approval."""
        from regie.terms.decision import decision_state

        if decision.chosen == NOTHING:
            return "nothing to send"
        acts = self._of_decision.get(decision.id, []) + self._of_campaign.get(
            (decision.run, decision.campaign), []
        )
        if decision.kind == "promotion" and not acts:
            return "applied"
        return decision_state(acts)


# ---- explain and replay


def choosing_of(workspace: Stores, decision: Decision) -> explaining.Choosing:
    """The policy that took a decision, as a function of one person's inputs and constraints."""
    policy = policy_of(workspace, decision)

    def choosing(inputs: Mapping[str, Any], constraints: Mapping[str, Any]) -> str:
        slate = recorded.slate_of(decision.subject, inputs)
        held = policy.holdout_share if constraints["holdout"] else 0.0
        explores = policy.explore_share if constraints["explored"] else 0.0
        meant = msgspec.structs.replace(policy, holdout_share=held, explore_share=explores)
        cutoff_c = recorded.cutoffs_of(slate, constraints["cutoffs"])
        chosen = int(policies.choose(slate, meant, cutoff_c, decision.seed).chosen_p[0])
        return NOTHING if chosen == policies.NOBODY else slate.campaigns[chosen]

    return choosing


def policy_of(workspace: Stores, decision: Decision) -> policies.Policy:
    """The policy as it was in the decision's run: the run's manifest keeps it."""
    manifest = msgspec.json.decode(find_run(workspace, decision.run).manifest)
    return msgspec.convert(manifest["policy"], policies.Policy)


def explain(workspace: Stores, decision: Decision) -> explaining.Explanation:
    """Why a decision was taken; see `govern.explain`."""
    if decision.kind != "message":
        return explaining.Explanation(
            decision=decision,
            chosen=decision.chosen,
            reasons=decision.reasons,
            alternatives={c.id: c.score for c in decision.candidates if c.id != decision.chosen},
            excluded=decision.excluded,
            change=(),
            basis=decision.basis,
        )
    policy = policy_of(workspace, decision)
    return explaining.explain(
        decision,
        choosing_of(workspace, decision),
        cap_messages=policy.cap_messages,
        threshold=policy.threshold,
        affinity_weight=policy.affinity_weight,
    )


def replay(workspace: Stores, decision: Decision) -> Replayed:
    """Run the policy again on a decision's stored inputs."""
    if decision.kind != "message":
        return Replayed(answer="identical", decisions=1, identical=1)
    code = _code_of(workspace, decision.run)
    from regie import __version__

    if code != __version__:
        return Replayed(
            answer="needs version", decisions=1, identical=0, differences=(f"regie {code}",)
        )
    differences = _replay_one(decision, policy_of(workspace, decision))
    return Replayed(
        answer="differs" if differences else "identical",
        decisions=1,
        identical=int(not differences),
        differences=tuple(differences),
    )


def _code_of(workspace: Stores, number: int) -> str:
    return str(msgspec.json.decode(find_run(workspace, number).manifest)["code"])


def _replay_one(decision: Decision, policy: policies.Policy) -> list[str]:
    slate = recorded.slate_of(decision.subject, decision.inputs)
    cutoff_c = recorded.cutoffs_of(slate, decision.constraints["cutoffs"])
    choices = policies.choose(slate, policy, cutoff_c, decision.seed)
    chosen = int(choices.chosen_p[0])
    again = NOTHING if chosen == policies.NOBODY else slate.campaigns[chosen]
    found = {
        "chosen": (decision.chosen, again),
        "propensity": (decision.propensity, float(choices.propensity_p[0])),
        "scores": (
            {c.id: c.score for c in decision.candidates},
            {
                c.id: float(choices.score_pc[0, slate.campaigns.index(c.id)])
                for c in decision.candidates
                if c.id in slate.campaigns
            },
        ),
    }
    return [
        f"{name}: recorded {was}, now {now}" for name, (was, now) in found.items() if was != now
    ]


def replay_run(workspace: Stores, number: int) -> Replayed:
    """Run a whole run again: its decisions from their inputs, then its scores from today's tables.

    What differs is named, with the imports that came since.
    """
    from regie.workspace.loop import decide_again

    was = {d.subject: d for d, _ in find(workspace, run=number) if d.kind == "message"}
    if not was:
        raise NotFoundError(
            f"run {number}", "without decisions", "a published run", "list them: regie runs"
        )
    policy = policy_of(workspace, next(iter(was.values())))
    differences = [f"{d.id}: {d2}" for d in was.values() for d2 in _replay_one(d, policy)]
    run = find_run(workspace, number)
    manifest = msgspec.json.decode(run.manifest)
    again = {d.subject: d for d in decide_again(workspace, number, run.as_of_us, manifest)}
    changed = [
        key for key, d in was.items() if key in again and _content(d) != _content(again[key])
    ]
    left, come = sorted(set(was) - set(again)), sorted(set(again) - set(was))
    since = [i.id for i in workspace.state.imports("published") if i.id not in manifest["imports"]]
    if since and (changed or left or come):
        differences.append("imported since: " + ", ".join(since))
    differences += [f"{was[key].id}: other scores from today's tables" for key in changed]
    differences += [f"{was[key].id}: consent withdrawn since" for key in left]
    differences += [f"{key}: a person who was not there" for key in come]
    erased = manifest["ran"]["decisions"] - len(was)
    if changed or come:
        answer = "differs"
    elif left:
        answer = "consent withdrawn"
    else:
        answer = "erased" if erased else "differs" if differences else "identical"
    return Replayed(
        answer=answer,
        decisions=len(was),
        identical=len(was) - len(changed) - len(left),
        erased=erased,
        differences=tuple(differences),
    )


def _content(decision: Decision) -> bytes:
    # A champion named by the run that fitted it may carry another run's number.
    plain = msgspec.structs.replace(decision, id="", run=0, versions={}, content_hash=None)
    return msgspec.json.encode(plain, order="sorted")


# ---- approve


def proposals(workspace: Stores, run: int | None = None) -> dict[tuple[int, str], list[Any]]:
    """Messages that wait, by run and campaign: decision ids with their content hashes."""
    found = workspace.state.outbox(run=run)
    waiting: dict[tuple[int, str], list[Any]] = {}
    for decision, campaign, number, content_hash, state in zip(
        *(found[name] for name in ("decision", "campaign", "run", "content_hash", "state")),
        strict=True,
    ):
        if state == "proposed":
            waiting.setdefault((int(number), str(campaign)), []).append((decision, content_hash))
    return waiting


def act(
    workspace: Stores,
    kind: str,
    *,
    run: int,
    campaign: str,
    actor: str,
    reason: str = "",
) -> Act:
    """Approve, reject or undo a campaign of a run, on the exact bytes that were put up.

    Raises
    ------
    NotFoundError
        If nothing of that campaign and run waits.
    RefusedError
        If a message has left since, or its bytes are not those that were proposed.
    """
    found = workspace.state.outbox(run=run, campaign=campaign)
    hashes = dict(zip(found["decision"].tolist(), found["content_hash"].tolist(), strict=True))
    states = set(found["state"].tolist())
    wanted = {
        "approved": {"proposed"},
        "rejected": {"proposed"},
        "undone": {"approved", "rejected"},
    }
    if not states & wanted[kind]:
        raise NotFoundError(
            f"campaign {campaign} of run {run}",
            " and ".join(sorted(states)) or "not there",
            " or ".join(sorted(wanted[kind])),
            "see what waits: regie decisions --state proposed",
        )
    if kind == "undone" and "sent" in states:
        raise RefusedError(
            f"campaign {campaign} of run {run}",
            "on its way",
            "no message left yet",
            "what was sent cannot be taken back",
        )
    if kind == "approved":
        _check_bytes(workspace, hashes)
        workspace.assets.put(leaving.approved_list(hashes))
    done = Act(
        id=secrets.token_hex(16),
        decision=None,
        campaign=campaign,
        run=run,
        kind=kind,
        actor=actor,
        at_us=wall_us(),
        content_hash=leaving.campaign_hash(hashes),
        reason=reason,
    )
    salt = secrets.token_hex(16)
    workspace.state.add_acts([done], [salt])
    workspace.state.move_outbox(list(hashes), {"undone": "proposed"}.get(kind, kind))
    Sealing(workspace).seal_acts([done], [salt])
    return done


def _check_bytes(workspace: Stores, hashes: Mapping[str, str]) -> None:
    changed = [
        decision.id
        for decision, message in messages(workspace, list(hashes))
        if leaving_hash(message) != hashes[decision.id]
    ]
    if changed:
        raise RefusedError(
            f"message of decision {changed[0]}",
            "not what was proposed (its campaign, item or contact changed since)",
            "the exact bytes put up for approval",
            "run the loop again: regie run",
        )


def leaving_hash(message: bytes) -> str:
    """The hash of a message's bytes."""
    from regie.deliver import mail

    return mail.content_hash(message)


def messages(workspace: Stores, ids: Sequence[str]) -> list[tuple[Decision, bytes]]:
    """Decisions with the bytes of their messages, made now, in id order."""
    from regie.collect import catalogue
    from regie.workspace.writing import Writer

    with workspace.tables.session() as session:
        session.register("wanted", {"id": list(ids)})
        decisions = decisions_of(session.query(sql_text("regie.workspace", "wanted_decisions")))
        written: list[tuple[Decision, bytes]] = []
        for as_of_us in sorted({d.at_us for d in decisions}):
            batch = [d for d in decisions if d.at_us == as_of_us]
            sight.see(workspace, session, as_of_us)
            writer = Writer(workspace, catalogue.settle(session), [d.subject for d in batch])
            written += [(d, writer.message(d)) for d in batch if d.subject in writer.contacts]
    return sorted(written, key=lambda pair: pair[0].id)
