"""Documents as slides: one thought each, charts that can be edited, tables to copy; pure.

Why native charts and no pictures: whoever presents changes a colour or leaves out a week, and the
figures stand behind the chart. Why the archive is packed again: the library writes the time of day
into it, and the same document must give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from regie.engines.sheet import number_of
from regie.engines.xlsx import flat, lines_of, table_of
from regie.terms.document import (
    Bars,
    Block,
    Chart,
    Column,
    Document,
    LineFigure,
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
_LEFT, _TOP = 1.6, 3.4
_ROWS = 11
"""Rows of a table on one slide; the others are in the workbook."""
_INK, _SOFT, _ACCENT, _PREVIOUS, _BAD = "1C2024", "56606C", "0B5CAD", "9AA5B1", "A8281E"
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
        book.core_properties.title = document.title
        book.core_properties.language = document.lang
        slides = _Slides(book, document)
        slides.first()
        for block in flat(document):
            slides.block(block)
        slides.last()
        content = io.BytesIO()
        book.save(content)
        return _steady(content.getvalue())


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
        self.bare, self.headed = book.slide_layouts[6], book.slide_layouts[5]

    def first(self) -> None:
        document = self.document
        slide = self._slide(document.title, size=36, top=6.2)
        under = " · ".join((document.subtitle, *document.tags))
        colon = say("screens.colon", self.lang)
        self._text(slide, [under], top=8.8, size=18, colour=_SOFT)
        self._text(slide, [f"{one.name}{colon} {one.text}" for one in document.stamp],
                   top=15.4, size=11, colour=_SOFT)  # fmt: skip

    def last(self) -> None:
        """What every slide says at its foot."""
        for n, slide in enumerate(self.book.slides, start=1):
            self._text(slide, [f"{self.document.title} · {self.document.subtitle} · {n}"],
                       top=17.9, size=10, colour=_SOFT)  # fmt: skip

    def block(self, block: Block) -> None:
        if isinstance(block, Tiles):
            self._tiles(block)
        elif isinstance(block, Chart) and isinstance(block.figure, LineFigure):
            self._line(block, block.figure)
        elif isinstance(block, Bars):
            self._bars(block)
        elif lines := lines_of(block):
            slide = self._slide(lines[0] if len(lines) > 1 else "")
            self._text(slide, lines[1:] or lines, top=_TOP, size=18)
        elif (table := table_of(block)) is not None and table.rows:
            self._table(table)

    # ---- kinds of slides

    def _tiles(self, block: Tiles) -> None:
        slide = self._slide(self.document.title)
        across, wide, high = 3, (_WIDTH - 2 * _LEFT) / 3, 6.2
        for n, tile in enumerate(block.tiles):
            left, top = _LEFT + (n % across) * wide, _TOP + (n // across) * high
            self._tile(slide, tile, left, top, wide - 0.6)

    def _tile(self, slide: Any, tile: Tile, left: float, top: float, wide: float) -> None:
        value = formats.show(tile.value, tile.format, self.lang)
        self._text(slide, [tile.label], left=left, top=top, wide=wide, size=14, colour=_SOFT)
        self._text(slide, [value], left=left, top=top + 0.9, wide=wide, size=32, bold=True)
        if tile.change:
            moved = formats.show(tile.change.value, tile.change.format, self.lang)
            colour = _BAD if tile.change.good is False else _SOFT
            self._text(slide, [f"{moved} · {tile.change.against}"], left=left, top=top + 2.9,
                       wide=wide, size=12, colour=colour)  # fmt: skip

    def _line(self, block: Chart, figure: LineFigure) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE

        series = [(figure.now_label, figure.now)]
        if figure.previous:
            series.append((figure.previous_label, figure.previous))
        held = CategoryChartData(number_format=_code(figure.format.unit))
        held.categories = [formats.day(day, self.lang, "short") for day in figure.days]
        for label, values in series:
            held.add_series(label, [_plain(v, Column("", figure.format)) for v in values])
        chart = self._chart(block.title, XL_CHART_TYPE.LINE, held)
        for drawn, colour in zip(chart.plots[0].series, (_ACCENT, _PREVIOUS), strict=False):
            drawn.smooth = False
            drawn.format.line.width = _cm(0.08)
            drawn.format.line.color.rgb = _rgb(colour)
        chart.has_legend = len(series) > 1
        if chart.has_legend:
            from pptx.enum.chart import XL_LEGEND_POSITION

            chart.legend.position = XL_LEGEND_POSITION.BOTTOM
            chart.legend.include_in_layout = False

    def _bars(self, block: Bars) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION

        if not block.rows:
            return
        column = Column("", block.format)
        held = CategoryChartData(number_format=_code(block.format.unit))
        held.categories = [bar.label for bar in block.rows]
        held.add_series(block.title, [_plain(bar.value, column) for bar in block.rows])
        chart = self._chart(block.title, XL_CHART_TYPE.BAR_CLUSTERED, held)
        chart.has_legend = False
        chart.category_axis.reverse_order = True
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        drawn = chart.plots[0].series[0]
        drawn.invert_if_negative = False
        drawn.format.fill.solid()
        drawn.format.fill.fore_color.rgb = _rgb(_ACCENT)
        chart.plots[0].gap_width = 45
        chart.plots[0].has_data_labels = True

    def _chart(self, title: str, kind: Any, held: Any) -> Any:
        from pptx.util import Pt

        slide = self._slide(title)
        frame = slide.shapes.add_chart(kind, _cm(_LEFT), _cm(_TOP), _cm(_WIDTH - 2 * _LEFT),
                                       _cm(_HEIGHT - _TOP - 1.6), held)  # fmt: skip
        frame.name = title
        _alternative(frame, title)
        frame.chart.has_title = False
        frame.chart.font.size = Pt(12)
        frame.chart.font.color.rgb = _rgb(_INK)
        return frame.chart

    def _table(self, table: Table) -> None:
        slide = self._slide(table.title)
        rows = table.rows[:_ROWS]
        frame = slide.shapes.add_table(
            len(rows) + 1, len(table.columns), _cm(_LEFT), _cm(_TOP), _cm(_WIDTH - 2 * _LEFT),
            _cm(1.0 * (len(rows) + 1)),
        )  # fmt: skip
        _alternative(frame, table.title)
        for j, column in enumerate(table.columns):
            self._cell(frame.table.cell(0, j), column.label, column)
            for i, row in enumerate(rows, start=1):
                shown = formats.show(row[j], column.format, self.lang)
                self._cell(frame.table.cell(i, j), shown, column)

    def _cell(self, cell: Any, text: str, column: Column) -> None:
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        cell.text = _printed(text)
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.font.size = Pt(13)
        if column.format.unit not in ("text", "code", "day"):
            paragraph.alignment = PP_ALIGN.RIGHT

    # ---- parts of a slide

    def _slide(self, title: str, *, size: int = 26, top: float = 1.1) -> Any:
        from pptx.util import Pt

        slide = self.book.slides.add_slide(self.headed if title else self.bare)
        if title:
            shape = slide.shapes.title
            shape.left, shape.top = _cm(_LEFT), _cm(top)
            shape.width, shape.height = _cm(_WIDTH - 2 * _LEFT), _cm(2.0)
            shape.text_frame.text = _printed(title)
            self._style(shape.text_frame.paragraphs[0], size, _INK, bold=True)
            shape.text_frame.paragraphs[0].font.size = Pt(size)
        return slide

    def _text(
        self, slide: Any, lines: list[str], *, top: float, size: int, left: float = _LEFT,
        wide: float = _WIDTH - 2 * _LEFT, colour: str = _INK, bold: bool = False,
    ) -> None:  # fmt: skip
        box = slide.shapes.add_textbox(_cm(left), _cm(top), _cm(wide), _cm(1.2))
        frame = box.text_frame
        frame.word_wrap = True
        for n, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
            paragraph.text = _printed(line)
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


def _plain(value: Any, column: Column) -> float | None:
    return None if value is None else float(number_of(value, column) or 0)


def _code(unit: str) -> str:
    return {"share": "0.0%"}.get(unit, "#,##0")


def _printed(text: str) -> str:
    """Text without the control letters that an XML file cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", " ", text)
