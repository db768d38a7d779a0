"""Seal what was recorded into the ledger, and verify that nothing was changed since.

One entry a batch: an import's events, a run's decisions, acts, an erasure. The shell around
`govern.ledger`.

State and ledger are two stores, and a process may end between them. So what changes rows of state
also notes, in the same transaction, the leaves it owes the ledger; `settle` seals them, now or at
the next opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from regie.govern import ledger
from regie.ports.ledger import Entry
from regie.ports.tables import Session
from regie.terms.consent import Consent
from regie.terms.decision import Act
from regie.terms.person import keyed_token
from regie.workspace.records import consents_of
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


PROMISED = "promotion"
"""The kind owed while a promotion by hand is on its way: its leaf is made from its row."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying the ledger found.

    Parameters
    ----------
    entries : int
        Entries of the chain.
    rows : int
        Rows compared with their leaf.
    faults : tuple[str, ...]
        What does not hold, named; empty where everything does.
    gone : int
        Leaves whose row is gone by right: corrected or erased.
    """

    entries: int
    rows: int
    faults: tuple[str, ...]
    gone: int


class Sealing:
    """The ledger of one workspace."""

    def __init__(self, workspace: Stores) -> None:
        self.workspace = workspace

    def seal(self, kind: str, subject: str, leaves: bytes) -> Entry | None:
        """Add an entry, once for each subject; None where it stands already."""
        store = self.workspace.ledger
        with store.lease():
            entries = store.entries()
            if any(e.kind == kind and e.subject == subject for e in entries):
                return None
            last = entries[-1] if entries else None
            entry = ledger.next_entry(
                last, at_us=wall_us(), kind=kind, subject=subject, leaves=leaves
            )
            store.append(entry, leaves)
            return entry

    def settle(self) -> None:
        """Seal what state owes the ledger; done twice it changes nothing."""
        state = self.workspace.state
        for kind, subject, leaves in state.owed():
            if kind != PROMISED:
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

    def verify(self) -> Verified:
        """Check the chain, every entry's leaves, and every row against its leaf.

        Nobody writes meanwhile: a row and its leaf come one after the other.
        """
        tables, state = self.workspace.everything, self.workspace.state
        with (
            tables.lease("events"), tables.lease("decisions"), self.workspace.ledger.lease(),
            state.together(),
        ):  # fmt: skip
            return self._verify()

    def _verify(self) -> Verified:
        store = self.workspace.ledger
        entries = store.entries()
        faults: list[str] = []
        broken = ledger.verify_chain(entries)
        if broken is not None:
            faults.append(f"ledger entry {broken.n}: {broken.part}")
        for entry in entries:
            if not ledger.check_leaves(entry, store.leaves(entry.n)):
                faults.append(f"ledger entry {entry.n}: leaves")
        rows = gone = 0
        with self.workspace.everything.session() as session:
            for count, released, found in (
                self._check_events(session, entries),
                self._check_decisions(session, entries),
                self._check_acts(entries),
                self._check_consents(entries),
            ):
                rows += count
                gone += released
                faults += found
        return Verified(entries=len(entries), rows=rows, faults=tuple(faults), gone=gone)

    def _leaves(self, entries: Sequence[Entry], kinds: Sequence[str]) -> bytes:
        owed = [leaves for kind, _, leaves in self.workspace.state.owed() if kind in kinds]
        sealed = [self.workspace.ledger.leaves(e.n) for e in entries if e.kind in kinds]
        return b"".join((*sealed, *owed))

    def _check_events(
        self, session: Session, entries: Sequence[Entry]
    ) -> tuple[int, int, list[str]]:
        found = session.query(
            ledger.event_leaves_sql(), {"import_id": None, "key": None, "source": "", "orders": []}
        )
        return _compared(
            "event",
            [str(event) for event in found["event_id"]],
            b"".join(found["leaf"].tolist()),
            self._leaves(entries, ("import", "anonymised")),
            self._leaves(entries, ("correction", "erasure")),
        )

    def _check_decisions(
        self, session: Session, entries: Sequence[Entry]
    ) -> tuple[int, int, list[str]]:
        found = session.query("SELECT * FROM decisions ORDER BY id")
        ids = [str(decision) for decision in found["id"]]
        return _compared(
            "decision",
            ids,
            ledger.record_leaves(found),
            self._leaves(entries, ("run", "promotion")),
            self._leaves(entries, ("erasure",)),
        )

    def _check_acts(self, entries: Sequence[Entry]) -> tuple[int, int, list[str]]:
        acts = self.workspace.state.acts()
        salts = self.workspace.state.act_salts()
        leaves = b"".join(ledger.leaf(salts[act.id], ledger.canonical(act)) for act in acts)
        return _compared(
            "act",
            [a.id for a in acts],
            leaves,
            self._leaves(entries, ("act",)),
            self._leaves(entries, ("erasure",)),
        )

    def _check_consents(self, entries: Sequence[Entry]) -> tuple[int, int, list[str]]:
        consents = consents_of(self.workspace.state.consents(hidden=True))
        return _compared(
            "consent",
            [f"of {consent.key} to {consent.purpose}" for consent in consents],
            self.consent_leaves(consents),
            self._leaves(entries, ("consents",)),
            self._leaves(entries, ("erasure",)),
        )


def act_leaves(acts: Sequence[Act], salts: Sequence[str]) -> bytes:
    """The leaves of acts."""
    return b"".join(
        ledger.leaf(salt, ledger.canonical(act)) for act, salt in zip(acts, salts, strict=True)
    )


def _compared(
    what: str, ids: Sequence[str], leaves: bytes, sealed: bytes, released: bytes
) -> tuple[int, int, list[str]]:
    check = ledger.compare_rows(ids, leaves, sealed, released)
    faults = [f"{what} {name} is not as it was sealed" for name in check.changed]
    lost = check.missing - len(check.changed)
    if lost > 0:
        faults.append(f"{lost} sealed {what} rows are gone")
    return len(ids), check.released, faults
