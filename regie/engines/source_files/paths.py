"""Whether a path is a file that can be read; reads the file system.

Why before anything else: a pipe or a device would hang whoever opens it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from regie.terms.errors import FileError

_OTHER_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_file(path: Path) -> None:
    """Pass where the path is a file with something in it; a link to one is as good.

    Raises
    ------
    FileError
        If it is missing, a folder, a pipe, a device, a link that leads nowhere or in a circle,
        closed to this user, or empty.

    Examples
    --------
    >>> check_file(Path("nowhere.csv"))
    Traceback (most recent call last):
        ...
    regie.terms.errors.FileError: nowhere.csv is not there, expected a file; check the path
    """
    shown = str(path).encode("utf-8", "backslashreplace").decode()
    if shown != str(path):
        raise FileError(shown, "a name that is not UTF-8", "a name in UTF-8", "rename the file")
    try:
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode):
            path.open("rb").close()
    except (OSError, ValueError) as error:
        raise FileError(shown, _trouble(path, error), "a file", "check the path") from error
    if not stat.S_ISREG(found.st_mode):
        kind = _OTHER_KINDS.get(stat.S_IFMT(found.st_mode), "no file")
        raise FileError(shown, kind, "a file", "check the path")
    if found.st_size == 0:
        raise FileError(path.name, "empty", "a header and rows", "export the file again").because(
            "empty"
        )


def _trouble(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "closed to this user"
    if getattr(error, "errno", None) == errno.ELOOP:
        return "a link that leads in a circle"
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return "a link that leads nowhere"
    return "not there"
