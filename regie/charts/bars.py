"""Horizontal bars from zero with an optional mark each; pure.

Names stand in a column, values in another, so that the eye runs down both; on a narrow drawing the
name stands above its bar.
"""

from __future__ import annotations

from regie.charts.frame import (
    LABEL_SIZE,
    TICK_SIZE,
    WIDE,
    Scale,
    Sign,
    empty,
    fit,
    legend,
    svg,
    text_width,
)
from regie.charts.markup import Markup, join, tag
from regie.terms.document import Bar, BarFigure
from regie.words import formats
from regie.words.sentences import say

MOST_BARS = 24
"""More bars than this are left to the table."""

NAME_SHARE = 0.36
"""Most of a wide drawing that names may take."""


def bars(figure: BarFigure, *, title: str, lang: str, ident: str, width: int) -> Markup:
    """The chart; parameters as in `line.line`."""
    shown = figure.bars[:MOST_BARS]
    if not shown:
        return empty(width, ident, title, lang)
    signs = []
    if any(bar.mark is not None for bar in shown):
        signs = [Sign("box", "bar", figure.value_label), Sign("stroke", "mark", figure.mark_label)]
    key, top = legend(signs, width)
    texts = [formats.show(bar.value, figure.format, lang) for bar in shown]
    value_room = max(text_width(text, TICK_SIZE) * 1.08 for text in texts) + 14
    beside = width >= WIDE
    name_room = 0.0
    if beside:
        widest = max(text_width(bar.label, LABEL_SIZE) for bar in shown) + 14
        name_room = min(widest, width * NAME_SHARE)
    ends = [v for bar in shown for v in (bar.value, bar.mark) if v is not None]
    scale = Scale(min(*ends, 0), max(*ends, 0) or 1, name_room, width - value_room)
    step = 30.0 if beside else 44.0
    drawn = [key, _zero(scale, top, len(shown) * step)]
    for i, (bar, text) in enumerate(zip(shown, texts, strict=True)):
        y = top + 6 + i * step
        name_at = y + 16 if beside else y + 13
        room = name_room - 12 if beside else float(width)
        drawn.append(tag("text", fit(bar.label, room, LABEL_SIZE), x=0, y=name_at, class_="label"))
        drawn.append(_bar(bar, scale, y if beside else y + 18))
        at = y + 16 if beside else y + 31
        drawn.append(tag("text", text, x=width, y=at, text_anchor="end", class_="value"))
    height = top + 8 + len(shown) * step
    longest = max(shown, key=lambda bar: abs(bar.value))
    words = say(
        "charts.bars",
        lang,
        n=len(figure.bars),
        label=longest.label,
        value=formats.show(longest.value, figure.format, lang),
    )
    return svg(drawn, width=width, height=height, ident=ident, title=title, words=words)


def _zero(scale: Scale, top: float, height: float) -> Markup:
    x = scale.at(0)
    return tag("line", x1=x, x2=x, y1=top + 2, y2=top + 6 + height, class_="zero")


def _bar(bar: Bar, scale: Scale, y: float) -> Markup:
    """A value of zero is a hair, so that its row is not taken for a missing one."""
    start, end = sorted((scale.at(0), scale.at(bar.value)))
    drawn = [
        tag(
            "rect",
            x=start,
            y=y + 4,
            width=max(end - start, 1.0),
            height=16,
            rx=2,
            class_="bar down" if bar.value < 0 else "bar",
        )
    ]
    if bar.mark is not None:
        x = scale.at(bar.mark)
        drawn.append(tag("line", x1=x, x2=x, y1=y, y2=y + 24, class_="mark"))
    return join(drawn)
