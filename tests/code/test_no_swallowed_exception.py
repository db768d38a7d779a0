"""Law: no exception disappears. A handler names what it expects and answers it.

A handler that catches everything must raise again; one that only passes hides what it caught.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.code.source import Fault, assert_kept, dotted, full_name, imports, walk

ESCAPES: dict[tuple[str, str], str] = {
    ("regie.engines.delta", "catches BaseException"): "raised again in the thread that waits for it"
}

_BROAD = ("Exception", "BaseException")


def faults(module: str, text: str) -> Iterator[Fault]:
    """Handlers that hide what they caught."""
    known = imports(text)
    for node in walk(text):
        if isinstance(node, ast.ExceptHandler):
            caught = "everything" if node.type is None else ast.unparse(node.type)
            broad = node.type is None or any(dotted(n) in _BROAD for n in ast.walk(node.type))
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if broad and not raises:
                yield Fault(module, node.lineno, f"catches {caught} and does not raise; name it")
            elif all(isinstance(step, ast.Pass) or _is_ellipsis(step) for step in node.body):
                yield Fault(module, node.lineno, f"catches {caught} and passes; answer it")
        elif (
            isinstance(node, ast.Call)
            and full_name(node.func, known) == "contextlib.suppress"
            and any(dotted(arg) in _BROAD for arg in node.args)
        ):
            yield Fault(module, node.lineno, "suppresses everything; name what may come")


def _is_ellipsis(step: ast.stmt) -> bool:
    return (
        isinstance(step, ast.Expr)
        and isinstance(step.value, ast.Constant)
        and step.value.value is ...
    )


def test_no_exception_is_swallowed() -> None:
    assert_kept(faults, ESCAPES)


@pytest.mark.parametrize(
    "bad",
    [
        "try:\n    f()\nexcept:\n    x = 1",
        "try:\n    f()\nexcept Exception:\n    x = None",
        "try:\n    f()\nexcept (ValueError, BaseException) as e:\n    x = None",
        "try:\n    f()\nexcept OSError:\n    pass",
        "try:\n    f()\nexcept OSError:\n    ...",
        "import contextlib\nwith contextlib.suppress(Exception):\n    f()",
        "from contextlib import suppress\nwith suppress(BaseException):\n    f()",
    ],
)
def test_it_sees_a_bad_example(bad: str) -> None:
    assert list(faults("regie.x", bad))


@pytest.mark.parametrize(
    "good",
    [
        "try:\n    f()\nexcept Exception:\n    g()\n    raise",
        "try:\n    f()\nexcept OSError:\n    return_value = None",
        "import contextlib\nwith contextlib.suppress(FileNotFoundError):\n    f()",
    ],
)
def test_it_lets_a_good_example_pass(good: str) -> None:
    assert not list(faults("regie.x", good))
