"""One SQLite file of the house: readable by its owner alone, of a known version, named statements.

One connection serves all threads of a process, one call at a time.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regie.engines.durable import damaged
from regie.engines.statements import named_statements
from regie.terms.errors import WorkspaceError

BUSY_WAIT_S = 30.0
"""How long one process waits for another's call."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, made where it is not there."""
    # Made here, and not by SQLite, so that nobody else may read it, its journal included.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return sqlite3.connect(path, timeout=BUSY_WAIT_S, isolation_level=None, check_same_thread=False)


def refuse_newer(path: Path, version: int, most: int) -> None:
    """Leave a file of a later Régie alone.

    Raises
    ------
    WorkspaceError
        If it is of a newer version than this code writes.

    Examples
    --------
    >>> refuse_newer(Path("shop/state.sqlite"), 3, 2)
    Traceback (most recent call last):
        ...
    regie.terms.errors.WorkspaceError: state.sqlite is of version 3, expected at most 2; install \
a newer regie
    """
    if version > most:
        raise WorkspaceError(
            path.name, f"of version {version}", f"at most {most}", "install a newer regie"
        )


class SqliteFile:
    """A file whose calls are each one statement, so that none can leave half of one.

    Parameters
    ----------
    path : Path
        The file, made where it is not there.
    statements : str
        Their file beside this module; it names `connect`, `schema` and `version`.
    newest : int
        The version that this code writes.

    Raises
    ------
    WorkspaceError
        If it is damaged, or of a newer version.
    """

    def __init__(self, path: Path, statements: str, newest: int) -> None:
        self._path, self._statements = path, statements
        self._guard = threading.RLock()
        self._con = connect(path)
        try:
            self._con.executescript(self._statement("connect"))
            self._con.executescript(self._statement("schema"))
            version = self._version()
        except sqlite3.DatabaseError as error:
            raise damaged(path, error) from error
        refuse_newer(path, version, newest)

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()

    def _version(self) -> int:
        return int(self._rows("version")[0][0])

    def _run(self, name: str, given: Mapping[str, Any]) -> int:
        """How many rows a statement changed."""
        with self._guard:
            return self._con.execute(self._statement(name), dict(given)).rowcount

    def _rows(self, name: str, given: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._guard:
            return self._con.execute(self._statement(name), dict(given or {})).fetchall()

    def _statement(self, name: str) -> str:
        return named_statements(self._statements)[name]
