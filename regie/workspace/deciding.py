"""Decisions asked for and explained; the shell of decide and govern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from regie.decide import policy as policies
from regie.decide import recorded
from regie.govern import explain as explaining
from regie.ports.state import Run
from regie.ports.tables import Session, sql_text
from regie.terms.decision import NOTHING, Act, Decision, decision_state
from regie.terms.errors import NotFoundError
from regie.workspace.approving import Ended, is_expired, lists_of, run_of
from regie.workspace.pressure import policy_of_run
from regie.workspace.records import decisions_of, wanted
from regie.workspace.sealing import Sealing

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

_MOST_DECISIONS = 1_000_000


class Place(NamedTuple):
    """Where a decision stands among all: what they are listed by, the newest first."""

    after_at_us: int
    after_run: int
    after_id: str


def place_of(decision: Decision) -> Place:
    """The place of a decision."""
    return Place(decision.at_us, decision.run, decision.id)


def find(
    workspace: Stores,
    *,
    run: int | None = None,
    person: str | None = None,
    policy: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    limit: int = _MOST_DECISIONS,
    after: Place | None = None,
) -> list[tuple[Decision, str]]:
    """Decisions with the state their acts give them, the newest first.

    Parameters
    ----------
    person : str
        A key or a raw identifier.
    policy : str
        Beginning of the policy's name.
    state : str
        proposed, approved, rejected, left_out, applied, expired, nothing to send.
    kind : str
        message, promotion.
    after : Place or None
        Only those that come after a decision of that place.

    Raises
    ------
    NotFoundError
        If there is no such run or policy; names those there are.
    """
    if run is not None:
        run_of(workspace, run)
    if policy is not None:
        with workspace.tables.session() as session:
            _check_policy(session, policy)
    is_page = limit < _MOST_DECISIONS
    if is_page and person is None and state in _OF_MESSAGES:
        sought = _Sought(workspace, str(state), run, policy)
        return [] if kind == "promotion" else sought.page(limit, after)
    with workspace.tables.session() as session:
        found = session.query(
            sql_text("regie.workspace", "decisions"),
            {
                "run": run,
                "subject": workspace.key_of(person) if person else None,
                "policy": policy,
                "kind": "promotion" if state == "applied" and kind is None else kind,
                "chosen": NOTHING if state == _NOTHING else None,
                "published": [0, *(r.number for r in workspace.state.runs("published"))],
                # One person's are few; of promotions too.
                "limit": limit if state in (None, _NOTHING) else _MOST_DECISIONS,
                **(after or Place(0, 0, ""))._asdict(),
                "is_after": after is not None,
            },
        )
    told = with_states(workspace, decisions_of(found), every=not is_page)
    return [pair for pair in told if state is None or pair[1] == state][:limit]


STATES = (
    "proposed", "approved", "rejected", "left_out", "applied", "expired", "nothing to send",
)  # fmt: skip
"""States that decisions are found by."""
_OF_MESSAGES = ("proposed", "approved", "rejected", "left_out", "expired")
"""States that messages alone are in."""
_NOTHING = "nothing to send"


def with_states(
    workspace: Stores, decisions: Sequence[Decision], *, every: bool = False
) -> list[tuple[Decision, str]]:
    """Decisions and the state each is in.

    Parameters
    ----------
    every : bool
        Whether they are so many that all acts are read at once; a few are looked up one by one, by
        the state that acts left their messages in.
    """
    if every:
        states = States(workspace)
        return [(d, states.of(d)) for d in decisions]
    moved = workspace.state.outbox_states([d.id for d in decisions])
    ended = Ended(workspace)
    return [(d, _state(workspace, d, moved.get(d.id, ""), ended)) for d in decisions]


def _state(workspace: Stores, decision: Decision, moved: str, ended: Ended) -> str:
    if decision.chosen == NOTHING:
        return _NOTHING
    if decision.kind == "promotion":
        acts = workspace.state.acts(decision=decision.id)
        return decision_state(acts) if acts else "applied"
    if moved == "proposed" and _is_over(ended, decision):
        return "expired"
    return "approved" if moved == "sent" else moved


def _is_over(ended: Ended, decision: Decision) -> bool:
    return ended.is_over(decision.run, decision.at_us, decision.campaign or "")


class _Sought(NamedTuple):
    """Decisions whose messages are in a state: looked for among messages, run by run."""

    workspace: Stores
    state: str
    run: int | None
    policy: str | None

    def page(self, limit: int, after: Place | None) -> list[tuple[Decision, str]]:
        found: list[Decision] = []
        ended = Ended(self.workspace)
        for run in self._runs(after):
            names = self._campaigns(run, ended)
            last = after.after_id if after is not None and run.number == after.after_run else ""
            while len(found) < limit:
                moved = "proposed" if self.state == "expired" else self.state
                need = limit - len(found)
                ids = self.workspace.state.outbox_in_state(moved, run.number, names, last, need)
                found += self._read(run.number, ids)
                if len(ids) < need:
                    break
                last = ids[-1]
        return [(decision, self.state) for decision in found]

    def _runs(self, after: Place | None) -> list[Run]:
        """Runs that can hold some, the newest first."""
        runs = sorted(
            self.workspace.state.runs("published"), key=lambda r: (r.as_of_us, r.number),
            reverse=True,
        )  # fmt: skip
        return [
            run
            for run in runs
            if self.run in (None, run.number)
            and not (self.state == "proposed" and is_expired(self.workspace, run.as_of_us))
            and (
                after is None or (run.as_of_us, run.number) <= (after.after_at_us, after.after_run)
            )
        ]

    def _campaigns(self, run: Run, ended: Ended) -> list[str]:
        """Campaigns of a run that can hold some."""
        over = {"proposed": False, "expired": True}.get(self.state)
        return [
            name
            for name in self.workspace.state.campaigns_in(run.number)
            if over is None or ended.is_over(run.number, run.as_of_us, name) == over
        ]

    def _read(self, run: int, ids: Sequence[str]) -> list[Decision]:
        if not ids:
            return []
        with self.workspace.tables.session() as session:
            return decisions_of(
                session.query(
                    sql_text("regie.workspace", "listed_decisions"),
                    {"run": run, "ids": list(ids), "policy": self.policy},
                )
            )


def _check_policy(session: Session, policy: str) -> None:
    known = session.query("SELECT DISTINCT policy FROM decisions ORDER BY policy")["policy"]
    if not any(str(name).startswith(policy) for name in known):
        raise NotFoundError(
            f"policy {policy}",
            "of no decision",
            f"the beginning of one of {', '.join(known) or 'none yet'}",
            "name one of these",
        )


def find_one(workspace: Stores, decision_id: str) -> Decision:
    """The decision of that id, or of the only id that begins so."""
    if not decision_id.strip():
        raise NotFoundError(
            "decision", "not named", "the id of one decision", "list them: regie decisions"
        )
    with workspace.tables.session() as session:
        found = decisions_of(
            session.query(sql_text("regie.workspace", "decision"), {"id": decision_id})
        )
    published = {0, *(r.number for r in workspace.state.runs("published"))}
    found = [d for d in found if d.run in published]
    if len(found) != 1:
        missing = "not there"
        gone = Sealing(workspace).gone_by(decision_id)
        if gone:
            missing = {"erased": "erased with its person", "expired": "past its retention"}[gone]
        elif _erasures(workspace):
            missing = "not there (its whole id would tell whether it was erased with a person)"
        raise NotFoundError(
            f"decision {decision_id}",
            missing if not found else f"the beginning of {len(found)} decisions",
            "the id of one decision",
            "list them: regie decisions",
        )
    return found[0]


def find_all(workspace: Stores, ids: Sequence[str]) -> list[Decision]:
    """The decisions of these whole ids that are there, in id order."""
    with workspace.tables.session() as session:
        return wanted(session, ids)


def _erasures(workspace: Stores) -> bool:
    """Whether anybody was ever erased: the ledger says so, and says no more."""
    return any(entry.kind == "anonymised" for entry in workspace.ledger.entries())


class States:
    """The state each decision is in, folded from the acts that name it, or list it."""

    def __init__(self, workspace: Stores) -> None:
        self._ended = Ended(workspace)
        self._acts: dict[str, list[Act]] = {}
        acts = workspace.state.acts()
        listed = lists_of(workspace, acts)
        for act in acts:
            about = [act.decision] if act.decision else listed[act.content_hash or ""]
            for decision in about:
                self._acts.setdefault(decision, []).append(act)

    def of(self, decision: Decision) -> str:
        """The decision's state now: a proposal that waited too long, or that a newer list of its
        campaign took the place of, is expired.
        """
        state = self.acted(decision)
        return "expired" if state == "proposed" and _is_over(self._ended, decision) else state

    def acted(self, decision: Decision) -> str:
        """The state that acts gave it; nothing to send needs nobody's approval."""
        if decision.chosen == NOTHING:
            return _NOTHING
        acts = self._acts.get(decision.id, [])
        if decision.kind == "promotion" and not acts:
            return "applied"
        return decision_state(acts)


# ---- explain


def choosing_of(workspace: Stores, decision: Decision) -> explaining.Choosing:
    """The policy that took a decision, as a function of one person's inputs and constraints."""
    policy = policy_of(workspace, decision.run)

    def choosing(inputs: Mapping[str, Any], constraints: Mapping[str, Any]) -> str:
        slate = recorded.slate_of(decision.subject, inputs)
        held = policy.holdout_share if constraints["holdout"] else 0.0
        explores = policy.explore_share if constraints["explored"] else 0.0
        meant = msgspec.structs.replace(policy, holdout_share=held, explore_share=explores)
        cutoff_c = recorded.cutoffs_of(slate, constraints["cutoffs"])
        chosen = int(policies.choose(slate, meant, cutoff_c, decision.seed).chosen_p[0])
        return NOTHING if chosen == policies.NOBODY else slate.campaigns[chosen]

    return choosing


def policy_of(workspace: Stores, run: int) -> policies.Policy:
    """The policy as it was in a run: the run's manifest keeps it."""
    return policy_of_run(run_of(workspace, run))


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
    policy = policy_of(workspace, decision.run)
    return explaining.explain(
        decision,
        choosing_of(workspace, decision),
        cap_messages=policy.cap_messages,
        threshold=policy.threshold,
        affinity_weight=policy.affinity_weight,
    )
