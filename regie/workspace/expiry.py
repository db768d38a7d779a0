"""Retention, applied: what no purpose may keep any more is destroyed, or made anonymous.

How long is said by the holdings and the purposes alone (`govern.register.kept_days`); this module
knows for each store how a row is found to be old and how it is taken out. Order lines become
anonymous, so that the accounts keep their totals; everything else goes. Runs before every import
and every run, so that neither meets what may not be held, and by hand (`regie expire`).

Why the workspace's own present is the clock: a recorded workspace that stands still in the past
holds nothing that was old then. Why whole days, and the day in which a row reaches its age already:
one turn a day suffices.

What goes is sealed in the ledger before it goes, as an erasure is; a turn cut short is finished at
the next opening (`sweeping`), and may then be listed twice.

References
----------
GDPR article 5(1)(e); docs/decisions/0012-retention-is-applied.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from regie.govern import ledger
from regie.govern.register import Holding, kept_days
from regie.ports.tables import Session, sql_text
from regie.terms.event import DONE_TO, KINDS
from regie.terms.instant import day_of, day_start_us
from regie.terms.person import keyed_token
from regie.terms.request import Step
from regie.workspace import uploads
from regie.workspace.holdings import HOLDINGS
from regie.workspace.mailboxes import fingerprint
from regie.workspace.people import EXPIRY, destroy, seal_anonymised
from regie.workspace.records import consents_of
from regie.workspace.sealing import EXPIRING, Sealing, leaves_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


class Expired(msgspec.Struct, frozen=True, kw_only=True):
    """What age took out of one store: on which day of the workspace, how many rows.

    Parameters
    ----------
    entry : int
        Of the ledger, where it is sealed.
    at_us : int
        Wall clock.
    """

    store: str
    day: str
    rows: int
    entry: int
    at_us: int


def expire(workspace: Stores) -> list[Expired]:
    """Take out everything that is too old; what went, store by store."""
    before = len(workspace.ledger.entries())
    turn = _Turn(workspace)
    if is_cut_short(workspace):
        seal_anonymised(workspace)
    for store in dict.fromkeys(holding.store for holding in HOLDINGS if holding.retention_days):
        TAKES_OUT[store](turn, [h for h in HOLDINGS if h.store == store])
    if turn.state_changed:
        workspace.state.checkpoint()
    workspace.state.settled(EXPIRING, _TURN)
    return [one for one in expiries(workspace) if one.entry >= before]


def is_cut_short(workspace: Stores) -> bool:
    """Whether a turn was begun and not ended: what it sealed may still be there."""
    return any(kind == EXPIRING for kind, _, _ in workspace.state.owed())


_TURN = "turn"


def expiries(workspace: Stores) -> list[Expired]:
    """Everything that age ever took out, oldest first, as the ledger has it."""
    told = []
    for entry in workspace.ledger.entries():
        if entry.kind == EXPIRY:
            store, day, _ = entry.subject.rsplit("/", 2)
            one = Expired(store=store, day=day, rows=entry.count, entry=entry.n, at_us=entry.at_us)
            told.append(one)
    return told


def since_us(workspace: Stores, holding: Holding) -> int:
    """The instant from which on rows of a holding may be kept today."""
    days = kept_days(holding, workspace.rules.purposes())
    if days is None:
        raise ValueError(f"age takes nothing out of {holding.store}")
    return day_start_us(_today(workspace) - timedelta(days - 1), workspace.settings.zone)


def _today(workspace: Stores) -> date:
    """The present day; or that of a turn that was cut short, where a clock was set back since."""
    days = [day_of(workspace.settings.now_us(), workspace.settings.zone)]
    for kind, _, begun in workspace.state.owed():
        if kind == EXPIRING and begun:
            days.append(date.fromisoformat(begun.decode()))
    return max(days)


def kept_since(workspace: Stores) -> dict[str, int]:
    """Kind of event to the instant from which on it may be kept."""
    since: dict[str, int] = {}
    for holding in HOLDINGS:
        if kinds := [kind for kind in KINDS if holding_of(kind) is holding]:
            since |= dict.fromkeys(kinds, since_us(workspace, holding))
    return since


def holding_of(kind: str) -> Holding:
    """The holding that events of a kind belong to.

    Examples
    --------
    >>> holding_of("order").then, holding_of("click").then
    ('anonymous', 'gone')
    """
    here = [holding for holding in HOLDINGS if holding.store == "events"]
    named = [holding for holding in here if kind in holding.kinds]
    return (named or [holding for holding in here if not holding.kinds])[0]


class _Turn:
    """One turn of expiry over a workspace."""

    def __init__(self, workspace: Stores) -> None:
        self.workspace, self.sealing = workspace, Sealing(workspace)
        self.everything, self.state = workspace.everything, workspace.state
        self.today = _today(workspace).isoformat()
        self.state_changed = False
        self._acting_at: tuple[int, list[str]] | None = None

    def seal(self, store: str, leaves: bytes) -> str:
        """Seal what is about to go; the name of the entry."""
        self.state.owe(EXPIRING, _TURN, self.today.encode())
        subject = f"{store}/{self.today}/{len(self.workspace.ledger.entries())}"
        self.sealing.seal(EXPIRY, subject, leaves)
        return subject

    def marks(self, store: str, names: Sequence[object]) -> bytes:
        """A leaf for each row that never had one: how many went, and nothing else."""
        key = self.workspace.key
        return b"".join(
            ledger.leaf(keyed_token(key, EXPIRY, f"{store}/{self.today}/{name}"), b"")
            for name in names
        )

    # ---- tables

    def events(self, holdings: Sequence[Holding]) -> None:
        """Order lines become anonymous; every other event goes."""
        if self.everything.version("events") < 0:
            return
        with self.everything.session() as session:
            if not len(self._aged_events(session)):
                return
        with self.everything.lease("events"):
            with self.everything.session() as session:
                going = self._aged_events(session)
                session.register("going", {"event_id": going})
                leaves = b"".join(session.query(ledger.going_leaves_sql())["leaf"].tolist())
            subject = self.seal("events", leaves)
            self.everything.erase(
                "events",
                {"event_id": going},
                sql_text("regie.workspace", "expired"),
                {
                    "import_id": subject,
                    "zone": self.workspace.settings.zone,
                    "chance": secrets.token_hex(32),
                    "anonymous": [k for h in holdings if h.then == "anonymous" for k in h.kinds],
                },
            )
            seal_anonymised(self.workspace)

    def _aged_events(self, session: Session) -> Sequence[str]:
        kept = {kind: holding_of(kind) for kind in KINDS}
        since = kept_since(self.workspace)
        session.register(
            "kept_since",
            {
                "kind": list(kept),
                "since_us": np.array([since[kind] for kind in kept], dtype=np.int64),
                "anonymous": [holding.then == "anonymous" for holding in kept.values()],
            },
        )
        found: list[str] = session.query(sql_text("regie.workspace", "aged_events"))[
            "event_id"
        ].tolist()
        return found

    def decisions(self, holdings: Sequence[Holding]) -> None:
        """Decisions on people of before; a promotion is on nobody and stays."""
        if self.everything.version("decisions") < 0:
            return
        old = {"before_us": since_us(self.workspace, holdings[0])}
        with self.everything.lease("decisions"):
            with self.everything.session() as session:
                found = session.query(sql_text("regie.workspace", "aged_decisions"), old)
            ids = found["id"].tolist()
            if not ids:
                return
            self.seal("decisions", ledger.record_leaves(found))
            # Beside it, for whoever asks by a decision's whole id what became of it.
            told = f"{self.today}/{len(self.workspace.ledger.entries())}"
            self.sealing.seal("expired", told, self.sealing.erased_leaves(ids))
            self.everything.erase("decisions", {"id": ids})

    def quarantine(self, holdings: Sequence[Holding]) -> None:
        """Rows set aside by imports of before."""
        before_us = since_us(self.workspace, holdings[0])
        old = [i.id for i in self.state.imports("published") if i.at_us < before_us]
        if not old:
            return
        with self.everything.session() as session:
            leaves = {i: self.sealing.quarantine_leaves(session, import_id=i) for i in old}
        leaves = {import_id: found for import_id, found in leaves.items() if found}
        if leaves:
            self.seal("quarantine", b"".join(leaves.values()))
            self.everything.erase("quarantine", {"import_id": list(leaves)})

    # ---- state

    def contacts(self, holdings: Sequence[Holding]) -> None:
        """Values that were replaced, and those of people of whom no act is held any more."""
        self._state(holdings[0], "contacts", self._acting())

    def consents(self, holdings: Sequence[Holding]) -> None:
        """Answers that were replaced, and those of people of whom nothing else is held."""
        table = "consents"
        held = sorted({*self._acting(), *self.state.contact_keys(field="raw_id")})
        found = self.state.aged(table, since_us(self.workspace, holdings[0]), held)
        if len(found["seq"]):
            self.seal(holdings[0].store, self.sealing.consent_leaves(consents_of(found)))
            self._expire(table, found["seq"].tolist())

    def outbox(self, holdings: Sequence[Holding]) -> None:
        """Messages of runs of before, as their decisions."""
        self._state(holdings[0], "outbox", ())

    def opposition(self, holdings: Sequence[Holding]) -> None:
        """Fingerprints of people and addresses nothing is held on: only theirs may be forgotten."""
        if not len(self.state.opposition()["fingerprint"]):
            return
        known = {*self._acting(), *self.state.contact_keys(field="raw_id")}
        known |= set(self.state.consents()["key"].tolist())
        held = [fingerprint(self.workspace, key) for key in sorted(known)]
        held += sorted(set(self.state.mailboxes()["mark"].tolist()))
        self._state(holdings[0], "opposition", held)

    def requests(self, holdings: Sequence[Holding]) -> None:
        """Requests that were answered before, step by step."""
        found = self.state.aged("requests", since_us(self.workspace, holdings[0]), ())
        if len(found["seq"]):
            rows = zip(*(found[name].tolist() for name in Step.__struct_fields__), strict=True)
            steps = [
                Step(**{**dict(zip(Step.__struct_fields__, row, strict=True)),
                        "facts": msgspec.json.decode(row[-1])})
                for row in rows
            ]  # fmt: skip
            self.seal(holdings[0].store, leaves_of(steps, found["salt"].tolist()))
            self._expire("requests", found["seq"].tolist())

    def requesters(self, holdings: Sequence[Holding]) -> None:
        """Who asked, where the request is gone."""
        self._state(holdings[0], "requesters", ())

    def erased(self, holdings: Sequence[Holding]) -> None:
        """An erasure that was cut short is done: its key is held for that alone."""
        for key in self.state.hidden_keys():
            destroy(self.workspace, key)

    def _state(self, holding: Holding, table: str, held: Sequence[str]) -> None:
        found = self.state.aged(table, since_us(self.workspace, holding), held)
        seqs = found["seq"].tolist()
        if seqs:
            self.seal(holding.store, self.marks(holding.store, seqs))
            self._expire(table, seqs)

    def _expire(self, table: str, seqs: Sequence[int]) -> None:
        self.state.expire(table, seqs)
        self.state_changed = True

    def _acting(self) -> list[str]:
        """People of whom an act is held; asked of the tables once for each version of them."""
        newest = self.everything.version("events")
        if self._acting_at is None or self._acting_at[0] != newest:
            with self.everything.session() as session:
                acting = sql_text("regie.workspace", "acting_people")
                found = session.query(acting, {"done_to": list(DONE_TO)})["key"].tolist()
            self._acting_at = newest, found
        return self._acting_at[1]

    # ---- files

    def reports(self, holdings: Sequence[Holding]) -> None:
        """Files that were written before: each can be made anew while its rows are held."""
        before_s = since_us(self.workspace, holdings[0]) / 1_000_000
        every = sorted((self.workspace.folder / "reports").rglob("*"))
        old = [path for path in every if path.is_file() and path.stat().st_mtime < before_s]
        if old:
            names = [path.relative_to(self.workspace.folder).as_posix() for path in old]
            self.seal("reports", self.marks("reports", names))
            for path in old:
                path.unlink()

    def uploads(self, holdings: Sequence[Holding]) -> None:
        """Files that were uploaded before and that nobody brought in."""
        before_us = since_us(self.workspace, holdings[0])
        if old := uploads.older(self.workspace, before_us):
            self.seal("uploads", self.marks("uploads", old))
            uploads.drop_before(self.workspace, before_us)


TAKES_OUT: dict[str, Callable[[_Turn, Sequence[Holding]], None]] = {
    "events": _Turn.events,
    "decisions": _Turn.decisions,
    "quarantine": _Turn.quarantine,
    "state.sqlite/contacts": _Turn.contacts,
    "state.sqlite/consents": _Turn.consents,
    "state.sqlite/outbox": _Turn.outbox,
    "state.sqlite/opposition": _Turn.opposition,
    "state.sqlite/erased": _Turn.erased,
    "state.sqlite/requests": _Turn.requests,
    "state.sqlite/requesters": _Turn.requesters,
    "reports": _Turn.reports,
    "uploads": _Turn.uploads,
}
"""Store to what takes out of it what is too old; a law says that no holding is left out."""
