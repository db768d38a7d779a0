"""Law: only an interface speaks; everything else returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.code.source import Fault, assert_kept, full_name, imports, walk

ESCAPES: dict[tuple[str, str], str] = {}

_SPEAKS = ("print", "input", "sys.stdout.write", "sys.stderr.write", "click.echo", "rich.print")


def faults(module: str, text: str) -> Iterator[Fault]:
    """Words said outside `interfaces`."""
    if module.startswith("regie.interfaces"):
        return
    known = imports(text)
    for node in walk(text):
        if isinstance(node, ast.Call) and full_name(node.func, known) in _SPEAKS:
            name = full_name(node.func, known)
            yield Fault(module, node.lineno, f"calls {name}(); return it, an interface says it")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
            if {"rich", "click"} & {(name or "").split(".")[0] for name in names}:
                yield Fault(module, node.lineno, "imports what draws on a terminal; return it")


def test_only_interfaces_speak() -> None:
    assert_kept(faults, ESCAPES)


@pytest.mark.parametrize(
    "bad",
    ["print(1)", "import sys\nsys.stdout.write('x')", "import click", "from rich.table import T"],
)
def test_it_sees_a_bad_example(bad: str) -> None:
    assert list(faults("regie.decide.x", bad))
    assert not list(faults("regie.interfaces.cli.x", bad))


def test_it_lets_a_good_example_pass() -> None:
    assert not list(faults("regie.decide.x", "self.print = 1\nblueprint()"))
