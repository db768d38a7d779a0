"""What an import says and keeps: another kind of file, products, corrections by hand."""

from __future__ import annotations

import pytest

from regie.terms.errors import FileError
from regie.workspace.workspace import Workspace
from tests.support.workspaces import SHIPPED

PEOPLE = "customer_id,email,city{more}\nc1,one@example.com,{city}{at}\n"


def contacts(shop: Workspace, city: str, at: str = "") -> int:
    path = shop.folder / "people.csv"
    text = PEOPLE.format(city=city, more=",date" if at else "", at=f",{at}" if at else "")
    path.write_text(text, "utf-8")
    return int(shop.import_file(path, "contacts").contacts)


def city(shop: Workspace) -> str:
    return str(shop.state.contacts(["trait:city"], [shop.key_of("c1")])["trait:city"][0])


def test_an_orders_file_is_no_contacts_file(shop: Workspace) -> None:
    before = len(shop.state.contacts(["raw_id"])["key"])
    with pytest.raises(FileError, match="a file of orders by its columns, expected contacts") as it:
        shop.import_file(SHIPPED / "samples/orders.csv", "contacts")
    assert "regie import orders.csv --as orders" in str(it.value)
    assert len(shop.state.contacts(["raw_id"])["key"]) == before


def test_orders_that_hold_addresses_may_be_read_as_contacts_with_a_word(shop: Workspace) -> None:
    path = shop.folder / "both.csv"
    path.write_text(
        "order_id,date,email,sku,quantity,price\n1,2011-03-01,one@example.com,A,1,2.50\n", "utf-8"
    )
    found = shop.import_file(path, "contacts")
    assert found.said == ("By its columns both.csv is a file of orders; it was read as contacts.",)
    assert shop.import_file(SHIPPED / "samples/contacts.csv", "contacts").said == ()


def test_products_are_new_once(shop: Workspace) -> None:
    path = shop.folder / "products.csv"
    path.write_text("product_id,product_type\nA1,Cup\nA2,Plate\n", "utf-8")
    assert shop.import_file(path, "completejourney-products").items == 2
    assert shop.import_file(path, "completejourney-products").items == 0
    path.write_text("product_id,product_type\nA1,Cup\nA2,Deep plate\n", "utf-8")
    assert shop.import_file(path, "completejourney-products").items == 1
    held = dict(zip(*(shop.state.items()[c] for c in ("item", "description")), strict=True))
    assert held == {"A1": "Cup", "A2": "Deep plate"}


@pytest.mark.parametrize("at", ["", "2011-12-01", "2011-12-09"])
def test_what_was_corrected_by_hand_holds_against_the_old_value(shop: Workspace, at: str) -> None:
    contacts(shop, "Lyon", at)
    shop.rectify("c1", "trait:city", "Nice")
    contacts(shop, "Lyon", at)
    assert city(shop) == "Nice"
    # The same list with a later date for another reason: nobody took the correction over.
    contacts(shop, "Lyon", "2011-12-10")
    assert city(shop) == "Nice"


def test_a_value_never_held_before_passes_after_a_correction(shop: Workspace) -> None:
    contacts(shop, "Lyon")
    shop.rectify("c1", "trait:city", "Nice")
    assert contacts(shop, "Lille") == 1
    assert city(shop) == "Lille"
    assert contacts(shop, "Lyon") == 0
    assert city(shop) == "Lille"


def test_conflicts_are_listed_with_what_stands(shop: Workspace) -> None:
    path = shop.folder / "till.csv"
    rows = [("1", "Cup"), ("2", "Teal cup"), ("3", "Cup")]
    lines = "".join(f"{o},A1,{name},1,2011-03-0{o} 10:00,2.50\n" for o, name in rows)
    path.write_text("order,sku,product,quantity,date,price\n" + lines, "utf-8")
    shop.import_file(path, "orders")
    (conflict,) = shop.item_conflicts()
    assert (conflict.item, conflict.settled, conflict.names) == ("A1", "Cup", ("Cup", "Teal cup"))


@pytest.mark.parametrize("at", ["", "2011-12-01", "2011-12-11"])
def test_contacts_of_an_erased_person_are_counted_as_such(shop: Workspace, at: str) -> None:
    contacts(shop, "Lyon", at)
    shop.erase("c1")
    path = shop.folder / "people.csv"
    found = shop.import_file(path, "contacts")
    assert (found.lines, found.contacts) == ({"erased": 1}, 0)
    path.write_text(path.read_text("utf-8").replace("c1,", "c2,") + "c1,x@example.com,Nice,\n")
    found = shop.import_file(path, "contacts")
    assert found.lines["erased"] == 1 and found.lines["contacts"] == 1 and found.contacts == 3
