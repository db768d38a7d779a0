"""Verify: everything recorded, set beside what the ledger sealed; reads only.

Rows meet their leaves; what no leaf stands for is told by what is sealed: a model's files and the
rules by their hash in the run's manifest, assets by their own name, champions by their decisions,
messages by the decision they belong to, contacts and the opposition list by a keyed tally that only
Régie can keep, what a table's log and a file's footer tell by the file's rows. So one changed byte
is found, and named with its file, row and batch; of bytes that hold no row, those of state.sqlite's
pages and indexes. A file or line that cannot be read at all is one fault, and the rest is checked
still: of a table the files that do read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from regie.govern import ledger
from regie.ports.ledger import Entry
from regie.ports.tables import Columns, Intact, Session, Tables
from regie.terms.decision import NOTHING
from regie.terms.errors import RegieError
from regie.terms.person import keyed_token
from regie.workspace.approving import put_up
from regie.workspace.deciding import States
from regie.workspace.records import consents_of, decisions_of
from regie.workspace.sealing import Sealing, leaves_of, record_leaf
from regie.workspace.writing import CONTACT_FIELDS

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


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


def verify(workspace: Stores) -> Verified:
    """Check the chain, every entry's leaves, every row, and every file that accounts for them.

    Nobody writes meanwhile: a row and its leaf come one after the other.
    """
    tables, state = workspace.everything, workspace.state
    with (
        tables.lease("events"), tables.lease("decisions"), tables.lease("quarantine"),
        workspace.ledger.lease(), state.together(),
    ):  # fmt: skip
        return _Verification(workspace).told()


class _Rows(NamedTuple):
    """Rows of one kind, in parts: their names, the batch each says it is of, their leaves now."""

    what: str
    parts: Iterable[tuple[Sequence[str], Sequence[str], bytes]]
    added_by: tuple[str, ...]
    taken_by: tuple[str, ...] = ("erasure", "expiry")
    table: str = ""


class _Verification:
    """One check of a workspace."""

    def __init__(self, workspace: Stores) -> None:
        self.workspace, self.sealing = workspace, Sealing(workspace)
        self.lines = workspace.ledger.lines()
        self.entries = [one for one in self.lines if isinstance(one, Entry)]
        unread = [n for n, one in enumerate(self.lines) if not isinstance(one, Entry)]
        # Whether these were added or taken away, and of what kind, nothing says any more.
        self.unnamed = _whole([workspace.ledger.leaves(n) for n in unread])
        self.files = {i.id: i.file for i in workspace.state.imports()}
        self.rows = self.gone = 0
        self.intact: Intact | None = None
        """What reads of the tables; looked for where something does not."""

    def told(self) -> Verified:
        faults = [*self._tried(self._cut), *self._chain()]
        for rows in (
            self._events, self._decisions, self._quarantine, self._acts, self._consents,
            self._imports, self._runs, self._steps, self._rules,
        ):  # fmt: skip
            faults += self._tried(lambda rows=rows: self._compared(rows()))  # type: ignore[misc]
        for check in (
            self._outbox, self._assets, self._models, self._champions, self._contacts,
            self._tallied, self._pages, self._logs,
        ):  # fmt: skip
            faults += self._tried(check)
        return Verified(
            entries=len(self.lines),
            rows=self.rows,
            faults=tuple(dict.fromkeys(faults)),  # one damage may be met by several checks
            gone=self.gone,
        )

    def _tried(self, check: Callable[[], Iterator[str]]) -> list[str]:
        """What a check finds; where it cannot read a table, of the files of it that do read."""
        found: list[str] = []
        rows, gone = self.rows, self.gone
        try:
            found.extend(check())
        except RegieError as error:  # what cannot be read is a fault, and no end of the check
            if self.intact is None:
                self.intact = self.workspace.everything.intact()
                if faults := [str(one) for of in self.intact.faults.values() for one in of]:
                    self.rows, self.gone = rows, gone
                    return [*faults, *self._tried(check)]
            found.append(str(error))
        return found

    def _session(self, tables: Tables) -> AbstractContextManager[Session]:
        return tables.session(None if self.intact is None else self.intact.files)

    def _is_whole(self, table: str) -> bool:
        return self.intact is None or not self.intact.faults.get(table)

    # ---- the ledger itself

    def _cut(self) -> Iterator[str]:
        if found := self.sealing.cut():
            yield f"ledger/entries.jsonl is {found}; restore it from a copy"

    def _chain(self) -> Iterator[str]:
        yield from (str(one) for one in self.lines if isinstance(one, RegieError))
        broken = ledger.verify_chain(one if isinstance(one, Entry) else None for one in self.lines)
        if broken is not None:
            yield f"ledger entry {broken.n}: {broken.part}"
        for entry in self.entries:
            if not ledger.check_leaves(entry, self.workspace.ledger.leaves(entry.n)):
                yield f"ledger entry {entry.n}: leaves (of {entry.kind} {entry.subject})"

    # ---- rows and their leaves

    def _compared(self, rows: _Rows) -> Iterator[str]:
        sealed = self._leaves(rows.added_by) + self.unnamed
        seals = ledger.Seals(sealed, self._leaves(rows.taken_by))
        changed = []
        for names, batches, leaves in rows.parts:
            self.rows += len(names)
            changed += [(names[place], batches[place]) for place in seals.meet(leaves)]
        self.gone += seals.released
        for name, batch in sorted(changed):
            yield f"{rows.what} {name} is not as it was sealed{self._batch(rows, batch)}"
        unnamed = set(ledger.split(self.unnamed))
        missing = [one for one in ledger.split(seals.missing()) if one not in unnamed]
        lost = len(missing) - len(changed)
        if lost > 0:
            how = "gone" if self._is_whole(rows.table) else "in no file that can be read"
            yield f"{lost} sealed {rows.what} rows are {how}{self._lost_from(rows, missing)}"

    def _batch(self, rows: _Rows, subject: str) -> str:
        told = f"{rows.added_by[0]} {subject}" if subject else "outside a batch"
        told += f" of {self.files[subject]}" if subject in self.files else ""
        entry = next(
            (e.n for e in self.entries if e.kind in rows.added_by and e.subject == subject), None
        )
        return f" ({told}, {'in no ledger entry' if entry is None else f'ledger entry {entry}'})"

    def _lost_from(self, rows: _Rows, missing: Sequence[bytes]) -> str:
        """The batches that miss a leaf; a changed row's old leaf is among them."""
        sought = set(missing)
        batches = [
            self._batch(rows, entry.subject).strip(" ()")
            for entry in self.entries
            if entry.kind in rows.added_by
            and not sought.isdisjoint(ledger.split(self.workspace.ledger.leaves(entry.n)))
        ]
        return f" ({'; '.join(batches)})"

    def _leaves(self, kinds: Sequence[str]) -> bytes:
        store = self.workspace.ledger
        owed = [leaves for kind, _, leaves in self.workspace.state.owed() if kind in kinds]
        sealed = [store.leaves(e.n) for e in self.entries if e.kind in kinds]
        return _whole([*sealed, *owed])

    def _events(self) -> _Rows:
        return _Rows(
            "event",
            self._event_parts(),
            ("import", "anonymised"),
            ("correction", "erasure", "expiry"),
            "events",
        )

    def _event_parts(self) -> Iterator[tuple[Sequence[str], Sequence[str], bytes]]:
        narrowed: dict[str, Any] = {"import_id": None, "key": None, "source": "", "orders": []}
        with self._session(self.workspace.everything) as session:
            for rows in session.stream(ledger.any_event_leaves_sql(), narrowed):
                names, batches, leaves = zip(*rows, strict=True)
                yield names, batches, b"".join(leaves)

    def _decisions(self) -> _Rows:
        found = self._query("SELECT * FROM decisions ORDER BY id")
        ids = found["id"].tolist()
        runs = found["run"].tolist()
        batches = [str(run) if run else one for one, run in zip(ids, runs, strict=True)]
        return _Rows(
            "decision",
            [(ids, batches, ledger.record_leaves(found))],
            ("run", "promotion", "redacted"),
            table="decisions",
        )

    def _quarantine(self) -> _Rows:
        narrowed: dict[str, Any] = {"import_id": None, "places": []}
        found = self._query(ledger.quarantine_leaves_sql(), narrowed)
        places = zip(*(found[name].tolist() for name in ("file", "row", "import_id")), strict=True)
        names = [f"{file} row {row} of import {of}" for file, row, of in places]
        return _Rows(
            "row set aside",
            [(names, found["import_id"].tolist(), b"".join(found["leaf"].tolist()))],
            ("quarantine",),
            ("erasure", "expiry", "replayed"),
            "quarantine",
        )

    def _acts(self) -> _Rows:
        acts, salts = self.workspace.state.acts(), self.workspace.state.act_salts()
        ids = [act.id for act in acts]
        return _Rows(
            "act", [(ids, ids, leaves_of(acts, [salts[act.id] for act in acts]))], ("act",)
        )

    def _consents(self) -> _Rows:
        found = self.workspace.state.consents(hidden=True)
        consents = consents_of(found)
        names = [f"of {consent.key} to {consent.purpose}" for consent in consents]
        batches = [import_id or "" for import_id in found["import_id"].tolist()]
        return _Rows(
            "consent",
            [(names, batches, self.sealing.consent_leaves(consents))],
            ("consents",),
        )

    def _imports(self) -> _Rows:
        brought = self.workspace.state.imports("published")
        ids = [one.id for one in brought]
        leaves = b"".join(map(record_leaf, brought))
        return _Rows("record of import", [(ids, ids, leaves)], ("imported",))

    def _runs(self) -> _Rows:
        runs = self.workspace.state.runs("published")
        numbers = [str(run.number) for run in runs]
        leaves = b"".join(map(record_leaf, runs))
        return _Rows("manifest of run", [(numbers, numbers, leaves)], ("manifest",))

    def _steps(self) -> _Rows:
        steps, salts = self.workspace.state.steps(), self.workspace.state.step_salts()
        ids = [step.id for step in steps]
        leaves = leaves_of(steps, [salts[one] for one in ids])
        return _Rows("step of a request", [(ids, [s.request for s in steps], leaves)], ("request",))

    def _rules(self) -> _Rows:
        changes, salts = (
            self.workspace.state.rule_changes(),
            self.workspace.state.rule_change_salts(),
        )
        ids = [change.id for change in changes]
        leaves = leaves_of(changes, [salts[one] for one in ids])
        return _Rows("change of a rule", [(ids, ids, leaves)], ("rule",))

    def _query(self, sql: str, parameters: dict[str, Any] | None = None) -> Columns:
        with self._session(self.workspace.everything) as session:
            return session.query(sql, parameters)

    # ---- what is told by what is sealed

    def _outbox(self) -> Iterator[str]:
        """Each message by its decision: one each, and in the state its acts leave it in."""
        found = self.workspace.state.outbox()
        rows = zip(*(found[name].tolist() for name in found), strict=True)
        held = {row[0]: dict(zip(found, row, strict=True)) for row in rows}
        published = {run.number for run in self.workspace.state.runs("published")}
        states = States(self.workspace)
        hashes = put_up(self.workspace, self.workspace.state.acts())
        with self._session(self.workspace.tables) as session:
            decided = decisions_of(
                session.query(
                    "SELECT * FROM decisions WHERE kind = 'message' AND chosen <> $nothing"
                    " ORDER BY id",
                    {"nothing": NOTHING},
                )
            )
        for decision in decided:
            if decision.run not in published:
                continue
            message = held.pop(decision.id, None)
            expected = {
                "decision": decision.id,
                "campaign": decision.campaign,
                "run": decision.run,
                "key": decision.subject,
                "content_hash": hashes.get(decision.id, decision.content_hash),
                "token": keyed_token(self.workspace.key, "why", decision.id),
                "state": states.acted(decision),
                "at_us": decision.constraints.get("send_us"),
            }
            if message is None:
                yield f"message of decision {decision.id} is gone (run {decision.run})"
                continue
            if message["state"] == "sent":
                expected["state"] = "sent"
            for name, value in expected.items():
                if message[name] != value:
                    yield (
                        f"message of decision {decision.id}, {name}, is not what was decided"
                        f" (run {decision.run})"
                    )
        # Where some decisions cannot be read, theirs are no strangers.
        for decision_id in held if self._is_whole("decisions") else ():
            yield f"message of decision {decision_id} belongs to no decision"

    def _assets(self) -> Iterator[str]:
        """Every asset by its name; and all that runs and acts refer to is there."""
        assets, state = self.workspace.assets, self.workspace.state
        for name in assets.names():
            try:
                assets.get(name)
            except RegieError as error:
                yield f"{error.where} is {error.found}"
        needed = {
            hash_of: f"rules/{file} of run {run.number}"
            for run in state.runs("published")
            for file, hash_of in msgspec.json.decode(run.manifest)["rules"].items()
        }
        versions = self._query("SELECT DISTINCT versions FROM decisions ORDER BY versions")
        for text in versions["versions"].tolist():
            if template := msgspec.json.decode(text).get("template"):
                needed[template] = "a template of messages"
        for change in state.rule_changes():
            for kept in filter(None, (change.was, change.now)):
                needed[kept] = f"rules/{change.file} of change {change.id}"
        for act in state.acts():
            if act.decision is None and act.content_hash:
                needed[act.content_hash] = f"the list of act {act.id}"
        for name, what in sorted(needed.items()):
            if not assets.holds(name):
                yield f"asset {name}, {what}, is gone"

    def _models(self) -> Iterator[str]:
        """Every file of a model by its hash in the manifest of the run that fitted it."""
        now = self.workspace.models.files()
        for run in self.workspace.state.runs("published"):
            # A run of before files were noted names none; its models then belong to no run.
            for file, sealed in msgspec.json.decode(run.manifest).get("files", {}).items():
                found = now.pop(file, None)
                if found != sealed:
                    word = "gone" if found is None else "not as it was saved"
                    yield f"models/{file} is {word} (run {run.number})"
        for file in now:
            yield f"models/{file} belongs to no run"

    def _champions(self) -> Iterator[str]:
        """Every promotion by its decision, and every decision to promote by its promotion."""
        models = self.workspace.models
        with self._session(self.workspace.tables) as session:
            decided = decisions_of(
                session.query("SELECT * FROM decisions WHERE kind = 'promotion' ORDER BY id")
            )
        promised = {(d.subject, d.chosen, d.at_us, d.id) for d in decided}
        for name in models.names():
            try:
                history = models.history(name)
            except RegieError as error:  # of one that does not read; the others are checked still
                yield str(error)
                promised = {one for one in promised if one[0] != name}
                continue
            for one in history:
                told = (name, one.version, one.as_of_us, one.decision)
                if told not in promised and self._is_whole("decisions"):
                    yield f"models/{name}/champion.json: {one.version} was promoted by no decision"
                promised.discard(told)
        for name, version, _, decision in sorted(promised):
            yield f"models/{name}/champion.json: without {version} of decision {decision}"

    def _contacts(self) -> Iterator[str]:
        """Every contact can be opened: encryption tells a changed byte."""
        self.workspace.state.contacts(CONTACT_FIELDS)
        return iter(())

    def _pages(self) -> Iterator[str]:
        """What is read by an index is what the tables hold: no leaf stands for an index."""
        if found := self.workspace.state.broken():
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield (
                f"state.sqlite is damaged ({found[0]}{more}), expected pages and indexes as SQLite"
                " keeps them; restore the file from a copy, then check with regie verify"
            )

    def _logs(self) -> Iterator[str]:
        """What a table's log tells of its files, by which another engine passes over them."""
        yield from map(str, self.workspace.everything.mistold())

    def _tallied(self) -> Iterator[str]:
        """What is overwritten and erased, and so has no leaf, is what Régie itself wrote."""
        for table in self.workspace.state.tampered():
            yield (
                f"{_TALLIED[table]} of state.sqlite are not as Régie kept them: rows were added,"
                " changed or taken away; restore the file from a copy"
            )


def _whole(leaves: Iterable[bytes]) -> bytes:
    # Of a file cut short `_chain` tells; here it must not shift the leaves after it.
    return b"".join(one[: len(one) - len(one) % ledger.HASH_BYTES] for one in leaves)


_TALLIED = {
    "contacts": "the contacts",
    "erased": "the people who are being erased",
    "items": "the items",
    "opposition": "the entries of the opposition list",
    "requesters": "the people of the requests",
}
