"""What a typed question names, and what of it is no part of the tables.

Why not leave it to DuckDB's locks: they keep a question from the disk and from other settings, but
its catalogue still tells of the machine (folders, memory, settings), and of rows that are on their
way out. So a question may name the tables it is told of, functions that make rows out of what they
are given, and functions of values; whatever else DuckDB has or gets is outside. The question is
read by DuckDB's own parser, so that nothing can mean one thing here and another there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, NamedTuple

import duckdb

from regie.terms.errors import SettingError

ROW_MAKERS = frozenset((
    "generate_series", "histogram", "histogram_values", "json_each", "json_tree", "range",
    "repeat", "repeat_row", "unnest",
))  # fmt: skip
"""Table functions that make rows out of what they are given."""

_CLOCK_AND_CHANCE = (
    "current_date", "current_localtime", "current_localtimestamp", "error", "gen_random_uuid",
    "get_current_time", "get_current_timestamp", "now", "random", "setseed", "today",
    "transaction_timestamp", "uuid", "uuidv4", "uuidv7",
)  # fmt: skip
_OF_THE_MACHINE = (
    "current_setting", "getenv", "getvariable", "json_execute_serialized_sql",
    "json_serialize_plan", "parse_duckdb_log_message", "version",
)  # fmt: skip
_OUTSIDE = """
    SELECT DISTINCT lower(function_name) FROM duckdb_functions()
    WHERE function_type NOT IN ('scalar', 'aggregate', 'macro')
      OR function_type = 'scalar' AND stability <> 'CONSISTENT'
      OR function_type = 'macro' AND (schema_name <> 'main'
        OR regexp_matches(function_name, '^(current_|session_|user$|inet_|pg_|has_|get_)'))
"""
"""Functions that depend on more than what they are given, as DuckDB knows of itself."""

Walked = tuple[Any, frozenset[str]]


class Outside(NamedTuple):
    """Names of what no question may name, sorted."""

    tables: tuple[str, ...]
    functions: tuple[str, ...]


def outside(con: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str]) -> Outside:
    """What one SELECT names beside the tables and functions of values.

    Parameters
    ----------
    tables : Collection[str]
        The names a question may read from.

    Raises
    ------
    SettingError
        If it is nested too deeply to be looked through.

    Examples
    --------
    >>> con = duckdb.connect()
    >>> outside(con, "WITH a AS (FROM events) SELECT upper(kind), now() FROM a", ["events"])
    Outside(tables=(), functions=())
    >>> outside(con, "SELECT getvariable('x') FROM duckdb_settings(), pg_tables", ["events"])
    Outside(tables=('pg_tables',), functions=('duckdb_settings', 'getvariable'))
    """
    told = con.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchall()[0][0]
    try:
        tree = json.loads(told)
    except RecursionError as error:
        raise SettingError("query", "nested too deeply", "less", "write it in parts") from error
    if tree["error"]:
        raise SettingError(
            "query",
            f"not understood ({tree['error_message']})",
            "one SELECT in DuckDB's dialect",
            "correct it",
        )
    readable = {name.casefold() for name in tables}
    refused = _refused()
    nodes = list(_nodes(tree))
    return Outside(
        tuple(sorted({name for node, made in nodes for name in _tables(node, readable | made)})),
        tuple(sorted({name for node, _ in nodes for name in _functions(node, refused)})),
    )


@cache
def _refused() -> frozenset[str]:
    """Functions that tell more than what they are given does; asked once, it takes a while."""
    with duckdb.connect() as con:
        known = {name for (name,) in con.execute(_OUTSIDE).fetchall()}
    return frozenset((known - {*_CLOCK_AND_CHANCE} | {*_OF_THE_MACHINE}) - ROW_MAKERS)


def _nodes(tree: Any) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Every part of a question, each with the names that WITH made for it."""
    waiting: list[Walked] = [(tree, frozenset())]
    while waiting:
        node, made = waiting.pop()
        if isinstance(node, list):
            waiting += [(one, made) for one in node]
        elif isinstance(node, dict):
            yield node, made
            waiting += _below(node, made)


def _tables(node: dict[str, Any], readable: Collection[str]) -> Iterator[str]:
    if node.get("type") == "BASE_TABLE":
        # No name with a schema is one of ours: WITH makes none, and nobody needs it for a table.
        path = [node[part] for part in ("catalog_name", "schema_name", "table_name") if node[part]]
        if len(path) > 1 or path[0].casefold() not in readable:
            yield ".".join(path)
    elif node.get("type") == "SHOW_REF" and not node["query"]:
        yield "SHOW"


def _functions(node: dict[str, Any], refused: Collection[str]) -> Iterator[str]:
    if node.get("type") == "TABLE_FUNCTION":
        name = node["function"].get("function_name", "")
        if name.casefold() not in ROW_MAKERS:
            yield name
    elif node.get("class") == "FUNCTION" and node["function_name"].casefold() in refused:
        yield node["function_name"]


def _below(node: dict[str, Any], made: frozenset[str]) -> list[Walked]:
    """The parts of a node, each with the names that WITH made for it, and no part before."""
    found: list[Walked] = []
    named = node.get("cte_map")
    for one in named["map"] if named else ():
        found.append((one["value"], made))
        made |= {one["key"].casefold()}
    own = node.get("cte_name") if node.get("type") == "RECURSIVE_CTE_NODE" else None
    for key, part in node.items():
        if key != "cte_map":
            # The first half of a recursion does not see what it begins.
            found.append((part, made | {own.casefold()} if own and key == "right" else made))
    return found
