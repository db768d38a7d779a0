"""The port to tables: append-only columns, read by SQL in DuckDB's dialect.

Tables are `events`, `decisions`, `quarantine`. A `Session` sees one consistent version of each and
may hold scratch relations of its own; what it appends is one durable commit, seen by others whole
or not at all. Why a session: an import is many SQL steps over one file and must not be half seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]
Columns = dict[str, Column]
"""Column name to array, all of one length; integers stay int64, text is object (None where null)."""


class Session(Protocol):
    """One reader's or writer's view of the tables; close it by leaving its `with`."""

    def read_file(self, name: str, path: Path, options: Mapping[str, Any]) -> None:
        """Make the file a scratch relation `name` of text-or-typed columns plus `row` (1-based)."""

    def register(self, name: str, columns: Mapping[str, Column | Sequence[Any]]) -> None:
        """Make columns a scratch relation `name`."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run one statement over tables and scratch relations (CREATE TEMP TABLE … AS …)."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Columns:
        """Rows of a SELECT as columns; `$name` takes a parameter."""

    def append(
        self, table: str, sql: str, parameters: Mapping[str, Any] | None, commit: str
    ) -> int:
        """Add the SELECT's rows to a table in one durable commit; the table's new version."""

    def replace(
        self,
        table: str,
        predicate: str,
        sql: str,
        parameters: Mapping[str, Any] | None,
        commit: str,
    ) -> int:
        """Swap the rows that satisfy the predicate for the SELECT's, in one durable commit."""


class Tables(Protocol):
    """Where the tables of one workspace live."""

    def session(self) -> AbstractContextManager[Session]:
        """Open a view of the newest versions; a file gone meanwhile is retried on newer ones."""

    def lease(self, table: str) -> AbstractContextManager[None]:
        """Hold the table for writing: every writer, compaction and erasure does."""

    def version(self, table: str) -> int:
        """The newest version's number; -1 where the table has never been written."""

    def committed(self, table: str, commit: str) -> bool:
        """Whether a commit of that name was published."""

    def erase(self, table: str, predicate: str, anonymise: str | None) -> int:
        """Physically remove rows, or put the SELECT `anonymise` in their place; rows touched."""


def rows_of(columns: Columns) -> int:
    """How many rows columns hold.

    Examples
    --------
    >>> rows_of({"a": np.array([1, 2])}), rows_of({})
    (2, 0)
    """
    return len(next(iter(columns.values()))) if columns else 0
