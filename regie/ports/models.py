"""The port to models: versions as arrays and a card, and which version serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from regie.ports.tables import Column


class Model(NamedTuple):
    """A version: its arrays by name, and its card (what it is, how it was judged)."""

    arrays: dict[str, Column]
    card: dict[str, Any]


class Promotion(msgspec.Struct, frozen=True):
    """From which instant a version serves, by which decision.

    fr: mise en service

    Examples
    --------
    >>> Promotion("2011-06-09", 1307574000000000, "d1").decision
    'd1'
    """

    version: str
    as_of_us: int
    decision: str


class ModelStore(Protocol):
    """Where the models of one workspace live; a version never changes once it is saved."""

    def save(
        self, name: str, version: str, arrays: Mapping[str, Column], card: Mapping[str, Any]
    ) -> None:
        """Keep a version (numbers, truths and fixed-width text; no pickle)."""

    def load(self, name: str, version: str) -> Model:
        """A version as it was saved."""

    def card(self, name: str, version: str) -> dict[str, Any]:
        """The card of a version alone: what a list of many reads."""

    def files(self, ending: str = "") -> dict[str, str]:
        """File to the SHA-256 of its bytes, of every version whose name ends so."""

    def drop(self, ending: str) -> None:
        """Let go of versions whose name ends so: those of a run that was never published."""

    def names(self) -> list[str]:
        """Models, sorted."""

    def versions(self, name: str) -> list[str]:
        """Versions of a model, sorted."""

    def promote(self, name: str, promotion: Promotion) -> None:
        """Let a version serve; the history keeps who served before."""

    def history(self, name: str) -> list[Promotion]:
        """Promotions, oldest first."""

    def champion(self, name: str, as_of_us: int | None = None) -> str | None:
        """The version that serves now, or served as of an instant; None where none does."""
