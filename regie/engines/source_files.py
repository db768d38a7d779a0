"""Files that people bring (CSV, Excel, Parquet) as DuckDB relations; reads the file, nothing else.

Why CSV has two ways: DuckDB reads a clean file ten times faster, but of a broken one it drops lines
without saying which as a person counts them, or fails as a whole. So a file that is not one clean
line per row is split here: a line that cannot be split is set aside with its number and its text,
the next line is read as if nothing had happened, and a quote that never closes costs one line, not
the rest of the file. A law says that both ways give the same rows of a clean file.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema

from regie.ports.source import SourceForm
from regie.terms.errors import ColumnError, FileError, SettingError

BATCH_ROWS = 65_536
SNIFF_BYTES = 1_024
BLOCK_BYTES = 1 << 20
MAX_RECORD_LINES = 200
"""A quoted field may run over so many lines; beyond, the quote is taken for a stray one."""

OWN_COLUMNS = ("row", "unreadable")
DELIMITERS = ",;\t|"


class _Record(NamedTuple):
    """A row of the file with the number of its first line."""

    row: int
    fields: Sequence[str | None]
    unreadable: str | None


def read_source(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, options: Mapping[str, Any]
) -> SourceForm:
    """Make a file the relation `name`: its columns, `row` and `unreadable`; what it looks like.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the relation is made.
    name : str
        Its name.
    path : Path
        A .csv, .tsv, .txt, .xlsx, .xls, .ods or .parquet file.
    options : Mapping[str, Any]
        CSV: `delimiter` (else the one that splits the header most), `encoding` (else UTF-8, or
        UTF-16 by its mark), `header` (default true; else columns are column1, column2 …). Excel:
        `sheet` (else the first).

    Raises
    ------
    FileError
        If the file is missing, empty, without a header, binary, or of another kind.
    ColumnError
        If two columns have one name.
    """
    _check_there(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        _read_parquet(con, name, path)
        kind = "parquet"
    elif suffix in (".csv", ".tsv", ".txt"):
        _read_csv(con, name, path, options)
        kind = "csv"
    elif suffix in (".xlsx", ".xls", ".ods"):
        _read_records(con, name, *_excel_records(path, options))
        kind = "excel"
    else:
        raise FileError(
            path.name,
            f'a file ending in "{suffix}"',
            "CSV, Excel or Parquet",
            "save it as one of these",
        )
    columns = [column for column in con.table(name).columns if column not in OWN_COLUMNS]
    return SourceForm(kind=kind, columns=tuple(columns))


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise FileError(
            str(path), "not there" if not path.exists() else "a folder", "a file", "check the path"
        )
    if path.stat().st_size == 0:
        raise FileError(path.name, "empty", "a header and rows", "export the file again")


def _read_parquet(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    try:
        source = con.read_parquet(str(path), file_row_number=True)
    except duckdb.Error as error:
        raise FileError(
            path.name, "not Parquet inside", "a Parquet file", "export the file again"
        ) from error
    columns = source.columns
    # DuckDB itself renames a column of the file that would collide with the row number.
    number = columns[-1]
    kept = [
        duckdb.ColumnExpression(column).alias(own)
        for column, own in zip(columns[:-1], _names(columns[:-1], path), strict=True)
    ]
    row = (duckdb.ColumnExpression(number) + duckdb.ConstantExpression(1)).alias("row")
    unreadable = duckdb.ConstantExpression(None).cast(duckdb.sqltype("VARCHAR"))
    source.select(*kept, row, unreadable.alias("unreadable")).create_view(name)


def _names(header: Sequence[str], path: Path) -> list[str]:
    names = [
        f"{name}_" if name.casefold() in OWN_COLUMNS else name or f"column{place}"
        for place, name in enumerate((str(name).strip() for name in header), start=1)
    ]
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen:
            raise ColumnError(
                f'{path.name} row 1, column "{name}"',
                f'there twice ("{seen[name.casefold()]}", "{name}")',
                "one column of a name",
                "rename one of them in the file",
            )
        seen[name.casefold()] = name
    return names


def _read_records(
    con: duckdb.DuckDBPyConnection, name: str, names: Sequence[str], records: Iterator[_Record]
) -> None:
    text = DataType.utf8()
    schema = Schema(
        [Field(column, text) for column in names]
        + [Field("row", DataType.int64()), Field("unreadable", text)]
    )
    reader = RecordBatchReader.from_batches(schema, _batches(schema, len(names), records))
    con.register("incoming_records", reader)
    con.table("incoming_records").create(name)
    con.unregister("incoming_records")


def _batches(schema: Schema, width: int, records: Iterator[_Record]) -> Iterator[RecordBatch]:
    text = DataType.utf8()
    while chunk := list(islice(records, BATCH_ROWS)):
        rows, fields, unreadable = zip(*chunk, strict=True)
        columns = zip(*fields, strict=True) if width else iter(())
        arrays = [Array([value or None for value in column], type=text) for column in columns]
        arrays.append(Array(rows, type=DataType.int64()))
        arrays.append(Array(unreadable, type=text))
        yield RecordBatch.from_arrays(arrays, schema=schema)


class _Lines:
    """The lines of a file, which may be given back, with the number of the last one taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = iter(lines)
        self._back: list[str] = []
        self.number = 0
        self.held: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._source)
        self.number += 1
        self.held.append(line)
        if len(self.held) > MAX_RECORD_LINES:
            raise csv.Error("a quote does not close")
        if "\0" in line or not _decoded(line):
            raise csv.Error("bytes that are not text")
        return line

    def give_back_all_but_first(self) -> str:
        first, *rest = self.held
        self._back.extend(reversed(rest))
        self.number -= len(rest)
        self.held = []
        return first


def _decoded(line: str) -> bool:
    # Undecodable bytes come through as lone surrogates (surrogateescape), which UTF-8 refuses.
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _split(lines: _Lines, delimiter: str) -> Iterator[_Record]:
    """Every record; the first says how many fields each has."""
    width: int | None = None
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.held = []
        first = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fields = None
        if fields is not None and width is None and fields:
            width = len(fields)
        if fields is not None and len(fields) == width:
            yield _Record(first, fields, None)
        elif fields != []:
            raw = lines.give_back_all_but_first().rstrip("\r\n")
            yield _Record(first, (None,) * (width or 0), _printable(raw))
            reader = csv.reader(lines, delimiter=delimiter, strict=True)


def _printable(raw: str) -> str:
    return (
        raw.encode("utf-8", "surrogateescape")
        .decode("utf-8", "backslashreplace")
        .replace("\0", "\\x00")
    )


def _read_csv(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, options: Mapping[str, Any]
) -> None:
    encoding = options.get("encoding") or _encoding(path)
    header = next((line for line in _text_lines(path, encoding) if line.strip()), None)
    if header is None:
        raise FileError(path.name, "blank", "a header and rows", "export the file again")
    delimiter = options.get("delimiter") or max(
        DELIMITERS, key=lambda mark: len(next(csv.reader([header], delimiter=mark)))
    )
    records = _split(_Lines(_text_lines(path, encoding)), delimiter)
    first = next(records)
    if first.unreadable is not None:
        raise FileError(
            f"{path.name} row {first.row}",
            f'"{first.unreadable}"',
            "a header",
            "put one line with the columns' names first",
        )
    if not options.get("header", True):
        names = [f"column{place}" for place in range(1, len(first.fields) + 1)]
        _read_records(con, name, names, chain([first], records))
        return
    names = _names([field or "" for field in first.fields], path)
    clean = encoding in ("utf-8", "utf-8-sig") and first.row == 1
    if not (clean and _read_clean_csv(con, name, path, names, delimiter)):
        _read_records(con, name, names, records)


def _read_clean_csv(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, names: Sequence[str], delimiter: str
) -> bool:
    """Read the file if every line is one row, by DuckDB; whether it is."""
    lines = _plain_lines(path)
    if lines is None or len(names) == 1:  # one column: a blank line would be a row
        return False
    source = con.read_csv(
        str(path),
        columns=dict.fromkeys(names, "VARCHAR"),
        header=True,
        delimiter=delimiter,
        quotechar='"',
        escapechar='"',
        strict_mode=True,
        auto_detect=False,
        null_padding=False,
    )
    con.begin()
    try:
        source.select(
            duckdb.StarExpression(),  # a name with a dot would be taken for a part of another
            duckdb.SQLExpression("row_number() OVER () + 1").alias("row"),
            duckdb.ConstantExpression(None).cast(duckdb.sqltype("VARCHAR")).alias("unreadable"),
        ).create(name)
        # With blank lines, or fields over several lines, a row's number is not its line.
        clean = con.table(name).shape[0] == lines - 1
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        clean = False
    if clean:
        con.commit()
    else:
        con.rollback()
    return clean


def _plain_lines(path: Path) -> int | None:
    """How many lines a file has; None where bytes in it make "line" doubtful."""
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if block.endswith(b"\r"):
                block += file.read(1)
            if b"\0" in block or block.count(b"\r") != block.count(b"\r\n"):
                return None
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(SNIFF_BYTES)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    first_line = start.partition(b"\n")[0]
    if any(byte < 0x20 and byte not in b"\t\r" for byte in first_line):
        raise FileError(path.name, "binary", "lines of text", "export the file as CSV")
    return "utf-8-sig"


def _text_lines(path: Path, encoding: str) -> Iterator[str]:
    try:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            yield from file
    except LookupError as error:
        raise SettingError(
            f"encoding of {path.name}", f'"{encoding}"', "a known encoding", "write utf-8 or cp1252"
        ) from error
    except UnicodeError as error:
        raise FileError(
            path.name, f"not {encoding}", "one encoding throughout", "set encoding in the mapping"
        ) from error


def _excel_records(path: Path, options: Mapping[str, Any]) -> tuple[list[str], Iterator[_Record]]:
    import python_calamine

    try:
        book = python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        raise FileError(
            path.name, "not a workbook inside", "an Excel file", "save it again as .xlsx"
        ) from error
    sheet = options.get("sheet") or book.sheet_names[0]
    if sheet not in book.sheet_names:
        known = ", ".join(book.sheet_names)
        raise SettingError(f"sheet of {path.name}", f'"{sheet}"', f"one of {known}", "name one")
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    start = next((place for place, row in enumerate(rows) if any(_cell(c) for c in row)), None)
    if start is None:
        raise FileError(f"{path.name}, {sheet}", "empty", "a header and rows", "name another sheet")
    header = [_cell(cell) or "" for cell in rows[start]]
    records = (
        _Record(place, fields, None)
        for place, row in enumerate(rows[start + 1 :], start=start + 2)
        if any(fields := [_cell(cell) for cell in row])
    )
    return _names(header, path), records


def _cell(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip() or None
