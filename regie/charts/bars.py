"""Horizontal bars from zero with an optional mark each; pure.

Names stand in a column, values in another, so that the eye runs down both; on a narrow drawing the
name stands above its bar.
"""

from __future__ import annotations

from collections.abc import Sequence

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
"""More bars than this are left to the table, and the drawing says so."""

BOLD = 1.08
"""How much wider bold text is."""

NAME_SHARE = 0.36
"""Most of a wide drawing that names may take."""


def bars(figure: BarFigure, *, title: str, lang: str, ident: str, width: int) -> Markup:
    """The chart; parameters as in `line.line`.

    Examples
    --------
    >>> figure = BarFigure(bars=(Bar("Model", 31, 22), Bar("Popularity", 22)), mark_label="before")
    >>> drawn = bars(figure, title="Hits", lang="en", ident="hits", width=720)
    >>> drawn.startswith("<svg"), drawn.count('class="bar"'), "Popularity" in drawn
    (True, 3, True)

    Nothing to draw is said in words.

    >>> "bar" in bars(BarFigure(bars=()), title="Hits", lang="en", ident="hits", width=720)
    False
    """
    shown = figure.bars[:MOST_BARS]
    if not shown:
        return empty(width, ident, title, lang)
    signs = []
    if any(bar.mark is not None for bar in shown):
        signs = [Sign("box", "bar", figure.value_label), Sign("stroke", "mark", figure.mark_label)]
    key, top = legend(signs, width)
    texts = [formats.show(bar.value, figure.format, lang) for bar in shown]
    ends = [v for bar in shown for v in (bar.value, bar.mark) if v is not None]
    low, high = min(*ends, 0), max(*ends, 0)
    beside = width >= WIDE
    names, values = _rooms(shown, texts, width) if beside else (0.0, 0.0)
    scale = Scale(low, high if high > low else 1, names, width - values)
    step = 30.0 if beside else 52.0
    drawn = [key]
    for i, (bar, text) in enumerate(zip(shown, texts, strict=True)):
        y = top + 6 + i * step
        room = names - 12 if beside else width - text_width(text, TICK_SIZE) * BOLD - 12
        name = fit(bar.label, room, LABEL_SIZE)
        drawn += [
            tag("text", name, x=0, y=y + 16, class_="label"),
            tag("text", text, x=width, y=y + 16, text_anchor="end", class_="value"),
            _bar(bar, scale, y if beside else y + 22),
        ]
    height = top + 8 + len(shown) * step
    if left := len(figure.bars) - len(shown):
        drawn.append(tag("text", say("charts.bars_more", lang, n=left), x=0, y=height + 12))
        height += 20
    longest = max(shown, key=lambda bar: abs(bar.value))
    words = say(
        "charts.bars",
        lang,
        n=len(figure.bars),
        label=longest.label,
        value=formats.show(longest.value, figure.format, lang),
    )
    return svg(drawn, width=width, height=height, ident=ident, title=title, words=words)


def _rooms(shown: Sequence[Bar], texts: Sequence[str], width: float) -> tuple[float, float]:
    """What the column of names and the column of values take on a wide drawing."""
    names = max(text_width(bar.label, LABEL_SIZE) for bar in shown) + 14
    values = max(text_width(text, TICK_SIZE) * BOLD for text in texts) + 14
    return min(names, width * NAME_SHARE), values


def _bar(bar: Bar, scale: Scale, y: float) -> Markup:
    """A value of zero is a hair, so that its row is not taken for a missing one."""
    start, end = sorted((scale.at(0), scale.at(bar.value)))
    zero = scale.at(0)
    drawn = [
        tag("line", x1=zero, x2=zero, y1=y - 1, y2=y + 25, class_="zero"),
        tag(
            "rect",
            x=start,
            y=y + 4,
            width=max(end - start, 1.0),
            height=16,
            rx=2,
            class_="bar down" if bar.value < 0 else "bar",
        ),
    ]
    if bar.mark is not None:
        x = scale.at(bar.mark)
        drawn.append(tag("line", x1=x, x2=x, y1=y, y2=y + 24, class_="mark"))
    return join(drawn)
