"""A file that cannot be used is refused whole: file, row and next step named, nothing written."""

from __future__ import annotations

import functools
import gzip
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from regie.engines.source_files.contents import OLE
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


def test_days_that_lie_ahead(shop: Workspace) -> None:
    """The format reads them: it is the days that are wrong."""
    rows = [f"{n},A1,Cup,1,2091-03-01 10:00,2.50,p1,GBP" for n in range(3)]
    refused(
        shop, ValueFoundError,
        'orders.csv row 2, at is "2091-03-01 10:00", expected a time like 2011-12-31 14:30, from'
        " 1900 to now; correct that day in the file, or import it once the day has come",
        lambda: shop.import_file(csv(shop.folder, rows), mapping(shop)),
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


def raw_bytes(shop: Workspace, content: bytes, name: str = "orders.csv") -> Path:
    path = shop.folder / name
    path.write_bytes(content)
    return path


TEXT = "\n".join([HEADER, *(f"{n},A1,Cup,1,{DAY},2.50,p1,GBP" for n in range(8)), ""])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"\x7fELF\2\1\1\0\n", "a.csv is binary, expected lines of text; export"),
        ("a.csv", b"%PDF-1.7\n", "a.csv is a PDF document, expected CSV, TSV, JSON"),
        ("a.csv", b"x" * (3 << 20), "is \"xxx"),
        ("a.csv.gz", gzip.compress(TEXT.encode())[:-9], "a.csv.gz is cut short, expected a whole"),
        ("a.csv.gz", gzip.compress(b"a,b\n" * (20 << 20)), "packed so that it unpacks to more"),
        ("a.xlsx", b"PK\3\4nothing", "a.xlsx is not a workbook inside, expected an Excel"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        ("a.jsonl", b"order,item\n1,A1\n", "a.jsonl is without an object, expected one object a"),
        ("a.csv", TEXT.replace("item", "ORDER").encode(), 'is there twice ("order", "ORDER")'),
        ("a.csv", (TEXT * 2).replace("Cup", "Чашка").encode("cp1251"), "cannot be told, expected"),
    ],
)  # fmt: skip
def test_what_is_no_table(shop: Workspace, name: str, content: bytes, said: str) -> None:
    path = raw_bytes(shop, content, name)
    error = ColumnError if "twice" in said else FileError
    refused(shop, error, said, lambda: shop.import_file(path, mapping(shop)))


def test_what_is_no_file(shop: Workspace) -> None:
    os.mkfifo(shop.folder / "pipe.csv")
    (shop.folder / "loop.csv").symlink_to(shop.folder / "loop.csv")
    (shop.folder / "zeros.csv").symlink_to("/dev/zero")
    for name, said in (
        ("pipe.csv", "pipe.csv is a pipe, expected a file; check the path"),
        ("loop.csv", "loop.csv is a link that leads in a circle, expected a file; check the path"),
        ("zeros.csv", "zeros.csv is a device, expected a file; check the path"),
        (".", "is a folder, expected a file; check the path"),
    ):
        bring = functools.partial(shop.import_file, shop.folder / name, mapping(shop))
        refused(shop, FileError, said, bring)


def imported_lines(shop: Workspace, content: bytes, name: str = "orders.csv") -> dict[str, int]:
    found = shop.import_file(raw_bytes(shop, content, name), mapping(shop))
    assert found.rows == sum(found.lines.values())
    return {place: count for place, count in found.lines.items() if count}


@pytest.mark.parametrize("name", ["Été 2011/a b.csv", "[x] 100%20/[1]*é.csv"])
def test_a_file_and_a_folder_of_any_name(shop: Workspace, name: str) -> None:
    (shop.folder / name).parent.mkdir()
    assert imported_lines(shop, TEXT.encode(), name) == {"order": 8}


def test_a_link_to_a_file_is_as_good(shop: Workspace) -> None:
    (shop.folder / "link.csv").symlink_to(raw_bytes(shop, TEXT.encode()))
    assert shop.import_file(shop.folder / "link.csv", mapping(shop)).rows == 8


def test_a_nul_or_a_line_in_another_encoding_costs_its_line(shop: Workspace) -> None:
    lines = [*TEXT.encode().splitlines(), f"8,A\0,Cup,1,{DAY},2.50,p1,GBP".encode()]
    lines += [f"9,A,Caf\xe9,1,{DAY},2.50,p1,GBP".encode(code) for code in ("utf-8", "latin-1")]
    found = shop.import_file(raw_bytes(shop, b"\n".join(lines)), mapping(shop))
    assert {place: n for place, n in found.lines.items() if n} == {"order": 9, "unreadable": 2}
    assert [bad["row"] for bad in found.unreadable] == [10, 12]
    assert found.unreadable[1]["expected"] == "text in one encoding throughout"


def test_a_field_of_megabytes_costs_its_line(shop: Workspace) -> None:
    huge = f'8,A1,"{"x" * (30 << 20)}",1,{DAY},2.50,p1,GBP\n'
    assert imported_lines(shop, (TEXT + huge).encode()) == {"order": 8, "unreadable": 1}


def test_a_title_and_a_total_have_their_place(shop: Workspace) -> None:
    content = f"Orders of March\n\n{TEXT}\nTotal,,,8,,20.00,,\nExported on 2011-04-01\n"
    found = shop.import_file(raw_bytes(shop, content.encode("cp1252")), mapping(shop))
    assert found.lines == {"order": 8, "footer": 2}
    assert any('1 line above the header was left out, from row 1: "Orders' in s for s in found.said)
    again = shop.import_file(raw_bytes(shop, content.encode("cp1252")), mapping(shop))
    assert (again.added, again.lines) == (0, found.lines)


def test_one_log_in_every_form_is_one_log(shop: Workspace) -> None:
    assert imported_lines(shop, TEXT.encode()) == {"order": 8}
    rows = [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in
            TEXT.splitlines()[1:]]  # fmt: skip
    for name, content in (
        ("o.tsv", TEXT.replace(",", "\t").encode()),
        ("o16.csv", TEXT.encode("utf-16")),
        ("o.csv.gz", gzip.compress(TEXT.encode())),
        ("o.jsonl", "\n".join(map(json.dumps, rows)).encode()),
        ("o.json", json.dumps(rows).encode()),
    ):
        assert shop.import_file(raw_bytes(shop, content, name), mapping(shop)).added == 0
