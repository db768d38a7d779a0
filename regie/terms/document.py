"""A document for people (report, access page, notice) as data: blocks, figures, tables; pure.

A stage builds it, an engine draws it (HTML today). Values stay raw (micros, shares, ISO days)
beside their `Format`, so that every engine writes them in the reader's language and a sheet can
still add them up. Prose may hold `**strong**` and `` `code` ``; everything else is plain text,
escaped by the engine.

Why not HTML from the start: the same report must become JSON, pages, sheets and slides, and a test
must be able to read its figures.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

Lang = Literal["en", "fr"]
LANGS: tuple[Lang, ...] = ("en", "fr")
"""The languages of screens and reports."""


def lang_of(name: str | None) -> Lang | None:
    """The language of that name; None where it is none of ours.

    Examples
    --------
    >>> lang_of("fr"), lang_of("de"), lang_of(None)
    ('fr', None, None)
    """
    return next((lang for lang in LANGS if lang == name), None)


MOST_ROWS = 500
"""More rows of a table than this are left to the JSON form; the page says so."""

Unit = Literal["text", "number", "money", "share", "points", "day", "duration", "code"]
Cell = str | int | float | None
"""Text, a number, micros, a share 0..1, seconds, an ISO day; None is shown as a dash."""


class Format(msgspec.Struct, frozen=True):
    """How a raw value is shown.

    Parameters
    ----------
    unit : str
        `money` takes micros; `share` 0..1 shown in percent; `points` a difference of shares;
        `day` an ISO day; `duration` seconds; `code` text in a fixed-width face.
    currency : str
        ISO 4217 code, for money.
    digits : int or None
        Decimals; None for the unit's own (money 2, share 1, whole numbers 0).
    signed : bool
        Whether a plus is written.
    compact : bool
        1.2M rather than 1,200,000.

    Examples
    --------
    >>> Format("money", "GBP", digits=0).unit
    'money'
    """

    unit: Unit = "text"
    currency: str = ""
    digits: int | None = None
    signed: bool = False
    compact: bool = False


TEXT = Format("text")
CODE = Format("code")
NUMBER = Format("number")
SHARE = Format("share")
DAY = Format("day")


class Column(msgspec.Struct, frozen=True):
    """A table's column; text stands left, everything counted stands right."""

    label: str
    format: Format = TEXT


class Table(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Rows under named columns; the first column names the row.

    Parameters
    ----------
    title : str
        Also the table's caption.
    columns : tuple[Column, ...]
        Shape (c,).
    rows : tuple[tuple[Cell, ...], ...]
        Shape (r, c). An engine for the screen may stop early, and says so.
    footer : tuple[Cell, ...] or None
        Shape (c,): the total.
    note : str
        A sentence under the title.
    source : Source or None
        Where the figures come from.

    Examples
    --------
    >>> Table(title="Items", columns=(Column("Item"), Column("Orders", NUMBER)),
    ...       rows=(("Party bunting", 131),)).rows[0][1]
    131
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    footer: tuple[Cell, ...] | None = None
    note: str = ""
    source: Source | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a figure comes from: what it means, the command and the SQL that give it again.

    fr: provenance

    Parameters
    ----------
    opens : str
        On a screen, the page that tells all of it; what a page is told of elsewhere is not told
        beside the figure again.

    Examples
    --------
    >>> Source(definition="Order lines, net of returns.", command="regie sql …").sql
    ''
    """

    definition: str = ""
    command: str = ""
    sql: str = ""
    opens: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a figure moved.

    Parameters
    ----------
    value : float
        In the unit of `format`: a share (−0.108 is −10.8 %), points, micros.
    against : str
        What it is compared with: "the 28 days before".
    good : bool or None
        Whether that is good news; None where it is neither.
    """

    value: float
    against: str
    good: bool | None = None
    format: Format = Format("share", signed=True)


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One number that matters.

    Parameters
    ----------
    series : tuple[float, ...]
        Its recent course, for a small line; empty for none.
    source : Source or None
        What the number opens to.

    Examples
    --------
    >>> Tile(label="Revenue", value=660_081_000_000, format=Format("money", "GBP")).change is None
    True
    """

    label: str
    value: Cell
    format: Format = NUMBER
    change: Change | None = None
    note: str = ""
    series: tuple[float, ...] = ()
    source: Source | None = None


class Tiles(msgspec.Struct, frozen=True, tag=True):
    """The few numbers that matter, side by side.

    fr: chiffres clés
    """

    tiles: tuple[Tile, ...]


class Mark(msgspec.Struct, frozen=True):
    """What happened on a day, marked on a chart.

    fr: repère
    """

    day: date
    words: str


class LineFigure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A series by day, with the previous period beside it.

    Parameters
    ----------
    days : tuple[date, ...]
        Shape (n,). Day, or first day of each week or month.
    now : tuple[float or None, ...]
        Shape (n,); None is a gap.
    previous : tuple[float or None, ...]
        Shape (n,), or empty for none.
    marks : tuple[Mark, ...]
        By day; those outside the days are not drawn.

    Examples
    --------
    >>> LineFigure(days=(date(2011, 9, 8),), now=(3,), now_label="28 days").previous
    ()
    """

    days: tuple[date, ...]
    now: tuple[float | int | None, ...]
    now_label: str
    previous: tuple[float | int | None, ...] = ()
    previous_label: str = ""
    format: Format = NUMBER
    marks: tuple[Mark, ...] = ()


class Bar(msgspec.Struct, frozen=True):
    """One labelled length; `mark` is what it is compared with (a plain baseline, last period)."""

    label: str
    value: float | int
    mark: float | int | None = None


class BarFigure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Horizontal bars from zero, negative ones to the left, each with an optional mark.

    Examples
    --------
    >>> BarFigure(bars=(Bar("Model", 0.31, 0.22),), mark_label="popularity", format=SHARE).bars[0]
    Bar(label='Model', value=0.31, mark=0.22)
    """

    bars: tuple[Bar, ...]
    format: Format = NUMBER
    value_label: str = ""
    mark_label: str = ""


class CalibrationPoint(msgspec.Struct, frozen=True):
    """A group of people: the mean share predicted, the share observed, how many they were.

    `low` and `high` bound what chance alone would leave around the observed share.
    """

    predicted: float
    observed: float
    count: int
    low: float | None = None
    high: float | None = None


class CalibrationFigure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Predicted against observed shares, with the diagonal of a perfect forecast."""

    points: tuple[CalibrationPoint, ...]
    predicted_label: str
    observed_label: str


class ShareRow(msgspec.Struct, frozen=True):
    """One bar of parts; `values` in the order of the figure's parts, each >= 0."""

    label: str
    values: tuple[float | int, ...]


class StackedShareFigure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How wholes divide into the same parts.

    Examples
    --------
    >>> rows = (ShareRow("orders.csv", (97, 3)),)
    >>> StackedShareFigure(parts=("kept", "set aside"), rows=rows).parts
    ('kept', 'set aside')
    """

    parts: tuple[str, ...]
    rows: tuple[ShareRow, ...]
    format: Format = NUMBER


Figure = LineFigure | BarFigure | CalibrationFigure | StackedShareFigure


class Chart(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A figure and the table of the same numbers; no picture goes without its table.

    fr: graphique

    Parameters
    ----------
    title : str
        What the chart shows.
    figure : Figure
        The data drawn.
    table : Table
        The same numbers, to read, copy and hear.
    note : str
        A sentence under the title: what to see in it.
    """

    title: str
    figure: Figure
    table: Table
    note: str = ""
    source: Source | None = None


class Bars(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Contributions that add up, as a table with bars: to the right when positive, else left.

    Parameters
    ----------
    rows : tuple[Bar, ...]
        Label and value; `mark` is not drawn.
    total : Bar or None
        What the rows add up to.

    Examples
    --------
    >>> Bars(title="What changed", rows=(Bar("France", 11_825),), total=Bar("Total", 11_825)).note
    ''
    """

    title: str
    rows: tuple[Bar, ...]
    total: Bar | None = None
    format: Format = NUMBER
    note: str = ""
    source: Source | None = None


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """A paragraph of prose."""

    text: str


class Point(msgspec.Struct, frozen=True):
    """One line of a list; `mark` says how it stands."""

    text: str
    mark: Literal["", "ok", "warn", "bad"] = ""


class Points(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A short list: what to remember, or checks with their outcome.

    Examples
    --------
    >>> Points(title="Checks", points=(Point("Consent: 1,240 of 1,240", "ok"),)).points[0].mark
    'ok'
    """

    points: tuple[Point, ...]
    title: str = ""
    lead: bool = False
    """Whether it is the document's summary, set larger."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something the reader must not miss."""

    kind: Literal["info", "ok", "warn"]
    text: str
    title: str = ""


class Details(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What stands one click behind: a definition, the SQL, the rows.

    fr: détails
    """

    title: str
    text: str = ""
    source: Source | None = None
    table: Table | None = None


class Fact(msgspec.Struct, frozen=True):
    """A name and what it is."""

    name: str
    text: str


class Definitions(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Names and what they are: a glossary, a method, what is held on a person."""

    facts: tuple[Fact, ...]
    title: str = ""


class MessagePreview(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A message as its reader would see it, with its reasons beside.

    fr: aperçu du message

    Parameters
    ----------
    html : str
        The message's own HTML; engines show it apart, where it can run and fetch nothing.
    text : str
        The message's text form, for engines that show no HTML.
    beside : tuple[Block, ...]
        Why this person, why these items.
    """

    title: str
    subject: str
    html: str
    preheader: str = ""
    text: str = ""
    beside: tuple[Block, ...] = ()


class Row(msgspec.Struct, frozen=True, tag=True):
    """Blocks side by side where the page is wide enough."""

    blocks: tuple[Block, ...]


Block = (
    Tiles
    | Chart
    | Bars
    | Table
    | Paragraph
    | Points
    | Notice
    | Details
    | Definitions
    | MessagePreview
    | Row
)


class Section(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A titled part of the document, named in its table of contents.

    Parameters
    ----------
    anchor : str
        Its address in the document: letters, digits, hyphens.
    lead : str
        One or two sentences under the title: what the part says.
    """

    title: str
    anchor: str
    blocks: tuple[Block, ...]
    lead: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document in one language.

    fr: document

    Parameters
    ----------
    title, subtitle : str
        What it is; whose, and of which period.
    lang : "en" or "fr"
        The language its words are in and its figures are shown in.
    blocks : tuple[Section or Block, ...]
        In reading order.
    tags : tuple[str, ...]
        What must be known from the first line: "simulated consent".
    stamp : tuple[Fact, ...]
        What it was made from (run, table versions, code): the same stamp, the same document.

    Examples
    --------
    >>> page = Document(title="Report", lang="en", blocks=(Paragraph("Nothing yet."),))
    >>> msgspec.json.decode(to_json(page), type=Document) == page
    True
    """

    title: str
    lang: Lang
    blocks: tuple[Section | Block, ...]
    subtitle: str = ""
    tags: tuple[str, ...] = ()
    stamp: tuple[Fact, ...] = ()


def to_json(document: Document) -> bytes:
    """The document as JSON: raw values, each block under the name of its type.

    Returns
    -------
    bytes
        UTF-8; `msgspec.json.decode(…, type=Document)` gives the document back.

    Examples
    --------
    >>> to_json(Document(title="A", lang="fr", blocks=()))
    b'{"title":"A","lang":"fr","blocks":[],"subtitle":"","tags":[],"stamp":[]}'
    """
    return msgspec.json.encode(document)
