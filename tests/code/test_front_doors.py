"""Law: a stage is entered by its front door, and nobody reaches for another module's `_name`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from tests.code.source import STAGES, Fault, assert_kept, dotted, imports, modules, stage_of, walk

ESCAPES: dict[tuple[str, str], str] = {}


@cache
def door(stage: str) -> frozenset[str]:
    """What the `__all__` of a stage names."""
    for node in walk(modules()[f"regie.{stage}"]):
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def faults(module: str, text: str) -> Iterator[Fault]:
    """Imports that go round a front door, and private names of other modules."""
    for node in walk(text):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("regie"):
            for alias in node.names:
                yield from _entered(module, node.lineno, f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _entered(module, node.lineno, alias.name)
    own = {name for name, whole in imports(text).items() if whole.startswith("regie")}
    for node in walk(text):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in own
            and _private(node.attr)
        ):
            yield Fault(
                module, node.lineno,
                f"reads {node.value.id}.{node.attr}; give it a public name, or move it here",
            )  # fmt: skip


def _private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def _entered(module: str, line: int, whole: str) -> Iterator[Fault]:
    parts = whole.split(".")
    if parts[0] != "regie" or len(parts) < 3:
        return
    if any(_private(part) for part in parts):
        yield Fault(module, line, f"imports {whole}; a _name is its module's own: make it public")
    elif parts[1] in STAGES and stage_of(module) != parts[1] and parts[2] not in door(parts[1]):
        yield Fault(
            module, line, f"imports {whole}; regie.{parts[1]}.__all__ names only {door(parts[1])}"
        )


def test_every_stage_has_a_front_door() -> None:
    for stage in STAGES:
        assert door(stage), f"regie/{stage}/__init__.py names nothing in __all__"
        for name in door(stage):
            assert f"regie.{stage}.{name}" in modules() or f"{name}" in modules()[f"regie.{stage}"]


def test_stages_are_entered_by_their_front_doors() -> None:
    assert_kept(faults, ESCAPES)


@pytest.mark.parametrize(
    ("module", "bad", "said"),
    [
        ("regie.decide.x", "from regie.collect.sql import y", "regie.collect.__all__ names only"),
        ("regie.decide.x", "from regie.collect.intake import _OURS", "_name"),
        ("regie.collect.x", "from regie.collect.intake import _OURS", "_name"),
        ("regie.decide.x", "from regie.collect import intake\nintake._OURS", "intake._OURS"),
        ("regie.workspace.x", "import regie.collect.nothing", "regie.collect.__all__"),
    ],
)
def test_it_sees_a_bad_example(module: str, bad: str, said: str) -> None:
    assert [said in str(fault) for fault in faults(module, bad)] == [True]


@pytest.mark.parametrize(
    ("module", "good"),
    [
        (
            "regie.decide.x",
            "from regie.collect import intake\nfrom regie.collect.intake import read",
        ),
        ("regie.collect.x", "from regie.collect.anything import y"),
        ("regie.workspace.x", "from regie.workspace.people import erase\nself._own = erase"),
    ],
)
def test_it_lets_a_good_example_pass(module: str, good: str) -> None:
    assert not list(faults(module, good))
