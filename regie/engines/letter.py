"""Documents as the body of an e-mail: tables with inline styles, which every program draws; pure.

Mail programs know no SVG and no grid: a chart becomes a row for each day with a bar made of a
coloured cell, so that it can be read anywhere and by ear. Many take no style sheet either: the one
here only adds what a letter can do without, other colours by night and fewer columns on a phone.
Nothing is fetched from afar: an image would tell when and where it was opened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from regie.charts.markup import Markup, join, tag
from regie.engines.xlsx import flat, lines_of, plain, table_of
from regie.terms.document import (
    Bars,
    Block,
    Cell,
    Chart,
    Column,
    Document,
    LineFigure,
    Notice,
    Points,
    Table,
    Tiles,
)
from regie.words import formats
from regie.words.sentences import say

_INK, _SOFT, _LINE, _ACCENT, _BAD = "#1c2024", "#56606c", "#dfe3e8", "#0b5cad", "#a8281e"
_GROUND, _PAPER, _WARM = "#f4f6f8", "#ffffff", "#fff4dc"
_NIGHT = {
    "ground": "background:#101315", "paper": "background:#1b1f23", "warm": "background:#3a3016",
    "ink": "color:#e8eaed", "soft": "color:#a7b0ba", "line": "border-color:#363d45",
    "up": "background:#5aa0e0", "down": "background:#e0786e",
}  # fmt: skip
"""Class to its colour by night."""
_STYLE = (
    ":root{color-scheme:light dark}@media(prefers-color-scheme:dark){"
    + "".join(f".{name}{{{rule}!important}}" for name, rule in _NIGHT.items())
    + "}@media(max-width:480px){.more{display:none!important}.paper{padding:16px!important}}"
)
_FONT = "font-family:Arial,Helvetica,sans-serif"
_ROWS = 12
_PHONE_COLUMNS = 4
"""So many columns a phone holds; of more those in the middle are left to the attachments."""


class LetterDocuments:
    """The port `Documents` as HTML for mail programs.

    Examples
    --------
    >>> page = LetterDocuments().render(Document(title="R&D", lang="fr", blocks=()))
    >>> b"R&amp;D" in page, b"<svg" in page or b"url(" in page
    (True, False)
    """

    suffix = ".html"

    def render(self, document: Document) -> bytes:
        """The whole document as one part of a message."""
        return str(_page(document)).encode()


def plain_text(document: Document) -> str:
    """The document for whoever reads no HTML: words, key figures, tables as lines.

    Examples
    --------
    >>> plain_text(Document(title="R", lang="en", blocks=(), subtitle="Shop"))
    'R\\nShop\\n'
    """
    colon = say("screens.colon", document.lang)
    lines = [document.title, " · ".join((document.subtitle, *document.tags)), ""]
    for block in flat(document):
        if isinstance(block, Tiles):
            lines += [f"{one.label}{colon} {formats.show(one.value, one.format, document.lang)}"
                      for one in block.tiles]  # fmt: skip
        elif (table := table_of(block)) is not None:
            lines += [table.title, *(
                " · ".join(_cells(row, table.columns, document.lang)) for row in table.rows[:_ROWS]
            )]  # fmt: skip
        else:
            lines += lines_of(block)
        lines.append("")
    lines += [f"{fact.name}{colon} {plain(fact.text)}" for fact in document.stamp]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _page(document: Document) -> Markup:
    under = " · ".join((document.subtitle, *document.tags))
    stamp = [_p(f"{fact.name} · {plain(fact.text)}", 12, "soft") for fact in document.stamp]
    inner = join([
        tag("h1", document.title, class_="ink",
            style=f"{_FONT};font-size:24px;line-height:1.25;color:{_INK};margin:0 0 4px"),
        _p(under, 14, "soft", margin="0 0 16px"),
        *(_block(block, document.lang) for block in flat(document)),
        tag("div", join(stamp), class_="line",
            style=f"border-top:1px solid {_LINE};margin-top:24px;padding-top:12px"),
    ])  # fmt: skip
    paper = tag("td", inner, class_="paper", style=f"padding:24px;background:{_PAPER}")
    sheet = _table(tag("tr", paper), "max-width:680px;text-align:left")
    around = tag("td", sheet, class_="ground", align="center", style=f"background:{_GROUND}")
    main = tag("div", _table(tag("tr", around), ""), role="main", lang=document.lang)
    head = join([
        tag("meta", charset="utf-8"), tag("title", document.title),
        tag("meta", name="viewport", content="width=device-width"),
        tag("meta", name="color-scheme", content="light dark"), tag("style", Markup(_STYLE)),
    ])  # fmt: skip
    body = tag("body", main, class_="ground", style=f"margin:0;background:{_GROUND}")
    html = tag("html", join([tag("head", head), body]), lang=document.lang)
    return join([Markup("<!doctype html>"), html])


def _block(block: Block, lang: str) -> Markup:
    if isinstance(block, Tiles):
        return _tiles(block, lang)
    if isinstance(block, Chart) and isinstance(block.figure, LineFigure):
        return _days(block, block.figure, lang)
    if isinstance(block, Bars):
        return _bars(block, lang)
    if (table := table_of(block)) is not None:
        return _rows(table, lang)
    return _words(block)


def _words(block: Block) -> Markup:
    if isinstance(block, Notice):
        return _notice(block)
    lines = lines_of(block)
    if isinstance(block, Points) and block.title:
        return join([_heading(block.title), *(_p(line, 14, "ink") for line in lines[1:])])
    return join([_p(line, 15, "ink") for line in lines])


def _notice(block: Notice) -> Markup:
    parts = [_p(plain(block.text), 14, "ink", margin="0")]
    if block.title:
        parts.insert(0, _p(block.title, 14, "ink", margin="0 0 2px", bold=True))
    cell = tag("td", join(parts), class_="warm", style=f"padding:12px;background:{_WARM}")
    return _table(tag("tr", cell), "margin:0 0 16px")


def _tiles(block: Tiles, lang: str) -> Markup:
    """Two beside each other: what a phone still holds."""
    cells = []
    for tile in block.tiles:
        parts = [
            _p(tile.label, 13, "soft", margin="0"),
            _p(formats.show(tile.value, tile.format, lang), 24, "ink", margin="2px 0", bold=True),
        ]
        if tile.change:
            moved = formats.show(tile.change.value, tile.change.format, lang)
            parts.append(_p(f"{moved} · {tile.change.against}", 12, "soft", margin="0"))
        style = "width:50%;padding:12px 8px 12px 0;vertical-align:top"
        cells.append(tag("td", join(parts), style=style))
    rows = [tag("tr", join(cells[n : n + 2])) for n in range(0, len(cells), 2)]
    return _table(join(rows), "margin:4px 0")


def _days(block: Chart, figure: LineFigure, lang: str) -> Markup:
    """A bar for each day, or each week where there are many; none where nothing is known."""
    days, now = list(figure.days), list(figure.now)
    step = 7 if len(days) > 14 else 1
    labels = [formats.day(days[n], lang, "short") for n in range(0, len(days), step)]
    if step == 7:
        labels = [say("document.week_from", lang, day=label) for label in labels]
    weeks = [[v for v in now[n : n + step] if v is not None] for n in range(0, len(now), step)]
    sums = [sum(values) if values else None for values in weeks]
    shown = [formats.show(value, figure.format, lang) for value in sums]
    return join([_heading(block.title), _table(_bar_rows(labels, sums, shown), "")])


def _bars(block: Bars, lang: str) -> Markup:
    shown = [formats.show(bar.value, block.format, lang) for bar in block.rows]
    labels = [plain(bar.label) for bar in block.rows]
    rows = [_bar_rows(labels, [bar.value for bar in block.rows], shown)]
    if block.total:
        total = formats.show(block.total.value, block.format, lang)
        cells = [_td(block.total.label, bold=True), _td(""), _td(total, is_right=True, bold=True)]
        rows.append(tag("tr", join(cells)))
    return join([_heading(block.title), _table(join(rows), "")])


def _bar_rows(
    labels: Sequence[str], values: Sequence[float | None], shown: Sequence[str]
) -> Markup:
    most = max((abs(value) for value in values if value is not None), default=0) or 1
    rows = []
    for label, value, text in zip(labels, values, shown, strict=True):
        bar = _bar(value, most) if value is not None else ""
        rows.append(tag("tr", join([
            _td(label, "width:38%"),
            tag("td", bar, class_="line",
                style=f"width:38%;padding:5px 8px;border-bottom:1px solid {_LINE}"),
            _td(text, "white-space:nowrap", is_right=True),
        ])))  # fmt: skip
    return join(rows)


def _bar(value: float, most: float) -> Markup:
    name, colour = ("up", _ACCENT) if value >= 0 else ("down", _BAD)
    width = max(round(100 * abs(value) / most), 1)
    size = f"width:{width}%;height:12px;line-height:12px;font-size:1px"
    style = f"background:{colour};{size}"
    return tag("div", Markup("&nbsp;"), class_=name, style=style)


def _rows(table: Table, lang: str) -> Markup:
    if not table.rows:
        return join([_heading(table.title), _p(say("document.no_rows", lang), 14, "soft")])
    count = len(table.columns)
    right = [column.format.unit not in ("text", "code", "day") for column in table.columns]
    more = [count > _PHONE_COLUMNS and 1 < j < count - 2 for j in range(count)]
    head = [_th(column.label, is_right=r, is_more=m)
            for column, r, m in zip(table.columns, right, more, strict=True)]  # fmt: skip
    body = [
        tag("tr", join([
            _td(text, is_right=r, is_more=m)
            for text, r, m in zip(_cells(row, table.columns, lang), right, more, strict=True)
        ]))
        for row in table.rows[:_ROWS]
    ]  # fmt: skip
    note = [_p(plain(table.note), 12, "soft", margin="6px 0 0")] if table.note else []
    rows = join([tag("tr", join(head)), *body])
    return join([_heading(table.title), _table(rows, ""), *note])


def _cells(row: Sequence[Cell], columns: Sequence[Column], lang: str) -> list[str]:
    return [formats.show(v, c.format, lang) for v, c in zip(row, columns, strict=True)]


def _heading(text: str) -> Markup:
    style = f"{_FONT};font-size:17px;color:{_INK};margin:28px 0 6px"
    return tag("h2", text, class_="ink", style=style)


def _p(text: str, size: int, tone: str, margin: str = "0 0 8px", bold: bool = False) -> Markup:
    """A paragraph in `ink`, or `soft`."""
    weight = ";font-weight:bold" if bold else ""
    colour = _INK if tone == "ink" else _SOFT
    style = f"{_FONT};font-size:{size}px;line-height:1.45;color:{colour};margin:{margin}{weight}"
    return tag("p", text, class_=tone, style=style)


def _td(
    text: str, style: str = "", *, is_right: bool = False, is_more: bool = False, bold: bool = False
) -> Markup:
    weight = "bold" if bold else "normal"
    drawn = f"{_cell(is_right)};font-size:13px;font-weight:{weight};color:{_INK};{style}"
    return tag("td", text, class_=f"ink line{' more' if is_more else ''}", style=drawn)


def _th(text: str, *, is_right: bool, is_more: bool) -> Markup:
    drawn = f"{_cell(is_right)};font-size:12px;color:{_SOFT};border-bottom-width:2px"
    name = f"soft line{' more' if is_more else ''}"
    return tag("th", text, scope="col", class_=name, style=drawn)


def _cell(is_right: bool) -> str:
    where = "right;padding:5px 0 5px 8px" if is_right else "left;padding:5px 8px 5px 0"
    return f"{_FONT};vertical-align:bottom;border-bottom:1px solid {_LINE};text-align:{where}"


def _table(rows: Markup, style: str) -> Markup:
    more: dict[str, Any] = {"role": "presentation"} if "<th" not in str(rows) else {}
    return tag("table", rows, width="100%", cellpadding="0", cellspacing="0", border="0",
               style=f"border-collapse:collapse;{style}", **more)  # fmt: skip
