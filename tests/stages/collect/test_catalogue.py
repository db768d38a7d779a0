"""The catalogue as of an instant: what an item is called, costs, and since when it sells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regie.collect import catalogue
from regie.ports.tables import Columns, Session
from regie.terms.instant import day_start_us, parse_day
from regie.workspace import sight
from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import csv, mapping

ROWS = [
    # Two names on as many lines: the later one. Lines without a price name nothing.
    "1,A1,Cup,1,2011-03-01 10:00,2.50,p1,GBP",
    "2,A1,Teal cup,2,2011-03-02 10:00,2.00,p1,GBP",
    "3,A1,damaged,-5,2011-03-05 10:00,0.00,,GBP",
    # The name on most lines, though another is later.
    "4,B1,Plate,1,2011-03-01 10:00,1.00,p1,GBP",
    "5,B1,Plate,1,2011-03-02 10:00,1.00,p2,GBP",
    "6,B1,Plate (new),1,2011-03-03 10:00,4.00,p3,GBP",
    # Neither more lines nor later: alphabetical.
    "7,C1,Zinc lamp,1,2011-03-01 10:00,1.00,p1,GBP",
    "8,C1,Brass lamp,1,2011-03-01 10:00,1.00,p2,GBP",
    "9,D1,,1,2011-03-01 10:00,1.00,p2,GBP",
    "9,POST,Postage,1,2011-03-01 10:00,4.00,p2,GBP",
    "C1,E1,Came back,-1,2011-03-01 10:00,4.00,p2,GBP",
]


def settled(shop: Workspace, session: Session, day: str) -> Columns:
    sight.see(shop, session, day_start_us(parse_day(day), "Europe/London"))
    return catalogue.settle(session)


@pytest.fixture
def session(shop: Workspace) -> Iterator[Session]:
    shop.import_file(csv(shop.folder, ROWS), mapping(shop))
    with shop.tables.session() as opened:
        yield opened


def test_the_settled_description_follows_the_rule(shop: Workspace, session: Session) -> None:
    items = settled(shop, session, "2011-12-01")
    assert dict(zip(items["item"], items["description"], strict=True)) == {
        "A1": "Teal cup", "B1": "Plate", "C1": "Brass lamp", "D1": "D1",
    }  # fmt: skip


def test_prices_and_days_come_from_sales_alone(shop: Workspace, session: Session) -> None:
    items = settled(shop, session, "2011-12-01")
    a1 = {name: column[0] for name, column in items.items()}
    assert (a1["least_price_micros"], a1["most_price_micros"]) == (2_000_000, 2_500_000)
    assert (a1["usual_price_micros"], a1["lines"], a1["names"]) == (2_000_000, 2, 2)
    assert a1["last_us"] - a1["first_us"] == 86_400_000_000


def test_an_earlier_run_sees_the_catalogue_of_its_day(shop: Workspace, session: Session) -> None:
    items = settled(shop, session, "2011-03-02")
    assert items["description"].tolist() == ["Cup", "Plate", "Brass lamp", "D1"]
    assert items["names"].tolist() == [1, 1, 2, 0]


def test_conflicts_are_listed_with_every_name(shop: Workspace, session: Session) -> None:
    settled(shop, session, "2011-12-01")
    found = catalogue.conflicts(session)
    assert [tuple(row) for row in zip(*found.values(), strict=True)] == [
        ("A1", "Teal cup", 2, "Cup | Teal cup"),
        ("B1", "Plate", 2, "Plate | Plate (new)"),
        ("C1", "Brass lamp", 2, "Brass lamp | Zinc lamp"),
    ]


def test_the_real_catalogue_holds_no_fee_and_names_every_item(
    retail: tuple[Workspace, Imported],
) -> None:
    shop, _ = retail
    with shop.tables.session() as opened:
        items = settled(shop, opened, "2011-12-10")
        conflicts = catalogue.conflicts(opened)
    fees = {code.upper() for code in shop.rules.mapping("online-retail").fee_items}
    codes = items["item"].tolist()
    assert len(fees) == 10 and not fees & set(codes)
    assert codes == sorted(set(codes))
    assert {"DCGS0076", "85123A"} <= set(codes)  # DCGS items are goods
    assert any(code.startswith("GIFT_0001") for code in codes)  # and so are gift vouchers
    assert all(items["description"]) and (items["least_price_micros"] > 0).all()
    named = dict(zip(codes, items["description"].tolist(), strict=True))
    assert named["85123A"] == "WHITE HANGING HEART T-LIGHT HOLDER"
    assert len(conflicts["item"]) == int((items["names"] > 1).sum()) > 100
