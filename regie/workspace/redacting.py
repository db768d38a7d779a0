"""What names an erased person where no key of theirs stands: in others' lines and names of files.

A note in somebody else's order, an item titled with an address, a file named after who it is of:
their key finds none of these, so the text itself is looked for, and `…` takes its place. How
surely a text names one person depends on where it stands, so there are three kinds of search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regie.ports.tables import Session, sql_text
from regie.terms.person import INSTEAD, without_addresses
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
        Where codes stand: addresses and whole names; a code may be somebody's number by chance.
    words : str
        Where words stand: these, and identifiers of at least `LEAST_LETTERS`.
    titles : str
        In a file's name: these, and every identifier and name.
    parts : tuple[str, ...]
        One of these stands wherever `words` finds something, in lower case: quickly looked for.
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
    codes = addresses | {one for one in whole if len(one) >= LEAST_LETTERS}
    words = codes | {one for one in identifiers if len(one) >= LEAST_LETTERS}
    names = {one for one in first | last | identifiers if len(one) >= _LEAST_NAME}
    parts = sorted({one.casefold().split()[-1] for one in words})
    return Telling(_any_of(codes), _any_of(words), _any_of(words | names), tuple(parts))


def _any_of(texts: Iterable[str]) -> str:
    """A text as a word of its own, in any case; the longest first, so that it goes whole."""
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    either = "|".join(re.escape(text).replace(r"\ ", r"\s+") for text in ordered)
    return rf"(?i)(^|[\W_])(?:{either})($|[\W_])" if ordered else _NOBODY


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
            exp.func("contains", exp.func("lower", exp.column(c, quoted=True)), part)
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


def renamed(workspace: Stores, wanted: Telling) -> dict[str, str]:
    """Import to its file's name without the person, of those whose name has them."""
    return {
        one.id: fresh
        for one in workspace.state.imports("published")
        if (fresh := redacted(wanted.titles, one.file)) != one.file
    }


def released(workspace: Stores, session: Session, names: dict[str, str]) -> bytes:
    """The leaves of what `rename` will change: records of imports, and their rows set aside."""
    leaves = b"".join(
        record_leaf(one) for one in workspace.state.imports("published") if one.id in names
    )
    for import_id, name in names.items():
        # One that has its new name already, of an erasure cut short, is sealed under it and stays.
        leaves += Sealing(workspace).quarantine_leaves(session, import_id=import_id, but_of=name)
    return leaves


def rename(workspace: Stores, names: dict[str, str], under: str) -> None:
    """Give files their new names; rows set aside first, since the import tells what is to do.

    Rows that go with the person are gone by now: what is sealed here stays. Cut short between two
    steps, all is done again.
    """
    if not names:
        return
    sealing, state = Sealing(workspace), workspace.state
    workspace.everything.erase(
        "quarantine",
        {"import_id": list(names)},
        sql_text("regie.workspace", "renamed"),
        {"ids": list(names), "files": list(names.values())},
    )
    with workspace.everything.session() as session:
        for import_id in names:
            leaves = sealing.quarantine_leaves(session, import_id=import_id)
            sealing.seal("quarantine", f"{under}/{import_id}", leaves)
    with state.together():
        for one in state.imports("published"):
            if one.id in names:
                state.rename_import(one.id, names[one.id])
                fresh = msgspec.structs.replace(one, file=names[one.id])
                state.owe("imported", f"{under}/{one.id}", record_leaf(fresh))
    sealing.settle()


def reword(workspace: Stores, wanted: Telling) -> None:
    """Take the person out of what products files say, and of the names of files in jobs."""
    workspace.state.reword_items(
        lambda item: redacted(wanted.codes, item), lambda words: redacted(wanted.words, words)
    )
    if (workspace.folder / "jobs.sqlite").is_file():
        workspace.jobs.reword(lambda words: redacted(wanted.titles, words))
