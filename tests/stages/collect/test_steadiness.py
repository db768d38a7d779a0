"""A shifted file is told in a clear sentence; ordinary months of a real shop raise no alarm."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, permutations
from typing import Any

import duckdb
import numpy as np
import pytest

from regie.collect import steadiness
from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import ONLINE_RETAIL, csv, mapping

MONTHS = """
SELECT strftime(make_timestamp(CAST(InvoiceDate * 1000000 AS BIGINT)), '%Y-%m') AS month,
       CAST(InvoiceDate // 86400 AS BIGINT) AS day,
       CAST(round(UnitPrice * 1000000) AS BIGINT) AS price,
       CAST(Quantity * 1000000 AS BIGINT) AS quantity,
       Country AS country, CustomerID IS NULL AS nobody
FROM read_parquet($path) WHERE UnitPrice > 0 AND Quantity > 0 ORDER BY ALL
"""
COLUMN = {"unit_price": "price", "quantity": "quantity", "country": "country", "person": "nobody",
          "at": "day"}  # fmt: skip


@cache
def months() -> dict[str, dict[str, Any]]:
    with duckdb.connect() as con:
        found = con.execute(MONTHS, {"path": str(ONLINE_RETAIL)}).fetchnumpy()
    which = np.asarray(found["month"]).astype(str)
    return {
        month: {name: np.asarray(column)[which == month] for name, column in found.items()}
        for month in sorted(set(which))
    }


@pytest.mark.parametrize("field", COLUMN)
def test_no_month_of_the_shop_raises_an_alarm_after_another(field: str) -> None:
    """All 156 ordered pairs of months, Christmas against January included."""
    column = COLUMN[field]
    kept = {m: steadiness.profile(field, rows[column]) for m, rows in months().items()}
    far = {
        (a, b): steadiness.distance(field, months()[b][column], kept[a])
        for a, b in permutations(kept, 2)
    }
    assert max(far.values()) <= 1, max(far, key=lambda pair: far[pair])
    # Neighbours, the ordinary case, stay well below the bound.
    assert max(far[pair] for pair in pairwise(sorted(kept))) < 0.6


@pytest.mark.parametrize("times", [0.01, 0.1, 0.5, 1.6, 2, 10, 100])
def test_prices_of_another_scale_are_far_in_every_month(times: float) -> None:
    for rows in months().values():
        kept = steadiness.profile("unit_price", rows["price"])
        assert steadiness.distance("unit_price", rows["price"] * times, kept) > 1, times


@pytest.mark.parametrize("field", COLUMN)
def test_a_sample_of_a_month_is_near_its_month_however_small(field: str) -> None:
    rows = months()["2011-06"]
    kept = steadiness.profile(field, rows[COLUMN[field]])
    draw = np.random.default_rng(7)
    for n in (50, 100, 300, 1000):
        for _ in range(40):
            if field == "at":
                continue
            sample = draw.choice(rows[COLUMN[field]], n, replace=False)
            assert steadiness.distance(field, sample, kept) <= 1, n


# ---- through an import

RULES = "".join(
    f'[[quality]]\ncheck = "steady"\nfield = "{field}"\n'
    for field in ("unit_price", "quantity", "person", "date")
)


def rows(day: int, price: float = 2.1, person: str = "p{n}", n: int = 120) -> list[str]:
    return [
        f"{day}{k:03},A{k % 9},Cup,{1 + k % 3},2011-0{day}-{1 + k % 9:02} 10:00,"
        f"{price * (1 + k % 5):.2f},{person.format(n=k % 40)},GBP"
        for k in range(n)
    ]


def brought(shop: Workspace, lines: list[str], rules: str = RULES) -> Imported:
    found = shop.import_file(csv(shop.folder, lines), mapping(shop, more=rules))
    assert isinstance(found, Imported)
    return found


def test_the_first_file_has_nothing_to_be_compared_with(shop: Workspace) -> None:
    found = brought(shop, rows(3))
    assert (found.findings, found.said, found.quality) == ((), (), 100)
    assert brought(shop, rows(4)).said == ()


def test_a_price_a_hundred_times_as_high_is_told(shop: Workspace) -> None:
    brought(shop, rows(3))
    found = brought(shop, rows(4, price=210))
    (said,) = found.said
    assert said.startswith("Not as before: price is 100 times what it was on ")
    assert said.endswith(": median 6.3 → 630.")
    assert [f.kept for f in found.findings] == [False, True, True, True]
    assert found.quality == 75


def test_the_good_file_after_a_bad_one_is_not_strange(shop: Workspace) -> None:
    brought(shop, rows(3))
    brought(shop, rows(4, price=210))
    assert brought(shop, rows(4)).said == ()


def test_a_new_level_is_told_once(shop: Workspace) -> None:
    brought(shop, rows(3))
    assert brought(shop, rows(4, price=6.3)).said != ()
    assert brought(shop, rows(5, price=6.3)).said == ()


def test_people_who_went_missing_and_days_that_thinned_out_are_told(shop: Workspace) -> None:
    brought(shop, rows(3, n=900))
    found = brought(shop, rows(4, person="", n=100))
    assert [f.rule.field for f in found.findings if not f.kept] == ["person", "at"]
    assert "person is empty in 100% of the rows" in found.said[0]
    assert "there are 11 rows a day" in found.said[1]


def test_a_rule_that_blocks_stops_runs(shop: Workspace) -> None:
    rules = RULES.replace('"unit_price"\n', '"unit_price"\nblock = true\n')
    brought(shop, rows(3), rules)
    found = brought(shop, rows(4, price=210), rules)
    assert found.said[0].startswith("Runs are stopped: price is 100 times")
    assert shop.state.imports("published")[-1].counts["blocked"] == 1
