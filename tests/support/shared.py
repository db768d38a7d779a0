"""What takes long to make is made once for all processes of tests; each works on a copy of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from regie.engines.locks import lease

MAKING_S = 600.0


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this process, copied from what the first process that asked has made.

    Parameters
    ----------
    name : str
        Of what is made: one `make` for each name.
    make : Callable
        Fills a folder, and leaves nothing in it open.
    """
    root = temporary.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    whole, part = root / f"made-{name}", root / f"made-{name}.part"
    with lease(root / f"made-{name}.lease", MAKING_S, name):
        if not whole.exists():
            shutil.rmtree(part, ignore_errors=True)  # left by one that failed
            part.mkdir()
            make(part)
            part.rename(whole)
    return Path(shutil.copytree(whole, temporary.mktemp(name) / "copy"))
