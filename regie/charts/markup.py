"""Tags, escaped by construction; pure.

`tag` escapes every child and attribute that is not `Markup` already, so that nothing a file brought
can become a tag. Why not templates: charts and pages are small functions over records, and a type
checker can read them.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

_SHAPES = {"path", "line", "rect", "circle"}
_VOID = {"meta", "br", "hr", "img", "link"}


class Markup(str):
    """Text that is markup already: only `tag`, `join` and constants of ours make it.

    Examples
    --------
    >>> tag("p", Markup("<b>yes</b>"), "<b>no</b>")
    '<p><b>yes</b>&lt;b&gt;no&lt;/b&gt;</p>'
    """

    __slots__ = ()


Child = str | Markup | None


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element.

    Parameters
    ----------
    name : str
        The element's name.
    *children : str, Markup or None
        Text is escaped, markup is not, None is nothing.
    **attributes
        `class_` is class, `aria_label` is aria-label; None and False leave the attribute out, True
        writes its bare name; floats keep one decimal.

    Examples
    --------
    >>> tag("a", "R&D", href="#x", class_="k", hidden=None)
    '<a href="#x" class="k">R&amp;D</a>'
    >>> tag("line", x1=1.25, x2=3.0), tag("meta", charset="utf-8")
    ('<line x1="1.2" x2="3"/>', '<meta charset="utf-8">')
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _SHAPES and not children:
        return Markup(f"<{name}{written}/>")
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Children one after the other, text escaped.

    Examples
    --------
    >>> join(["<", None, tag("br")])
    '&lt;<br>'
    """
    return Markup("".join(escape(child) for child in children if child is not None))


def escape(text: str) -> Markup:
    """Text as markup that shows it.

    Examples
    --------
    >>> escape('<script>"'), escape(Markup("<b>"))
    ('&lt;script&gt;&quot;', '<b>')
    """
    return text if isinstance(text, Markup) else Markup(html.escape(text))


def decimal(value: float) -> str:
    """A coordinate: one decimal, and none where it is whole.

    Examples
    --------
    >>> decimal(3.04), decimal(3.25), decimal(-0.01)
    ('3', '3.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = decimal(value) if isinstance(value, float) else str(value)
    return f' {name}="{html.escape(text)}"'
