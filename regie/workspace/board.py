"""What the screens show of everybody at once, kept ready: key figures take seconds, pages do not.

What is kept is for one state of the workspace: the version of its events and the length of its
ledger, which every import, run, consent and erasure makes longer. Where that moved on, the page
gets what is there, while a thread makes the new one.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from regie.charts.markup import Markup
from regie.measure import report
from regie.terms.document import Block, Lang
from regie.words import formats
from regie.workspace import drawing, reporting, telling
from regie.workspace.cubes import Cubes

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace


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
    """Figures of one workspace in both languages, made when they are due."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._kept: dict[str, tuple[tuple[int, int], Shown]] = {}
        self._names: tuple[tuple[int, int], dict[str, str]] | None = None
        self._making: dict[str, threading.Lock] = {"en": threading.Lock(), "fr": threading.Lock()}
        self.cubes = Cubes(workspace)

    def shown(self, lang: str) -> Shown:
        """The board in a language: of now, or of a moment ago while a new one is made."""
        spoken: Lang = "fr" if lang == "fr" else "en"
        state, kept = self._state(), self._kept.get(spoken)
        if kept is None:
            with self._making[spoken]:
                return self._made(spoken)
        if kept[0] != state and self._making[spoken].acquire(blocking=False):
            threading.Thread(target=self._renew, args=(spoken,), daemon=True).start()
        return kept[1]

    def close(self) -> None:
        """Wait for what is being made: it reads the workspace."""
        for making in self._making.values():
            making.acquire()
        self.cubes.close()

    def item_names(self) -> dict[str, str]:
        """Every item's name as it is known now."""
        return self.names(self._workspace.settings.now_us())

    def names(self, at_us: int) -> dict[str, str]:
        """Every item's name as a decision of that instant knew it."""
        wanted = self._workspace.tables.version("events"), at_us
        if self._names is None or self._names[0] != wanted:
            self._names = wanted, telling.item_names(self._workspace, at_us)
        return self._names[1]

    def _state(self) -> tuple[int, int]:
        return self._workspace.tables.version("events"), self._workspace.state.sealed()

    def _renew(self, lang: Lang) -> None:
        """Called with the lock held, in a thread of its own; lets go of it."""
        try:
            self._made(lang)
        finally:
            self._making[lang].release()

    def _made(self, lang: Lang) -> Shown:
        state, kept = self._state(), self._kept.get(lang)
        if kept is not None and kept[0] == state:  # made while this call waited
            return kept[1]
        told = reporting.gather(self._workspace, lang, examples=False)
        parts = tuple(report.board(told, lang))
        shown = Shown(
            blocks=drawing.fragment(parts, lang),
            parts=parts,
            period=formats.days(told.period.first, told.period.last, lang),
        )
        self._kept[lang] = state, shown
        return shown
