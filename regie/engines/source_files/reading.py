"""One entry for every file that people bring; reads the file, makes a relation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from duckdb import ConstantExpression

from regie.engines.source_files.contents import contents_of
from regie.engines.source_files.paths import check_file
from regie.engines.source_files.records import column
from regie.engines.source_files.values import decimal_marks, mojibake_in
from regie.ports.source import Line, SourceForm

SHOWN_FOOTER = 20


def read_source(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, options: Mapping[str, Any]
) -> SourceForm:
    """Make a file the relation `name`: its columns, `row`, `unreadable`, `aside`; what it is like.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the relation is made.
    name : str
        Its name.
    path : Path
        CSV, TSV, JSON lines (also an array of objects), any of these in gzip, Excel or Parquet: by
        what is in the file, then by the ending of its name.
    options : Mapping[str, Any]
        CSV: `delimiter` (else the one that splits the first lines most regularly), `encoding` (else
        found in the bytes), `header` (default true; else columns are column1, column2 …). Excel:
        `sheet` (else the first).

    Returns
    -------
    SourceForm
        What was found. Every row of the file is a row of the relation, apart from blank lines and
        the preamble; what is set aside has its text in `unreadable` and why in `aside`.

    Raises
    ------
    FileError
        If the file is missing, empty, without a header, binary, too large, or of another kind.
    ColumnError
        If two columns have one name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "prices.csv"
    >>> _ = path.write_text("Prices of June\\n\\nid;price\\nA1;2,55\\nTotal;\\n")
    >>> con = duckdb.connect()
    >>> form = read_source(con, "prices", path, {})
    >>> form.delimiter, form.header_row, form.decimals, form.footer[0].text
    (';', 3, {'price': ','}, 'Total;')
    >>> con.table("prices").fetchall()
    [('A1', '2,55', 4, None, None), (None, None, 5, 'Total;', 'footer')]
    """
    check_file(path)
    kind, compressed = contents_of(path)
    suspect = True
    if kind == "parquet":
        from regie.engines.source_files.parquet import read_parquet

        form = read_parquet(con, name, path)
    elif kind == "excel":
        from regie.engines.source_files.workbooks import read_workbook

        form = read_workbook(con, name, path, options)
    elif kind == "json":
        from regie.engines.source_files.json_lines import read_json

        form, suspect = read_json(con, name, path, compressed, options)
    else:
        from regie.engines.source_files.delimited import read_delimited

        form, suspect = read_delimited(con, name, path, compressed, options)
    relation = con.table(name)
    return msgspec.structs.replace(
        form,
        compressed=compressed,
        footer=_footer(relation),
        undecoded=_count(relation, "text"),
        decimals=decimal_marks(relation, form.columns),
        mojibake=mojibake_in(relation, form.columns) if suspect else (),
    )


def _footer(relation: duckdb.DuckDBPyRelation) -> tuple[Line, ...]:
    below = relation.filter(column("aside") == ConstantExpression("footer"))
    found = below.select("row", "unreadable").order("row").limit(SHOWN_FOOTER).fetchall()
    return tuple(Line(row, text) for row, text in found)


def _count(relation: duckdb.DuckDBPyRelation, why: str) -> int:
    count: int = relation.filter(column("aside") == ConstantExpression(why)).shape[0]
    return count
