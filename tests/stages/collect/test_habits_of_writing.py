"""How a country writes amounts and dates is settled for a whole file, by its content, or said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from regie.collect import intake
from regie.terms.errors import ColumnError
from regie.terms.instant import HOUR_US, moment_of
from regie.workspace import open_workspace
from regie.workspace.importing import Imported, completed
from regie.workspace.making import make_workspace
from regie.workspace.workspace import Workspace

FRENCH = """\
N° commande;Date;Client;Réf.;Désignation;Qté;PU;Pays
5001;{first} 17:12;c1;TASSE-01;Tasse bleue;2;12,50;France
5002;02/09/2025 09:05;c2;TASSE-01;Tasse bleue;1;12,50;France
5003;03/09/2025 21:40;c3;TABLE-02;Table basse;1;1 249,00;Belgique
"""


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    return tmp_path


def made(folder: Path, zone: str = "Europe/Paris", currency: str = "EUR", lang: str = "fr") -> Any:
    make_workspace(
        folder, time_zone=zone, currency=currency, language=lang, basis="consent", name="A shop"
    )
    return open_workspace(folder)


def bring(shop: Workspace, text: str, name: str = "export.csv") -> Imported:
    path = shop.folder.parent / name
    path.write_text(text, "utf-8")
    found = shop.import_file(path, shop.folder.name)
    assert isinstance(found, Imported)
    return found


def days(shop: Workspace) -> list[str]:
    with shop.tables.session() as session:
        found = session.query('SELECT at_us FROM events ORDER BY "order", event_id')
    return [moment_of(int(us), shop.settings.zone).isoformat()[:16] for us in found["at_us"]]


def test_a_french_export_reads_without_editing(keys: Path) -> None:
    with made(keys / "boutique") as shop:
        found = bring(shop, FRENCH.format(first="31/08/2025"))
        assert found.lines == {"order": 3}
        assert found.value_micros == {"order": 25_000_000 + 12_500_000 + 1_249_000_000}
        assert days(shop) == ["2025-08-31T17:12", "2025-09-02T09:05", "2025-09-03T21:40"]
        assert found.said == ()


def test_an_english_export_reads_in_a_french_workspace(keys: Path) -> None:
    with made(keys / "boutique") as shop:
        text = "order,sku,qty,date,price\n1,A,2,2025-08-31 17:12:09,2.50\n2,A,1,2025-09-02,10\n"
        assert bring(shop, text).value_micros == {"order": 15_000_000}
        assert days(shop) == ["2025-08-31T17:12", "2025-09-02T00:00"]


def test_a_time_with_its_own_offset_is_read_by_that_however_it_is_written(keys: Path) -> None:
    """A database writes +00, and Parquet keeps the instant itself."""
    with made(keys / "boutique") as shop:
        moments = (
            "2025-10-01T22:30:00Z", "2025-10-01 22:30:00+00", "2025-10-01 22:30:00.000 +00",
            "2025-10-02 00:30:00+02", "2025-10-01 18:30:00-0400", "2025-10-01 22:30:00 UTC",
        )  # fmt: skip
        rows = "".join(f"{n},A,1,{moment},2.50\n" for n, moment in enumerate(moments))
        assert bring(shop, f"order,sku,qty,date,price\n{rows}").lines == {"order": 6}
        assert days(shop) == ["2025-10-02T00:30"] * 6
        path = shop.folder.parent / "more.parquet"
        con = duckdb.connect()
        con.execute("SET timezone = 'UTC'")
        con.sql(
            "SELECT 'p' AS \"order\", 'A' AS sku, 1 AS qty, 2.5 AS price,"
            " TIMESTAMPTZ '2025-10-01 22:30:00+00' AS date"
        ).write_parquet(str(path))
        shop.import_file(path, shop.folder.name)
        assert days(shop) == ["2025-10-02T00:30"] * 7


def test_a_number_longer_than_a_sheet_keeps_is_nobodys(keys: Path) -> None:
    """Excel keeps fifteen digits: the order it would be told as never was."""
    with made(keys / "boutique") as shop:
        path = shop.folder.parent / "long.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for place, row in enumerate(
                [
                    ("order", "sku", "qty", "date", "price"),
                    (123456789012345678, "A", 1, "2025-10-01", 2.5),
                    (1.23e17, "A", 1, "2025-10-01", 2.5),
                    *[(123456789012345 + n, "A", 1, "2025-10-01", 2.5) for n in range(20)],
                ]
            ):
                sheet.write_row(place, 0, row)
        found = shop.import_file(path, shop.folder.name)
        assert isinstance(found, Imported)
        assert found.lines == {"order": 20, "unreadable": 2}


def test_an_hour_that_the_clocks_skip_is_the_next_and_of_two_the_second(keys: Path) -> None:
    """As docs/guides/import.md says; no line is lost to a change of clocks."""
    with made(keys / "boutique") as shop:
        nights = (
            "2025-03-30 02:30",
            "2025-03-30 03:30",
            "2025-10-26 02:30",
            "2025-10-26T02:30:00+02:00",
        )
        rows = "".join(f"{n},A,1,{night},2.50\n" for n, night in enumerate(nights))
        assert bring(shop, f"order,sku,qty,date,price\n{rows}").lines == {"order": 4}
        assert days(shop) == [
            "2025-03-30T03:30", "2025-03-30T03:30", "2025-10-26T02:30", "2025-10-26T02:30"
        ]  # fmt: skip
        with shop.tables.session() as session:
            found = session.query('SELECT at_us FROM events ORDER BY "order"')["at_us"].tolist()
        assert found[2] - found[3] == HOUR_US, "the second of the two hours"


def test_one_31_in_first_place_settles_the_whole_file(keys: Path) -> None:
    """In New York dates are month first, but where no month has 31 the file is day first."""
    with made(keys / "shop", zone="America/New_York", currency="USD", lang="en") as shop:
        rows = "".join(f"{n},A,1,0{n}/04/2025,2.50\n" for n in range(1, 8))
        found = bring(shop, f"order,sku,qty,date,price\n{rows}9,A,1,31/03/2025,2.50\n")
        assert found.lines == {"order": 8} and not any("first" in said for said in found.said)
        assert days(shop)[:2] == ["2025-04-01T00:00", "2025-04-02T00:00"]


@pytest.mark.parametrize(
    ("zone", "day", "told"),
    [
        ("Europe/Paris", "2025-04-03", "read day first"),
        ("America/New_York", "2025-03-04", "read month first"),
    ],
)
def test_what_no_date_tells_the_mapping_decides_and_it_is_said(
    keys: Path, zone: str, day: str, told: str
) -> None:
    with made(keys / "shop", zone=zone, lang="en") as shop:
        found = bring(shop, "order,sku,qty,date,price\n1,A,1,03/04/2025,2.50\n")
        assert days(shop)[0][:10] == day
        said = found.said[0]
        assert '"03/04/2025"' in said and told in said and "mapping shop" in said


def test_dates_are_never_read_row_by_row(keys: Path) -> None:
    """A file of both orders is read in one; the rows of the other are set aside, not turned."""
    with made(keys / "shop", lang="en") as shop:
        dates = ("13/04/2025", "14/04/2025", "05/04/2025", "04/16/2025")
        rows = "".join(f"{n},A,1,{date},2.50\n" for n, date in enumerate(dates))
        found = bring(shop, f"order,sku,qty,date,price\n{rows}")
        assert found.lines == {"order": 3, "unreadable": 1}
        assert [bad["found"] for bad in found.unreadable] == ["04/16/2025"]
        assert days(shop)[2][:10] == "2025-04-05"


def test_an_amount_that_both_marks_read_is_told(keys: Path) -> None:
    with made(keys / "boutique") as shop:
        found = bring(shop, "order;sku;qty;date;price\n1;A;1;2025-08-31;1.250\n")
        assert found.value_micros == {"order": 1_250_000_000}
        assert '"1.250"' in found.said[0] and 'read with ","' in found.said[0]


UK, FRANCE = ("Europe/London", "GBP", "en"), ("Europe/Paris", "EUR", "fr")


@pytest.mark.parametrize(
    ("home", "files"),
    [
        (UK, [
            (["1,250", "950"], 2_200, ""),  # groups of three beside whole amounts
            (["1,250.00", "12.50"], 1_262.5, ""),
            (["1'200.50", "10"], 1_210.5, ""),
            (["1\u2019200.50", "10"], 1_210.5, ""),
            (["1.250,00", "3,5"], 1_253.5, ""),
            (["1\u202f250,00", "3,5"], 1_253.5, ""),
            (["0,125", "1,250"], 1.375, ""),  # no group begins with 0
            (["1,250", "2,300"], 3_550, 'read with "."'),  # nothing tells
        ]),
        (FRANCE, [
            (["1,250", "950"], 2_200, 'read with "."'),  # against the habit: told
            (["1,250.00", "12.50"], 1_262.5, ""),
            (["1 250,00", "+3,5"], 1_253.5, ""),
            (["1.250", "950"], 2_200, ""),
            (["1,250", "12,50"], 13.75, ""),
            (["1,250", "2,300"], 3.55, 'read with ","'),
            (["1,250", "1 300", "4"], 1_305.25, 'read with ","'),  # thousands have a blank here
            (["1,250", "12,50", "12,90", "8.50"], 26.65, 'read with ","'),  # both: most hold
        ]),
    ],
)  # fmt: skip
def test_thousands_are_told_from_decimals_over_the_whole_file_or_it_is_said(
    keys: Path, home: tuple[str, str, str], files: list[tuple[list[str], float, str]]
) -> None:
    with made(keys / "shop", *home) as shop:
        own = completed(shop, shop.rules.mapping("shop"))
        path = shop.folder / "prices.csv"
        for prices, total, told in files:
            rows = [f'{k},A{k},1,2025-09-0{k + 1},p{k},"{p}"' for k, p in enumerate(prices)]
            path.write_text("\n".join(["order,sku,qty,date,client,price", *rows]), "utf-8")
            with shop.tables.session() as session:
                read = intake.read(session, own, path, now_us=shop.settings.now_us())
                found = session.query(
                    "SELECT CAST(sum(value_micros) AS BIGINT) AS total FROM typed"
                )
            assert int(found["total"][0]) == int(total * 1_000_000), prices
            assert bool(read.said) is bool(told), (prices, read.said)
            assert all(told in said for said in read.said), (prices, read.said)


def test_a_quantity_in_thousands_is_one(keys: Path) -> None:
    with made(keys / "shop", *UK) as shop:
        text = 'order,sku,qty,date,client,price\n1,A,"1,000",2025-09-01,p,12.50\n'
        text += "2,A,2,2025-09-01,q,3.10\n"
        found = bring(shop, text)
        assert found.value_micros == {"order": 12_506_200_000} and found.said == ()


def test_a_mapping_that_names_one_mark_tells_where_the_file_does_not(keys: Path) -> None:
    """A file of 1,250 alone may have been saved by a sheet with a decimal comma in between."""
    with made(keys / "shop", *UK) as shop:
        path = shop.folder / "rules/mappings/shop.toml"
        own = path.read_text("utf-8").replace('decimal = [".", ","]', 'decimal = "."')
        path.write_text(own, "utf-8")
        text = (
            'order,sku,qty,date,client,price\n1,A,1,2025-09-01,p,"1,250"\n2,A,1,2025-09-01,q,{}\n'
        )
        (shop.folder / "unsure.csv").write_text(text.format('"2,300"'), "utf-8")
        proposed = shop.propose(shop.folder / "unsure.csv")
        assert [one.key for one in proposed.notices] == ["marks_point"]
        assert bring(shop, text.format("12.50")).said == ()


def test_a_time_without_seconds_has_its_offset_and_no_place_is_99_hours_away(keys: Path) -> None:
    with made(keys / "boutique") as shop:
        moments = ("2025-10-01T23:30+01:00", "2025-10-02 00:30+0200", "2025-10-01T22:30Z",
                   "2025-10-01 22:30:00+99:00", "2025-10-01 22:30:00+15:00")  # fmt: skip
        rows = "".join(f"{n},A,1,{moment},2.50\n" for n, moment in enumerate(moments))
        found = bring(shop, f"order,sku,qty,date,price\n{rows}")
        assert found.lines == {"order": 3, "unreadable": 2}
        assert days(shop) == ["2025-10-02T00:30"] * 3


def test_an_order_s_number_kept_as_a_fraction_is_the_same_order(keys: Path) -> None:
    """A program that met an empty cell writes 1001 as 1001.0; versions (7.1) keep their point."""
    with made(keys / "boutique") as shop:
        bring(
            shop,
            "order,sku,qty,date,price\n1001.0,55.0,1,2025-09-01,2.5\n1001,55,2,2025-09-01,2.5\n",
        )
        bring(
            shop,
            "order,sku,qty,date,price\n7.0,A,1,2025-09-01,2.5\n7.1,A,1,2025-09-01,2.5\n",
            "b.csv",
        )
        with shop.tables.session() as session:
            found = session.query('SELECT "order", item FROM events ORDER BY "order", quantity')
        assert found["order"].tolist() == ["1001", "1001", "7.0", "7.1"]
        assert found["item"].tolist()[:2] == ["55", "55"]


def test_every_missing_column_is_told_at_once(keys: Path) -> None:
    with made(keys / "boutique") as shop, pytest.raises(ColumnError) as caught:
        bring(shop, "no_cmd;quand;client;référence produit;combien;prix_unit\n1;x;c1;A;1;2,5\n")
    message = str(caught.value)
    assert "without order, item, quantity, date and unit_price, expected a column for" in message
    assert 'columns.unit_price = "prix_unit" in the mapping boutique' in message
    assert "columns.date" in message and "columns.at" not in message


def test_a_row_set_aside_names_the_file_s_own_column(keys: Path) -> None:
    with made(keys / "boutique") as shop:
        found = bring(shop, FRENCH.format(first="31/02/2025"))
        (bad,) = found.unreadable
        assert (bad["row"], bad["field"], bad["found"]) == (2, "Date", "31/02/2025 17:12")


PRICES = "order,sku,quantity,date,price\n{rows}"


@pytest.mark.parametrize(
    ("prices", "unsure"),
    [
        (["12.34", "1234", "5.50", "9.90"], True),  # one item, 12.34 and 1234
        (["12.34", "1299", "5.50", "550", "9.90", "2450"], True),  # apart, none twice
        (["12.34", "12", "5.50", "6", "9.90", "110"], False),  # whole prices are usual
        (["12.34", "1234.00", "5.50", "550.00"], False),  # dear, and with decimals
        (["1234", "1299", "550"], False),  # all whole: nothing stands beside them
        (["12.00", "1200", "5.50", "9.90"], False),  # a round price may be both
    ],
)
def test_cents_beside_whole_amounts_are_told_and_not_guessed(
    keys: Path, prices: list[str], unsure: bool
) -> None:
    rows = [f"{n},{'A' if n < 2 else n},1,2025-09-0{n + 1},{p}" for n, p in enumerate(prices)]
    with made(keys / "shop") as shop:
        text = PRICES.format(rows="\n".join(rows))
        path = shop.folder.parent / "prices.csv"
        path.write_text(text, "utf-8")
        proposed = shop.propose(path)
        assert [one.field for one in proposed.mixed] == (["unit_price"] if unsure else [])
        found = bring(shop, text)
        for said in (proposed.said, found.said):
            assert any("whether they are cents" in one for one in said) is unsure
        assert found.value_micros["order"] == sum(int(float(p) * 100) * 10_000 for p in prices)
