"""The command of a process that works apart from this one: jobs, and what takes a board seconds."""

from __future__ import annotations

import sys
from pathlib import Path


def command(folder: Path, what: str) -> list[str]:
    """What to start; see `workspace.working`.

    Examples
    --------
    >>> command(Path("shop"), "tick")[1:]
    ['-P', '-m', 'regie.workspace.working', 'shop', 'tick']
    """
    # Without -P a file of the folder that the service was started in would be run as a module.
    return [sys.executable, "-P", "-m", "regie.workspace.working", str(folder), what]
