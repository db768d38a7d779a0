"""What is kept of a workspace for its screens is made anew as soon as the workspace moves on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from regie.terms.document import Bars, Lang, Row, Tiles
from regie.terms.instant import day_start_us, parse_day
from regie.workspace import open_workspace, overview
from regie.workspace.board import _MOST_INSTANTS, Board
from regie.workspace.cubes import Cubes
from regie.workspace.exploring import Labels
from regie.workspace.workspace import Workspace
from tests.support.workspaces import csv, mapping, workspace

MOVES: dict[str, Callable[[Workspace], Any]] = {
    "a consent": lambda shop: shop.consent(_somebody(shop), withdraw=["prospecting"]),
    "an act": lambda shop: shop.undo(campaign="favourites", actor="tests"),
    "an erasure": lambda shop: shop.erase(_somebody(shop)),
    "a rule": lambda shop: (shop.folder / "rules/approvals.toml").touch(),
}


def _somebody(shop: Workspace) -> str:
    return str(shop.state.outbox(run=2)["key"][0])


@pytest.fixture
def shop(own_shop: Path) -> Iterator[Workspace]:
    """A shop of its own."""
    with open_workspace(own_shop) as opened:
        yield opened


def test_a_cancelled_order_is_not_told_as_a_success(tmp_path: Path) -> None:
    rows = [f"{n},A{n % 2},Cup,1,2011-11-{n + 10} 10:00,10.00,p{n},GBP" for n in range(9)]
    rows += ["90,BIRD,Birdie,10,2011-12-08 10:00,100.00,p1,GBP"]
    rows += ["C90,BIRD,Birdie,-10,2011-12-08 11:00,100.00,p1,GBP"]
    with workspace(tmp_path) as shop:
        shop.import_file(csv(tmp_path, rows), mapping(shop))
        cube = Cubes(shop).cube()
        for lang, told in (("en", "£1,000 returned"), ("fr", "1 000 £ de retours")):
            spoken: Lang = "fr" if lang == "fr" else "en"
            labels = Labels(shop, spoken, {"BIRD": "Birdie"})
            parts = overview.blocks(shop, cube, spoken, labels, None)
            tiles = next(one for one in parts if isinstance(one, Tiles)).tiles
            assert "1,000" in tiles[0].note if lang == "en" else "Avant retours" in tiles[0].note
            items = next(
                bars
                for row in parts
                if isinstance(row, Row)
                for bars in row.blocks
                if isinstance(bars, Bars) and bars.rows[0].label.startswith("Birdie")
            )
            label = re.sub("[\u00a0\u202f]", " ", items.rows[0].label)
            assert told in label
            assert sum(bar.value for bar in items.rows) == items.total.value if items.total else 0
            assert "retour" not in "".join(bar.label for bar in items.rows[1:])


@pytest.mark.parametrize("move", MOVES)
def test_what_is_kept_is_made_anew_when_the_workspace_moved_on(shop: Workspace, move: str) -> None:
    board, made = Board(shop), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [board.kept(("a",), make), board.kept(("a",), make), board.kept(("b",), make)] == [
        1, 1, 2,
    ]  # fmt: skip
    MOVES[move](shop)
    assert board.kept(("a",), make) == 3, "what was kept before is gone, all of it"
    assert board.kept(("b",), make) == 4
    board.close()


def test_an_item_keeps_the_name_that_it_had_at_an_instant(tmp_path: Path) -> None:
    called = ["Old cup", "Old cup", "New cup", "New cup", "New cup"]
    rows = [f"{n},A,{name},1,2011-11-{n + 10} 10:00,10.00,p,GBP" for n, name in enumerate(called)]
    with workspace(tmp_path) as shop:
        shop.import_file(csv(tmp_path, rows), mapping(shop))
        board, then_us = Board(shop), day_start_us(parse_day("2011-11-12"), "UTC")
        now_us = shop.settings.now_us()
        for _ in range(2):  # looked up first, and kept then
            for at_us, name in ((then_us, "Old cup"), (now_us, "New cup")):
                assert board.names_at(at_us, {"A"})["A"] == name
            board.close()
        for at_us in range(then_us, then_us + 10):
            assert board.names_at(at_us, {"A"})["A"] == "Old cup"
        board.close()
        assert len(board._names_then) == _MOST_INSTANTS
