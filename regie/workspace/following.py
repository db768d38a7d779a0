"""Where a workspace stands, as one short text that changes with everything that pages follow.

It moves with each job's step, act, run, import and consent. All who ask within half a second share
one look, so that two hundred who follow cost what one does.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

SHARED_S = 0.5
_guard = threading.Lock()
_looks: WeakKeyDictionary[Stores, tuple[float, str]] = WeakKeyDictionary()


def mark(workspace: Stores) -> str:
    """Where it stands, or stood a moment ago."""
    with _guard:
        at, told = _looks.get(workspace, (-SHARED_S, ""))
        if time.monotonic() - at >= SHARED_S:
            told = f"{workspace.jobs.version()}-{workspace.state.sealed()}"
            _looks[workspace] = time.monotonic(), told
        return told
