"""CSV and its kin as a relation; reads the file.

Why CSV has two ways: DuckDB reads a clean file ten times faster, but of a broken one it drops lines
without saying which as a person counts them, or fails as a whole. So a file that is not one clean
line per row is split here: a line that cannot be split is set aside with its number and its text,
the next line is read as if nothing had happened, and a quote that never closes costs one line, not
the rest of the file. A law says that both ways give the same rows of a clean file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from duckdb import ConstantExpression

from regie.engines.source_files.layout import (
    FOOTER_LINES,
    Layout,
    Lines,
    begins_with_data,
    first_lines,
    footer_start,
    layout_of,
    mark_footer,
    split,
    without_header,
)
from regie.engines.source_files.records import Record, column, column_names, make_relation
from regie.engines.source_files.text import encoding_of, scan, text_lines
from regie.ports.source import SourceForm
from regie.terms.errors import FileError


def read_delimited(
    con: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    compressed: bool,
    options: Mapping[str, Any],
) -> tuple[SourceForm, bool]:
    """Make the file the relation `name`; its form, and whether mojibake is worth a look.

    Raises
    ------
    FileError
        If it is blank, binary or has no header, its first row being data already.
    ColumnError
        If two columns have one name.
    """
    seen = scan(path, compressed)
    encoding = options.get("encoding") or encoding_of(path, compressed, seen)
    looked_at, lines = first_lines(text_lines(path, compressed, encoding))
    if not any(line.strip() for line in looked_at):
        raise FileError(path.name, "blank", "a header and rows", "export the file again").because(
            "empty"
        )
    header = options.get("header", True)
    layout = layout_of(looked_at, options.get("delimiter", ""), header)
    form = SourceForm(
        kind="csv",
        columns=(),
        encoding=encoding,
        delimiter=layout.delimiter,
        header_row=layout.header_row,
        preamble=layout.preamble,
    )
    first, records = _header(path, Lines(lines), layout)
    if header:
        below = split(Lines(looked_at[layout.header_row :]), layout.delimiter, any_width=True)
        if begins_with_data(first.fields, [record.fields for record in below]):
            raise without_header(f"{path.name} row {first.row}", first.fields)
        names = column_names([field or "" for field in first.fields], path, first.row)
    else:
        names = [f"column{place}" for place in range(1, len(first.fields) + 1)]
        records = chain([first], records)
    form = msgspec.structs.replace(form, columns=tuple(names))
    clean = header and seen.plain and encoding == "utf-8" and seen.utf8 and first.row == 1
    form = msgspec.structs.replace(form, compressed=compressed)
    if not (clean and _read_clean(con, name, path, form, seen.lines)):
        make_relation(con, name, names, mark_footer(records, layout.delimiter, len(names)))
    return form, seen.suspect or encoding != "utf-8"


def _header(path: Path, lines: Lines, layout: Layout) -> tuple[Record, Iterator[Record]]:
    lines.skip(max(layout.header_row - 1, 0))
    records = split(lines, layout.delimiter)
    first = next(records)
    if first.unreadable is not None:
        raise FileError(
            f"{path.name} row {first.row}",
            f'"{first.unreadable}"',
            "a header",
            "put one line with the columns' names first",
        ).because("no_header", row=first.row)
    return first, records


def _read_clean(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, form: SourceForm, lines: int
) -> bool:
    """Read the file if every line is one row and none is a footer, by DuckDB; whether it is."""
    if len(form.columns) == 1:  # one column: a blank line would be a row
        return False
    source = con.read_csv(
        str(path),
        columns=dict.fromkeys(form.columns, "VARCHAR"),
        header=True,
        delimiter=form.delimiter,
        quotechar='"',
        escapechar='"',
        strict_mode=True,
        auto_detect=False,
        null_padding=False,
        compression="gzip" if form.compressed else "none",
    )
    nothing = ConstantExpression(None).cast(duckdb.sqltype("VARCHAR"))
    con.begin()
    try:
        source.select(
            *map(column, form.columns),
            duckdb.SQLExpression("row_number() OVER () + 1").alias("row"),
            nothing.alias("unreadable"),
            nothing.alias("aside"),
        ).create(name)
        # With blank lines, or fields over several lines, a row's number is not its line.
        clean = con.table(name).shape[0] == lines - 1 and not _has_footer(con, name, form)
    except duckdb.Error:
        clean = False
    if clean:
        con.commit()
    else:
        con.rollback()
    return clean


def _has_footer(con: duckdb.DuckDBPyConnection, name: str, form: SourceForm) -> bool:
    table = con.table(name)
    count = table.shape[0]
    rows = table.limit(FOOTER_LINES, max(count - FOOTER_LINES, 0)).fetchall()
    last = [Record(row[-3], row[:-3]) for row in rows]
    return footer_start(last, form.delimiter, len(form.columns)) < len(last)
