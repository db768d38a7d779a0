"""What names an erased person where no key of theirs stands: in others' lines and names of files.

A note in somebody else's order, an item titled with an address, a file named after who it is of:
their key finds none of these, so the text itself is looked for, and `…` takes its place. How
surely a text names one person depends on where it stands, so there are three kinds of search.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regie.govern import ledger
from regie.ports.state import Import
from regie.ports.tables import Session, sql_text
from regie.terms.person import INSTEAD, without_addresses
from regie.workspace.records import consents_of
from regie.workspace.sealing import Sealing, record_leaf

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

LEAST_LETTERS = 8
"""A shorter identifier may be anything: an item's code, a price, a year."""
_LEAST_NAME = 3


class Telling(NamedTuple):
    """Regular expressions, for Python and DuckDB alike, that find a person in a text.

    Parameters
    ----------
    codes : str
        Where codes stand: addresses, whole names and long identifiers; not those of digits alone: a
        code may be somebody's number by chance.
    words : str
        Where words stand: these, and identifiers of at least `LEAST_LETTERS`.
    titles : str
        In a file's name: these, and every identifier and name.
    parts : tuple[str, ...]
        One of these stands wherever `words` finds something, in lower case and without accents:
        quickly looked for.
    """

    codes: str
    words: str
    titles: str
    parts: tuple[str, ...] = ()


def telling(held: Iterable[tuple[str, str]]) -> Telling:
    """What to look for, of what is held of a person: pairs of field and value.

    Examples
    --------
    >>> found = telling([("raw_id", "918273645"), ("address", "ada@x.example"),
    ...                  ("first_name", "Ada"), ("last_name", "Byron"), ("city", "Vannes")])
    >>> redacted(found.words, "for ADA Byron (ada@x.example, 918273645) of Vannes")
    'for … (…, …) of Vannes'
    >>> redacted(found.words, "mailto:Ada%40X.example"), redacted(found.words, "pour-áda-byron")
    ('mailto:…', 'pour-…')
    >>> redacted(found.codes, "918273645"), redacted(found.titles, "ada_918273645.csv")
    ('918273645', '…_….csv')
    >>> redacted(found.words, "ada 9182736450"), redacted(telling([]).titles, "a")
    ('ada 9182736450', 'a')
    """
    by_field: dict[str, set[str]] = {}
    for field, value in held:
        by_field.setdefault(field, set()).add(value.strip())
    first, last = by_field.get("first_name", set()), by_field.get("last_name", set())
    identifiers = {one for one in by_field.get("raw_id", ()) if one}
    addresses = {one for values in by_field.values() for one in values if "@" in one}
    whole = {
        f"{one} {other}" for a, b in ((first, last), (last, first)) for one in a for other in b
    }
    long = {one for one in identifiers if len(one) >= LEAST_LETTERS}
    codes = addresses | {one for one in whole if len(one) >= LEAST_LETTERS}
    codes |= {one for one in long if not one.isdecimal()}
    words = codes | long
    names = {one for one in first | last | identifiers if len(one) >= _LEAST_NAME}
    parts = sorted(set(map(_part, words)))
    return Telling(_any_of(codes), _any_of(words), _any_of(words | names), tuple(parts))


def _any_of(texts: Iterable[str]) -> str:
    """A text as a word of its own, in any case; the longest first, so that it goes whole."""
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    either = "|".join("".join(map(_spelled, " ".join(text.split()))) for text in ordered)
    return rf"(?i)(^|[\W_]|%[0-9a-f]{{2}})(?:{either})($|[\W_])" if ordered else _NOBODY


def _spelled(letter: str) -> str:
    """A letter with any accent or none, another sign also as an address of the web has it."""
    if letter == " ":
        return r"(?:[\s._+-]|%20)+"
    base = unicodedata.normalize("NFD", letter)[0].lower()
    if base in _accented():
        return f"(?:[{_accented()[base]}][\u0300-\u036f]*|{_coded(letter)})"
    return re.escape(letter) if letter.isalnum() else f"(?:{re.escape(letter)}|{_coded(letter)})"


def _coded(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode())


@cache
def _accented() -> dict[str, str]:
    """Each letter from a to z, as a set of itself and of itself with an accent."""
    sets = {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}
    for letter in map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))):
        plain = unicodedata.normalize("NFD", letter)
        if len(plain) > 1 and plain[0] in sets:
            sets[plain[0]] += letter
    return sets


def _part(text: str) -> str:
    """The longest run of letters and digits in what names somebody: of an address before its @."""
    plain = unicodedata.normalize("NFD", text.partition("@")[0] or text).casefold()
    runs = re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return max(runs, key=len, default=text.casefold())


_NOBODY = r"(x)\b(x)"
"""Found in no text."""


def file_name(name: str) -> str:
    """A file's name as it is kept: without addresses, whoever's they are.

    Examples
    --------
    >>> file_name("export-ada@x.example.csv"), file_name("ada@x.example")
    ('….csv', '…')
    """
    path = Path(name)
    stem = without_addresses(path.stem)
    return stem + path.suffix if stem != path.stem else without_addresses(name)


def redacted(pattern: str, text: str) -> str:
    """A text with `…` in the place of all that a pattern finds."""
    while (after := re.sub(pattern, rf"\1{INSTEAD}\2", text)) != text:
        text = after  # two that share a border are two turns
    return text


def told_of(session: Session, key: str, wanted: Telling) -> list[str]:
    """Events of others, or of nobody, in whose words a person is named.

    Plain parts are looked for first: ten million lines cost expressions three times as long.
    """
    from sqlglot import exp, parse_one

    if not wanted.parts:
        return []
    may = exp.or_(
        *(
            exp.func(
                "contains",
                exp.func("strip_accents", exp.func("lower", exp.column(c, quoted=True))),
                part,
            )
            for c in _WITH_WORDS
            for part in map(exp.Literal.string, wanted.parts)
        )
    )
    asked = parse_one(sql_text("regie.workspace", "told_of"), dialect="duckdb")
    assert isinstance(asked, exp.Select), "told_of.sql is one SELECT"
    found = session.query(
        asked.where(may).sql("duckdb"),
        {"key": key, "codes": wanted.codes, "words": wanted.words},
    )
    return [str(event) for event in found["event_id"]]


_WITH_WORDS = (
    "session", "order", "item", "utm", "click_id", "referrer", "country", "device", "attributes",
)  # fmt: skip


class Decided(NamedTuple):
    """Decisions on others that name somebody: which, and their leaves before and after."""

    ids: list[str]
    was: bytes
    now: bytes


def decided_of(session: Session, key: str, wanted: Telling) -> Decided:
    """Others' decisions in which an answer they gave, or what an item is called, names a person."""
    if not wanted.parts:
        return Decided([], b"", b"")
    given = {"codes": wanted.codes, "key": key, "words": wanted.words}
    session.execute(sql_text("regie.workspace", "named_decisions"), given)
    was = session.query("SELECT * FROM gone ORDER BY id")
    now = session.query(sql_text("regie.workspace", "redacted_decisions"), given)
    ids = [str(one) for one in was["id"]]
    return Decided(ids, ledger.record_leaves(was), ledger.record_leaves(now))


class Answered(NamedTuple):
    """Evidence of others' answers to the same without a person; their leaves before and after."""

    evidence: dict[str, str]
    was: bytes
    now: bytes


def answered_of(workspace: Stores, key: str, wanted: Telling) -> Answered:
    """Others' answers whose evidence names a person."""
    others = [c for c in consents_of(workspace.state.consents(hidden=True)) if c.key != key]
    evidence = {
        was: fresh
        for was in sorted({one.evidence for one in others})
        if (fresh := redacted(wanted.words, was)) != was
    }
    changed = [one for one in others if one.evidence in evidence]
    reworded = [msgspec.structs.replace(one, evidence=evidence[one.evidence]) for one in changed]
    sealing = Sealing(workspace)
    return Answered(evidence, sealing.consent_leaves(changed), sealing.consent_leaves(reworded))


def reword_answers(workspace: Stores, key: str, answered: Answered, under: str) -> None:
    """Take the person out of others' answers."""
    if answered.evidence:
        with workspace.state.together():
            workspace.state.reword_consents(key, answered.evidence)
            workspace.state.owe("consents", under, answered.now)
        Sealing(workspace).settle()


def renamed(workspace: Stores, wanted: Telling) -> dict[str, Import]:
    """Records of imports without the person, of those whose file's name or counts have them."""
    found = {}
    for one in workspace.state.imports("published"):
        counts: dict[str, int] = {}
        for name, count in one.counts.items():
            fresh = redacted(wanted.words, name)
            counts[fresh] = counts.get(fresh, 0) + count
        other = msgspec.structs.replace(one, file=redacted(wanted.titles, one.file), counts=counts)
        if other != one:
            found[one.id] = other
    return found


def released(workspace: Stores, session: Session, fresh: dict[str, Import]) -> bytes:
    """The leaves of what `rename` will change: records of imports, and their rows set aside."""
    leaves = b"".join(
        record_leaf(one) for one in workspace.state.imports("published") if one.id in fresh
    )
    for import_id, one in fresh.items():
        # One that has its new name already, of an erasure cut short, is sealed under it and stays.
        leaves += Sealing(workspace).quarantine_leaves(
            session, import_id=import_id, but_of=one.file
        )
    return leaves


def rename(workspace: Stores, fresh: dict[str, Import], under: str) -> None:
    """Give files their new names; rows set aside first, since the import tells what is to do.

    Rows that go with the person are gone by now: what is sealed here stays. Cut short between two
    steps, all is done again.
    """
    if not fresh:
        return
    sealing, state = Sealing(workspace), workspace.state
    workspace.everything.erase(
        "quarantine",
        {"import_id": list(fresh)},
        sql_text("regie.workspace", "renamed"),
        {"ids": list(fresh), "files": [one.file for one in fresh.values()]},
    )
    with workspace.everything.session() as session:
        for import_id in fresh:
            leaves = sealing.quarantine_leaves(session, import_id=import_id)
            sealing.seal("quarantine", f"{under}/{import_id}", leaves)
    with state.together():
        for import_id, one in fresh.items():
            state.rename_import(import_id, one.file, one.counts)
            state.owe("imported", f"{under}/{import_id}", record_leaf(one))
    sealing.settle()


def reword(workspace: Stores, wanted: Telling) -> None:
    """Take the person out of what products files say, and of the names of files in jobs."""
    workspace.state.reword_items(
        lambda item: redacted(wanted.codes, item), lambda words: redacted(wanted.words, words)
    )
    if (workspace.folder / "jobs.sqlite").is_file():
        workspace.jobs.reword(lambda words: redacted(wanted.titles, words))
