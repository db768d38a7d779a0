"""A changed byte of a table's file ends in the file's name, whatever the driver says of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from regie.engines.delta import DeltaTables
from regie.ports.tables import SCHEMAS, Column
from regie.terms.errors import SettingError, WorkspaceError

ROWS = 40


def column(name: str, kind: str) -> Column:
    """Rows of a column; texts repeat, so that its pages have a dictionary."""
    numbers = np.arange(ROWS)
    if kind in ("BIGINT", "DOUBLE"):
        return numbers / 3 if kind == "DOUBLE" else numbers
    texts: Column = np.array([f"{name} {one % 7}" for one in numbers], dtype=object)
    return np.array([one.encode() for one in texts], dtype=object) if kind == "BLOB" else texts


def columns(table: str) -> dict[str, Column]:
    return {name: column(name, kind) for name, kind in SCHEMAS[table].items()}


@pytest.fixture
def tables(tmp_path: Path) -> DeltaTables:
    tables = DeltaTables(tmp_path)
    with tables.session() as session:
        for table in SCHEMAS:
            session.append_columns(table, {"first": columns(table)})
            session.append_columns(table, {"second": columns(table)})
    return tables


def file_of(tables: DeltaTables, table: str) -> Path:
    return sorted(tables.path(table).glob("*.parquet"))[0]


def every_row(tables: DeltaTables, table: str) -> None:
    with tables.session() as session:
        session.query(f"SELECT * FROM {table} ORDER BY ALL")


def renamed(content: bytes, name: bytes) -> bytes:
    """The name of a column with one bit changed, in the footer's schema."""
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    place = content.index(name, footer)
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(("table", "column"), [("events", b"source"), ("quarantine", b"reason")])
def test_a_column_under_another_name_is_the_files_fault(
    tables: DeltaTables, table: str, column: bytes
) -> None:
    for path in tables.path(table).glob("*.parquet"):
        path.write_bytes(renamed(path.read_bytes(), column))
    with pytest.raises(WorkspaceError, match=r"\.parquet is damaged \(\d+ columns, "):
        every_row(tables, table)


@pytest.mark.parametrize("table", SCHEMAS)
def test_changed_bytes_all_over_a_file_end_in_its_name_or_in_rows(
    tables: DeltaTables, table: str
) -> None:
    path = file_of(tables, table)
    whole, named = path.read_bytes(), 0
    for place in range(4, len(whole), len(whole) // 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            every_row(tables, table)
        except WorkspaceError as error:
            assert path.name in str(error), (place, str(error))
            named += 1
    assert named >= 10


def test_a_writer_that_reads_a_damaged_file_names_it_too(tables: DeltaTables) -> None:
    path = file_of(tables, "events")
    path.write_bytes(renamed(path.read_bytes(), b"source"))
    (other,) = set(tables.path("events").glob("*.parquet")) - {path}
    other.write_bytes(renamed(other.read_bytes(), b"source"))
    with pytest.raises(WorkspaceError, match=r"\.parquet is damaged"):
        tables.erase("events", {"key": ["key 1"]})


def test_a_question_that_is_wrong_blames_no_file(tables: DeltaTables) -> None:
    with pytest.raises(SettingError, match="not understood"):
        tables.sql("SELECT nothing FROM events", 10, 5.0)
    with pytest.raises(SettingError, match="not understood"):
        tables.sql("SELECT CAST(kind AS BIGINT) FROM events", 10, 5.0)


def test_a_page_broken_off_that_reads_alone_is_told_as_damage(
    tables: DeltaTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what a page lacks is filled from memory, a file may read alone and not with others."""
    import duckdb

    from regie.engines import delta

    def broken(_: object) -> None:
        raise duckdb.Error("Parquet file is likely corrupted, dictionary offset out of range")

    monkeypatch.setattr(delta, "_columns", broken)
    with pytest.raises(WorkspaceError, match=r"is damaged \(Parquet file is likely corrupted"):
        every_row(tables, "events")
