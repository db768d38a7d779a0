"""A file that cannot be used is refused whole: file, row and next step named, nothing written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from regie.terms.errors import (
    ColumnError,
    CurrencyMismatchError,
    FileError,
    RegieError,
    ValueFoundError,
    WorkspaceError,
)  # fmt: skip
from regie.workspace import open_workspace
from regie.workspace.workspace import Workspace
from tests.support.workspaces import HEADER, csv, mapping

DAY = "2011-03-01 10:00"
ORDER = f"1,A1,Cup,2,{DAY},2.50,p1,GBP"


@contextmanager
def nothing_written(shop: Workspace) -> Iterator[None]:
    def held() -> tuple[object, ...]:
        state = shop.state
        return (
            shop.tables.version("events"), shop.tables.version("quarantine"),
            len(shop.ledger.entries()), state.imports(), len(state.consents()["key"]),
            len(state.contacts(["raw_id", "address"])["key"]),
        )  # fmt: skip

    before = held()
    yield
    assert held() == before


def refused(
    shop: Workspace, error: type[RegieError], said: str, bring: Callable[[], object]
) -> None:
    shop.import_file(csv(shop.folder, [ORDER], name="good.csv"), mapping(shop, name="good"))
    with nothing_written(shop), pytest.raises(error) as caught:
        bring()
    assert re.fullmatch(r".+ is .+, expected .+; .+", str(caught.value))
    assert said in str(caught.value), str(caught.value)


def test_an_empty_file(shop: Workspace) -> None:
    path = shop.folder / "orders.csv"
    path.write_bytes(b"")
    refused(
        shop, FileError, "orders.csv is empty, expected a header and rows; export the file again",
        lambda: shop.import_file(path, mapping(shop)),
    )  # fmt: skip


def test_a_header_alone(shop: Workspace) -> None:
    refused(
        shop, FileError,
        "orders.csv is without a row under its header, expected at least one row; export it again",
        lambda: shop.import_file(csv(shop.folder, []), mapping(shop)),
    )  # fmt: skip


def test_no_such_file(shop: Workspace) -> None:
    refused(
        shop, FileError, "nowhere.csv is not there, expected a file; check the path",
        lambda: shop.import_file(shop.folder / "nowhere.csv", mapping(shop)),
    )  # fmt: skip


def test_the_wrong_mapping(shop: Workspace) -> None:
    refused(
        shop, ColumnError,
        "orders.csv row 1 is without purpose and granted, expected a column for purpose and",
        lambda: shop.import_file(csv(shop.folder, [ORDER]), "consents"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("quantity", "Quantity", 'is "Quantity" meant? then set columns.quantity = "Quantity"'),
        ("price", "prices", 'is "prices" meant? then set columns.unit_price = "prices"'),
        ("at", "when", "is without at, expected a column for date; its columns are order, item"),
    ],
)
def test_a_missing_or_renamed_column(shop: Workspace, was: str, now: str, said: str) -> None:
    header = ",".join(now if name == was else name for name in HEADER.split(","))
    refused(
        shop, ColumnError, said,
        lambda: shop.import_file(csv(shop.folder, [ORDER], header=header), mapping(shop)),
    )  # fmt: skip


def test_dates_in_another_order(shop: Workspace) -> None:
    rows = [f"{n},A1,Cup,1,03/{n}/2011 10:00,2.50,p1,GBP" for n in range(13, 20)]
    refused(
        shop, ValueFoundError,
        'orders.csv row 2, at is "03/13/2011 10:00", expected a time like 31/12/2011 14:30,'
        ' from 1900 to now; set time_formats = ["%m/%d/%Y %H:%M"] in the mapping plain',
        lambda: shop.import_file(
            csv(shop.folder, rows), mapping(shop, formats=["%d/%m/%Y %H:%M"])
        ),
    )  # fmt: skip


def test_one_date_in_another_order_gives_all_the_others_away(shop: Workspace) -> None:
    """Days up to the 12th read either way: only the 13th says that all were misread."""
    rows = [f"{n},A1,Cup,1,03/{n:02}/2011 10:00,2.50,p1,GBP" for n in range(1, 14)]
    refused(
        shop, ValueFoundError, 'orders.csv row 14, at is "03/13/2011 10:00"',
        lambda: shop.import_file(
            csv(shop.folder, rows), mapping(shop, formats=["%d/%m/%Y %H:%M"])
        ),
    )  # fmt: skip


def test_a_decimal_comma(shop: Workspace) -> None:
    rows = [f'{n},A1,Cup,1,{DAY},"2,55",p1,GBP' for n in range(3)]
    refused(
        shop, ValueFoundError,
        'orders.csv row 2, price is "2,55", expected a number with "." as decimal mark; set'
        ' decimal = "," in the mapping plain',
        lambda: shop.import_file(csv(shop.folder, rows), mapping(shop)),
    )  # fmt: skip


def test_a_decimal_comma_among_whole_numbers(shop: Workspace) -> None:
    rows = [*(f"{n},A1,Cup,1,{DAY},3,p1,GBP" for n in range(9)), f'9,A1,Cup,1,{DAY},"2,55",p1,GBP']
    refused(
        shop, ValueFoundError, 'orders.csv row 11, price is "2,55"',
        lambda: shop.import_file(csv(shop.folder, rows), mapping(shop)),
    )  # fmt: skip


def test_a_decimal_point_where_a_comma_is_set_is_no_thousand(shop: Workspace) -> None:
    rows = [f"{n},A1,Cup,1,{DAY},2.55,p1,GBP" for n in range(3)]
    refused(
        shop, ValueFoundError, 'set decimal = "." in the mapping plain',
        lambda: shop.import_file(csv(shop.folder, rows), mapping(shop, decimal=",")),
    )  # fmt: skip


def test_two_currencies(shop: Workspace) -> None:
    refused(
        shop, CurrencyMismatchError,
        'orders.csv row 3, currency is "EUR", expected GBP like the workspace; split the file by',
        lambda: shop.import_file(
            csv(shop.folder, [ORDER, ORDER.replace("GBP", "EUR")]), mapping(shop)
        ),
    )  # fmt: skip


def test_more_than_half_unreadable(shop: Workspace) -> None:
    rows = [ORDER, *(f"{n},A1,Cup,many,{DAY},2.50,p1,GBP" for n in range(2))]
    refused(
        shop, ValueFoundError,
        'orders.csv row 3, quantity is "many", expected a whole number; see columns in the mapping',
        lambda: shop.import_file(csv(shop.folder, rows), mapping(shop)),
    )  # fmt: skip


def test_a_field_that_is_nearly_always_empty_is_called_empty(shop: Workspace) -> None:
    rows = [f",A1,Cup,1,{DAY},2.50,p1,GBP" for _ in range(3)]
    refused(
        shop, ValueFoundError, "orders.csv row 2, order is empty, expected a value",
        lambda: shop.import_file(csv(shop.folder, rows), mapping(shop)),
    )  # fmt: skip


def test_a_workspace_of_a_newer_version(shop: Workspace) -> None:
    path = shop.folder / "regie.toml"
    newer = path.read_text("utf-8").replace("version = 1", "version = 2")
    path.write_text(newer, "utf-8")
    before = {p: p.stat().st_mtime_ns for p in shop.folder.rglob("*.toml")}
    with pytest.raises(WorkspaceError, match="version is 2, expected at most 1; install a newer"):
        open_workspace(shop.folder)
    assert {p: p.stat().st_mtime_ns for p in shop.folder.rglob("*.toml")} == before


def test_what_was_refused_is_imported_once_it_is_mended(shop: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, [f'{n},A1,Cup,1,{DAY},"2,55",p1,GBP' for n in range(3)])
    with pytest.raises(ValueFoundError):
        shop.import_file(path, mapping(shop))
    found = shop.import_file(path, mapping(shop, decimal=","))
    assert found.value_micros == {"order": 3 * 2_550_000}
