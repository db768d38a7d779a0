"""What a newcomer's file meets: brought twice, without people, with signs of money."""

from __future__ import annotations

import pytest

from regie.terms.errors import CurrencyMismatchError, FileError
from regie.workspace.workspace import Workspace
from tests.support.workspaces import HEADER, csv, mapping

DAY = "2011-03-01 10:00"
ROWS = [f"1,A,Cup,1,{DAY},1.00,p,GBP", f"2,B,Mug,2,{DAY},2.00,q,GBP"]


def test_the_same_bytes_by_another_mapping_are_not_counted_twice(shop: Workspace) -> None:
    path = csv(shop.folder, ROWS)
    assert shop.import_file(path, mapping(shop)).added == 2
    again = csv(shop.folder, ROWS, name="copy.csv")
    with pytest.raises(FileError, match=r"imported by the mapping plain on \d{4}-\d\d-\d\d") as no:
        shop.import_file(again, mapping(shop, name="other"))
    assert "--as plain" in str(no.value)
    assert shop.import_file(again, "plain").added == 0
    assert [i.mapping for i in shop.state.imports()] == ["plain", "plain"]


def test_one_file_may_be_orders_and_contacts(shop: Workspace) -> None:
    path = csv(shop.folder, ROWS)
    shop.import_file(path, mapping(shop))
    (shop.folder / "rules/mappings/people.toml").write_text(
        'kind = "contacts"\n[columns]\nperson = "person"\n[traits]\nmoney = "currency"\n', "utf-8"
    )
    assert shop.import_file(path, "people").contacts == 2


def test_orders_without_people_are_told_with_the_column_meant(shop: Workspace) -> None:
    header = HEADER.replace("person", "Adresse mail acheteuse")
    done = shop.import_file(csv(shop.folder, ROWS, header=header), mapping(shop))
    assert done.added == 2
    assert (
        'No column for person: all its orders were imported without one. Is "Adresse mail'
        ' acheteuse" meant? Then set columns.person = "Adresse mail acheteuse" in the mapping'
        " plain, and import the file again."
    ) in done.said


def test_orders_with_people_are_told_nothing_of_it(shop: Workspace) -> None:
    assert shop.import_file(csv(shop.folder, ROWS), mapping(shop)).said == ()


@pytest.mark.parametrize(
    "column", ["E-mail client", "Customer email", "Email", "Identifiant client", "N° client"]
)
def test_common_names_of_a_customer_are_read_by_the_shipped_mapping(
    shop: Workspace, column: str
) -> None:
    header = HEADER.replace("person", column)
    done = shop.import_file(csv(shop.folder, ROWS, header=header), "orders")
    assert not [said for said in done.said if "person" in said]
    assert len(shop.state.contacts(["raw_id"])["key"]) == 2


@pytest.mark.parametrize(
    ("decimal", "text", "micros"),
    [
        (",", "19,90 £", 19_900_000),
        (",", "1 234,56\u00a0£", 1_234_560_000),
        (".", "£2", 2_000_000),
        (".", "2 GBP", 2_000_000),
        (".", "-£2.50", -2_500_000),
    ],
)
def test_a_sign_of_the_currency_beside_an_amount_is_read(
    shop: Workspace, decimal: str, text: str, micros: int
) -> None:
    path = csv(shop.folder, [f'1,A,Cup,1,{DAY},"{text}",p,GBP'])
    done = shop.import_file(path, mapping(shop, decimal=decimal))
    assert sum(done.value_micros.values()) == micros


@pytest.mark.parametrize("text", ["19.90 €", "$2", "2 EUR"])
def test_an_amount_of_another_currency_is_refused(shop: Workspace, text: str) -> None:
    path = csv(shop.folder, [*ROWS, f"3,A,Cup,1,{DAY},{text},p,GBP"])
    with pytest.raises(CurrencyMismatchError, match=r"row 4, amount is .*expected GBP"):
        shop.import_file(path, mapping(shop))


def test_a_price_with_a_sign_is_proposed_as_a_price(shop: Workspace) -> None:
    rows = [f'{n},A{n},Cup,1,2011-03-0{n} 10:00,"{n},90 £",p{n},GBP' for n in range(1, 8)]
    found = shop.propose(csv(shop.folder, rows)).found
    assert found.columns["unit_price"] == "price" and found.decimal == (",",)
