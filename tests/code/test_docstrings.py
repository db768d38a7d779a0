"""Laws on form: what is public says what it is, shows it where it can, and fits on a screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.code.source import Fault, assert_kept, dotted, modules, tree, walk

ESCAPES: dict[tuple[str, str], str] = {}
LENGTHS: dict[tuple[str, str], str] = {}

MOST_LINES = 70
LEAST_SHARE_WITH_EXAMPLE = 0.9
_WORLD = {
    "Session", "StateStore", "Tables", "Workspace", "Stores", "Path", "Ledger", "LedgerStore",
    "ModelStore", "AssetStore", "RunState", "Vault", "Traversable", "DuckDBPyConnection",
}  # fmt: skip

Public = ast.FunctionDef | ast.ClassDef


def public(text: str) -> Iterator[Public]:
    """Functions and classes of a module that others may use."""
    for node in tree(text).body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield node


def faults(module: str, text: str) -> Iterator[Fault]:
    """Public names, and modules, that do not say what they are."""
    if not ast.get_docstring(tree(text)) and text.strip():
        yield Fault(module, 1, "is a module without a docstring; say what it is, and why this way")
    for node in public(text):
        if not ast.get_docstring(node):
            yield Fault(module, node.lineno, f"{node.name} has no docstring; say what it is")


def is_pure(node: Public) -> bool:
    """Whether it can be shown alone: a function that is handed no store, session or path.

    Classes are shown by their use; a record among them has an example, a store's class has not.
    """
    if isinstance(node, ast.ClassDef):
        return any(dotted(base).endswith("Struct") for base in node.bases) and _is_record(node)
    handed = [arg.annotation for arg in (*node.args.args, *node.args.kwonlyargs)]
    words = {
        dotted(inner).rsplit(".", 1)[-1]
        for annotation in handed
        if annotation is not None
        for inner in ast.walk(annotation)
    }
    return not words & _WORLD and not any("click" in ast.unparse(d) for d in node.decorator_list)


def _is_record(node: ast.ClassDef) -> bool:
    return any(isinstance(step, ast.FunctionDef) for step in node.body)


def _shown(node: Public) -> str:
    """What the docstrings of a function, or of a class and its methods, say."""
    inner = [n for n in ast.walk(node) if isinstance(n, Public)]
    return "\n".join(ast.get_docstring(n) or "" for n in inner)


def without_example() -> tuple[list[str], int]:
    """Pure public names that show nothing, and how many pure public names there are."""
    pure = [
        (f"{name}.{node.name}", _shown(node))
        for name, text in modules().items()
        if not name.startswith(("regie.interfaces", "regie.workspace", "regie.engines"))
        for node in public(text)
        if is_pure(node)
    ]
    return [name for name, doc in pure if ">>>" not in doc], len(pure)


def too_long(module: str, text: str) -> Iterator[Fault]:
    """Functions whose body one cannot see at once."""
    for node in walk(text):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > MOST_LINES:
                yield Fault(module, node.lineno, f"{node.name} has {lines} lines; split it")


def test_what_is_public_says_what_it_is() -> None:
    assert_kept(faults, ESCAPES)


def test_what_is_pure_shows_itself() -> None:
    silent, pure = without_example()
    share = 1 - len(silent) / pure
    assert share >= LEAST_SHARE_WITH_EXAMPLE, f"{share:.0%} of {pure} show an example; not:\n" + (
        "\n".join(silent)
    )


def test_a_function_fits_on_a_screen() -> None:
    assert_kept(too_long, LENGTHS)


def test_they_see_bad_examples() -> None:
    assert [f.says.split(";")[0] for f in faults("m", "def f(): ...\nclass A: ...")] == [
        "is a module without a docstring", "f has no docstring", "A has no docstring",
    ]  # fmt: skip
    assert not list(faults("m", '"""It is."""\ndef _f(): ...\ndef g():\n    """Is."""'))
    long = "def f():\n" + "    x = 1\n" * 71
    assert [f.says for f in too_long("m", long)] == ["f has 71 lines; split it"]
    assert not list(too_long("m", "def f():\n" + "    x = 1\n" * 70))


@pytest.mark.parametrize(
    ("text", "pure"),
    [
        ("def f(x: int) -> int: ...", True),
        ("def f(session: Session) -> int: ...", False),
        ("def f(path: Path | None) -> int: ...", False),
        ("class A(Protocol): ...", False),
    ],
)
def test_pure_is_what_can_be_shown_alone(text: str, pure: bool) -> None:
    (node,) = public(text)
    assert is_pure(node) is pure
