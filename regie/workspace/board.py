"""What the screens show of everybody at once, kept ready for whoever looks.

The overview is made of the cube, a moment's work, and is made again only where something moved.
How right predictions were takes seconds: a thread finds out, and the page says so meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from regie.charts.markup import Markup
from regie.measure.judged import Judged
from regie.terms.document import Block, Lang
from regie.words import formats
from regie.workspace import drawing, exploring, goals, overview, telling
from regie.workspace.audiences import Audiences
from regie.workspace.cubes import Cubes
from regie.workspace.exploring import Labels

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace

_T = TypeVar("_T")
_MOST_KEPT = 100
_HOUR_US = 3_600_000_000
_State = tuple[Any, ...]
"""What an overview is made of: cube, health, goals, annotations."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A board as it is shown.

    Parameters
    ----------
    blocks : Markup
        Drawn for the screen.
    parts : tuple[Block, ...]
        The same as data.
    period : str
        Its days, in words.
    """

    blocks: Markup
    parts: tuple[Block, ...]
    period: str


class Board:
    """One workspace's overview in both languages, and what it takes: its cube and its health."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._kept: dict[str, tuple[_State, Shown]] = {}
        self._names: tuple[tuple[int, int], dict[str, str]] | None = None
        self._known: tuple[tuple[int, int], overview.Health] | None = None
        self._things: tuple[Any, dict[tuple[Any, ...], Any]] = None, {}
        self._finding = threading.Lock()
        self._warming: threading.Thread | None = None
        self.cubes = Cubes(workspace)
        self.audiences = Audiences(workspace)

    def warm(self) -> None:
        """Begin to make what the first pages will need, beside whoever calls."""
        self._warming = threading.Thread(target=self._make_first, daemon=True)
        self._warming.start()

    def _make_first(self) -> None:
        self.shown("en")
        self.audiences.crowd()

    def shown(self, lang: str) -> Shown:
        """The overview in a language, as things stand; its health may be of a moment ago."""
        spoken: Lang = "fr" if lang == "fr" else "en"
        cube, known = self.cubes.cube(), self._health()
        state = (cube, known, goals.goals(self._workspace), exploring.marks(self._workspace))
        kept = self._kept.get(spoken)
        if kept is not None and all(a == b for a, b in _pairs(kept[0], state)):
            return kept[1]
        labels = Labels(self._workspace, spoken, self.item_names())
        parts = overview.blocks(self._workspace, cube, spoken, labels, known)
        told = overview.period(self._workspace, cube)
        shown = Shown(
            blocks=drawing.fragment(parts, spoken),
            parts=parts,
            period=formats.days(told.now.first, told.now.last, spoken),
        )
        self._kept[spoken] = state, shown
        return shown

    def close(self) -> None:
        """Wait for what is being made: it reads the workspace."""
        if self._warming is not None:
            self._warming.join()
        self._finding.acquire()
        self.cubes.close()
        self.audiences.close()

    def kept(self, name: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """What was made under a name, or is made now: the same until the workspace moves on.

        Every import, run, act, consent, request and erasure makes the ledger longer; a rule may
        be changed by hand, so that its file's time counts too; and what waits expires, which is
        told within the hour.
        """
        rules = self._workspace.folder / "rules"
        newest = max((p.stat().st_mtime_ns for p in rules.rglob("*.toml")), default=0)
        hour = self._workspace.settings.now_us() // _HOUR_US
        state = (*self._moved(), self._workspace.tables.version("decisions"), newest, hour)
        if self._things[0] != state or len(self._things[1]) >= _MOST_KEPT:
            # All of it: nobody who was erased since is held here.
            self._things = state, {}
        _, things = self._things
        if name not in things:
            things[name] = make()
        made: _T = things[name]
        return made

    def _moved(self) -> tuple[int, int]:
        return self._workspace.tables.version("events"), self._workspace.state.sealed()

    def item_names(self) -> dict[str, str]:
        """Every item's name as it is known now."""
        return self.names(self._workspace.settings.now_us())

    def names(self, at_us: int) -> dict[str, str]:
        """Every item's name as a decision of that instant knew it."""
        wanted = self._workspace.tables.version("events"), at_us
        if self._names is None or self._names[0] != wanted:
            self._names = wanted, telling.item_names(self._workspace, at_us)
        return self._names[1]

    def judged(self) -> Judged | None:
        """Earlier predictions beside what happened; None while it is being found out."""
        known = self._health()
        return known.judged if known else None

    def _health(self) -> overview.Health | None:
        """What is known of it; where things moved on, a thread finds out anew."""
        state = self._moved()
        known = self._known
        if (known is None or known[0] != state) and self._finding.acquire(blocking=False):
            threading.Thread(target=self._find_out, args=(state,), daemon=True).start()
        return known[1] if known else None

    def _find_out(self, state: tuple[int, int]) -> None:
        """Called with the lock held, in a thread of its own; lets go of it."""
        try:
            self._known = state, overview.health(self._workspace)
        finally:
            self._finding.release()


def _pairs(one: _State, other: _State) -> Iterable[tuple[Any, Any]]:
    """What two states are made of; a cube and a health are the same only where they are one."""
    made = ((id(a), id(b)) for a, b in zip(one[:2], other[:2], strict=True))
    return (*made, *zip(one[2:], other[2:], strict=True))
