"""A report as letter, workbook and slides: read back by readers of their own."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from regie.engines.letter import LetterDocuments, plain_text
from regie.engines.pptx import PptxDocuments
from regie.engines.xlsx import XlsxDocuments
from regie.ports.document import Documents
from regie.terms.document import (
    DAY,
    NUMBER,
    Bar,
    Bars,
    Block,
    Change,
    Chart,
    Column,
    Document,
    Fact,
    Format,
    LineFigure,
    Notice,
    Paragraph,
    Point,
    Points,
    Table,
    Tile,
    Tiles,
)
from tests.engines.test_html import evil_blocks

ENGINES: tuple[Documents, ...] = (LetterDocuments(), XlsxDocuments(), PptxDocuments())
POUNDS = Format("money", "GBP", digits=0)
DAYS = tuple(date(2011, 12, 1) + timedelta(n) for n in range(10))
NOW = (*(n * 1_000_000 for n in range(1, 9)), None, None)
LONG = "A very long title of a report that somebody wrote for everybody who reads it at work " * 2


def report(title: str = "The week") -> Document:
    """One of each block that a composed report is made of; two days not known yet."""
    rows = tuple((day.isoformat(), now) for day, now in zip(DAYS, NOW, strict=True))
    columns = (Column("Day", DAY), Column("Revenue", POUNDS))
    days = Table(title="By day", columns=columns, rows=rows)
    figure = LineFigure(days=DAYS, now=NOW, now_label="Now", previous=(2_000_000,) * 10,
                        previous_label="Before", format=POUNDS)  # fmt: skip
    blocks: tuple[Block, ...] = (
        Notice(kind="warn", title="Not all days", text="Two are missing."),
        Paragraph("Hello."),
        Tiles((Tile(label="Revenue", value=36_000_000, format=POUNDS,
                    change=Change(value=-0.5, against="against £72", good=False)),)),
        Chart(title="By day", figure=figure, table=days),
        Bars(title="What changed", rows=(Bar("France", 3_000_000), Bar("Spain", -9_000_000)),
             total=Bar("In all", -6_000_000), format=Format("money", "GBP", 0, signed=True)),
        Points(title="Goals", points=(Point("None is set."),)),
        Table(title="Items", columns=(Column("Item"), *(Column(x, NUMBER) for x in "abcd")),
              rows=(("=1+1", 1, 2, 3, 4),)),
    )  # fmt: skip
    return Document(title=title, subtitle="A shop", lang="en", blocks=blocks,
                    stamp=(Fact("Freshness", "data up to 8 December"),))  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: type(engine).__name__)
def test_whatever_a_file_brought_is_drawn_and_the_same_document_is_the_same_bytes(
    engine: Documents,
) -> None:
    odd = Document(title="\x0b<b>=1", lang="fr", blocks=tuple(evil_blocks()))
    assert engine.render(odd) == engine.render(odd)
    assert engine.render(report(LONG)) == engine.render(report(LONG))


def test_charts_of_slides_are_native_and_hold_the_figures_with_their_gaps() -> None:
    from pptx import Presentation

    slides = Presentation(io.BytesIO(PptxDocuments().render(report()))).slides
    charts = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    line, bars = charts
    assert [tuple(s.values) for s in line.series] == [
        (*map(float, range(1, 9)), None, None), (2.0,) * 10,
    ]  # fmt: skip
    assert line.value_axis.tick_labels.number_format == '"£"#,##0'
    assert tuple(bars.series[0].values) == (3.0, -9.0)
    assert bars.plots[0].data_labels.number_format.startswith('+"£"#,##0;-')
    assert bars.value_axis.minimum_scale < -9.0, "there is room for its figure"
    colours = [bars.series[0].points[n].format.fill.fore_color.rgb for n in (0, 1)]
    assert colours[0] != colours[1]
    told = [shape.text_frame.text for slide in slides for shape in slide.shapes
            if shape.has_text_frame]  # fmt: skip
    assert "In all: −£6" in told
    assert all(slide.shapes.title is not None and slide.shapes.title.text for slide in slides)


def test_no_text_of_a_slide_lies_on_another_however_long() -> None:
    from pptx import Presentation

    letter = Paragraph("Some words that somebody wrote above the figures. " * 40)
    long = report(LONG)
    words = Document(title=LONG, subtitle=LONG, lang="en", blocks=(*long.blocks, *(letter,) * 2))
    book = Presentation(io.BytesIO(PptxDocuments().render(words)))
    for number, slide in enumerate(book.slides, start=1):
        boxes = sorted(
            (s.top, _foot(s)) for s in slide.shapes if s.has_text_frame and s.left < 10**6
        )
        for (_, foot), (top, _) in pairwise(boxes):
            assert foot <= top + 0.3 * 360_000, f"slide {number}"


def _foot(shape: Any) -> int:
    """Where the words of a box end, in EMU, were every letter half as wide as high."""
    high = 0
    for paragraph in shape.text_frame.paragraphs:
        size = paragraph.font.size
        letters = max(int(shape.width / (size * 0.5)), 1)
        high += -(-max(len(paragraph.text), 1) // letters) * int(size * 1.2)
    return int(shape.top) + max(high, int(shape.height) if shape.is_placeholder else 0)


def test_a_workbook_holds_numbers_charts_and_no_formula() -> None:
    content = XlsxDocuments().render(report())
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Summary", "By day", "What changed", "Items"]
    rows = book.get_sheet_by_name("By day").to_python()
    assert rows[1][1:] == [1.0]
    assert rows[9][1:] == [""], "a day that is not known is empty"
    assert book.get_sheet_by_name("Items").to_python()[1] == ["=1+1", 1.0, 2.0, 3.0, 4.0]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()
                 if name.endswith(".xml")}  # fmt: skip
    charts = [text for name, text in parts.items() if re.search(r"charts/chart\d", name)]
    assert [("lineChart" in one, "barChart" in one) for one in charts] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert "'By day'!$B$2:$B$11" in charts[0]
    assert not any("<f>" in text for name, text in parts.items() if "worksheets" in name)
    assert '"£"#,##0.00' in parts["xl/styles.xml"].replace("&quot;", '"')


def test_a_letter_needs_nothing_but_tables_and_keeps_its_order() -> None:
    page = LetterDocuments().render(report()).decode()
    assert re.findall(r"<h[12][^>]*>([^<]*)", page) == [
        "The week", "By day", "What changed", "Goals", "Items",
    ]  # fmt: skip
    assert not re.search(r"<(img|link|script|svg)|url\(|https?:", page)
    assert "prefers-color-scheme:dark" in page
    assert re.search(r"9 Dec</td><td[^>]*></td><td[^>]*>–</td>", page), "a gap is no nought"
    assert re.findall(r"<th[^>]*class=\"([^\"]*)\"[^>]*>([a-z])<", page) == [
        ("soft line", "a"), ("soft line more", "b"), ("soft line", "c"), ("soft line", "d"),
    ]  # fmt: skip
    classes = set(re.findall(r'class="([^"]*)"', page))
    styled = set(re.findall(r"\.([a-z]+)\{", page))
    assert {name for one in classes for name in one.split()} == styled, "each has a night"
    text = plain_text(report())
    assert text.splitlines()[0] == "The week"
    assert "Revenue: £36" in text
