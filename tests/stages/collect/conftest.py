"""An empty shop for each test of collect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.workspace.workspace import Workspace
from tests.support.workspaces import workspace


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace without data, standing still at 2011-12-10."""
    with workspace(tmp_path / "shop") as made:
        yield made
