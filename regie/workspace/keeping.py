"""Something about everybody, held in memory and kept fresh: made when first asked for.

Whoever is erased or comes to object is out of the very next answer: what is there is settled at
once with people as they stand. What else moved (an import, a day that ended, somebody who now says
yes) is read by a thread, while the answer of a moment ago stands: on a screen, that says so. What
leaves as a file or goes to a program waits for that thread, as everybody does where the answer of a
moment ago was that there is nothing yet.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from regie.terms.errors import NotYetError, RegieError

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

ABOUT_NOBODY = ("import", "imported", "quarantine", "run", "manifest", "act", "promotion", "rule")
"""Kinds of entries that change nobody's rights: consents and erasures have entries of their own."""

_PATIENCE = 20
"""Of what people say every minute is made anew after so many times as long as making it takes, so
that it costs a twentieth of a processor and no more."""
_AFTER_FAILURE_S = 30.0
_log = logging.getLogger("regie.keeping")

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
    wait_s : float
        So long somebody waits for what is made for the first time; then they are told.
    is_nothing : Callable
        Whether what was made says nothing: once something came in it is not shown.
    """

    def __init__(
        self,
        workspace: Stores,
        data: Callable[[Stores], _Data],
        make: Callable[[Stores], _Kept],
        settle: Callable[[Stores, _Kept], _Kept],
        wait_s: float = math.inf,
        *,
        is_nothing: Callable[[_Kept], bool] = lambda made: False,
    ) -> None:
        self._workspace = workspace
        self._is_nothing = is_nothing
        self._data_now, self._make, self._settle = data, make, settle
        self._wait_s = wait_s
        self._guard = threading.RLock()
        self._held: tuple[_Kept, _Data] | None = None
        self._people: _People = (-1, ())
        self._is_settled = self._is_closing = False
        self._rest_until_s = 0.0
        self._renewing: threading.Thread | None = None

    def kept(self) -> _Kept:
        """It, as things stand with people, of the data of now or of a moment ago.

        Raises
        ------
        NotYetError
            If it is still being made for the first time after `wait_s`.
        """
        held = self._held
        if held is None:
            self._await_first()
        elif self._is_nothing(held[0]) and self.is_behind():
            self._await_now()
        with self._guard:
            assert self._held is not None, "a renewal leaves one"
            self._settle_people()
            self._renew_where_moved()
            return self._held[0]

    def current(self) -> _Kept:
        """The same, of the data of now and no older.

        Raises
        ------
        NotYetError
            If it is still being made after `wait_s`.
        """
        self._await_now()
        return self.kept()

    def _await_first(self) -> None:
        with self._guard:
            if self._held is None:
                self._begin()
            renewing = self._renewing
        self._await(renewing, self._wait_s, "being read for the first time")
        if self._held is None:
            self._renew()  # says why it cannot be made

    def _await_now(self) -> None:
        asked, until_s = self._data_now(self._workspace), time.monotonic() + self._wait_s
        for _ in range(2):  # what is being made may have begun before something came in
            with self._guard:
                was = self._held[1] if self._held is not None else None
                if was == asked:
                    return
                self._begin()
                renewing = self._renewing
            self._await(renewing, until_s - time.monotonic(), "being counted anew")
        if self._held is None or self._held[1] == was:
            self._renew()  # says why it cannot be made

    def _await(self, renewing: threading.Thread | None, wait_s: float, found: str) -> None:
        if renewing is not None:
            renewing.join(min(max(wait_s, 0.0), threading.TIMEOUT_MAX))
            if renewing.is_alive():
                raise NotYetError(
                    "what is asked for", found, "that to be done", "ask again in a moment"
                )

    def known(self) -> _Kept | None:
        """The same, or None while it is being made for the first time."""
        with self._guard:
            if self._held is None:
                if time.monotonic() >= self._rest_until_s:
                    self._begin()
                return None
        return self.kept()

    def refresh(self) -> None:
        """Begin to make it anew where something came in, and it rested since the last time."""
        with self._guard:
            if time.monotonic() >= self._rest_until_s and self.is_behind():
                self._begin()

    def is_behind(self) -> bool:
        """Whether what is held is of before something came in: it is being made anew."""
        held = self._held
        return held is not None and self._data_now(self._workspace) != held[1]

    def close(self, stop: Callable[[], None] = lambda: None) -> None:
        """Wait for what is being made: it reads the workspace; `stop` may cut it short."""
        self._is_closing = True
        stop()
        renewing = self._renewing
        if renewing is not None:
            renewing.join()

    def _settle_people(self) -> None:
        people = _people_now(self._workspace)
        if self._held is not None and people != self._people and self._is_about_people(people):
            self._held = self._settle(self._workspace, self._held[0]), self._held[1]
            self._is_settled = True
        self._people = people

    def _is_about_people(self, people: _People) -> bool:
        """Whether what was sealed since may have changed who may be seen."""
        if people[1] != self._people[1]:
            return True
        later = self._workspace.ledger.entries()[self._people[0] :]
        return any(entry.kind not in ABOUT_NOBODY for entry in later)

    def _renew_where_moved(self) -> None:
        assert self._held is not None, "there is something to renew"
        is_rested = time.monotonic() >= self._rest_until_s
        if self._data_now(self._workspace) != self._held[1] or (self._is_settled and is_rested):
            self._begin()

    def _begin(self) -> None:
        if self._renewing is None:
            self._renewing = threading.Thread(target=self._renew_beside, daemon=True)
            self._renewing.start()

    def _renew_beside(self) -> None:
        self._rest_until_s = time.monotonic() + _AFTER_FAILURE_S  # a renewal sets its own
        try:
            self._renew()
        except RegieError as error:
            # Told to whoever runs the service; whoever looks has the answer of a moment ago.
            if not self._is_closing:
                _log.warning("%s", error)
        finally:
            self._renewing = None

    def _renew(self) -> None:
        """Read it anew, and put it in the old one's place.

        How things stood is noted before it is read: who left meanwhile is out of the next answer.
        """
        began_s = time.monotonic()
        data, people = self._data_now(self._workspace), _people_now(self._workspace)
        made = self._make(self._workspace)
        with self._guard:
            self._held, self._people, self._is_settled = (made, data), people, False
            ended_s = time.monotonic()
            self._rest_until_s = ended_s + _PATIENCE * (ended_s - began_s)


class Once(Generic[_Kept]):
    """Things made once each, for any number of threads: who asks for one that is being made waits.

    Parameters
    ----------
    most : int
        So many are held; then the oldest goes.

    Examples
    --------
    >>> once = Once[int](2)
    >>> once.get("a", lambda: 1), once.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._things: dict[Hashable, _Thing[_Kept]] = {}

    def get(self, name: Hashable, make: Callable[[], _Kept]) -> _Kept:
        """What stands under a name, or is made now; what cannot be made is tried again."""
        with self._guard:
            if name not in self._things and len(self._things) >= self._most:
                del self._things[next(iter(self._things))]
            thing = self._things.setdefault(name, _Thing())
        with thing.making:
            if not thing.made:
                thing.made.append(make())
            return thing.made[0]


class _Thing(Generic[_Kept]):
    """One thing: empty until it is made."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.made: list[_Kept] = []


def _people_now(workspace: Stores) -> _People:
    """What every consent and erasure changes."""
    return workspace.state.sealed(), tuple(workspace.state.hidden_keys())
