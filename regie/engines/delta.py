"""Tables as Delta folders, read by DuckDB; reads and writes the workspace's folder.

Why Delta and not a DuckDB file: any number of processes work on it at once, other engines read it
as it is, and an erased row leaves no byte. What deltalake does not do is done here: one writer at
a time (the lease), a commit name that is published once, and fsync.

Two bounds hold everywhere: DuckDB's memory, and its threads. What it spills lies in a folder of the
session, inside the workspace, and is swept at the next opening if the process was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
from arro3.core import Array, DataType, Field, Schema, Table
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from duckdb import ColumnExpression

from regie.engines.source_files import read_source
from regie.ports.tables import SCHEMAS, SORTED_BY, Column, Columns
from regie.terms.errors import SettingError, WorkspaceError

MEMORY_LIMIT = "1500MB"
THREADS = 2
LEASE_WAIT_S = 60.0
LEASE_POLL_S = 0.01
REOPENINGS = 2
"""How often a query whose file has gone is run again on the newest version."""

_ARROW = {
    "BIGINT": DataType.int64(),
    "DOUBLE": DataType.float64(),
    "VARCHAR": DataType.utf8(),
    "BLOB": DataType.binary(),
}
_CONFIGURATION = {
    # Statistics of other columns would put a person's key into the log.
    "delta.dataSkippingStatsColumns": "at_us",
    "delta.enableExpiredLogCleanup": "false",
}
_WRITER = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=122_880)
_T = TypeVar("_T")


class DeltaTables:
    """The tables of one workspace.

    Parameters
    ----------
    folder : Path
        The workspace's folder; each table is a folder in it.
    memory_limit : str
        What DuckDB may hold, e.g. `1500MB`; beyond, it spills.
    threads : int
        Threads of one session.
    lease_wait_s : float
        How long a writer waits for another one.
    """

    def __init__(
        self,
        folder: Path,
        memory_limit: str = MEMORY_LIMIT,
        threads: int = THREADS,
        lease_wait_s: float = LEASE_WAIT_S,
    ) -> None:
        self._folder = folder
        self._memory_limit = memory_limit
        self._threads = threads
        self._lease_wait_s = lease_wait_s
        self._scratch = folder / "scratch"
        self._scratch.mkdir(parents=True, exist_ok=True)
        _sweep(self._scratch)

    @contextmanager
    def session(self) -> Iterator[DeltaSession]:
        """Open a view of the newest version of every table."""
        with _scratch_folder(self._scratch) as spill:
            con = self._connect(spill)
            try:
                yield DeltaSession(self, con)
            finally:
                con.close()

    @contextmanager
    def lease(self, table: str) -> Iterator[None]:
        """Hold a table for writing; the same thread may take it again.

        Raises
        ------
        WorkspaceError
            If another writer holds it for longer than the wait.
        """
        path = self._folder / "scratch" / f"{_known(table)}.lease"
        lease = _lease_of(path.resolve())
        lease.take(self._lease_wait_s, table)
        try:
            yield
        finally:
            lease.give_back()

    def version(self, table: str) -> int:
        """The newest version's number; -1 where the table has never been written."""
        opened = self.open(table)
        return -1 if opened is None else opened.version()

    def committed(self, table: str, commit: str) -> bool:
        """Whether a commit of that name was published."""
        opened = self.open(table)
        return opened is not None and opened.transaction_version(commit) is not None

    def open(self, table: str) -> DeltaTable | None:
        """The newest version of a table, or None where it has never been written."""
        path = self.path(table)
        if not (path / "_delta_log").is_dir() or not DeltaTable.is_deltatable(str(path)):
            return None
        return DeltaTable(str(path))

    def path(self, table: str) -> Path:
        """The folder of a table."""
        return self._folder / _known(table)

    def _connect(self, spill: Path) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(
            ":memory:",
            config={
                "threads": self._threads,
                "memory_limit": self._memory_limit,
                "temp_directory": str(spill),
                # A name in SQL never means a Python variable, and nothing is fetched from afar.
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )


class DeltaSession:
    """One view of the tables in one DuckDB connection; made by `DeltaTables.session`."""

    def __init__(self, tables: DeltaTables, con: duckdb.DuckDBPyConnection) -> None:
        self._tables = tables
        self._con = con
        for table in SCHEMAS:
            self._see(table)

    def read_file(self, name: str, path: Path, options: Mapping[str, Any]) -> None:
        """Make a file the scratch relation `name`; see the port."""
        read_source(self._con, name, path, options)

    def register(self, name: str, columns: Mapping[str, Column | Sequence[Any]]) -> None:
        """Make columns the scratch relation `name`."""
        self._con.register(name, Table.from_pydict({k: _array(v) for k, v in columns.items()}))

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run one statement."""
        self._retried(lambda: self._con.execute(sql, parameters))

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Columns:
        """Rows of a SELECT as columns.

        Raises
        ------
        SettingError
            If an integer column holds NULL, or a sum is wider than BIGINT: both would silently
            become floats.
        """
        return self._retried(lambda: columns_of(self._con.execute(sql, parameters)))

    def append(
        self, table: str, sql: str, parameters: Mapping[str, Any] | None, commit: str
    ) -> int:
        """Add the SELECT's rows in one durable commit; the new version."""
        with self._tables.lease(table):
            self._see(table)
            if not self._tables.committed(table, commit):
                self._publish(table, self._rows(table, sql, parameters), "append", commit)
            return self._tables.version(table)

    def replace(
        self,
        table: str,
        predicate: str,
        sql: str,
        parameters: Mapping[str, Any] | None,
        commit: str,
    ) -> int:
        """Swap the rows that satisfy the predicate for the SELECT's, in one durable commit."""
        with self._tables.lease(table):
            self._see(table)
            if not self._tables.committed(table, commit):
                # NULL is "not satisfied", so that no row is lost to a missing value.
                gone = duckdb.CaseExpression(duckdb.SQLExpression(predicate), _FALSE)
                kept = self._con.table(table).filter(gone.otherwise(_TRUE))
                fresh = self._rows(table, sql, parameters)
                self._publish(table, kept.union(fresh), "overwrite", commit)
            return self._tables.version(table)

    def _see(self, table: str) -> None:
        opened = self._tables.open(table)
        schema = SCHEMAS[table]
        files = [] if opened is None else opened.file_uris()
        if files:
            relation = self._con.read_parquet(files)
        else:
            self._con.register(f"no_{table}", _empty(schema))
            relation = self._con.table(f"no_{table}")
        relation.select(*map(ColumnExpression, schema)).create_view(table, replace=True)

    def _rows(
        self, table: str, sql: str, parameters: Mapping[str, Any] | None
    ) -> duckdb.DuckDBPyRelation:
        rows = self._con.sql(sql, params=dict(parameters) if parameters else None)
        schema = SCHEMAS[table]
        if set(rows.columns) != set(schema):
            missing, other = set(schema) - set(rows.columns), set(rows.columns) - set(schema)
            raise SettingError(
                f"rows for {table}",
                f"without {sorted(missing)} and with {sorted(other)}",
                "exactly the table's columns",
                "name them in the SELECT",
            )
        return rows.select(
            *(
                ColumnExpression(name).cast(duckdb.sqltype(kind)).alias(name)
                for name, kind in schema.items()
            )
        )

    def _publish(self, table: str, rows: duckdb.DuckDBPyRelation, mode: Any, commit: str) -> None:
        before = self._tables.version(table)
        path = self._tables.path(table)
        write_deltalake(
            str(path),
            rows.sort(*map(ColumnExpression, SORTED_BY[table])),
            mode=mode,
            configuration=_CONFIGURATION,
            writer_properties=_WRITER,
            commit_properties=CommitProperties(app_transactions=[Transaction(commit, 1)]),
        )
        _sync(path, before + 1, self._tables.version(table))
        self._see(table)

    def _retried(self, work: Callable[[], _T]) -> _T:
        for _ in range(REOPENINGS):
            with suppress(duckdb.IOException):  # another process rewrote a table: its file is gone
                return work()
            for table in SCHEMAS:
                self._see(table)
        return work()


_TRUE, _FALSE = duckdb.ConstantExpression(True), duckdb.ConstantExpression(False)


def columns_of(cursor: duckdb.DuckDBPyConnection) -> Columns:
    """The rows of a cursor as arrays: integers int64, text objects with None, floats with NaN."""
    kinds = {name: str(kind) for name, kind, *_ in cursor.description or ()}
    return {
        name: _filled(name, kinds[name], values) for name, values in cursor.fetchnumpy().items()
    }


def _filled(name: str, kind: str, values: Any) -> Column:
    if kind in ("HUGEINT", "UHUGEINT"):
        raise SettingError(
            f"column {name} of the query",
            kind,
            "BIGINT",
            "cast the sum back: CAST(sum(…) AS BIGINT)",
        )
    if not np.ma.isMaskedArray(values) or not values.mask.any():
        return np.asarray(values)
    if values.dtype.kind in "iub":
        raise SettingError(
            f"column {name} of the query",
            f"NULL in {int(values.mask.sum())} rows",
            "a value in every row",
            "write coalesce(…) in the SQL",
        )
    missing = {"f": np.nan, "M": np.datetime64("NaT")}.get(values.dtype.kind)
    filled: Column = values.data.copy()
    filled[values.mask] = missing
    return filled


def _array(values: Column | Sequence[Any]) -> Array:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return Array.from_numpy(np.ascontiguousarray(values))
    plain = values.tolist() if isinstance(values, np.ndarray) else list(values)
    first = next((value for value in plain if value is not None), "")
    kind = {
        bool: DataType.bool(), int: DataType.int64(), float: DataType.float64(),
        bytes: DataType.binary(),
    }.get(type(first), DataType.utf8())  # fmt: skip
    return Array(plain, type=kind)


def _empty(schema: Mapping[str, str]) -> Table:
    fields = [Field(name, _ARROW[kind]) for name, kind in schema.items()]
    return Table.from_batches([], schema=Schema(fields))


def _known(table: str) -> str:
    if table not in SCHEMAS:
        raise SettingError("table", f'"{table}"', f"one of {', '.join(SCHEMAS)}", "name one")
    return table


def _sync(path: Path, first: int, last: int) -> None:
    """Make commits durable: data files, then the log, then the folders that name them."""
    log = path / "_delta_log"
    for version in range(first, last + 1):
        commit = log / f"{version:020d}.json"
        for line in commit.read_text().splitlines():
            if added := json.loads(line).get("add"):
                fsync_path(path / added["path"])
        fsync_path(commit)
    for folder in (log, path, path.parent):
        fsync_path(folder)


def fsync_path(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Lease:
    """An exclusive lock between processes (flock) and between threads (RLock) on one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0
        self._handle = -1

    def take(self, wait_s: float, table: str) -> None:
        until = time.monotonic() + wait_s
        if not self._thread.acquire(timeout=wait_s):
            raise _busy(table, wait_s)
        try:
            if self._depth == 0:
                self._handle = self._locked(until, wait_s, table)
            self._depth += 1
        except BaseException:
            self._thread.release()
            raise

    def give_back(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            os.close(self._handle)
        self._thread.release()

    def _locked(self, until: float, wait_s: float, table: str) -> int:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    os.close(handle)
                    raise _busy(table, wait_s) from None
                time.sleep(LEASE_POLL_S)
            else:
                return handle


_leases: dict[Path, _Lease] = {}
_leases_guard = threading.Lock()


def _lease_of(path: Path) -> _Lease:
    with _leases_guard:
        return _leases.setdefault(path, _Lease(path))


def _busy(table: str, wait_s: float) -> WorkspaceError:
    return WorkspaceError(
        f"table {table}",
        f"held by another writer for {wait_s:g} s",
        "free",
        "wait for the other command to end and try again",
    )


@contextmanager
def _scratch_folder(scratch: Path) -> Iterator[Path]:
    """A folder of one's own for spilled rows; its lock says that its owner lives."""
    folder = scratch / uuid.uuid4().hex
    lock = folder.with_suffix(".lock")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        lock.unlink()
        os.close(handle)


def _sweep(scratch: Path) -> None:
    """Remove what killed processes spilled."""
    for folder in scratch.iterdir():
        if not folder.is_dir():
            continue
        lock = folder.with_suffix(".lock")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with suppress(BlockingIOError):  # its owner lives
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)
        finally:
            os.close(handle)
