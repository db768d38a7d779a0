"""One log as CSV, as Excel and as Parquet is one log: the same events, to the micro and the id."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from regie.workspace.workspace import Workspace
from tests.support.workspaces import ONLINE_RETAIL, workspace

COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID",
    "Country",
)  # fmt: skip
INVOICES = ("536365", "C536379", "536370", "536414", "581587", "A563185", "C581569", "560397")
SLICE = (
    "SELECT InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,"
    " Country FROM read_parquet($path) WHERE InvoiceNo IN (SELECT unnest($invoices))"
)


@pytest.fixture(scope="module")
def lines() -> list[tuple[Any, ...]]:
    given = {"path": str(ONLINE_RETAIL), "invoices": list(INVOICES)}
    with duckdb.connect() as con:
        return con.execute(SLICE, given).fetchall()


def as_text(line: tuple[Any, ...]) -> list[Any]:
    """A line as a spreadsheet would show it: the wall clock spelled out, customers as numbers."""
    wall = datetime(1970, 1, 1) + timedelta(seconds=line[4])  # noqa: DTZ001 (a wall clock)
    customer = None if line[6] is None else int(line[6])
    return [*line[:4], wall, line[5], customer, line[7]]


def write_csv(lines: list[tuple[Any, ...]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(as_text(line) for line in lines)


def write_excel(lines: list[tuple[Any, ...]], path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for row, line in enumerate(lines, start=1):
            for column, value in enumerate(as_text(line)):
                sheet.write(row, column, value)


def write_parquet(_: list[tuple[Any, ...]], path: Path) -> None:
    given = {"path": str(ONLINE_RETAIL), "invoices": list(INVOICES)}
    with duckdb.connect() as con:
        con.sql(SLICE, params=given).write_parquet(str(path))


WRITERS = {"csv": write_csv, "xlsx": write_excel, "parquet": write_parquet}


def shop_with(folder: Path, kind: str, lines: list[tuple[Any, ...]]) -> Workspace:
    folder.mkdir()
    shop = workspace(folder / "shop")
    path = shop.folder / "rules/mappings/online-retail.toml"
    if kind != "parquet":
        path.write_text(path.read_text("utf-8").replace('["epoch_s"]', '["iso"]'), "utf-8")
    WRITERS[kind](lines, folder / f"log.{kind}")
    shop.import_file(folder / f"log.{kind}", "online-retail")
    return shop


def events(shop: Workspace) -> list[tuple[Any, ...]]:
    with shop.tables.session() as session:
        found = session.query(
            'SELECT event_id, at_us, recorded_us, key, kind, "order", item, quantity, "value",'
            " country, attributes FROM events ORDER BY event_id"
        )
    return list(zip(*(column.tolist() for column in found.values()), strict=True))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_same_log_gives_the_same_events(
    kind: str, lines: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    with (
        shop_with(tmp_path / "p", "parquet", lines) as parquet,
        shop_with(tmp_path / kind, kind, lines) as other,
    ):
        one, two = events(parquet), events(other)
        assert len(one) > 60
        assert one == two
        # So a log that came as Parquet and comes again as CSV adds nothing.
        path = parquet.folder / "rules/mappings/online-retail.toml"
        path.write_text(path.read_text("utf-8").replace('["epoch_s"]', '["iso"]'), "utf-8")
        again = parquet.import_file(tmp_path / kind / f"log.{kind}", "online-retail")
        assert (again.added, again.corrected) == (0, 0)
