"""The port to the ledger's files: entries in a chain, and the leaves under each root."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from regie.terms.errors import WorkspaceError


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed batch: the Merkle root of its records, chained to the entry before.

    fr: écriture

    Parameters
    ----------
    n : int
        Its number, from 0 without a gap.
    at_us : int
        Wall clock.
    kind : str
        What the batch is: `import`, `run`, `act`, `erasure` …
    subject : str
        Which one: an import's id, a run's number. Never a person's key: entries are never erased.
    count : int
        Leaves under the root.
    root, prev, hash : str
        64 hex digits each: Merkle root, hash of the entry before (zeros for the first), own hash.

    Examples
    --------
    >>> Entry(n=0, at_us=0, kind="import", subject="i1", count=0, root="", prev="", hash="").kind
    'import'
    """

    n: int
    at_us: int
    kind: str
    subject: str
    count: int
    root: str
    prev: str
    hash: str


class LedgerStore(Protocol):
    """Where the ledger of one workspace lives; it only grows."""

    def lease(self) -> AbstractContextManager[None]:
        """Hold the ledger while the next entry is made from the last one."""

    def append(self, sealed: Sequence[tuple[Entry, bytes]]) -> None:
        """Add entries, each with its leaves (32 bytes each), durably and in their order."""

    def entries(self) -> list[Entry]:
        """Every entry, in order."""

    def lines(self) -> list[Entry | WorkspaceError]:
        """Every place of the chain, in order: its entry, or why it cannot be read."""

    def count(self) -> int:
        """How many entries there are, without reading them."""

    def leaves(self, n: int) -> bytes:
        """The leaves of an entry, as they were stored; empty where they are not there."""
