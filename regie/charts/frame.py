"""What every chart shares: scales, ticks, the width of text, legends, the SVG around; pure.

The width of text is estimated, since no browser is asked: a little too wide rather than too narrow,
so that labels never overlap in whatever system font the reader has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from regie.charts.markup import Markup, join, tag
from regie.terms.document import Format
from regie.words import formats
from regie.words.sentences import say

WIDE, NARROW = 760, 340
"""The two widths every chart is drawn at: a card across the page, and half of it or a phone."""

WIDTHS = (WIDE, NARROW)
TICK_SIZE, LABEL_SIZE, NOTE_SIZE = 12.5, 13.5, 13.0
_NARROW_LETTERS = set("iljtfrI.,:;'’|!() \u202f\u00a0-")
_WIDE_LETTERS = set("mwMWÆŒ%@—")
MICROS = 1_000_000


class Scale(msgspec.Struct, frozen=True):
    """A straight line from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value stands.

        Examples
        --------
        >>> Scale(0, 10, 100, 0).at(2.5), Scale(3, 3, 0, 10).at(3)
        (75.0, 5.0)
        """
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """Round values that hold all of a range, zero included: steps of 1, 2 or 5 at some power of 10.

    Parameters
    ----------
    low, high : float
        Smallest and largest value.
    most : int
        About how many steps there may be.
    whole : bool
        Whether half of one makes no sense (people, orders).

    Returns
    -------
    list[float]
        Rising, at least two, the first <= min(low, 0), the last >= max(high, 0).

    Examples
    --------
    >>> ticks(0, 54_107, 5)
    [0.0, 20000.0, 40000.0, 60000.0]
    >>> ticks(-3, 9, 4), ticks(0, 0, 4), ticks(0, 2, 5, whole=True)
    ([-5.0, 0.0, 5.0, 10.0], [0.0, 1.0], [0.0, 1.0, 2.0])
    """
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return [0.0, 1.0]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    if whole:
        step = max(step, 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def tick_text(value: float, step: float, form: Format, lang: str) -> str:
    """A tick's label: short, with just the decimals that its step needs.

    Examples
    --------
    >>> tick_text(20_000_000_000, 20_000_000_000, Format("money", "GBP"), "en")
    '£20K'
    >>> tick_text(0.05, 0.025, Format("share"), "en"), tick_text(0, 0.2, Format("share"), "en")
    ('5.0%', '0%')
    """
    if value == 0 and form.unit == "money":
        return "0"
    if form.unit in {"share", "points"}:
        return formats.share(value, lang, digits=_decimals(step * 100))
    if form.unit == "duration":
        return formats.duration(value, lang)
    units = step / MICROS if form.unit == "money" else step
    size = abs(value) / MICROS if form.unit == "money" else abs(value)
    digits = 1 if size >= 1000 else _decimals(units)
    shown = Format(form.unit, form.currency, digits=digits, compact=size >= 1000)
    return formats.show(value, shown, lang)


def _decimals(step: float) -> int:
    """How many decimals tell two neighbouring ticks apart."""
    return next((d for d in range(4) if math.isclose(step, round(step, d), rel_tol=1e-6)), 4)


def text_width(text: str, size: float) -> float:
    """About how wide a text is, in pixels.

    Examples
    --------
    >>> text_width("illi", 10) < text_width("WWWW", 10)
    True
    """
    return sum(_ems(letter) for letter in text) * size


def _ems(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return 0.36
    if letter in _WIDE_LETTERS:
        return 0.95
    return 0.74 if letter.isupper() else 0.62


def fit(text: str, room: float, size: float) -> str:
    """The text, cut with an ellipsis where it is wider than the room.

    Examples
    --------
    >>> fit("Party bunting", 200, 12.5), fit("Party bunting", 60, 12.5)
    ('Party bunting', 'Party b…')
    """
    if text_width(text, size) <= room:
        return text
    room -= text_width("…", size)
    kept = ""
    for letter in text:
        if text_width(kept + letter, size) > room:
            break
        kept += letter
    return kept.rstrip() + "…"


def wrap(text: str, room: float, size: float) -> list[str]:
    """The text in lines that fit the room; a word wider than the room is cut.

    Examples
    --------
    >>> wrap("one two three", 60, 12.5)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fit(word, room, size))
    return lines


class Sign(msgspec.Struct, frozen=True):
    """One entry of a legend: how it is drawn (a line, a box, a circle, a stroke) and its name."""

    shape: str
    css: str
    label: str


SIGN_WIDTHS = {"line": 22.0, "box": 14.0, "circle": 14.0, "stroke": 4.0}
LEGEND_LINE = 20.0


def legend(signs: Sequence[Sign], width: float) -> tuple[Markup, float]:
    """A legend that flows over as many lines as it needs.

    Returns
    -------
    tuple[Markup, float]
        The drawing, from y = 0 down, and its height.

    Examples
    --------
    >>> drawn, height = legend([Sign("box", "p1", "kept"), Sign("box", "p2", "set aside")], 300)
    >>> height, "set aside" in drawn
    (20.0, True)
    """
    drawn: list[Markup] = []
    x, y = 0.0, 0.0
    for sign in signs:
        start = SIGN_WIDTHS[sign.shape] + 7
        lines = wrap(sign.label, width - start, TICK_SIZE)
        needed = start + max(text_width(line, TICK_SIZE) for line in lines)
        if x > 0 and x + needed > width:
            x, y = 0.0, y + LEGEND_LINE
        drawn.append(_sign(sign, x, y + 10))
        for i, line in enumerate(lines):
            drawn.append(tag("text", line, x=x + start, y=y + 14 + i * 17))
        y += (len(lines) - 1) * 17
        x += needed + 18
    return join(drawn), (y + LEGEND_LINE if signs else 0.0)


def _sign(sign: Sign, x: float, y: float) -> Markup:
    match sign.shape:
        case "line":
            return tag("path", d=f"M{x:.1f} {y:.1f} h22", class_=sign.css)
        case "box":
            return tag("rect", x=x, y=y - 7, width=14, height=14, rx=3, class_=sign.css)
        case "stroke":
            return tag("line", x1=x + 2, x2=x + 2, y1=y - 8, y2=y + 8, class_=sign.css)
    return tag("circle", cx=x + 7, cy=y, r=6, class_=sign.css)


def svg(
    drawn: Sequence[Markup], *, width: float, height: float, ident: str, title: str, words: str
) -> Markup:
    """The drawing in its frame, with the title and the description a screen reader reads.

    Parameters
    ----------
    ident : str
        Unique in the page; the ids of title and description come from it.

    Examples
    --------
    >>> svg([], width=340, height=60, ident="a", title="T", words="Nothing.")[:46]
    '<svg class="chart w340" viewBox="0 0 340 60" r'
    """
    return tag(
        "svg",
        tag("title", title, id=f"{ident}-t"),
        tag("desc", words, id=f"{ident}-d"),
        *drawn,
        class_=f"chart w{width:.0f}",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role="img",
        aria_labelledby=f"{ident}-t {ident}-d",
    )


def empty(width: float, ident: str, title: str, lang: str) -> Markup:
    """What is drawn where there is nothing to draw: words, not a blank.

    Examples
    --------
    >>> empty(300, "orders", "Orders", "en").count("<text")
    1
    """
    words = say("charts.empty", lang)
    height = 96.0
    drawn = [
        tag("line", x1=0, x2=width, y1=height - 1, y2=height - 1, class_="grid"),
        tag("text", words, x=width / 2, y=height / 2 + 4, text_anchor="middle"),
    ]
    return svg(drawn, width=width, height=height, ident=ident, title=title, words=words)


def value_axis(
    marks: Sequence[float], scale: Scale, labels: Sequence[str], left: float, right: float
) -> Markup:
    """Horizontal grid lines with their labels to the left; the zero line is drawn stronger.

    Examples
    --------
    >>> drawn = value_axis([0.0, 10.0], Scale(0, 10, 100, 0), ["0", "10"], 30, 340)
    >>> drawn.count("<line"), drawn.count("<text")
    (2, 2)
    """
    drawn = []
    for mark, label in zip(marks, labels, strict=True):
        y = scale.at(mark)
        css = "zero" if mark == 0 and marks[0] < 0 else "grid"
        drawn.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_=css))
        drawn.append(tag("text", label, x=left - 8, y=y + 4, text_anchor="end"))
    return join(drawn)
