"""Documents as workbooks: a sheet for each table and chart, charts native; pure.

Why native charts: whoever gets the workbook changes, restyles and copies them as their own. A cell
that a file brought is always text, never a formula (`sheet` says which cells run), and the same
document gives the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from regie.engines.sheet import MADE, code_of, money_code, number_of
from regie.terms.document import (
    DAY,
    Bars,
    Block,
    Cell,
    Chart,
    Column,
    Details,
    Document,
    Format,
    LineFigure,
    Notice,
    Paragraph,
    Points,
    Row,
    Section,
    Table,
    Tiles,
)
from regie.words.sentences import say

_MOST_NAME = 31
_WIDTH, _FIRST = 16, 34
"""Columns in letters: of numbers at least, and the one that names the row."""
_LINE_HIGH, _A4 = 15, 9
_ACCENT, _PREVIOUS, _BAD, _GRID = "#0B5CAD", "#9AA5B1", "#A8281E", "#DFE3E8"


class XlsxDocuments:
    """The port `Documents` as a workbook.

    Examples
    --------
    >>> table = Table(title="A", columns=(Column("Item"),), rows=(("=1+1",),))
    >>> book = XlsxDocuments().render(Document(title="R", lang="fr", blocks=(table,)))
    >>> book[:2], book == XlsxDocuments().render(Document(title="R", lang="fr", blocks=(table,)))
    (b'PK', True)
    """

    suffix = ".xlsx"

    def render(self, document: Document) -> bytes:
        """The whole document as one workbook: a first sheet with words and key figures, then each
        table."""
        from xlsxwriter import Workbook

        content = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with Workbook(content, options) as book:
            book.set_properties({"created": MADE, "title": document.title})
            _Book(book, document).write()
        return content.getvalue()


def flat(document: Document) -> Iterator[Block]:
    """Every block, whatever holds it; in its order.

    Examples
    --------
    >>> page = Document(title="R", lang="en", blocks=(Row((Paragraph("a"), Paragraph("b"))),))
    >>> [block.text for block in flat(page)]
    ['a', 'b']
    """
    for block in document.blocks:
        yield from _flat(block)


def _flat(block: Any) -> Iterator[Block]:
    if isinstance(block, Section | Row):
        for part in block.blocks:
            yield from _flat(part)
    else:
        yield block


def table_of(block: Block) -> Table | None:
    """What a block shows as a table; None where it is words alone.

    Examples
    --------
    >>> table_of(Bars(title="By country", rows=(), total=None)).columns[1].label
    'By country'
    >>> table_of(Paragraph("a")) is None
    True
    """
    if isinstance(block, Table):
        return block
    if isinstance(block, Chart):
        return block.table
    if isinstance(block, Details):
        return block.table
    if isinstance(block, Bars):
        total = block.total
        return Table(
            title=block.title,
            columns=(Column(""), Column(block.title, block.format)),
            rows=tuple((bar.label, bar.value) for bar in block.rows),
            footer=(total.label, total.value) if total else None,
        )
    return None


class _Book:
    """One workbook as it is written: its formats and the names its sheets have taken."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book, self.document, self.lang = book, document, document.lang
        self.names: set[str] = set()
        self._forms: dict[str, Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.quiet = book.add_format({"font_color": "#555555"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        self.head = book.add_format(head)
        self.head_right = book.add_format({**head, "align": "right"})

    def write(self) -> None:
        blocks = list(flat(self.document))
        self._first(blocks)
        for block in blocks:
            table = table_of(block)
            if table is not None and table.rows:
                self._sheet(block, table)

    def _first(self, blocks: list[Block]) -> None:
        document, sheet = self.document, self._added(say("document.sheet_first", self.lang))
        sheet.set_column(0, 0, _FIRST)
        sheet.set_column(1, 3, 24)
        sheet.write_string(0, 0, document.title, self.title)
        sheet.write_string(1, 0, " · ".join((document.subtitle, *document.tags)), self.quiet)
        at = 3
        for block in blocks:
            at = self._told(sheet, at, block)
        at += 1
        for fact in document.stamp:
            sheet.write_string(at, 0, fact.name, self.quiet)
            sheet.write_string(at, 1, plain(fact.text), self.quiet)
            at += 1

    def _told(self, sheet: Any, at: int, block: Block) -> int:
        """A block of words or key figures on the first sheet; the row after it."""
        if isinstance(block, Tiles):
            for tile in block.tiles:
                sheet.write_string(at, 0, tile.label, self.wrapped)
                self._cell(sheet, at, 1, tile.value, Column("", tile.format))
                if tile.change:
                    self._cell(sheet, at, 2, tile.change.value, Column("", tile.change.format))
                    sheet.write_string(at, 3, tile.change.against, self.quiet)
                at += 1
            return at + 1
        for line in lines_of(block):
            sheet.merge_range(at, 0, at, 3, "", self.wrapped)
            sheet.write_string(at, 0, line, self.wrapped)
            sheet.set_row(at, _LINE_HIGH * (1 + len(line) // 95))
            at += 1
        return at

    def _sheet(self, block: Block, table: Table) -> None:
        sheet = self._added(table.title)
        for j, column in enumerate(table.columns):
            is_text = column.format.unit in ("text", "code")
            wide = _FIRST if is_text else min(max(_WIDTH, len(column.label) + 2), _FIRST)
            sheet.set_column(j, j, wide)
            sheet.write_string(0, j, column.label, self.head if is_text else self.head_right)
        if any(len(column.label) > _FIRST - 2 for column in table.columns):
            sheet.set_row(0, 2 * _LINE_HIGH)
        rows = [*table.rows, *([table.footer] if table.footer else [])]
        for i, row in enumerate(rows, start=1):
            for j, (value, column) in enumerate(zip(row, table.columns, strict=True)):
                self._cell(sheet, i, j, value, column)
        sheet.freeze_panes(1, 1)
        if table.footer is None:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        if chart := self._chart(block, table, sheet.get_name()):
            sheet.insert_chart(1, len(table.columns) + 1, chart, {"x_scale": 1.5, "y_scale": 1.3})

    def _chart(self, block: Block, table: Table, name: str) -> Any:
        """A native chart of what stands in the sheet; None where the block is no chart."""
        if isinstance(block, Chart) and isinstance(block.figure, LineFigure):
            chart = self._lines(table, name)
        elif isinstance(block, Bars):
            chart = self._bars(table, name)
        else:
            return None
        chart.set_title({"name": block.title, "overlay": False})
        return chart

    def _lines(self, table: Table, name: str) -> Any:
        last, chart = len(table.rows), self.book.add_chart({"type": "line"})
        shown = [j for j, column in enumerate(table.columns) if column.format != DAY]
        for j, colour in zip(shown, (_ACCENT, _PREVIOUS), strict=False):
            chart.add_series({
                "name": [name, 0, j], "categories": [name, 1, 0, last, 0],
                "values": [name, 1, j, last, j], "line": {"color": colour, "width": 2.25},
            })  # fmt: skip
        chart.set_x_axis({"date_axis": True, "num_format": "d/m"})
        code = code_of(table.columns[shown[0]]).partition(".")[0]
        chart.set_y_axis({
            "num_format": code, "major_gridlines": {"visible": True, "line": {"color": _GRID}},
            "line": {"none": True},
        })  # fmt: skip
        chart.set_legend({"position": "bottom"})
        return chart

    def _bars(self, table: Table, name: str) -> Any:
        last, chart = len(table.rows), self.book.add_chart({"type": "bar"})
        chart.add_series({
            "categories": [name, 1, 0, last, 0], "values": [name, 1, 1, last, 1], "gap": 45,
            "fill": {"color": _ACCENT}, "invert_if_negative": True,
            "invert_if_negative_color": _BAD,
            "data_labels": {"value": True, "num_format": "#,##0"},
        })  # fmt: skip
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_y_axis({"reverse": True, "label_position": "low"})
        chart.set_legend({"none": True})
        return chart

    def _cell(self, sheet: Any, i: int, j: int, value: Cell, column: Column) -> None:
        if isinstance(value, str) and column.format.unit == "day":
            sheet.write_datetime(i, j, date.fromisoformat(value), self._form(column))
        elif isinstance(value, str):
            sheet.write_string(i, j, value)
        elif value is not None:
            sheet.write_number(i, j, float(number_of(value, column) or 0), self._form(column))

    def _form(self, column: Column) -> Any:
        is_money = column.format.unit == "money"
        code = money_code(_pence(column.format), self.lang) if is_money else code_of(column)
        if code not in self._forms:
            self._forms[code] = self.book.add_format({"num_format": code, "align": "right"})
        return self._forms[code]

    def _added(self, title: str) -> Any:
        """A sheet under a name that workbooks allow and no other has."""
        bare = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:_MOST_NAME].strip() or "–"
        name, n = bare, 1
        while name.lower() in self.names:
            n += 1
            name = f"{bare[: _MOST_NAME - 3]} {n}"
        self.names.add(name.lower())
        sheet = self.book.add_worksheet(name)
        # Printed, a table and its chart stand on one page.
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        return sheet


def _pence(form: Format) -> Format:
    """A format that rounds no amount: a workbook is there to go on calculating."""
    return Format("money", form.currency, signed=form.signed)


def lines_of(block: Block) -> list[str]:
    """A block of words as plain lines; none where it is figures.

    Examples
    --------
    >>> lines_of(Paragraph("**A** word"))
    ['A word']
    """
    if isinstance(block, Paragraph):
        return [plain(block.text)]
    if isinstance(block, Notice):
        return [plain(f"{block.title}. {block.text}" if block.title else block.text)]
    if isinstance(block, Points):
        return [*([block.title] if block.title else []),
                *(f"• {plain(point.text)}" for point in block.points)]  # fmt: skip
    return []


def plain(text: str) -> str:
    """Prose without its marks.

    Examples
    --------
    >>> plain("**No order** in `orders.csv`")
    'No order in orders.csv'
    """
    return re.sub(r"\*\*(.+?)\*\*|`(.+?)`", lambda m: m.group(1) or m.group(2), text)
