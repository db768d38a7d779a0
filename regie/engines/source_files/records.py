"""Rows that Python read, into a relation, a bounded batch at a time; and what columns are called.

Why in batches made before DuckDB sees them: an error in the middle of a file keeps its type, and
memory holds one batch whatever the file's size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
from arro3.core import Array, DataType, Field, RecordBatch, Schema, Table

from regie.terms.errors import ColumnError, FileError

BATCH_ROWS = 65_536
BATCH_CELLS = 1 << 20
BATCH_LETTERS = 32 << 20
MOST_COLUMNS = 1_000
OWN_COLUMNS = ("row", "unreadable", "aside")
_LONGEST_NAME = 500


class Record(NamedTuple):
    """A row of the file with the number of its first line.

    `aside` is None, or why `unreadable` holds its text: `row` (not the header's cells), `text`
    (not text in the file's encoding), `footer` (below the table).
    """

    row: int
    fields: Sequence[str | None]
    unreadable: str | None = None
    aside: str | None = None


def set_aside(row: int, width: int, text: str, why: str) -> Record:
    """A row that is not read, with its text and the reason.

    Examples
    --------
    >>> set_aside(3, 2, "total", "footer")
    Record(row=3, fields=(None, None), unreadable='total', aside='footer')
    """
    return Record(row, (None,) * width, text, why)


def column(name: str) -> duckdb.Expression:
    """A column by its name, whatever letters are in it: DuckDB itself would split it at a point.

    Examples
    --------
    >>> duckdb.sql('SELECT 1 AS "Réf. 5"').select(column("Réf. 5")).fetchall()
    [(1,)]
    """
    return duckdb.SQLExpression('"' + name.replace('"', '""') + '"')


def column_names(header: Sequence[str], path: Path, row: int = 1) -> list[str]:
    """What the columns are called: as the file has them, but never empty and never ours.

    Raises
    ------
    ColumnError
        If two are called the same, in whatever case.
    FileError
        If there are more than a table has, or a name is longer than a name is.

    Examples
    --------
    >>> column_names(["Row", " id ", ""], Path("f.csv"))
    ['Row_', 'id', 'column3']
    """
    if len(header) > MOST_COLUMNS:
        raise FileError(
            f"{path.name} row {row}",
            f"{len(header)} columns wide",
            f"at most {MOST_COLUMNS} columns",
            "export the columns that are needed",
        ).because("columns_many", n=len(header), most=MOST_COLUMNS)
    names = [
        f"{name}_" if name.casefold() in OWN_COLUMNS else name or f"column{place}"
        for place, name in enumerate((str(name).strip() for name in header), start=1)
    ]
    seen: dict[str, str] = {}
    for name, written in zip(names, header, strict=True):
        if len(name) > _LONGEST_NAME:
            raise FileError(
                f"{path.name} row {row}",
                f"a column's name of {len(name)} letters",
                f"at most {_LONGEST_NAME}",
                "put one line with the columns' names first",
            ).because("no_header", row=row)
        if name.casefold() in seen:
            first, second = (_seen(one) for one in (seen[name.casefold()], str(written)))
            raise ColumnError(
                f'{path.name} row {row}, column "{name}"',
                f'there twice ("{first}", "{second}")',
                "one column of a name",
                "rename one of them in the file",
            )
        seen[name.casefold()] = str(written)
    return names


def _seen(name: str) -> str:
    """A name with the blanks at its ends to be seen, and what has no shape by its number.

    Examples
    --------
    >>> _seen("sku "), _seen("un nom"), _seen("sku\\u200b")
    ('sku␣', 'un nom', 'sku\\\\u200b')
    """
    inner = name.strip()
    before, after = name[: name.find(inner)], name[name.find(inner) + len(inner) :]
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in inner)
    return "␣" * len(before) + shown + "␣" * len(after)


def make_relation(
    con: duckdb.DuckDBPyConnection, name: str, names: Sequence[str], records: Iterator[Record]
) -> None:
    """Make records the relation `name`: the columns as text, then our own."""
    text = DataType.utf8()
    schema = Schema(
        [Field(column, text) for column in names]
        + [Field("row", DataType.int64()), Field("unreadable", text), Field("aside", text)]
    )
    made = False
    for chunk in _chunks(records):
        con.register("incoming_records", Table.from_batches([_batch(schema, len(names), chunk)]))
        incoming = con.table("incoming_records")
        if made:
            incoming.insert_into(name)
        else:
            incoming.create(name)
            made = True
        con.unregister("incoming_records")


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Records in bounded parts; the first part may be empty, so that there always is one."""
    chunk: list[Record] = []
    letters, most, any_yet = 0, BATCH_ROWS, False
    for record in records:
        chunk.append(record)
        letters += len(record.unreadable or "") + sum(map(len, filter(None, record.fields)))
        most = min(BATCH_ROWS, 1 + BATCH_CELLS // (len(record.fields) + 1))
        if len(chunk) >= most or letters > BATCH_LETTERS:
            yield chunk
            chunk, letters, any_yet = [], 0, True
    if chunk or not any_yet:
        yield chunk


def _batch(schema: Schema, width: int, chunk: list[Record]) -> RecordBatch:
    text = DataType.utf8()
    rows, fields, unreadable, aside = zip(*chunk, strict=True) if chunk else ((), (), (), ())
    columns = zip(*fields, strict=True) if chunk else ((),) * width
    arrays = [Array([value or None for value in column], type=text) for column in columns]
    arrays.append(Array(rows, type=DataType.int64()))
    arrays += [Array(unreadable, type=text), Array(aside, type=text)]
    return RecordBatch.from_arrays(arrays, schema=schema)
