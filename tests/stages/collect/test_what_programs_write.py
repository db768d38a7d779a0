"""What spreadsheets, shops and stock systems write around a value: undressed, settled, or said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from regie.collect import intake
from regie.collect.headings import likeness
from regie.collect.proposal import propose
from regie.terms.errors import CurrencyMismatchError, FileError, RuleError, ValueFoundError
from regie.terms.instant import moment_of
from regie.workspace.importing import completed
from regie.workspace.workspace import Workspace
from tests.support.workspaces import HEADER, csv, mapping

DAY = "2011-03-01 10:00"
UNSEEN = "\ufeff{}", "{}\u200b", " {}\u00a0", '"=""{}"""', "'{}", "{}"


AMOUNTS = ("quantity_micros", "price_micros", "value_micros", "at_us")


def read(shop: Workspace, path: Path, by: str) -> tuple[intake.Read, dict[str, Any]]:
    """What an import would read, and the rows it would place, without writing anything."""
    own = completed(shop, shop.rules.mapping(by))
    with shop.tables.session() as session:
        found = intake.read(session, own, path, now_us=shop.settings.now_us())
        amounts = ", ".join(f"coalesce({one}, 0) AS {one}" for one in AMOUNTS)
        return found, session.query(
            f'SELECT row, "order", item, person, {amounts} FROM typed ORDER BY row'
        )


def book(path: Path, rows: Sequence[Sequence[Any]], shown: dict[int, str], top: int = 0) -> Path:
    """A workbook whose columns have number formats, its table at column B, row `top`."""
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("Orders")
        formats = {place: made.add_format({"num_format": form}) for place, form in shown.items()}
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                form = formats.get(place) if number else None
                sheet.write(top + number, place + 1, cell, form)
        made.add_worksheet("Notes")
    return path


def test_an_identifier_is_one_however_a_spreadsheet_dresses_it(shop: Workspace) -> None:
    """Six writings of one order, one item and one person; nobody is doubled by any of them."""
    rows = [
        f"{form.format(f'10{n}')},{form.format('s1')},Cup,1,{DAY},1.00,{form.format('00123')},GBP"
        for n, form in enumerate(UNSEEN)
    ]
    done = shop.import_file(csv(shop.folder, rows), mapping(shop))
    assert done.lines == {"order": 6}
    with shop.tables.session() as session:
        found = session.query('SELECT DISTINCT "order", item, key FROM events ORDER BY "order"')
    assert found["order"].tolist() == [f"10{n}" for n in range(6)]
    assert set(found["item"]) == {"S1"} and len(set(found["key"])) == 1
    plain = [f"10{n},s1,Cup,1,{DAY},1.00,00123,GBP" for n in range(6)]
    assert shop.import_file(csv(shop.folder, plain, name="plain.csv"), "plain").added == 0


def test_a_customer_s_number_kept_as_a_fraction_is_the_same_customer(shop: Workspace) -> None:
    orders = csv(shop.folder, [f"1,A,Cup,1,{DAY},1.00,1020.0,GBP"])
    shop.import_file(orders, mapping(shop))
    (shop.folder / "people.csv").write_text(
        "customer_id,email\n1020,a@x.example\n'1020,\u200ba@x.example\n", "utf-8"
    )
    shop.import_file(shop.folder / "people.csv", "contacts")
    held = shop.state.contacts(["raw_id", "address"])
    assert held["raw_id"].tolist() == ["1020"] and held["address"].tolist() == ["a@x.example"]


@pytest.mark.parametrize("code", ["#REF!", "#N/A", "#NV", "#VALEUR !"])
def test_a_formula_that_failed_is_no_code(shop: Workspace, code: str) -> None:
    rows = [*(f"{n},A#{n},Cup,1,{DAY},1.00,p,GBP" for n in (8, 9)),
            f"1,{code},Cup,1,{DAY},1.00,p,GBP", f"{code},A,Cup,1,{DAY},1.00,p,GBP"]  # fmt: skip
    done = shop.import_file(csv(shop.folder, rows), mapping(shop))
    assert done.lines == {"order": 2, "unreadable": 2}
    said = "an identifier, where a spreadsheet's formula failed"
    assert [one["expected"] for one in done.unreadable] == [said, said]


HEAD = ("order", "item", "quantity", "at", "price", "person")


@pytest.mark.parametrize(
    ("form", "own"),
    [
        ("[$$-409]#,##0.00", False), ('"$"#,##0.00', False), ("#,##0.00\\ [$€-407]", False),
        ("[$USD] #,##0.00", False), ("#,##0.00 €", False), ("#,##0.00\\$", False),
        ("[$£-809]#,##0.00", True), ('#,##0.00 "GBP"', True),
        ("#,##0.00", True), ("[Red]0.00", True),
    ],
)  # fmt: skip
def test_a_workbook_shown_in_another_currency_is_refused_like_a_csv(
    shop: Workspace, form: str, own: bool
) -> None:
    rows = [HEAD, *[(n, "A", 1, DAY, 2.5, "p") for n in range(3)]]
    path = book(shop.folder / "orders.xlsx", rows, {4: form}, top=2)
    if own:
        _, typed = read(shop, path, mapping(shop))
        assert typed["price_micros"].tolist() == [2_500_000] * 3
    else:
        with pytest.raises(CurrencyMismatchError, match=r"row 4, price is shown with .* GBP"):
            read(shop, path, mapping(shop))
        assert "shown with" in shop.propose(path).refused


def test_zeros_that_a_format_shows_are_part_of_an_identifier(shop: Workspace) -> None:
    rows = [HEAD, *[(n, "A", 1, DAY, 2.5, 7) for n in (1, 20, 123456)]]
    path = book(shop.folder / "orders.xlsx", rows, {0: "00000", 5: "000;-000"}, top=3)
    _, typed = read(shop, path, mapping(shop))
    assert typed["order"].tolist() == ["00001", "00020", "123456"]
    assert set(typed["person"]) == {"007"} and typed["row"].tolist() == [5, 6, 7]


def test_a_sign_and_a_code_on_either_side_are_one_amount(shop: Workspace) -> None:
    rows = [f"{n},A,Cup,1,{DAY},{price},p,GBP" for n, price in enumerate(["£12.50 GBP", "GBP £3"])]
    _, typed = read(shop, csv(shop.folder, rows), mapping(shop))
    assert typed["price_micros"].tolist() == [12_500_000, 3_000_000]


def test_what_is_in_another_currency_is_not_written_down_as_a_mapping(shop: Workspace) -> None:
    path = shop.folder / "till.csv"
    for head, price in (("price (USD)", "9.90"), ("price", "$9.90")):
        path.write_text(
            f"order,sku,qty,date,{head}\n1,A,1,2011-03-01,{price}\n2,B,1,2011-03-02,{price}\n",
            "utf-8",
        )
        assert "expected GBP" in shop.propose(path).refused
        with pytest.raises(CurrencyMismatchError):
            shop.write_proposal(path, "till")
    assert not (shop.folder / "rules/mappings/till.toml").exists()


@pytest.mark.parametrize(
    ("texts", "form", "days"),
    [
        (["1299016800", "1299103200"], "unix_s", ["2011-03-01T22:00", "2011-03-02T22:00"]),
        (["1299016800000", "1299103200500"], "unix_ms", ["2011-03-01T22:00", "2011-03-02T22:00"]),
        (["40603", "40604.75"], "excel_days", ["2011-03-01T00:00", "2011-03-02T18:00"]),
        (["5.1.11", "13.2.11"], "%d.%m.%y", ["2011-01-05T00:00", "2011-02-13T00:00"]),
        (["04-MAR-2011", "5-apr-2011"], "%d-%b-%Y", ["2011-03-04T00:00", "2011-04-05T00:00"]),
        (["4 mars 2011", "1er août 2011"], "%d %B %Y", ["2011-03-04T00:00", "2011-08-01T00:00"]),
        (["4. März 2011", "5. Mai 2011"], "%d. %B %Y", ["2011-03-04T00:00", "2011-05-05T00:00"]),
    ],
)
def test_days_are_read_in_the_ways_that_programs_write_them(
    shop: Workspace, texts: list[str], form: str, days: list[str]
) -> None:
    """Seconds since 1970 are of UTC, a sheet's days are of the file's clock (Paris here)."""
    rows = "".join(f"1{n},S{n},2,{text},2.50\n" for n, text in enumerate(texts))
    path = shop.folder / "days.csv"
    path.write_text(f"order,sku,qty,date,price\n{rows}", "utf-8")
    found = shop.propose(path).found
    assert (found.columns.get("at"), found.time_formats) == ("date", (form,))
    own = mapping(shop, formats=(form,))
    rule = shop.folder / f"rules/mappings/{own}.toml"
    rule.write_text('zone = "Europe/Paris"\n' + rule.read_text("utf-8"), "utf-8")
    path = csv(shop.folder, [f"1{n},A,Cup,1,{text},1.00,p,GBP" for n, text in enumerate(texts)])
    _, typed = read(shop, path, own)
    zone = "UTC" if form.startswith("unix") else "Europe/Paris"
    assert [moment_of(int(us), zone).isoformat()[:16] for us in typed["at_us"]] == days


def test_a_few_days_that_are_none_do_not_hide_a_column_of_dates() -> None:
    many = [f"{1 + n % 14}/02/2025" for n in range(400)]
    bad = [f"n{n}/a" for n in range(20)]
    found = propose({"No": [f"A{n}" for n in range(420)], "Order Date": many + bad,
                     "Qty": ["1", "2"] * 210, "SKU": ["A", "B", "C"] * 140,
                     "Price": ["2.50", "3.20"] * 210})  # fmt: skip
    assert found.columns["at"] == "Order Date" and "%d/%m/%Y" in found.time_formats


@pytest.mark.parametrize(
    ("rows", "pieces", "price"),
    [
        ([("1,000", "10"), ("5,000", "11")], 6, 21.0),
        ([("2.000", "11.500"), ("3.000", "12.500")], 5, 24.0),
        ([("1,000", "10"), ("500", "11")], 1500, 21.0),
        ([("1.000", "10"), ("500", "11")], 1500, 21.0),
        ([("1,250", "10"), ("5,000", "11")], 6250, 21.0),
        ([("1,000", "10.50"), ("2,000", "11.50")], 3000, 22.0),  # the prices tell
        ([("1.000", "10,50"), ("2.000", "11,50")], 3000, 22.0),
    ],
)
def test_pieces_that_all_end_in_three_zeros_are_written_with_decimals(
    shop: Workspace, rows: list[tuple[str, str]], pieces: int, price: float
) -> None:
    lines = [f'{n},A,Cup,"{q}",{DAY},"{p}",p{n},GBP' for n, (q, p) in enumerate(rows)]
    own = mapping(shop)
    rule = shop.folder / f"rules/mappings/{own}.toml"
    rule.write_text(rule.read_text("utf-8").replace('decimal = "."', 'decimal = [".", ","]'))
    found, typed = read(shop, csv(shop.folder, lines), own)
    assert int(typed["quantity_micros"].sum()) == pieces * 1_000_000, found.said
    assert int(typed["price_micros"].sum()) == int(price * 1_000_000)
    assert any("every quantity ends in three zeros" in s for s in found.said) is (pieces < 10)


def test_what_may_change_a_sale_and_is_not_read_is_named(shop: Workspace) -> None:
    plain = mapping(shop)
    for column, cells, told in (
        ("Discount", ("0.00", "-2.00"), 'columns.discount = "Discount" in the mapping plain'),
        ("Discount %", ("0", "10"), "correct the prices"),
        ("Remise", ("0", "20%"), "correct the prices"),
        ("Montant remboursé", ("0,00", "3,50 £"), '"Montant remboursé" (1)'),
        ("VAT", ("0.20", "0.40"), '"VAT" (2)'),
        ("Type", ("Sale", "Refund"), '"Refund" (1)'),
        ("nature", ("Facture", "Avoir"), 'cancelled = ["avoir"]'),
        ("Belegart 2", ("Rechnung", " GUTSCHRIFT "), '"GUTSCHRIFT" (1)'),
        ("Payment method", ("Card", "Avoir"), ""),
        ("Remark", ("Return gift", "Cup"), ""),
        ("Discount", ("0.00", ""), ""),
        ("VAT number", ("123", "456"), ""),
        ("Type", ("Sale", "Gift"), ""),
        ("Product type", ("Return tray", "Cup"), ""),
        ("Customer", ("1", "2"), ""),
    ):
        rows = [f'{n},A,Cup,1,{DAY},9.00,p{n},GBP,"{cell}"' for n, cell in enumerate(cells)]
        found, _ = read(shop, csv(shop.folder, rows, header=f"{HEADER},{column}"), plain)
        assert len(found.said) == bool(told) and all(told in one for one in found.said), column
    notices = shop.propose(csv(shop.folder, rows, header=f"{HEADER},TVA")).notices
    assert [one.key for one in notices] == ["unread"]


def test_cents_are_hundredths_where_the_name_says_so(shop: Workspace) -> None:
    header = HEADER.replace("price", "price_cents")
    rows = [f"{n},A,Cup,2,{DAY},1050,p{n},GBP" for n in range(3)]
    path = csv(shop.folder, rows, header=header)
    assert header != HEADER
    proposed = shop.propose(path)
    assert [row["unit_price"] for row in proposed.rows] == ["10.5"] * 3
    assert 'cents = ["unit_price"]' in proposed.mapping

    def reading(more: str = "") -> str:
        name = mapping(shop)
        rule = shop.folder / f"rules/mappings/{name}.toml"
        own = rule.read_text("utf-8").replace('unit_price = "price"', 'unit_price = "price_cents"')
        rule.write_text(f"{more}\n{own}", "utf-8")
        return name

    found, typed = read(shop, path, reading())
    assert typed["value_micros"].tolist() == [2100_000_000] * 3, "as the mapping says"
    assert found.said[0].startswith('The name of "price_cents" says cents'), "but it is told"
    found, typed = read(shop, path, reading('cents = ["unit_price"]'))
    assert typed["value_micros"].tolist() == [21_000_000] * 3
    assert found.said == ()
    with pytest.raises(RuleError, match='cents is "item", expected one of unit_price, value'):
        read(shop, path, reading('cents = ["item"]'))


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("mailto:Ada@x.example", "ada@x.example"),
        ("MAILTO: ada@x.example?subject=out", "ada@x.example"),
        ('"Ada L." <ada@x.example>', "ada@x.example"),
        ("Zoé <mailto:ada@x.example>", "ada@x.example"),
        ("<ada@x.example>", "ada@x.example"),
        ("ada+news@x.example", "ada+news@x.example"),
        ("ada@x.example; ben@x.example", ""),
        ("Ada ada@x.example", ""),
    ],
)
def test_an_address_is_one_however_a_program_wrote_it(
    shop: Workspace, written: str, person: str
) -> None:
    path = shop.folder / "left.csv"
    cell = written.replace('"', '""')
    path.write_text(f'Email Address,UNSUB_TIME\n"{cell}",2011-02-01 12:00:00\n', "utf-8")
    if not person:  # it would be noted, and close nobody
        with pytest.raises(ValueFoundError, match="expected one address, as name@example"):
            shop.import_file(path, "mailchimp-unsubscribed")
        return
    shop.import_file(path, "mailchimp-unsubscribed")
    assert shop.state.consents()["key"].tolist() == [shop.key_of(person)]


def test_a_discount_comes_off_with_a_minus_or_without_and_is_proposed(shop: Workspace) -> None:
    plain = mapping(shop, more='discount = "off"')
    cells = [("1", "2.00"), ("1", "-2.00"), ("-1", "2.00"), ("-1", "-2.00")]
    rows = [f"{n},A,Cup,{q},{DAY},9.00,p{n},GBP,{off}" for n, (q, off) in enumerate(cells)]
    _, typed = read(shop, csv(shop.folder, rows, header=f"{HEADER},off"), plain)
    assert typed["value_micros"].tolist() == [7_000_000, 7_000_000, -7_000_000, -7_000_000]
    found = {
        name: propose({"Order": ["1", "2"], "Date": ["2025-01-02"] * 2, "SKU": ["A", "B"],
                       "Qty": ["1", "2"], "Price": ["9.50", "8.50"], name: cells})
        for name, cells in (("Discount", ["0.00", "-2.00"]), ("Discount %", ["0", "10"]),
                            ("Remise", ["0.10", "0.00"]))
    }  # fmt: skip
    assert [found[name].columns.get("discount") for name in found] == ["Discount", None, None]


def test_a_price_and_a_total_with_a_tax_and_without_are_taken_as_a_pair() -> None:
    rows = [(n % 5 + 1, 10.45 + n % 7) for n in range(30)]
    cells: dict[str, list[str | None]] = {
        "order_id": [str(n) for n in range(30)],
        "date": [f"2025-01-{n + 1:02d}" for n in range(30)],
        "sku": [f"M{n % 7}" for n in range(30)],
        "quantity": [str(q) for q, _ in rows],
    }
    for name, many, times in (
        ("Unit price excl. VAT", 0, 1.0), ("Unit price incl. VAT", 0, 1.2),
        ("Line total excl. VAT", 1, 1.0), ("Line total incl. VAT", 1, 1.2),
    ):  # fmt: skip
        cells[name] = [f"{p * times * (q if many else 1):.2f}" for q, p in rows]
    names = list(cells)
    turned = [*names[:4], *names[:3:-1]]
    swapped = [*names[:4], names[5], names[4], names[7], names[6]]
    for order in (names, turned, swapped):
        found = propose({name: cells[name] for name in order})
        pair = found.columns["unit_price"], found.columns["value"]
        assert pair[0].replace("Unit price", "Line total") == pair[1], pair
        assert pair[0] == next(name for name in order if "Unit" in name), "the first price stays"
        assert not any("another number" in why for g in found.guesses for why in g.evidence)


def test_a_workbook_whose_first_sheet_is_notes_names_the_others(shop: Workspace) -> None:
    path = book(shop.folder / "notes.xlsx", [("Remarks",), ("none",), ("of ours",)], {})
    proposed = shop.propose(path)
    assert [one.key for one in proposed.notices] == ["sheets"]
    assert '"Notes"' in proposed.notices[0].said
    with pytest.raises(FileError, match='sheet = "Notes"'):
        shop.write_proposal(path, "till")


def test_russian_headings_are_known() -> None:
    cells = {"Номер заказа": ["1", "2"], "Дата": ["5 января 2025", "13 мая 2025"],
             "Клиент": ["k1", "k2"], "Артикул": ["A", "B"], "Количество": ["1", "2"],
             "Цена": ["2,50", "3,20"]}  # fmt: skip
    found = propose(cells)
    assert (found.kind, found.missing, found.unknown) == ("orders", (), ())
    assert found.time_formats == ("%d %b %Y",)
    assert {likeness(field, column) for field, column in found.columns.items()} == {1.0}
