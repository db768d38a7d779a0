"""What is in a file, by its first bytes rather than by its name alone; reads the file.

Why: a workbook named .csv is as common as a table named .xls, and a person is helped by hearing
which of the two it is. gzip is opened here, within bounds: what it unpacks to is counted while it
is read and never written anywhere, so a bomb costs neither memory nor disk.
"""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from regie.terms.errors import FileError

MOST_BYTES = 8 << 30
"""What a compressed file may unpack to."""
MOST_RATIO = 250
"""How many times its size a compressed file may unpack to: tables reach 5 to 50."""
RATIO_FROM_BYTES = 64 << 20
"""Below, no ratio is too much: a small file of one repeated row is no bomb."""

BINARY = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"BZh9": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"SQLite format 3": "a SQLite database",
    b"PARE": "an encrypted Parquet file",
}
TEXT_ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv"} | dict.fromkeys(
    (".json", ".jsonl", ".ndjson"), "json"
)
BOOK_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FORMATS = "CSV, TSV, JSON lines, Excel or Parquet"


class Contents(NamedTuple):
    """What to read a file as: `csv`, `json`, `excel` or `parquet`, and whether through gzip."""

    kind: str
    compressed: bool


def contents_of(path: Path) -> Contents:
    """What a file holds.

    Raises
    ------
    FileError
        If it is none of the formats that are read, or gzip that cannot be unpacked.
    """
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    with opened(path, compressed) as file:
        head = file.read(4096)
    named = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    kind = _by_bytes(head) or _by_name(named, head, path.name)
    if compressed and kind in ("excel", "parquet"):
        raise FileError(
            path.name, f"gzip around {kind.capitalize()}", FORMATS, "unpack it and import it then"
        ).because("gzip_around")
    return Contents(kind, compressed)


def _by_bytes(head: bytes) -> str | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE)):
        return "excel"
    return "parquet" if head.startswith(b"PAR1") else None


def _by_name(named: Path, head: bytes, shown: str) -> str:
    ending = named.suffix.lower()
    what = next((what for start, what in BINARY.items() if head.startswith(start)), None)
    if what is not None:
        step = "export the table in one of these formats"
        raise FileError(shown, what, FORMATS, step).because("no_table")
    if ending in TEXT_ENDINGS:
        return TEXT_ENDINGS[ending]
    if ending == ".parquet":
        raise not_parquet(shown)
    if ending in BOOK_ENDINGS:
        raise FileError(
            shown,
            "not a workbook inside",
            "an Excel file",
            "save it again as .xlsx, or rename it to .csv if it is a table of text",
        ).because("no_workbook")
    raise FileError(
        shown, f'a file ending in "{ending}"', FORMATS, "save it as one of these"
    ).because("ending", ending=ending)


def not_parquet(shown: str) -> FileError:
    """The error of a file that is named Parquet and is none, or is damaged.

    Examples
    --------
    >>> print(not_parquet("orders.parquet"))
    orders.parquet is not Parquet inside, expected a Parquet file; export the file again
    """
    return FileError(
        shown, "not Parquet inside", "a Parquet file", "export the file again"
    ).because("no_parquet")


def opened(path: Path, compressed: bool) -> IO[bytes]:
    """The bytes of a file, unpacked within bounds where it is gzip."""
    return io.BufferedReader(_Unpacked(path), 1 << 20) if compressed else path.open("rb")


class _Unpacked(io.RawIOBase):
    """What a gzip file unpacks to; every trouble is a `FileError`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._packed = gzip.GzipFile(path)
        self._count = 0
        size = path.stat().st_size
        self._most = min(MOST_BYTES, max(RATIO_FROM_BYTES, MOST_RATIO * size))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            count = self._packed.readinto(buffer)
        except EOFError as error:
            raise FileError(
                self._path.name, "cut short", "a whole gzip file", "send or download it again"
            ).because("gzip_short") from error
        except (gzip.BadGzipFile, zlib.error, OSError) as error:
            raise FileError(
                self._path.name, "damaged", "a gzip file", "send or download it again"
            ).because("gzip_damaged") from error
        self._count += count
        if self._count > self._most:
            raise too_large(self._path, self._most)
        return count

    def close(self) -> None:
        self._packed.close()
        super().close()


def too_large(path: Path, most: int, ever: int = MOST_BYTES) -> FileError:
    """The error of a file that unpacks to more than a table does; `ever` bounds one of any size."""
    return FileError(
        path.name,
        f"packed so that it unpacks to more than {most >> 20} MB",
        f"at most {MOST_RATIO} times its size and {ever >> 30} GB",
        "unpack it, look at what it holds, and bring it in parts",
    ).because("unpacks_large", mb=most >> 20)
