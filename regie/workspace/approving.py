"""Approve, reject and take back: what people do about messages, by campaign and run.

Everything is checked before anything is done: of several campaigns either all that can be acted on
are, in one transaction and one entry of the ledger, or none. An act names its messages by a list
that is kept as an asset under the act's hash, so a message whose bytes changed since the run stays
out by itself and keeps nobody else waiting.

Who may is data (`govern.approval`). Where it takes two people, the first approval is an act of its
own, `agreed`, that moves nothing; it holds for as long as what waits is what was agreed to or less
(a person erased meanwhile takes out their message alone), and any other act about the campaign ends
it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from regie.deliver import outbox as leaving
from regie.govern import approval
from regie.ports.state import Run
from regie.terms.decision import Act, Decision, undo_until
from regie.terms.errors import NotFoundError, RefusedError, StaleError
from regie.terms.instant import DAY_US, day_of
from regie.workspace import sight
from regie.workspace.pressure import over_cap, policy_of_run
from regie.workspace.records import wanted
from regie.workspace.sealing import Sealing, leaves_of
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores
    from regie.workspace.writing import Words

WANTED = {
    "approved": ("proposed",),
    "rejected": ("proposed",),
    "left_out": ("proposed",),
    "reworded": ("proposed",),
    "undone": ("approved", "rejected"),
}
"""Kind of act to the states a message may be in for it."""

AMENDED = ("left_out", "reworded")
"""Acts by which somebody changes what waits: whoever did does not approve it."""

_SEE = "see what stands: regie decisions"


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about messages.

    Parameters
    ----------
    acts : tuple[Act, ...]
        One a campaign.
    messages : dict[str, int]
        Campaign to how many of its messages.
    changed : tuple[str, ...]
        Decisions left out because their bytes are not those that were proposed.
    refused : tuple[str, ...]
        Decisions left out because their person may not be written to any more.
    undo_until : str
        Until when the acts can be taken back, in English, as the terminal speaks.
    """

    acts: tuple[Act, ...]
    messages: dict[str, int]
    changed: tuple[str, ...]
    undo_until: str
    refused: tuple[str, ...] = ()


def proposals(workspace: Stores, run: int | None = None) -> dict[tuple[int, str], list[Any]]:
    """Messages that wait, by run and campaign: decision ids with their content hashes."""
    found: dict[tuple[int, str], list[Any]] = {}
    ended = Ended(workspace)
    as_of_us = {one.number: one.as_of_us for one in workspace.state.runs("published")}
    for decision, campaign, number, content_hash, state in _outbox(workspace, run, None):
        if state == "proposed" and not ended.is_over(number, as_of_us[number], campaign):
            found.setdefault((number, campaign), []).append((decision, content_hash))
    return found


class Ended:
    """Lists of messages that can be approved no more: what is asked about a list is kept.

    A list's time ends with its days, or as soon as a later run puts up a newer list of the same
    campaign: that one was decided on what is known by now, and whoever approved both would write
    about the same thing twice.
    """

    def __init__(self, workspace: Stores) -> None:
        self._workspace = workspace
        self._over: dict[tuple[int, str], bool] = {}

    def is_over(self, run: int, as_of_us: int, campaign: str) -> bool:
        """Whether what waits of a run's campaign waits in vain."""
        place = (run, campaign)
        if place not in self._over:
            self._over[place] = is_expired(self._workspace, as_of_us) or (
                self._workspace.state.newer_list(run, campaign) is not None
            )
        return self._over[place]


def waiting(workspace: Stores) -> list[tuple[int, str]]:
    """Run and campaign of every proposal that waits: what a page counts, whatever their number."""
    days = workspace.rules.approvals().within_days
    days_us = min(days, leaving.VALID_DAYS) * DAY_US
    settings = workspace.settings
    return workspace.state.waiting(-1 if settings.now else settings.now_us() - days_us)


def _outbox(workspace: Stores, run: int | None, campaign: str | None) -> list[Any]:
    found = workspace.state.outbox(run=run, campaign=campaign)
    names = ("decision", "campaign", "run", "content_hash", "state")
    return list(zip(*(found[name].tolist() for name in names), strict=True))


NO_ACCOUNT = "whoever approved first has no open account here any more"
"""The reason of the act that takes such a first approval back."""


def gave_up(acts: Sequence[Act]) -> str:
    """Whose first approval was taken back last, because their account was closed; else empty.

    Examples
    --------
    >>> about = {"decision": "d1", "campaign": None, "run": 2, "at_us": 1, "content_hash": None}
    >>> agreed = Act(id="a1", kind="agreed", actor="ana", reason="", **about)
    >>> undone = Act(id="a2", kind="undone", actor="regie", reason=NO_ACCOUNT, **about)
    >>> gave_up([agreed, undone]), gave_up([agreed])
    ('ana', '')
    """
    if len(acts) < 2 or acts[-1].kind != "undone" or acts[-1].reason != NO_ACCOUNT:
        return ""
    return acts[-2].actor


def take_back(workspace: Stores, gone: Collection[str], actor: str) -> list[Act]:
    """Take back the first approvals that people gave whose accounts were closed since.

    Parameters
    ----------
    gone : Collection[str]
        They, as acts name them.
    actor : str
        Who closed the accounts.
    """
    taken = []
    for run, campaign in waiting(workspace):
        with workspace.state.together():
            acts = workspace.state.acts(run=run, campaign=campaign)
            if not acts or acts[-1].kind != "agreed" or acts[-1].actor not in gone:
                continue
            undone = msgspec.structs.replace(
                acts[-1], id=secrets.token_hex(16), kind="undone", actor=actor,
                at_us=wall_us(), reason=NO_ACCOUNT,
            )  # fmt: skip
            note_acts(workspace, [undone])
        taken.append(undone)
    if taken:
        Sealing(workspace).settle()
    return taken


class Who(NamedTuple):
    """Somebody, with their role in the control room; None on the machine's command line."""

    actor: str
    role: str | None


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """What a waiting campaign still needs.

    Parameters
    ----------
    needed : int
        Approvals in all.
    agreed : Act or None
        The first of two, where it was given and still holds.
    gave_up : str
        Whose first approval counts no more, because their account was closed; empty for nobody's.
    put_up_by : frozenset[str]
        Who amended it, and so may not approve it.
    """

    needed: int
    agreed: Act | None
    gave_up: str
    put_up_by: frozenset[str]


def awaited(workspace: Stores, run: int, campaign: str, hashes: Mapping[str, str]) -> Awaited:
    """Whose word messages that wait still need.

    Parameters
    ----------
    hashes : Mapping[str, str]
        The messages: decision to content hash.
    """
    acts = workspace.state.acts(run=run, campaign=campaign)
    return Awaited(
        needed=approval.needed(rule_of(workspace), *_size(workspace, run, campaign, hashes)),
        agreed=_agreed(workspace, acts, hashes),
        gave_up=gave_up(acts),
        put_up_by=frozenset(one.actor for one in acts if one.kind in AMENDED),
    )


def rule_of(workspace: Stores, kind: str = "messages") -> approval.Rule:
    """What rules/approvals.toml asks for of a kind of thing."""
    return workspace.rules.approvals().rules[kind]


def _size(workspace: Stores, run: int, campaign: str, hashes: Mapping[str, str]) -> tuple[int, int]:
    """People and cost of a campaign's messages, those approved before and sent included."""
    states = workspace.state.outbox(run=run, campaign=campaign)["state"].tolist()
    people = sum(1 for state in states if state in ("proposed", "approved", "sent"))
    if rule_of(workspace).second_above_cost_micros is None or not hashes:
        return people, 0
    # Of one campaign and run every message costs the same.
    with workspace.tables.session() as session:
        one = wanted(session, [min(hashes)])
    cost = next((c.cost_micros for d in one for c in d.candidates if c.id == campaign), 0)
    return people, people * cost


def _agreed(workspace: Stores, acts: Sequence[Act], hashes: Mapping[str, str]) -> Act | None:
    """The first approval, where nothing was done since and all that waits was agreed to."""
    if not acts or acts[-1].kind != "agreed":
        return None
    listed = lists_of(workspace, acts[-1:])[acts[-1].content_hash or ""]
    held = all(listed.get(one) == content for one, content in hashes.items())
    return acts[-1] if held else None


def act(
    workspace: Stores,
    kind: str,
    *,
    run: int | None = None,
    campaign: str | None = None,
    actor: str,
    role: str | None = None,
    reason: str = "",
    shown: str | None = None,
) -> Acted:
    """Approve, reject or undo messages of a run, on the exact bytes that were put up.

    Parameters
    ----------
    run : int or None
        Number of a run; None for the newest.
    campaign : str or None
        One campaign; None for every one that such an act can be about.
    actor : str
        Who acts: two approvals are two names.
    role : str or None
        Their role in the control room; None for whoever types commands on the machine itself.
    shown : str or None
        `campaign_hash` of the messages that were looked at, where a screen showed them.

    Returns
    -------
    Acted
        An approval leaves out the messages that changed since, and those to people who refused,
        themselves or at their address, and names them. Where it takes two people, the first one's
        act is `agreed`.

    Raises
    ------
    NotFoundError
        If there is no such run, or no such campaign in it.
    RefusedError
        If nothing is in a state for it, its time is over, every message changed since or may not
        be sent any more, what waits is no longer what was shown, the rules want somebody else's
        word, or an approval would give somebody more messages than the cap allows.
    """
    about = look_up(workspace, kind, run, campaign)
    of_run, chosen = about.run, about.chosen
    if kind == "undone":
        _check_time(workspace, of_run, chosen)
    check_shown(about, shown)
    changed = _changed(workspace, chosen) if kind == "approved" else []
    refused_by = _refused_by(workspace, of_run, chosen) if kind == "approved" else []
    left = _left(of_run, chosen, changed, refused_by)
    kinds = _kinds(workspace, kind, of_run.number, left, Who(actor, role))
    acts = [
        Act(
            id=secrets.token_hex(16),
            decision=None,
            campaign=name,
            run=of_run.number,
            kind=kinds[name],
            actor=actor,
            at_us=wall_us(),
            content_hash=leaving.campaign_hash(left[name]),
            reason=reason,
        )
        for name in kinds
    ]
    for name in kinds:
        workspace.assets.put(leaving.approved_list(left[name]))
    moved = [d for one in acts if one.kind != "agreed" for d in left[one.campaign or ""]]
    with first_of_several(workspace, about):
        if kind == "approved":
            _check_cap(workspace, of_run, {name: left[name] for name in kinds})
        note_acts(workspace, acts)
        workspace.state.move_outbox(moved, {"undone": "proposed"}.get(kind, kind))
    Sealing(workspace).settle()
    return Acted(
        acts=tuple(acts),
        messages={name: len(left[name]) for name in kinds},
        changed=tuple(changed),
        refused=tuple(one for one in refused_by if one not in changed),
        undo_until=until(workspace, acts[0].kind, of_run.as_of_us, "en"),
    )


def _left(
    run: Run,
    chosen: Mapping[str, Mapping[str, str]],
    changed: Collection[str],
    refused_by: Collection[str],
) -> dict[str, dict[str, str]]:
    """What can be acted on.

    Raises
    ------
    RefusedError
        If nothing can.
    """
    out = {*changed, *refused_by}
    left = {
        name: {one: content for one, content in hashes.items() if one not in out}
        for name, hashes in chosen.items()
    }
    left = {name: hashes for name, hashes in left.items() if hashes}
    if left:
        return left
    where = f"every message of run {run.number} ({', '.join(chosen)})"
    if refused_by:
        raise RefusedError(
            where,
            "not to be sent any more (somebody refused, or it changed since)",
            "messages to people who may be written to",
            "run the loop again: regie run",
        )
    raise RefusedError(
        where,
        "not what was proposed (its campaign, item or contact changed since)",
        "the exact bytes put up for approval",
        "run the loop again: regie run",
    )


def _check_cap(workspace: Stores, run: Run, approved: Mapping[str, Mapping[str, str]]) -> None:
    """Whether nobody would get more messages than the cap allows, with what was approved before.

    Raises
    ------
    RefusedError
        If somebody would: of runs that wait side by side none counted the others.
    """
    people = len(over_cap(workspace, run, [one for each in approved.values() for one in each]))
    if people:
        policy = policy_of_run(run)
        raise RefusedError(
            f"{', '.join(approved)} of run {run.number}",
            f"above the cap of messages for {people:,} people, with all that is approved already",
            f"at most {policy.cap_messages:,} a person in {policy.cap_days:,} days",
            "leave them out (amend it in the control room), or take the other approval back:"
            " regie undo",
        ).because("over_cap", n=people, cap=policy.cap_messages, days=policy.cap_days)


class LookedUp(NamedTuple):
    """What an act is to be about, as it stood when it was looked up.

    Parameters
    ----------
    before : list[Act]
        Every act about the run.
    chosen : dict[str, dict[str, str]]
        Campaign to decisions and content hashes.
    """

    kind: str
    run: Run
    campaign: str | None
    before: list[Act]
    chosen: dict[str, dict[str, str]]


def look_up(workspace: Stores, kind: str, run: int | None, campaign: str | None) -> LookedUp:
    """What an act of a kind would be about; see `act`."""
    of_run = run_of(workspace, run)
    before = workspace.state.acts(run=of_run.number)
    chosen = _chosen(workspace, kind, of_run, campaign)
    return LookedUp(kind, of_run, campaign, before, chosen)


@contextmanager
def first_of_several(workspace: Stores, about: LookedUp) -> Iterator[None]:
    """One transaction, begun where nothing was done since.

    Of two who act at the same moment one is first: the other acts on what is no longer so.

    Raises
    ------
    RefusedError
        If somebody else was first.
    """
    kind, run, campaign, before, chosen = about
    with workspace.state.together():
        since = workspace.state.acts(run=run.number)[len(before) :]
        is_first = not any(one.campaign in chosen for one in since)
        if not is_first or _chosen(workspace, kind, run, campaign) != chosen:
            raise RefusedError(
                f"{', '.join(chosen)} of run {run.number}",
                "decided on by somebody else just now",
                f"messages that are {' or '.join(WANTED[kind])}",
                _SEE,
            )
        yield


def note_acts(workspace: Stores, acts: Sequence[Act]) -> None:
    """Add acts and owe the ledger their leaves; called inside the transaction that moves things."""
    salts = [secrets.token_hex(16) for _ in acts]
    workspace.state.add_acts(acts, salts)
    workspace.state.owe("act", acts[0].id, leaves_of(acts, salts))


def _kinds(
    workspace: Stores,
    kind: str,
    run: int,
    left: Mapping[str, Mapping[str, str]],
    who: Who,
) -> dict[str, str]:
    """Campaign to the kind of act it gets; those that want somebody else are left, if any can."""
    rule, kinds, barred = rule_of(workspace), {}, {}
    for name, hashes in left.items():
        if kind != "approved":
            why = approval.barred(rule, actor=who.actor, role=who.role)
            kinds[name] = kind
        else:
            found = awaited(workspace, run, name, hashes)
            agreed_by = found.agreed.actor if found.agreed else None
            why = approval.barred(
                rule, actor=who.actor, role=who.role,
                put_up_by=found.put_up_by, agreed_by=agreed_by,
            )  # fmt: skip
            is_last = found.needed < approval.MOST or agreed_by is not None
            kinds[name] = "approved" if is_last else "agreed"
        if why:
            barred[name] = why
            del kinds[name]
    if not kinds:
        name, why = next(iter(barred.items()))
        raise refused(f"campaign {name} of run {run}", why, rule, who)
    return kinds


def refused(where: str, why: str, rule: approval.Rule, who: Who) -> RefusedError:
    """The error that says whose word is wanted instead.

    Parameters
    ----------
    why : str
        From `govern.approval.barred`.

    Examples
    --------
    >>> rule = approval.Rule(roles=("manager",))
    >>> print(refused("change c1", "own", rule, Who("ana@example.com", "manager")))
    change c1 is put up or amended by ana@example.com, expected somebody else's word (manager); \
ask a colleague; who may stands in approvals.toml
    """
    found = {
        "role": f"for other roles than {who.role} to decide",
        "own": f"put up or amended by {who.actor}",
        "first": f"approved by {who.actor} already, and waits for a second person",
    }[why]
    whose = f"somebody else's word ({', '.join(rule.roles)})"
    return RefusedError(where, found, whose, "ask a colleague; who may stands in approvals.toml")


def run_of(workspace: Stores, number: int | None = None) -> Run:
    """The published run of that number, or the newest.

    Raises
    ------
    NotFoundError
        If there is none; names those there are.
    """
    runs = workspace.state.runs("published")
    found = [run for run in runs if number in (None, run.number)]
    if not found:
        raise NotFoundError(
            "run" if number is None else f"run {number}",
            "not there",
            _one_of([str(run.number) for run in runs]),
            "list them: regie runs" if runs else "run the loop: regie run",
        )
    return found[-1]


def _one_of(names: Sequence[str]) -> str:
    return f"one of {', '.join(names)}" if names else "one, but there is none yet"


def _chosen(
    workspace: Stores, kind: str, run: Run, campaign: str | None
) -> dict[str, dict[str, str]]:
    """Campaign to decision and content hash, of the messages such an act can be about.

    Raises
    ------
    NotFoundError
        If the run has no such campaign.
    RefusedError
        If no message is in a state for it, or its time is over.
    """
    found = _outbox(workspace, run.number, None)
    there = sorted({one for _, one, *_ in found})
    if campaign is not None and campaign not in there:
        raise NotFoundError(
            f"campaign {campaign} of run {run.number}",
            "not there",
            _one_of(there),
            "see its campaigns: regie decisions --run " + str(run.number),
        )
    ended = Ended(workspace)
    by_state: dict[str, dict[str, dict[str, str]]] = {}
    states: dict[str, int] = {}
    for decision, name, _, content_hash, state in found:
        if campaign in (None, name):
            waits = state == "proposed"
            over = waits and ended.is_over(run.number, run.as_of_us, name)
            now = "expired" if over else state
            states[now] = states.get(now, 0) + 1
            by_state.setdefault(now, {}).setdefault(name, {})[decision] = content_hash
    chosen = _those(by_state, WANTED[kind])
    if kind == "undone" and not chosen:
        chosen = _undoable(workspace, run.number, by_state)
    if kind == "undone" and "sent" in states:
        raise RefusedError(
            f"{campaign or 'a campaign'} of run {run.number}",
            f"on its way ({states['sent']} sent)",
            f"an approval, which can be undone {undo_until('approved', 'en')}",
            "what was sent cannot be taken back",
        )
    if not chosen:
        raise _none_of(workspace, kind, run, campaign, states)
    return chosen


def _none_of(
    workspace: Stores, kind: str, run: Run, campaign: str | None, states: Mapping[str, int]
) -> RefusedError:
    """Why no message of a run is in a state for an act."""
    which = f"{f'campaign {campaign}' if campaign else 'every campaign'} of run {run.number}"
    if "expired" not in states or kind == "undone":
        return RefusedError(
            which,
            ", ".join(f"{name} ({n:,} messages)" for name, n in sorted(states.items()))
            or "without a message",
            f"messages that are {' or '.join(WANTED[kind])}",
            _SEE,
        )
    if is_expired(workspace, run.as_of_us):
        day = day_of(approve_by_us(workspace, run.as_of_us), workspace.settings.zone)
        return RefusedError(
            which,
            f"expired ({states['expired']:,} messages waited until {day})",
            f"messages of the last {workspace.rules.approvals().within_days} days",
            "decide anew: regie run; for a recorded past, set now in regie.toml",
        )
    return RefusedError(
        which,
        f"replaced by a newer list ({states['expired']:,} messages)",
        "the newest list of a campaign",
        "decide on that one: regie runs",
    )


def _those(
    by_state: Mapping[str, Mapping[str, Mapping[str, str]]], wanted: Sequence[str]
) -> dict[str, dict[str, str]]:
    chosen: dict[str, dict[str, str]] = {}
    for state in wanted:
        for name, hashes in by_state.get(state, {}).items():
            chosen.setdefault(name, {}).update(hashes)
    return {name: dict(sorted(chosen[name].items())) for name in sorted(chosen)}


def _undoable(
    workspace: Stores, run: int, by_state: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> dict[str, dict[str, str]]:
    """With nothing approved or rejected: a first approval, else what was left out."""
    waiting = _those(by_state, ("proposed",))
    agreed = {
        name: hashes
        for name, hashes in waiting.items()
        if _agreed(workspace, workspace.state.acts(run=run, campaign=name), hashes)
    }
    return agreed or _those(by_state, ("left_out",))


def check_shown(about: LookedUp, shown: str | None) -> None:
    """Whether what an act is about is what was looked at.

    Raises
    ------
    StaleError
        If it is not.
    """
    hashes = [leaving.campaign_hash(one) for one in about.chosen.values()]
    if shown is not None and [shown] != hashes:
        raise StaleError(
            f"{', '.join(about.chosen)} of run {about.run.number}",
            "not what was shown: messages were decided on or changed since",
            "exactly the messages that were looked at",
            "look at them again",
        )


def _check_time(workspace: Stores, run: Run, chosen: Mapping[str, Mapping[str, str]]) -> None:
    """Whether the time to take back a rejection is not over; an approval's ends with a send."""
    if not is_past_use(workspace, run.as_of_us):
        return
    ids = {one for hashes in chosen.values() for one in hashes}
    rejected = [d for d, _, _, _, state in _outbox(workspace, run.number, None) if d in ids
                and state == "rejected"]  # fmt: skip
    if rejected:
        day = day_of(leave_by_us(run.as_of_us), workspace.settings.zone)
        raise RefusedError(
            f"rejection of run {run.number}",
            f"past its time ({len(rejected)} messages expired)",
            f"one that can be undone {undo_until('rejected', 'en', day)}",
            "decide anew: regie run",
        )


def until(workspace: Stores, kind: str, as_of_us: int, lang: str) -> str:
    """Until when an act of a kind about a run of that instant can be undone, in words."""
    return undo_until(kind, lang, day_of(leave_by_us(as_of_us), workspace.settings.zone))


def leave_by_us(as_of_us: int) -> int:
    """Until when the messages of a run of that instant may leave, once approved."""
    return as_of_us + leaving.VALID_DAYS * DAY_US


def is_past_use(workspace: Stores, as_of_us: int) -> bool:
    """Whether a message of a run of that instant has waited too long to leave, approved or not."""
    return now_of(workspace, as_of_us) >= leave_by_us(as_of_us)


def approve_by_us(workspace: Stores, as_of_us: int) -> int:
    """Until when the messages of a run of that instant may be approved."""
    days = min(workspace.rules.approvals().within_days, leaving.VALID_DAYS)
    return as_of_us + days * DAY_US


def is_expired(workspace: Stores, as_of_us: int) -> bool:
    """Whether a message of a run of that instant has waited too long for its approval."""
    return now_of(workspace, as_of_us) >= approve_by_us(workspace, as_of_us)


def now_of(workspace: Stores, as_of_us: int) -> int:
    """This moment for a run's messages: where a workspace stands still, they live in their run."""
    return as_of_us if workspace.settings.now else workspace.settings.now_us()


def _changed(workspace: Stores, chosen: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Decisions whose message of today is not the one that was proposed."""
    hashes = {one: content for pairs in chosen.values() for one, content in pairs.items()}
    now = {decision.id: leaving_hash(m) for decision, m in messages(workspace, list(hashes))}
    return sorted(one for one, content in hashes.items() if now.get(one) != content)


def _refused_by(workspace: Stores, run: Run, chosen: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Decisions whose person, as things stand now, may not be written to."""
    outbox = workspace.state.outbox(run=run.number)
    about = {one for hashes in chosen.values() for one in hashes}
    pairs = zip(outbox["decision"].tolist(), outbox["key"].tolist(), strict=True)
    people = {decision: key for decision, key in pairs if decision in about}
    allowed = sight.allowed_now(workspace, people.values(), run.as_of_us)
    return sorted(decision for decision, key in people.items() if key not in allowed)


def lists_of(workspace: Stores, acts: Iterable[Act]) -> dict[str, dict[str, str]]:
    """What each act on a campaign was about: its hash to decisions and content hashes."""
    hashes = {a.content_hash for a in acts if a.decision is None and a.content_hash}
    return {one: leaving.listed(workspace.assets.get(one)) for one in sorted(hashes)}


def leaving_hash(message: bytes) -> str:
    """The hash of a message's bytes."""
    from regie.deliver import mail

    return mail.content_hash(message)


def put_up(workspace: Stores, acts: Iterable[Act]) -> dict[str, str]:
    """Decision to its message's hash, where other words than its own were put up for approval."""
    reworded = [one for one in acts if one.kind == "reworded"]
    listed = lists_of(workspace, reworded)
    hashes: dict[str, str] = {}
    for one in reworded:
        hashes |= listed[one.content_hash or ""]
    return hashes


def messages(
    workspace: Stores, ids: Sequence[str], words: Words | None = None
) -> list[tuple[Decision, bytes]]:
    """Decisions with the bytes of their messages, made now, in id order.

    Parameters
    ----------
    words : Words or None
        Other words to try, by run and campaign.
    """
    from regie.workspace.writing import Writer, items_named, rules_of

    with workspace.tables.session() as session:
        decisions = wanted(session, ids)
        written: list[tuple[Decision, bytes]] = []
        for as_of_us, run in sorted({(d.at_us, d.run) for d in decisions}):
            batch = [d for d in decisions if (d.at_us, d.run) == (as_of_us, run)]
            items = sight.catalogue_of(workspace, session, as_of_us, items_named(batch))
            keys, rules = [d.subject for d in batch], rules_of(workspace, run)
            writer = Writer(workspace, items, keys, rules, words)
            written += [(d, writer.message(d)) for d in batch if d.subject in writer.contacts]
    return sorted(written, key=lambda pair: pair[0].id)
