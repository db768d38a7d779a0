"""Files that are on the disk when the call returns; writes where it is told.

Why one place: a rename that is not fsynced, or a folder that is not, is lost with the power, and
each store would forget another of the three steps.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def fsync_path(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, meets the old one or the new one, never a part.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "a" / "b.json", b"{}")
    ...     (Path(folder) / "a" / "b.json").read_bytes()
    b'{}'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    fsync_path(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a file and wait until it is on the disk.

    A line that a crash left without its end is cut off first: it was never acknowledged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        _cut_partial_line(file.fileno())
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fsync_path(path.parent)


def _cut_partial_line(handle: int) -> None:
    size = os.fstat(handle).st_size
    end = size
    while end and os.pread(handle, 1, end - 1) != b"\n":
        end -= 1
    if end != size:
        os.ftruncate(handle, end)
