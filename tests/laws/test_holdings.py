"""Every file, table and column of a full workspace is claimed by exactly one holding."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import duckdb

from regie.govern.register import Holding
from regie.ports.tables import SCHEMAS
from regie.terms.event import KINDS
from regie.workspace import open_workspace, outside_rules, uploads
from regie.workspace.holdings import HOLDINGS, NOBODYS

STORES = [*(holding.store for holding in HOLDINGS), *NOBODYS]


def claims(path: str, stores: Sequence[str]) -> list[str]:
    """The stores that claim a file: those it lies in or is; SQLite's journals are of their file."""
    path = path.removesuffix("-wal").removesuffix("-shm")
    return [store for store in stores if path == store or path.startswith(f"{store}/")]


def column_claims(
    store: str, column: str, holdings: Sequence[Holding], kind: str | None = None
) -> int:
    """How many holdings claim a column of rows of a kind: by name, else by `*`."""
    here = [holding for holding in holdings if holding.store == store]
    here = [h for h in here if kind in h.kinds] or [h for h in here if not h.kinds]
    named = sum(column in holding.columns for holding in here)
    return named or sum("*" in holding.columns for holding in here)


def full(shop: Path) -> dict[str, Path]:
    """Every file of a workspace in which everything has been done, by its path there."""
    with open_workspace(shop) as workspace:
        workspace.write_report("fr")
        workspace.report("en")
        workspace.consent("15152", grant=["advertising"])
        workspace.object("12704")
        workspace.rectify("15152", "first_name", "Lia")
        workspace.erase("13248")
        workspace.replay(run=2)
        workspace.sql("SELECT count(*) FROM events")
        uploads.place(workspace, "orders.csv")[1].write_text("order\n", "utf-8")
        (shop / outside_rules.FILE).write_text("# whom to ask\n", "utf-8")
        return {
            path.relative_to(shop).as_posix(): path for path in shop.rglob("*") if path.is_file()
        }


def tables_of(state: Path) -> dict[str, list[str]]:
    """Tables of a SQLite file with their columns, but for SQLite's own."""
    con = sqlite3.connect(state)
    names = [name for (name,) in con.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        name: [row[1] for row in con.execute("SELECT * FROM pragma_table_info(?)", (name,))]
        for name in names
        if not name.startswith("sqlite_")
    }
    con.close()
    return found


def test_every_file_is_claimed_once(own_shop: Path) -> None:
    files = full(own_shop)
    state = {name for name in files if name.startswith("state.sqlite")}
    assert len(files) > 40
    claimed = {name: claims(name, STORES) for name in files.keys() - state}
    assert {name: found for name, found in claimed.items() if len(set(found)) != 1} == {}
    assert state <= {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm"}
    beside = [name for name in STORES if not name.startswith("state.sqlite/")]
    assert [name for name in beside if not any(claims(file, [name]) for file in files)] == []


def test_every_column_is_claimed_once(whole_shop: Path) -> None:
    wrong: list[tuple[object, ...]] = []
    for table, columns in SCHEMAS.items():
        stored = duckdb.sql(f"SELECT * FROM '{whole_shop}/{table}/*.parquet' LIMIT 1").columns
        assert stored == list(columns)
        wrong += [
            (table, name, kind)
            for name in stored
            for kind in (KINDS if table == "events" else (None,))
            if column_claims(table, name, HOLDINGS, kind) != 1
        ]
    for table, names in tables_of(whole_shop / "state.sqlite").items():
        store = f"state.sqlite/{table}"
        wrong += [
            (store, name)
            for name in names
            if column_claims(store, name, HOLDINGS) + (store in NOBODYS) != 1
        ]
    assert wrong == []


def test_no_holding_claims_what_is_not_there(whole_shop: Path) -> None:
    there = {f"state.sqlite/{table}" for table in tables_of(whole_shop / "state.sqlite")}
    there |= {path.name for path in whole_shop.iterdir()}
    there |= {outside_rules.FILE}  # where whoever runs the site writes one
    assert set(STORES) - there == set()
    assert len(STORES) == len(set(STORES)) or len(HOLDINGS) > len({h.store for h in HOLDINGS})


def test_a_forgotten_or_doubly_claimed_column_is_seen() -> None:
    """The law itself: seen to break."""
    assert claims("events/part-0.parquet", ["events", "decisions"]) == ["events"]
    assert claims("eventsx", ["events"]) == []
    assert column_claims("events", "key", HOLDINGS) == 1
    assert column_claims("nowhere", "key", HOLDINGS) == 0
    assert column_claims("events", "key", [*HOLDINGS, *HOLDINGS]) == 2
