"""Wholes divided into the same parts; pure.

Each bar is as long as the next, since shares are compared and not sizes; the share is written in a
part where there is room for it, and the legend stands in the order of the parts.
"""

from __future__ import annotations

from regie.charts.frame import (
    LABEL_SIZE,
    NOTE_SIZE,
    Sign,
    empty,
    fit,
    legend,
    svg,
    text_width,
)
from regie.charts.markup import Markup, join, tag
from regie.terms.document import ShareRow, StackedShareFigure
from regie.words import formats
from regie.words.sentences import say

COLOURS = 6
GAP = 2.0


def shares(figure: StackedShareFigure, *, title: str, lang: str, ident: str, width: int) -> Markup:
    """The chart; parameters as in `line.line`. A row whose values are all 0 is an empty bar.

    Examples
    --------
    >>> rows = (ShareRow("orders.csv", (97, 3)),)
    >>> figure = StackedShareFigure(parts=("kept", "set aside"), rows=rows)
    >>> drawn = shares(figure, title="Rows", lang="en", ident="rows", width=720)
    >>> "97%" in drawn, "set aside" in drawn
    (True, True)
    """
    if not figure.rows or not figure.parts:
        return empty(width, ident, title, lang)
    signs = [Sign("box", f"p{i % COLOURS + 1}", part) for i, part in enumerate(figure.parts)]
    key, top = legend(signs, width)
    drawn = [key]
    y = top + 8
    for row in figure.rows:
        total = formats.show(sum(row.values), figure.format, lang)
        room = width - text_width(total, LABEL_SIZE) - 16
        drawn += [
            tag("text", fit(row.label, room, LABEL_SIZE), x=0, y=y + 14, class_="label"),
            tag("text", total, x=width, y=y + 14, text_anchor="end"),
            _parts(row, y + 22, width, lang),
        ]
        y += 62
    words = say("charts.shares", lang, n=len(figure.rows), parts=", ".join(figure.parts))
    return svg(drawn, width=width, height=y, ident=ident, title=title, words=words)


def _parts(row: ShareRow, y: float, width: float, lang: str) -> Markup:
    total = sum(row.values)
    if total <= 0:
        return tag("line", x1=0, x2=width, y1=y + 13, y2=y + 13, class_="grid")
    drawn = []
    present = [(i, value) for i, value in enumerate(row.values) if value > 0]
    usable = width - GAP * (len(present) - 1)
    x = 0.0
    for i, value in present:
        length = value / total * usable
        number = i % COLOURS + 1
        drawn.append(
            tag("rect", x=x, y=y, width=max(length, 1.0), height=26, rx=3, class_=f"p{number}")
        )
        text = formats.share(value / total, lang, digits=0 if value / total >= 0.01 else 1)
        if text_width(text, NOTE_SIZE) + 8 <= length:
            middle = x + length / 2
            drawn.append(
                tag("text", text, x=middle, y=y + 18, text_anchor="middle", class_=f"t{number}")
            )
        x += length + GAP
    return join(drawn)
