"""Every row of every file is in one place, and its money with it, to the micro."""

from __future__ import annotations

from pathlib import Path

import duckdb

from regie.workspace import open_workspace

KEPT = ("order", "return", "fee", "adjustment")


def test_rows_and_micros_of_a_file_reconcile(whole_shop: Path) -> None:
    """What came in is what is kept plus what was set aside: counted from the file by plain SQL."""
    log = whole_shop.parent / "online_retail.parquet"
    rows, micros = duckdb.execute(
        "SELECT count(*), CAST(sum(CAST(Quantity AS BIGINT)"
        " * CAST(round(UnitPrice * 1000000) AS BIGINT)) AS BIGINT) FROM read_parquet($log)",
        {"log": str(log)},
    ).fetchall()[0]
    with open_workspace(whole_shop) as shop:
        source = shop.quality()[0]
        assert (sum(source.lines.values()), sum(source.value_micros.values())) == (rows, micros)
        events = shop.sql(
            'SELECT kind, CAST(count(*) AS BIGINT) AS lines, CAST(sum("value") AS BIGINT) AS micros'
            " FROM events WHERE source = 'online-retail' GROUP BY kind ORDER BY kind"
        ).columns
        for kind, lines, value in zip(*events.values(), strict=True):
            assert (source.lines[kind], source.value_micros[kind]) == (lines, value)
        assert set(events["kind"]) <= set(KEPT)
        assert sum(source.lines[kind] for kind in KEPT) == rows - source.lines["repeat"]


def test_money_of_every_source_is_in_the_accounts_once(own_shop: Path) -> None:
    """Importing again, and a correction, leave each order's money in the accounts once."""
    total = 'SELECT CAST(sum("value") AS BIGINT) AS micros FROM events'
    with open_workspace(own_shop) as shop:
        before = shop.sql(total).columns["micros"][0]
        counted = sum(
            source.value_micros.get(kind, 0) for source in shop.quality() for kind in KEPT
        )
        assert counted == before
        path = own_shop.parent / "corrected.csv"
        path.write_text(
            "order,item,description,quantity,at,unit_price,customer_id\n"
            "x3,85123A,A CANDLE,5,2011-05-05 10:00,2.55,13248\n",
            "utf-8",
        )
        for _ in range(2):
            shop.import_file(path, "orders")
            assert shop.sql(total).columns["micros"][0] == before + 3 * 2_550_000
