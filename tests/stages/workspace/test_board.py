"""What is kept of a workspace for its screens is made anew as soon as the workspace moves on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from regie.workspace import open_workspace
from regie.workspace.board import Board
from regie.workspace.workspace import Workspace

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
