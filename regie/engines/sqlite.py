"""State in one SQLite file; reads and writes it, nothing else.

Why SQLite: exact transactions between processes without a server. WAL lets readers read while one
writes; `synchronous=FULL` makes an answered call durable; `secure_delete` overwrites what goes.
Values about people are encrypted one by one (vault), so the file alone says nothing about anyone.

What must not change behind Régie's back, and has no leaf in the ledger since it is overwritten and
erased (contacts, items, who is hidden, the opposition list), is tallied: per table a keyed sum of
its rows' hashes, kept in the transaction that changes them by triggers that only our connections
have. A sum costs the same however many rows there are, and takes an erased row out without a trace.
It tells that rows were changed, not which; an empty table's is keyed as well. Who puts back old
rows with their old sum is not found out by it.

One connection serves all threads of a process, one call at a time: calls are short and whole.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from regie.engines.durable import damaged, told_if_full
from regie.engines.sqlite_file import BUSY_WAIT_S, connect, refuse_newer
from regie.engines.statements import named_statements
from regie.engines.vault import Vault
from regie.ports.state import (
    AGED_COLUMNS,
    CONSENT_COLUMNS,
    CONTACT_COLUMNS,
    ITEM_COLUMNS,
    OPPOSITION_KINDS,
    OUTBOX_COLUMNS,
    Annotation,
    Import,
    RuleChange,
    Run,
    View,
)
from regie.ports.tables import Columns, GivenColumns
from regie.terms.consent import is_declared
from regie.terms.decision import Act
from regie.terms.errors import NotFoundError, RefusedError, SettingError, WorkspaceError
from regie.terms.person import keyed_token, mailbox_marks
from regie.terms.request import Step

SCHEMA_VERSION = 7
"""2: tables are tallied. 3: requests are kept. 4: annotations and views are.
5: changes of rules are. 6: the sum of an empty table, the number of entries that were sealed and
the version itself are bound to the key. 7: an address is found by its mark."""
_BOUND_SINCE = 6
_MARKED_SINCE = 7
_MAILBOXES = ("address", "raw_id")
"""Fields of a contact that may hold an address, which a mark then stands for."""
INTEGERS = ("at_us", "run", "seq", "allowed", "refused")
TRUTHS = ("granted",)
TALLIED = {"contacts": 2, "erased": 2, "items": 2, "opposition": 2, "requesters": 3}
"""Table to the version since which it is tallied."""
_TALLY_BYTES = 32
_NO_ROW = ()


class SqliteState:
    """The state of one workspace.

    Parameters
    ----------
    path : Path
        The file, made where it is not there.
    workspace_key : bytes
        32 secret bytes; another key than the one it was made with is refused at once.
    may_make : bool
        Whether the file may be made: never where other stores hold what belongs to it.

    Raises
    ------
    WorkspaceError
        If the file is of a newer version, made with another key, no state at all, or not there
        where it may not be made.
    """

    def __init__(self, path: Path, workspace_key: bytes, *, may_make: bool = True) -> None:
        self._path, self._may_make = path, may_make
        if not may_make and not (path.is_file() and path.stat().st_size):
            raise self._gone()
        self._key = workspace_key
        self._vault = Vault(workspace_key, "contacts")
        self._tally_key = blake2b(b"tally", key=workspace_key).digest()
        self._moved: dict[str, int] = {}
        self._guard = threading.RLock()
        self._depth = 0
        self._con = connect(path)
        try:
            with self._told():
                self._con.executescript(_statement("connect"))
                # By version, so that nobody without the key makes a file an older one again.
                uses = ("check", f"check {_BOUND_SINCE}")
                checks = [keyed_token(workspace_key, "state", use) for use in uses]
                unclean = self._make_or_check(checks)
                self._con.create_function("tally", -1, self._tally, deterministic=False)
                self._con.create_function("declared", 1, is_declared, deterministic=True)
                self._con.executescript(_statement("tally"))
        except WorkspaceError:
            self._con.close()
            raise
        if unclean:  # an erasure's last step was cut short
            with suppress(WorkspaceError):  # in use: whoever opens it next will do it
                self.checkpoint()

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()

    # ---- imports

    def begin_import(self, brought: Import) -> None:
        """Note a pending import."""
        row = msgspec.structs.asdict(brought)
        with self._transaction():
            self._run("begin_import", {**row, "counts": _json(brought.counts)})

    def publish_import(self, import_id: str, counts: Mapping[str, int]) -> None:
        """Make visible what it put, and note where its rows went."""
        with self._transaction():
            if not self._run("publish_import", {"id": import_id, "counts": _json(counts)}).rowcount:
                raise _unknown("import", import_id)

    def drop_import(self, import_id: str) -> None:
        """Forget a pending import and all it put."""
        with self._transaction():
            if not self._run("drop_import", {"id": import_id}).rowcount:
                raise _not_pending("import", import_id)
            self._run("drop_import_contacts", {"id": import_id})
            self._run("drop_import_consents", {"id": import_id})
            self._run("drop_import_items", {"id": import_id})
            self._run("drop_import_owed", {"id": import_id})

    def imports(self, state: str | None = None) -> list[Import]:
        """Imports in the order they began."""
        names = Import.__struct_fields__
        return [
            Import(**{**dict(zip(names, row, strict=True)), "counts": self._decoded(row[-1])})
            for row in self._rows("imports", {"state": state})
        ]

    def put_items(self, rows: GivenColumns) -> None:
        """Add what a products file says of items."""
        given = _lists(rows, ITEM_COLUMNS)
        with self._transaction():
            self._run_many("put_items", given)

    def rename_import(self, import_id: str, file: str, counts: Mapping[str, int]) -> None:
        """Give its file and its counts other names."""
        with self._transaction():
            given = {"id": import_id, "file": file, "counts": _json(counts)}
            self._run("rename_import", given)
            self._run("mark_unclean", {})

    def reword_items(self, recoded: Callable[[str], str], reworded: Callable[[str], str]) -> None:
        """Change codes and descriptions of items."""
        with self._transaction():
            for seq, item, words, _ in self._rows("tallied_items", {}):
                fresh = recoded(item), None if words is None else reworded(words)
                if fresh != (item, words):
                    given = dict(zip(("item", "description"), fresh, strict=True))
                    self._run("reword_item", {**given, "seq": seq})
                    self._run("mark_unclean", {})

    def items(self) -> Columns:
        """Items and their descriptions, the latest of each."""
        return _columns(ITEM_COLUMNS[:2], self._rows("items", {}))

    # ---- people

    def put_contacts(self, rows: GivenColumns) -> None:
        """Add values, encrypted."""
        given = _lists(rows, CONTACT_COLUMNS)
        contexts = list(map(_context, given["key"], given["field"]))
        given["mark"] = self._marks(given["field"], given["value"])
        given["value"] = self._vault.seal(given["value"], contexts)
        with self._transaction():
            self._run_many("put_contacts", given)

    def contacts(self, fields: Sequence[str], keys: Sequence[str] | None = None) -> Columns:
        """`key` and one column per field, the latest values, decrypted."""
        rows = self._rows(
            "contacts",
            {"fields": _json(list(fields)), "keys": _these(keys)},
        )
        values = self._vault.unseal([r[2] for r in rows], [_context(r[0], r[1]) for r in rows])
        place = {key: number for number, key in enumerate(dict.fromkeys(r[0] for r in rows))}
        columns = {name: np.full(len(place), None, dtype=object) for name in ("key", *fields)}
        columns["key"][:] = list(place)
        for (key, field, _), value in zip(rows, values, strict=True):
            columns[field][place[key]] = value
        return columns

    def mailboxes(
        self, *, marks: Sequence[str] | None = None, keys: Sequence[str] | None = None
    ) -> Columns:
        """Whose the addresses are of today, by their marks: nothing is decrypted."""
        wanted = {"marks": _these(marks), "keys": _these(keys)}
        return _columns(("key", "mark"), self._rows("mailboxes", wanted))

    def _marks(self, fields: Sequence[str], values: Sequence[str | None]) -> list[str | None]:
        """The mark of each value that is an address; None for any other."""
        held = zip(fields, values, strict=True)
        found = {n: value for n, (field, value) in enumerate(held)
                 if field in _MAILBOXES and value and "@" in value}  # fmt: skip
        marks: list[str | None] = [None] * len(values)
        for n, mark in zip(found, mailbox_marks(self._key, list(found.values())), strict=True):
            marks[n] = mark
        return marks

    def contact_keys(
        self, keys: Sequence[str] | None = None, *, field: str | None = None
    ) -> list[str]:
        """People of whom a value is held, but for those who are hidden."""
        wanted = {"keys": _these(keys), "field": field}
        return [key for (key,) in self._rows("contact_keys", wanted)]

    def contact_history(self, key: str) -> Columns:
        """Every value ever held of a person, decrypted."""
        columns = _columns(CONTACT_COLUMNS, self._rows("contact_history", {"key": key}))
        contexts = [_context(key, field) for field in columns["field"]]
        columns["value"][:] = self._vault.unseal(columns["value"].tolist(), contexts)
        return columns

    def rectify(self, key: str, field: str, value: str | None, at_us: int, source: str) -> None:
        """Set one value by hand; it stands, wherever the clock stood before."""
        held = self.contact_history(key)
        at_us = max([at_us, *(held["at_us"][held["field"] == field] + 1).tolist()])
        row = (key, field, value, at_us, None, source)
        self.put_contacts({name: [one] for name, one in zip(CONTACT_COLUMNS, row, strict=True)})

    def rectified_keys(self) -> list[str]:
        """People of whom a value was set by hand."""
        return [key for (key,) in self._rows("rectified_keys", {})]

    def put_consents(self, rows: GivenColumns) -> None:
        """Add consents."""
        given = _lists(rows, CONSENT_COLUMNS)
        with self._transaction():
            self._run_many("put_consents", given)

    def consents(
        self,
        keys: Sequence[str] | None = None,
        *,
        purpose: str | None = None,
        hidden: bool = False,
    ) -> Columns:
        """Consents by key, purpose and time."""
        wanted = {
            "keys": _these(keys),
            "purpose": purpose,
            "hidden": hidden,
        }
        rows = self._rows("consents", wanted)
        if strange := {row[2] for row in rows} - {0, 1}:  # it would be read as yes, or as no
            raise damaged(self._path, f"a consent granted {max(strange)}, expected 0 or 1")
        return _columns(CONSENT_COLUMNS, rows)

    def refusing_keys(self) -> list[str]:
        """People who ever refused something in a word of their own."""
        return [key for (key,) in self._rows("refusing_keys", {})]

    def reword_consents(self, but_of: str, evidence: Mapping[str, str]) -> None:
        """Change what answers say of how they were given."""
        with self._transaction():
            for was, now in evidence.items():
                self._run("reword_consents", {"but_of": but_of, "was": was, "now": now})
            self._run("mark_unclean", {})

    def consent_moves(self) -> Columns:
        """By how much those who allow and refuse grew, by purpose and time."""
        names = ("purpose", "at_us", "allowed", "refused")
        return _columns(names, self._rows("consent_moves", {}))

    # ---- erasure and opposition

    def erase(self, key: str, fingerprint: str, at_us: int) -> None:
        """At once: the person hidden from every read, and opposed."""
        with self._transaction():
            self._run("hide", {"key": key, "at_us": at_us})
            self._run("oppose", {"fingerprint": fingerprint, "kind": "erased", "at_us": at_us})
            self._run("mark_requesters", {"key": key, "mark": fingerprint})

    def hidden_keys(self) -> list[str]:
        """People whose physical erasure is still to be done."""
        return [key for (key,) in self._rows("hidden_keys", {})]

    def hidden_values(self, key: str) -> list[tuple[str, str]]:
        """Field and value of all that was ever held of a hidden person, decrypted."""
        rows = self._rows("hidden_values", {"key": key})
        values = self._vault.unseal([r[1] for r in rows], [_context(key, r[0]) for r in rows])
        fields = [str(field) for field, _ in rows]
        return [(field, one) for field, one in zip(fields, values, strict=True) if one]

    def forget(self, key: str) -> None:
        """Contacts, consents, messages and the key itself gone, leaving no byte of them."""
        with self._transaction():
            for name in (
                "erase_contacts", "erase_consents", "erase_outbox", "erase_requesters", "forget",
            ):  # fmt: skip
                self._run(name, {"key": key})
            self._run("mark_unclean", {})
        self.checkpoint()

    def oppose(self, fingerprint: str, at_us: int, kind: str) -> None:
        """Put a keyed fingerprint on the opposition list."""
        if kind not in OPPOSITION_KINDS:
            raise SettingError(
                "opposition", f'"{kind}"', f"one of {', '.join(OPPOSITION_KINDS)}", "name one"
            )
        with self._transaction():
            self._run("oppose", {"fingerprint": fingerprint, "kind": kind, "at_us": at_us})

    def lift_opposition(self, fingerprint: str) -> None:
        """Take a fingerprint off the opposition list."""
        with self._transaction():
            self._run("lift_opposition", {"fingerprint": fingerprint})

    def opposition(self) -> Columns:
        """`fingerprint`, `kind`, `at_us`; refused where the list is not as it was kept."""
        with self._transaction():
            if self._is_tampered("opposition"):
                raise WorkspaceError(
                    f"the opposition list of {self._path}",
                    "not as Régie kept it",
                    "everyone who objected or was erased",
                    "restore the file from a copy, then check with regie verify",
                )
            return _columns(("fingerprint", "kind", "at_us"), self._rows("opposition", {}))

    def people_version(self) -> tuple[object, ...]:
        """Another one after every change of contacts, consents, who is hidden or opposed."""
        return self._rows("people_version", {})[0]

    def tampered(self) -> list[str]:
        """Of the tallied tables, those whose rows are not what this class wrote."""
        with self._transaction():
            return [table for table in TALLIED if self._is_tampered(table)]

    def broken(self) -> list[str]:
        """What SQLite finds wrong with its pages and indexes, at most a hundred of it.

        Not `quick_check`: it passes over what an index says of its table, and takes as long.
        """
        with self._guard, self._told():
            found = [str(told) for (told,) in self._con.execute(_statement("broken"))]
        return [] if found == ["ok"] else found

    # ---- requests

    def add_steps(self, steps: Sequence[Step], salts: Sequence[str]) -> None:
        """Add steps with their salts."""
        rows = [
            {**msgspec.structs.asdict(step), "facts": _json(step.facts), "salt": salt}
            for step, salt in zip(steps, salts, strict=True)
        ]
        with self._transaction():
            self._con.executemany(_statement("add_steps"), rows)

    def steps(self, request: str | None = None) -> list[Step]:
        """Steps in the order they were added."""
        names = Step.__struct_fields__
        return [
            Step(**{**dict(zip(names, row, strict=True)), "facts": self._decoded(row[-1])})
            for row in self._rows("steps", {"request": request})
        ]

    def step_salts(self) -> dict[str, str]:
        """Step to its salt."""
        return dict(self._rows("step_salts", {}))

    def put_requester(self, request: str, key: str, mark: str) -> None:
        """Note who asks."""
        with self._transaction():
            self._run("put_requester", {"request": request, "key": key, "mark": mark})

    def requesters(self) -> dict[str, tuple[str, str]]:
        """Request to key and mark."""
        return {one: (key, mark) for one, key, mark in self._rows("requesters", {})}

    # ---- what people here keep

    def put_annotation(self, annotation: Annotation) -> None:
        """Note what happened on a day."""
        with self._transaction():
            self._run("put_annotation", msgspec.structs.asdict(annotation))

    def annotations(self) -> list[Annotation]:
        """Annotations by day."""
        return [Annotation(*row) for row in self._rows("annotations", {})]

    def drop_annotation(self, annotation: str) -> None:
        """Take one out."""
        with self._transaction():
            self._run("drop_annotation", {"id": annotation})

    def put_view(self, view: View) -> None:
        """Keep a question under a title."""
        with self._transaction():
            self._run("put_view", msgspec.structs.asdict(view))

    def views(self) -> list[View]:
        """Views by title."""
        return [View(*row) for row in self._rows("views", {})]

    def drop_view(self, view: str) -> None:
        """Take one out."""
        with self._transaction():
            self._run("drop_view", {"id": view})

    # ---- rules

    def add_rule_change(self, change: RuleChange, salt: str) -> None:
        """Note that a rule file is about to be changed."""
        with self._transaction():
            self._run("add_rule_change", {**msgspec.structs.asdict(change), "salt": salt})

    def rule_changes(self, state: str | None = None) -> list[RuleChange]:
        """Changes in the order they were made."""
        return [RuleChange(*row) for row in self._rows("rule_changes", {"state": state})]

    def rule_change_salts(self) -> dict[str, str]:
        """Change to its salt."""
        return dict(self._rows("rule_change_salts", {}))

    def rule_written(self, change: str) -> None:
        """The file is as it was to be."""
        with self._transaction():
            self._run("rule_written", {"id": change})

    # ---- retention

    def aged(self, table: str, before_us: int, held: Sequence[str]) -> Columns:
        """Rows that are of before an instant and stand no more."""
        wanted = {"before_us": before_us, "held": _json(list(held))}
        names = _aged_columns(table)
        return _columns(names, self._rows(f"aged_{table}", wanted))

    def expire(self, table: str, seqs: Sequence[int]) -> int:
        """Take rows out of a table."""
        _aged_columns(table)
        with self._transaction():
            gone = self._run(f"expire_{table}", {"seqs": _json([int(one) for one in seqs])})
            self._run("mark_unclean", {})
            return gone.rowcount

    # ---- several at once, and what the ledger is owed

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction around several calls of this thread."""
        with self._transaction():
            yield

    def owe(self, kind: str, subject: str, leaves: bytes) -> None:
        """Note what is still to be sealed."""
        with self._transaction():
            self._run("owe", {"kind": kind, "subject": subject, "leaves": leaves})

    def owed(self) -> list[tuple[str, str, bytes]]:
        """What is still to be sealed, in order."""
        return [
            (str(kind), str(subject), leaves) for kind, subject, leaves in self._rows("owed", {})
        ]

    def settled(self, kind: str, subject: str) -> None:
        """It was sealed."""
        with self._transaction():
            self._run("settled", {"kind": kind, "subject": subject})

    def note_sealed(self, entries: int) -> None:
        """So many entries the ledger has."""
        with self._transaction():
            self._run("put_meta", {"name": "sealed", "value": self._sealed_as(str(entries))})

    def sealed(self) -> int:
        """How many entries the ledger had when the last one was sealed."""
        kept = self._meta().get("sealed", "")
        told = kept.partition(" ")[0]
        if not told.isdecimal() or kept != self._sealed_as(told):
            raise damaged(self._path, "no number of sealed entries as Régie keeps it")
        return int(told)

    def _sealed_as(self, entries: str) -> str:
        return f"{entries} {keyed_token(self._tally_key, 'sealed', entries)}"

    # ---- runs, acts, outbox

    def begin_run(self, as_of_us: int, started_us: int) -> int:
        """The number of a new pending run."""
        with self._transaction():
            cursor = self._run("begin_run", {"as_of_us": as_of_us, "started_us": started_us})
            return int(cursor.lastrowid or 0)

    def publish_run(self, number: int, manifest: str) -> None:
        """Make its messages visible and keep its manifest."""
        with self._transaction():
            if not self._run("publish_run", {"number": number, "manifest": manifest}).rowcount:
                raise _unknown("run", number)

    def drop_run(self, number: int) -> None:
        """Forget a pending run and its messages."""
        with self._transaction():
            if not self._run("drop_run", {"number": number}).rowcount:
                raise _not_pending("run", number)
            self._run("drop_run_outbox", {"number": number})

    def runs(self, state: str | None = None) -> list[Run]:
        """Runs by number."""
        names = Run.__struct_fields__
        found = [
            Run(**dict(zip(names, row, strict=True)))
            for row in self._rows("runs", {"state": state})
        ]
        for run in found:  # here, so that whoever decodes it later meets no damage
            self._decoded(run.manifest)
        return found

    def add_acts(self, acts: Sequence[Act], salts: Sequence[str]) -> None:
        """Add acts with their salts."""
        rows = [
            {**msgspec.structs.asdict(act), "salt": salt}
            for act, salt in zip(acts, salts, strict=True)
        ]
        with self._transaction():
            self._con.executemany(_statement("add_acts"), rows)

    def acts(
        self, run: int | None = None, campaign: str | None = None, decision: str | None = None
    ) -> list[Act]:
        """Acts in the order they were added: a clock may go back."""
        wanted = {"run": run, "campaign": campaign, "decision": decision}
        names = Act.__struct_fields__
        return [Act(**dict(zip(names, row, strict=True))) for row in self._rows("acts", wanted)]

    def acts_of_decisions(self) -> list[Act]:
        """Acts that name what they are about, in the order they were added."""
        names = Act.__struct_fields__
        return [Act(**dict(zip(names, row, strict=True)))
                for row in self._rows("acts_of_decisions", {})]  # fmt: skip

    def act_salts(self) -> dict[str, str]:
        """Act to its salt."""
        return dict(self._rows("act_salts", {}))

    def put_outbox(self, rows: GivenColumns) -> int:
        """Add messages; one decision has one."""
        given = _lists(rows, OUTBOX_COLUMNS)
        with self._transaction():
            return self._run_many("put_outbox", given)

    def outbox(
        self, run: int | None = None, campaign: str | None = None, state: str | None = None
    ) -> Columns:
        """Messages of published runs."""
        wanted = {"run": run, "campaign": campaign, "state": state}
        return _columns(OUTBOX_COLUMNS, self._rows("outbox", wanted))

    def outbox_beside(self, decisions: Sequence[str]) -> Columns:
        """Messages of the people whom some messages are for."""
        wanted = {"decisions": _json(list(decisions))}
        return _columns(OUTBOX_COLUMNS, self._rows("outbox_beside", wanted))

    def waiting(self, since_us: int) -> list[tuple[int, str]]:
        """Runs and campaigns with a message that waits."""
        return [(run, name) for run, name in self._rows("waiting", {"since_us": since_us})]

    def newer_list(self, run: int, campaign: str) -> int | None:
        """The newest published run after one that has messages of a campaign."""
        rows = self._rows("newer_list", {"run": run, "campaign": campaign})
        return int(rows[0][0]) if rows else None

    def outbox_states(self, decisions: Sequence[str]) -> dict[str, str]:
        """Decision to its message's state."""
        return dict(self._rows("outbox_states", {"decisions": _json(list(decisions))}))

    def campaigns_in(self, run: int) -> list[str]:
        """Campaigns of a run's messages."""
        return [campaign for (campaign,) in self._rows("outbox_campaigns", {"run": run})]

    def outbox_in_state(
        self, state: str, run: int, campaigns: Collection[str], after: str, limit: int
    ) -> list[str]:
        """The next decisions of a run's campaigns whose messages are in a state."""
        found: list[str] = []
        for campaign in campaigns:
            sought = {"state": state, "run": run, "campaign": campaign}
            rows = self._rows("outbox_in_state", {**sought, "after": after, "limit": limit})
            found += [decision for (decision,) in rows]
        return sorted(found)[:limit]

    def message_of(self, token: str) -> tuple[str, str] | None:
        """The message of a link: its decision and its person's key."""
        rows = self._rows("message_of", {"token": token})
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def move_outbox(self, decisions: Sequence[str], state: str) -> int:
        """Set the state of messages; how many changed."""
        moved = {"decisions": _json(list(decisions)), "state": state}
        with self._transaction():
            return self._run("move_outbox", moved).rowcount

    def reword_outbox(self, hashes: Mapping[str, str]) -> None:
        """Set the hashes of messages."""
        with self._transaction():
            self._run("reword_outbox", {"hashes": _json(dict(hashes))})

    def checkpoint(self) -> None:
        """Leave nothing but the file itself.

        `secure_delete` overwrites a deleted row where it lay, but not the copies that splitting
        pages leaves in their unused parts (seen in 3 of 100 small stores): those go with the
        VACUUM, the journal's with the checkpoint.

        Raises
        ------
        WorkspaceError
            If another process reads or writes for so long that it cannot be done now.
        """
        with self._guard, self._told():
            self._con.execute(_statement("vacuum"))
            if self._con.execute(_statement("checkpoint")).fetchone()[0]:
                raise self._busy()
            self._con.execute(_statement("mark_clean"))

    def _busy(self) -> WorkspaceError:
        return WorkspaceError(
            self._path.name,
            f"in use for {BUSY_WAIT_S:g} s",
            "free for a moment",
            "wait for the other command to end, then try again",
        )

    def _make_or_check(self, key_checks: Sequence[str]) -> bool:
        with self._transaction():
            ((empty,),) = self._rows("is_empty", {})
            if empty:
                if not self._may_make:
                    raise self._gone()
                for statement in _statement("schema").split(";"):
                    self._con.execute(statement)
                self._run("put_meta", {"name": "key_check", "value": key_checks[-1]})
            for statement in _statement("later").split(";"):
                self._con.execute(statement)
            meta = self._meta()
            version = self._number(meta, "version", "0" if empty else "", 10)
            is_made = empty or version >= _BOUND_SINCE
            self._check(version, meta.get("key_check", ""), key_checks[is_made])
            if version < SCHEMA_VERSION:
                self._bring_up(version, meta)
                self._run("put_meta", {"name": "key_check", "value": key_checks[-1]})
        return "unclean" in meta

    def _bring_up(self, version: int, meta: Mapping[str, str]) -> None:
        if version < _MARKED_SINCE:
            for statement in _statement("mark_column").split(";"):
                self._con.execute(statement)
        for table, since in TALLIED.items():
            if version < since:
                self._put_tally(table, self._tally_of(table))
            elif version < _BOUND_SINCE:  # its sum stands: a new one would cover changes up
                kept = self._number(meta, f"tally.{table}", "", 16)
                self._put_tally(table, kept + self._hash(table, _NO_ROW))
        if version < _BOUND_SINCE:
            self.note_sealed(self._number(meta, "sealed", "0", 10))
        if version < _MARKED_SINCE:
            self._mark_addresses()
        self._run("put_meta", {"name": "version", "value": str(SCHEMA_VERSION)})

    def _mark_addresses(self) -> None:
        """Give the addresses of before their marks; the sum of the rows goes along."""
        rows = [row for row in self._rows("tallied_contacts", {}) if row[2] in _MAILBOXES]
        values = self._vault.unseal([r[3] for r in rows], [_context(r[1], r[2]) for r in rows])
        for row, mark in zip(rows, self._marks([r[2] for r in rows], values), strict=True):
            if mark:
                self._run("mark_contact", {"seq": row[0], "mark": mark})
                self._tally("contacts", -1, *row)
                self._tally("contacts", 1, *row[:-1], mark)

    def _check(self, version: int, key_check: str, expected: str) -> None:
        refuse_newer(self._path, version, SCHEMA_VERSION)
        if key_check != expected:
            raise WorkspaceError(
                self._path.name,
                "made with another key",
                "this workspace's key",
                "set REGIE_KEYS to where it lies",
            )

    def _gone(self) -> WorkspaceError:
        return WorkspaceError(
            str(self._path),
            "not there, or empty",
            "the state that belongs to this workspace's tables and ledger",
            "restore it from a copy",
        )

    # ---- tallies

    def _tally(self, table: str, sign: int, *row: Any) -> None:
        """Called by the triggers for each row that comes or goes."""
        self._moved[table] = self._moved.get(table, 0) + sign * self._hash(table, row)

    def _hash(self, table: str, row: Sequence[Any]) -> int:
        if row and row[-1] is None:  # a column that older rows do not have
            row = row[:-1]
        content = repr((table, *row)).encode()
        keyed = blake2b(content, key=self._tally_key, digest_size=_TALLY_BYTES)
        return int.from_bytes(keyed.digest(), "big")

    def _tally_of(self, table: str) -> int:
        # Only the key gives the sum of no row: nobody else can make a table an empty one.
        rows = [_NO_ROW, *self._rows(f"tallied_{table}", {})]
        return sum(self._hash(table, row) for row in rows)

    def _put_tally(self, table: str, tally: int) -> None:
        value = f"{tally % (1 << 8 * _TALLY_BYTES):x}"
        self._run("put_meta", {"name": f"tally.{table}", "value": value})

    def _is_tampered(self, table: str) -> bool:
        kept = self._number(self._meta(), f"tally.{table}", "", 16) + self._moved.get(table, 0)
        return bool((self._tally_of(table) - kept) % (1 << 8 * _TALLY_BYTES))

    def _keep_tallies(self) -> None:
        if not any(self._moved.values()):
            return
        meta = self._meta()
        for table, moved in self._moved.items():
            self._put_tally(table, self._number(meta, f"tally.{table}", "", 16) + moved)

    def _meta(self) -> dict[str, str]:
        return dict(self._rows("get_meta", {}))

    def _number(self, meta: Mapping[str, str], name: str, default: str, base: int) -> int:
        try:
            return int(meta.get(name, default), base)
        except ValueError as error:
            raise damaged(self._path, f"no {name}") from error

    def _decoded(self, text: str) -> dict[str, Any]:
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise damaged(self._path, error) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guard, self._told():
            if self._depth:  # part of a larger one
                yield
                return
            self._con.execute(_statement("begin"))
            self._depth += 1
            try:
                yield
                self._keep_tallies()
                self._con.commit()
            except BaseException:
                self._con.rollback()
                raise
            finally:
                self._moved.clear()
                self._depth -= 1

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite says of a busy, full or damaged store, in the house's words."""
        try:
            with told_if_full(self._path):
                yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise self._busy() from error
            raise self._damaged(error) from error
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _damaged(self, error: sqlite3.Error) -> WorkspaceError:
        return damaged(self._path, error)

    def _run(self, name: str, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        return self._con.execute(_statement(name), dict(parameters))

    def _run_many(self, name: str, given: Mapping[str, list[Any]]) -> int:
        rows = (dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=True))
        return self._con.executemany(_statement(name), rows).rowcount

    def _rows(self, name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._guard, self._told():
            return self._con.execute(asked_for(name, parameters), dict(parameters)).fetchall()


def _statement(name: str) -> str:
    return named_statements("state.sql")[name]


def asked_for(name: str, parameters: Mapping[str, Any]) -> str:
    """A statement without `$name IS NULL OR` of what is asked for.

    SQLite plans before it sees a value, and would read the whole table where an index finds one
    person.

    Examples
    --------
    >>> asked_for("imports", {"state": None}) == asked_for("imports", {"state": "published"})
    False
    """
    statement = _statement(name)
    for asked, value in parameters.items():
        if value is not None:
            statement = statement.replace(f"${asked} IS NULL OR ", "")
    return statement


def _context(key: str, field: str) -> str:
    return f"{key}\x1f{field}"


def _these(values: Sequence[str] | None) -> str | None:
    """What of a few is asked for, as `json_each` takes it; None for all of them."""
    return None if values is None else _json(list(values))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _lists(rows: GivenColumns, names: Sequence[str]) -> dict[str, list[Any]]:
    """Columns as plain Python values: SQLite takes no numpy integer."""
    if set(rows) != set(names):
        raise SettingError(
            "rows for the state", f"of {sorted(rows)}", f"{sorted(names)}", "give exactly these"
        )
    return {
        name: [one.item() if isinstance(one, np.generic) else one for one in rows[name]]
        for name in names
    }


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Columns:
    columns: Columns = {}
    for place, name in enumerate(names):
        kind: Any = np.int64 if name in INTEGERS else bool if name in TRUTHS else object
        columns[name] = np.empty(len(rows), dtype=kind)
        columns[name][:] = [row[place] for row in rows]
    return columns


def _aged_columns(table: str) -> tuple[str, ...]:
    if table not in AGED_COLUMNS:
        raise SettingError("table", f'"{table}"', f"one of {', '.join(AGED_COLUMNS)}", "name one")
    return AGED_COLUMNS[table]


def _unknown(what: str, name: object) -> NotFoundError:
    return NotFoundError(f"{what} {name}", "not there", "one that was begun", "list them first")


def _not_pending(what: str, name: object) -> RefusedError:
    return RefusedError(
        f"{what} {name}", "not pending", "one that was never published", "undo it by an act"
    )
