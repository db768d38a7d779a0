"""What several folders of tests stand on: the shop's log, imported once for each process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import ONLINE_RETAIL, workspace


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Imported]]:
    """A workspace into which Online Retail was imported, and what the import said; nothing is added to it."""
    with workspace(tmp_path_factory.mktemp("retail")) as shop:
        yield shop, shop.import_file(ONLINE_RETAIL, "online-retail")
