"""What the laws on the syntax tree share: the modules of Régie, and how a fault is told.

A law is a function of a module's name and text that gives its faults, so that a test can hand it a
bad example and see it say no. What a law lets pass stands in its `ESCAPES` with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
STAGES = (
    "terms", "words", "charts", "ports", "govern", "collect", "understand", "decide", "deliver",
    "measure", "learn",
)  # fmt: skip
"""Every floor under the workspace: what an outsider enters by the front door."""


class Fault(NamedTuple):
    """Something against a law: the module, the line, what is there and what to do instead."""

    module: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.says}"


Law = Callable[[str, str], Iterable[Fault]]


@cache
def modules() -> dict[str, str]:
    """Every module of Régie and its text."""
    paths = sorted((ROOT / "regie").rglob("*.py"))
    return {_name(path): path.read_text("utf-8") for path in paths}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def stage_of(module: str) -> str | None:
    """The stage a module stands in; None for workspace, interfaces, engines."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in STAGES else None


def assert_kept(law: Law, escapes: Mapping[tuple[str, str], str]) -> None:
    """No module has a fault that is not escaped, and no escape stands idle.

    `escapes` maps a module and a word of the fault to the reason why it may stay.
    """
    found = [fault for name, text in modules().items() for fault in law(name, text)]
    used = {key for fault in found for key in escapes if _escaped(fault, key)}
    left = [fault for fault in found if not any(_escaped(fault, key) for key in escapes)]
    assert not left, "\n" + "\n".join(map(str, left))
    assert used == set(escapes), f"escapes that nothing needs any more: {set(escapes) - used}"
    assert all(len(reason) > 20 for reason in escapes.values()), "an escape needs a reason"


def _escaped(fault: Fault, key: tuple[str, str]) -> bool:
    return fault.module == key[0] and key[1] in fault.says


@cache
def tree(text: str) -> ast.Module:
    """A module's tree, read once for all laws; none may change it."""
    return ast.parse(text)


@cache
def walk(text: str) -> tuple[ast.AST, ...]:
    """Every node of a module's tree."""
    return tuple(ast.walk(tree(text)))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of names; empty where it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


@cache
def imports(text: str) -> Mapping[str, str]:
    """Local name to what it stands for, `np` to `numpy`, `now` to `datetime.now`."""
    found: dict[str, str] = {}
    for node in walk(text):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def full_name(node: ast.AST, known: Mapping[str, str]) -> str:
    """The whole dotted name of what a node names, through the module's imports."""
    name = dotted(node)
    first, point, rest = name.partition(".")
    return f"{known.get(first, first)}{point}{rest}" if name else ""
