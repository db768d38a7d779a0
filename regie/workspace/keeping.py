"""Something about everybody, held in memory and kept fresh: made when first asked for.

Whoever is erased or comes to object is out of the very next answer: what is there is settled at
once with people as they stand. What else moved (an import, a day that ended) is read by a thread,
while the answer of a moment ago stands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

ABOUT_NOBODY = ("import", "imported", "quarantine", "run", "manifest", "act", "promotion", "rule")
"""Kinds of entries that change nobody's rights: consents and erasures have entries of their own."""

_Kept = TypeVar("_Kept")
_Data = TypeVar("_Data")
_People = tuple[int, tuple[str, ...]]


class Keeper(Generic[_Kept, _Data]):
    """One thing of one workspace, for any number of threads.

    Parameters
    ----------
    workspace : Stores
        Open for as long as this is asked.
    data : Callable
        What it is made of, as things stand: as long as this is equal it is not made again.
    make : Callable
        Reads it from the workspace.
    settle : Callable
        The same thing with people as they stand now, quickly.
    """

    def __init__(
        self,
        workspace: Stores,
        data: Callable[[Stores], _Data],
        make: Callable[[Stores], _Kept],
        settle: Callable[[Stores, _Kept], _Kept],
    ) -> None:
        self._workspace = workspace
        self._data_now, self._make, self._settle = data, make, settle
        self._guard = threading.RLock()
        self._held: tuple[_Kept, _Data] | None = None
        self._people: _People = (-1, ())
        self._renewing: threading.Thread | None = None

    def kept(self) -> _Kept:
        """It, as things stand with people, of the data of now or of a moment ago."""
        with self._guard:
            if self._held is None:
                self._renew()
            assert self._held is not None, "a renewal leaves one"
            people = _people_now(self._workspace)
            if people != self._people and self._is_about_people(people):
                self._held = self._settle(self._workspace, self._held[0]), self._held[1]
            self._people = people
            if self._renewing is None and self._data_now(self._workspace) != self._held[1]:
                self._renewing = threading.Thread(target=self._renew_beside, daemon=True)
                self._renewing.start()
            return self._held[0]

    def close(self) -> None:
        """Wait for what is being made: it reads the workspace."""
        renewing = self._renewing
        if renewing is not None:
            renewing.join()

    def _is_about_people(self, people: _People) -> bool:
        """Whether what was sealed since may have changed who may be seen."""
        if people[1] != self._people[1]:
            return True
        later = self._workspace.ledger.entries()[self._people[0] :]
        return any(entry.kind not in ABOUT_NOBODY for entry in later)

    def _renew_beside(self) -> None:
        try:
            self._renew()
        finally:
            self._renewing = None

    def _renew(self) -> None:
        """Read it anew, and put it in the old one's place.

        How things stood is noted before it is read: who left meanwhile is out of the next answer.
        """
        data, people = self._data_now(self._workspace), _people_now(self._workspace)
        made = self._make(self._workspace)
        with self._guard:
            self._held, self._people = (made, data), people


def _people_now(workspace: Stores) -> _People:
    """What every consent and erasure changes."""
    return workspace.state.sealed(), tuple(workspace.state.hidden_keys())
