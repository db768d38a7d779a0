"""Changes that wait for people: a champion, a policy, an erasure; put up, decided on, made.

A change is known by what it would do, `champion:MODEL:VERSION`, `policy:NAME:HASH` or
`erasure:REQUEST`, so what is approved is exactly what was put up: a version's files are sealed by
its run, a policy's bytes are kept under their hash, a request names its person to this workspace
alone. Where it stands is folded from its acts, sealed like every act; nothing else is kept.

Approved is not yet made: the act comes first, then the change, then the act that says so. A process
that ends between is finished at the next opening (`finish`), and each change does nothing where it
was made already.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from regie.engines.durable import write_whole
from regie.govern import approval
from regie.learn.promote import RULE
from regie.terms.decision import Act
from regie.terms.errors import NotFoundError, RefusedError
from regie.terms.instant import DAY_US
from regie.workspace import requests
from regie.workspace.approving import NO_ACCOUNT, Who, gave_up, note_acts, refused, rule_of
from regie.workspace.modelling import Modelling
from regie.workspace.sealing import Sealing
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

KINDS = ("champion", "policy", "erasure")
_WAITS = ("proposed", "agreed")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change somebody asked for, and where it stands.

    Parameters
    ----------
    id : str
        `champion:MODEL:VERSION`, `policy:NAME:HASH` or `erasure:REQUEST`.
    subject, detail : str
        The model and its version, the policy and its hash, the request and nothing.
    state : str
        `proposed`, `agreed` (the first of two approvals), `approved`, `rejected`, `applied`,
        `expired`.
    put_up_by : str
        Who asked for it, and so does not approve it; a rule's own name where none did.
    reason : str
        Why.
    asked_us, expires_us : int
        When (wall clock), and until when it may be approved.
    agreed_by : str
        Who gave the first of two approvals; empty where nobody did.
    gave_up : str
        Whose first approval counts no more, because their account was closed; empty for nobody's.
    needed : int
        Approvals it takes, besides whoever put it up.
    roles : tuple[str, ...]
        Whose roles may decide.
    """

    id: str
    kind: str
    subject: str
    detail: str
    state: str
    put_up_by: str
    reason: str
    asked_us: int
    expires_us: int
    agreed_by: str
    gave_up: str
    needed: int
    roles: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody."""
        return self.state in _WAITS


def put_up(
    workspace: Stores, name: str, actor: str, reason: str = "", *, by_two: bool = False
) -> Change:
    """Ask for a change: made at once where the rules want nobody else's word, else it waits.

    Parameters
    ----------
    name : str
        See `Change.id`.
    by_two : bool
        Whether it waits for somebody else whatever the rules say: rules that want nobody's word
        trust a test that was won, and not whoever sits at a screen.

    Raises
    ------
    NotFoundError
        If it names no version of a model.
    RefusedError
        If it waits already.
    """
    kind, _, rest = name.partition(":")
    subject, _, detail = rest.partition(":")
    if kind == "champion":
        workspace.models.card(subject, detail)  # else it is not there
    acts = workspace.state.acts(decision=name)
    if acts and _told(workspace, name, acts).waits:
        raise RefusedError(name, "put up already", "one that does not wait", "decide on it")
    at_once = not by_two and rule_of(workspace, kind).approvals == 0
    kinds = ("proposed", "approved") if at_once else ("proposed",)
    _note(workspace, name, acts, [(one, actor, reason) for one in kinds])
    if at_once:
        _make(workspace, name, actor)
    return told(workspace, name)


def told(workspace: Stores, name: str) -> Change:
    """One change.

    Raises
    ------
    NotFoundError
        If nobody ever asked for it.
    """
    acts = workspace.state.acts(decision=name)
    if not acts or name.partition(":")[0] not in KINDS:
        raise NotFoundError(f"change {name}", "not there", "one that was asked for", "see the list")
    return _told(workspace, name, acts)


def waiting(workspace: Stores) -> list[Change]:
    """Changes that wait, the newest first."""
    return [change for change in every(workspace) if change.waits]


def every(workspace: Stores) -> list[Change]:
    """All changes, the newest first."""
    by_name: dict[str, list[Act]] = {}
    for act in workspace.state.acts_of_decisions():
        if (act.decision or "").partition(":")[0] in KINDS:
            by_name.setdefault(act.decision or "", []).append(act)
    found = [_told(workspace, name, acts) for name, acts in by_name.items()]
    return sorted(found, key=lambda change: (-change.asked_us, change.id))


def _told(workspace: Stores, name: str, acts: Sequence[Act]) -> Change:
    kind, _, rest = name.partition(":")
    subject, _, detail = rest.partition(":")
    asked = next(act for act in reversed(acts) if act.kind == "proposed")
    approvals = workspace.rules.approvals()
    rule, last = approvals.rules[kind], acts[-1]
    expires_us = asked.at_us + approvals.within_days * DAY_US
    state = "proposed" if last.kind == "undone" else last.kind
    return Change(
        id=name,
        kind=kind,
        subject=subject,
        detail=detail,
        state="expired" if state in _WAITS and wall_us() >= expires_us else state,
        put_up_by=asked.actor,
        reason=asked.reason,
        asked_us=asked.at_us,
        expires_us=expires_us,
        agreed_by=last.actor if last.kind == "agreed" else "",
        gave_up=gave_up(acts),
        needed=max(1, rule.approvals),
        roles=rule.roles,
    )


def barred(change: Change, actor: str, role: str | None) -> str:
    """Why somebody may not approve a change; see `govern.approval.barred`."""
    return approval.barred(
        approval.Rule(roles=change.roles),
        actor=actor,
        role=role,
        put_up_by=() if change.put_up_by == RULE else (change.put_up_by,),
        agreed_by=change.agreed_by or None,
    )


def approve(
    workspace: Stores, name: str, actor: str, role: str | None = None, reason: str = ""
) -> Change:
    """Approve a change; where that was the last word it needs, it is made.

    Raises
    ------
    NotFoundError
        If nobody asked for it.
    RefusedError
        If it does not wait, somebody was quicker, or the rules want somebody else's word.
    """
    acts = workspace.state.acts(decision=name)
    change = _waiting(workspace, name)
    if why := barred(change, actor, role):
        raise refused(f"change {name}", why, rule_of(workspace, change.kind), Who(actor, role))
    is_last = change.needed < approval.MOST or change.state == "agreed"
    _note(workspace, name, acts, [("approved" if is_last else "agreed", actor, reason)])
    if is_last:
        _make(workspace, name, actor)
    return told(workspace, name)


def reject(
    workspace: Stores, name: str, actor: str, role: str | None = None, reason: str = ""
) -> Change:
    """Reject a change; asked for anew, it waits again.

    Raises
    ------
    NotFoundError
        If nobody asked for it.
    RefusedError
        If it does not wait, somebody was quicker, or the role may not.
    """
    acts = workspace.state.acts(decision=name)
    change = _waiting(workspace, name)
    rule = rule_of(workspace, change.kind)
    # Whoever put it up may take it back, whatever their role.
    why = approval.barred(rule, actor=actor, role=role) if actor != change.put_up_by else ""
    if why:
        raise refused(f"change {name}", why, rule, Who(actor, role))
    _note(workspace, name, acts, [("rejected", actor, reason)])
    return told(workspace, name)


def undo(
    workspace: Stores, name: str, actor: str, role: str | None = None, reason: str = ""
) -> Change:
    """Take back the first of two approvals, or a rejection while it could still be approved.

    Raises
    ------
    RefusedError
        If there is nothing to take back: what was made is undone by another change alone.
    """
    acts = workspace.state.acts(decision=name)
    change = told(workspace, name)
    rule = rule_of(workspace, change.kind)
    if why := approval.barred(rule, actor=actor, role=role):
        raise refused(f"change {name}", why, rule, Who(actor, role))
    if change.state not in ("agreed", "rejected") or wall_us() >= change.expires_us:
        raise RefusedError(
            f"change {name}", change.state, "a first approval or a rejection",
            "ask for another change",
        )  # fmt: skip
    _note(workspace, name, acts, [("undone", actor, reason)])
    return told(workspace, name)


def take_back(workspace: Stores, gone: Collection[str], actor: str) -> list[str]:
    """Take back the first approvals of people whose accounts were closed; which changes those are.

    Parameters
    ----------
    gone, actor
        As in `approving.take_back`.
    """
    taken = [one.id for one in waiting(workspace) if one.agreed_by and one.agreed_by in gone]
    for name in taken:
        acts = workspace.state.acts(decision=name)
        _note(workspace, name, acts, [("undone", actor, NO_ACCOUNT)])
    return taken


def finish(workspace: Stores) -> None:
    """Make what was approved and not made: its process ended between."""
    for change in every(workspace):
        if change.state == "approved":
            _make(workspace, change.id, change.put_up_by)


def _waiting(workspace: Stores, name: str) -> Change:
    change = told(workspace, name)
    if not change.waits:
        raise RefusedError(f"change {name}", change.state, "one that waits", "see what waits")
    return change


def _note(
    workspace: Stores, name: str, before: Sequence[Act], kinds: Sequence[tuple[str, str, str]]
) -> None:
    """Add acts about a change, where nobody was quicker."""
    acts = [_act(name, *one) for one in kinds]
    with workspace.state.together():
        if workspace.state.acts(decision=name) != list(before):
            raise RefusedError(
                f"change {name}", "decided on by somebody else just now", "one that waits",
                "look at it again",
            )  # fmt: skip
        note_acts(workspace, acts)
    Sealing(workspace).settle()


def asked_by_rule(winners: Sequence[tuple[str, str]]) -> list[Act]:
    """The acts by which a run asks that versions (model, version) serve: they won their test.

    Examples
    --------
    >>> [(act.decision, act.kind, act.actor) for act in asked_by_rule([("response", "a1-run7")])]
    [('champion:response:a1-run7', 'proposed', 'rule better-than-the-champion')]
    """
    return [_act(f"champion:{model}:{one}", "proposed", RULE, "") for model, one in winners]


def _act(name: str, kind: str, actor: str, reason: str) -> Act:
    return Act(
        id=secrets.token_hex(16), decision=name, campaign=None, run=None, kind=kind, actor=actor,
        at_us=wall_us(), content_hash=None, reason=reason,
    )  # fmt: skip


def _make(workspace: Stores, name: str, actor: str) -> None:
    """Make a change that was approved, and note that it was."""
    change = told(workspace, name)
    _MAKES[change.kind](workspace, change, actor)
    acts = workspace.state.acts(decision=name)
    if acts[-1].kind == "approved":
        _note(workspace, name, acts, [("applied", actor, "")])


def _promote(workspace: Stores, change: Change, actor: str) -> None:
    if workspace.models.champion(change.subject) != change.detail:
        Modelling(workspace).promote(change.subject, change.detail, actor)


def _put_policy(workspace: Stores, change: Change, actor: str) -> None:
    path = workspace.rules.folder / "policies" / f"{change.subject}.toml"
    write_whole(path, workspace.assets.get(change.detail), stays_open=True)


def _erase(workspace: Stores, change: Change, actor: str) -> None:
    if requests.found(workspace, change.subject).request.key:
        requests.erase(workspace, change.subject, actor)


_MAKES: dict[str, Callable[[Stores, Change, str], None]] = {
    "champion": _promote,
    "policy": _put_policy,
    "erasure": _erase,
}


def put_up_policy(
    workspace: Stores,
    policy: str,
    content: bytes,
    actor: str,
    reason: str = "",
    *,
    by_two: bool = False,
) -> Change:
    """Ask for another policy under a name that campaigns are chosen by.

    Parameters
    ----------
    content : bytes
        Its TOML, kept as it is, comments included.
    by_two : bool
        As in `put_up`.

    Raises
    ------
    RuleError
        If it is no policy.
    """
    import tomllib

    from regie.decide.policy import policy_from

    workspace.rules.policy(policy)  # one of that name is there
    policy_from(tomllib.loads(content.decode()), f"rules/policies/{policy}.toml", policy)
    name = f"policy:{policy}:{workspace.assets.put(content)}"
    return put_up(workspace, name, actor, reason, by_two=by_two)


def ask_erasure(workspace: Stores, request: str, actor: str, reason: str = "") -> Change:
    """Ask for the erasure that a person's request is about.

    Raises
    ------
    NotFoundError
        If there is no such request, or nothing is held on the person.
    RefusedError
        If it was answered, nobody checked who asks, or it waits already.
    """
    requests.may_be_done(workspace, request, "erase")
    return put_up(workspace, f"erasure:{request}", actor, reason)
