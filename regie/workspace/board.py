"""What the screens show of everybody at once, kept ready for whoever looks.

The overview is made of the cube, a moment's work, and is made again only where something moved.
How right predictions were takes seconds: a process apart finds out, and the page says so meanwhile.
"""

from __future__ import annotations

import operator
import subprocess
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from regie.charts.markup import Markup
from regie.measure.judged import Judged
from regie.terms.document import Block, Lang
from regie.terms.errors import NotYetError, WorkspaceError
from regie.words import formats
from regie.workspace import apart, drawing, exploring, goals, overview, telling
from regie.workspace.audiences import Audiences
from regie.workspace.cubes import Cubes
from regie.workspace.exploring import Labels
from regie.workspace.keeping import Keeper, Once

if TYPE_CHECKING:
    from regie.workspace.stores import Stores
    from regie.workspace.workspace import Workspace

_T = TypeVar("_T")
_MOST_KEPT = 100
_MOST_INSTANTS = 4
_WAIT_S = 8.0
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
        self._drawing, self._naming = threading.Lock(), threading.Lock()
        self._pages: tuple[Any, Once[Any]] = None, Once(_MOST_KEPT)
        self._names_now = Keeper(
            workspace,
            _events,
            _names_now,
            lambda _, names: names,
            _WAIT_S,
            is_nothing=operator.not_,
        )
        self._names_then: dict[int, Keeper[dict[str, str], int]] = {}
        self._finder = _Finder()
        self._health = Keeper(workspace, _judged, self._finder.find, lambda _, health: health)
        self._warming: threading.Thread | None = None
        self.cubes = Cubes(workspace, _WAIT_S)
        self.audiences = Audiences(workspace, _WAIT_S)

    def warm(self) -> None:
        """Begin to make what the first pages will need, beside whoever calls."""
        self._warming = threading.Thread(target=self._make_first, daemon=True)
        self._warming.start()

    def _make_first(self) -> None:
        for make in (lambda: self.shown("en"), self.audiences.crowd):
            with suppress(NotYetError):  # it goes on being read
                make()

    def refresh(self) -> None:
        """Begin to count anew where something came in: whoever looks next finds it done."""
        for kept in (self.cubes, self._names_now, self.audiences):
            kept.refresh()

    def shown(self, lang: Lang, *, current: bool = False) -> Shown:
        """The overview in a language, as things stand; its health may be of a moment ago.

        Parameters
        ----------
        current : bool
            Whether its figures may not be of a moment ago either.
        """
        cube = self.cubes.current() if current else self.cubes.cube()
        known = self._health.known()
        state = (cube, known, goals.goals(self._workspace), exploring.marks(self._workspace))
        with self._drawing:
            kept = self._kept.get(lang)
            if kept is None or any(a != b for a, b in _pairs(kept[0], state)):
                kept = self._kept[lang] = state, self._drawn(state, lang)
        return kept[1]

    def _drawn(self, state: _State, lang: Lang) -> Shown:
        cube, known, *_ = state
        labels = Labels(self._workspace, lang, self.item_names())
        parts = overview.blocks(self._workspace, cube, lang, labels, known)
        told = overview.period(self._workspace, cube)
        return Shown(
            blocks=drawing.fragment(parts, lang),
            parts=parts,
            period=formats.days(told.now.first, told.now.last, lang),
        )

    def judged(self) -> Judged | None:
        """Earlier predictions beside what happened; None while it is being found out."""
        known = self._health.known()
        return known.judged if known else None

    def close(self) -> None:
        """Wait for what is being made: it reads the workspace."""
        if self._warming is not None:
            self._warming.join()
        self._health.close(self._finder.stop)
        for names in (self._names_now, *self._names_then.values()):
            names.close()
        self.cubes.close()
        self.audiences.close()

    def kept(self, name: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """What was made under a name, or is made now: the same until the workspace moves on.

        Every import, run, act, consent, request and erasure makes the ledger longer; a rule may
        be changed by hand, so that its file's time counts too; and what waits expires, which is
        told within the hour.
        """
        workspace = self._workspace
        rules = workspace.folder / "rules"
        newest = max((p.stat().st_mtime_ns for p in rules.rglob("*.toml")), default=0)
        hour = workspace.settings.now_us() // _HOUR_US
        versions = (workspace.tables.version(table) for table in ("events", "decisions"))
        state = (*versions, workspace.state.sealed(), newest, hour)
        held, pages = self._pages
        if held != state:
            # All of it: nobody who was erased since is held here.
            pages = Once(_MOST_KEPT)
            self._pages = state, pages
        made: _T = pages.get(name, make)
        return made

    def item_names(self, *, current: bool = False) -> dict[str, str]:
        """Every item's name as it is known now, or, where that will do, was a moment ago."""
        return self._names_now.current() if current else self._names_now.kept()

    def names_at(self, at_us: int, items: Collection[str]) -> Mapping[str, str]:
        """Names of some items as of an instant, which all decisions of a run share.

        Whoever asks first waits for these few alone; all of that instant are read beside it.
        """
        then = self._named(at_us).known()
        return telling.item_names(self._workspace, at_us, items) if then is None else then

    def _named(self, at_us: int) -> Keeper[dict[str, str], int]:
        with self._naming:
            if at_us not in self._names_then:
                if len(self._names_then) >= _MOST_INSTANTS:
                    self._names_then.pop(next(iter(self._names_then))).close()

                def make(workspace: Stores) -> dict[str, str]:
                    return telling.item_names(workspace, at_us)

                self._names_then[at_us] = Keeper(
                    self._workspace, _events, make, lambda _, names: names
                )
            return self._names_then[at_us]


class _Finder:
    """Finds out how far figures can be trusted, in a process apart: it takes seconds, and pages of
    this process would wait for each of its steps.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def find(self, workspace: Stores) -> overview.Health:
        self._process = subprocess.Popen(
            apart.command(workspace.folder, "health"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        told, _ = self._process.communicate()
        if self._process.returncode:
            raise WorkspaceError(
                f"workspace {workspace.folder.name}", "not told how right it was",
                "an answer of the process that finds out", "look at its message above",
            )  # fmt: skip
        return msgspec.json.decode(told, type=overview.Health)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()


def _events(workspace: Stores) -> int:
    return workspace.tables.version("events")


def _names_now(workspace: Stores) -> dict[str, str]:
    return telling.item_names(workspace, workspace.settings.now_us())


def _judged(workspace: Stores) -> tuple[int, ...]:
    """What health is made of: lines and decisions, and imports, of which some bring no line."""
    versions = (workspace.tables.version(table) for table in ("events", "decisions"))
    return *versions, len(workspace.state.imports("published"))


def _pairs(one: _State, other: _State) -> Iterable[tuple[Any, Any]]:
    """What two states are made of; a cube and a health are the same only where they are one."""
    made = ((id(a), id(b)) for a, b in zip(one[:2], other[:2], strict=True))
    return (*made, *zip(one[2:], other[2:], strict=True))
