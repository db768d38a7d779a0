"""The port to tables: append-only columns, read by SQL in DuckDB's dialect.

Tables are `events`, `decisions`, `quarantine`. A `Session` sees one consistent version of each and
may hold scratch relations of its own; what it appends is one durable commit, seen by others whole
or not at all. Why a session: an import is many SQL steps over one file and must not be half seen.
Every session understands the macros of `sql/words.sql`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from regie.ports.source import SourceForm
from regie.terms.decision import Decision
from regie.terms.errors import WorkspaceError
from regie.terms.event import Event

Column = npt.NDArray[Any]
Columns = dict[str, Column]
"""Column name to array, all of one length; integers stay int64, text is object with None."""

GivenColumns = Mapping[str, Column | Sequence[Any]]
"""Columns on their way in: arrays or lists, all of one length."""


def _sql_types(record: type[msgspec.Struct]) -> dict[str, str]:
    # What has parts (candidates, reasons, inputs …) is kept as JSON text.
    plain = {int: "BIGINT", float: "DOUBLE"}
    return {
        field.encode_name: plain.get(field.type, "VARCHAR")
        for field in msgspec.structs.fields(record)
    }


SCHEMAS: dict[str, dict[str, str]] = {
    "events": _sql_types(Event),
    "decisions": {**_sql_types(Decision), "salt": "VARCHAR"},
    "quarantine": {
        "import_id": "VARCHAR", "source": "VARCHAR", "file": "VARCHAR", "row": "BIGINT",
        "reason": "VARCHAR", "raw": "BLOB",
    },
}  # fmt: skip
"""Table to its columns, in order, with their SQL types: the one place that says so. `raw` is
encrypted; `salt` is what seals the row in the ledger and goes with it."""

SORTED_BY: dict[str, tuple[str, ...]] = {
    "events": ("key", "at_us", "event_id"),
    "decisions": ("run", "subject", "id"),
    "quarantine": ("import_id", "file", "row"),
}
"""The order rows stand in on disk: what is asked together lies together."""


PERSON_COLUMN: dict[str, str] = {"events": "key", "decisions": "subject"}
"""Where a table names a person, by key."""


class Answer(NamedTuple):
    """Rows of a bounded question, and whether there were more than the bound."""

    columns: Columns
    more: bool


class Session(Protocol):
    """One reader's or writer's view of the tables; close it by leaving its `with`.

    Whoever reads before writing (is this row new?) opens the session inside the table's lease.
    """

    def read_file(self, name: str, path: Path, options: Mapping[str, Any]) -> SourceForm:
        """Make the file a scratch relation `name` of text-or-typed columns, `row` and `unreadable`.

        The answer says what was found in the file beside its rows.

        `row` is the line a person sees in an editor (CSV, Excel: the header has line 1; Parquet:
        the first row is 1). `unreadable` holds the raw text of a line that could not be split into
        the header's columns (all other columns are NULL there), else NULL. An empty field is NULL.
        A column of the file named `row` or `unreadable` gets a trailing underscore.
        Options: `delimiter`, `encoding`, `header` (CSV), `sheet` (Excel).
        """

    def register(self, name: str, columns: GivenColumns) -> None:
        """Make columns a scratch relation `name`."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run one statement over tables and scratch relations (CREATE TEMP TABLE … AS …)."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Columns:
        """Rows of a SELECT as columns; `$name` takes a parameter."""

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a SELECT, some at a time as they are read: for more than memory should hold.

        Take them all before anything else is asked of the session, under the lease of every table
        that is read: what was given cannot be given again from a newer version.
        """

    def append(
        self, table: str, sql: str, parameters: Mapping[str, Any] | None, commit: str
    ) -> int:
        """Add the SELECT's rows to a table in one durable commit; the table's new version.

        The SELECT gives every column of the table by name, in any order of columns and rows. A
        commit name that was published before changes nothing. The session sees its own rows.
        """

    def append_columns(self, table: str, batches: Mapping[str, GivenColumns]) -> int:
        """Add batches of rows that were made here, each as `append` does, under its commit's name.

        All are one durable commit that carries every name: a hundred small batches cost little
        more than one. A batch has every column of the table by name, its rows in the table's order
        (`SORTED_BY`); batches stand one behind the other as they are given.
        """

    def replace(
        self,
        table: str,
        predicate: str,
        sql: str,
        parameters: Mapping[str, Any] | None,
        commit: str,
    ) -> int:
        """Swap the rows that satisfy the predicate for the SELECT's, in one durable commit.

        The predicate is a condition on the table's columns; it may look into scratch relations
        (`"order" IN (SELECT "order" FROM fresh)`), which is how values reach it.
        """


class Intact(NamedTuple):
    """What is left of tables of which something does not read.

    Parameters
    ----------
    files : dict[str, tuple[str, ...]]
        Table to its files that read.
    faults : dict[str, tuple[WorkspaceError, ...]]
        Table to what is wrong with each of the others.

    Examples
    --------
    >>> Intact({"events": ("a.parquet",)}, {"events": ()}).faults["events"]
    ()
    """

    files: dict[str, tuple[str, ...]]
    faults: dict[str, tuple[WorkspaceError, ...]]


class Tables(Protocol):
    """Where the tables of one workspace live."""

    def session(
        self, files: Mapping[str, Sequence[str]] | None = None
    ) -> AbstractContextManager[Session]:
        """Open a view of the newest versions; a file gone meanwhile is retried on newer ones.

        Parameters
        ----------
        files : Mapping[str, Sequence[str]] or None
            Table to the files to see of it, as `intact` gives them; None: all of the newest.
        """

    def intact(self) -> Intact:
        """The files of the newest versions that read, each read whole, and what ails the others."""

    def mistold(self) -> list[WorkspaceError]:
        """Files of the newest versions that are not as their table's log tells of them.

        By what it tells (size, rows, first and last instant) other engines pass over files; by what
        a file's own footer tells of its columns every engine passes over groups of its rows.
        """

    def doubt(self, table: str, column: str) -> None:
        """Look whether what footers tell of a column is so; else read every row from now on.

        For whoever must miss no row, such as an erasure: a footer that misleads would hide one.
        """

    def close(self) -> None:
        """Let go of what is kept for the next session."""
        ...

    def lease(self, table: str) -> AbstractContextManager[None]:
        """Hold the table for writing: every writer, compaction and erasure does. Re-entrant."""

    def version(self, table: str) -> int:
        """The newest version's number; -1 where the table has never been written."""

    def committed(self, table: str, commit: str) -> bool:
        """Whether a commit of that name was published."""

    def erase(
        self,
        table: str,
        matching: Mapping[str, Sequence[Any]],
        anonymise: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> int:
        """Physically remove the rows that match, leaving no byte of them; how many there were.

        Parameters
        ----------
        matching : Mapping[str, Sequence]
            Columns of one length, e.g. `{"key": ["ab…"]}` or `{"import_id": […], "row": […]}`: a
            row goes where all of them agree. Values, never SQL.
        anonymise : str or None
            A SELECT over the relation `gone` (the matching rows) whose rows take their place in
            the same commit.
        """

    def sql(
        self,
        sql: str,
        rows_limit: int,
        seconds: float,
        relations: Mapping[str, GivenColumns] = {},
    ) -> Answer:
        """Rows of one SELECT somebody typed: reads the tables and `relations`, within bounds."""


def rows_of(columns: Columns) -> int:
    """How many rows columns hold.

    Examples
    --------
    >>> import numpy as np
    >>> rows_of({"a": np.array([1, 2])}), rows_of({})
    (2, 0)
    """
    return len(next(iter(columns.values()))) if columns else 0


def listed(values: Column | Sequence[Any]) -> list[Any]:
    """A column's values as Python's own, whether it is an array or a list.

    Examples
    --------
    >>> import numpy as np
    >>> listed(np.array([1, 2])), listed(("a", None))
    ([1, 2], ['a', None])
    """
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def sql_text(package: str, name: str) -> str:
    """The text of a `.sql` file that stands beside a stage's code.

    Examples
    --------
    >>> "parse_micros" in sql_text("regie.collect", "numbers")
    True
    """
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
