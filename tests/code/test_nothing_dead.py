"""Law: what nothing asks for goes: sentences, classes of the style sheets, pages, functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from regie.words.sentences import theme_sentences, themes
from tests.code.source import ROOT, modules, tree, walk

MADE_OF_VALUES = {
    "audience": re.compile(r"(count|value|days_since)_(at_least|at_most|exactly|between)"),
    "register": re.compile(r"(store|channel|answer|evidence|source)_.+"),
}
"""Codes that are put together of nothing but values: a condition and its bound, a column and what
stands in it."""

UNCALLED = {
    "person_of": "laws ask it: each person is decided alone as in a batch",
    "themes": "laws ask it: every sentence there is",
}
"""Functions that no code calls, and why they stay; examples and commands are told by their name."""

WEB = ROOT / "regie" / "interfaces" / "web"
_QUOTED = re.compile(r"""(?<=["'])[\w.]+(?=["'])""")
_GLUED = re.compile(r"""["']([\w.]+)["'] ~|~ ["']([\w.]+)["']""")


@cache
def _pages() -> dict[str, str]:
    return {page.stem: page.read_text("utf-8") for page in (WEB / "templates").glob("*.html")}


@cache
def _said() -> frozenset[str]:
    """Every text that code or a page holds."""
    code = {
        node.value
        for text in modules().values()
        for node in walk(text)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(code.union(*map(_QUOTED.findall, _pages().values())))


def _glued() -> Iterator[tuple[str, str]]:
    """How texts begin and end that code or a page puts together of words and values."""
    for text in modules().values():
        for node in walk(text):
            if isinstance(node, ast.JoinedStr):
                yield _text(node.values[0]), _text(node.values[-1])
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                yield _text(node.left), _text(node.right)
    for text in _pages().values():
        yield from _GLUED.findall(text)


def _text(node: ast.AST) -> str:
    """A text that stands there, without a theme before it; empty for a value."""
    said = node.value if isinstance(node, ast.Constant) else ""
    return said.removeprefix(f"{said.partition('.')[0]}.") if isinstance(said, str) else ""


@cache
def _made() -> tuple[tuple[str, str], ...]:
    """Those that may be a sentence's code, and say more of it than a letter or two."""
    return tuple(
        sorted({ends for ends in _glued() if re.fullmatch(r"\w*[a-z]{2}\w*", "".join(ends))})
    )


def _is_asked_for(theme: str, name: str) -> bool:
    by_values = MADE_OF_VALUES.get(theme)
    return (
        not _said().isdisjoint({name, f"{theme}.{name}"})
        or any(name.startswith(before) and name.endswith(after) for before, after in _made())
        or (by_values is not None and by_values.fullmatch(name) is not None)
    )


def test_every_sentence_is_asked_for() -> None:
    dead = [
        f"{theme}.{name}"
        for theme in themes()
        for name in theme_sentences(theme)
        if not _is_asked_for(theme, name)
    ]
    assert dead == [], "no code and no page says these; take them out"
    assert not _is_asked_for("screens", "nobody_ever_says_this")


def test_every_class_of_a_style_sheet_stands_on_a_page() -> None:
    drawn = re.compile(r"w\d+")  # a picture's class is its width
    sources = "\n".join([*modules().values(), *_pages().values()])
    words = set(re.findall(r"[\w-]+", sources))
    for sheet in (WEB / "room.css", ROOT / "regie" / "engines" / "html.css"):
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        styled = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
        assert len(styled) > 40, "the sheet was read"
        assert {one for one in styled - words if not drawn.fullmatch(one)} == set(), sheet.name


def test_every_page_is_shown() -> None:
    extended = {name.removesuffix(".html") for name in re.findall(r"\w+\.html", str(_pages()))}
    assert set(_pages()) - _said() - extended == set()


def _named(text: str) -> Iterator[str]:
    for node in walk(text):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # as `getattr` is told it


def _uncalled(texts: Mapping[str, str], pages: str) -> set[str]:
    """Functions of modules whose name stands nowhere but where they are written."""
    named = {name for text in texts.values() for name in _named(text)}
    made = {
        node.name
        for text in texts.values()
        for node in tree(text).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith(("_example", "__"))
        and not node.name.endswith("_command")
    }
    return made - named - set(re.findall(r"\w+", pages))


def test_every_function_is_called() -> None:
    assert _uncalled(modules(), str(_pages())) == set(UNCALLED)
    assert _uncalled({"a": "def f(): ...\ndef g(): f()"}, "") == {"g"}
