"""Law: money is never a float.

The rule that a syntax tree can hold: a name that ends in `micros` is not declared as a float, is
not given a value made with a float (a literal like .5, `/`, float(), a mean), and is not multiplied
by one. Micros by micros are a share and no money: that may stand where it is not called micros.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.code.source import Fault, assert_kept, dotted, walk

ESCAPES: dict[tuple[str, str], str] = {
    ("regie.words.formats", "micros is declared a float"): (
        "a mean that is shown may fall between two micros; nothing is counted with it"
    ),
    ("regie.understand.wording", "micros is made with a float"): (
        "a rule's bound is written in units; it becomes micros only to be told"
    ),
}

_FLOATS = ("float", "Floats", "float64", "np.float64")
_STEP = "keep micros in whole numbers (//)"


def faults(module: str, text: str) -> Iterator[Fault]:
    """Names of money that are, or are made with, floats."""
    for node in walk(text):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            name = node.arg if isinstance(node, ast.arg) else dotted(node.target)
            if _is_money(name) and _says_float(node.annotation):
                yield Fault(module, node.lineno, f"{name} is declared a float; {_STEP}")
        if isinstance(node, ast.FunctionDef) and _is_money(node.name) and _says_float(node.returns):
            yield Fault(module, node.lineno, f"{node.name} returns a float; {_STEP}")
        for name, value in _given(node):
            if _is_money(name) and _makes_float(value):
                yield Fault(module, value.lineno, f"{name} is made with a float; {_STEP}")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if _is_money(dotted(one)) and _is_float_literal(other):
                    yield Fault(module, node.lineno, f"{dotted(one)} times a float; {_STEP}")


def _is_money(name: str) -> bool:
    return name.rsplit(".", 1)[-1].endswith("micros")


def _says_float(annotation: ast.AST | None) -> bool:
    return annotation is not None and any(dotted(node) in _FLOATS for node in ast.walk(annotation))


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield dotted(target), node.value
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
        yield dotted(node.target), node.value
    elif isinstance(node, ast.keyword) and node.arg is not None:
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def _makes_float(value: ast.expr) -> bool:
    return any(
        _is_float_literal(node)
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
        or (isinstance(node, ast.Call) and dotted(node.func) in (*_FLOATS, "np.mean", "mean"))
        for node in _of_the_value(value)
    )


def _of_the_value(value: ast.expr) -> Iterator[ast.AST]:
    """The nodes that make a value; what is compared or indexed only chooses it."""
    yield value
    if isinstance(value, ast.Compare | ast.Lambda | ast.JoinedStr):
        return
    children: list[ast.AST] = list(ast.iter_child_nodes(value))
    if isinstance(value, ast.Subscript):
        children = [value.value]
    if isinstance(value, ast.IfExp):
        children = [value.body, value.orelse]
    if isinstance(value, ast.Call) and dotted(value.func) in ("int", "round", "Format"):
        children = [] if dotted(value.func) == "Format" else list(value.args)
    for child in children:
        if isinstance(child, ast.expr):
            yield from _of_the_value(child)


def _is_float_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def test_money_is_never_a_float() -> None:
    assert_kept(faults, ESCAPES)


@pytest.mark.parametrize(
    "bad",
    [
        "class A:\n    cost_micros: float",
        "def f(value_micros: float | None) -> int: ...",
        "def budget_micros() -> float: ...",
        "def f(cost_micros: npt.NDArray[np.float64]) -> None: ...",
        "cost_micros = 0.0",
        "cost_micros = total / 3",
        "x = Cost(cost_micros=float(y))",
        "row = {'value_micros': 1.5 * n}",
        "self.cost_micros += spent / 2",
        "x = cost_micros * 0.2",
        "x = 1.2 * row.value_micros",
    ],
)
def test_it_sees_a_bad_example(bad: str) -> None:
    assert list(faults("regie.x", bad))


@pytest.mark.parametrize(
    "good",
    [
        "cost_micros = total // 3",
        "share = cost_micros / budget_micros",
        "cost_micros = int(found['cost'][0])",
        "def f(cost_micros: int, share: float) -> float: ...",
        "a_micros = b_micros if share > 0.5 else 0",
    ],
)
def test_it_lets_a_good_example_pass(good: str) -> None:
    assert not list(faults("regie.x", good))
