"""Privacy for programs: requests with their clock, consent over time, the notice and the register.

The list says nothing of who asks; one request does, to those who may see people. Of a person no
name or address ever stands in an address: a request is known by its number.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from regie.interfaces.web.api.entry import HTML, JSON, PDF, Call, Entry, File, Name
from regie.interfaces.web.api.paging import Page, Paged, page
from regie.interfaces.web.api.reading import Spoken
from regie.terms.document import Document
from regie.terms.errors import NotFoundError
from regie.terms.instant import parse_day
from regie.workspace import allowing, handling, reporting, requests
from regie.workspace.allowing import Answers
from regie.workspace.handling import Handled
from regie.workspace.people import LONGEST_VALUE
from regie.workspace.requests import Timed

PAPERS = ("notice", "register")
_Day = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class RequestTold(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its clock, without who asks.

    Parameters
    ----------
    due : str
        The last day on which an answer is in time.
    days_left : int
        Until then; below 0 where it is over.
    acted : tuple[tuple[str, str], ...]
        What was done, with the entries of the ledger that seal it.
    """

    id: str
    kind: str
    channel: str
    received: str
    due: str
    days_left: int
    clock: str
    may_extend: bool
    identity: str
    answer: str
    acted: tuple[tuple[str, str], ...]


class Received(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that came.

    Parameters
    ----------
    person : str
        An identifier, an address or a key.
    day : str
        When it came; empty: today.
    """

    kind: Literal["access", "rectify", "erase", "object"]
    channel: Literal["mail", "email", "phone", "person"]
    person: Name
    day: _Day = ""


class Identified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it was known who asks."""

    by: Literal["address", "called_back", "account", "document"]


class Extended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the person was told, today, that it takes two months more."""

    why: Literal["complex", "many"]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another value of one field."""

    field: Name
    value: Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)]


class Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the person was answered, today."""

    answer: Literal["done", "nothing_held", "not_identified", "unfounded", "law_keeps"]


class PackAsked(Spoken, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As a page in a language, or for a machine."""

    form: Literal["html", "json"] = "html"


class PaperAsked(Spoken, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As a file of one of these forms."""

    form: Literal["html", "pdf"] = "html"


class PurposeTold(msgspec.Struct, frozen=True, kw_only=True):
    """A purpose, and how many people allow it, over time."""

    name: str
    title: dict[str, str]
    legal_basis: str
    needs_consent: bool
    retention_days: int
    answers: Answers


class Purposes(msgspec.Struct, frozen=True, kw_only=True):
    """Every purpose, in their order."""

    rows: tuple[PurposeTold, ...]


def listed(call: Call) -> Page[RequestTold]:
    """Every request."""
    found = page(requests.listed(call.workspace), call.query, _urgency)
    return Page(rows=tuple(map(_told, found.rows)), next=found.next)


def _urgency(one: Timed) -> tuple[int, int, int, str]:
    """Open ones first, the most urgent before all; then the newest."""
    is_over = bool(one.request.answer)
    received = -parse_day(one.request.received).toordinal()
    return int(is_over), 0 if is_over else one.days_left, received, one.request.id


def _told(one: Timed) -> RequestTold:
    request = one.request
    return RequestTold(
        id=request.id, kind=request.kind, channel=request.channel, received=request.received,
        due=one.due.isoformat(), days_left=one.days_left, clock=one.clock,
        may_extend=one.may_extend, identity=request.identity, answer=request.answer,
        acted=request.acted,
    )  # fmt: skip


def receive(call: Call) -> RequestTold:
    """Note a request."""
    asked: Received = call.body
    made = requests.receive(
        call.workspace, kind=asked.kind, channel=asked.channel, person=asked.person,
        day=asked.day, actor=call.account.email,
    )  # fmt: skip
    call.note("request_received", made.id)
    return _told(requests.found(call.workspace, made.id))


def one(call: Call) -> Handled:
    """One request."""
    return handling.handled(call.workspace, call.path["request"])


def identify(call: Call) -> Handled:
    """How it was known who asks."""
    return _step(call, "identify")


def extend(call: Call) -> Handled:
    """More time."""
    return _step(call, "extend")


def rectify(call: Call) -> Handled:
    """Correct a value."""
    return _step(call, "rectify")


def answer(call: Call) -> Handled:
    """It was answered."""
    return _step(call, "answer")


def give_access(call: Call) -> Handled:
    """Prepare what is held."""
    return _step(call, "access")


def object_to(call: Call) -> Handled:
    """Note the objection."""
    return _step(call, "object")


def erase(call: Call) -> Handled:
    """Erase the person, or ask for it."""
    return _step(call, "erase")


def _step(call: Call, deed: str) -> Handled:
    name = call.path["request"]
    given = {} if call.body is None else msgspec.structs.asdict(call.body)
    done = handling.act(call.workspace, name, deed, given, call.account.email)
    call.note(f"request_{deed}", name)
    return done


def pack(call: Call) -> File:
    """What is held on whoever asked."""
    name, asked = call.path["request"], call.query
    held = handling.pack(call.workspace, name)
    call.note("request_pack", name)
    if asked.form == "json":
        content = msgspec.json.encode(held, order="sorted")
        return File(content=content, kind=JSON, name=f"{name}.json")
    content = reporting.access_page(call.workspace, held, asked.lang)
    return File(content=content, kind=HTML, name=f"{name}.html")


def purposes(call: Call) -> Purposes:
    """Purposes, and their answers over time."""
    lines = call.board.kept(("allowed",), lambda: allowing.over_time(call.workspace))
    return Purposes(
        rows=tuple(
            PurposeTold(name=name, title=one.title, legal_basis=one.legal_basis,
                        needs_consent=one.needs_consent, retention_days=one.retention_days,
                        answers=lines[name])
            for name, one in call.workspace.rules.purposes().items()
        )
    )  # fmt: skip


def paper(call: Call) -> Document:
    """The notice or the register."""
    return reporting.paper(call.workspace, call.query.lang, _paper(call))


def paper_file(call: Call) -> File:
    """The same as a file."""
    name, asked = _paper(call), call.query
    content = reporting.paper_file(call.workspace, asked.lang, asked.form, name)
    kind = PDF if asked.form == "pdf" else HTML
    return File(content=content, kind=kind, name=f"{name}-{asked.lang}.{asked.form}")


def _paper(call: Call) -> str:
    name = call.path["paper"]
    if name not in PAPERS:
        raise NotFoundError(f"paper {name}", "not there", " or ".join(PAPERS), "name one")
    return name


_ONE = "/requests/{request}"


def _deed(name: str, function: Any, does: str, body: Any = None, *, heavy: bool = False) -> Entry:
    return Entry(method="POST", path=f"{_ONE}/{name}", permission="answer_people",
                 function=function, body=body, does=does, answer=Handled, heavy=heavy)  # fmt: skip


ENTRIES = (
    Entry(method="GET", path="/requests", permission="see_privacy", function=listed, query=Paged,
          does="What people ask for and until when, the most urgent first.",
          answer=Page[RequestTold]),
    Entry(method="POST", path="/requests", permission="answer_people", function=receive,
          body=Received, does="Note a request that came by another way than the public page.",
          answer=RequestTold),
    Entry(method="GET", path=_ONE, permission="see_people", function=one,
          does="One request: who asks, until when, each step and what seals it.", answer=Handled),
    _deed("identify", identify, "Note how it was known who asks.", Identified),
    _deed("extend", extend, "Note that the person was told it takes two months more.", Extended),
    _deed("access", give_access, "Prepare everything that is held, to be sent.", heavy=True),
    _deed("rectify", rectify, "Correct what is held on the person.", Value),
    _deed("object", object_to, "Note the person's objection."),
    _deed("erase", erase, "Erase the person; where the rules say so, once somebody agreed.",
          heavy=True),
    _deed("answer", answer, "Note that the person was answered, and how.", Answered),
    Entry(method="GET", path=f"{_ONE}/pack", permission="answer_people", function=pack,
          query=PackAsked, does="Everything that is held on whoever asked, to send to them.",
          answer=File, files=(HTML, JSON), heavy=True),
    Entry(method="GET", path="/purposes", permission="see_privacy", function=purposes,
          does="Purposes, and how many people allow each over time.", answer=Purposes),
    Entry(method="GET", path="/papers/{paper}", permission="see_privacy", function=paper,
          query=Spoken, does="The notice or the article 30 register, as data.",
          answer=Document),
    Entry(method="GET", path="/papers/{paper}/file", permission="see_privacy",
          function=paper_file, query=PaperAsked,
          does="The notice or the register as a page or a PDF.", answer=File,
          files=(HTML, PDF), heavy=True),
)  # fmt: skip
