"""Documents as HTML: one file that opens anywhere, forever; pure (reads its own style sheet).

No script, no font, no request: the page forbids itself all of it by its own content security
policy, so that even a message shown in it can fetch nothing. Day and night come from
`light-dark()`, the two widths of charts from container queries, paper from a print sheet.

Why small functions and not templates: each block is one function over one record, escaped by
construction (`charts.markup`) and checked by mypy; a forgotten block is a type error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

from regie.charts.draw import draw_widths
from regie.charts.line import drawn_marks
from regie.charts.markup import Markup, escape, join, tag
from regie.charts.spark import spark
from regie.charts.style import STYLE
from regie.terms.document import (
    MOST_ROWS,
    Bar,
    Bars,
    Block,
    Cell,
    Change,
    Chart,
    Column,
    Definitions,
    Details,
    Document,
    Fact,
    Lang,
    LineFigure,
    MessagePreview,
    Notice,
    Paragraph,
    Points,
    Row,
    Section,
    Source,
    Table,
    Tile,
    Tiles,
)
from regie.words import formats
from regie.words.sentences import say

LONG_ROWS = 12
"""A card with more rows than this may break over printed pages."""
MOST_LETTERS = 24
"""A figure longer than this is set as small as one of so many letters."""

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'"
)
_PRINT = "<style>*{-webkit-print-color-adjust:exact;print-color-adjust:exact}</style>"
"""A message keeps its colours on paper: a page's own rule does not reach into its frame."""
_MARK = Markup(
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9"/>'
    '<path d="M12 12 L18 7"/><circle class="hub" cx="12" cy="12" r="2.2"/></svg>'
)
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none'"
    " stroke='%230b5cad' stroke-width='2.6' stroke-linecap='round'%3E%3Ccircle cx='12' cy='12'"
    " r='9'/%3E%3Cpath d='M12 12 18 7'/%3E%3C/svg%3E"
)


class HtmlDocuments:
    """The port `Documents` in HTML.

    Examples
    --------
    >>> page = HtmlDocuments().render(Document(title="R&D", lang="fr", blocks=()))
    >>> b"<h1>R&amp;D</h1>" in page, page[:32]
    (True, b'<!doctype html>\\n<html lang="fr">')
    """

    suffix = ".html"

    def render(self, document: Document) -> bytes:
        """The whole document as one UTF-8 file; the same document gives the same bytes."""
        return _Page(document).written().encode()


class _Page:
    """One rendering: the language, and the ids already given."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lang = document.lang
        self._numbers = count(1)

    def ident(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}"

    def say(self, name: str, **values: Any) -> str:
        return say(f"document.{name}", self.lang, **values)

    def written(self) -> str:
        document = self.document
        sections = [block for block in document.blocks if isinstance(block, Section)]
        body = tag(
            "body",
            tag("a", self.say("skip"), class_="skip", href="#main"),
            tag("header", tag("div", _MARK, "Régie"), class_="top"),
            tag(
                "main",
                _hero(document),
                _contents(sections, self) if sections else None,
                tag("div", *_top_level(document.blocks, self)),
                class_=None if sections else "alone",
                id="main",
            ),
            _footer(document.stamp, self),
        )
        html = tag("html", _head(document), body, lang=document.lang)
        return f"<!doctype html>\n{html}\n"


def _head(document: Document) -> Markup:
    title = f"{document.title} · {document.subtitle}" if document.subtitle else document.title
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href=_ICON),
        tag("title", title),
        tag("style", Markup(style())),
    )


def fragment(blocks: Sequence[Block], lang: Lang, level: int = 2) -> Markup:
    """Blocks as they stand in a page that somebody else draws with `style`.

    Parameters
    ----------
    level : int
        Of their headings.

    Returns
    -------
    Markup
        Without script, style attribute or request, so that the strictest policy shows it whole.

    Examples
    --------
    >>> fragment([Paragraph("**Now**")], "en")
    '<div class="prose"><p><strong>Now</strong></p></div>'
    """
    page = _Page(Document(title="", lang=lang, blocks=()))
    return join([_block(block, page, level) for block in blocks])


@cache
def style() -> str:
    """The style sheet of every block: colours, charts, and the page around them."""
    letters = "".join(f".letters-{n}{{--letters:{n}}}" for n in range(1, MOST_LETTERS + 1))
    sheet = resources.files("regie.engines").joinpath("html.css").read_text("utf-8")
    return STYLE + sheet + letters


def _contents(sections: Sequence[Section], page: _Page) -> Markup:
    links = [tag("li", tag("a", section.title, href=f"#{section.anchor}")) for section in sections]
    words = page.say("contents")
    return tag(
        "nav", tag("p", words, aria_hidden="true"), tag("ol", *links), class_="toc",
        aria_label=words,
    )  # fmt: skip


def _hero(document: Document) -> Markup:
    tags = [tag("li", text) for text in document.tags]
    return tag(
        "div",
        tag("h1", document.title),
        tag("p", document.subtitle) if document.subtitle else None,
        tag("ul", *tags, class_="tags") if tags else None,
        class_="hero",
    )


def _top_level(blocks: Sequence[Section | Block], page: _Page) -> list[Markup]:
    """Sections as they come; loose blocks between them stacked alike."""
    drawn: list[Markup] = []
    loose: list[Markup] = []
    for block in blocks:
        if isinstance(block, Section):
            if loose:
                drawn.append(tag("div", *loose, class_="stack"))
                loose = []
            drawn.append(_section(block, page))
        else:
            loose.append(_block(block, page, 2))
    return [*drawn, tag("div", *loose, class_="stack")] if loose else drawn


def _section(section: Section, page: _Page) -> Markup:
    heading = tag(
        "div",
        tag("h2", section.title, id=f"{section.anchor}-title"),
        tag("p", prose(section.lead)) if section.lead else None,
        class_="heading",
    )
    blocks = [_block(block, page, 3) for block in section.blocks]
    return tag(
        "section",
        heading,
        tag("div", *blocks, class_="stack"),
        class_="part",
        id=section.anchor,
        aria_labelledby=f"{section.anchor}-title",
    )


def _footer(stamp: Sequence[Fact], page: _Page) -> Markup:
    facts = [tag("h2", page.say("made_from")), _facts(stamp)] if stamp else []
    paper = tag("p", page.say("on_paper"), class_="paper")
    return tag("footer", tag("div", *facts, tag("p", page.say("made_by")), paper))


def _block(block: Block, page: _Page, level: int) -> Markup:
    return _BLOCKS[type(block)](block, page, level)


def _card(
    *children: Markup | None, title: str, level: int, note: str = "", css: str = ""
) -> Markup:
    return tag(
        "section",
        tag(f"h{level}", title) if title else None,
        tag("p", prose(note), class_="note") if note else None,
        *children,
        class_=f"card {css}".strip(),
    )


def prose(text: str) -> Markup:
    """Escaped text in which `**strong**` and code between back-ticks are set as such.

    Examples
    --------
    >>> print(prose("**42** orders of `shop` & <b>more</b>"))
    <strong>42</strong> orders of <code>shop</code> &amp; &lt;b&gt;more&lt;/b&gt;
    """
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", marked))


def _paragraph(block: Paragraph, page: _Page, level: int) -> Markup:
    return tag("div", tag("p", prose(block.text)), class_="prose")


def _tiles(block: Tiles, page: _Page, level: int) -> Markup:
    drawn, sources = [], []
    for tile in block.tiles:
        opens = tile.source.opens if tile.source else ""
        ident = page.ident("figure") if tile.source and not opens else ""
        drawn.append(_tile(tile, opens or (f"#{ident}" if ident else ""), page))
        if tile.source and not opens:
            body = _source(tile.source, page)
            sources.append(
                tag("div", tag(f"h{level}", tile.label), body, id=ident, class_="source")
            )
    opened = (
        tag("details", tag("summary", page.say("opens_tiles")), *sources, class_="behind")
        if sources
        else None
    )
    return join([tag("ul", *drawn, class_="tiles"), opened])


def _tile(tile: Tile, address: str, page: _Page) -> Markup:
    shown = formats.show(tile.value, tile.format, page.lang)
    return tag(
        "li",
        tag("span", tag("a", tile.label, href=address) if address else tile.label, class_="label"),
        tag("strong", shown, class_=f"letters-{min(len(shown), MOST_LETTERS)}"),
        _change(tile.change, page) if tile.change else None,
        tag("small", prose(tile.note)) if tile.note else None,
        spark(tile.series) if tile.series else None,
        class_="tile",
    )


def _change(change: Change, page: _Page) -> Markup:
    arrow = "▲ " if change.value > 0 else "▼ " if change.value < 0 else ""
    verdict = {True: "good", False: "bad", None: None}[change.good]
    return tag(
        "span",
        tag("span", arrow, aria_hidden="true"),
        formats.show(change.value, change.format, page.lang),
        tag("span", f" ({page.say(f'change_{verdict}')})", class_="sr") if verdict else None,
        Markup(" "),
        tag("small", change.against),
        class_=f"change {verdict or ''}".strip(),
    )


def _chart(block: Chart, page: _Page, level: int) -> Markup:
    drawing = draw_widths(
        block.figure, title=block.title, lang=page.lang, ident=page.ident("chart")
    )
    behind = tag(
        "details",
        tag("summary", page.say("opens_chart" if block.source else "opens_table")),
        tag("p", prose(block.source.definition)) if block.source else None,
        _grid(block.table, page),
        _source(block.source, page, defined=True) if block.source else None,
        class_="behind",
    )
    plot = tag("div", drawing, _marks_of(block, page), class_="plot")
    css = "long" if len(block.table.rows) > LONG_ROWS else ""
    return _card(plot, behind, title=block.title, level=level, note=block.note, css=css)


def _marks_of(block: Chart, page: _Page) -> Markup | None:
    """The words of a chart's marks, under the numbers they have in it."""
    marks = drawn_marks(block.figure) if isinstance(block.figure, LineFigure) else ()
    lines = [tag("li", page.say("marked", day=mark.day, words=mark.words)) for mark in marks]
    return tag("ol", *lines, class_="marks") if lines else None


def _table(block: Table, page: _Page, level: int) -> Markup:
    css = "long" if len(block.rows) > LONG_ROWS else ""
    return _card(
        _grid(block, page),
        _opened(block.source, page),
        title=block.title,
        level=level,
        note=block.note,
        css=css,
    )


def _grid(table: Table, page: _Page) -> Markup:
    """The table itself; its title is its caption, shown by the heading above it."""
    if not table.rows:
        return tag("p", page.say("no_rows"), class_="none")
    heads = [
        tag("th", column.label, scope="col", class_=_alignment(column) if i else None)
        for i, column in enumerate(table.columns)
    ]
    words = [column for column in table.columns[1:] if column.format.unit == "text"]
    is_stacked = len(words) >= _WORDS and len(table.columns) > _WIDE
    rows = [_grid_row(row, table.columns, page, is_stacked) for row in table.rows[:MOST_ROWS]]
    foot = _grid_row(table.footer, table.columns, page, is_stacked) if table.footer else None
    drawn = tag(
        "table",
        tag("caption", table.title, class_="sr"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        tag("tfoot", foot) if foot else None,
        class_="stacked" if is_stacked else None,
    )
    left = len(table.rows) - MOST_ROWS
    more = page.say("rows_shown", shown=MOST_ROWS, total=len(table.rows)) if left > 0 else ""
    region = tag("div", drawn, class_="scroll", tabindex=0, role="group", aria_label=table.title)
    return join([region, tag("p", more, class_="none") if more else None])


_WORDS, _WIDE = 2, 3
"""So many columns of words, of more than so many, and a phone shows the table row by row."""


def _grid_row(
    row: Sequence[Cell], columns: Sequence[Column], page: _Page, is_stacked: bool
) -> Markup:
    cells = []
    for i, (value, column) in enumerate(zip(row, columns, strict=True)):
        shown: str = formats.show(value, column.format, page.lang)
        child = tag("code", shown) if column.format.unit == "code" else shown
        if i == 0:
            cells.append(tag("th", child, scope="row"))
        else:
            label = column.label if is_stacked else None
            css = _alignment(column) or "text"
            cells.append(tag("td", child, class_=css, data_label=label))
    return tag("tr", *cells)


def _alignment(column: Column) -> str | None:
    return None if column.format.unit in {"text", "code", "day"} else "num"


def _bars(block: Bars, page: _Page, level: int) -> Markup:
    if not block.rows:
        empty = tag("p", page.say("no_rows"), class_="none")
        return _card(empty, title=block.title, level=level, note=block.note)
    low = min(0, *(bar.value for bar in block.rows))
    high = max(0, *(bar.value for bar in block.rows))
    span = (high - low) or 1
    rows = [
        tag(
            "tr",
            tag("th", prose(bar.label), scope="row"),
            tag("td", _lane(bar.value, low, span), class_="lane", aria_hidden="true"),
            tag("td", formats.show(bar.value, block.format, page.lang), class_="num"),
        )
        for bar in block.rows
    ]
    drawn = tag(
        "table",
        tag("caption", block.title, class_="sr"),
        tag("tbody", *rows),
        _bars_total(block.total, block, page) if block.total else None,
        class_="bars",
    )
    return _card(
        drawn, _opened(block.source, page), title=block.title, level=level, note=block.note
    )


def _bars_total(total: Bar, block: Bars, page: _Page) -> Markup:
    shown = formats.show(total.value, block.format, page.lang)
    return tag(
        "tfoot",
        tag(
            "tr",
            tag("th", total.label, scope="row"),
            tag("td", aria_hidden="true"),
            tag("td", shown, class_="num"),
        ),
    )


def _lane(value: float, low: float, span: float) -> Markup:
    zero, end = -low / span * 100, (value - low) / span * 100
    left, width = min(zero, end), abs(end - zero)
    bar = tag("rect", x=left, width=max(width, 0.4), height=1, class_="down" if value < 0 else None)
    axis = tag("line", x1=zero, x2=zero, y2=1)
    return tag(
        "svg", bar, axis, viewBox="0 0 100 1", preserveAspectRatio="none", aria_hidden="true"
    )


def _opened(source: Source | None, page: _Page) -> Markup | None:
    if source is None:
        return None
    return tag(
        "details",
        tag("summary", page.say("opens_source")),
        _source(source, page),
        class_="behind",
    )


def _source(source: Source, page: _Page, *, defined: bool = False) -> Markup:
    """Definition, command and SQL of a figure; `defined` where the definition was given above."""
    parts: list[Markup] = []
    if source.definition and not defined:
        parts.append(tag("p", prose(source.definition)))
    for name, text in (("command", source.command), ("query", source.sql)):
        if text:
            label = tag("p", page.say(name), class_="kind")
            parts.append(tag("div", label, tag("pre", tag("code", text.strip())), class_=name))
    return join(parts)


def _points(block: Points, page: _Page, level: int) -> Markup:
    lines = [
        tag(
            "li",
            tag("span", page.say(f"mark_{point.mark}") + " ", class_="sr") if point.mark else None,
            prose(point.text),
            class_=point.mark or None,
        )
        for point in block.points
    ]
    css = "lead" if block.lead else ""
    return _card(tag("ul", *lines, class_="points"), title=block.title, level=level, css=css)


def _notice(block: Notice, page: _Page, level: int) -> Markup:
    return tag(
        "div",
        tag("p", tag("strong", block.title or page.say(f"notice_{block.kind}"))),
        tag("p", prose(block.text)),
        class_=f"notice {block.kind}",
        role="note",
    )


def _details(block: Details, page: _Page, level: int) -> Markup:
    return tag(
        "details",
        tag("summary", block.title),
        tag("p", prose(block.text)) if block.text else None,
        _grid(block.table, page) if block.table else None,
        _source(block.source, page) if block.source else None,
        class_="card behind",
    )


def _facts(facts: Sequence[Fact]) -> Markup:
    pairs = [join([tag("dt", fact.name), tag("dd", prose(fact.text))]) for fact in facts]
    return tag("dl", *pairs, class_="facts")


def _definitions(block: Definitions, page: _Page, level: int) -> Markup:
    return _card(_facts(block.facts), title=block.title, level=level)


def _message(block: MessagePreview, page: _Page, level: int) -> Markup:
    head = [tag("dt", page.say("subject")), tag("dd", block.subject, class_="subject")]
    if block.preheader:
        head += [tag("dt", page.say("preheader")), tag("dd", block.preheader)]
    frame = tag(
        "iframe",
        title=page.say("preview", subject=block.subject),
        # Still no script, form or other page. A foreign frame stays unpainted until scrolled to.
        sandbox="allow-same-origin",
        srcdoc=block.html + _PRINT,
    )
    beside = [_block(part, page, min(level + 1, 4)) for part in block.beside]
    mail = tag("div", tag("dl", *head), tag("div", frame, class_="frame"), class_="mail")
    columns = tag(
        "div", mail, tag("div", *beside, class_="stack") if beside else None, class_="message"
    )
    return _card(columns, title=block.title, level=level)


def _row(block: Row, page: _Page, level: int) -> Markup:
    return tag("div", *[_block(part, page, level) for part in block.blocks], class_="row")


_BLOCKS: dict[type, Callable[[Any, _Page, int], Markup]] = {
    Tiles: _tiles,
    Chart: _chart,
    Table: _table,
    Bars: _bars,
    Paragraph: _paragraph,
    Points: _points,
    Notice: _notice,
    Details: _details,
    Definitions: _definitions,
    MessagePreview: _message,
    Row: _row,
}
"""Each kind of block and the function that draws it."""
