"""Tables as Delta folders, read by DuckDB; reads and writes the workspace's folder.

Why Delta and not a DuckDB file: any number of processes work on it at once, other engines read it
as it is, and an erased row leaves no byte. What deltalake does not do is done here: one writer at
a time (the lease), a commit name that is published once, and fsync: deltalake shows a commit before
its bytes are on the disk, so each is synced before it is acknowledged, the last acknowledged
version is noted, and what a power cut left torn after that one is dropped by `mend`.

Two bounds hold everywhere: DuckDB's memory, and its threads. What it spills lies in a folder of the
session, inside the workspace, and is swept at the next opening if the process was killed.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

import duckdb
import numpy as np
from arro3.core import Array, DataType, Field, RecordBatch, Schema, Table
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import DeltaError
from duckdb import ColumnExpression

from regie.engines import footers
from regie.engines.asked import outside
from regie.engines.durable import damaged, fsync_path, told_if_full
from regie.engines.locks import lease, living_folder, sweep
from regie.engines.source_files.reading import read_source
from regie.ports.source import SourceForm
from regie.ports.tables import (
    PERSON_COLUMN,
    SCHEMAS,
    SORTED_BY,
    Answer,
    Column,
    Columns,
    GivenColumns,
    Intact,
    listed,
    sql_text,
)
from regie.terms.errors import RefusedError, RegieError, SettingError, WorkspaceError

MEMORY_LIMIT = "1500MB"
THREADS = 2
LEASE_WAIT_S = 60.0
IDLE = 2
"""So many instances of DuckDB wait for the next session; more go with theirs."""

COMPACT_AT = 64
"""At so many files of a table its small ones are joined: each import leaves one."""

COMPACT_TO_BYTES = 64 << 20
STREAMED_ROWS = 100_000
"""So many rows of a stream are in Python at once."""

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
_RETENTION = {
    "delta.logRetentionDuration": "interval 30 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
}
_WRITER = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=122_880)
_EVERY_ROW_ITS_OWN = ("id", "subject", "propensity", "candidates", "reasons", "inputs", "salt")
"""Columns of decisions without two values alike: a dictionary is tried, grows full, is given up."""

_WRITERS = {
    "decisions": WriterProperties(
        compression="ZSTD",
        compression_level=1,
        max_row_group_size=122_880,
        column_properties={
            name: ColumnProperties(dictionary_enabled=False) for name in _EVERY_ROW_ITS_OWN
        },
    )
}
_T = TypeVar("_T")


class DeltaTables:
    """The tables of one workspace.

    Parameters
    ----------
    folder : Path
        The workspace's folder; each table is a folder in it.
    hidden : Callable[[], Sequence[str]]
        Keys of the people whom no read may show, asked at each opening: whoever asked to be erased
        is gone at once, before the physical part is done.
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
        hidden: Callable[[], Sequence[str]] = tuple,
        memory_limit: str = MEMORY_LIMIT,
        threads: int = THREADS,
        lease_wait_s: float = LEASE_WAIT_S,
    ) -> None:
        self._folder = folder
        self.hidden = hidden
        self._memory_limit = memory_limit
        self._threads = threads
        self._lease_wait_s = lease_wait_s
        _check_name(folder)
        self._scratch = folder / "scratch"
        self._read: dict[str, tuple[object, tuple[int, Sequence[str]]]] = {}
        self._idle: deque[_Instance] = deque()
        self._is_trusting = True
        with told_if_full(self._scratch):
            self._scratch.mkdir(parents=True, exist_ok=True)
            sweep(self._scratch)

    @contextmanager
    def session(self, files: Mapping[str, Sequence[str]] | None = None) -> Iterator[DeltaSession]:
        """Open a view of the newest version of every table, or of these files of each."""
        instance = self._instance()
        con = instance.con.cursor()
        is_whole = False
        try:
            yield DeltaSession(self, con, instance, files)
            is_whole = True
        finally:
            con.close()  # and what was temporary goes
            if is_whole and len(self._idle) < IDLE and instance.is_clean():
                self._idle.append(instance)
            else:
                instance.close()

    def close(self) -> None:
        """Let go of what is kept for the next session."""
        while self._idle:
            self._idle.pop().close()

    def _instance(self) -> _Instance:
        """One that nobody uses, else a new one: making it takes longer than most questions."""
        with suppress(IndexError):
            idle = self._idle.pop()
            if idle.process == os.getpid():  # a child of this process has none of its threads
                return idle
        return _Instance(self._scratch, self._connect)

    def lease(self, table: str) -> AbstractContextManager[None]:
        """Hold a table for writing; the same thread may take it again.

        Raises
        ------
        WorkspaceError
            If another writer holds it for longer than the wait.
        """
        path = self._scratch / f"{_known(table)}.lease"
        return lease(path, self._lease_wait_s, f"table {table}")

    def version(self, table: str) -> int:
        """The newest version's number; -1 where the table has never been written."""
        return self._newest(table)[0]

    def committed(self, table: str, commit: str) -> bool:
        """Whether a commit of that name was published."""
        opened = self.open(table)
        return opened is not None and opened.transaction_version(commit) is not None

    def erase(
        self,
        table: str,
        matching: Mapping[str, Sequence[Any]],
        anonymise: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> int:
        """Physically remove the rows that match, leaving no byte of them; see the port.

        The table is written anew, with rows made anonymous at its end: where they lay they would
        still stand between their old neighbours' keys. The physical part is
        done even where no row matches, so that an erasure cut short is finished by the next call.
        """
        with self.lease(table):
            if self.open(table) is None:
                return 0
            with self.session() as session, _told(self.path(table), session.files):
                count = session.put_aside(table, matching, anonymise, parameters)
            self.close()  # nothing that was spilled is left with it
            with _told(self.path(table)):
                self._destroy_old_versions(table)
            sweep(self._scratch)
            return count

    def mend(self, table: str) -> None:
        """Drop what a power cut left torn: commits that were shown and never acknowledged.

        Whole ones stay. Cheap where the newest version was acknowledged.

        Raises
        ------
        WorkspaceError
            If another writer holds the table.
        """
        path = self.path(table)
        with self.lease(table), _told(path):
            acknowledged = self._acknowledged(table)
            commits, checkpoints = dict(_log_files(path, "json")), _log_files(path, "parquet")
            newest = max([*commits, *(version for version, _ in checkpoints)], default=-1)
            if newest <= acknowledged:
                return
            for version, checkpoint in checkpoints:
                # It may be torn; where the log it stands for is whole, it is not needed.
                if version > acknowledged and all(v in commits for v in range(version + 1)):
                    (path / "_delta_log" / "_last_checkpoint").unlink(missing_ok=True)
                    checkpoint.unlink()
            _drop_torn(path, {v: p for v, p in commits.items() if v > acknowledged})
            self.acknowledge(table)

    def acknowledge(self, table: str) -> None:
        """Make every version since the last acknowledged one durable, and note the newest."""
        path = self.path(table)
        _sync(path, self._acknowledged(table) + 1)
        newest = max((version for version, _ in _log_files(path, "json")), default=-1)
        # Not synced itself: an older note only means that more is looked at.
        part = self._scratch / f"{table}.part"
        part.write_text(str(newest))
        part.replace(self._note(table))

    def compact(self, table: str) -> None:
        """Join small files into larger ones; what they were made from goes after a week."""
        with self.lease(table):
            opened = self.open(table)
            if opened is not None:
                with _told(self.path(table)):
                    opened.optimize.compact(target_size=COMPACT_TO_BYTES)
                    self.acknowledge(table)
                    DeltaTable(str(self.path(table))).vacuum(dry_run=False)
                    self.acknowledge(table)

    def _acknowledged(self, table: str) -> int:
        try:
            return int(self._note(table).read_text())
        except (FileNotFoundError, ValueError):
            return -1

    def _note(self, table: str) -> Path:
        return self._scratch / f"{table}.synced"

    def _destroy_old_versions(self, table: str) -> None:
        """Leave no byte of what the newest version does not hold: files, log, checkpoints.

        Without retention at zero clean-up does nothing; restoring it commits once more, without
        which the version of the checkpoint would keep its log file.
        """
        path = self.path(table)
        DeltaTable(str(path)).alter.set_table_properties(
            dict.fromkeys(_RETENTION, "interval 0 seconds")
        )
        opened = DeltaTable(str(path))
        opened.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
        opened.create_checkpoint()
        self.acknowledge(table)
        # Commits go one by one from here, in any order: who looks at what is left must know that
        # the checkpoint stands for them.
        for noted in (self._note(table), self._scratch):
            fsync_path(noted)
        opened.cleanup_metadata()
        for left_by_killed in path.rglob("*#*"):
            left_by_killed.unlink()
        DeltaTable(str(path)).alter.set_table_properties(_RETENTION)
        self.acknowledge(table)
        for folder in (path / "_delta_log", path):
            fsync_path(folder)

    def sql(
        self,
        sql: str,
        rows_limit: int,
        seconds: float,
        relations: Mapping[str, GivenColumns] = MappingProxyType({}),
    ) -> Answer:
        """Rows of one SELECT somebody typed: reads tables and relations, nothing else, bounded.

        Raises
        ------
        RefusedError
            If it is not one SELECT, reaches for anything but the tables, or takes too long.
        SettingError
            If DuckDB does not understand it.
        """
        for _ in range(REOPENINGS):
            try:
                return self._answer(sql, rows_limit, seconds, relations)
            except _Rewritten:
                continue
        return self._answer(sql, rows_limit, seconds, relations)

    def _answer(
        self,
        sql: str,
        rows_limit: int,
        seconds: float,
        relations: Mapping[str, GivenColumns],
    ) -> Answer:
        instance = _Instance(self._scratch, self._connect)
        try:
            session = DeltaSession(self, instance.con, instance)
            for name, columns in relations.items():
                session.register(name, columns)
            session.lock_in()
        except BaseException:
            instance.close()
            raise
        asked = (sql, rows_limit, seconds, (*SCHEMAS, *relations))
        return _Apart(session.bounded, instance.close).answer(asked, seconds)

    def open(self, table: str) -> DeltaTable | None:
        """The newest version of a table, or None where it has never been written."""
        path = self.path(table)
        if not (path / "_delta_log").is_dir():
            return None
        with _told(path):
            if not DeltaTable.is_deltatable(str(path)):
                return None
            return DeltaTable(str(path))

    def intact(self) -> Intact:
        """The files of the newest versions that read, and what is wrong with the others; slow."""
        files: dict[str, tuple[str, ...]] = {}
        faults: dict[str, tuple[WorkspaceError, ...]] = {}
        for table, schema in SCHEMAS.items():
            try:
                newest = self.newest_files(table)
            except WorkspaceError as error:  # its log does not read: nothing says what is of it
                files[table], faults[table] = (), (error,)
                continue
            # Each file may be told twice: what was found first says more.
            found = dict(reversed(list(_faults([(Path(file), schema) for file in newest]))))
            files[table] = tuple(file for file in newest if Path(file) not in found)
            faults[table] = tuple(
                damaged(Path(file), found[Path(file)]) for file in newest if Path(file) in found
            )
        return Intact(files, faults)

    def mistold(self) -> list[WorkspaceError]:
        """Files that are not as their table's log tells of them; see the port."""
        wrong = []
        for table in SCHEMAS:
            opened = self.open(table)
            if opened is None:
                continue
            with _told(self.path(table)), duckdb.connect(config={"threads": THREADS}) as con:
                for one in opened.get_add_actions(flatten=True).to_struct_array().to_pylist():
                    path = self.path(table) / unquote(one["path"])
                    # One that does not read is named wherever its rows are asked for.
                    with suppress(duckdb.Error, OSError, ValueError, RuntimeError):
                        for name, found, held in _facts(con, path, one):
                            if held is not None and found != held:  # what is not told misleads none
                                wrong.append(_mistold(path, name, found, held))
                        if of_footer := _wrong(con, path):
                            wrong.append(_mistold_by_footer(path, of_footer))
        return wrong

    def doubt(self, table: str, column: str) -> None:
        """From now on read every row where a footer misleads about a column; see the port."""
        with duckdb.connect(config={"threads": THREADS}) as con:
            for file in self.newest_files(table):
                with suppress(duckdb.Error, OSError, RuntimeError):
                    self._is_trusting = self._is_trusting and not _wrong(con, Path(file), [column])
        if not self._is_trusting:
            self.close()

    def newest_files(self, table: str) -> list[str]:
        """The files of the newest version of a table; none where it has never been written."""
        return list(self._newest(table)[1])

    def _newest(self, table: str) -> tuple[int, Sequence[str]]:
        """Newest version and its files, kept while the log is as it was: reading it takes longer
        than most questions.
        """
        mark = _log_mark(self.path(table) / "_delta_log")
        kept = self._read.get(table)
        if kept is None or kept[0] != mark:
            opened = self.open(table)
            found: tuple[int, Sequence[str]] = (-1, ())
            if opened is not None:
                found = opened.version(), _paths(opened, self.path(table))
            # Marked before it was read: what came meanwhile is read again the next time.
            kept = self._read[table] = mark, found
        return kept[1]

    def path(self, table: str) -> Path:
        """The folder of a table."""
        return self._folder / _known(table)

    def _connect(self, spill: Path) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(
            ":memory:",
            config={
                "threads": self._threads,
                "memory_limit": self._memory_limit,
                "temp_directory": str(spill),
                # A name in SQL never means a Python variable, and nothing is fetched from afar.
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                # What a session read is not held in memory for the next one.
                "enable_external_file_cache": False,
            },
        )
        # It would print on stdout, which belongs to the answer.
        con.execute("SET enable_progress_bar = false")
        if not self._is_trusting:
            con.execute("SET disabled_optimizers = $all", {"all": footers.UNTRUSTING})
        con.execute(sql_text("regie.ports", "words"))
        return con


MOST_ANSWERED_BYTES = 32 << 20
"""A typed question's answer is at most so long, written out."""

_WEIGHED = "SELECT sum(strlen(CAST(answer AS VARCHAR))) FROM answer"


class _Instance:
    """A DuckDB of its own with a folder to spill into, used by one session at a time.

    The views of the tables stay for the next session, as long as they are what it would make: with
    them a session begins in a tenth of the time.
    """

    def __init__(self, scratch: Path, connect: Callable[[Path], duckdb.DuckDBPyConnection]) -> None:
        self.process = os.getpid()
        self.views: dict[str, Sequence[str]] = {}
        """Tables with a view of every row, and its files."""
        self.is_reusable = True
        self._held = ExitStack()
        self._spill = self._held.enter_context(living_folder(scratch))
        self.con = connect(self._spill)
        self._held.callback(self.con.close)

    def is_clean(self) -> bool:
        """Whether nothing of what was asked is left, in memory or on the disk."""
        return self.is_reusable and not any(self._spill.iterdir())

    def close(self) -> None:
        self._held.close()


class _Rewritten(Exception):
    """Another process rewrote a table under a question: it is asked again."""


class DeltaSession:
    """One view of the tables in one DuckDB connection; made by `DeltaTables.session`."""

    def __init__(
        self,
        tables: DeltaTables,
        con: duckdb.DuckDBPyConnection,
        instance: _Instance,
        given: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._tables = tables
        self._given = given
        self._con = con
        self._instance = instance
        self.files: dict[str, list[str]] = {}
        """The files of each table, as last seen."""

        self._see_all()

    def read_file(self, name: str, path: Path, options: Mapping[str, Any]) -> SourceForm:
        """Make a file the scratch relation `name`; see the port."""
        self._instance.is_reusable = False  # what is made of a file is not temporary
        return read_source(self._con, name, path, options)

    def register(self, name: str, columns: GivenColumns) -> None:
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
        return self._retried(lambda: _columns(self._con.execute(sql, parameters)))

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a SELECT, some at a time; see the port."""
        with self._told():
            cursor = self._con.execute(sql, parameters)
            while rows := cursor.fetchmany(STREAMED_ROWS):
                yield rows

    def append(
        self, table: str, sql: str, parameters: Mapping[str, Any] | None, commit: str
    ) -> int:
        """Add the SELECT's rows in one durable commit; the new version."""
        with self._tables.lease(table), self._told():
            if not self._tables.committed(table, commit):
                self._see_all()
                self._publish(table, self._rows(table, sql, parameters), "append", commit)
            return self._tables.version(table)

    def append_columns(self, table: str, batches: Mapping[str, GivenColumns]) -> int:
        """Add batches of rows that were made here, in one durable commit; the new version."""
        with self._tables.lease(table):
            opened = self._tables.open(table)
            fresh = [
                commit
                for commit in batches
                if opened is None or opened.transaction_version(commit) is None
            ]
            if fresh:
                rows = [_record_batch(table, batches[commit]) for commit in fresh]
                self._write(table, Table.from_batches(rows), "append", fresh, opened)
            return self._tables.version(table) if opened is None else opened.version()

    def replace(
        self,
        table: str,
        predicate: str,
        sql: str,
        parameters: Mapping[str, Any] | None,
        commit: str,
    ) -> int:
        """Swap the rows that satisfy the predicate for the SELECT's, in one durable commit."""
        with self._tables.lease(table), self._told():
            if not self._tables.committed(table, commit):
                self._see_all()
                # NULL is "does not satisfy": no row is lost to a missing value.
                stays = duckdb.CaseExpression(duckdb.SQLExpression(predicate), _FALSE)
                kept = self._stored(table).filter(stays.otherwise(_TRUE))
                fresh = self._rows(table, sql, parameters)
                self._publish(table, kept.union(fresh), "overwrite", commit)
            return self._tables.version(table)

    def put_aside(
        self,
        table: str,
        matching: Mapping[str, Sequence[Any]],
        anonymise: str | None,
        parameters: Mapping[str, Any] | None,
    ) -> int:
        """Write the table anew without the matching rows, or with others in their place.

        The first step of `DeltaTables.erase`, which holds the lease and does the others.
        """
        for name in matching:
            if name not in SCHEMAS[table]:
                raise SettingError(
                    f"column of {table}", f'"{name}"', "a column of the table", "name one"
                )
        self.register("erased_values", matching)
        values = self._con.table("erased_values").distinct()
        stored, columns = self._stored(table), ", ".join(map(_quoted, matching))
        going = stored.join(values, columns, how="semi")
        going.query("going", "CREATE TEMP TABLE gone AS SELECT * FROM going")
        count: int = self._con.table("gone").shape[0]
        if count:
            kept = stored.join(values, columns, how="anti")
            if anonymise is not None:
                anonymous = self._rows(table, anonymise, parameters)
                kept = kept.union(anonymous.sort(*map(ColumnExpression, SORTED_BY[table])))
            # In the order they stand in: sorting ten million lines anew takes minutes and memory.
            self._write(table, kept, "overwrite")
        return count

    def bounded(self, sql: str, rows_limit: int, seconds: float, tables: Sequence[str]) -> Answer:
        """Rows of one SELECT from these tables, within bounds; for `DeltaTables.sql`."""
        try:
            with self._told(), self._told_if_rewritten():
                return _bounded(self._con, sql, rows_limit, seconds, tables)
        except duckdb.OutOfMemoryException as error:
            raise RefusedError("query", "too large for its memory", "less", "narrow it") from error
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise SettingError(
                "query", f"not understood ({said})", "one SELECT in DuckDB's dialect", "correct it"
            ) from error

    def lock_in(self) -> None:
        """From now on the connection reads the tables' files and can do nothing else."""
        self._con.execute("SET VARIABLE files = $files", {"files": self._stored_in()})
        self._con.execute("SET allowed_paths = getvariable('files')")
        self._con.execute("SET enable_external_access = false")
        self._con.execute("SET lock_configuration = true")

    def _see_all(self) -> None:
        self._hidden = list(self._tables.hidden())
        self.register("hidden_people", {"key": self._hidden})
        for table in SCHEMAS:
            self._see(table)

    def _see(self, table: str) -> None:
        with self._told():
            for turn in range(REOPENINGS):
                # Between looking at the log and at its files another process may rewrite both.
                with suppress(duckdb.Error, WorkspaceError):
                    return self._look(table)
                time.sleep(0.02 * (turn + 1))
            return self._look(table)

    def _look(self, table: str) -> None:
        files = self.files[table] = self._files(table)
        if not self._hidden and files and self._instance.views.get(table) == files:
            return
        if not files:
            self._con.register(f"no_{table}", _empty(SCHEMAS[table]))
        relation = self._stored(table)
        self._instance.views.pop(table, None)
        if table in PERSON_COLUMN and self._hidden:
            hidden = self._con.table("hidden_people")
            person = hidden.select(ColumnExpression("key").alias(PERSON_COLUMN[table]))
            relation = relation.join(person, _quoted(PERSON_COLUMN[table]), how="anti")
        elif files:
            self._instance.views[table] = files
        relation.create_view(table, replace=True)

    def _files(self, table: str) -> list[str]:
        if self._given is not None:
            return list(self._given[table])
        return self._tables.newest_files(table)

    def _stored(self, table: str) -> duckdb.DuckDBPyRelation:
        """Every row of the table as last seen, hidden people included."""
        files = self.files[table]
        source = self._con.read_parquet(files) if files else self._con.table(f"no_{table}")
        return source.select(*map(ColumnExpression, SCHEMAS[table]))

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
        self._write(table, rows.sort(*map(ColumnExpression, SORTED_BY[table])), mode, (commit,))

    def _write(
        self,
        table: str,
        rows: Any,
        mode: Any,
        commits: Sequence[str] = (),
        opened: DeltaTable | None = None,
    ) -> None:
        """One durable commit of rows in their order: a relation, or an Arrow table."""
        path = self._tables.path(table)
        once = [Transaction(commit, 1) for commit in commits]
        with _told(path, self.files):
            write_deltalake(
                str(path) if opened is None else opened,
                rows,
                mode=mode,
                configuration=_CONFIGURATION,
                writer_properties=_WRITERS.get(table, _WRITER),
                commit_properties=CommitProperties(app_transactions=once),
            )
            self._tables.acknowledge(table)
        self._see(table)
        if mode == "append" and len(self.files[table]) >= COMPACT_AT:
            self._tables.compact(table)
            self._see(table)

    def _retried(self, work: Callable[[], _T]) -> _T:
        with self._told():
            for _ in range(REOPENINGS):
                with suppress(_Rewritten), self._told_if_rewritten():
                    return work()
                self._see_all()
            return work()

    def _told(self) -> AbstractContextManager[None]:
        """Name the file of any table that does not read, whatever the driver says of it."""
        return _told(self._tables.path("events"), self.files)

    @contextmanager
    def _told_if_rewritten(self) -> Iterator[None]:
        """A question fails where another process rewrote a table meanwhile: its file is gone."""
        try:
            yield
        except Exception as error:
            now = {table: self._files(table) for table in SCHEMAS}
            if now != self.files:
                raise _Rewritten from error
            raise

    def _stored_in(self) -> list[str]:
        return [file for table in self.files.values() for file in table]


_TRUE, _FALSE = duckdb.ConstantExpression(True), duckdb.ConstantExpression(False)


def _columns(cursor: duckdb.DuckDBPyConnection) -> Columns:
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


def _record_batch(table: str, columns: GivenColumns) -> RecordBatch:
    return RecordBatch.from_pydict(
        {
            name: Array(listed(columns[name]), type=_ARROW[kind])
            for name, kind in SCHEMAS[table].items()
        }
    )


def _array(values: Column | Sequence[Any]) -> Array:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return Array.from_numpy(np.ascontiguousarray(values))
    plain = listed(values)
    first = next((value for value in plain if value is not None), "")
    kind = {
        bool: DataType.bool(), int: DataType.int64(), float: DataType.float64(),
        bytes: DataType.binary(),
    }.get(type(first), DataType.utf8())  # fmt: skip
    return Array(plain, type=kind)


def _empty(schema: Mapping[str, str]) -> Table:
    fields = [Field(name, _ARROW[kind]) for name, kind in schema.items()]
    return Table.from_batches([], schema=Schema(fields))


def _facts(
    con: duckdb.DuckDBPyConnection, path: Path, told: Mapping[str, Any]
) -> Iterator[tuple[str, int | None, int | None]]:
    """What a log tells of a file: in words, what the file says of it, and what the log does."""
    yield "bytes", path.stat().st_size, told["size_bytes"]
    found = con.read_parquet(str(path))
    yield "rows", found.shape[0], told["num_records"]
    if "at_us" in found.columns:
        ((first, last, dated),) = found.aggregate(_INSTANTS).fetchall()
        none = found.shape[0] - dated
        yield "first instant", first, told.get("min.at_us")
        yield "last instant", last, told.get("max.at_us")
        yield "rows without an instant", none, told.get("null_count.at_us")


_INSTANTS = [
    duckdb.FunctionExpression(how, ColumnExpression("at_us")) for how in ("min", "max", "count")
]


def _mistold(path: Path, what: str, found: int | None, told: int | None) -> WorkspaceError:
    return WorkspaceError(
        str(path),
        f"not as its table's log tells ({what}: {found}, told {told})",
        "the log as Régie wrote it",
        "restore the folder of the table from a copy, then check with regie verify",
    )


def _wrong(
    con: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str] = ()
) -> list[footers.Fact]:
    """What a footer tells wrongly, a value that cannot be read included.

    Raises
    ------
    duckdb.Error
        If the rows do not read.
    """
    try:
        return footers.wrong(con, path, columns)
    except (duckdb.Error, ValueError, RuntimeError) as error:
        if any(_faults([(path, None)])):
            raise
        return [footers.Fact("a value", "readable rows", str(error).partition("\n")[0])]


def _mistold_by_footer(path: Path, of: Sequence[footers.Fact]) -> WorkspaceError:
    one, more = of[0], f", and {len(of) - 1} more" if len(of) > 1 else ""
    return WorkspaceError(
        str(path),
        f"not as its own footer tells ({one.what}: {_short(one.found)}, told {_short(one.told)}"
        f"{more})",
        "the file as Régie wrote it",
        "restore the folder of the table from a copy, then check with regie verify",
    )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"


_SHORT = 40


def _paths(table: DeltaTable, path: Path) -> list[str]:
    """The table's files; deltalake writes a space or an é of the folder as in a URL."""
    return [str(path / unquote(uri.rpartition("/")[2])) for uri in table.file_uris()]


def _check_name(folder: Path) -> None:
    found = _UNSAFE.search(str(folder.resolve()))
    if found:
        raise WorkspaceError(
            f"folder {folder}",
            f"named with {found[0]!r}",
            "a path without [ ] * ? | ^ \\ or a % before two digits: engines read more into these",
            "rename or move the folder",
        )


_UNSAFE = re.compile(r"[\[\]*?|^\\\x00-\x1f]|%[0-9A-Fa-f]{2}")


@contextmanager
def _told(path: Path, files: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Iterator[None]:
    """What an engine says of a full disk or a damaged file, in the house's words.

    One changed byte makes a driver say almost anything: a column is not found, memory is short, a
    buffer is out. So its words are not read: after any failure each file that was read is looked
    at alone, and the one that does not read is named.
    """
    try:
        with told_if_full(path):
            yield
    except (RegieError, _Rewritten):
        raise
    except Exception as error:
        read = [(Path(file), SCHEMAS[table]) for table in files for file in files[table]]
        for file, fault in _faults(read, rows=not isinstance(error, _BEFORE_ROWS)):
            raise damaged(file, fault) from error
        if type(error) is duckdb.Error:
            # No statement fails so: a page was broken off, and each file alone read to its end.
            raise damaged(path.parent, error) from error
        if isinstance(error, DeltaError | json.JSONDecodeError):
            raise damaged(path / "_delta_log", error) from error
        raise


_BEFORE_ROWS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
"""A statement fails so before it reads a row: what is at fault would be in a file's own schema."""


def _log_files(path: Path, kind: str) -> list[tuple[int, Path]]:
    """Commits (`json`) or checkpoints (`parquet`) of a table's log, with their version."""
    found = (path / "_delta_log").glob(f"*.{kind}")
    return sorted((int(one.name[:20]), one) for one in found if one.name[:20].isdigit())


def _log_mark(log: Path) -> object:
    """What differs as soon as a log does: its names, and the newest commit's file itself."""
    try:
        names = sorted(entry.name for entry in os.scandir(log))
        commits = [name for name in names if name.endswith(".json")]
        newest = (log / commits[-1]).stat() if commits else None
    except FileNotFoundError:  # never written, or cut just now
        return None
    return names, newest and (newest.st_ino, newest.st_mtime_ns, newest.st_size)


def _drop_torn(path: Path, commits: Mapping[int, Path]) -> None:
    """Drop the first commit whose bytes are not all there, and those after it, newest first."""
    actions = {version: _actions(commit) for version, commit in commits.items()}
    gone: set[str] = set()
    whole: dict[int, bool] = {}
    for version in sorted(actions, reverse=True):
        added = [action["add"] for action in actions[version] if "add" in action]
        # What a later version took away may be gone by right.
        whole[version] = bool(actions[version]) and all(
            one["path"] in gone or _is_readable(path / one["path"], one["size"]) for one in added
        )
        gone |= {action["remove"]["path"] for action in actions[version] if "remove" in action}
    torn = min((version for version in whole if not whole[version]), default=None)
    for version in sorted(commits, reverse=True):
        if torn is not None and version >= torn:
            commits[version].unlink()


def _actions(commit: Path) -> list[dict[str, Any]]:
    """The actions of a log entry; none where it is cut short."""
    try:
        return [json.loads(line) for line in commit.read_bytes().splitlines()]
    except ValueError:
        return []


def _is_readable(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size and not any(_faults([(file, None)]))


def _faults(
    files: Sequence[tuple[Path, Mapping[str, str] | None]], rows: bool = True
) -> Iterator[tuple[Path, str]]:
    """Files that do not read, and why: their footer, their columns, or their rows.

    Every one is read twice by one connection: a page that is shorter than it says is filled with
    what was read before it, and a reader that read nothing before may take that for sound.
    """
    with duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY_LIMIT}) as con:
        for file, schema in (*files, *files) if rows else files:
            if fault := _fault(con, file, schema, rows):
                yield file, fault


def _fault(
    con: duckdb.DuckDBPyConnection, file: Path, schema: Mapping[str, str] | None, rows: bool
) -> str:
    if not file.is_file():
        return "not there"
    try:
        found = con.read_parquet(str(file))
        columns = dict(zip(found.columns, map(str, found.types), strict=True))
        if rows:  # `max` would be answered from the footer
            found.aggregate([_bits(column) for column in columns]).fetchall()
    # Of the driver, or of Python: a column's name may be no text.
    except (duckdb.Error, ValueError, RuntimeError, OSError, MemoryError) as error:
        return str(error).strip() or type(error).__name__
    if schema is None or columns == schema:
        return ""
    other = sorted(f"{name} {kind}" for name, kind in columns.items() - schema.items())
    return f"{len(columns)} columns, {', '.join(other) or 'not all of the table'}"


def _bits(column: str) -> duckdb.Expression:
    return duckdb.FunctionExpression(
        "bit_xor", duckdb.FunctionExpression("hash", ColumnExpression(column))
    )


def _known(table: str) -> str:
    if table not in SCHEMAS:
        raise SettingError("table", f'"{table}"', f"one of {', '.join(SCHEMAS)}", "name one")
    return table


def _sync(path: Path, first: int) -> None:
    """Make commits from a version on durable: data files, then the log, then the folders."""
    log = path / "_delta_log"
    for version, commit in _log_files(path, "json"):
        if version >= first:
            for line in commit.read_text().splitlines():
                added = json.loads(line).get("add")
                # A later version may have taken the file away again.
                if added and (path / added["path"]).is_file():
                    fsync_path(path / added["path"])
            fsync_path(commit)
    for version, checkpoint in _log_files(path, "parquet"):
        if version >= first:
            fsync_path(checkpoint)
    if (log / "_last_checkpoint").is_file():
        fsync_path(log / "_last_checkpoint")
    for folder in (log, path, path.parent):
        fsync_path(folder)


STOPPING_S = 1.0
"""DuckDB stops between two pieces of its work: where one goes on for longer than this after the
time of a question is over, whoever asked is told without waiting for its end."""


class _Apart:
    """A question in a thread of its own, which may outlive whoever waits for its answer.

    One such at a time and process: until it has stopped no other question is taken.
    """

    _left: ClassVar[threading.Thread | None] = None

    def __init__(self, ask: Callable[..., Answer], close: Callable[[], None]) -> None:
        self._ask, self._close = ask, close
        self._found: Answer | BaseException | None = None

    def answer(self, asked: tuple[Any, ...], seconds: float) -> Answer:
        left = _Apart._left
        if left is not None and left.is_alive():
            self._close()
            raise RefusedError(
                "query", "asked while another one is still being stopped", "one after the other",
                "ask again in half a minute",
            )  # fmt: skip
        thread = threading.Thread(target=self._work, args=(asked,), daemon=True)
        thread.start()
        thread.join(seconds + STOPPING_S)
        if self._found is None:
            _Apart._left = thread
            raise _too_long(seconds)
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found

    def _work(self, asked: tuple[Any, ...]) -> None:
        try:
            self._found = self._ask(*asked)
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            self._found = error
        finally:
            self._close()


def _too_long(seconds: float) -> SettingError:
    return SettingError(
        "query",
        f"still running after {seconds:g} s",
        "an answer by then",
        "narrow it, or give it longer: --seconds",
    )


def _bounded(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    rows_limit: int,
    seconds: float,
    tables: Sequence[str],
) -> Answer:
    clock = threading.Timer(seconds, con.interrupt)
    clock.start()
    try:
        # Answered inside DuckDB's memory, and weighed, before a byte of it is Python's: one cell
        # may hold a list of millions. Names that come twice are told apart there.
        asked = con.sql(_one_select(con, sql, tables)).limit(rows_limit + 1)
        asked.query("asked", "CREATE TEMP TABLE answer AS SELECT * FROM asked")
        ((size,),) = con.execute(_WEIGHED).fetchall()
        if (size or 0) > MOST_ANSWERED_BYTES:
            raise RefusedError(
                "query", f"answered by {size:,} bytes", f"at most {MOST_ANSWERED_BYTES:,}",
                "ask for fewer rows or columns",
            )  # fmt: skip
        rows = con.table("answer")
        names, found = rows.columns, rows.select(*map(_plain, rows.columns, rows.types)).fetchall()
    except duckdb.InterruptException as error:
        raise _too_long(seconds) from error
    except duckdb.PermissionException as error:
        raise _reaching("outside the tables") from error
    finally:
        clock.cancel()
    columns: Columns = {}
    for place, name in enumerate(names):
        # Objects, not floats: a NULL stays a NULL and a wide sum stays whole.
        columns[name] = np.array([None] * min(len(found), rows_limit), dtype=object)
        columns[name][:] = [row[place] for row in found[:rows_limit]]
    return Answer(columns, len(found) > rows_limit)


def _plain(name: str, kind: Any) -> duckdb.Expression:
    """A column as Python takes it: an instant with a zone as text, for want of its own zones."""
    quoted = f'"{name.replace(chr(34), chr(34) * 2)}"'
    as_text = f"CAST({quoted} AS VARCHAR)" if "TIME ZONE" in str(kind) else quoted
    return duckdb.SQLExpression(as_text)


def _reaching(where: str) -> RefusedError:
    return RefusedError("query", f"reaching {where}", f"only {', '.join(SCHEMAS)}", "name a table")


def _one_select(
    con: duckdb.DuckDBPyConnection, sql: str, tables: Sequence[str]
) -> duckdb.Statement:
    statements = con.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = " and ".join(str(one.type).rpartition(".")[2] for one in statements) or "empty"
        raise RefusedError("query", kinds, "one SELECT", "ask one question; nothing is changed")
    named = outside(con, sql, tables)
    if named.functions:
        raise _reaching(f"outside the tables ({', '.join(named.functions)})")
    if named.tables:
        raise SettingError(
            "query",
            f"of what does not exist ({', '.join(named.tables)})",
            f"only {', '.join(SCHEMAS)}",
            "name a table",
        )
    return statements[0]


def _quoted(name: str) -> str:
    return str(ColumnExpression(name))
