"""The privacy notice, the article 30 register and the access page, made from data; pure.

Purposes (rules/purposes.toml) say what data may be used for; holdings (listed by every stage, and
gathered by `workspace`) say where it lies. Why made and not written: a notice that is written apart
from the code is right on the day it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from regie.terms.consent import Purpose
from regie.terms.document import (
    CODE,
    NUMBER,
    Block,
    Cell,
    Column,
    Definitions,
    Document,
    Fact,
    Format,
    Lang,
    Notice,
    Paragraph,
    Point,
    Points,
    Section,
    Table,
)
from regie.terms.instant import moment_of
from regie.words import formats
from regie.words.sentences import say, theme_sentences


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Some columns that hold data about people: where, what for, how long, how a person is found.

    fr: données détenues

    Parameters
    ----------
    store : str
        The table or file: `events`, `decisions`, `state.sqlite/contacts`, `reports/messages` …
    columns : tuple[str, ...]
        Its columns; `*` for all that no other holding of the store names.
    purposes : tuple[str, ...]
        Of `terms.consent.PURPOSES`, those that need it, the first one most.
    retention_days : int or None
        How long a row is kept at most; a purpose that is over sooner shortens it (`kept_days`).
        None where nobody is found, so that age takes nothing.
    person : str
        How a person is found there: `key`, `subject`, `text` (the text is searched), or empty
        where nobody can be.
    what : dict[str, str]
        Language to one line: what it holds, in words of everybody.
    kinds : tuple[str, ...]
        Of the rows, the kinds it is about; empty for all that no other holding of the store names.
    since : str
        What a row's age is counted from: its own day (`row`), the day of its import (`import`) or
        of its writing (`written`); `person`: its own day too, but what still stands is kept as long
        as anything is held that the person did.
    then : str
        What becomes of it: `gone`, or `anonymous` (only what the accounts need is left).

    Examples
    --------
    >>> Holding(store="events", columns=("key", "at_us"), purposes=("measurement",),
    ...         retention_days=760, person="key", what={"en": "Your orders."}).person
    'key'
    """

    store: str
    columns: tuple[str, ...]
    purposes: tuple[str, ...]
    retention_days: int | None
    person: Literal["key", "subject", "text", ""]
    what: dict[str, str]
    kinds: tuple[str, ...] = ()
    since: Literal["row", "import", "written", "person"] = "row"
    then: Literal["gone", "anonymous"] = "gone"


def kept_days(holding: Holding, purposes: Mapping[str, Purpose]) -> int | None:
    """How long a row of a holding is kept: as long as any of its purposes needs it, and no longer.

    Returns
    -------
    int or None
        The longest retention of its purposes, at most its own; None where age takes nothing.

    Examples
    --------
    >>> told = {"en": "…"}
    >>> opens = Holding(store="events", columns=("*",), purposes=("open_tracking", "profiling"),
    ...                 retention_days=760, person="key", what=told)
    >>> made = {name: Purpose(name=name, legal_basis="consent", needs_consent=True,
    ...                       retention_days=days, title=told, words=told)
    ...         for name, days in (("open_tracking", 390), ("profiling", 365))}
    >>> kept_days(opens, made)
    390
    >>> kept_days(msgspec.structs.replace(opens, retention_days=90), made)
    90
    >>> kept_days(msgspec.structs.replace(opens, retention_days=None), made) is None
    True
    """
    if holding.retention_days is None:
        return None
    longest = max(purposes[name].retention_days for name in holding.purposes)
    return min(holding.retention_days, longest)


class Controller(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides what the data is used for (GDPR article 4), and where people write to."""

    name: str
    postal: str = ""
    contact: str = ""


def notice(
    purposes: Mapping[str, Purpose],
    holdings: Sequence[Holding],
    controller: Controller,
    lang: Lang,
) -> Document:
    """The privacy notice: what for, on which basis, how long, and what people can ask.

    References
    ----------
    GDPR articles 13 and 14; French data protection act, article 48.

    Examples
    --------
    >>> notice({}, (), Controller(name="Shop"), "en").title
    'Privacy notice'
    """
    voice = _Voice(lang)
    return Document(
        title=voice.say("notice"),
        subtitle=controller.name,
        lang=lang,
        blocks=(
            Paragraph(voice.say("notice_lead", controller=controller.name)),
            _who(controller, voice),
            *(
                Section(
                    title=purpose.title[lang],
                    anchor=name.replace("_", "-"),
                    lead=purpose.words[lang],
                    blocks=_purpose_blocks(purpose, holdings, voice),
                )
                for name, purpose in purposes.items()
            ),
            Section(title=voice.say("rights"), anchor="rights", blocks=(_rights(voice),)),
        ),
    )


def article30(
    purposes: Mapping[str, Purpose],
    holdings: Sequence[Holding],
    controller: Controller,
    lang: Lang,
) -> Document:
    """The register of processing activities: one entry per purpose, with every store it uses.

    References
    ----------
    GDPR article 30(1); the CNIL's model of a register.

    Examples
    --------
    >>> article30({}, (), Controller(name="Shop"), "fr").lang
    'fr'
    """
    voice = _Voice(lang)
    return Document(
        title=voice.say("register"),
        subtitle=controller.name,
        lang=lang,
        blocks=(
            _who(controller, voice),
            _activities(purposes, voice),
            _stores(purposes, holdings, voice),
            Points(
                title=voice.say("security"),
                points=tuple(Point(voice.say(f"security_{name}")) for name in _SECURITY),
            ),
        ),
    )


def access_page(held: Mapping[str, Any], lang: Lang, zone: str = "UTC") -> Document:
    """Everything held on one person, for that person to read.

    Shown is what has a word of everybody's (`register.field_…`); keys, hashes and seeds, which only
    machines read, stay in the JSON form, and the page says so.

    Parameters
    ----------
    held : Mapping[str, Any]
        Store to what it holds: rows (dicts with the same names), a dict of values, or one value;
        under `same_address` the same again of each other person of the address.
    zone : str
        IANA name; instants are told as its clocks did.

    References
    ----------
    GDPR articles 12(1) and 15.

    Examples
    --------
    >>> page = access_page({"events": [{"kind": "order", "quantity": 12, "event_id": "9f"}]}, "en")
    >>> page.blocks[-1].rows
    (('order', '12'),)
    """
    voice = _Voice(lang)
    others = held.get("same_address", ())
    own = {store: one for store, one in held.items() if store != "same_address"}
    blocks: list[Block | Section] = [Paragraph(voice.say("access_lead", zone=zone))]
    blocks += _held_blocks(own, voice, zone)
    if len(blocks) == 1:
        blocks.append(Notice(kind="info", text=voice.say("access_nothing")))
    for n, other in enumerate(others, 2):
        person = str(other["contacts"].get("raw_id") or other["key"])
        blocks.append(
            Section(
                title=voice.say("same_address", person=person),
                anchor=f"person-{n}",
                blocks=tuple(_held_blocks(other, voice, zone)),
            )
        )
    return Document(title=voice.say("access"), lang=lang, blocks=tuple(blocks))


def _held_blocks(held: Mapping[str, Any], voice: _Voice, zone: str) -> list[Block]:
    values = {name: one for name, one in held.items() if not isinstance(one, list | Mapping)}
    blocks: list[Block] = []
    if values:
        facts = tuple(Fact(voice.named("store", n), voice.shown(v)) for n, v in values.items())
        blocks.append(Definitions(facts=facts))
    for name, one in held.items():
        title = voice.named("store", name)
        if isinstance(one, Mapping) and one:
            facts = tuple(
                Fact(voice.field(str(n)), _readable("value", v, {"field": n}, voice, zone))
                for n, v in one.items()
            )
            blocks.append(Definitions(title=title, facts=facts))
        elif isinstance(one, list) and one:
            blocks.append(_rows_table(title, one, voice, zone))
    return blocks


_SECURITY = ("keys", "contacts", "log", "expiry", "erasure")
_RIGHTS = ("access", "rectify", "erase", "object", "withdraw", "portability", "complain")


class _Voice:
    """Says this module's sentences in one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def say(self, name: str, **values: Any) -> str:
        return say(f"register.{name}", self.lang, **values)

    def named(self, group: str, name: str) -> str:
        code = f"{group}_{name}"
        return self.say(code) if code in theme_sentences("register") else name

    def field(self, name: str) -> str:
        """A column or a field of a contact; of a trait the name the files gave it."""
        name = name.removeprefix("trait:")
        return self.named("field", name)

    def worded(self, name: str, value: Any) -> str:
        """A value of a column that may hold codes, in words where it does."""
        if name == "country":
            return formats.country(str(value), self.lang)
        if name in ("purpose", "field"):
            return self.field(str(value))
        return self.named(name, str(value)) if name in _CODED else self.shown(value)

    def shown(self, value: Any) -> str:
        if value is None or value == "":
            return self.say("nothing_noted")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        return str(value)


def _who(controller: Controller, voice: _Voice) -> Definitions:
    facts = [
        Fact(voice.say("controller"), controller.name),
        Fact(voice.say("postal"), controller.postal),
        Fact(voice.say("contact"), controller.contact),
    ]
    return Definitions(facts=tuple(fact for fact in facts if fact.text))


def _purpose_blocks(
    purpose: Purpose, holdings: Sequence[Holding], voice: _Voice
) -> tuple[Block, ...]:
    facts = (
        Fact(voice.say("basis"), voice.named("basis", purpose.legal_basis)),
        Fact(voice.say("kept"), voice.say("days", days=purpose.retention_days)),
        *(
            (Fact(voice.say("tcf"), voice.say("tcf_number", n=purpose.tcf_purpose)),)
            if purpose.tcf_purpose is not None
            else ()
        ),
        Fact(
            voice.say("your_say"),
            voice.say("asked_first" if purpose.needs_consent else "may_object"),
        ),
    )
    used = tuple(
        Point(holding.what[voice.lang]) for holding in holdings if purpose.name in holding.purposes
    )
    blocks: list[Block] = [Definitions(facts=facts)]
    if used:
        blocks.append(Points(title=voice.say("data_used"), points=used))
    return tuple(blocks)


def _rights(voice: _Voice) -> Points:
    return Points(points=tuple(Point(voice.say(f"right_{name}")) for name in _RIGHTS))


def _activities(purposes: Mapping[str, Purpose], voice: _Voice) -> Table:
    lang = voice.lang
    return Table(
        title=voice.say("activities"),
        columns=(
            Column(voice.say("purpose")),
            Column(voice.say("basis")),
            Column(voice.say("kept_days"), NUMBER),
            Column(voice.say("tcf")),
            Column(voice.say("what_for")),
        ),
        rows=tuple(
            (
                purpose.title[lang],
                voice.named("basis", purpose.legal_basis),
                purpose.retention_days,
                None if purpose.tcf_purpose is None else str(purpose.tcf_purpose),
                purpose.words[lang],
            )
            for purpose in purposes.values()
        ),
    )


def _stores(purposes: Mapping[str, Purpose], holdings: Sequence[Holding], voice: _Voice) -> Table:
    def titles(names: Sequence[str]) -> str:
        return ", ".join(purposes[n].title[voice.lang] if n in purposes else n for n in names)

    def kept(holding: Holding) -> int | None:
        known = all(name in purposes for name in holding.purposes)
        return kept_days(holding, purposes) if known else holding.retention_days

    return Table(
        title=voice.say("stores"),
        note=voice.say("stores_note"),
        columns=(
            Column(voice.say("store"), CODE),
            Column(voice.say("columns"), CODE),
            Column(voice.say("what")),
            Column(voice.say("purpose")),
            Column(voice.say("kept_days"), NUMBER),
            Column(voice.say("since")),
            Column(voice.say("then")),
            Column(voice.say("found_by")),
        ),
        rows=tuple(
            (
                holding.store,
                ", ".join(holding.columns),
                holding.what[voice.lang],
                titles(holding.purposes),
                kept(holding),
                voice.say(f"since_{holding.since}" if holding.retention_days else "since_nobody"),
                voice.say(f"then_{holding.then}" if holding.retention_days else "then_kept"),
                voice.say(f"found_{holding.person or 'nobody'}"),
            )
            for holding in holdings
        ),
    )


def _rows_table(title: str, rows: Sequence[Mapping[str, Any]], voice: _Voice, zone: str) -> Table:
    """Rows as a table of the columns that have a word of ours and in which anything stands."""
    words = [name for name in theme_sentences("register") if name.startswith("field_")]
    names = [
        name
        for name in (word.removeprefix("field_") for word in words)
        if any(row.get(name) not in (None, "", "{}") for row in rows)
    ]

    def cell(row: Mapping[str, Any], name: str) -> Cell:
        value = row.get(name)
        return None if value is None else _readable(name, value, row, voice, zone)

    return Table(
        title=title,
        columns=tuple(Column(voice.field(name), Format("text")) for name in names),
        rows=tuple(tuple(cell(row, name) for name in names) for row in rows),
    )


LONGEST = 1500
"""A value with more letters is cut on the page."""

_CODED = (
    "kind", "state", "evidence", "basis", "source", "language", "step", "channel", "answer",
)  # fmt: skip
"""Columns whose values have words of their own."""


def _readable(name: str, value: Any, row: Mapping[str, Any], voice: _Voice, zone: str) -> str:
    """A value as a person reads it: moments, amounts, names of countries, words for codes."""
    if name == "value" and "field" in row:
        name = str(row["field"])
    if name.endswith("_us"):
        moment = moment_of(int(value), zone)
        return f"{formats.day(moment.date(), voice.lang, 'medium')}, {moment:%H:%M}"
    if name == "value" and row.get("currency"):
        return formats.money(int(value), str(row["currency"]), voice.lang)
    if name == "quantity":
        return formats.number(int(value), voice.lang)
    if name == "attributes":
        return "; ".join(str(one) for one in msgspec.json.decode(value).values())
    text = voice.worded(name, value) if value else voice.shown(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
