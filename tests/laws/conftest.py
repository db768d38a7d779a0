"""What several laws begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.faults import make_base
from tests.support.shared import made_once


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small shop every fault begins with: copied, never worked on."""
    return made_once(tmp_path_factory, "base", make_base) / "shop"
