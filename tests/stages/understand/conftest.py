"""Sessions for the tests of `understand`: an empty one each module, the shop's log once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regie.ports.tables import Session
from tests.support.understanding import online_retail, opened


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session in which nothing has happened yet."""
    with opened(tmp_path_factory.mktemp("workspace")) as made:
        yield made


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session in which Online Retail has happened; `see` it as of an instant."""
    with opened(tmp_path_factory.mktemp("shop")) as made:
        online_retail(made)
        yield made
