"""Whoever brings a file by the screens is told in their own language why it cannot be read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from regie.words.sentences import theme_sentences

READERS = Path(__file__).resolve().parents[2] / "regie" / "engines" / "source_files"
PATHS = "paths.py"
"""What it refuses is no upload: a path that somebody typed."""


def refusals() -> Iterator[tuple[str, str]]:
    """Where an error of a whole file is made, and the sentence it names; empty for none."""
    for file in sorted(READERS.glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        named = {
            id(node.func.value): ast.literal_eval(node.args[0])
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "because"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "FileError":
                yield f"{file.name}:{node.lineno}", named.get(id(node), "")


def test_every_refusal_of_a_file_has_its_sentence() -> None:
    found = dict(refusals())
    assert len(found) > 20
    told = theme_sentences("screens")
    for where, code in found.items():
        if code or not where.startswith(PATHS):
            assert f"refused_{code}" in told, where
