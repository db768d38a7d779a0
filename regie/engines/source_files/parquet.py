"""Parquet as a relation; reads the file.

Why every value is looked at once before the relation is a view of the file: a damaged page shows
itself only when it is read, and it must be this file's error before anything was understood of it.
A copy would show it as well, and costs five times as much.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import ConstantExpression

from regie.engines.source_files.contents import not_parquet
from regie.engines.source_files.records import column, column_names
from regie.ports.source import SourceForm


def read_parquet(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> SourceForm:
    """Make the file the relation `name`, with its types.

    Raises
    ------
    FileError
        If it is damaged, or Parquet in nothing but its first bytes.
    """
    try:
        source = con.read_parquet(str(path), file_row_number=True)
        columns = source.columns
        names = column_names(columns[:-1], path)
        # DuckDB itself renames a column of the file that would collide with the row number.
        kept = [
            column(brought).alias(own) for brought, own in zip(columns[:-1], names, strict=True)
        ]
        row = (column(columns[-1]) + ConstantExpression(1)).alias("row")
        nothing = ConstantExpression(None).cast(duckdb.sqltype("VARCHAR"))
        rows = source.select(*kept, row, nothing.alias("unreadable"), nothing.alias("aside"))
        rows.aggregate("bit_xor(hash(COLUMNS(*)))").fetchall()
        rows.create_view(name)
    except (duckdb.Error, UnicodeDecodeError) as error:  # a damaged name of a column is no text
        raise not_parquet(path.name) from error
    return SourceForm(kind="parquet", columns=tuple(names))
