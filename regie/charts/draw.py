"""Any figure as SVG; pure."""

from __future__ import annotations

from regie.charts.bars import bars
from regie.charts.calibration import calibration
from regie.charts.frame import WIDTHS
from regie.charts.line import line
from regie.charts.markup import Markup, join
from regie.charts.shares import shares
from regie.terms.document import BarFigure, CalibrationFigure, Figure, LineFigure


def draw(figure: Figure, *, title: str, lang: str, ident: str, width: int) -> Markup:
    """One drawing of a figure.

    Parameters
    ----------
    figure : Figure
        The data; none, one or negative values are drawn as what they are.
    title : str
        What a screen reader calls the picture.
    lang : str
        `en` or `fr`: the language of ticks, days and description.
    ident : str
        Unique in the page: letters, digits, hyphens.
    width : int
        One of `frame.WIDTHS`: type keeps its size, room is what changes.

    Returns
    -------
    Markup
        An `<svg>` element coloured by `style.STYLE`.

    Examples
    --------
    >>> from regie.terms.document import Bar
    >>> draw(BarFigure(bars=(Bar("<b>", 3),)), title="T", lang="en", ident="a", width=340)[:65]
    '<svg class="chart w340" viewBox="0 0 340 60" role="img" aria-labe'
    """
    if isinstance(figure, LineFigure):
        return line(figure, title=title, lang=lang, ident=ident, width=width)
    if isinstance(figure, BarFigure):
        return bars(figure, title=title, lang=lang, ident=ident, width=width)
    if isinstance(figure, CalibrationFigure):
        return calibration(figure, title=title, lang=lang, ident=ident, width=width)
    return shares(figure, title=title, lang=lang, ident=ident, width=width)


def draw_widths(figure: Figure, *, title: str, lang: str, ident: str) -> Markup:
    """The figure at each width; the page's CSS shows the one that fits.

    Examples
    --------
    >>> from regie.terms.document import StackedShareFigure
    >>> figure = StackedShareFigure(parts=(), rows=())
    >>> draw_widths(figure, title="T", lang="en", ident="a").count("<svg")
    2
    """
    return join(
        [
            draw(figure, title=title, lang=lang, ident=f"{ident}-{width}", width=width)
            for width in WIDTHS
        ]
    )
