"""Documents as slides: one thought each, charts that can be edited, tables to copy; pure.

Why native charts and no pictures: whoever presents changes a colour or leaves out a week, and the
figures stand behind the chart. Why the archive is packed again: the library writes the time of day
into it, and the same document must give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from itertools import groupby
from typing import Any

import msgspec

from regie.engines.sheet import money_code, number_of
from regie.engines.xlsx import flat, lines_of, plain, table_of
from regie.terms.document import (
    Bars,
    Block,
    Chart,
    Column,
    Document,
    Format,
    LineFigure,
    Notice,
    Paragraph,
    Table,
    Tile,
    Tiles,
)
from regie.terms.errors import ExtraMissingError
from regie.words import formats
from regie.words.sentences import say

_EMU_CM = 360_000
_WIDTH, _HEIGHT = 33.867, 19.05
"""A slide in centimetres, 16:9."""
_LEFT, _TOP, _FOOT = 1.6, 3.4, 17.9
_ROWS = 11
"""Rows of a table on one slide; the others are in the workbook."""
_COLUMN = 5.2
"""A column of numbers in centimetres; the first one takes what is left."""
_INK, _SOFT, _ACCENT, _PREVIOUS, _BAD = "1C2024", "56606C", "0B5CAD", "9AA5B1", "A8281E"
_PAPER, _HEAD, _GRID = "FFFFFF", "E9EDF1", "DFE3E8"
_LETTER = 0.5
"""A letter is about half as wide as it is high: whether words fit is reckoned by it."""
_POINT_CM = 2.54 / 72
_MOMENT = (2000, 1, 1, 0, 0, 0)
_DATED = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class PptxDocuments:
    """The port `Documents` as slides.

    Examples
    --------
    >>> slides = PptxDocuments().render(Document(title="R", lang="fr", blocks=()))
    >>> slides[:2], slides == PptxDocuments().render(Document(title="R", lang="fr", blocks=()))
    (b'PK', True)
    """

    suffix = ".pptx"

    def render(self, document: Document) -> bytes:
        """The whole document as one file.

        Raises
        ------
        ExtraMissingError
            If the extra `pptx` is not installed.
        """
        try:
            from pptx import Presentation
        except ImportError as error:
            raise ExtraMissingError(
                "package python-pptx", "not installed", "the extra pptx",
                "pip install 'regie[pptx]'",
            ) from error  # fmt: skip
        book = Presentation()
        book.slide_width, book.slide_height = _cm(_WIDTH), _cm(_HEIGHT)
        book.core_properties.title = _printed(document.title)
        book.core_properties.language = document.lang
        slides = _Slides(book, document)
        slides.first()
        for kind, blocks in groupby(flat(document), _is_prose):
            if kind:
                slides.words([line for block in blocks for line in lines_of(block)])
            else:
                for block in blocks:
                    slides.block(block)
        slides.last()
        content = io.BytesIO()
        book.save(content)
        return _steady(content.getvalue())


def _is_prose(block: Block) -> bool:
    """Whether a block shares a slide with the words beside it."""
    return isinstance(block, Paragraph | Notice)


def _cm(length: float) -> Any:
    from pptx.util import Emu

    return Emu(int(length * _EMU_CM))


def _steady(content: bytes) -> bytes:
    """The archive without the time at which it was made, in the workbooks behind charts too."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as steady,
    ):
        for name in made.namelist():
            part = made.read(name)
            if name.endswith(".xlsx"):
                part = _steady(part)
            if name.endswith("docProps/core.xml"):
                part = _DATED.sub(b"2000-01-01T00:00:00Z", part)
            steady.writestr(zipfile.ZipInfo(name, _MOMENT), part, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


class _Slides:
    """One presentation as it is made."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book, self.document, self.lang = book, document, document.lang
        self.headed = book.slide_layouts[5]

    def first(self) -> None:
        from pptx.enum.text import MSO_ANCHOR

        document = self.document
        slide = self._slide(document.title, sizes=(36, 28, 24), top=3.6, high=4.8)
        slide.shapes.title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        under = " · ".join((document.subtitle, *document.tags))
        colon = say("screens.colon", self.lang)
        self._text(slide, [under], top=8.8, sizes=(18,), colour=_SOFT)
        self._text(slide, [f"{one.name}{colon} {plain(one.text)}" for one in document.stamp],
                   top=15.0, sizes=(11,), colour=_SOFT)  # fmt: skip

    def last(self) -> None:
        """What every slide says at its foot."""
        for n, slide in enumerate(self.book.slides, start=1):
            self._text(slide, [f"{n} · {self.document.title} · {self.document.subtitle}"],
                       top=_FOOT, sizes=(10,), colour=_SOFT)  # fmt: skip

    def words(self, lines: list[str]) -> None:
        """What is said above the figures, on one slide."""
        if lines:
            self._text(self._slide(self.document.title), lines, top=_TOP)

    def block(self, block: Block) -> None:
        if isinstance(block, Tiles):
            self._tiles(block)
        elif isinstance(block, Chart) and isinstance(block.figure, LineFigure):
            self._line(block, block.figure)
        elif isinstance(block, Bars):
            self._bars(block)
        elif lines := lines_of(block):
            self._text(self._slide(lines[0]), lines[1:], top=_TOP)
        elif (table := table_of(block)) is not None and table.rows:
            self._table(table)

    # ---- kinds of slides

    def _tiles(self, block: Tiles) -> None:
        slide = self._slide(say("screens.report_block_figures", self.lang))
        across, wide, high = 3, (_WIDTH - 2 * _LEFT) / 3, 6.2
        for n, tile in enumerate(block.tiles):
            left, top = _LEFT + (n % across) * wide, _TOP + (n // across) * high
            self._tile(slide, tile, left, top, wide - 0.6)

    def _tile(self, slide: Any, tile: Tile, left: float, top: float, wide: float) -> None:
        value = formats.show(tile.value, tile.format, self.lang)
        self._text(slide, [tile.label], left=left, top=top, wide=wide, sizes=(14,), colour=_SOFT)
        self._text(slide, [value], left=left, top=top + 0.9, wide=wide, sizes=(32, 24), high=2.0,
                   bold=True)  # fmt: skip
        if tile.change:
            moved = formats.show(tile.change.value, tile.change.format, self.lang)
            colour = _BAD if tile.change.good is False else _SOFT
            self._text(slide, [f"{moved} · {tile.change.against}"], left=left, top=top + 2.9,
                       wide=wide, sizes=(12,), colour=colour)  # fmt: skip

    def _line(self, block: Chart, figure: LineFigure) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION

        series = [(figure.now_label, figure.now)]
        if figure.previous:
            series.append((figure.previous_label, figure.previous))
        held = CategoryChartData(number_format=self._code(figure.format))
        held.categories = figure.days
        for label, values in series:
            held.add_series(_printed(label), [_plain(v, figure.format) for v in values])
        chart = self._chart(block.title, XL_CHART_TYPE.LINE, held)
        for drawn, colour in zip(chart.plots[0].series, (_ACCENT, _PREVIOUS), strict=False):
            drawn.smooth = False
            drawn.format.line.width = _cm(0.08)
            drawn.format.line.color.rgb = _rgb(colour)
        self._axis(chart.category_axis, "d/m")
        self._axis(chart.value_axis, self._code(figure.format))
        chart.value_axis.major_gridlines.format.line.color.rgb = _rgb(_GRID)
        chart.value_axis.format.line.fill.background()
        chart.has_legend = len(series) > 1
        if chart.has_legend:
            chart.legend.position = XL_LEGEND_POSITION.BOTTOM
            chart.legend.include_in_layout = False

    def _bars(self, block: Bars) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION

        if not block.rows:
            return
        values = [_plain(bar.value, block.format) or 0.0 for bar in block.rows]
        held = CategoryChartData(number_format=self._code(block.format))
        held.categories = [_printed(plain(bar.label)) for bar in block.rows]
        held.add_series(_printed(block.title), values)
        chart = self._chart(block.title, XL_CHART_TYPE.BAR_CLUSTERED, held, self._total(block))
        chart.has_legend = False
        chart.category_axis.reverse_order = True
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        chart.category_axis.format.line.color.rgb = _rgb(_PREVIOUS)
        axis = chart.value_axis
        axis.visible, axis.has_major_gridlines = False, False
        # Room for the figure beside the longest bar, to either side.
        low, high = min(*values, 0.0), max(*values, 0.0)
        room = 0.15 * (high - low or 1.0)
        axis.minimum_scale, axis.maximum_scale = low - room * (low < 0), high + room * (high > 0)
        plot = chart.plots[0]
        plot.gap_width, plot.has_data_labels = 45, True
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.number_format = self._code(block.format)
        plot.data_labels.number_format_is_linked = False
        drawn = plot.series[0]
        drawn.invert_if_negative = False
        for n, value in enumerate(values):
            fill = drawn.points[n].format.fill
            fill.solid()
            fill.fore_color.rgb = _rgb(_BAD if value < 0 else _ACCENT)

    def _total(self, block: Bars) -> str:
        if block.total is None:
            return ""
        value = formats.show(block.total.value, block.format, self.lang)
        return f"{plain(block.total.label)}{say('screens.colon', self.lang)} {value}"

    def _axis(self, axis: Any, code: str) -> None:
        axis.tick_labels.number_format = code
        axis.tick_labels.number_format_is_linked = False
        axis.format.line.color.rgb = _rgb(_PREVIOUS)

    def _chart(self, title: str, kind: Any, held: Any, lead: str = "") -> Any:
        """A slide with one chart under its title, and a line between the two where there is one."""
        from pptx.util import Pt

        slide, top = self._slide(title), _TOP
        if lead:
            self._text(slide, [lead], top=2.7, sizes=(16,), colour=_SOFT)
            top += 0.6
        frame = slide.shapes.add_chart(kind, _cm(_LEFT), _cm(top), _cm(_WIDTH - 2 * _LEFT),
                                       _cm(_HEIGHT - top - 1.6), held)  # fmt: skip
        frame.name = _printed(title)
        _alternative(frame, title)
        frame.chart.has_title = False
        frame.chart.font.size = Pt(12)
        frame.chart.font.color.rgb = _rgb(_INK)
        return frame.chart

    def _code(self, form: Format) -> str:
        """How a chart is told to show a number."""
        if form.unit == "money":
            return money_code(msgspec.structs.replace(form, digits=0), self.lang)
        return {"share": "0.0%"}.get(form.unit, "#,##0")

    def _table(self, table: Table) -> None:
        slide, rows, count = self._slide(table.title), table.rows[:_ROWS], len(table.columns)
        wide = _WIDTH - 2 * _LEFT
        frame = slide.shapes.add_table(len(rows) + 1, count, _cm(_LEFT), _cm(_TOP), _cm(wide),
                                       _cm(1.0 * (len(rows) + 1)))  # fmt: skip
        _alternative(frame, table.title)
        other = min(_COLUMN, wide / count)
        for j, column in enumerate(table.columns):
            frame.table.columns[j].width = _cm(other if j else wide - other * (count - 1))
            self._cell(frame.table.cell(0, j), column.label, column, is_head=True)
            for i, row in enumerate(rows, start=1):
                shown = formats.show(row[j], column.format, self.lang)
                self._cell(frame.table.cell(i, j), shown, column)
        if table.note:
            self._text(slide, [plain(table.note)], top=16.6, sizes=(12,), colour=_SOFT)

    def _cell(self, cell: Any, text: str, column: Column, *, is_head: bool = False) -> None:
        from pptx.enum.text import PP_ALIGN

        cell.text = _printed(text)
        cell.fill.solid()
        cell.fill.fore_color.rgb = _rgb(_HEAD if is_head else _PAPER)
        paragraph = cell.text_frame.paragraphs[0]
        self._style(paragraph, 13, _INK, bold=is_head)
        if column.format.unit not in ("text", "code", "day"):
            paragraph.alignment = PP_ALIGN.RIGHT

    # ---- parts of a slide

    def _slide(
        self, title: str, *, sizes: tuple[int, ...] = (26, 20), top: float = 1.0, high: float = 1.7
    ) -> Any:
        slide = self.book.slides.add_slide(self.headed)
        shape, wide = slide.shapes.title, _WIDTH - 2 * _LEFT
        shape.left, shape.top, shape.width = _cm(_LEFT), _cm(top), _cm(wide)
        shape.height = _cm(high)
        shape.text_frame.text = _printed(title)
        shape.text_frame.word_wrap = True
        size = _size([title], sizes, wide, high)
        self._style(shape.text_frame.paragraphs[0], size, _INK, bold=True)
        return slide

    def _text(
        self, slide: Any, lines: list[str], *, top: float, left: float = _LEFT,
        wide: float = _WIDTH - 2 * _LEFT, high: float = 0.0,
        sizes: tuple[int, ...] = (18, 16, 14, 12, 10), colour: str = _INK, bold: bool = False,
    ) -> None:  # fmt: skip
        """Lines in a box, in the largest of the sizes in which they fit."""
        from pptx.util import Pt

        if not lines:
            return
        high = high or _FOOT - top
        box = slide.shapes.add_textbox(_cm(left), _cm(top), _cm(wide), _cm(1.2))
        frame = box.text_frame
        frame.word_wrap = True
        size = _size(lines, sizes, wide, high)
        for n, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
            paragraph.text = _printed(line)
            paragraph.space_after = Pt(size / 2 if len(lines) > 1 else 0)
            self._style(paragraph, size, colour, bold=bold)

    def _style(self, paragraph: Any, size: int, colour: str, *, bold: bool) -> None:
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.font.size, paragraph.font.bold = Pt(size), bold
        paragraph.font.color.rgb = _rgb(colour)


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour)


def _alternative(frame: Any, text: str) -> None:
    """What a screen reader says of it."""
    frame._element.xpath("./p:nvGraphicFramePr/p:cNvPr")[0].set("descr", _printed(text))


def _size(lines: list[str], sizes: tuple[int, ...], wide: float, high: float) -> int:
    """The largest size in points in which lines fit into a box of so many centimetres.

    Examples
    --------
    >>> _size(["A title"], (36, 28), 30, 2), _size(["A title"] * 2, (36, 28), 30, 2)
    (36, 28)
    """
    for size in sizes:
        letters = max(int((wide - 0.5) / (size * _POINT_CM * _LETTER)), 1)
        rows = sum(-(-max(len(line), 1) // letters) for line in lines) + len(lines[1:]) / 2
        if rows * size * 1.2 * _POINT_CM <= high:
            return size
    return sizes[-1]


def _plain(value: Any, form: Format) -> float | None:
    return None if value is None else float(number_of(value, Column("", form)) or 0)


def _printed(text: str) -> str:
    """Text without the control letters that an XML file cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", " ", text)
