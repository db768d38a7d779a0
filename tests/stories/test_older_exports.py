"""Files that come again, in the wrong order or beside one that is refused: each is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.typed import regie

HEADER = "order_id,ordered_at,customer_id,sku,product,quantity,unit_price,country\n"
ROW = "1,2025-09-19 17:12,c1020,BRD-OAK,Board,1,{price},France\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "W"
    regie("init", str(folder), "--zone", "Europe/Paris", "--currency", "EUR", "--language", "en",
          "--basis", "existing-customer")  # fmt: skip
    settings = folder / "regie.toml"
    settings.write_text(settings.read_text("utf-8").replace('now = ""', 'now = "2026-03-01"'))
    for name, price in (("o1", "10.00"), ("o2", "12.00")):
        (tmp_path / f"{name}.csv").write_text(HEADER + ROW.format(price=price), encoding="utf-8")
    return folder


def brought(shop: Path, *names: str) -> tuple[int, str, str]:
    files = [str(shop.parent / name) for name in names if not name.startswith("--")]
    options = [name for name in names if name.startswith("--")]
    done = regie("import", *files, "--as", "W", *options, workspace=shop)
    return done.code, done.out, done.err


def revenue(shop: Path) -> int:
    asked = "SELECT CAST(sum(value) AS BIGINT) AS v FROM events"
    return int(regie("sql", asked, "--json", workspace=shop).json()["rows"][0]["v"])


def test_an_older_export_undoes_a_correction_only_where_that_is_said(shop: Path) -> None:
    assert brought(shop, "o1.csv")[0] == brought(shop, "o2.csv")[0] == 0
    code, _, err = brought(shop, "o1.csv")
    assert (code, revenue(shop)) == (2, 12_000_000)
    assert "newer lines took the place of 1 of its orders since (o2.csv" in err
    assert "--as W --again" in err
    assert brought(shop, "o2.csv")[0] == 0, "the newest again adds nothing"
    assert brought(shop, "o1.csv", "--again")[0] == 0
    assert revenue(shop) == 10_000_000


def test_what_came_in_before_a_file_that_is_refused_is_told(shop: Path) -> None:
    code, out, err = brought(shop, "o1.csv", "nofile.csv")
    assert (code, "o1.csv: 1 rows, 1 added" in out) == (2, True)
    assert err.rstrip().endswith("before it came in: o1.csv")
    assert revenue(shop) == 10_000_000


def test_a_row_of_somebody_erased_is_not_said_to_be_kept(shop: Path) -> None:
    bad = HEADER + ROW.format(price="10.00") + ROW.format(price="9.00").replace("09-19", "09-39")
    (shop.parent / "o1.csv").write_text(bad, encoding="utf-8")
    assert "Set aside, kept encrypted" in brought(shop, "o1.csv")[1]
    assert regie("erase", "c1020", "--yes", workspace=shop).code == 0
    _, out, _ = brought(shop, "o1.csv")
    assert "Set aside" not in out
    assert "Not read, and not kept: 1 row that names somebody who was erased." in out
