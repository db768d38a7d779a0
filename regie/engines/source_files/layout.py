"""Where a table of text begins and ends, and what stands between its cells; pure.

Why over many lines: a header alone may hold commas in its names, and many exports put a title and
a period above the header, totals and "Exported on …" below the last row.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from regie.engines.source_files.records import Record, set_aside
from regie.engines.source_files.text import Overlong, is_text, printable
from regie.ports.source import Line
from regie.terms.errors import FileError

DELIMITERS = "\t;|,"
"""The comma last: it also stands in numbers and in sentences."""
LOOKED_AT = 100
"""First lines that decide on delimiter and header."""
FOOTER_LINES = 12
MOST_RECORD_LINES = 200
"""A quoted field may run over so many lines; beyond, the quote is taken for a stray one."""

_FOOTER = re.compile(
    r"[\s#*(\[–-]*(grand total|total|totals|totaux|sub-?total|sous-total|sum|somme|count|nombre|"
    r"exported|exporté|export|généré|generated|created on|créé le|printed|imprimé|extrait|page|"
    r"source|records|rows|lignes|end of|fin d|average|moyenne|"
    r"\d[\d\s,.]* (rows?|lines?|records?|lignes?|enregistrements?))\b|^[-=*_]{3,}$",
    re.IGNORECASE,
)


class Layout(NamedTuple):
    """How a file of text is laid out; `header_row` is the line of the columns' names, 0 if none."""

    delimiter: str
    header_row: int
    preamble: tuple[Line, ...]


class Lines:
    """The lines of a file, which may be given back, with the number of the last one taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = iter(lines)
        self._back: list[str] = []
        self.number = 0
        self.held: list[str] = []

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._source)
        self.number += 1
        self.held.append(line)
        if len(self.held) > MOST_RECORD_LINES:
            raise csv.Error("a quote does not close")
        if isinstance(line, Overlong):
            raise csv.Error("a line without an end")
        if not is_text(line):
            raise csv.Error("bytes that are not text")
        return line

    def skip(self, count: int) -> None:
        """Leave out the next lines, whatever is in them."""
        for _ in range(count):
            next(self._source)
        self.number += count

    def give_back_all_but_first(self) -> str:
        """The first line of a record that cannot be read; the others are read anew."""
        first, *rest = self.held
        self._back.extend(reversed(rest))
        self.number -= len(rest)
        self.held = []
        return first


def split(lines: Lines, delimiter: str, any_width: bool = False) -> Iterator[Record]:
    """Every record; the first says how many fields each has, unless any width will do.

    Examples
    --------
    >>> for record in split(Lines(["a;b\\n", "1;2\\n", "3\\n"]), ";"): print(record)
    Record(row=1, fields=['a', 'b'], unreadable=None, aside=None)
    Record(row=2, fields=['1', '2'], unreadable=None, aside=None)
    Record(row=3, fields=(None, None), unreadable='3', aside='row')
    """
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
        if fields and (width is None or any_width):
            width = len(fields)
        if fields and len(fields) - 1 == width and not fields[-1]:
            fields.pop()  # many programs end a row with a delimiter, but not the header
        if fields is not None and len(fields) == width:
            yield Record(first, fields)
        elif fields != []:
            raw = lines.give_back_all_but_first().rstrip("\r\n")
            yield set_aside(first, width or 0, printable(raw), "row" if is_text(raw) else "text")
            reader = csv.reader(lines, delimiter=delimiter, strict=True)


def layout_of(lines: Sequence[str], delimiter: str, header: bool) -> Layout:
    """The layout that the first lines of a file show.

    Parameters
    ----------
    lines : Sequence[str]
        The first `LOOKED_AT` lines, with their ends.
    delimiter : str
        The one that is set, or "" to find it.
    header : bool
        Whether a line names the columns; else nothing is skipped.

    Examples
    --------
    >>> layout_of(["Sales report\\n", "\\n", "id;price\\n", "1;2,50\\n", "2;3,10\\n"], "", True)
    Layout(delimiter=';', header_row=3, preamble=(Line(row=1, text='Sales report'),))
    >>> layout_of(["sep=;\\n", "id;a,b\\n"], "", True).delimiter
    ';'
    """
    start = 0
    told = re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\r\n")) if lines else None
    if told and header:
        delimiter, start = delimiter or told[1], 1
    marks = delimiter or DELIMITERS
    found = {mark: list(split(Lines(lines[start:]), mark, any_width=True)) for mark in marks}
    mark = max(marks, key=lambda mark: _regularity(found[mark]))  # the first of equals
    records = found[mark]
    header_at = header_place(records) if header else None
    if header_at is None:
        return Layout(mark, 0 if not header else start + 1, ())
    header_row = records[header_at].row + start
    texts = ((number, line.strip()) for number, line in enumerate(lines[: header_row - 1], start=1))
    preamble = tuple(Line(number, printable(text)) for number, text in texts if text)
    return Layout(mark, header_row, preamble)


def _regularity(records: Sequence[Record]) -> tuple[int, int]:
    """How many records have the commonest number of fields (more than one), and that number."""
    widths = Counter(len(r.fields) for r in records if r.unreadable is None and len(r.fields) > 1)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))


def header_place(records: Sequence[Record]) -> int | None:
    """Which record names the columns: the first, unless it is a title above the table."""
    if not records:
        return None
    width = _regularity(records)[1]
    for place, record in enumerate(records):
        filled = len(_filled(record))
        if filled > max(1, width // 2):
            return place if _names_columns(record, width) else 0
    return 0


def _names_columns(record: Record, width: int) -> bool:
    cells = _filled(record)
    different = len({cell.casefold() for cell in cells}) == len(cells)
    return len(cells) == len(record.fields) == width > 1 and different and not any(
        re.fullmatch(r"[\d\s.,:/€$£%+-]+", cell) for cell in cells
    )  # fmt: skip


_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d))([T ]\d.*)?"
)
_NUMBER = re.compile(r"[-+]?\d[\d\s.,]*")
_DECIMAL = re.compile(r"[-+]?\d[\d\s.,]*[.,]\d{1,2}")
_MONTH = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])")
_CODE = re.compile(r"[\w./#-]*\d[\w./#-]*")
_MOSTLY = 0.8
_LONG = 5
"""Digits of a number that counts nothing: nobody names a column 536365 above numbers as long."""
_HINTS = 2


def begins_with_data(header: Sequence[str | None], rows: Sequence[Sequence[str | None]]) -> bool:
    """Whether what stands where the columns' names belong is a row like those below it.

    An address or a day above a column of such tells it: nobody calls a column so. So does a code
    above codes of its make. An amount with decimals, a long number and a word that comes back tell
    it two together: sizes name columns too. A name that is unlike its column's cells (`date` above
    days, `sku` above codes) says that it is a header.

    Examples
    --------
    >>> rows = [["A2", "2025-12-02", "19.00"], ["A3", "2025-12-03", "2.50"]]
    >>> begins_with_data(["A1", "2025-12-01", "15.47"], rows)
    True
    >>> begins_with_data(["order", "date", "price"], rows)
    False
    >>> begins_with_data(["shop", "2025-12-01", "2025-12-02"], [["Lyon", "4", "5"]])
    False
    >>> begins_with_data(["C1041", "SKU-77", "2"], [["C1042", "SKU-81", "1"]])
    True
    >>> begins_with_data(["size", "38", "38.5"], [["red", "4", "5"], ["blue", "2", "0"]])
    False
    """
    told, hints, is_named = False, set[str](), False
    below = [row for row in rows if list(row) != list(header)]  # a header may come again
    for place, name in enumerate(header):
        cells = [c.strip() for row in below if place < len(row) and (c := row[place]) and c.strip()]
        named = (name or "").strip()
        for form in (_MAIL, _DAY, _NUMBER) if cells else (_MAIL,):
            alike = _share(cells, form) >= _MOSTLY
            if alike and form.fullmatch(named):
                told = told or form is not _NUMBER
                break
            if alike and cells and named:
                return False
            if form is not _NUMBER and form.fullmatch(named):
                return False
        if cells and named:
            hints |= _hints(named, cells, place)
            is_named = is_named or (
                not any(map(str.isdigit, named)) and _share(cells, _CODE) >= _MOSTLY
            )
    counted = any(any(map(str.isdigit, name)) for name in header if name)
    return told or (len(hints) >= _HINTS and counted and not is_named)


def _share(cells: Sequence[str], form: re.Pattern[str]) -> float:
    return sum(bool(form.fullmatch(cell)) for cell in cells) / len(cells) if cells else 1.0


def _hints(named: str, cells: Sequence[str], place: int) -> set[str]:
    """What says that a cell is one of those below it; a code of several digits says it twice."""
    most = _MOSTLY * len(cells)
    if _NUMBER.fullmatch(named):
        if _DECIMAL.fullmatch(named):
            return {"decimal"} if _share(cells, _DECIMAL) >= _MOSTLY else set()
        long = len(named) >= _LONG and named.isdigit() and not _MONTH.fullmatch(named)
        as_long = sum(c.isdigit() and len(c) == len(named) for c in cells) >= most
        return {f"long {len(named)}"} if long and as_long else set()
    digits = sum(map(str.isdigit, named))
    codes = [c for c in cells if _CODE.fullmatch(c) and c.upper() == c]
    if _CODE.fullmatch(named):
        if sum(_make(c) == _make(named) for c in cells) >= most:
            return {f"code {place}", *(["code"] if digits > 1 else [])}
        mixed = digits > _HINTS and named.upper() == named and len(codes) >= most
        return {f"code {place}"} if mixed else set()
    again = sum(c == named for c in cells)
    return {f"again {place}"} if again > 1 and again >= len(cells) / 5 else set()


def _make(code: str) -> str:
    """A code without what counts up in it."""
    return re.sub(r"\d+", "9", code)


def without_header(where: str, header: Sequence[str | None]) -> FileError:
    """The error of a file whose first row is data already.

    Examples
    --------
    >>> print(without_header("orders.csv row 1", ["1", "LILAS", "2,50"]))
    orders.csv row 1 is data already ("1", "LILAS", "2,50"), expected the names of the columns; \
put one line with the columns' names above it, or no row would say what it holds
    """
    cells = [text[:_SHOWN_CELL] for cell in header if cell and (text := cell.strip())]
    shown = ", ".join(f'"{printable(cell)}"' for cell in cells[:_SHOWN_CELLS])
    more = ", …" if len(cells) > _SHOWN_CELLS else ""
    return FileError(
        where,
        f"data already ({shown}{more})",
        "the names of the columns",
        "put one line with the columns' names above it, or no row would say what it holds",
    ).because("data_already", found=f"{shown}{more}")


_SHOWN_CELL, _SHOWN_CELLS = 40, 4


def _filled(record: Record) -> list[str]:
    return [text for cell in record.fields if cell and (text := cell.strip())]


def mark_footer(records: Iterable[Record], delimiter: str, width: int) -> Iterator[Record]:
    """The same records, with those below the table set aside as its footer.

    Examples
    --------
    >>> rows = [Record(2, ["A1", "3", "6.00"]), Record(3, ["Total", "", "6.00"])]
    >>> [record.aside for record in mark_footer(rows, ",", 3)]
    [None, 'footer']
    """
    held: list[Record] = []
    for record in records:
        held.append(record)
        if len(held) > FOOTER_LINES:
            yield held.pop(0)
    start = footer_start(held, delimiter, width)
    yield from held[:start]
    for record in held[start:]:
        text = record.unreadable
        if text is None:
            text = delimiter.join(cell or "" for cell in record.fields)
        yield set_aside(record.row, width, text, "footer")


def footer_start(last: Sequence[Record], delimiter: str, width: int) -> int:
    """Where among the last records of a file its footer begins; their number where it has none."""
    start = len(last)
    while start and _is_footer(last, start - 1, delimiter, width):
        start -= 1
    return start


def _is_footer(last: Sequence[Record], place: int, delimiter: str, width: int) -> bool:
    record = last[place]
    if record.aside == "text":
        return False
    cells: Sequence[str | None] = record.fields
    if record.unreadable is not None:
        cells = record.unreadable.split(delimiter)
    filled = [text for cell in cells if cell and (text := cell.strip(' \t"'))]
    if not filled:
        return True
    if len(filled) >= width or len(filled) > max(2, width / 2):
        return False
    apart = place > 0 and record.row > last[place - 1].row + 1 and _on_one_line(last[place - 1])
    lonely = apart and len(filled) == 1 and record.unreadable is not None and width > 2
    return bool(_FOOTER.match(filled[0])) or lonely


def _on_one_line(record: Record) -> bool:
    return not any("\n" in cell for cell in record.fields if cell)


def first_lines(lines: Iterator[str]) -> tuple[list[str], Iterator[str]]:
    """The lines that decide on the layout, and all lines again.

    Examples
    --------
    >>> looked_at, lines = first_lines(iter(["a,b", "1,2"]))
    >>> looked_at, list(lines)
    (['a,b', '1,2'], ['a,b', '1,2'])
    """
    looked_at: list[str] = []
    for line in lines:
        looked_at.append(line)
        if len(looked_at) == LOOKED_AT:
            break
    return looked_at, chain(looked_at, lines)
