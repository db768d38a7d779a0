"""Predicted against observed shares; pure.

A point on the dashed line was foretold exactly; the stroke through it is what chance alone would
leave, so that a small group is not read as an error. Circles are of one size, since groups are: a
legend that promises more than the eye finds is a question in every meeting.
"""

from __future__ import annotations

import math

from regie.charts.frame import (
    TICK_SIZE,
    WIDE,
    Scale,
    Sign,
    empty,
    fit,
    legend,
    svg,
    text_width,
    tick_text,
    ticks,
    value_axis,
)
from regie.charts.markup import Markup, join, tag
from regie.terms.document import SHARE, CalibrationFigure, CalibrationPoint
from regie.words import formats
from regie.words.sentences import say

RADIUS = 6.0
"""Of a group's circle, in pixels."""


def calibration(
    figure: CalibrationFigure, *, title: str, lang: str, ident: str, width: int
) -> Markup:
    """The chart; parameters as in `line.line`.

    Examples
    --------
    >>> figure = CalibrationFigure(points=(CalibrationPoint(0.2, 0.25, 40),),
    ...                            predicted_label="predicted", observed_label="observed")
    >>> drawn = calibration(figure, title="Right?", lang="en", ident="c", width=720)
    >>> drawn.startswith("<svg"), "<desc" in drawn
    (True, True)
    """
    if not figure.points:
        return empty(width, ident, title, lang)
    signs = [Sign("line", "prev", say("charts.perfect", lang))]
    signs.append(Sign("circle", "group", say("charts.circle", lang)))
    if any(point.low is not None for point in figure.points):
        signs.append(Sign("stroke", "bound", say("charts.bound", lang)))
    key, top = legend(signs, width)
    top += 26
    height = top + (330.0 if width >= WIDE else 250.0)
    ends = [
        v for p in figure.points for v in (p.predicted, p.observed, p.high or 0) if v is not None
    ]
    marks = [mark for mark in ticks(0, min(max(ends), 1.0), 5) if mark <= 1]
    labels = [tick_text(mark, marks[1], SHARE, lang) for mark in marks]
    left = max(text_width(label, TICK_SIZE) for label in labels) + 10
    across = Scale(0, marks[-1], left, float(width) - 20)
    up = Scale(0, marks[-1], height - 46, top + 8)
    drawn = [
        key,
        tag("text", fit(figure.observed_label, width, TICK_SIZE), x=0, y=top - 8),
        value_axis(marks, up, labels, left, across.end),
        _across(marks, labels, across, height - 28),
        tag(
            "text",
            fit(figure.predicted_label, across.end - left, TICK_SIZE),
            x=across.end,
            y=height - 8,
            text_anchor="end",
        ),
        tag(
            "path",
            d=f"M{across.start:.1f} {up.start:.1f} L{across.end:.1f} {up.end:.1f}",
            class_="prev",
        ),
        _groups(figure.points, across, up),
    ]
    words = say(
        "charts.calibration",
        lang,
        n=len(figure.points),
        gap=formats.points(_gap(figure.points), lang).removeprefix("+"),
    )
    return svg(drawn, width=width, height=height, ident=ident, title=title, words=words)


def _across(marks: list[float], labels: list[str], across: Scale, y: float) -> Markup:
    return join(
        [
            tag("text", label, x=across.at(mark), y=y, text_anchor="middle")
            for mark, label in zip(marks, labels, strict=True)
        ]
    )


def _groups(points: tuple[CalibrationPoint, ...], across: Scale, up: Scale) -> Markup:
    drawn = []
    for point in points:
        x = across.at(point.predicted)
        if point.low is not None and point.high is not None:
            low, high = up.at(point.low), up.at(min(point.high, 1.0))
            drawn.append(tag("line", x1=x, x2=x, y1=low, y2=high, class_="bound"))
        drawn.append(tag("circle", cx=x, cy=up.at(point.observed), r=RADIUS, class_="group"))
    return join(drawn)


def _gap(points: tuple[CalibrationPoint, ...]) -> float:
    """Mean distance of observed from predicted, weighted by people: the calibration error."""
    people = sum(point.count for point in points) or 1
    return math.fsum(abs(p.observed - p.predicted) * p.count for p in points) / people
