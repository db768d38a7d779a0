"""Repeats within a file that lacks columns: what it has says whether two rows are one."""

from __future__ import annotations

import pytest

from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import csv, mapping

DAY = "2011-03-01 10:00"
ONE, OTHER_PRICE, OTHER_ORDER = f"1,A1,2,{DAY},2.50", f"1,A1,2,{DAY},2.60", f"2,A1,2,{DAY},2.50"


@pytest.mark.parametrize(
    ("header", "rows", "lines"),
    [
        ("order,item,quantity,at,price", [ONE, ONE, OTHER_PRICE, OTHER_ORDER, ONE], (3, 2)),
        ("order,item,quantity,at,price,person", [f"{ONE},p1", f"{ONE},p1", f"{ONE},p2"], (2, 1)),
        ("order,item,quantity,at,price,description", [f"{ONE},Cup", f"{ONE},", f"{ONE},"], (2, 1)),
    ],
)
def test_a_repeat_is_told_by_the_columns_the_file_has(
    shop: Workspace, header: str, rows: list[str], lines: tuple[int, int]
) -> None:
    found = shop.import_file(csv(shop.folder, rows, header=header), mapping(shop))
    assert isinstance(found, Imported)
    assert (found.lines["order"], found.lines["repeat"]) == lines
    with shop.tables.session() as session:
        held = session.query("SELECT CAST(sum(quantity) AS BIGINT) AS n FROM events")
    assert int(held["n"][0]) == 2 * lines[0], "what is counted once is held once"


def test_a_row_that_cannot_be_read_repeats_nothing(shop: Workspace) -> None:
    bad = f"9,A1,many,{DAY},2.50"
    rows = [ONE, bad, OTHER_PRICE, bad, OTHER_ORDER]
    found = shop.import_file(
        csv(shop.folder, rows, header="order,item,quantity,at,price"), mapping(shop)
    )
    assert isinstance(found, Imported)
    assert found.lines == {"order": 3, "unreadable": 2}
