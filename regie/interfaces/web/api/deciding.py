"""What a program can decide on, and the journal of decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from regie.govern.explain import Change
from regie.interfaces.web.api.building import MessageTold, message_told
from regie.interfaces.web.api.entry import Call, Entry, Key, Name, Number, Shown, Words
from regie.interfaces.web.api.paging import Page, Paged, cut, no_cursor, page, place_of
from regie.interfaces.web.api.reading import Spoken
from regie.terms.campaign import MessageWords
from regie.terms.decision import Act, Decision, Reason
from regie.terms.document import Lang
from regie.terms.errors import NotFoundError, SettingError
from regie.workspace import amending, approving, changes, deciding, inbox, telling
from regie.workspace.approving import Acted
from regie.workspace.foreseen import Foreseen, foreseen
from regie.workspace.replaying import Replayed

State = Literal[
    "proposed", "approved", "rejected", "left_out", "applied", "expired", "nothing to send"
]


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval of exactly what was looked at.

    Parameters
    ----------
    shown : str
        `content_hash` of the proposal that was looked at.
    """

    shown: Shown
    reason: Words = ""


class ChangeRejection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rejection of a change says why; a change is the same for as long as it waits."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class TakenBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval or rejection that is taken back may say why."""

    reason: Words = ""


class _Amendment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    shown: Shown
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Rejection(_Amendment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rejection of exactly what was looked at says why."""


class LeftOut(_Amendment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People to leave out of what waits, by their keys, and why."""

    people: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class CapKept(_Amendment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whoever the messages would bring above the cap is left out: why."""


class LessSpent(_Amendment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the messages that wait may cost: the best are kept."""

    budget_micros: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Reworded(_Amendment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other words by language; none give back the campaign's own."""

    words: dict[Lang, MessageWords]


class DecisionsAsked(Paged, frozen=True, kw_only=True):
    """Which decisions; a person by their key."""

    run: Number | None = None
    person: Key | None = None
    policy: Name | None = None
    kind: Literal["message", "promotion"] | None = None
    state: State | None = None


class DecisionTold(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and the state its acts give it."""

    decision: Decision
    state: str


class ExplanationTold(msgspec.Struct, frozen=True, kw_only=True):
    """Why a decision was taken.

    Parameters
    ----------
    sentences : tuple[str, ...]
        It told, in reading order.
    reasons : tuple[Reason, ...]
        Parts of the score, strongest first: they add up to it.
    change : tuple[Change, ...]
        What together would have turned the choice.
    """

    chosen: str
    sentences: tuple[str, ...]
    reasons: tuple[Reason, ...]
    alternatives: dict[str, float]
    excluded: dict[str, int]
    change: tuple[Change, ...]
    basis: dict[str, str]


class ChangeTold(msgspec.Struct, frozen=True, kw_only=True):
    """A change that was asked for.

    Parameters
    ----------
    foreseen : Foreseen
        What is known of it.
    barred : str
        Why the token's maker may not approve it; empty where they may.
    """

    change: changes.Change
    foreseen: Foreseen
    barred: str


def waiting(call: Call) -> Page[inbox.Proposal]:
    """What waits, newest run first."""
    judged = call.board.judged()
    found = [inbox.settled(one, judged) for one in inbox.waiting(call.workspace)]
    return page(found, call.query, lambda one: (-one.run, one.campaign))


def proposal(call: Call) -> inbox.Proposal:
    """One proposal."""
    told = inbox.told(call.workspace, int(call.path["run"]), call.path["campaign"])
    return inbox.settled(told, call.board.judged())


def approve(call: Call) -> Acted:
    """Approve."""
    return _act(call, "approve", shown=call.body.shown)


def reject(call: Call) -> Acted:
    """Reject."""
    if not call.body.reason.strip():
        raise SettingError("reason", "empty", "why it is rejected", "write it")
    return _act(call, "reject", shown=call.body.shown)


def undo(call: Call) -> Acted:
    """Take back."""
    return _act(call, "undo")


def _act(call: Call, deed: str, **shown: str) -> Acted:
    run, campaign = int(call.path["run"]), call.path["campaign"]
    inbox.told(call.workspace, run, campaign)  # else a campaign of no message is "not there"
    done: Acted = getattr(call.workspace, deed)(
        run=run, campaign=campaign, actor=call.account.email, role=call.account.role,
        reason=call.body.reason.strip(), **shown,
    )  # fmt: skip
    call.note(done.acts[0].kind, f"{campaign}, {run}")
    return done


def leave_out(call: Call) -> Acted:
    """Leave people out."""
    return _amend(call, amending.leave_out, people=call.body.people)


def keep_cap(call: Call) -> Acted:
    """Leave out whoever would be above the cap."""
    return _amend(call, amending.keep_cap)


def keep_best(call: Call) -> Acted:
    """Keep the best for a lower budget."""
    return _amend(call, amending.keep_best, budget_micros=call.body.budget_micros)


def reword(call: Call) -> Acted:
    """Say it otherwise."""
    words = {lang: msgspec.structs.asdict(said) for lang, said in call.body.words.items()}
    return _amend(call, amending.reword, words=words)


def _amend(call: Call, deed: Callable[..., Acted], **about: Any) -> Acted:
    run, campaign = int(call.path["run"]), call.path["campaign"]
    inbox.told(call.workspace, run, campaign)
    done = deed(
        call.workspace, run=run, campaign=campaign, shown=call.body.shown,
        actor=call.account.email, role=call.account.role, reason=call.body.reason, **about,
    )  # fmt: skip
    call.note(done.acts[0].kind, f"{campaign}, {run}")
    return done


def changes_waiting(call: Call) -> Page[changes.Change]:
    """Changes that were asked for, the newest first."""
    return page(
        changes.every(call.workspace), call.query, lambda one: (one.asked_us, one.id), falling=True
    )


def change(call: Call) -> ChangeTold:
    """One change."""
    found = changes.told(call.workspace, call.path["change"])
    return ChangeTold(
        change=found,
        foreseen=foreseen(call.workspace, found),
        barred=changes.barred(found, call.account.email, call.account.role),
    )


def approve_change(call: Call) -> changes.Change:
    """Approve a change."""
    return _decide(call, "approve")


def reject_change(call: Call) -> changes.Change:
    """Reject a change."""
    if not call.body.reason.strip():
        raise SettingError("reason", "empty", "why it is rejected", "write it")
    return _decide(call, "reject")


def undo_change(call: Call) -> changes.Change:
    """Take a first approval or a rejection back."""
    return _decide(call, "undo")


def _decide(call: Call, deed: str) -> changes.Change:
    name = call.path["change"]
    done: changes.Change = call.workspace.decide_change(
        deed, name, actor=call.account.email, role=call.account.role,
        reason=call.body.reason.strip(),
    )  # fmt: skip
    call.note({"undo": "undone"}.get(deed, done.state), name)
    return done


def acts(call: Call) -> Page[Act]:
    """What people did, newest first."""
    return page(
        call.workspace.state.acts(), call.query, lambda act: (act.at_us, act.id), falling=True
    )


def decisions(call: Call) -> Page[DecisionTold]:
    """Decisions, the newest first."""
    asked: DecisionsAsked = call.query
    found = deciding.find(
        call.workspace, run=asked.run, person=asked.person, policy=asked.policy, kind=asked.kind,
        state=asked.state, limit=asked.limit + 1, after=_after(asked.cursor),
    )  # fmt: skip
    rows = [DecisionTold(decision=decision, state=state) for decision, state in found]
    return cut(rows, asked, lambda row: deciding.place_of(row.decision))


def _after(cursor: str) -> deciding.Place | None:
    place = place_of(cursor)
    try:
        return None if place is None else msgspec.convert(place, deciding.Place)
    except msgspec.ValidationError as error:
        raise no_cursor() from error


def decision(call: Call) -> DecisionTold:
    """One decision."""
    found = deciding.find_one(call.workspace, call.path["decision"])
    return DecisionTold(decision=found, state=deciding.States(call.workspace).of(found))


def message(call: Call) -> MessageTold:
    """Its message."""
    one = deciding.find_one(call.workspace, call.path["decision"])
    found = approving.messages(call.workspace, [one.id])
    if not found:
        raise NotFoundError(
            "message", "not there", "one that was written", "read the decision instead"
        )
    return message_told(found[0][1])


def explanation(call: Call) -> ExplanationTold:
    """Why it was taken."""
    found = deciding.find_one(call.workspace, call.path["decision"])
    told = deciding.explain(call.workspace, found)
    return ExplanationTold(
        chosen=told.chosen,
        sentences=tuple(telling.tell(call.workspace, told, call.query.lang)),
        reasons=told.reasons,
        alternatives=told.alternatives,
        excluded=told.excluded,
        change=told.change,
        basis=told.basis,
    )


def replay(call: Call) -> Replayed:
    """Take it again."""
    found: Replayed = call.workspace.replay(call.path["decision"])
    return found


_ONE = "/inbox/{run:int}/{campaign}"
_CHANGE = "/changes/{change}"
ENTRIES = (
    Entry(method="GET", path="/inbox", permission="see_decisions", function=waiting, query=Paged,
          does="What waits for a person.", answer=Page[inbox.Proposal]),
    Entry(method="GET", path=_ONE, permission="see_decisions", function=proposal,
          does="One campaign's messages of one run, told so that they can be decided on.",
          answer=inbox.Proposal),
    Entry(method="POST", path=f"{_ONE}/approve", permission="approve_messages", function=approve,
          body=Approval, does="Approve exactly what was looked at.", answer=Acted),
    Entry(method="POST", path=f"{_ONE}/reject", permission="approve_messages", function=reject,
          body=Rejection, does="Reject exactly what was looked at, with a reason.",
          answer=Acted),
    Entry(method="POST", path=f"{_ONE}/undo", permission="approve_messages", function=undo,
          body=TakenBack, does="Take an approval or a rejection back.", answer=Acted),
    Entry(method="POST", path=f"{_ONE}/leave-out", permission="approve_messages",
          function=leave_out, body=LeftOut, does="Leave people out of what waits.", answer=Acted),
    Entry(method="POST", path=f"{_ONE}/keep-cap", permission="approve_messages",
          function=keep_cap, body=CapKept,
          does="Leave out whoever would get more messages than the cap.", answer=Acted),
    Entry(method="POST", path=f"{_ONE}/keep-best", permission="approve_messages",
          function=keep_best, body=LessSpent, does="Keep the best for a lower budget.",
          answer=Acted),
    Entry(method="POST", path=f"{_ONE}/reword", permission="approve_messages", function=reword,
          body=Reworded, does="Give what waits other words.", answer=Acted),
    Entry(method="GET", path="/changes", permission="see_decisions", function=changes_waiting,
          query=Paged, does="Models, policies and erasures that were asked for.",
          answer=Page[changes.Change]),
    Entry(method="GET", path=_CHANGE, permission="see_decisions", function=change,
          does="One change that was asked for, and what is known of it.", answer=ChangeTold,
          heavy=True),
    Entry(method="POST", path=f"{_CHANGE}/approve", permission="approve_changes",
          function=approve_change, body=TakenBack, does="Approve a change.",
          answer=changes.Change),
    Entry(method="POST", path=f"{_CHANGE}/reject", permission="approve_changes",
          function=reject_change, body=ChangeRejection, does="Reject a change, with a reason.",
          answer=changes.Change),
    Entry(method="POST", path=f"{_CHANGE}/undo", permission="approve_changes",
          function=undo_change, body=TakenBack,
          does="Take a first approval or a rejection of a change back.", answer=changes.Change),
    Entry(method="GET", path="/acts", permission="see_decisions", function=acts, query=Paged,
          does="What people did about decisions, newest first.", answer=Page[Act]),
    Entry(method="GET", path="/decisions", permission="see_decisions", function=decisions,
          query=DecisionsAsked, does="Decisions, the newest first.", answer=Page[DecisionTold]),
    Entry(method="GET", path="/decisions/{decision}", permission="see_decisions",
          function=decision, does="One decision.", answer=DecisionTold),
    Entry(method="GET", path="/decisions/{decision}/explanation", permission="see_decisions",
          function=explanation, query=Spoken, does="Why a decision was taken.",
          answer=ExplanationTold),
    Entry(method="GET", path="/decisions/{decision}/message", permission="see_decisions",
          function=message, does="The message of a decision, as its receiver sees it.",
          answer=MessageTold),
    Entry(method="POST", path="/decisions/{decision}/replay", permission="see_decisions",
          function=replay, does="Take a decision again from what it was given.", answer=Replayed,
          heavy=True),
)  # fmt: skip
