"""Excel and OpenDocument as a relation, all cells as text; reads the file.

Why the archive is measured before it is opened: the reader holds a whole sheet in memory, in a
rectangle as large as its farthest cells, and a file of a few kilobytes can ask for gigabytes of it.
What an archive says of its own sizes may be a lie, so its parts are unpacked and counted, a block
at a time, and thrown away.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from html import unescape
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

from regie.engines.source_files.contents import (
    MOST_RATIO,
    OLE,
    RATIO_FROM_BYTES,
    too_large,
)
from regie.engines.source_files.formats import (
    MOST_STYLES_BYTES,
    STYLES,
    Formats,
    Styles,
    column_place,
    styles_of,
)
from regie.engines.source_files.layout import (
    LOOKED_AT,
    begins_with_data,
    header_place,
    mark_footer,
    without_header,
)
from regie.engines.source_files.records import Record, column_names, make_relation
from regie.ports.source import Line, SourceForm
from regie.terms.errors import FileError, SettingError

MOST_BOOK_BYTES = 1 << 30
"""What a workbook may unpack to: the reader holds it in memory."""
MOST_CELLS = 20_000_000
"""A sheet's rectangle; a million rows of 20 columns."""
MOST_TEXT_BYTES = 512 << 20
"""What the cells of a sheet hold together: a text may stand in the file once, in cells often."""
LONGEST_STRING = 32_767
"""Excel's own limit for one cell."""
_BLOCK = 1 << 20
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_NAMED = re.compile(rb't="s"[^>]*>\s*<v>([0-9]{1,9})</v>')
_TEXT = re.compile(rb"<si[ >]")
_TEXTS = "xl/sharedStrings.xml"
_LONGEST_TEXT = 100 * LONGEST_STRING
"""In bytes, with the marks of a text in many styles."""
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_UNRECKONED = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?![^>]* t="str")[^>]*><f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)'
    rb"(?:<v></v>|<v ?/>)?</c>"
)
"""A cell with a formula and no result: whoever made the book left that to a spreadsheet program."""
_SHEET_NAMED = re.compile(rb'<sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"')
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_workbook(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, options: Mapping[str, Any]
) -> SourceForm:
    """Make a sheet the relation `name`.

    Raises
    ------
    FileError
        If it is protected by a password, damaged, no workbook, empty, or larger than a table is.
    SettingError
        If it has no such sheet.
    """
    with path.open("rb") as file:
        ole = file.read(8) == OLE
    if ole:
        _check_unprotected(path)
    parts = {} if ole else _check_archive(path)
    sheet, others, left, rows = _rows(path, options)
    part = parts.get(_part_of(path, sheet)) if parts else None
    if part is not None and part.unreckoned:
        raise _not_reckoned(path, sheet, part.unreckoned)
    padded, shown = _shown(part, left)
    records = (
        Record(place, fields)
        for place, row in enumerate(rows, start=1)
        if any(fields := _fields(row, place, padded))
    )
    looked_at = list(islice(records, LOOKED_AT))
    if not looked_at:
        raise FileError(
            f"{path.name}, {sheet}", "empty", "a header and rows", "name another sheet"
        ).because("sheet_empty", sheet=sheet)
    place = header_place(looked_at) or 0
    header = looked_at[place]
    if begins_with_data(header.fields, [record.fields for record in looked_at[place + 1 :]]):
        raise without_header(f"{path.name} row {header.row}", header.fields)
    names = column_names([cell or "" for cell in header.fields], path, header.row)
    body = chain(looked_at[place + 1 :], records)
    with _as_file_error(path):
        make_relation(con, name, names, mark_footer(body, "\t", len(names)))
    texts = ((r.row, " ".join(cell for cell in r.fields if cell)) for r in looked_at[:place])
    return SourceForm(
        kind="excel",
        columns=tuple(names),
        sheet=sheet,
        sheets=others,
        beside={
            names[place]: {text: row for text, row in texts.items() if row > header.row}
            for place, texts in shown.items()
            if place < len(names)
        },
        header_row=header.row,
        preamble=tuple(Line(row, text) for row, text in texts),
    )


def _check_unprotected(path: Path) -> None:
    before = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if _ENCRYPTED in before + block:
                raise _protected(path)
            before = block[-len(_ENCRYPTED) :]


def _protected(path: Path) -> FileError:
    return FileError(
        path.name,
        "protected by a password",
        "a workbook that opens without one",
        "open it, take the password off, and save it again",
    ).because("password")


def _part_of(path: Path, sheet: str) -> str:
    """The part of the archive that a sheet's cells stand in; empty where it is not told."""
    with _as_file_error(path), zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return ""
        book = archive.read("xl/workbook.xml")
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    named = {
        unescape(name.decode("utf-8", "replace")): ref for name, ref in _SHEET_NAMED.findall(book)
    }
    ref = re.escape(named.get(sheet, b"").decode())
    for link in re.findall(r"<Relationship [^>]*>", links):
        part = re.search(r'Target="/?(?:xl/)?([^"]*)"', link)
        if part and re.search(f'Id="{ref}"', link):
            return f"xl/{part[1]}"
    return ""


def _not_reckoned(path: Path, sheet: str, cell: str) -> FileError:
    """A formula whose result is not in the file: its cells would be empty."""
    return FileError(
        f"{path.name}, {sheet}, cell {cell}",
        "a formula without its result",
        "values, or formulas that were reckoned",
        "open the file in a spreadsheet program, save it, and import it again",
    ).because("formula", sheet=sheet, cell=cell)


def _check_archive(path: Path) -> dict[str, _Sheet]:
    """Refuse what is no workbook, or too much; the sheets of which something is to be told."""
    told: dict[str, _Sheet] = {}
    styles = Styles({}, {})
    with _as_file_error(path), zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            raise FileError(
                path.name,
                "a ZIP archive without a workbook in it",
                "CSV, TSV, JSON lines, Excel or Parquet",
                "unpack it and import the file inside",
            ).because("zip")
        # The texts and styles come first: a sheet only names them.
        parts.sort(key=lambda part: part.filename not in (_TEXTS, STYLES))
        most = min(MOST_BOOK_BYTES, max(RATIO_FROM_BYTES, MOST_RATIO * path.stat().st_size))
        count, texts = 0, [0]
        for part in parts:
            if part.flag_bits & 1:
                raise _protected(path)
            sheet = _Sheet(path, texts, styles) if _SHEET.match(part.filename) else None
            of_styles = b""
            for block in _blocks(archive, part):
                count += len(block)
                if count > most:
                    raise too_large(path, most, MOST_BOOK_BYTES)
                if sheet is not None:
                    sheet.look_at(block)
                elif part.filename == _TEXTS:
                    _measure_texts(block, texts, path)
                elif part.filename == STYLES and len(of_styles) < MOST_STYLES_BYTES:
                    of_styles += block
            if of_styles:
                styles = styles_of(of_styles)
            if sheet is not None and (sheet.unreckoned or sheet.formats.found):
                told[part.filename] = sheet
    return told


def _blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What one part unpacks to, whatever size it claims."""
    part.file_size = MOST_BOOK_BYTES + _BLOCK  # or reading would stop at the size it claims
    with archive.open(part) as file:
        while block := file.read(_BLOCK):
            yield block


def _measure_texts(block: bytes, texts: list[int], path: Path) -> None:
    """Add the length of each shared text, the last one so far at the end."""
    first, *others = _TEXT.split(block)
    texts[-1] += len(first)
    texts.extend(map(len, others))
    if texts[-1] > _LONGEST_TEXT or max(map(len, others), default=0) > _LONGEST_TEXT:
        raise FileError(
            path.name,
            "a workbook with a text that fills megabytes",
            f"cells of at most {LONGEST_STRING} letters",
            "shorten it in the workbook, or export the sheet as CSV",
        ).because("workbook_large")


class _Sheet:
    """What the cells of a sheet would take in memory, counted while it is unpacked."""

    def __init__(self, path: Path, texts: list[int], styles: Styles) -> None:
        self._path, self._texts = path, texts
        self.formats = Formats(styles)
        self._columns = self._rows = self._bytes = 0
        self._tail = b""
        self.unreckoned = ""

    def look_at(self, block: bytes) -> None:
        """Count the next block; refuse as soon as it is too much."""
        window = self._tail + block
        self._columns, self._rows = _farthest(window, self._columns, self._rows)
        _check_cells(self._columns * self._rows, self._path)
        most = len(self._texts)
        # The place before the first text is no text.
        named = (int(place) + 1 for place in _NAMED.findall(window))
        self._bytes += sum(self._texts[place] for place in named if place < most)
        if self._bytes > MOST_TEXT_BYTES:
            raise FileError(
                self._path.name,
                f"a sheet whose texts fill more than {MOST_TEXT_BYTES >> 20} MB",
                "less",
                "shorten its texts, or export the sheet as CSV",
            ).because("workbook_large")
        if not self.unreckoned and (found := _UNRECKONED.search(window)):
            self.unreckoned = found[1].decode()
        self.formats.look_at(window)
        self._tail = window[-64:]


def _farthest(window: bytes, columns: int, rows: int) -> tuple[int, int]:
    cells = _CELL.findall(window)
    for letters in {letters for letters, _ in cells}:
        columns = max(columns, column_place(letters))
    # Rows stand in their order in any workbook a program wrote; a liar's last row is seen as well.
    return columns, max(rows, max((int(row) for _, row in cells), default=0))


def _check_cells(cells: int, path: Path) -> None:
    if cells > MOST_CELLS:
        raise FileError(
            path.name,
            f"a sheet of {cells} cells, filled or not",
            f"at most {MOST_CELLS}",
            "delete what stands far from the table, or export the sheet as CSV",
        ).because("sheet_wide")


def _rows(
    path: Path, options: Mapping[str, Any]
) -> tuple[str, tuple[str, ...], int, Iterator[Sequence[Any]]]:
    """The sheet's name, the others', the empty columns on its left, and its rows without them."""
    import python_calamine

    with _as_file_error(path):
        book = python_calamine.load_workbook(str(path))
        known = list(book.sheet_names)
        sheet = options.get("sheet") or next(iter(known), "")
        if sheet not in known:
            raise SettingError(
                f"sheet of {path.name}", f'"{sheet}"', f"one of {', '.join(known)}", "name one"
            )
        cells = book.get_sheet_by_name(sheet)
        _check_cells(cells.total_height * cells.total_width, path)
        others = tuple(one for one in known if one != sheet)
        return sheet, others, (cells.start or (0, 0))[1], cells.iter_rows()


@contextmanager
def _as_file_error(path: Path) -> Iterator[None]:
    """Whatever the reader of workbooks stumbles over is said of the file."""
    import python_calamine

    try:
        yield
    except python_calamine.PasswordError as error:
        raise _protected(path) from error
    except (
        python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, EOFError, OSError,
        RuntimeError, NotImplementedError, ValueError, OverflowError,
    ) as error:  # fmt: skip
        raise _damaged(path) from error
    except BaseException as error:
        # A panic of the reader derives from nothing else.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path) from error


def _damaged(path: Path) -> FileError:
    return FileError(
        path.name, "not a workbook inside", "an Excel file", "save it again as .xlsx"
    ).because("no_workbook")


_MOST_DIGITS = 1e15


def _fields(row: Sequence[Any], place: int, padded: Mapping[int, bytearray]) -> list[str | None]:
    """A row's cells as text; a whole number with the zeros before it that its format shows."""
    fields = [_cell(cell) for cell in row]
    for column, widths in padded.items():
        width = widths[place] if place < len(widths) else 0
        if width and column < len(fields) and isinstance(row[column], float):
            text = fields[column] or ""
            fields[column] = text.zfill(width) if text.isdecimal() else text
    return fields


def _shown(
    part: _Sheet | None, left: int
) -> tuple[dict[int, bytearray], dict[int, dict[str, int]]]:
    """What formats show, by the place of the column in a row, from 0: digits, texts beside."""
    if part is None:
        return {}, {}
    padded, beside = part.formats.padded, part.formats.beside
    return (
        {column - 1 - left: widths for column, widths in padded.items() if column > left},
        {column - 1 - left: texts for column, texts in beside.items() if column > left},
    )


def _cell(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        # A sheet keeps fifteen digits: of a longer number the others are made up.
        return str(int(value)) if abs(value) < _MOST_DIGITS else f"{value:.14E}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip() or None
