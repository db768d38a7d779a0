"""What several folders of tests stand on: the shop's log, imported once for each session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from regie.workspace import open_workspace
from regie.workspace.importing import Imported
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace
from tests.support.shared import made_once
from tests.support.shop import make_shop, run_and_approve, write_slice
from tests.support.workspaces import ONLINE_RETAIL, workspace

SHORT = ("engines", "stages", "docs", "code")
"""Folders of many short files: they come last, so that the processes end at one time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        return 1 + SHORT.index(folder) if folder in SHORT else 0

    items.sort(key=place)


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Imported]]:
    """A workspace with Online Retail, and what the import said; nothing is added to it."""

    def make(folder: Path) -> None:
        with workspace(folder) as shop:
            said = shop.import_file(ONLINE_RETAIL, "online-retail")
        (folder / "said.json").write_bytes(msgspec.json.encode(said))

    folder = made_once(tmp_path_factory, "retail", make)
    said = folder / "said.json"
    imported = msgspec.json.decode(said.read_bytes(), type=Imported)
    said.unlink()
    with open_workspace(folder) as shop:
        yield shop, imported


@pytest.fixture(scope="session")
def whole_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole small shop, run on two days; nothing may change it."""

    def make(folder: Path) -> None:
        log = write_slice(folder / "online_retail.parquet")
        with make_shop(folder / "shop", log) as shop:
            run_and_approve(shop)
        Site(folder / "shop").close()

    return made_once(tmp_path_factory, "shop", make) / "shop"


@pytest.fixture
def own_shop(whole_shop: Path, tmp_path: Path) -> Path:
    """A copy of that shop's folder, to do with as one likes."""
    return shutil.copytree(whole_shop, tmp_path / "shop")
