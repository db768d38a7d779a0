"""Law: an erasure and a turn of retention move no money, no order and no basket from its day.

And what stays says nothing of anybody: no order number, no link between two orders by their marks,
no text but what others call the item too.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from regie.measure.cube import Cut, View
from regie.workspace.workspace import Workspace
from tests.laws.test_cube import cube_of
from tests.laws.test_retention import later
from tests.support.traces import traces
from tests.support.workspaces import csv, mapping, workspace

ENGRAVED = "MUG FOR ANA AT RUE DES LILAS"
NUMBERS = ("INV-736451", "INV-736452")
ORDERS = (
    # Half past midnight in Paris is the day before, and the month before, in UTC.
    f"{NUMBERS[0]},A,CANDLE,2,2011-10-01 00:30,10.00,ana,EUR",
    f"{NUMBERS[0]},B,BOX,1,2011-10-01 00:30,40.00,ana,EUR",
    f"{NUMBERS[1]},A,CANDLE,3,2011-10-01 09:00,10.00,ana,EUR",
    f"{NUMBERS[1]},M,{ENGRAVED},1,2011-10-01 09:00,15.00,ana,EUR",
    "C9001,A,refused by ana in person,-1,2011-10-01 12:00,10.00,ana,EUR",
    "b1,A,CANDLE,1,2011-10-01 10:00,10.00,ben,EUR",
    "b2,B,BOX,1,2011-10-02 10:00,40.00,ben,EUR",
    "g1,A,CANDLE,1,2011-10-02 11:00,10.00,,EUR",
    "b2,POST,ring at ben's,1,2011-10-02 10:00,3.00,ben,EUR",
)
BY_DAY = """
SELECT CAST(CAST(timezone('Europe/Paris', timezone('UTC', make_timestamp(at_us))) AS DATE)
         AS VARCHAR) AS day,
       kind, count(*) AS lines, CAST(sum("value") AS BIGINT) AS micros,
       CAST(sum(quantity) AS BIGINT) AS pieces,
       count(DISTINCT "order") FILTER (WHERE kind = 'order') AS orders,
       CAST(CASE WHEN kind = 'order' THEN sum("value") // nullif(count(DISTINCT "order"), 0) END
         AS BIGINT) AS basket
FROM events GROUP BY day, kind ORDER BY day, kind
"""


def by_day(shop: Workspace) -> dict[str, list[Any]]:
    """What the accounts say of each day, in SQL and as the screens count it."""
    cube = cube_of(shop)
    view = View(cube, Cut(first=cube.first, last=cube.first + timedelta(cube.days)))
    said: dict[str, list[Any]] = {
        name: column.tolist() for name, column in shop.sql(BY_DAY).columns.items()
    }
    for measure in ("revenue", "orders", "basket", "items", "returns", "fees"):
        parts = view.measure(measure, "day")
        days = zip(parts.names, parts.values, strict=True)
        said[measure] = [(day, int(value)) for day, value in days if value]
    return said


def column(shop: Workspace, sql: str) -> list[object]:
    """The first column of a query."""
    found: list[object] = next(iter(shop.sql(sql).columns.values())).tolist()
    return found


def orders_of(shop: Workspace) -> set[object]:
    """The order numbers and marks that stand."""
    return set(column(shop, "SELECT DISTINCT \"order\" FROM events WHERE kind = 'order'"))


def texts(shop: Workspace) -> set[object]:
    """What lines without a person say in words, by kind and item."""
    said = "json_extract_string(attributes, '$.description')"
    return set(
        column(
            shop,
            f"SELECT concat_ws(' ', kind, item, {said}) FROM events"
            f" WHERE key IS NULL AND {said} IS NOT NULL",
        )
    )


def in_paris(shop: Workspace, name: str) -> None:
    """Let a mapping read euros and the clock of Paris."""
    path = shop.folder / f"rules/mappings/{name}.toml"
    text = path.read_text("utf-8").replace('"GBP"', '"EUR"\nzone = "Europe/Paris"')
    path.write_text(text, "utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A shop in Paris whose orders came just after midnight, too."""
    made = workspace(tmp_path / "shop", zone="Europe/Paris", currency="EUR")
    plain = mapping(made)
    in_paris(made, plain)
    made.import_file(csv(tmp_path, ORDERS), plain)
    return made


def test_an_erasure_moves_no_money_no_order_and_no_basket(shop: Workspace, tmp_path: Path) -> None:
    with shop:
        before = by_day(shop)
        assert dict(before["revenue"])["2011-10-01"] == 115_000_000, "half past midnight is its day"
        assert before["basket"][:1] == [("2011-10-01", 38_333_333)], "115 euros, three orders"
        shop.erase("ana")
        assert by_day(shop) == before
        assert shop.import_file(tmp_path / "orders.csv", "plain").added == 0
        assert by_day(shop) == before
        assert shop.verify().faults == ()
        marks = orders_of(shop) - {"b1", "b2", "g1"}
        assert len(marks) == 2, "one for each order, so that neither leads to the other"
        assert all(str(mark).startswith("anonymous-") for mark in marks)
        assert texts(shop) == {"order A CANDLE", "order B BOX"}
    assert traces(shop.folder, [*NUMBERS, "LILAS", "in person"]) == set()


def test_marks_cannot_be_made_again_and_nothing_takes_their_place(
    shop: Workspace, tmp_path: Path
) -> None:
    with shop:
        shop.erase("ana")
        first = orders_of(shop)
        before = by_day(shop)
        mark = next(one for one in first if str(one).startswith("anonymous-"))
        taken = csv(tmp_path, (f"{mark},A,CANDLE,9,2011-10-03 09:00,10.00,ben,EUR",), name="x.csv")
        assert shop.import_file(taken, "plain").corrected == 0
        kept = "SELECT count(*) FROM events WHERE at_us < 1317592800000000"
        assert column(shop, kept) == [len(ORDERS)]
        assert [day for day in by_day(shop)["revenue"] if day[0] < "2011-10-03"] == before[
            "revenue"
        ]


def test_two_erasures_give_the_same_order_other_marks(tmp_path: Path) -> None:
    marks = []
    for name in ("one", "two"):
        with workspace(tmp_path / name, zone="Europe/Paris", currency="EUR") as shop:
            in_paris(shop, mapping(shop))
            shop.import_file(csv(tmp_path, ORDERS), "plain")
            shop.erase("ana")
            marks.append(orders_of(shop) - {"b1", "b2", "g1"})
    assert not marks[0] & marks[1], "the same key and numbers: only chance tells them apart"


@pytest.mark.parametrize("order", ["aged here", "aged before"])
def test_retention_moves_no_money_no_order_and_no_basket(tmp_path: Path, order: str) -> None:
    begins = "2011-12-10" if order == "aged here" else "2014-03-01"
    with workspace(tmp_path / "now", zone="Europe/Paris", currency="EUR") as young:
        in_paris(young, mapping(young))
        young.import_file(csv(tmp_path, ORDERS), "plain")
        before = by_day(young)
    with workspace(tmp_path / "shop", zone="Europe/Paris", currency="EUR", now=begins) as shop:
        in_paris(shop, mapping(shop))
        shop.import_file(tmp_path / "orders.csv", "plain")
    with later(shop, 900) as old:
        old.expire()
        assert by_day(old) == before
        assert old.import_file(tmp_path / "orders.csv", "plain").added == 0
        assert by_day(old) == before
        assert len(orders_of(old)) == 5
        assert all(str(mark).startswith("anonymous-") for mark in orders_of(old))
        assert texts(old) == {"order A CANDLE", "order B BOX"}
        assert old.expire() == [], "what is anonymous is not taken for old again"
        assert old.verify().faults == ()


def test_what_an_erased_person_orders_later_counts_on_its_day(
    shop: Workspace, tmp_path: Path
) -> None:
    rows = (
        "late-1,A,CANDLE,2,2011-12-20 00:30,10.00,ana,EUR",
        f"late-1,M,{ENGRAVED},1,2011-12-20 00:30,15.00,ana,EUR",
    )
    with shop:
        shop.erase("ana")
    with later(shop, 20) as moved:
        assert moved.import_file(csv(tmp_path, rows, name="late.csv"), "plain").added == 2
        said = by_day(moved)
        assert ("2011-12-20", 35_000_000) in said["revenue"]
        assert ("2011-12-20", 1) in said["orders"]
        assert "order A CANDLE" in texts(moved)
        assert not any("LILAS" in str(one) for one in texts(moved))
    assert traces(moved.folder, ["late-1"]) == set()
