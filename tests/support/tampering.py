"""Change what was recorded, as somebody with access to the files would."""

from __future__ import annotations

from pathlib import Path

import duckdb
from deltalake import DeltaTable, write_deltalake


def files_of(table: Path) -> list[str]:
    """The files of a table's newest version."""
    return DeltaTable(str(table)).file_uris()


def rewrite(folder: Path, table: str, replaced: str, where: str = "TRUE") -> None:
    """Write a table anew with some columns replaced: `SELECT * REPLACE (…)`, by a plain writer."""
    con = duckdb.connect()
    files = files_of(folder / table)
    con.execute("CREATE TABLE t AS SELECT * FROM read_parquet($files)", {"files": files})
    rows = con.sql(f"SELECT * REPLACE ({replaced}) FROM t WHERE {where}")
    write_deltalake(str(folder / table), rows, mode="overwrite")
    con.close()
