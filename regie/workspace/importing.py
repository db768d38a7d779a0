"""Import a file: read, place, judge, and publish in one commit; the shell around `collect`.

Order matters: contacts, consents and quarantined rows are written first and stay invisible; the
commit of `events` that carries the import's id publishes them all; then the ledger seals it.
"""

from __future__ import annotations

import hashlib
import secrets
import shlex
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.collect import catalogue, headings, intake, quality
from regie.collect.mapping import Mapping, told
from regie.collect.quality import Finding
from regie.engines.source_files.paths import check_file
from regie.ports.state import Import
from regie.ports.tables import Columns, Session, sql_text
from regie.terms.consent import Consent, evidence_of
from regie.terms.errors import FileError, InputError, RegieError, SettingError
from regie.terms.instant import DAY_US, day_of
from regie.terms.person import canonical_id, keyed_token, person_key
from regie.workspace import mailboxes, sight
from regie.workspace.expiry import kept_since
from regie.workspace.holdings import keys_in
from regie.workspace.records import consents_of
from regie.workspace.redacting import file_name
from regie.workspace.sealing import Sealing, record_leaf
from regie.workspace.settings import SHIPPED_LOGS, wall_us

if TYPE_CHECKING:
    from regie.workspace.stores import Stores


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did.

    Parameters
    ----------
    rows : int
        Rows of the file.
    added : int
        Events added.
    lines, value_micros, held : dict[str, int]
        By place; see `collect.intake.Placed`.
    corrected : int
        Orders whose lines were replaced.
    contacts, consents, items : int
        Values, answers and items newly noted.
    quality : int
        Score out of 100.
    unreadable : tuple[dict[str, Any], ...]
        The first rows set aside: row, column of the file, found, expected.
    unkept : int
        Rows that cannot be read and are not set aside either: they name somebody who was erased.
    said : tuple[str, ...]
        What a person should know of how the file was understood, in sentences.
    """

    import_id: str
    file: str
    mapping: str
    currency: str
    rows: int
    added: int
    lines: dict[str, int]
    value_micros: dict[str, int]
    held: dict[str, int]
    corrected: int
    contacts: int
    consents: int
    items: int
    quality: int
    findings: tuple[Finding, ...]
    unreadable: tuple[dict[str, Any], ...]
    unkept: int = 0
    said: tuple[str, ...] = ()


def import_file(
    workspace: Stores, path: Path, mapping_name: str, *, again: bool = False
) -> Imported:
    """Import one file by a mapping.

    Parameters
    ----------
    again : bool
        Whether it may undo what a newer file corrected of it.

    Raises
    ------
    InputError, RuleError, NotFoundError
        If the file or the mapping cannot be used; nothing is written then.
    """
    mapping = completed(workspace, workspace.rules.mapping(mapping_name))
    digest = _digest(path)
    now_us = workspace.settings.now_us()
    with workspace.tables.lease("events"), workspace.tables.session() as session:
        read, placed = _accepted(workspace, session, path, mapping, digest)
        if not again:
            _check_not_older(workspace, placed, mapping, digest, path)
        mapping = read.mapping
        where = f"rules/mappings/{mapping.name}.toml"
        rules = quality.or_read(quality.rules_from(mapping.quality, where))
        earlier = [
            quality.Earlier(i.counts, day_of(i.at_us, workspace.settings.zone).isoformat())
            for i in workspace.state.imports("published")
            if i.mapping == mapping.name and not i.id.startswith(intake.REPLAYED)
        ]
        findings = quality.judge(session, rules, now_us, earlier=earlier, columns=read.columns)
        brought = Import(
            id=f"i{len(workspace.state.imports()) + 1}-{digest[:12]}",
            at_us=wall_us(),
            file=file_name(path.name),
            sha256=digest,
            mapping=mapping.name,
        )
        work = Work(workspace, session, read, brought, placed, rules=rules)
        done = work.publish(findings)
    return msgspec.structs.replace(done, said=(*done.said, *_shared_told(workspace)))


def _shared_told(workspace: Stores) -> list[str]:
    """What was refused is closed for everybody of the same address; whom that reached."""
    people = mailboxes.share_refusals(workspace)
    if not people:
        return []
    many = "1 other person" if people == 1 else f"{people:,} other people"
    return [f"What was refused is closed too for {many} of the same addresses."]


def _accepted(
    workspace: Stores, session: Session, path: Path, mapping: Mapping, digest: str
) -> tuple[intake.Read, intake.Placed]:
    """What an import reads and where its rows go; raises where the file is refused as a whole."""
    read = intake.read(session, mapping, path, now_us=workspace.settings.now_us())
    read = _of_its_kind(workspace, read, session, path)
    mapping, people = read.mapping, read.people
    keys = [person_key(workspace.key, person, mapping.namespace) for person in people]
    placed = intake.place(
        session,
        mapping,
        people,
        keys,
        erased_us(workspace, keys),
        since_us=kept_since(workspace),
        zone=workspace.settings.zone,
    )
    _check_not_counted(workspace, placed, mapping, digest, path)
    return read, placed


def refusal(workspace: Stores, path: Path, mapping: Mapping) -> RegieError | None:
    """Why an import of this file would be refused as a whole; None where it would come in.

    Runs the import itself up to where it would write.
    """
    with workspace.tables.session() as session:
        try:
            mapping, digest = completed(workspace, mapping), _digest(path)
            _, placed = _accepted(workspace, session, path, mapping, digest)
            _check_not_older(workspace, placed, mapping, digest, path)
        except (InputError, SettingError) as error:
            return error
    return None


def _of_its_kind(workspace: Stores, read: intake.Read, session: Session, path: Path) -> intake.Read:
    """What was read, with a word where its columns are those of another kind of file.

    Contacts and products ask for one column only, so any file would pass for them.

    Raises
    ------
    FileError
        If it says nothing beside an identifier; names the mapping that reads such a file.
    """
    mapping = read.mapping
    if mapping.kind not in ("contacts", "products"):
        return read
    kind = headings.kind_by_heading(intake.columns_of(session))
    if not kind:
        return read
    if set(read.columns) - {"person", "item", "at"}:
        word = f"By its columns {path.name} is a file of {kind}; it was read as {mapping.kind}."
        return msgspec.structs.replace(read, said=(*read.said, word))
    named = [n for n in workspace.rules.mappings() if workspace.rules.mapping(n).kind == kind]
    own = [n for n in named if not n.startswith(SHIPPED_LOGS)]
    raise FileError(
        path.name,
        f"a file of {kind} by its columns",
        f"{mapping.kind}, as the mapping {mapping.name} reads",
        f"regie import {path.name} --as {(own or named)[0]}",
    ).because("kind", kind=kind, taken=mapping.kind)


def _check_not_counted(
    workspace: Stores, placed: intake.Placed, mapping: Mapping, digest: str, path: Path
) -> None:
    """The same bytes by another mapping would count every row twice.

    Told by where the rows go, not by the mappings' kinds: the earlier mapping may be gone. A file
    may hold orders and contacts, or answers for several purposes: these count nothing twice.

    Raises
    ------
    FileError
        If an earlier import of these bytes by another mapping made events of the same kind.
    """
    counted = placed.lines.keys() - {*intake.NO_EVENTS, "consent"}
    for earlier in workspace.state.imports("published"):
        if (earlier.sha256, earlier.mapping) == (digest, mapping.name):
            return
        if earlier.sha256 == digest and counted & earlier.counts.keys():
            day = day_of(earlier.at_us, workspace.settings.zone)
            file, named = shlex.quote(str(path)), shlex.quote(earlier.mapping)
            raise FileError(
                path.name,
                f"imported by the mapping {earlier.mapping} on {day} already",
                "a file that was not counted yet",
                f"to bring it again: regie import {file} --as {named}",
            ).because("counted", day=day, mapping=earlier.mapping)


def _check_not_older(
    workspace: Stores, placed: intake.Placed, mapping: Mapping, digest: str, path: Path
) -> None:
    """An export that was imported before and whose orders a newer one replaced would undo that.

    Raises
    ------
    FileError
        If it would; the same bytes prove that it is the older one.
    """
    brought = [one for one in workspace.state.imports("published") if one.mapping == mapping.name]
    same = [place for place, one in enumerate(brought) if one.sha256 == digest]
    if not (same and placed.corrected):
        return
    since = [one for one in brought[same[-1] + 1 :] if one.counts.get("corrected")]
    if since:
        zone, n = workspace.settings.zone, len(placed.corrected)
        day, newer = day_of(brought[same[-1]].at_us, zone), day_of(since[-1].at_us, zone)
        typed = f"regie import {shlex.quote(str(path))} --as {shlex.quote(mapping.name)} --again"
        raise FileError(
            path.name,
            f"imported on {day} already, and newer lines took the place of"
            f" {'1 of its orders' if n == 1 else f'{n:,} of its orders'} since ({since[-1].file},"
            f" {newer})",
            "a file that undoes no correction",
            f"to undo it all the same: {typed}",
        ).because("older", day=day, n=n, file=since[-1].file, newer=newer)


def completed(workspace: Stores, mapping: Mapping) -> Mapping:
    """A mapping with the workspace's zone and currency where it leaves them open."""
    settings = workspace.settings
    zone = settings.zone if mapping.zone in ("", "{zone}") else mapping.zone
    currency = settings.currency if mapping.currency in ("", "{currency}") else mapping.currency
    return msgspec.structs.replace(mapping, zone=zone, currency=currency)


def _digest(path: Path) -> str:
    check_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opposed(workspace: Stores, why: str) -> dict[str, int]:
    """Fingerprint of each person who was erased, or objected, to when it was."""
    found = workspace.state.opposition()
    return {
        str(fingerprint): int(at_us)
        for fingerprint, kind, at_us in zip(
            found["fingerprint"], found["kind"], found["at_us"], strict=True
        )
        if kind == why
    }


def erased_us(workspace: Stores, keys: Sequence[str]) -> list[int | None]:
    """When each person was erased; None for whoever was not."""
    erased = _opposed(workspace, "erased")
    if not erased:
        return [None] * len(keys)
    return [erased.get(keyed_token(workspace.key, "opposition", key)) for key in keys]


class Work:
    """One import on its way to being published."""

    def __init__(
        self,
        workspace: Stores,
        session: Session,
        read: intake.Read,
        brought: Import,
        placed: intake.Placed,
        *,
        rules: tuple[quality.QualityRule, ...],
    ) -> None:
        self.workspace, self.session = workspace, session
        self.read, self.mapping = read, read.mapping
        self.brought, self.placed, self.rules = brought, placed, rules

    def publish(self, findings: Sequence[Finding]) -> Imported:
        """Write what is pending, commit, seal."""
        workspace, import_id = self.workspace, self.brought.id
        unreadable = intake.unreadable_rows(self.session, 1_000_000)
        counts = self._counts(findings)
        workspace.state.begin_import(msgspec.structs.replace(self.brought, counts=counts))
        contacts = self._put_contacts()
        consents = self._put_consents()
        items = self._put_items()
        kept = self._not_erased([str(raw) for raw in unreadable["raw"]])
        unkept = int((~kept).sum())
        unreadable = {name: column[kept] for name, column in unreadable.items()}
        self._put_quarantine(unreadable)
        sealing = Sealing(workspace)
        replaced = (
            sealing.event_leaves(
                self.session, source=self.mapping.name, orders=self.placed.corrected
            )
            if self.placed.corrected
            else b""
        )
        if replaced:
            workspace.state.owe("correction", import_id, replaced)
        self._commit_events()
        publish_import(workspace, import_id, counts)
        return Imported(
            import_id=import_id,
            file=self.brought.file,
            mapping=self.mapping.name,
            currency=self.mapping.currency,
            rows=sum(self.placed.lines.values()),
            added=intake.added(self.placed.lines, self.placed.held),
            lines=self.placed.lines,
            value_micros=self.placed.value_micros,
            held=self.placed.held,
            corrected=len(self.placed.corrected),
            contacts=contacts,
            consents=len(consents),
            items=items,
            quality=quality.score(findings),
            findings=tuple(findings),
            unreadable=_first_rows(unreadable, 10, self.read),
            unkept=unkept,
            said=(
                *self.read.said,
                *_findings_told(findings),
                *_unkept_told(unkept),
                *self._objected_told(),
                *self._aged_told(),
                *self._nameless_told(),
            ),
        )

    def _counts(self, findings: Sequence[Finding]) -> dict[str, int]:
        counts = {**self.brought.counts, **self.placed.lines}
        counts |= {f"{p}.value_micros": v for p, v in self.placed.value_micros.items()}
        counts |= {f"{p}.held": v for p, v in self.placed.held.items() if v}
        counts["corrected"] = len(self.placed.corrected)
        counts |= quality.profiles(self.session, self.rules)
        counts["quality"] = quality.score(findings)
        counts["blocked"] = sum(map(_blocks, findings))
        for f in findings:
            counts[f"{f.rule.check}.{f.rule.field}.lines"] = f.lines
            counts[f"{f.rule.check}.{f.rule.field}.broken"] = f.broken
        return counts

    @cached_property
    def seen(self) -> Columns:
        """Per person of the file: when first seen, in which country."""
        return intake.first_seen(self.session)

    def _put_contacts(self) -> int:
        """Raw identifiers of people not known yet, and what a contacts file says."""
        seen = self.seen
        known = set(self.workspace.state.contact_keys(field="raw_id"))
        new = np.array([key not in known for key in seen["key"]], dtype=bool)
        rows: dict[str, list[Any]] = {
            "key": list(seen["key"][new]),
            "field": ["raw_id"] * int(new.sum()),
            "value": [canonical_id(person) for person in seen["person"][new]],
            "at_us": [int(at_us) for at_us in seen["first_us"][new]],
        }
        self._draw_language(seen, new, rows)
        if self.mapping.kind == "contacts":
            known_values = self.workspace.state.contacts(intake.contact_fields(self.mapping))
            said = self._without_taken_back(intake.contact_rows(self.session, self.mapping))
            found = intake.news(said, known_values)
            for column, values in rows.items():
                values.extend(found[column].tolist())
        return self._put(self.workspace.state.put_contacts, rows, self.mapping.name)

    def _without_taken_back(self, said: Columns) -> Columns:
        state = self.workspace.state
        corrected = sorted(set(state.rectified_keys()) & set(said["key"]))
        histories = {key: state.contact_history(key) for key in corrected}
        kept = intake.without_taken_back(said, histories)
        return intake.said_now(kept, histories, self.workspace.settings.now_us())

    def _draw_language(self, seen: Columns, new: Any, rows: dict[str, list[Any]]) -> None:
        """Where the log holds no language it is drawn, and marked as simulated."""
        if "language" not in self.workspace.settings.simulated:
            return
        for key, country, at_us in zip(
            seen["key"][new], seen["country"][new], seen["first_us"][new], strict=True
        ):
            rows["key"].append(key)
            rows["field"].append("language")
            rows["value"].append(drawn_language(key, country))
            rows["at_us"].append(int(at_us))

    def _put(self, put: Any, rows: dict[str, list[Any]], source: str) -> int:
        count = len(rows["key"])
        if count:
            put({**rows, "import_id": [self.brought.id] * count, "source": [source] * count})
        return count

    def _put_consents(self) -> list[Consent]:
        consents: list[Consent] = []
        if self.mapping.kind in ("orders", "contacts"):
            consents = self._declared()
        elif self.mapping.kind in ("consents", "sends"):
            known = self.workspace.state.consents()
            columns = ("key", "purpose", "granted", "at_us", "evidence")
            # What is too old to be an event is known again by the answer it gave.
            held = set(zip(*(known[name].tolist() for name in columns), strict=True))
            consents = [
                c
                for c in intake.stated_consents(self.session, self.mapping)
                if (c.key, c.purpose, c.granted, c.at_us, c.evidence) not in held
            ]
        if consents:
            fields = Consent.__struct_fields__
            self.workspace.state.put_consents(
                {
                    **{field: [getattr(c, field) for c in consents] for field in fields},
                    "import_id": [self.brought.id] * len(consents),
                }
            )
        return consents

    def _declared(self) -> list[Consent]:
        """What the mapping declares, for people of whom nothing is recorded for that purpose."""
        evidence = evidence_of(self.mapping.name, self.brought.id)
        known = self.workspace.state.consents()
        held = set(zip(known["key"], known["purpose"], strict=True))
        declared = intake.declared_consents(self.mapping, self.seen, evidence)
        return [c for c in declared if (c.key, c.purpose) not in held]

    def _put_items(self) -> int:
        """Items that a products file names anew or otherwise; how many."""
        if self.mapping.kind != "products":
            return 0
        found = self.session.query(sql_text("regie.collect", "products"))
        held = self.workspace.state.items()
        named = set(zip(held["item"], held["description"], strict=True))
        pairs = zip(found["item"], found["description"], strict=True)
        new = np.array([pair not in named for pair in pairs], dtype=bool)
        count = int(new.sum())
        rows = {name: column[new] for name, column in found.items()}
        self.workspace.state.put_items({**rows, "import_id": [self.brought.id] * count})
        return count

    def _put_quarantine(self, unreadable: Columns) -> None:
        """Rows that cannot be read are kept, encrypted, with file, row and reason."""
        rows = {name: unreadable[name] for name in ("row", "bad", "raw")}
        if not len(rows["row"]) or self._brought_before():
            return
        contexts = [f"{self.brought.id}/{row}" for row in rows["row"]]
        self.session.register(
            "set_aside",
            {
                "row": rows["row"],
                "reason": rows["bad"],
                "raw": self.workspace.quarantine_vault.seal(
                    [str(raw) for raw in rows["raw"]], contexts
                ),
            },
        )
        with self.workspace.tables.lease("quarantine"):
            self.session.append(
                "quarantine",
                "SELECT $import_id AS import_id, $source AS source, $file AS file, row, reason, raw"
                " FROM set_aside",
                {
                    "import_id": self.brought.id,
                    "source": self.mapping.name,
                    "file": self.brought.file,
                },
                # An import that was swept and begun again has the same id; its rows are new.
                f"quarantine:{self.brought.id}:{self.brought.at_us}",
            )

    def _not_erased(self, texts: Sequence[str]) -> Any:
        """Which rows name nobody who was erased: what cannot be read must not bring them back."""
        erased = _opposed(self.workspace, "erased")
        if not erased:
            return np.ones(len(texts), dtype=bool)
        key = self.workspace.key
        return np.array(
            [
                erased.keys().isdisjoint(
                    keyed_token(key, "opposition", named) for named in keys_in(self.workspace, text)
                )
                for text in texts
            ],
            dtype=bool,
        )

    def _objected_told(self) -> list[str]:
        """How many rows are of people who objected; they stay closed, whatever a file says."""
        objected = _opposed(self.workspace, "objected")
        if not objected:
            return []
        found = self.session.query(sql_text("regie.collect", "rows_by_key"))
        key = self.workspace.key
        rows = sum(
            int(count)
            for one, count in zip(found["key"], found["lines"], strict=True)
            if keyed_token(key, "opposition", one) in objected
        )
        return [f"Rows of people who objected: {rows}, for the accounts alone."] if rows else []

    def _aged_told(self) -> list[str]:
        """How many rows no purpose may keep, and what became of them."""
        aged, gone = self.placed.aged, self.placed.lines.get("expired", 0)
        if not aged:
            return []
        told = f"Rows older than any purpose may keep (rules/purposes.toml): {aged:,}"
        ways = [f"{aged - gone:,} in the accounts alone, without a person"] if aged > gone else []
        out = "not taken in (no order line, or changed on a day whose accounts stand)"
        ways += [f"{gone:,} {out}"] if gone else []
        word = f"{told}, {' and '.join(ways)}."
        if self.workspace.settings.now or aged < sum(self.placed.lines.values()) // 2:
            return [word]
        step = 'To work with a recorded past, set now = "a day of then" in regie.toml first'
        return [f"{word} {step}, in a workspace of its own."]

    def _nameless_told(self) -> list[str]:
        """In how many rows an address stood in words of an item: it was not kept."""
        if self.mapping.kind not in ("orders", "products"):
            return []
        rows = int(self.session.query(sql_text("regie.collect", "with_addresses"))["rows"][0])
        told = 'Addresses in codes or names of items are not kept, "…" stands for each'
        return [f"{told}: {rows:,} rows."] if rows else []

    def _brought_before(self) -> bool:
        """Whether the same file was imported by this mapping: its bad rows are kept already."""
        same = (self.brought.sha256, self.brought.mapping)
        published = self.workspace.state.imports("published")
        return any((i.sha256, i.mapping) == same for i in published)

    def _commit_events(self) -> None:
        commit = f"import:{self.brought.id}"
        corrected = self.placed.corrected
        arriving = "SELECT * FROM arriving"
        self.session.execute(
            sql_text("regie.collect", "events"),
            intake.event_parameters(
                self.mapping,
                self.brought.id,
                self.brought.at_us,
                corrected,
                chance=secrets.token_hex(32),
                zone=self.workspace.settings.zone,
            ),
        )
        if not corrected:
            self.session.append("events", arriving, None, commit)
            return
        self.session.register(
            "replaced",
            {"source": [self.mapping.name] * len(corrected), "order": list(corrected)},
        )
        self.session.replace(
            "events",
            '(source, "order") IN (SELECT source, "order" FROM replaced)',
            arriving,
            None,
            commit,
        )


def publish_import(workspace: Stores, import_id: str, counts: dict[str, int]) -> None:
    """Seal and publish an import whose events are committed; what a crash cut short ends here too.

    Correction and consents are owed in the transaction that publishes: whoever opens the workspace
    next seals them.
    """
    state, sealing = workspace.state, Sealing(workspace)
    with workspace.everything.session() as session:
        leaves = sealing.event_leaves(session, import_id=import_id)
        set_aside = sealing.quarantine_leaves(session, import_id=import_id)
    sealing.seal("import", import_id, leaves)
    with state.together():
        state.publish_import(import_id, counts)
        brought = next(one for one in state.imports("published") if one.id == import_id)
        state.owe("imported", import_id, record_leaf(brought))
        if set_aside:
            state.owe("quarantine", import_id, set_aside)
        found = state.consents(hidden=True)
        its = found["import_id"] == import_id
        consents = consents_of({name: column[its] for name, column in found.items()})
        if consents:
            state.owe("consents", import_id, sealing.consent_leaves(consents))
    sealing.settle()


def drawn_language(key: str, country: str | None) -> str:
    """A language drawn with a seed from a country's: for logs that hold none.

    Examples
    --------
    >>> drawn_language("k", "France"), drawn_language("k", None)
    ('fr', 'en')
    """
    from regie.terms.person import keyed_share

    share = keyed_share("language", key)
    french = 0.9 if country in ("France", "Belgium", "Switzerland", "Channel Islands") else 0.05
    return "fr" if share < french else "en"


def _unkept_told(rows: int) -> list[str]:
    """How many rows that cannot be read name somebody who was erased."""
    if not rows:
        return []
    told = "1 row that names" if rows == 1 else f"{rows:,} rows that name"
    return [f"Not read, and not kept: {told} somebody who was erased."]


def _blocks(finding: Finding) -> bool:
    return finding.rule.block and not finding.kept


def _findings_told(findings: Sequence[Finding]) -> list[str]:
    """What changed since the last import, and what stops runs."""
    told = [f"Not as before: {f.said}." for f in findings if f.said and not _blocks(f)]
    return told + [
        f"Runs are stopped: {quality.told_finding(finding)}; correct the file and import it again,"
        " or set block = false in the mapping."
        for finding in findings
        if _blocks(finding)
    ]


def _first_rows(unreadable: Columns, most: int, read: intake.Read) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "row": int(row),
            "field": read.columns.get(str(bad), told(str(bad))),
            "found": str(found)[:_SHOWN_LETTERS],
            "expected": intake.expected(
                str(bad), read.mapping, "" if found is None else str(found)
            ),
        }
        for row, bad, found in zip(
            unreadable["row"][:most],
            unreadable["bad"][:most],
            unreadable["found"][:most],
            strict=True,
        )
    )


_SHOWN_LETTERS = 80


class ItemConflict(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was described in several ways: what stands, and everything it was called."""

    item: str
    settled: str
    names: tuple[str, ...]


def item_conflicts(workspace: Stores) -> list[ItemConflict]:
    """Items with several descriptions as of now, those with most names first."""
    with workspace.tables.session() as session:
        sight.see(workspace, session, workspace.settings.now_us() + DAY_US)
        catalogue.settle(session)
        found = catalogue.conflicts(session)
    return [
        ItemConflict(item=item, settled=settled, names=tuple(names.split(NAMES_BETWEEN)))
        for item, settled, names in zip(
            found["item"], found["settled"], found["every_name"], strict=True
        )
    ]


NAMES_BETWEEN = " | "


class SourceQuality(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rows of one import went, and how good they are.

    Parameters
    ----------
    added : int
        Events it added, as the import told.
    quality : int
        Score out of 100.
    kept : dict[str, float]
        Quality rule to the share that keeps it, 0..1.
    blocked : bool
        Whether a rule that says block is broken.
    """

    import_id: str
    at_us: int
    file: str
    mapping: str
    currency: str
    rows: int
    added: int
    lines: dict[str, int]
    value_micros: dict[str, int]
    held: dict[str, int]
    corrected: int
    quality: int
    kept: dict[str, float]
    blocked: bool


def quality_report(workspace: Stores) -> list[SourceQuality]:
    """Every published import, oldest first: where every row went, to the row and to the micro."""
    return [_source_quality(workspace, brought) for brought in workspace.state.imports("published")]


def newest_of_each(workspace: Stores) -> dict[str, SourceQuality]:
    """Mapping to its newest file; some lines read again say nothing of the file."""
    return {
        one.mapping: one
        for one in quality_report(workspace)
        if not one.import_id.startswith(intake.REPLAYED)
    }


def _source_quality(workspace: Stores, brought: Import) -> SourceQuality:
    whole = ("corrected", "quality", "blocked")
    lines = {k: v for k, v in brought.counts.items() if "." not in k and k not in whole}
    lines_of = _ending(brought.counts, ".lines")
    held = _ending(brought.counts, ".held")
    return SourceQuality(
        import_id=brought.id,
        at_us=brought.at_us,
        file=brought.file,
        mapping=brought.mapping,
        currency=workspace.settings.currency,
        rows=sum(lines.values()),
        added=intake.added(lines, held),
        lines=lines,
        value_micros=_ending(brought.counts, ".value_micros"),
        held=held,
        corrected=brought.counts["corrected"],
        quality=brought.counts["quality"],
        kept={
            _rule_told(rule): 1 - broken / max(lines_of[rule], 1)
            for rule, broken in _ending(brought.counts, ".broken").items()
        },
        blocked=bool(brought.counts["blocked"]),
    )


def _rule_told(rule: str) -> str:
    check, _, field = rule.partition(".")
    return f"{check} {told(field)}".strip()


def _ending(counts: dict[str, int], ending: str) -> dict[str, int]:
    return {k.removesuffix(ending): v for k, v in counts.items() if k.endswith(ending)}
