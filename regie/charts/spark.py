"""A tile's small line; pure. The tile's number and change say the same in words, so it is hidden
from screen readers."""

from __future__ import annotations

from collections.abc import Sequence

from regie.charts.frame import Scale
from regie.charts.markup import Markup, tag

WIDTH, HEIGHT, EDGE = 100.0, 24.0, 2.0


def spark(values: Sequence[float]) -> Markup:
    """The course of a series, without axes.

    Parameters
    ----------
    values : Sequence[float]
        Shape (n,). Fewer than two draw nothing.

    Examples
    --------
    >>> spark([1.0])
    ''
    >>> "M0.0 22.0 L100.0 2.0" in spark([1, 2])
    True
    """
    if len(values) < 2:
        return Markup("")
    across = Scale(0, len(values) - 1, 0, WIDTH)
    up = Scale(min(values), max(values), HEIGHT - EDGE, EDGE)
    path = "M" + " L".join(f"{across.at(i):.1f} {up.at(v):.1f}" for i, v in enumerate(values))
    return tag(
        "svg",
        tag("path", d=f"{path} L{WIDTH:.0f} {HEIGHT:.0f} L0 {HEIGHT:.0f} Z", class_="area"),
        tag("path", d=path, class_="now"),
        class_="spark",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
