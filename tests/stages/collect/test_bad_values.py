"""One bad value costs one row: set aside, named by the file's column, with what was expected."""

from __future__ import annotations

import pytest

from regie.terms.errors import ValueFoundError
from regie.workspace.workspace import Workspace
from tests.support.workspaces import csv, mapping

DAY = "2011-03-01 10:00"
GOOD = [f"{n},G{n},Good,1,{DAY},1.00,p9,GBP" for n in (8, 9)]
ROUNDED = (
    "the identifier in full, which a spreadsheet rounded: format its column as text, export again"
)


@pytest.mark.parametrize(
    ("row", "field", "found", "said"),
    [
        (f"1,A,Cup,1,{DAY},1e308,p,GBP", "price", "1e308", "a number below 1,000,000,000,000"),
        (f"1,A,Cup,1,{DAY},inf,p,GBP", "price", "inf", 'a number with "." as decimal mark'),
        (f"1,A,Cup,9e18,{DAY},1.00,p,GBP", "quantity", "9e18", "a number below 1,000,000,000,000"),
        (f"1,A,Cup,9999999999999,{DAY},1.00,p,GBP", "quantity", "9999999999999", "a number below"),
        (f"1,A,Cup,1.5,{DAY},1.00,p,GBP", "quantity", "1.5", "a whole number; for goods by weight"),
        (
            f"1,A,Cup,99999999999,{DAY},99999999999,p,GBP", "price", "99999999999",
            "a price whose total fits below",
        ),
        ("1,A,Cup,1,1899-12-30,1.00,p,GBP", "at", "1899-12-30", "a day that exists like"),
        ("1,A,Cup,1,2011-02-31,1.00,p,GBP", "at", "2011-02-31", "a day that exists like"),
        ("1,A,Cup,1,soon,1.00,p,GBP", "at", "soon", "a time like"),
        (f"1.23E+17,A,Cup,1,{DAY},1.00,p,GBP", "order", "1.23E+17", ROUNDED),
        (f"1,4.00638E+12,Cup,1,{DAY},1.00,p,GBP", "item", "4.00638E+12", ROUNDED),
        (f"1,A,Cup,1,{DAY},1.00,1.2E+10,GBP", "person", "1.2E+10", ROUNDED),
        (f'1,A,Cup,1,{DAY},1.00,"1,2E+10",GBP', "person", "1,2E+10", ROUNDED),
    ],
)  # fmt: skip
def test_a_bad_value_costs_its_row(
    shop: Workspace, row: str, field: str, found: str, said: str
) -> None:
    done = shop.import_file(csv(shop.folder, [*GOOD, row]), mapping(shop))
    assert done.lines == {"order": 2, "unreadable": 1}
    (bad,) = done.unreadable
    assert (bad["row"], bad["field"], bad["found"]) == (4, field, found)
    assert bad["expected"].startswith(said)
    assert len(shop.state.contacts(["raw_id"])["key"]) == 1


@pytest.mark.parametrize("code", ["1E5", "12E+3X", "E+17", "3E-05"])
def test_codes_that_only_look_like_it_are_codes(shop: Workspace, code: str) -> None:
    done = shop.import_file(csv(shop.folder, [f"1,{code},Cup,1,{DAY},1.00,p,GBP"]), mapping(shop))
    assert done.lines == {"order": 1}


def test_zero_and_negative_amounts_keep_their_places(shop: Workspace) -> None:
    rows = [f"1,A,Cup,0,{DAY},1.00,p,GBP", f"2,A,Cup,1,{DAY},-1.00,p,GBP",
            f"3,A,Cup,-1,{DAY},1.00,p,GBP"]  # fmt: skip
    done = shop.import_file(csv(shop.folder, rows), mapping(shop))
    assert done.lines == {"adjustment": 2, "return": 1}


def test_amounts_that_overflow_together_name_the_largest(shop: Workspace) -> None:
    rows = [f"{n},A,Cup,900,{DAY},999999999{n % 2},p,GBP" for n in range(10)]
    with pytest.raises(ValueFoundError, match=r"row 3, price is \"9999999991\", expected amounts"):
        shop.import_file(csv(shop.folder, rows), mapping(shop))
    assert shop.state.imports() == []


def test_a_point_under_a_decimal_comma_is_told_as_that(shop: Workspace) -> None:
    rows = [*(row.replace("1.00", '"1,00"') for row in GOOD), f"1,A,Cup,1,{DAY},12.50,p,GBP"]
    done = shop.import_file(csv(shop.folder, rows), mapping(shop, decimal=","))
    assert [bad["expected"] for bad in done.unreadable] == ['a number with "," as decimal mark']


def test_a_line_that_is_too_long_is_told_as_that(shop: Workspace) -> None:
    row = f"1,A,{'x' * 200_000},1,{DAY},1.00,p,GBP"
    done = shop.import_file(csv(shop.folder, [*GOOD, row]), mapping(shop))
    (bad,) = done.unreadable
    assert bad["expected"] == "a line of at most 128 KB"
