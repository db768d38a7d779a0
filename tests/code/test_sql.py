"""Laws on SQL: never made of text, every file read by a parser, every answer in an order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from tests.code.source import ROOT, Fault, assert_kept, dotted, walk

ESCAPES: dict[tuple[str, str], str] = {}
UNORDERED: dict[str, str] = {
    "workspace/sql/anonymous.sql": "the table sorts the rows that take the place of erased ones",
}
"""Files whose rows need no order, and why."""

_IS_SQL = re.compile(
    r"(?:^|[\s(;])(?:SELECT\s|INSERT INTO\s|DELETE FROM\s|CREATE (?:OR |TEMP |TABLE |VIEW )|DROP "
    r"(?:TABLE|VIEW) |UPDATE \w+ SET|COPY \(|COPY \w+ (?:TO|FROM)|ATTACH |PRAGMA )"
)
_STEP = "write a .sql file with $parameters, or a sqlglot tree"


def faults(module: str, text: str) -> Iterator[Fault]:
    """SQL that text is pasted into."""
    for node in walk(text):
        if not isinstance(node, ast.expr):
            continue
        pasted = (
            (isinstance(node, ast.JoinedStr) and _has_values(node) and _is_sql(node))
            or (
                isinstance(node, ast.BinOp)
                and isinstance(node.op, ast.Add | ast.Mod)
                and any(_is_sql(side) for side in (node.left, node.right))
                and not all(_is_text(side) for side in (node.left, node.right))
            )
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("format", "join", "replace", "format_map")
                and _is_sql(node.func.value)
            )
        )
        if pasted:
            yield Fault(module, node.lineno, f"makes SQL of text; {_STEP}")


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) and _is_text(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _has_values(node: ast.JoinedStr) -> bool:
    return any(isinstance(part, ast.FormattedValue) for part in node.values)


def _is_sql(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and dotted(node.func).endswith("sql_text"):
        return True
    texts = [
        part.value
        for part in (node.values if isinstance(node, ast.JoinedStr) else [node])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    return any(_IS_SQL.search(text) for text in texts)


def test_no_sql_is_made_of_text() -> None:
    assert_kept(faults, ESCAPES)


@pytest.mark.parametrize(
    "bad",
    [
        "x = f'SELECT * FROM {table}'",
        "x = f'''DELETE FROM events WHERE key = '{key}' '''",
        "x = 'SELECT * FROM %s' % table",
        "x = 'SELECT * FROM {}'.format(table)",
        "x = 'SELECT * FROM ' + table",
        "x = where + ' UNION ALL SELECT 1'",
        "x = sql_text('regie.collect', 'events').replace('a', b)",
        "x = sql_text('regie.collect', 'events') + where",
        "x = f'COPY ({query}) TO {path}'",
        "x = f'CREATE OR REPLACE TABLE {name} AS'",
    ],
)
def test_it_sees_a_bad_example(bad: str) -> None:
    assert list(faults("regie.x", bad))


@pytest.mark.parametrize(
    "good",
    [
        "x = 'SELECT * FROM events WHERE key = $key'",
        "x = ('SELECT count(*)' ' FROM events')",
        "x = f'{n} people select nothing from {m}'",
        "x = exp.select('key').from_('events').sql('duckdb')",
    ],
)
def test_it_lets_a_good_example_pass(good: str) -> None:
    assert not list(faults("regie.x", good))


# ---- the files


def files() -> list[Path]:
    return sorted((ROOT / "regie").rglob("*.sql"))


def statements(path: Path) -> list[exp.Expr]:
    """A file’s statements; those of the stores of engines are SQLite’s, the others DuckDB’s."""
    dialect = "sqlite" if path.name in ("state.sql", "accounts.sql", "jobs.sql") else "duckdb"
    # What stands in a trigger gives no rows to anybody.
    text = re.sub(r"^CREATE TEMP TRIGGER.*?^END;", "", path.read_text("utf-8"), flags=re.M | re.S)
    return [s for s in sqlglot.parse(text, dialect=dialect) if s is not None]


def unordered(statement: exp.Expr) -> bool:
    """Whether it gives rows in no order: a SELECT of more than one row without ORDER BY."""
    if not isinstance(statement, exp.Query) or statement.args.get("order"):
        return False
    if isinstance(statement, exp.Select) and not statement.args.get("group"):
        picked = [e.unalias() for e in statement.expressions]
        return not all(_is_one_value(e) for e in picked)
    return True


def _is_one_value(picked: exp.Expr) -> bool:
    """An aggregate of all rows, not of a window, gives one row."""
    aggregates = [a for a in picked.find_all(exp.AggFunc) if not isinstance(a.parent, exp.Window)]
    return bool(aggregates) or not list(picked.find_all(exp.Column, exp.Star))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT / "regie")))
def test_a_file_is_read_and_its_rows_have_an_order(path: Path) -> None:
    name = str(path.relative_to(ROOT / "regie"))
    found = statements(path)
    assert found, f"{name} holds no statement"
    if any(unordered(s) for s in found):
        assert name in UNORDERED, f"{name} gives rows in no order; add ORDER BY, every tie settled"
    else:
        assert name not in UNORDERED, f"{name} is ordered; take it off UNORDERED"


@pytest.mark.parametrize(
    ("sql", "bad"),
    [
        ("SELECT key FROM events", True),
        ("SELECT key FROM events UNION ALL SELECT key FROM events", True),
        ("SELECT key, count(*) FROM events GROUP BY key", True),
        ("SELECT sum(value) OVER () FROM events", True),
        ("SELECT key FROM events ORDER BY key", False),
        ("SELECT count(*) AS n, max(at_us) FROM events", False),
        ("CREATE TABLE a AS SELECT key FROM events", False),
    ],
)
def test_rows_without_an_order_are_seen(sql: str, bad: bool) -> None:
    assert unordered(sqlglot.parse_one(sql, dialect="duckdb")) is bad
