"""Files that are on the disk when the call returns; writes where it is told.

Why one place: a rename that is not fsynced, or a folder that is not, is lost with the power, and
each store would forget another of the three steps.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from regie.terms.errors import DiskFullError, WorkspaceError

_FULL = ("no space left", "disk is full", "not enough space", "quota exceeded", "file too large")
_NEARLY_NOTHING = 256 * 1024
"""With fewer bytes free than this, an engine that only says "I/O error" had no room."""


@contextmanager
def told_if_full(path: Path) -> Iterator[None]:
    """Where the disk under a file is full, say so in one way, whichever engine met it.

    Raises
    ------
    DiskFullError
        In place of an engine's own error.

    Examples
    --------
    >>> with told_if_full(Path("shop/state.sqlite")):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
        ...
    regie.terms.errors.DiskFullError: the disk of shop/state.sqlite is full, expected room for \
what is written; free some room and run the command again
    """
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        if _is_full(error, path):
            raise DiskFullError(
                f"the disk of {path}",
                "full",
                "room for what is written",
                "free some room and run the command again",
            ) from error
        raise


def _is_full(error: Exception, path: Path) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    said = str(error).lower()
    if any(words in said for words in _FULL):
        return True
    vague = "i/o error" in said or "unable to open database" in said or "io error" in said
    return vague and shutil.disk_usage(path.parent).free < _NEARLY_NOTHING


def damaged(path: Path, error: object) -> WorkspaceError:
    """The error for a file of the workspace that is not as Régie wrote it.

    Examples
    --------
    >>> print(damaged(Path("shop/state.sqlite"), "file is not a database"))
    shop/state.sqlite is damaged (file is not a database), expected the file as Régie wrote it; \
restore it from a copy, then check with regie verify
    """
    return WorkspaceError(
        str(path),
        f"damaged ({_plain(error)})",
        "the file as Régie wrote it",
        "restore it from a copy, then check with regie verify",
    )


_PLAIN = {
    "zstd": "what is packed in it does not unpack",
    "decompress": "what is packed in it does not unpack",
    "tprotocol": "the list of what is in it cannot be read",
    "thrift": "the list of what is in it cannot be read",
    "magic bytes": "it does not begin and end as a table's file does",
}
"""A word of the libraries that read tables, to what it means for whoever holds the file."""


def _plain(error: object) -> str:
    """What is wrong with a file, without the words of the library that found it.

    Examples
    --------
    >>> _plain("Invalid Input Error: ZSTD Decompression failure"), _plain("")
    ('what is packed in it does not unpack', 'empty')
    """
    said = str(error).strip().splitlines() or ["empty"]
    known = (plain for word, plain in _PLAIN.items() if word in said[0].lower())
    return next(known, said[0])


def fsync_path(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes, *, stays_open: bool = False) -> None:
    """Write a file so that a reader, or a crash, meets the old one or the new one, never a part.

    It is for its owner alone: most tell of people, or open what does.

    Parameters
    ----------
    stays_open : bool
        Of a file that stands there already: to whom it is open, it stays (a rule that several
        people edit).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "a" / "b.json", b"{}")
    ...     (Path(folder) / "a" / "b.json").read_bytes()
    ...     f"{(Path(folder) / 'a' / 'b.json').stat().st_mode & 0o777:o}"
    b'{}'
    '600'
    """
    with told_if_full(path):
        make_folder(path.parent)
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        is_kept = stays_open and path.exists()
        mode = path.stat().st_mode & 0o777 if is_kept else _OWNER_ALONE
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, mode)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        fsync_path(path.parent)


def append_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Add lines to a file and wait, once, until they are on the disk.

    A line that a crash left without its end is cut off first: it was never acknowledged.
    """
    with told_if_full(path):
        make_folder(path.parent)
        with path.open("ab+") as file:
            _cut_partial_line(file.fileno())
            file.writelines(line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        fsync_path(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, their names on the disk."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        fsync_path(path.parent)


def _cut_partial_line(handle: int) -> None:
    size = os.fstat(handle).st_size
    end = size
    while end and os.pread(handle, 1, end - 1) != b"\n":
        end -= 1
    if end != size:
        os.ftruncate(handle, end)


def sweep_parts(folder: Path) -> None:
    """Remove what killed writers of whole files left under a folder, an hour old or more."""
    for path in folder.rglob(".*"):
        with suppress(FileNotFoundError):  # its writer just ended
            if _PART.fullmatch(path.name) and path.stat().st_mtime < time.time() - _PART_LIVES_S:
                path.unlink()


_OWNER_ALONE = 0o600
_PART = re.compile(r"\..+\.[0-9a-f]{32}")
_PART_LIVES_S = 3600.0
