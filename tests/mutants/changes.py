"""What is changed: every small wrong version of a Python module or of a SQL statement; pure.

Why our own: the known tools start a test run anew for each change, or write it into a copy of the
tree; here a warm process forks, so that a change costs what its tests cost. And SQL, where the
figures of `measure` are made, is read by none of them.

Left alone, since a wrong one says nothing of a test: docstrings and other text, annotations,
imports, `__all__`, and what a class says of itself in its header. In SQL the names of columns.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

import msgspec
import sqlglot
from sqlglot import exp


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong version of a file.

    Parameters
    ----------
    file : str
        As `regie/decide/policy.py`.
    place : str
        Function or class it lies in; empty at the top of a module.
    lines : range
        Of the statement it lies in, 1-based; empty in SQL, which is read as a tree.
    was, now : str
        What stands there and what is put there, as code.
    whole : ast.Module or str
        The file so changed: a Python module's tree with its old line numbers, a statement's text.
    in_function : bool
        Whether it lies in a function's body: it can then be put into a loaded module.
    """

    file: str
    place: str
    lines: range
    was: str
    now: str
    whole: ast.Module | str
    in_function: bool = False


_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "argmax": "argmin", "zeros": "ones",
    "ones": "zeros", "minimum": "maximum", "maximum": "minimum", "zeros_like": "ones_like",
    "sum": "max", "isinf": "isnan", "isfinite": "isnan",
}  # fmt: skip
Node = ast.AST


def of_python(file: str, text: str) -> Iterator[Change]:
    """Every wrong version of a Python module, in its order.

    Examples
    --------
    >>> code = "def f(a):\\n    return a < 3\\n"
    >>> [(c.was, c.now) for c in of_python("m.py", code)]
    [('return a < 3', 'return None'), ('a < 3', 'a <= 3'), ('a < 3', 'a >= 3'), ('3', '4')]
    """
    tree = ast.parse(text)
    for node, parents in _nodes(tree, ()):
        for put in _wrong(node, parents):
            place = [p.name for p in parents if isinstance(p, ast.FunctionDef | ast.ClassDef)]
            was, now = _told(node, put)
            yield Change(
                file=file,
                place=".".join(place),
                lines=_lines((*parents, node)),
                was=was,
                now=now,
                whole=_with(tree, node, put),
                in_function=any(isinstance(p, ast.FunctionDef) for p in parents),
            )


def _nodes(node: Node, parents: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node that may be changed, outer ones first, with those around it."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        if isinstance(node, ast.ClassDef) and name != "body":
            continue
        if isinstance(node, ast.FunctionDef) and name == "args":
            # Its defaults are made where the function is: at the top of the module.
            for default in (*value.defaults, *(d for d in value.kw_defaults if d)):
                yield default, (*parents, value)
                yield from _nodes(default, (*parents, value, default))
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _left_alone(child):
                yield child, (*parents, node)
                yield from _nodes(child, (*parents, node))


def _lines(path: tuple[Node, ...]) -> range:
    """The lines of the innermost statement; of one with a body those of its head."""
    inside = next((node for node in reversed(path) if isinstance(node, ast.stmt)), path[-1])
    first, last = getattr(inside, "lineno", 0), getattr(inside, "end_lineno", 0)
    body = getattr(inside, "body", None)
    return range(first, max(first, body[0].lineno - 1 if body else last) + 1)


def _left_alone(node: Node) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        name = getattr(node.targets[0], "id", "")
        return name == "__all__" or (name[:1].isupper() and isinstance(node.value, ast.Subscript))
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr | ast.expr_context)


def _wrong(node: Node, parents: tuple[Node, ...]) -> Iterator[Node]:
    """What is put in a node's place."""
    if isinstance(node, ast.expr):
        yield from _wrong_value(node, parents)
    elif isinstance(node, ast.Return) and node.value is not None and not _is(node.value, None):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Expr | ast.Raise):
        yield ast.Pass()
    elif isinstance(node, ast.AugAssign) and type(node.op) in _RECKONED:
        yield _but(node, op=_RECKONED[type(node.op)]())
    elif isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.comprehension):
        for n in range(len(node.ifs)):
            yield _but(node, ifs=[*node.ifs[:n], *node.ifs[n + 1 :]])


def _wrong_value(node: ast.expr, parents: tuple[Node, ...]) -> Iterator[Node]:
    if isinstance(node, ast.Compare) and len(node.ops) >= 1:
        for n, op in enumerate(node.ops):
            for other in _COMPARED[type(op)]:
                yield _but(node, ops=[*node.ops[:n], other(), *node.ops[n + 1 :]])
    elif isinstance(node, ast.BinOp):
        if type(node.op) in _RECKONED and not _of_text(node) and not _of_types(node, parents):
            yield _but(node, op=_RECKONED[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _but(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield _but(node, body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.Constant):
        yield from _wrong_constant(node)
    elif isinstance(node, ast.Call):
        yield from _wrong_call(node)


def _wrong_constant(node: ast.Constant) -> Iterator[Node]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)


def _wrong_call(node: ast.Call) -> Iterator[Node]:
    for n, word in enumerate(node.keywords):
        if word.arg:
            yield _but(node, keywords=[*node.keywords[:n], *node.keywords[n + 1 :]])
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _NAMES:
        field = "attr" if isinstance(node.func, ast.Attribute) else "id"
        yield _but(node, func=_but(node.func, **{field: _NAMES[name]}))


def _of_text(node: ast.BinOp) -> bool:
    """Whether it joins text: another operator would only be an error of types."""
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in sides
    )


def _of_types(node: ast.BinOp, parents: tuple[Node, ...]) -> bool:
    """Whether it joins types, `int | float`."""
    return isinstance(node.op, ast.BitOr) and any(
        isinstance(p, ast.Call) and getattr(p.func, "id", "") == "isinstance" for p in parents
    )


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _but(node: Node, **changed: object) -> Node:
    other = copy.copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other


def _shown(node: Node) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())


def _told(node: Node, put: Node) -> tuple[str, str]:
    """What stood there and what stands there now; of an argument left out only that one."""
    if isinstance(node, ast.Call) and isinstance(put, ast.Call):
        gone = [word for word in node.keywords if word not in put.keywords]
        if gone:
            called = _shown(node.func)
            return f"{called}({_shown(gone[0])})", f"{called}()"
    return _shown(node), _shown(put)


def _with(tree: ast.Module, node: Node, put: Node) -> ast.Module:
    """The tree with one node replaced; the tree given stays as it is."""

    class Put(ast.NodeTransformer):
        def visit(self, visited: Node) -> Node:
            return ast.copy_location(put, node) if visited is node else _rebuilt(self, visited)

    made = Put().visit(tree)
    assert isinstance(made, ast.Module)
    return ast.fix_missing_locations(made)


def _rebuilt(put: ast.NodeTransformer, node: Node) -> Node:
    changed = {
        name: [put.visit(v) if isinstance(v, ast.AST) else v for v in value]
        if isinstance(value, list)
        else put.visit(value)
        for name, value in ast.iter_fields(node)
        if isinstance(value, list | ast.AST)
    }
    return _but(node, **changed)


# ---- SQL

_SQL_PUT: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.And: exp.Or,
    exp.Or: exp.And,
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.IntDiv: exp.Mul,
    exp.Div: exp.Mul,
    exp.Mul: exp.Div,
    exp.Sum: exp.Max,
    exp.Min: exp.Max,
    exp.Max: exp.Min,
}


def of_sql(file: str, text: str) -> Iterator[Change]:
    """Every wrong version of a SQL statement, in the order of its tree.

    Examples
    --------
    >>> text = "SELECT sum(a) AS a FROM t WHERE b = 1 AND c >= $c ORDER BY a"
    >>> [f"{c.was}: {c.now}" for c in of_sql("q.sql", text)][:3]
    ['ORDER BY a: ', 'SUM(a): MAX(a)', 'b = 1 AND c >= $c: b = 1 OR c >= $c']
    """
    tree = sqlglot.parse_one(text, dialect="duckdb")
    stands = _sql(tree)
    for n, node in enumerate(tree.walk()):
        for wrong in _sql_wrong(node):
            made = tree.copy()
            place = next(other for m, other in enumerate(made.walk()) if m == n)
            was = _sql(node)
            now = wrong(place)
            changed = _sql(made)
            if changed != stands:
                yield Change(file=file, place="", lines=range(0), was=was, now=now, whole=changed)


Wrong = Callable[[exp.Expr], str]
"""Changes a node where it stands and returns what stands there now."""


def _sql_wrong(node: exp.Expr) -> Iterator[Wrong]:
    other = _SQL_PUT.get(type(node))
    if other is not None:
        yield _put(lambda n: other(**n.args))
    if isinstance(node, exp.And):
        yield _put(lambda n: n.this)
        if not isinstance(node.this, exp.And):
            yield _put(lambda n: n.expression)
    if isinstance(node, exp.Not | exp.Filter | exp.Coalesce | exp.Nullif):
        yield _put(lambda n: n.this)
    if isinstance(node, exp.Distinct):  # count(DISTINCT a), or SELECT DISTINCT
        yield _put(lambda n: n.expressions[0]) if node.expressions else _gone
    if isinstance(node, exp.Literal):
        yield _put(_another)
    if isinstance(node, exp.In | exp.Order | exp.Group | exp.GroupingSets):
        for i in range(len(node.expressions)):
            yield _without(i)
    if type(node) in _SQL_TURNED:
        yield _SQL_TURNED[type(node)]


def _put(make: Callable[[exp.Expr], exp.Expr]) -> Wrong:
    def wrong(node: exp.Expr) -> str:
        made = make(node).copy()
        node.replace(made)
        return _sql(made)

    return wrong


def _another(node: exp.Expr) -> exp.Expr:
    return exp.Literal.string("x") if node.is_string else exp.Literal.number(int(node.name) + 1)


def _without(place: int) -> Wrong:
    def wrong(node: exp.Expr) -> str:
        kept = [one for i, one in enumerate(node.expressions) if i != place]
        if not kept and isinstance(node, exp.Order | exp.Group):
            return _gone(node)
        node.set("expressions", kept)
        return _sql(node)

    return wrong


def _gone(node: exp.Expr) -> str:
    node.pop()
    return ""


def _swapped(node: exp.Expr) -> str:
    """The first condition of a CASE turned round."""
    first = node.args["ifs"][0]
    first.set("this", exp.Not(this=exp.Paren(this=first.this.copy())))
    return _sql(node)


def _joined(node: exp.Expr) -> str:
    node.set("side", None if node.args.get("side") else "LEFT")
    return _sql(node)


def _turned(node: exp.Expr) -> str:
    node.set("desc", not node.args.get("desc"))
    return _sql(node)


_SQL_TURNED: dict[type[exp.Expr], Wrong] = {
    exp.Case: _swapped,
    exp.Join: _joined,
    exp.Ordered: _turned,
    exp.Limit: _gone,
}


def _sql(node: exp.Expr) -> str:
    return " ".join(node.sql("duckdb", comments=False).split())
