"""Seal what was recorded into the ledger; `verifying` checks that nothing was changed since.

One entry a batch: an import's events, a run's decisions, acts, an erasure. The shell around
`govern.ledger`.

State and ledger are two stores, and a process may end between them. So what changes rows of state
also notes, in the same transaction, the leaves it owes the ledger; `settle` seals them, now or at
the next opening. State also notes how many entries the ledger has, since a chain cannot tell that
its end was cut off: a ledger with fewer is added to by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from regie.govern import ledger
from regie.ports.ledger import Entry
from regie.ports.state import Import, RuleChange, Run
from regie.ports.tables import Session
from regie.terms.consent import Consent
from regie.terms.decision import Act
from regie.terms.errors import WorkspaceError
from regie.terms.event import ACCOUNT_KINDS
from regie.terms.person import keyed_token
from regie.terms.request import Step
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


_GONE_BY = {"erasure": "erased", "expired": "expired"}

PROMISED = "promotion"
"""The kind owed while a promotion by hand is on its way: its leaf is made from its row."""


EXPIRING = "expiring"
"""The kind owed while age takes rows out: what was sealed as gone may still be there."""

_ENTRIES = "ledger/entries.jsonl"


class Sealing:
    """The ledger of one workspace."""

    def __init__(self, workspace: Stores) -> None:
        self.workspace = workspace

    def seal(self, kind: str, subject: str, leaves: bytes) -> None:
        """Add an entry, once for each subject.

        Raises
        ------
        WorkspaceError
            If the ledger was cut.
        """
        self.seal_all([(kind, subject, leaves)])

    def seal_all(self, batches: Sequence[tuple[str, str, bytes]]) -> None:
        """Add an entry for each batch (kind, subject, leaves), all synced together; see `seal`.

        Raises
        ------
        WorkspaceError
            If the ledger was cut.
        """
        store = self.workspace.ledger
        with store.lease():
            entries = store.entries()
            self._refuse(self._cut(self.workspace.state.sealed(), len(entries)))
            sealed = {(entry.kind, entry.subject) for entry in entries}
            last = entries[-1] if entries else None
            fresh: list[tuple[Entry, bytes]] = []
            for kind, subject, leaves in batches:
                if (kind, subject) not in sealed:
                    last = ledger.next_entry(
                        last, at_us=wall_us(), kind=kind, subject=subject, leaves=leaves
                    )
                    fresh.append((last, leaves))
            if last is not None and fresh:
                store.append(fresh)
                self.workspace.state.note_sealed(last.n + 1)

    def cut(self) -> str:
        """What the ledger lacks, in words; empty where nothing."""
        # Noted before counted: an entry that somebody adds in between is more, and none too few.
        sealed = self.workspace.state.sealed()
        return self._cut(sealed, self.workspace.ledger.count())

    def _cut(self, sealed: int, there: int) -> str:
        return f"cut: {there} of {sealed} entries are there" if there < sealed else ""

    def check(self) -> None:
        """Before anything is written that the ledger is to account for.

        Raises
        ------
        WorkspaceError
            If the ledger was cut: what it would be chained to is gone. If lines were imported and
            their table is lost: a new one would take its place, and hide it.
        """
        self._refuse(self.cut())
        if self.workspace.tables.version("events") >= 0:
            return  # asked before every act: what was imported is counted only where it is lost
        brought = self.workspace.state.imports("published")
        lines = sum(one.counts.get(kind, 0) for one in brought for kind in ACCOUNT_KINDS)
        if lines:
            raise WorkspaceError(
                str(self.workspace.folder / "events"), "not there",
                f"the table of the {lines:,} lines that were imported",
                "restore it from a copy, then check with regie verify",
            )  # fmt: skip

    def _refuse(self, found: str) -> None:
        if found:
            raise WorkspaceError(
                str(self.workspace.folder / _ENTRIES),
                found,
                "every entry that was sealed",
                "restore it from a copy, then check with regie verify",
            )

    def settle(self) -> None:
        """Seal what state owes the ledger; done twice it changes nothing."""
        state = self.workspace.state
        for kind, subject, leaves in state.owed():
            if kind not in (PROMISED, EXPIRING):
                self.seal(kind, subject, leaves)
                state.settled(kind, subject)

    def event_leaves(
        self,
        session: Session,
        *,
        import_id: str | None = None,
        key: str | None = None,
        source: str = "",
        orders: Sequence[str] = (),
    ) -> bytes:
        """Leaves of the events of an import, a person, or some orders of a source."""
        found = session.query(
            ledger.event_leaves_sql(),
            {"import_id": import_id, "key": key, "source": source, "orders": list(orders)},
        )
        return b"".join(found["leaf"].tolist())

    def seal_decision(self, session: Session, decision: str) -> None:
        """Seal one decision taken outside a run, such as a promotion by hand."""
        found = session.query("SELECT * FROM decisions WHERE id = $id", {"id": decision})
        self.seal("promotion", decision, ledger.record_leaves(found))

    def consent_leaves(self, consents: Iterable[Consent]) -> bytes:
        """Leaves of consents; their salt is keyed, so that nobody without the key can guess one."""
        return b"".join(
            ledger.leaf(
                keyed_token(self.workspace.key, "consent", f"{c.key}/{c.purpose}/{c.at_us}"),
                ledger.canonical(c),
            )
            for c in consents
        )

    def quarantine_leaves(
        self,
        session: Session,
        *,
        import_id: str | None = None,
        places: Sequence[str] = (),
        but_of: str = "",
    ) -> bytes:
        """Leaves of the rows an import set aside, or of some rows named import_id/row.

        Without those of a file named `but_of`.
        """
        found = session.query(
            ledger.quarantine_leaves_sql(),
            {"import_id": import_id, "places": list(places)},
        )
        return b"".join(found["leaf"][found["file"] != but_of].tolist())

    def erased_leaves(self, decisions: Iterable[str]) -> bytes:
        """What says that a decision was erased, to whoever has its id and the key alone."""
        return b"".join(
            ledger.leaf(keyed_token(self.workspace.key, "erased", one), b"") for one in decisions
        )

    def gone_by(self, decision: str) -> str:
        """Why a decision of that whole id is gone, `erased` or `expired`; empty where not."""
        sought, store = self.erased_leaves([decision]), self.workspace.ledger
        for entry in store.entries():
            if entry.kind in _GONE_BY and sought in ledger.split(store.leaves(entry.n)):
                return _GONE_BY[entry.kind]
        return ""


def leaves_of(records: Sequence[Act | Step | RuleChange], salts: Sequence[str]) -> bytes:
    """The leaves of acts, of steps of requests or of changes of rules, each with its salt."""
    return b"".join(
        ledger.leaf(salt, ledger.canonical(record))
        for record, salt in zip(records, salts, strict=True)
    )


def record_leaf(record: Import | Run) -> bytes:
    """The leaf of an import's or a run's own record: no person is in it, so it needs no salt."""
    return ledger.leaf("", ledger.canonical(record))
