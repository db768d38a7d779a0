"""What the footer of a Parquet file tells of its rows, set beside the rows; reads only.

A footer tells of each column of each group of rows the least and the greatest value, and how many
are missing. Readers pass over whole groups by it, so that one changed byte there hides rows that
are all in place: nothing fails, and no seal of a row is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

UNTRUSTING = (
    "statistics_propagation,filter_pushdown,join_filter_pushdown,compressed_materialization"
)
"""DuckDB's optimizers that read less, or otherwise, by what footers tell."""


class Fact(NamedTuple):
    """A value in words, as the rows have it, and as the footer tells it."""

    what: str
    found: Any
    told: Any


def wrong(con: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str] = ()) -> list[Fact]:
    """What a footer tells otherwise than the rows say; of some columns, or of all.

    Raises
    ------
    duckdb.Error
        If the file does not read.
    """
    con.execute("SET disabled_optimizers = $optimizers", {"optimizers": UNTRUSTING})
    stored = con.read_parquet(str(path), file_row_number=True)
    kinds = dict(zip(stored.columns, map(str, stored.types), strict=True))
    names = [name for name in stored.columns if name in columns or not columns]
    names = [name for name in names if name != _PLACE]
    told = con.execute(_TOLD, {"file": str(path)}).fetchall()
    groups = dict(row[:2] for row in told)
    found = _found(stored, names, [groups[group] for group in sorted(groups)])
    return [
        fact
        for row in told
        if row[2] in names
        for fact in _facts(row, found.get(row[0], {}), kinds[row[2]])
        if fact.told is not None and fact.told != fact.found
    ]


_PLACE = "file_row_number"
_TOLD = """
SELECT row_group_id, row_group_num_rows, path_in_schema, num_values, stats_null_count,
       stats_min, stats_min_value, min_is_exact, stats_max, stats_max_value, max_is_exact
FROM parquet_metadata($file)
ORDER BY row_group_id, column_id
"""
_Found = Mapping[str, tuple[Any, Any, int]]
"""Column to its least and greatest value, and how many there are."""


def _found(
    stored: duckdb.DuckDBPyRelation, names: Sequence[str], rows: Sequence[int]
) -> dict[int, _Found]:
    """By group of rows, in one reading: a row's group is looked up by its place in the file."""
    begins = list(accumulate(rows, initial=0))
    unit = max(1, gcd(*begins[:-1]) or begins[-1])
    of_unit = [group for group, count in enumerate(rows) for _ in range(-(-count // unit))]
    place = ColumnExpression(_PLACE) // ConstantExpression(unit) + ConstantExpression(1)
    group = FunctionExpression("list_extract", ConstantExpression(of_unit), place).alias(_GROUP)
    columns = [ColumnExpression(name) for name in names]
    asked = [FunctionExpression(how, one) for one in columns for how in ("min", "max", "count")]
    grouped = stored.select(group, *columns).aggregate([ColumnExpression(_GROUP), *asked], _GROUP)
    return {
        first: {name: tuple(rest[3 * n : 3 * n + 3]) for n, name in enumerate(names)}
        for first, *rest in grouped.fetchall()
    }


_GROUP = "group_of_rows"


def _facts(row: Sequence[Any], found: _Found, kind: str) -> Iterator[Fact]:
    group, rows, name, values, none, *ends = row
    least, greatest, held = found.get(name, (None, None, 0))
    where = f"{name} of group {group}"
    yield Fact(f"values of {where}", rows, values)
    yield Fact(f"missing values of {where}", rows - held, none)
    for what, end, (older, newer, is_exact) in (
        ("least", least, ends[:3]), ("greatest", greatest, ends[3:]),
    ):  # fmt: skip
        for text in (one for one in (older, newer) if one is not None):
            told = _read(text, kind)
            if is_exact is False and end is not None and (told > end) == (what == "greatest"):
                continue  # cut short where it is long: it may lie beyond
            yield Fact(f"{what} value of {where}", end, told)


def _read(text: str, kind: str) -> Any:
    """A value as DuckDB writes it out, in its own type.

    Examples
    --------
    >>> _read("12", "BIGINT"), _read("a\\\\x00", "BLOB"), _read("a", "VARCHAR")
    (12, b'a\\x00', 'a')
    """
    if kind == "BLOB":
        plain = re.sub(r"\\x([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)
        return plain.encode("latin-1", "replace")
    return int(text) if kind == "BIGINT" else float(text) if kind == "DOUBLE" else text
