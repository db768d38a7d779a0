"""Explore for programs: any measure by any breakdown, the order lines behind it, what is kept.

A question is asked as a page's address asks it, so that an address can be asked here too; what
cannot be understood is refused, where a page tells it and goes on.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from regie.interfaces.web.api.entry import CSV, XLSX, Call, Entry, File, Name
from regie.interfaces.web.api.paging import Page, cursor_of, no_cursor, place_of
from regie.measure.cube import MEASURES
from regie.ports.state import Annotation, View
from regie.terms.document import Lang
from regie.terms.errors import NotFoundError, SettingError
from regie.words.sentences import say
from regie.workspace import drawing, exploring, sight
from regie.workspace.exploring import Labels, Question

_Filter = Annotated[str, msgspec.Meta(max_length=2000)]
_Day = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
_WRITERS = {"csv": (CSV, drawing.csv_bytes), "xlsx": (XLSX, drawing.xlsx_bytes)}


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question; a filter names what is let in, several with `|` between them.

    Parameters
    ----------
    first, last : str
        `from` and `to`: days, both included; without them the last 28 with data.
    vs : str
        What it is compared with.
    """

    measure: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(MEASURES)})] = "revenue"
    by: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(exploring.BREAKDOWNS)})] = (
        "country"
    )
    first: _Day = msgspec.field(name="from", default="")
    last: _Day = msgspec.field(name="to", default="")
    vs: exploring.Against = "previous"
    country: _Filter | None = None
    item: _Filter | None = None
    group: _Filter | None = None
    segment: _Filter | None = None
    kind_of_customer: _Filter | None = None
    source: _Filter | None = None
    lang: Lang = "en"


class LinesAsked(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The order lines behind a question, a page at a time."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=exploring.MOST_ROWS)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a breakdown; `before` is None where nothing is compared."""

    name: str
    title: str
    value: int
    before: int | None


class Explored(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; money in micros.

    Parameters
    ----------
    parts : tuple[Part, ...]
        All of them, the largest first; time in its order.
    means : str
        The measure's definition, in words.
    sql : str or None
        The SELECT that gives the parts again; None where segments or groups are asked about.
    """

    question: Question
    currency: str
    tiles: dict[str, tuple[int, int | None]]
    grain: str
    series: tuple[tuple[str, int, int | None], ...]
    parts: tuple[Part, ...]
    means: str
    sql: str | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An order line, return, fee or adjustment; who ordered is not told."""

    at_us: int
    kind: str
    order: str | None
    item: str | None
    quantity: int
    value_micros: int
    country: str | None
    source: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that are kept, each by its address."""

    rows: tuple[View, ...]


class Annotations(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on days, as charts tell it."""

    rows: tuple[Annotation, ...]


class ViewGiven(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to keep."""

    title: Name


class AnnotationGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened on a day; names nobody."""

    day: date
    words: Name


def ask(call: Call) -> Explored:
    """Answer a question."""
    asked: Asked = call.query
    found = exploring.answer(call.board.cubes.current(), _question(call, asked))
    labels = _labels(call, asked.lang)
    settings = call.workspace.settings
    oldest_us = sight.bounds(call.workspace, settings.now_us(), "measurement")["oldest_us"]
    question = found.question
    return Explored(
        question=question,
        currency=settings.currency,
        tiles=found.tiles,
        grain=found.grain,
        series=found.series,
        parts=tuple(
            Part(name=name, title=labels.of(question.by, name), value=value, before=before)
            for name, value, before in found.parts
        ),
        means=say(f"screens.measure_{question.measure}_means", asked.lang),
        sql=exploring.sql(question, settings.zone, oldest_us),
    )


def lines(call: Call) -> Page[Line]:
    """Order lines behind it."""
    asked: LinesAsked = call.query
    place = place_of(asked.cursor)
    if place is not None and not (
        len(place) == 2 and isinstance(place[0], int) and isinstance(place[1], str)
    ):
        raise no_cursor()
    found, more = exploring.rows(
        call.workspace, call.board.cubes.current(), _question(call, asked),
        after=place and (int(place[0]) % 2**63, str(place[1])), most=asked.limit,
    )  # fmt: skip
    rows = list(zip(*(column.tolist() for column in found.values()), strict=True))
    told = tuple(
        Line(at_us=at_us, kind=kind, order=order, item=item, quantity=quantity,
             value_micros=value, country=country, source=source)
        for at_us, kind, order, item, quantity, value, country, source, _ in rows
    )  # fmt: skip
    return Page(rows=told, next=cursor_of((rows[-1][0], rows[-1][-1])) if more else None)


def export(call: Call) -> File:
    """The whole breakdown as a file."""
    kind, asked = call.path["kind"], call.query
    if kind not in _WRITERS:
        raise NotFoundError(f"form {kind}", "not there", "csv or xlsx", "ask for one of them")
    found = exploring.answer(call.board.cubes.current(), _question(call, asked))
    media, write = _WRITERS[kind]
    made = exploring.table(
        found, _labels(call, asked.lang), asked.lang, call.workspace.settings.currency
    )
    question = found.question
    name = f"{question.measure}-{question.by}-{question.first}-{question.last}.{kind}"
    return File(content=write(made), kind=media, name=name)


def _question(call: Call, asked: Asked) -> Question:
    given = {
        name: value
        for name, value in msgspec.to_builtins(asked).items()
        if isinstance(value, str)
    }  # fmt: skip
    cube, today = call.board.cubes.current(), exploring.today(call.workspace)
    question, unclear = exploring.asked(given, cube, today)
    for field, why in unclear.items():
        raise SettingError(
            field, f'"{given[field]}"', say(f"screens.{why}", "en").rstrip("."), "correct it"
        )
    return question


def _labels(call: Call, lang: Lang) -> Labels:
    return Labels(call.workspace, lang, call.board.item_names(current=True))


def views(call: Call) -> Kept:
    """What is kept."""
    return Kept(rows=tuple(call.workspace.state.views()))


def keep(call: Call) -> View:
    """Keep a question."""
    asked: ViewGiven = call.body
    kept = exploring.keep(call.workspace, asked.title, _question(call, asked))
    call.note("explore_keep", kept.title)
    return kept


def drop_view(call: Call) -> Kept:
    """Let go of one."""
    call.workspace.state.drop_view(_there(call, [one.id for one in views(call).rows]))
    call.note("explore_drop_view", call.path["view"])
    return views(call)


def noted(call: Call) -> Annotations:
    """What happened on days."""
    return Annotations(rows=tuple(call.workspace.state.annotations()))


def annotate(call: Call) -> Annotation:
    """Note what happened."""
    made = exploring.annotate(call.workspace, call.body.day.isoformat(), call.body.words)
    call.note("explore_annotate", f"{made.day}: {made.words}")
    return made


def drop_annotation(call: Call) -> Annotations:
    """Take a note out."""
    held = [one.id for one in noted(call).rows]
    call.workspace.state.drop_annotation(_there(call, held))
    call.note("explore_drop_annotation", call.path["annotation"])
    return noted(call)


def _there(call: Call, held: list[str]) -> str:
    ((what, named),) = call.path.items()
    if named not in held:
        raise NotFoundError(f"{what} {named}", "not there", "one of the list", "list them")
    return named


ENTRIES = (
    Entry(method="GET", path="/explore", permission="see", function=ask, query=Asked,
          does="A measure by a breakdown, narrowed and compared.", answer=Explored, heavy=True),
    Entry(method="GET", path="/explore/rows", permission="explore", function=lines,
          query=LinesAsked, does="The order lines behind it, the newest first.",
          answer=Page[Line], heavy=True),
    Entry(method="GET", path="/explore/file/{kind}", permission="see", function=export,
          query=Asked, does="The whole breakdown as csv or xlsx.", answer=File,
          files=(CSV, XLSX), heavy=True),
    Entry(method="GET", path="/views", permission="see", function=views,
          does="Questions that are kept.", answer=Kept),
    Entry(method="POST", path="/views", permission="explore", function=keep, body=ViewGiven,
          does="Keep a question under a title.", answer=View),
    Entry(method="POST", path="/views/{view}/drop", permission="explore", function=drop_view,
          does="Let go of a kept question.", answer=Kept),
    Entry(method="GET", path="/annotations", permission="see", function=noted,
          does="What happened on days, as charts tell it.", answer=Annotations),
    Entry(method="POST", path="/annotations", permission="explore", function=annotate,
          body=AnnotationGiven, does="Note what happened on a day, for every chart.",
          answer=Annotation),
    Entry(method="POST", path="/annotations/{annotation}/drop", permission="explore",
          function=drop_annotation, does="Take such a note out.", answer=Annotations),
)  # fmt: skip
