"""Charts: read back as XML, measured, and held against the data they were given."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regie.charts.draw import draw, draw_widths
from regie.charts.frame import TICK_SIZE, WIDTHS, text_width, ticks
from regie.charts.spark import spark
from regie.terms.document import (
    LANGS,
    NUMBER,
    SHARE,
    Bar,
    BarFigure,
    CalibrationFigure,
    CalibrationPoint,
    Figure,
    Format,
    Lang,
    LineFigure,
    ShareRow,
    StackedShareFigure,
)

START = date(2010, 12, 1)
POUNDS = Format("money", "GBP", digits=0)


def days(n: int, step: int = 1) -> tuple[date, ...]:
    return tuple(START + timedelta(i * step) for i in range(n))


def line_of(*values: float | None, step: int = 1, form: Format = NUMBER) -> LineFigure:
    return LineFigure(days=days(len(values), step), now=values, now_label="now", format=form)


def bars_of(*values: float, label: str = "A bar") -> BarFigure:
    return BarFigure(bars=tuple(Bar(label, v) for v in values))


FIGURES: dict[str, Figure] = {
    "no days": LineFigure(days=(), now=(), now_label="now"),
    "one day": line_of(3),
    "all zero": line_of(0, 0, 0),
    "all negative": line_of(-5, -2, -9),
    "gaps": line_of(None, 1, 2, None, 7, None, 3),
    "only gaps": line_of(None, None),
    "money": line_of(*(i * 1_234_567_890 for i in range(28)), form=POUNDS),
    "tiny shares": line_of(0.0011, 0.0014, 0.0009, form=SHARE),
    "with before": LineFigure(
        days=days(3), now=(1, 2, 3), previous=(3, None, 1), now_label="n" * 90, previous_label="<p>"
    ),
    "a century": line_of(*range(1200), step=31),
    "no bars": BarFigure(bars=()),
    "bars both ways": bars_of(5, -3, 0, 2.5),
    "zero bars": bars_of(0, 0),
    "long names": bars_of(3, 3_000_000, label="WHITE HANGING HEART T-LIGHT HOLDER & CO " * 4),
    "many bars": bars_of(*range(60)),
    "marks": BarFigure(
        bars=(Bar("Ours", 0.3, 0.2), Bar("Theirs", 0.1, 0.4)),
        value_label="ours",
        mark_label="best sellers",
        format=SHARE,
    ),
    "no groups": CalibrationFigure(points=(), predicted_label="p", observed_label="o"),
    "groups": CalibrationFigure(
        points=(
            CalibrationPoint(0.1, 0.1, 900, 0.08, 0.12),
            CalibrationPoint(0.5, 0.42, 30, 0.25, 0.6),
        ),
        predicted_label="predicted",
        observed_label="observed",
    ),
    "certain": CalibrationFigure(
        points=(CalibrationPoint(1.0, 1.0, 0, 0.9, 1.0), CalibrationPoint(0.0, 0.0, 0)),
        predicted_label="predicted",
        observed_label="observed",
    ),
    "no parts": StackedShareFigure(parts=(), rows=()),
    "parts": StackedShareFigure(
        parts=tuple(f"part {i} <&>" for i in range(8)),
        rows=(ShareRow("r", (1, 2, 0, 4, 5, 6, 7, 8)), ShareRow("empty", (0,) * 8)),
    ),
}


def drawn(figure: Figure, width: int = 760, lang: Lang = "en") -> ET.Element:
    return ET.fromstring(draw(figure, title="R&D <b>", lang=lang, ident="x", width=width))


def numbers(svg: ET.Element) -> list[float]:
    found = []
    for node in svg.iter():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"):
            if node is not svg and name in node.attrib:
                found.append(float(node.attrib[name]))
        found += [float(n) for n in re.findall(r"-?[\d.]+", node.attrib.get("d", ""))]
    return found


Box = tuple[float, float, float, str]


def boxes(svg: ET.Element) -> list[Box]:
    """Left, right, baseline and text of each label; the peak's has a halo and may lie over all."""
    found = []
    for node in svg.iter("text"):
        if node.attrib.get("class") == "note":
            continue
        text, x = node.text or "", float(node.attrib["x"])
        wide = text_width(text, TICK_SIZE)
        left = {"middle": x - wide / 2, "end": x - wide}.get(node.attrib.get("text-anchor", ""), x)
        found.append((left, left + wide, float(node.attrib["y"]), text))
    return found


def overlapping(svg: ET.Element) -> list[tuple[Box, Box]]:
    return [
        (a, b)
        for a, b in combinations(boxes(svg), 2)
        if abs(a[2] - b[2]) < TICK_SIZE - 1 and a[0] < b[1] and b[0] < a[1]
    ]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_whole_named_and_inside_its_frame(
    name: str, width: int, lang: Lang
) -> None:
    svg = drawn(FIGURES[name], width, lang)
    assert svg.attrib["role"] == "img"
    assert [node.tag for node in svg][:2] == ["title", "desc"]
    assert svg[0].text == "R&D <b>"
    assert len(svg[1].text or "") > 10
    assert svg.attrib["aria-labelledby"] == "x-t x-d"
    _, _, wide, high = (float(n) for n in svg.attrib["viewBox"].split())
    assert wide == width
    assert all(-1 <= n <= max(wide, high) + 1 for n in numbers(svg)), numbers(svg)
    assert not overlapping(svg)
    for left, right, y, text in boxes(svg):
        assert left >= -6, text
        assert right <= wide + 6, text
        assert 0 < y <= high, text


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 900),
    step=st.sampled_from([1, 7, 30]),
    width=st.sampled_from(WIDTHS),
    lang=st.sampled_from(LANGS),
    offset=st.integers(0, 366),
)
def test_day_labels_never_touch(n: int, step: int, width: int, lang: Lang, offset: int) -> None:
    figure = LineFigure(
        days=tuple(START + timedelta(offset + i * step) for i in range(n)),
        now=tuple(i % 7 for i in range(n)),
        now_label="now",
    )
    assert not overlapping(drawn(figure, width, lang))


@given(
    low=st.floats(-1e13, 1e13, allow_subnormal=False),
    span=st.floats(1e-3, 1e13),
    most=st.integers(2, 8),
)
def test_ticks_hold_the_range_in_few_steps(low: float, span: float, most: int) -> None:
    marks = ticks(low, low + span, most)
    slack = (marks[1] - marks[0]) * 1e-6
    assert marks[0] <= min(low, 0) + slack
    assert marks[-1] >= max(low + span, 0) - slack
    assert 2 <= len(marks) <= most + 3
    assert 0.0 in marks


def test_the_peak_is_named_where_it_is() -> None:
    svg = drawn(line_of(1, 9, 4), lang="fr")
    [note] = [n for n in svg.iter("text") if n.attrib.get("class") == "note"]
    assert note.text == "9, le 2 déc."
    [dot] = list(svg.iter("circle"))
    path = next(n for n in svg.iter("path") if n.attrib["class"] == "now" and "L" in n.attrib["d"])
    points = re.findall(r"([\d.]+) ([\d.]+)", path.attrib["d"])
    assert (float(points[1][0]), float(points[1][1])) == pytest.approx(
        (float(dot.attrib["cx"]), float(dot.attrib["cy"])), abs=0.1
    )


def test_a_gap_breaks_the_line_and_a_lone_day_is_a_dot() -> None:
    svg = drawn(FIGURES["gaps"])
    lines = [n for n in svg.iter("path") if n.attrib["class"] == "now" and "L" in n.attrib["d"]]
    assert len(lines) == 1
    assert len(list(svg.iter("circle"))) == 3  # two lone days and the peak's ring


def test_a_very_long_series_keeps_its_extremes_and_stays_small() -> None:
    values = [float(i % 1000) for i in range(50_000)]
    values[31_234], values[7_777] = 5_000.0, -3_000.0
    figure = LineFigure(
        days=tuple(date(1900, 1, 1) + timedelta(i) for i in range(50_000)),
        now=tuple(values),
        now_label="now",
    )
    text = draw(figure, title="T", lang="en", ident="x", width=760)
    assert len(text) < 120_000
    ys = [
        float(y)
        for node in ET.fromstring(text).iter("path")
        if node.attrib["class"] == "now" and "L" in node.attrib["d"]
        for _, y in re.findall(r"([\d.]+) ([\d.]+)", node.attrib["d"])
    ]
    short = drawn(line_of(-3_000, 5_000, 0))
    path = next(
        n for n in short.iter("path") if n.attrib["class"] == "now" and "L" in n.attrib["d"]
    )
    expected = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", path.attrib["d"])]
    assert (max(ys), min(ys)) == (max(expected), min(expected))


def test_bars_start_at_zero_and_are_as_long_as_their_values() -> None:
    svg = drawn(bars_of(10, -5, 2.5))
    zero = next(float(n.attrib["x1"]) for n in svg.iter("line"))
    rects = [n.attrib for n in svg.iter("rect")]
    long = float(rects[0]["width"])
    assert float(rects[0]["x"]) == pytest.approx(zero, abs=0.1)
    assert float(rects[1]["x"]) + float(rects[1]["width"]) == pytest.approx(zero, abs=0.1)
    assert float(rects[1]["width"]) == pytest.approx(long / 2, abs=0.2)
    assert float(rects[2]["width"]) == pytest.approx(long / 4, abs=0.2)
    narrow = [n.attrib for n in drawn(bars_of(10, -5), width=340).iter("rect")]
    assert (float(narrow[1]["x"]), float(narrow[0]["width"])) == pytest.approx(
        (0, 340 * 2 / 3), abs=0.1
    )
    assert rects[1]["class"] == "bar down"  # and it points the other way, so not colour alone


def test_bars_left_to_the_table_are_counted() -> None:
    assert "et 36 de plus dans le tableau" in "".join(
        drawn(FIGURES["many bars"], lang="fr").itertext()
    )


def test_a_group_foretold_exactly_lies_on_the_diagonal() -> None:
    svg = drawn(FIGURES["groups"])
    diagonal = next(n for n in svg.iter("path") if "L" in n.attrib["d"])
    x1, y1, x2, y2 = (float(n) for n in re.findall(r"[\d.]+", diagonal.attrib["d"]))
    circles = [n.attrib for n in svg.iter("circle") if n.attrib["class"] == "group"]
    inside = circles[1:]  # the legend's circle aside
    on = [
        abs(y1 + (float(c["cx"]) - x1) / (x2 - x1) * (y2 - y1) - float(c["cy"])) < 0.2
        for c in inside
    ]
    assert on == [True, False]


def test_parts_share_the_whole_width_in_proportion() -> None:
    figure = StackedShareFigure(parts=("a", "b"), rows=(ShareRow("r", (3, 1)),))
    bars = [n.attrib for n in drawn(figure).iter("rect") if n.attrib["height"] == "26"]
    wide = [float(bar["width"]) for bar in bars]
    assert wide[0] / wide[1] == pytest.approx(3, rel=0.01)
    assert float(bars[1]["x"]) + wide[1] == pytest.approx(760, abs=0.2)


def test_nothing_to_draw_says_so() -> None:
    assert "Aucun chiffre" in draw(FIGURES["no bars"], title="T", lang="fr", ident="x", width=340)


def test_ids_differ_between_the_two_widths() -> None:
    text = draw_widths(FIGURES["money"], title="T", lang="en", ident="c")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids)) == 4


def test_a_tile_s_line_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in spark([1, 2, 1])
    assert spark([3, 3, 3]).count("12.0") >= 3  # a flat series is a flat line, not an error
