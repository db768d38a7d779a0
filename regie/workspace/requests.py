"""Requests for access, change, erasure and objection: their steps, their clock, their proof.

What is done about a request is done by the same functions that serve the command line and the
public page; here it is noted, step by step, each sealed in the ledger. A person is known by their
key alone; once they are erased, by the mark the opposition list has of them.

Why a request is noted before anything is done about it: a process that ends between leaves an open
request for somebody to look at, never a deed that nobody asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from regie.govern.rights import COUNTRY_OF_ZONE, Clock, clock, due
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.terms.instant import day_of, parse_day
from regie.terms.request import (
    ANSWERS,
    CHANNELS,
    CHECKS,
    KINDS,
    WHYS,
    Request,
    Step,
    folded,
)
from regie.workspace import mailboxes, people
from regie.workspace.sealing import Sealing, leaves_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

T = TypeVar("T")

SEALED_AS = {
    "erase": ("erasure", "anonymised"),
    "object": ("consents",),
}
"""What is done to the kinds of ledger entries that seal it."""


MOST_DAYS_AGO = 366
"""A request that came before is a slip of the pen: the longest time to answer is three months."""


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """A request and where it stands.

    Parameters
    ----------
    due : date
        The last day on which an answer is in time.
    days_left : int
        Until then; negative where it is over.
    may_extend : bool
        Whether the first month still runs, in which the person can be told that it takes longer.
    """

    request: Request
    due: date
    days_left: int
    clock: Clock
    may_extend: bool


def listed(workspace: Stores) -> list[Timed]:
    """Every request: open ones first, those whose time is over before all, then the newest."""
    by_request: dict[str, list[Step]] = {}
    for step in workspace.state.steps():
        by_request.setdefault(step.request, []).append(step)
    people_of = workspace.state.requesters()
    told = [
        _timed(workspace, folded(one, *people_of.get(one, ("", "")), steps))
        for one, steps in by_request.items()
    ]
    told.reverse()
    return sorted(told, key=_urgency)


def _urgency(told: Timed) -> tuple[bool, int]:
    is_over = bool(told.request.answer)
    return is_over, 0 if is_over else told.days_left


def found(workspace: Stores, request: str) -> Timed:
    """One request.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    """
    steps = workspace.state.steps(request)
    if not steps:
        raise NotFoundError(f"request {request}", "not there", "one of the list", "open the list")
    key, mark = workspace.state.requesters().get(request, ("", ""))
    return _timed(workspace, folded(request, key, mark, steps))


def steps_of(workspace: Stores, request: str) -> list[Step]:
    """Its steps, in order."""
    return workspace.state.steps(request)


def _timed(workspace: Stores, request: Request) -> Timed:
    zone = workspace.settings.zone
    country, received = COUNTRY_OF_ZONE.get(zone, ""), parse_day(request.received)
    today = day_of(workspace.settings.now_us(), zone)
    last = due(received, extended=request.extended_us is not None, country=country)
    answered = None if request.answered_us is None else day_of(request.answered_us, zone)
    return Timed(
        request=request,
        due=last,
        days_left=(last - today).days,
        clock=clock(last, today, answered),
        may_extend=not request.answer
        and request.extended_us is None
        and today <= due(received, country=country),
    )


def receive(
    workspace: Stores, *, kind: str, channel: str, person: str, actor: str, day: str = ""
) -> Request:
    """Note a request that came.

    Parameters
    ----------
    person : str
        An identifier, an address or a key; somebody of whom nothing is held is noted by the key
        they would have, so that no name is kept. An address names everybody who has it.
    day : str
        When it came, as ISO writes it; empty for today.

    Raises
    ------
    SettingError
        If a value is none of those there are, or the day lies ahead or more than a year back.
    """
    _one_of("kind", kind, KINDS)
    _one_of("channel", channel, CHANNELS)
    if not person.strip():
        raise SettingError("person", "empty", "an identifier or an address", "say who asks")
    today = day_of(workspace.settings.now_us(), workspace.settings.zone)
    received = _day(day) if day else today
    oldest = today - timedelta(MOST_DAYS_AGO)
    if not oldest <= received <= today:
        raise SettingError("day", day, f"a day from {oldest} to {today}", "say when it came")
    key = mailboxes.named(workspace, person.strip())[0]
    facts = {"kind": kind, "channel": channel, "day": received.isoformat()}
    facts |= {"reach": "address"} if "@" in person else {}
    return _begin(workspace, key, actor, [("received", facts)])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError(
            "day", f'"{text}"', "a day like 2011-12-31", "say when it came"
        ) from error


def _begin(
    workspace: Stores, key: str, actor: str, steps: Sequence[tuple[str, dict[str, str]]]
) -> Request:
    """A new request with its first steps."""
    Sealing(workspace).check()
    request = f"r-{secrets.token_hex(5)}"
    with workspace.state.together():
        # Of somebody who was erased before, no more is kept than was.
        mark = _mark_of_erased(workspace, key)
        workspace.state.put_requester(request, "" if mark else key, mark)
        _note(workspace, request, actor, steps)
    Sealing(workspace).settle()
    return found(workspace, request).request


def _mark_of_erased(workspace: Stores, key: str) -> str:
    """The mark of somebody who was erased and has not come back; empty for all others."""
    mark = mailboxes.fingerprint(workspace, key)
    opposed = workspace.state.opposition()
    was_erased = ((opposed["fingerprint"] == mark) & (opposed["kind"] == "erased")).any()
    return mark if was_erased and not people.is_known(workspace, key) else ""


def _note(
    workspace: Stores, request: str, actor: str, steps: Sequence[tuple[str, dict[str, str]]]
) -> None:
    made = [
        Step(id=secrets.token_hex(16), request=request, step=step, actor=actor,
             at_us=workspace.settings.now_us(), facts=facts)
        for step, facts in steps
    ]  # fmt: skip
    salts = [secrets.token_hex(16) for _ in made]
    workspace.state.add_steps(made, salts)
    workspace.state.owe("request", f"{request}/{made[0].id[:12]}", leaves_of(made, salts))


def _add(workspace: Stores, request: str, actor: str, step: str, facts: dict[str, str]) -> Timed:
    """Add a step to an open request.

    Raises
    ------
    RefusedError
        If it was answered.
    """
    Sealing(workspace).check()
    with workspace.state.together():
        _still_open(found(workspace, request))
        _note(workspace, request, actor, [(step, facts)])
    Sealing(workspace).settle()
    return found(workspace, request)


def _still_open(told: Timed) -> None:
    if told.request.answer:
        raise RefusedError(
            f"request {told.request.id}", "answered", "one that is open", "receive a new one"
        )


def identify(workspace: Stores, request: str, by: str, actor: str) -> Timed:
    """Note how it was known who asks (article 12(6))."""
    _one_of("by", by, CHECKS)
    return _add(workspace, request, actor, "identified", {"by": by})


def extend(workspace: Stores, request: str, why: str, actor: str) -> Timed:
    """Note that the person was told, today, that it takes two months more, and why.

    Raises
    ------
    RefusedError
        If the first month is over, or it was done already: the law knows no second time.
    """
    _one_of("why", why, WHYS)
    told = found(workspace, request)
    _still_open(told)
    if not told.may_extend:
        raise RefusedError(
            f"request {request}", "not to be extended any more", "once, within its first month",
            "answer it now",
        )  # fmt: skip
    return _add(workspace, request, actor, "extended", {"why": why})


def answer(workspace: Stores, request: str, how: str, actor: str) -> Timed:
    """Note that the person was answered, today.

    Raises
    ------
    RefusedError
        If it is not so: nothing was done, something is held on the person after all, or nothing is
        that a law could ask to be kept.
    """
    _one_of("answer", how, ANSWERS)
    told = found(workspace, request).request
    if not told.answer and how not in possible_answers(workspace, told):
        raise RefusedError(f"request {request}", *_NOT_SO[how])
    return _add(workspace, request, actor, "answered", {"answer": how})


_NOT_SO = {
    "done": ("without anything done", "what was asked for, done first", "do it, or say why not"),
    "nothing_held": (
        "of somebody on whom something is held", "an answer that is true",
        "do what they ask for, or say why not",
    ),
    "law_keeps": (
        "of somebody on whom nothing is held", "an answer that is true",
        "answer that nothing is held",
    ),
}  # fmt: skip
"""Answer to what it is refused with where it is not so: found, rule, step."""


def possible_answers(workspace: Stores, request: Request) -> tuple[str, ...]:
    """Those of `ANSWERS` that would be true of a request now."""
    is_held = bool(request.key) and people.is_known(workspace, request.key)
    untrue = {"law_keeps"} if not is_held else {"nothing_held"}
    # Who was served or erased on this request is told what was done.
    untrue |= {"nothing_held"} if request.acted else {"done"}
    return tuple(one for one in ANSWERS if one not in untrue)


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise SettingError(name, f'"{value}"', "one of " + ", ".join(known), "choose one")


# ---- what is done about it


def give_access(workspace: Stores, request: str, actor: str) -> dict[str, Any]:
    """Everything that is held on the person, to be sent to them; see `people.access`."""
    return _done(workspace, request, "access", actor,
                 lambda shop, key: people.access(shop, *everybody(shop, request)))  # fmt: skip


def everybody(workspace: Stores, request: str) -> list[str]:
    """Whom a request is about: whoever asks, and who has their address where that named them."""
    told = found(workspace, request).request
    return [told.key, *(mailboxes.sharing(workspace, [told.key]) if told.by_address else ())]


def rectify(workspace: Stores, request: str, field: str, value: str, actor: str) -> None:
    """Change what is held on the person; see `people.rectify`."""
    _done(
        workspace, request, "rectify", actor,
        lambda shop, key: people.rectify(shop, key, field, value),
    )  # fmt: skip


def object_to(workspace: Stores, request: str, actor: str) -> None:
    """Note the person's objection; see `people.object_to`."""
    _done(workspace, request, "object", actor, people.object_to)


def erase(workspace: Stores, request: str, actor: str) -> None:
    """Erase the person, at once and for good; see `people.erase`.

    Whoever had to agree did: from the control room it is asked for by `changes.ask_erasure`.
    """
    _done(workspace, request, "erase", actor,
          lambda shop, key: people.erase(shop, *everybody(shop, request)))  # fmt: skip


def may_be_done(workspace: Stores, request: str, what: str) -> Timed:
    """The request, where something may be done about it.

    Raises
    ------
    RefusedError
        If it was answered, nobody checked who asks, or the person was erased.
    NotFoundError
        If nothing is held on them.
    """
    told = found(workspace, request)
    _still_open(told)
    if not told.request.identity and what != "object":  # who objects harms nobody
        raise RefusedError(
            f"request {request}", "of somebody who was not identified", "that checked first",
            "note how it is known who asks",
        )  # fmt: skip
    if not told.request.key:
        raise RefusedError(f"request {request}", "of somebody erased", "somebody held", "answer it")
    if not people.is_known(workspace, told.request.key):
        raise NotFoundError(
            "person", "not there", "a person of this workspace", "answer that nothing is held"
        )
    return told


def _done(
    workspace: Stores, request: str, what: str, actor: str, deed: Callable[[Stores, str], T]
) -> T:
    """Do something about an open request whose person is known for sure, and note it.

    Raises
    ------
    RefusedError
        If it was answered, nobody checked who asks, or the person was erased.
    NotFoundError
        If nothing is held on them.
    """
    told = may_be_done(workspace, request, what)
    done, entries = _proven(workspace, what, lambda: deed(workspace, told.request.key))
    _add(workspace, request, actor, "acted", {"what": what, "entries": entries})
    return done


def _proven(workspace: Stores, what: str, deed: Callable[[], T]) -> tuple[T, str]:
    """What a deed gives, and the entries of the ledger that seal it, as numbers."""
    before = workspace.ledger.count()
    done = deed()
    kinds = SEALED_AS.get(what, ())
    sealed = [e.n for e in workspace.ledger.entries()[before:] if e.kind in kinds]
    return done, " ".join(map(str, sealed))


def at_once(workspace: Stores, kind: str, key: str, by: str, deed: Callable[[], T]) -> T:
    """Do what a person asked for on the public page, and note it as answered at once.

    Parameters
    ----------
    by : str
        How it was known who asks (`CHECKS`).
    deed : Callable
        Does it.
    """
    today = day_of(workspace.settings.now_us(), workspace.settings.zone)
    facts = {"kind": kind, "channel": "page", "day": today.isoformat()}
    facts |= {"reach": "address"} if by == "address" else {}
    request = _begin(workspace, key, "", [("received", facts), ("identified", {"by": by})])
    done, entries = _proven(workspace, kind, deed)
    with workspace.state.together():
        _note(
            workspace, request.id, "",
            [("acted", {"what": kind, "entries": entries}), ("answered", {"answer": "done"})],
        )  # fmt: skip
    Sealing(workspace).settle()
    return done
