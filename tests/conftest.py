"""What several folders of tests stand on: the shop's log, imported once for each process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.workspace.importing import Imported
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace
from tests.support.shop import make_shop, run_and_approve, write_slice
from tests.support.workspaces import ONLINE_RETAIL, workspace


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Imported]]:
    """A workspace with Online Retail, and what the import said; nothing is added to it."""
    with workspace(tmp_path_factory.mktemp("retail")) as shop:
        yield shop, shop.import_file(ONLINE_RETAIL, "online-retail")


@pytest.fixture(scope="session")
def whole_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole small shop, run on two days; nothing may change it."""
    folder = tmp_path_factory.mktemp("shop")
    log = write_slice(folder / "online_retail.parquet")
    with make_shop(folder / "shop", log) as shop:
        run_and_approve(shop)
    Site(folder / "shop").close()
    return folder / "shop"


@pytest.fixture
def own_shop(whole_shop: Path, tmp_path: Path) -> Path:
    """A copy of that shop's folder, to do with as one likes."""
    return shutil.copytree(whole_shop, tmp_path / "shop")
