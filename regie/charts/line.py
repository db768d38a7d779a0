"""A series by day with the period before beside it; pure.

Days stand where they fall in time, so that a missing day is a gap and a week is a week wide. The
highest point is named, since that is the first question a reader has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from regie.charts.frame import (
    NOTE_SIZE,
    TICK_SIZE,
    WIDE,
    Scale,
    Sign,
    empty,
    legend,
    svg,
    text_width,
    tick_text,
    ticks,
    value_axis,
)
from regie.charts.markup import Markup, join, tag
from regie.terms.document import LineFigure, Mark
from regie.words import formats
from regie.words.sentences import say

Series = Sequence[float | int | None]
_Bucket = Callable[[date], int]
_BUCKETS: tuple[tuple[_Bucket, formats.DayForm], ...] = (
    (lambda d: d.toordinal(), "short"),
    (lambda d: (d.toordinal() - 1) // 7, "short"),
    (lambda d: (d.toordinal() - 1) // 14, "short"),
    (lambda d: d.year * 12 + d.month, "month"),
    (lambda d: (d.year * 12 + d.month - 1) // 3, "month"),
    (lambda d: (d.year * 12 + d.month - 1) // 6, "month"),
    (lambda d: d.year, "year"),
    (lambda d: d.year // 5, "year"),
)
"""Where days may be labelled, finest first: each day, Mondays, months, quarters, years."""


def line(figure: LineFigure, *, title: str, lang: str, ident: str, width: int) -> Markup:
    """The chart.

    Parameters
    ----------
    figure : LineFigure
        Any length: longer than twice the pixels, each pixel keeps its lowest and highest value.
    title : str
        Read by a screen reader; not drawn.
    ident : str
        Unique in the page.
    width : int
        One of `frame.WIDTHS`.

    Examples
    --------
    >>> figure = LineFigure(days=(date(2011, 9, 7), date(2011, 9, 8)), now=(3, 5), now_label="Now")
    >>> drawn = line(figure, title="Orders", lang="en", ident="orders", width=720)
    >>> drawn.startswith("<svg"), "<path" in drawn
    (True, True)
    """
    known = [v for v in (*figure.now, *figure.previous) if v is not None]
    if not any(v is not None for v in figure.now):
        return empty(width, ident, title, lang)
    signs = [Sign("line", "now", figure.now_label)]
    if figure.previous:
        signs.append(Sign("line", "prev", figure.previous_label))
    key, top = legend(signs, width)
    height = top + (250.0 if width >= WIDE else 214.0)
    whole = figure.format.unit == "number" and all(float(v).is_integer() for v in known)
    marks = ticks(min(known), max(known), 4, whole)
    labels = [tick_text(mark, marks[1] - marks[0], figure.format, lang) for mark in marks]
    left = max(text_width(label, TICK_SIZE) for label in labels) + 10
    across = Scale(figure.days[0].toordinal(), figure.days[-1].toordinal(), left, float(width) - 12)
    up = Scale(marks[0], marks[-1], height - 28, top + 24)
    drawn = [
        key,
        value_axis(marks, up, labels, left, across.end),
        _day_axis(figure.days, across, height - 8, width, lang),
        *_areas(figure.days, figure.now, across, up),
        *_paths(figure.days, figure.previous, across, up, "prev"),
        *_paths(figure.days, figure.now, across, up, "now"),
        _peak(figure, across, up, width, lang),
        *_marks(figure, across, top, height - 28),
    ]
    return svg(
        drawn, width=width, height=height, ident=ident, title=title, words=_told(figure, lang)
    )


def _runs(days: Sequence[date], values: Series, across: Scale) -> list[list[tuple[float, float]]]:
    """Unbroken stretches of (x, value); a missing value breaks."""
    runs: list[list[tuple[float, float]]] = [[]]
    for day, value in zip(days, values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((across.at(day.toordinal()), float(value)))
    return [_thinned(run) for run in runs if run]


def _thinned(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most the first, lowest, highest and last value of each pixel, in order."""
    if len(run) <= 2 * WIDE:
        return run
    columns: dict[int, list[int]] = {}
    for i, (x, _) in enumerate(run):
        columns.setdefault(int(x), []).append(i)
    kept: set[int] = set()
    for inside in columns.values():
        by_value = sorted(inside, key=lambda i: (run[i][1], i))
        kept |= {inside[0], by_value[0], by_value[-1], inside[-1]}
    return [run[i] for i in sorted(kept)]


def _path(run: Sequence[tuple[float, float]], up: Scale) -> str:
    return "M" + " L".join(f"{x:.1f} {up.at(v):.1f}" for x, v in run)


def _paths(
    days: Sequence[date], values: Series, across: Scale, up: Scale, css: str
) -> list[Markup]:
    drawn = []
    for run in _runs(days, values, across) if values else []:
        if len(run) > 1:
            drawn.append(tag("path", d=_path(run, up), class_=css))
        elif css == "prev":
            x, y = run[0][0], up.at(run[0][1])
            drawn.append(tag("path", d=f"M{x - 7:.1f} {y:.1f} h14", class_=css))
        else:
            drawn.append(tag("circle", cx=run[0][0], cy=up.at(run[0][1]), r=3.5, class_="dot"))
    return drawn


def _areas(days: Sequence[date], values: Series, across: Scale, up: Scale) -> list[Markup]:
    zero = up.at(0)
    return [
        tag(
            "path",
            d=f"{_path(run, up)} L{run[-1][0]:.1f} {zero:.1f} L{run[0][0]:.1f} {zero:.1f} Z",
            class_="area",
        )
        for run in _runs(days, values, across)
        if len(run) > 1
    ]


def _day_axis(days: Sequence[date], across: Scale, y: float, width: float, lang: str) -> Markup:
    """The finest labels of which none touches the next; at worst the first and the last day."""
    for bucket, form in _BUCKETS:
        at = [
            day
            for before, day in zip((days[0] - timedelta(1), *days), days, strict=False)
            if bucket(before) != bucket(day)
        ]
        placed = [_placed(day, formats.day(day, lang, form), across, width) for day in at]
        if len(placed) > 1 and _apart(placed):
            return _day_labels(placed, y)
    ends = sorted({days[0], days[-1]})
    return _day_labels(
        [_placed(day, formats.day(day, lang, "medium"), across, width) for day in ends], y
    )


def _placed(day: date, text: str, across: Scale, width: float) -> tuple[float, float, str]:
    """Middle, half width and text of a day's label, kept inside the drawing."""
    half = text_width(text, TICK_SIZE) / 2
    middle = min(max(across.at(day.toordinal()), half), width - half)
    return middle, half, text


def _apart(placed: Sequence[tuple[float, float, str]]) -> bool:
    return all(a + ha + 10 <= b - hb for (a, ha, _), (b, hb, _) in pairwise(placed))


def _day_labels(placed: Sequence[tuple[float, float, str]], y: float) -> Markup:
    return join(
        [tag("text", text, x=middle, y=y, text_anchor="middle") for middle, _, text in placed]
    )


def _peak(figure: LineFigure, across: Scale, up: Scale, width: float, lang: str) -> Markup:
    """The highest point, ringed and named, to whichever side there is room."""
    value, day = _extreme(figure, max)
    x, y = across.at(day.toordinal()), up.at(value)
    text = say(
        "charts.peak",
        lang,
        value=formats.show(value, figure.format, lang),
        day=formats.day(day, lang, "short"),
    )
    needed = text_width(text, NOTE_SIZE) + 10
    if x + needed <= width:
        anchor, at = "start", x + 9
    elif x - needed >= across.start:
        anchor, at = "end", x - 9
    else:
        anchor, at = "middle", min(max(x, needed / 2), width - needed / 2)
    return join(
        [
            tag("circle", cx=x, cy=y, r=4, class_="dot"),
            tag("text", text, x=at, y=y - 9, text_anchor=anchor, class_="note"),
        ]
    )


def drawn_marks(figure: LineFigure) -> tuple[Mark, ...]:
    """The marks that a drawing of the figure numbers, in their order.

    Examples
    --------
    >>> figure = LineFigure(days=(date(2011, 9, 7), date(2011, 9, 8)), now=(3, 5), now_label="Now",
    ...                     marks=(Mark(date(2011, 9, 8), "Sale"), Mark(date(2012, 1, 1), "Later")))
    >>> [mark.words for mark in drawn_marks(figure)]
    ['Sale']
    """
    return tuple(m for m in figure.marks if figure.days[0] <= m.day <= figure.days[-1])


def _marks(figure: LineFigure, across: Scale, top: float, bottom: float) -> list[Markup]:
    """A line through each marked day, under its number: the words stand below the drawing."""
    drawn = []
    for number, mark in enumerate(drawn_marks(figure), start=1):
        x = across.at(mark.day.toordinal())
        drawn += [
            tag("line", x1=x, x2=x, y1=top + 14, y2=bottom, class_="day"),
            tag("text", str(number), x=x, y=top + 10, text_anchor="middle", class_="note"),
        ]
    return drawn


def _extreme(figure: LineFigure, choose: Callable[..., tuple[float, date]]) -> tuple[float, date]:
    """The highest or lowest value and its day; of equals the earliest."""
    known = [
        (value, day)
        for value, day in zip(figure.now, figure.days, strict=True)
        if value is not None
    ]
    return choose(known, key=lambda pair: pair[0])


def _told(figure: LineFigure, lang: str) -> str:
    high, high_day = _extreme(figure, max)
    low, low_day = _extreme(figure, min)
    shown = formats.show(high, figure.format, lang)
    if len(figure.days) == 1:
        words = say("charts.line_one", lang, value=shown, day=high_day)
    else:
        words = say(
            "charts.line",
            lang,
            n=len(figure.days),
            first=figure.days[0],
            last=figure.days[-1],
            high=shown,
            high_day=high_day,
            low=formats.show(low, figure.format, lang),
            low_day=low_day,
        )
    if figure.previous:
        words += " " + say("charts.line_compared", lang, previous=figure.previous_label)
    return words
