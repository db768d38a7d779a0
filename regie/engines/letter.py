"""Documents as the body of an e-mail: tables and inline styles alone, which every mail program
draws; pure.

Mail programs know no SVG, no grid and often no style sheet: a chart becomes a row for each day with
a bar made of a coloured cell, so that it can be read anywhere and by ear. Nothing is fetched from
afar: an image would tell when and where it was opened.
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
    Table,
    Tiles,
)
from regie.words import formats
from regie.words.sentences import say

_INK, _SOFT, _LINE, _ACCENT, _BAD = "#1c2024", "#56606c", "#dfe3e8", "#0b5cad", "#a8281e"
_FONT = "font-family:Arial,Helvetica,sans-serif"
_ROWS = 12


class LetterDocuments:
    """The port `Documents` as HTML for mail programs.

    Examples
    --------
    >>> page = LetterDocuments().render(Document(title="R&D", lang="fr", blocks=()))
    >>> b"R&amp;D" in page, b"<style" in page or b"<svg" in page
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
    stamp = [_p(f"{fact.name} · {plain(fact.text)}", 12, _SOFT) for fact in document.stamp]
    inner = join([
        tag("h1", document.title, style=f"{_FONT};font-size:24px;color:{_INK};margin:0 0 4px"),
        _p(under, 14, _SOFT),
        *(_block(block, document.lang) for block in flat(document)),
        tag("div", join(stamp), style=f"border-top:1px solid {_LINE};margin-top:24px"),
    ])  # fmt: skip
    cell = tag("td", inner, style="padding:24px")
    table = _table(tag("tr", cell), f"max-width:680px;background:#fff;color:{_INK}")
    body = tag("body", tag("div", table, lang=document.lang), style="margin:0;background:#f4f6f8")
    head = join([
        tag("meta", charset="utf-8"), tag("title", document.title),
        tag("meta", name="viewport", content="width=device-width"),
    ])  # fmt: skip
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
    lines = lines_of(block)
    return join([_p(line, 15, _INK) for line in lines])


def _tiles(block: Tiles, lang: str) -> Markup:
    """Two beside each other: what a phone still holds."""
    cells = []
    for tile in block.tiles:
        parts = [
            _p(tile.label, 13, _SOFT, margin="0"),
            _p(formats.show(tile.value, tile.format, lang), 24, _INK, margin="2px 0", bold=True),
        ]
        if tile.change:
            moved = formats.show(tile.change.value, tile.change.format, lang)
            parts.append(_p(f"{moved} · {tile.change.against}", 12, _SOFT, margin="0"))
        style = "width:50%;padding:12px 8px 12px 0;vertical-align:top"
        cells.append(tag("td", join(parts), style=style))
    rows = [tag("tr", join(cells[n : n + 2])) for n in range(0, len(cells), 2)]
    return _table(join(rows), "margin:12px 0")


def _days(block: Chart, figure: LineFigure, lang: str) -> Markup:
    """A bar for each day, or each week where there are many."""
    days, now = list(figure.days), [value or 0 for value in figure.now]
    step = 7 if len(days) > 14 else 1
    labels = [formats.day(days[n], lang, "short") for n in range(0, len(days), step)]
    if step == 7:
        labels = [say("document.week_from", lang, day=label) for label in labels]
    sums = [sum(now[n : n + step]) for n in range(0, len(now), step)]
    shown = [formats.show(value, figure.format, lang) for value in sums]
    return join([_heading(block.title), _bar_rows(labels, sums, shown)])


def _bars(block: Bars, lang: str) -> Markup:
    rows = [*block.rows, *([block.total] if block.total else [])]
    shown = [formats.show(bar.value, block.format, lang) for bar in rows]
    drawn = _bar_rows([plain(bar.label) for bar in rows], [bar.value for bar in rows], shown)
    return join([_heading(block.title), drawn])


def _bar_rows(labels: Sequence[str], values: Sequence[float], shown: Sequence[str]) -> Markup:
    most = max((abs(value) for value in values), default=0) or 1
    rows = []
    for label, value, text in zip(labels, values, shown, strict=True):
        share = round(100 * abs(value) / most)
        colour = _ACCENT if value >= 0 else _BAD
        bar = tag("div", Markup("&nbsp;"), style=(
            f"background:{colour};width:{max(share, 1)}%;height:12px;line-height:12px;font-size:1px"
        ))  # fmt: skip
        rows.append(tag("tr", join([
            tag("td", label, style=f"{_cell_style()};width:38%"),
            tag("td", bar, style="width:38%;padding:5px 8px"),
            tag("td", text, style=f"{_cell_style()};text-align:right;white-space:nowrap"),
        ])))  # fmt: skip
    return _table(join(rows), "")


def _rows(table: Table, lang: str) -> Markup:
    right = [column.format.unit not in ("text", "code", "day") for column in table.columns]
    head = tag("tr", join([
        tag("th", column.label, scope="col", style=(
            f"{_cell_style()};border-bottom:2px solid {_LINE};"
            f"text-align:{'right' if is_right else 'left'}"
        ))
        for column, is_right in zip(table.columns, right, strict=True)
    ]))  # fmt: skip
    body = [
        tag("tr", join([
            tag("td", text, style=f"{_cell_style()};text-align:{'right' if is_right else 'left'}")
            for text, is_right in zip(_cells(row, table.columns, lang), right, strict=True)
        ]))
        for row in table.rows[:_ROWS]
    ]  # fmt: skip
    if not table.rows:
        return join([_heading(table.title), _p(say("document.no_rows", lang), 14, _SOFT)])
    note = [_p(plain(table.note), 12, _SOFT)] if table.note else []
    return join([_heading(table.title), _table(join([head, *body]), ""), *note])


def _cells(row: Sequence[Cell], columns: Sequence[Column], lang: str) -> list[str]:
    return [formats.show(v, c.format, lang) for v, c in zip(row, columns, strict=True)]


def _heading(text: str) -> Markup:
    return tag("h2", text, style=f"{_FONT};font-size:17px;color:{_INK};margin:24px 0 6px")


def _p(text: str, size: int, colour: str, margin: str = "0 0 8px", bold: bool = False) -> Markup:
    weight = ";font-weight:bold" if bold else ""
    style = f"{_FONT};font-size:{size}px;line-height:1.45;color:{colour};margin:{margin}{weight}"
    return tag("p", text, style=style)


def _cell_style() -> str:
    return f"{_FONT};font-size:13px;padding:5px 8px 5px 0;border-bottom:1px solid {_LINE}"


def _table(rows: Markup, style: str) -> Markup:
    more: dict[str, Any] = {"role": "presentation"} if "<th" not in str(rows) else {}
    return tag("table", rows, width="100%", cellpadding="0", cellspacing="0", border="0",
               style=f"border-collapse:collapse;{style}", **more)  # fmt: skip
