"""What a newcomer's file meets: brought twice, without people, with signs of money."""

from __future__ import annotations

import pytest

from regie.collect import intake
from regie.terms.errors import CurrencyMismatchError, FileError
from regie.workspace.importing import completed
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


def test_a_price_in_another_currency_is_refused_beside_a_total_and_in_its_column_s_name(
    shop: Workspace,
) -> None:
    """A total without a sign hid the price's, and what a name told was not heard."""
    plain = mapping(shop, more='value = "total"')
    rows = [f"1,A,Cup,1,{DAY},€1.00,p,GBP,1.00", f"2,B,Mug,1,{DAY},€2.00,q,GBP,2.00"]
    with pytest.raises(CurrencyMismatchError, match=r'row 2, amount is "€1.00", expected GBP'):
        shop.import_file(csv(shop.folder, rows, header=f"{HEADER},total"), plain)
    till = "order,sku,qty,date,Prix €\n1,A,1,2011-03-01,9.90\n2,B,1,2011-03-02,3.10\n"
    (shop.folder / "till.csv").write_text(till, "utf-8")
    found = shop.propose(shop.folder / "till.csv")
    assert 'row 1, column of unit_price is "Prix €", expected GBP' in found.refused


NOBODY = ["NULL", "0", "N/A", "guest", "-", "none", "anonymous", "Invité"]


def test_what_names_no_customer_is_nobody_and_its_rows_are_told(shop: Workspace) -> None:
    """Eight guests were one person, the shop's best."""
    rows = [f"{n},A,Cup,1,{DAY},1.00,{who},GBP" for n, who in enumerate([*NOBODY, "p1", "NU"])]
    done = shop.import_file(csv(shop.folder, rows), mapping(shop))
    assert done.lines == {"order": 10}
    assert sorted(shop.state.contacts(["raw_id"])["raw_id"]) == ["NU", "p1"]
    assert done.said[0].startswith("8 rows have ") and "orders without a person" in done.said[0]


@pytest.mark.parametrize(("zeros", "people"), [(1, 25), (30, 24)])
def test_a_0_is_a_person_where_numbers_begin_at_0_and_it_is_one_of_many(
    shop: Workspace, zeros: int, people: int
) -> None:
    ids = [*range(25), *range(1, 25), *[0] * (zeros - 1)]
    rows = [f"{n},A,Cup,1,{DAY},1.00,{who},GBP" for n, who in enumerate(ids)]
    done = shop.import_file(csv(shop.folder, rows), mapping(shop))
    assert len(shop.state.contacts(["raw_id"])["key"]) == people
    assert bool(done.said) is (people == 24)


def test_an_answer_of_nobody_is_set_aside(shop: Workspace) -> None:
    path = shop.folder / "answers.csv"
    path.write_text(
        "person,purpose,granted,date\nguest,prospecting,yes,2011-03-01\n"
        "p1,prospecting,yes,2011-03-01\n",
        "utf-8",
    )
    done = shop.import_file(path, "consents")
    assert done.lines == {"consent": 1, "unreadable": 1} and done.consents == 1
    assert (done.unreadable[0]["found"], done.unreadable[0]["expected"]) == (
        "guest", "an identifier of somebody",
    )  # fmt: skip


TOTALS = [(k, k // 2, 1 + k % 3, 10.5 + k % 4) for k in range(16)]


def test_a_total_that_quantity_times_price_is_not_is_told_and_not_refused(shop: Workspace) -> None:
    plain = mapping(shop, more='value = "total"')
    rows = [
        f"{order},A{k},Cup,{count},{DAY},{price},p,GBP,{{}}" for k, order, count, price in TOTALS
    ]
    own = completed(shop, shop.rules.mapping(plain))
    for told, make in (
        (True, lambda k, order, line: 100 + order),  # the order's
        (True, lambda k, order, line: f"{1.2 * line:.2f}"),  # with tax
        (False, lambda k, order, line: f"{line:.2f}"),
        (False, lambda k, order, line: f"{line * (0.8 if k % 3 == 0 else 1):.2f}"),  # reduced
    ):
        lines = [
            row.format(make(k, order, count * price))
            for row, (k, order, count, price) in zip(rows, TOTALS, strict=True)
        ]
        file = csv(shop.folder, lines, header=f"{HEADER},total")
        with shop.tables.session() as session:
            read = intake.read(session, own, file, now_us=shop.settings.now_us())
        assert any("total is not quantity × price" in said for said in read.said) is told


STATES = ("Remboursée", "Annulée", "wc-cancelled", "wc-refunded")


def test_an_order_cancelled_or_given_back_is_no_sale_whatever_its_word(shop: Workspace) -> None:
    header = f"{HEADER},status"
    rows = [f"{n},A,Cup,1,{DAY},1.00,p,GBP,{state}" for n, state in enumerate(("paid", *STATES))]
    file = csv(shop.folder, rows, header=header)
    assert shop.import_file(file, "orders").lines == {"order": 1, "cancelled": 4}
    plain = mapping(shop, more='status = "status"')
    later = csv(shop.folder, [row.replace(DAY, "2011-03-02") for row in rows], header=header)
    (said,) = shop.import_file(later, plain).said
    assert all(f'"{state}" (1)' in said for state in STATES) and '"paid"' not in said
    (shop.folder / "rules/mappings/orders.toml").unlink()
    (shop.folder / f"rules/mappings/{plain}.toml").unlink()
    listed = ", ".join(f'"{state.lower()}"' for state in sorted(STATES, key=str.lower))
    assert f"cancelled = [{listed}]" in shop.propose(later).mapping
