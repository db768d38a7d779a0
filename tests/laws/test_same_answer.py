"""The same run on the same data gives the same decisions, bit for bit, and sees only its past."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

from regie.ports.tables import Columns
from regie.workspace import open_workspace
from regie.workspace.modelling import RECIPES
from regie.workspace.workspace import Workspace
from tests.support.shop import DAYS, make_shop, run_and_approve, write_slice

EVERY = "SELECT * FROM decisions ORDER BY id"
AS_OF_EPOCH_S = 1_315_522_800
"""2011-09-09 00:00 on London's wall clock, as the log writes it."""


def decisions(shop: Workspace, sql: str = EVERY) -> Columns:
    """Every column of every decision."""
    return shop.sql(sql, 100_000).columns


def differing(one: Columns, other: Columns) -> list[str]:
    """Columns in which two tables differ."""
    assert list(one) == list(other)
    return [name for name in one if not np.array_equal(one[name], other[name])]


def test_a_fresh_workspace_decides_the_same_to_the_bit(whole_shop: Path, tmp_path: Path) -> None:
    log = write_slice(tmp_path / "online_retail.parquet")
    with make_shop(tmp_path / "shop", log) as again, open_workspace(whole_shop) as before:
        run_and_approve(again)
        assert differing(decisions(before), decisions(again)) == []
        assert len(decisions(again)["id"]) > 250
        for name in RECIPES:
            assert before.models.versions(name) == again.models.versions(name)
            for version in again.models.versions(name):
                one, other = (w.models.load(name, version) for w in (before, again))
                assert one.card == other.card
                assert differing(one.arrays, other.arrays) == []


def test_the_same_run_again_is_kept(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        before = decisions(shop)
        again = shop.run(DAYS[1])
        assert (again.kept, again.run, len(shop.runs())) == (True, 2, 2)
        assert differing(before, decisions(shop)) == []


def test_a_run_sees_nothing_of_what_came_after(whole_shop: Path, tmp_path: Path) -> None:
    """A log whose later lines are wild gives the same decisions: the whole loop looks back only."""
    con = duckdb.connect()
    plain = write_slice(tmp_path / "plain.parquet")
    log = tmp_path / "online_retail.parquet"
    con.execute(
        f"""
        COPY (
          SELECT * REPLACE (
            CASE WHEN InvoiceDate >= $instant THEN Quantity * 7 ELSE Quantity END AS Quantity,
            CASE WHEN InvoiceDate >= $instant THEN 'WILD' ELSE StockCode END AS StockCode,
            CASE WHEN InvoiceDate >= $instant THEN 'Other' ELSE Description END AS Description,
            CASE WHEN InvoiceDate >= $instant THEN 'France' ELSE Country END AS Country
          )
          FROM read_parquet($plain) WHERE InvoiceDate < $instant OR hash(InvoiceNo) % 2 = 0
        ) TO '{log}' (FORMAT parquet)
        """,
        {"instant": AS_OF_EPOCH_S, "plain": str(plain)},
    )
    with make_shop(tmp_path / "shop", log) as other, open_workspace(whole_shop) as shop:
        run_and_approve(other)
        assert len(other.sql("SELECT 1 FROM events", 100_000).columns["1"]) < 25_000
        assert differing(decisions(shop), decisions(other)) == []


def test_people_whose_consent_is_closed_move_nobody(tmp_path: Path) -> None:
    """Their orders may be anything: no segment, training row, choice or mail of others hears it."""
    closed = ["12704", "13136", "12352"]
    plain = write_slice(tmp_path / "plain.parquet")
    log = tmp_path / "online_retail.parquet"
    duckdb.execute(
        f"""
        COPY (
          SELECT * REPLACE (
            CASE WHEN CustomerID IN (12704, 13136, 12352) THEN Quantity * 9 + 1 ELSE Quantity END
              AS Quantity,
            CASE WHEN CustomerID IN (12704, 13136, 12352) THEN left(InvoiceNo, 4) || StockCode
              ELSE InvoiceNo END AS InvoiceNo
          ) FROM read_parquet($plain)
        ) TO '{log}' (FORMAT parquet)
        """,
        {"plain": str(plain)},
    )
    told = []
    for name, source in (("one", plain), ("other", log)):
        with make_shop(tmp_path / name, source) as shop:
            for person in closed:
                shop.object(person)
            run_and_approve(shop)
            keys = [shop.key_of(person) for person in closed]
            found = decisions(shop)
            assert not set(keys) & set(found["subject"])
            assert not set(keys) & set(shop.state.outbox()["key"])
            told.append(found)
    assert differing(*told) == []
