"""Intake: one file in, every row to exactly one place for one reason; talks to a `Session` only.

The steps are SQL over scratch relations (raw → fields → typed → placed → events), so that ten
million rows never pass through Python; `workspace` holds the lease and commits.

Why text first: a CSV and a spreadsheet of the same log must give the same micros, and a double
read as text and then as a decimal is exact where a double multiplied is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from regie.collect import headings, settling
from regie.collect.content import COUNTED, CURRENCIES, MONTHS, SIGNS, beside, signs_of
from regie.collect.form import said_of
from regie.collect.mapping import AMOUNTS, FIELDS, SEND_EVENTS, Mapping, resolve_columns, told
from regie.collect.settling import Notice
from regie.govern.register import Holding
from regie.ports.source import SourceForm
from regie.ports.tables import Columns, Session, rows_of, sql_text
from regie.terms.consent import PURPOSES, SIMULATED, Consent
from regie.terms.errors import CurrencyMismatchError, FileError, ValueFoundError
from regie.terms.instant import DAY_US
from regie.terms.person import keyed_share

if TYPE_CHECKING:
    from sqlglot import exp

PLACES = (
    "footer", "unreadable", "erased", "repeat", "cancelled", "fee", "return", "adjustment", "order",
)  # fmt: skip
"""Where an order row may go, in the order in which the reasons are tried."""

NO_EVENTS = (
    "footer", "unreadable", "erased", "repeat", "cancelled", "contacts", "products", "expired",
)  # fmt: skip
"""Places whose rows add no event."""


def added(lines: Table[str, int], held: Table[str, int]) -> int:
    """How many events an import adds: rows that make one, less those that were held already.

    Examples
    --------
    >>> added({"order": 5, "footer": 1, "unreadable": 2}, {"order": 3})
    2
    """
    return sum(n - held.get(place, 0) for place, n in lines.items() if place not in NO_EVENTS)


REPLAYED = "replay-"
"""How the imports begin that brought in rows that were set aside and corrected by hand."""

HOLDINGS = (
    Holding(
        store="events",
        columns=("*",),
        kinds=("order", "return", "fee", "adjustment"),
        purposes=("measurement", "profiling", "personalisation"),
        retention_days=760,
        person="key",
        then="anonymous",
        what={
            "en": "Lines of orders, returns and fees.",
            "fr": "Les lignes de commandes, de retours et de frais.",
        },
    ),
    Holding(
        store="events",
        columns=("*",),
        kinds=("open",),
        purposes=("open_tracking",),
        retention_days=390,
        person="key",
        what={
            "en": "Which messages were opened.",
            "fr": "Quels messages ont été ouverts.",
        },
    ),
    Holding(
        store="events",
        columns=("*",),
        purposes=("measurement", "profiling"),
        retention_days=760,
        person="key",
        what={
            "en": "What else happened: visits, messages sent, clicks, answers.",
            "fr": "Ce qui s’est passé d’autre : visites, messages envoyés, clics, réponses.",
        },
    ),
    Holding(
        store="quarantine",
        columns=("*",),
        purposes=("accounts",),
        retention_days=90,
        person="text",
        since="import",
        what={
            "en": "Rows of files that could not be read, encrypted.",
            "fr": "Les lignes de fichiers qui n’ont pas pu être lues, chiffrées.",
        },
    ),
    Holding(
        store="state.sqlite/contacts",
        columns=("*",),
        purposes=("service", "prospecting"),
        retention_days=1095,
        person="key",
        since="person",
        what={
            "en": "Identifier, address, names, language, traits, with their history, encrypted.",
            "fr": "Identifiant, adresse, noms, langue, traits, avec leur historique, chiffrés.",
        },
    ),
    Holding(
        store="state.sqlite/imports",
        columns=("*",),
        purposes=("accounts",),
        retention_days=None,
        person="",
        what={
            "en": "Which files were brought, and where their rows went.",
            "fr": "Quels fichiers ont été importés, et où sont allées leurs lignes.",
        },
    ),
)
"""What collect keeps, about people or not."""

_FIRST_US = -2_208_988_800_000_000  # 1900-01-01: an earlier day is a spreadsheet's way to say none
_AHEAD_US = 2 * DAY_US
_TOO_MANY_UNREADABLE = 0.5
_FORMATS_TRIED = (
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
)  # fmt: skip


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a file before its rows are placed.

    Parameters
    ----------
    people : tuple[str, ...]
        The distinct raw identifiers of its people, in order.
    columns : dict[str, str]
        Field to the file's column it was read from.
    mapping : Mapping
        As given, with one decimal mark and one order of day and month, settled from the file.
    said : tuple[str, ...]
        Sentences on what the content left open and which rule settled it.
    """

    people: tuple[str, ...]
    columns: dict[str, str]
    mapping: Mapping
    said: tuple[str, ...] = ()


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rows of one file went.

    Parameters
    ----------
    lines, value_micros, held : dict[str, int]
        By place: rows, their value, and how many of them the table held already.
    corrected : tuple[str, ...]
        Orders whose lines this file replaces.
    aged : int
        Rows older than any purpose may keep: lines for the accounts alone, and the place `expired`.
    """

    lines: dict[str, int]
    value_micros: dict[str, int]
    held: dict[str, int]
    corrected: tuple[str, ...]
    aged: int = 0


def read(session: Session, mapping: Mapping, path: Path, *, now_us: int) -> Read:
    """Read a file into the scratch relation `typed`.

    Raises
    ------
    FileError, ColumnError, ValueFoundError, CurrencyMismatchError
        If it is empty, not of this mapping, or mostly unreadable. Nothing has been written then.
    """
    file = path.name
    form = session.read_file("raw", path, file_options(mapping))
    columns = resolve_columns(mapping, columns_of(session), file)
    mapping, notices = interpret(session, mapping, columns, now_us=now_us)
    said = [notice.said for notice in notices]
    _check_readable(session, mapping, columns, file)
    _check_formats(mapping, columns, form, file)
    _check_currency(session, mapping, file)
    _check_sum(session, columns, file)
    people = session.query(
        "SELECT DISTINCT person FROM typed WHERE person IS NOT NULL ORDER BY person"
    )
    return Read(
        people=tuple(str(person) for person in people["person"]),
        columns=columns,
        mapping=mapping,
        said=(*said_of(form), *said, *_without_people(mapping, columns, columns_of(session))),
    )


def read_again(
    session: Session,
    mapping: Mapping,
    rows: Table[int, Table[str, str]],
    *,
    now_us: int,
) -> Read:
    """Read rows that were set aside, as they are corrected now, into `typed`.

    They are understood by the same steps as their file was; an order is not replaced by one line of
    it that comes late.

    Parameters
    ----------
    rows : Mapping[int, Mapping[str, str]]
        Row of the file to its fields (as `unreadable_rows` keeps them in `raw`), empty where none.
    """
    fields = sorted({field for row in rows.values() for field in row})
    session.register(
        "again",
        {
            "row": np.array(list(rows), dtype=np.int64),
            **{f: np.array([row.get(f, "") for row in rows.values()], dtype=object)
               for f in fields},
        },
    )  # fmt: skip
    session.execute(_again_sql(fields))
    kinds = {field.partition(":")[0] for field in fields if ":" in field}
    own = msgspec.structs.replace(
        mapping,
        columns={field: (field,) for field in fields if ":" not in field},
        traits={f.partition(":")[2]: (f,) for f in fields if ":" in f} if kinds else {},
        fixed={}, values={}, when_empty={}, carried=(), replaces=None,
    )  # fmt: skip
    columns = {field: field for field in fields}
    settled, notices = interpret(session, own, columns, now_us=now_us)
    _check_currency(session, settled, "the corrected rows")
    people = session.query(
        "SELECT DISTINCT person FROM typed WHERE person IS NOT NULL ORDER BY person"
    )
    return Read(
        people=tuple(str(person) for person in people["person"]),
        columns=columns,
        mapping=settled,
        said=tuple(notice.said for notice in notices),
    )


def _again_sql(fields: Sequence[str]) -> str:
    """`raw` made of corrected rows: as if a file had been split into them."""
    from sqlglot import exp

    nothing = [_as_text(exp.Null(), name) for name in _OURS[1:]]
    texts = [_as_text(exp.column(f, quoted=True), f) for f in fields]
    return _view_sql("raw", [exp.column("row"), *nothing, *texts], "again")


def _view_sql(name: str, columns: list[exp.Expr], relation: str) -> str:
    """A view of a relation's columns, of a tree that is its own: nothing is copied."""
    from sqlglot import exp

    return exp.Create(
        this=exp.to_table(name),
        kind="VIEW",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=exp.Select(expressions=columns).from_(relation, copy=False),
    ).sql("duckdb", copy=False)


def _as_text(value: exp.Expr, name: str) -> exp.Expr:
    """A column of a value's text."""
    from sqlglot import exp

    return exp.alias_(_text(value), name, quoted=True, copy=False)


def _without_people(
    mapping: Mapping, columns: Table[str, str], found: Sequence[str]
) -> tuple[str, ...]:
    """Orders without a column for person are read, and that is said: nobody could be written to."""
    if mapping.kind != "orders" or "person" in columns or "person" in mapping.fixed:
        return ()
    free = [name for name in found if name not in columns.values()]
    meant = headings.person_column(free)
    if not meant and "person" not in mapping.columns:
        return ()  # the mapping reads none by intent
    word = "No column for person: all its orders were imported without one."
    setting = f'columns.person = "{meant or "…"}" in the mapping {mapping.name}'
    step = (
        f'Is "{meant}" meant? Then set {setting}' if meant else f"Where it has one, set {setting}"
    )
    return (f"{word} {step}, and import the file again.",)


def file_options(mapping: Mapping) -> dict[str, str]:
    """What a mapping says of the file itself, for `Session.read_file`.

    Examples
    --------
    >>> file_options(Mapping(name="shop", kind="orders", columns={}, delimiter=";"))
    {'delimiter': ';'}
    """
    said = {"delimiter": mapping.delimiter, "encoding": mapping.encoding, "sheet": mapping.sheet}
    return {option: value for option, value in said.items() if value}


def columns_of(session: Session) -> list[str]:
    """The file's own columns in `raw`."""
    return [name for name in session.query("SELECT * FROM raw LIMIT 0") if name not in _OURS]


def first_rows(session: Session, most: int) -> dict[str, list[str | None]]:
    """The first rows of `raw` that could be split, by column, as text; `sampled` holds them."""
    from sqlglot import exp

    session.execute(sql_text("regie.collect", "sampled"), {"most": most})
    texts = [_as_text(exp.column(name, quoted=True), name) for name in columns_of(session)]
    whole = exp.column("unreadable").is_(exp.Null())
    found = session.query(
        exp.select(*texts).from_("sampled").where(whole).order_by("row").sql("duckdb")
    )
    return {name: [None if c is None else str(c) for c in column] for name, column in found.items()}


def interpret(
    session: Session,
    mapping: Mapping,
    columns: Table[str, str],
    *,
    now_us: int,
    relation: str = "raw",
) -> tuple[Mapping, tuple[Notice, ...]]:
    """Make `typed` from `raw` or `sampled`; the mapping as the file settles it, what was left open.

    Parameters
    ----------
    columns : Mapping[str, str]
        Field to column of `raw`; a field without one is empty.
    """
    session.execute(sql_text("regie.collect", "numbers"))
    session.execute(_fields_sql(mapping, columns, relation))
    session.execute(sql_text("regie.collect", "instants"))
    mapping, of_dates = _settle_dates(session, mapping)
    one_mark = len(set(mapping.decimal)) == 1
    mapping, of_marks = settling.settle_mark(session, mapping)
    of_cents = tuple(Notice(key="", said=one.said) for one in mixed_amounts(session, mapping))
    absent = _absent(mapping, columns)
    parameters = {**_typed_parameters(mapping, now_us), "absent": absent}
    session.execute(_typed_sql(mapping), parameters)
    if dressed := _dressed(session, columns):  # few files: these are read once more
        session.execute(_fields_sql(mapping, columns, relation, dressed))
        session.execute(_typed_sql(mapping), parameters)
    settling.whole_numbers(session, absent)
    of_nobody = () if "person" in absent else settling.without_nobody(session, mapping)
    session.execute(_with_absent_sql("typed", "typed_rows", absent))
    of_marks = settling.one_mark_said(session, mapping) if one_mark else of_marks
    of_totals = settling.contradicted(session, mapping, columns)
    of_states = settling.counted_as_sold(session, mapping, columns)
    of_unread = settling.unread(session, mapping, columns, columns_of(session), relation)
    return mapping, (
        *of_dates, *of_marks, *of_cents, *settling.hundredths(mapping, columns), *of_nobody,
        *of_totals, *of_states, *of_unread,
    )  # fmt: skip


def _settle_dates(session: Session, mapping: Mapping) -> tuple[Mapping, tuple[Notice, ...]]:
    """One order of day and month for the whole file: the one that reads more of its dates.

    Never row by row: 03/04 and 13/04 of one file are two days of April. Where both orders read as
    many the mapping's first one holds, and that is said.
    """
    orders = [date_order(form) for form in mapping.time_formats]
    if not {"day", "month"} <= set(orders):
        return mapping, ()
    by_order = {
        order: [f for f, o in zip(mapping.time_formats, orders, strict=True) if o == order]
        for order in ("day", "month")
    }
    found = session.query(
        sql_text("regie.collect", "date_orders"),
        {"day_first": by_order["day"], "month_first": by_order["month"]},
    )
    first = next(order for order in orders if order)
    other = "month" if first == "day" else "day"
    taken = other if found[f"{other}_first"][0] > found[f"{first}_first"][0] else first
    formats = [f for f, o in zip(mapping.time_formats, orders, strict=True) if o in ("", taken)]
    said: tuple[Notice, ...] = ()
    if found["day_first"][0] == found["month_first"][0] and found["either"][0] is not None:
        word = (
            f'Dates like "{found["either"][0]}" can be read {taken} first or'
            f" {other} first; no date of the file tells, so they were read {taken} first, as the"
            f" mapping {mapping.name} lists it first (time_formats)."
        )
        said = (Notice(key="", said=word),)
    return msgspec.structs.replace(mapping, time_formats=tuple(formats)), said


def date_order(form: str) -> str:
    """Whether a format has the `day` or the `month` first; empty where the year leads.

    Examples
    --------
    >>> [date_order(form) for form in ("%d/%m/%Y", "%m/%d/%Y %H:%M", "iso", "%Y-%m-%d")]
    ['day', 'month', '', '']
    """
    day, month, year = form.find("%d"), form.find("%m"), form.lower().find("%y")
    if -1 in (day, month) or (-1 < year < min(day, month)):
        return ""
    return "day" if day < month else "month"


class Mixed(msgspec.Struct, frozen=True, kw_only=True):
    """A field of amounts some of which may be cents: one with decimals, one without."""

    field: str
    with_decimals: str
    without: str

    @property
    def said(self) -> str:
        """What is not sure, and what to do."""
        return (
            f'Amounts of {self.field} stand in one column with decimals ("{self.with_decimals}")'
            f' and without ("{self.without}"), and those without are about a hundred times as high:'
            " nothing says whether they are cents. They are read as whole amounts; if they are"
            " cents, write them with decimals and import the file again."
        )


_FIRST_ROWS = 100_000
_APART, _SEVERAL = 20, 3


def mixed_amounts(session: Session, mapping: Mapping) -> tuple[Mixed, ...]:
    """Fields in which amounts without decimals look like the cents of those with, after `fields`.

    Either an item has an amount twice, a hundred times apart to the cent (12.34 and 1234), or the
    middle of several without lies twenty times above the middle of several with: 12 beside 12.50
    is usual and tells nothing.
    """
    if mapping.kind != "orders":
        return ()
    asked = {
        "mark": mapping.decimal[0],
        "signs": beside(signs_of(mapping.currency)),
        "most": _FIRST_ROWS,
    }
    found = session.query(sql_text("regie.collect", "mixed_cents"), asked)
    mixed = []
    for place, field in enumerate(found["field"]):
        one = {name: values[place] for name, values in found.items()}
        twins = one["twins"] and one["whole"] <= _APART * one["twins"]
        apart = min(one["cut"], one["whole"]) >= _SEVERAL and (
            one["middle_whole"] >= _APART * one["middle_cut"]
        )
        if one["one_cut"] and one["one_whole"] and (twins or apart):
            mixed.append(
                Mixed(
                    field=str(field),
                    with_decimals=str(one["one_cut"]),
                    without=str(one["one_whole"]),
                )
            )
    return tuple(mixed)


_OURS = ("row", "unreadable", "aside")


_IDENTIFIERS = ("order", "item", "person", "address")


def _dressed(session: Session, chosen: Table[str, str]) -> tuple[str, ...]:
    """Fields of identifiers of which a cell is dressed: ="100", '00123, or with marks nobody sees.

    Asked of `typed_rows`, where each text stands once already.
    """
    from sqlglot import exp

    asked = [field for field in _IDENTIFIERS if field in chosen]
    if not asked:
        return ()
    none = exp.false()  # of a file without a row
    looks = [
        exp.alias_(exp.Coalesce(this=some, expressions=[none]), field, quoted=True)
        for field in asked
        for some in [exp.func("bool_or", exp.func("is_dressed", exp.column(field, quoted=True)))]
    ]
    found = session.query(exp.select(*looks).from_("typed_rows").sql("duckdb"))
    return tuple(field for field in asked if found[field][0])


def _fields_sql(
    mapping: Mapping, chosen: Table[str, str], relation: str, dressed: Sequence[str] = ()
) -> str:
    """SELECT each field from its column as trimmed text (a tree, so that no name is pasted in).

    Parameters
    ----------
    dressed : Sequence[str]
        Fields whose cells are undressed: see `_dressed`.
    """
    from sqlglot import exp

    picked: list[exp.Expr] = [exp.column(name) for name in _OURS]
    for field in _every_field(mapping):
        value = _field_value(field, mapping, chosen)
        value = exp.func("undressed", value) if field in dressed else value
        picked.append(_as_text(value, field))
    picked.append(exp.alias_(_details(mapping, chosen), "details"))
    return _view_sql("fields", picked, relation)


def _every_field(mapping: Mapping) -> list[str]:
    every = {field for required, optional in FIELDS.values() for field in (*required, *optional)}
    return sorted(every | set(mapping.trait_columns))


def _absent(mapping: Mapping, chosen: Table[str, str]) -> list[str]:
    """Fields that no row of the file has: held as columns they would take most of the memory."""
    filled = {*chosen, *mapping.fixed, *mapping.when_empty}
    absent = [field for field in _every_field(mapping) if field not in filled]
    return absent if mapping.kind == "contacts" else [*absent, "details"]


def _with_absent_sql(view: str, relation: str, absent: Sequence[str]) -> str:
    """A view of a relation that has the absent fields too, empty."""
    from sqlglot import exp

    empty = [_as_text(exp.Null(), field) for field in absent]
    return _view_sql(view, [exp.Star(), *empty], relation)


def _field_value(field: str, mapping: Mapping, chosen: Table[str, str]) -> exp.Expr:
    """A field's text: its cell, or one that stands in; carried down its order; in our words."""
    from sqlglot import exp

    if field in mapping.fixed:
        return exp.Literal.string(mapping.fixed[field])
    value = _cell(field, chosen)
    if field in mapping.when_empty:
        value = exp.Coalesce(this=value, expressions=[_cell(mapping.when_empty[field], chosen)])
    if field in mapping.carried:
        first = exp.Window(this=exp.Min(this=value), partition_by=[_cell("order", chosen)])
        value = exp.Coalesce(this=value, expressions=[first])
    if field in mapping.values:
        meant = exp.Case(this=exp.func("lower", value), default=value)
        for found, word in mapping.values[field].items():
            meant = meant.when(exp.Literal.string(found), exp.Literal.string(word))
        value = exp.func("nullif", meant, exp.Literal.string(""))
    return value


def _text(value: exp.Expr) -> exp.Expr:
    """A value as text. Built here: `exp.cast` parses the word "text" anew each time."""
    from sqlglot import exp

    return exp.Cast(this=value, to=exp.DataType(this=exp.DType.TEXT))


def _cell(field: str, chosen: Table[str, str]) -> exp.Expr:
    from sqlglot import exp

    if field not in chosen:
        return _text(exp.Null())
    text = _text(exp.column(chosen[field], quoted=True))
    return exp.func("nullif", exp.func("trim", text), exp.Literal.string(""))


def _details(mapping: Mapping, chosen: Table[str, str]) -> exp.Expr:
    """What a contacts row says beside its person, as one text: two rows that say it are repeats."""
    from sqlglot import exp

    if mapping.kind != "contacts":
        return _text(exp.Null())
    named = [chosen[field] for field in sorted(chosen) if field not in ("person", "at")]
    texts = [_text(exp.column(name, quoted=True)) for name in named]
    parts = [exp.Coalesce(this=text, expressions=[exp.Literal.string("")]) for text in texts]
    return exp.func("concat_ws", exp.Literal.string("\x1f"), exp.Literal.string(""), *parts)


def _typed_sql(mapping: Mapping) -> str:
    name = "typed_orders" if mapping.kind == "orders" else "typed_people"
    return sql_text("regie.collect", name)


def _typed_parameters(mapping: Mapping, now_us: int) -> dict[str, Any]:
    formats = [f for f in mapping.time_formats if f not in ("iso", *COUNTED)]
    shared = {
        "zone": mapping.zone,
        "iso": "iso" in mapping.time_formats,
        "counted": {
            "some": bool(set(COUNTED) & set(mapping.time_formats)),
            **{form: form in mapping.time_formats for form in COUNTED},
        },
        "formats": formats or None,
        "worded": [f.replace("%B", "%b") for f in formats if re.search("%[bB]", f)] or None,
        "months": {"words": list(MONTHS), "meant": list(MONTHS.values())},
        "first_us": _FIRST_US,
        "last_us": now_us + _AHEAD_US,
    }
    if mapping.kind == "orders":
        return {
            **shared,
            "decimal": mapping.decimal[0],
            "signs": beside(signs_of(mapping.currency)),
            **{f"{field}_parts": 100 if field in mapping.cents else 1 for field in AMOUNTS},
        }
    return {
        **shared,
        "kind": mapping.kind,
        "purposes": list(PURPOSES),
        "events": list(SEND_EVENTS),
        "default_us": now_us if mapping.kind in ("contacts", "products") else None,
    }


def _check_readable(session: Session, mapping: Mapping, chosen: Table[str, str], file: str) -> None:
    counts = session.query(
        "SELECT count(*) AS lines, count(bad) AS bad FROM typed"
        " WHERE aside IS DISTINCT FROM 'footer'"
    )
    lines, bad = int(counts["lines"][0]), int(counts["bad"][0])
    if lines == 0:
        raise FileError(
            file, "without a row under its header", "at least one row", "export it again"
        ).because("empty")
    _check_headings(mapping, chosen, file)
    if bad or {"unit_price", "value"} <= set(chosen):
        _check_signs(session, mapping, file)
    if not bad:
        return
    row = _misread(session, mapping)
    if row is None and bad <= lines * _TOO_MANY_UNREADABLE:
        return
    found = unreadable_rows(session, 1, row or 0)
    field, text = str(found["bad"][0]), found["found"][0]
    raise ValueFoundError(
        f"{file} row {found['row'][0]}, {chosen.get(field, told(field))}",
        "empty" if text is None else f'"{text}"',
        expected(field, mapping, "" if text is None or field == "at" else str(text)),
        _step(field, str(text), mapping),
    ).because(
        "value", row=int(found["row"][0]), field=field, found=str(text or ""), bad=bad, lines=lines
    )


def _check_headings(mapping: Mapping, chosen: Table[str, str], file: str) -> None:
    """A column of amounts whose name tells another currency is refused like its cells would be."""
    if mapping.kind != "orders":
        return
    for field in AMOUNTS:
        column = chosen.get(field, "")
        if _other_money(column, mapping.currency):
            where = f"{file} row 1, column of {told(field)}"
            step = "; where the name is wrong, rename the column"
            raise _other_currency(where, f'"{column}"', mapping, 1, column, step=step)


def _other_money(text: str, currency: str) -> bool:
    """Whether a text names a currency, and not this one.

    Examples
    --------
    >>> [_other_money(text, "EUR") for text in ("Price (USD)", "Prix €", "PRIX", "$", "EUR")]
    [True, False, False, True, False]
    """
    marks = re.findall(r"\b[A-Z]{3}\b|[€£¥₺₹₩₪]|R?\$|zł|Kč|\bkr\b|\bFt\b", text)
    others = {mark for mark in marks if mark in CURRENCIES or mark in SIGNS}
    return bool(others) and not others & set(signs_of(currency))


def _check_formats(mapping: Mapping, chosen: Table[str, str], form: SourceForm, file: str) -> None:
    """A number shown in another currency by its format in a workbook is an amount in it."""
    if mapping.kind != "orders":
        return
    for field in AMOUNTS:
        for text, row in form.beside.get(chosen.get(field, ""), {}).items():
            if _other_money(text, mapping.currency):
                where = f"{file} row {row}, {chosen[field]}"
                step = "; where only the format of the cells is wrong, change it"
                raise _other_currency(where, f'shown with "{text}"', mapping, row, text, step=step)


def _check_signs(session: Session, mapping: Mapping, file: str) -> None:
    """An amount in another currency is refused like a currency column that disagrees."""
    if mapping.kind != "orders":
        return
    own = signs_of(mapping.currency)
    others = [sign for sign in (*CURRENCIES, *SIGNS) if sign not in own]
    found = session.query(sql_text("regie.collect", "foreign"), {"foreign": beside(others)})
    if rows_of(found):
        row, text = int(found["row"][0]), str(found["found"][0])
        raise _other_currency(f"{file} row {row}, amount", f'"{text}"', mapping, row, text)


def _other_currency(
    where: str, shown: str, mapping: Mapping, row: int, found: str, *, step: str = ""
) -> CurrencyMismatchError:
    """The error of whatever tells another currency than the mapping's."""
    return CurrencyMismatchError(
        where,
        shown,
        f"{mapping.currency} like the workspace",
        f"split the file by currency, or convert it with a dated rate first{step}",
    ).because("currency", row=row, found=found, currency=mapping.currency)


def _check_sum(session: Session, columns: Table[str, str], file: str) -> None:
    """Amounts whose sum would not fit in whole micros: one of them is no amount."""
    found = session.query(sql_text("regie.collect", "largest"))
    if rows_of(found):
        field = "value" if found["total"][0] else "unit_price"
        raise ValueFoundError(
            f"{file} row {found['row'][0]}, {columns.get(field, told(field))}",
            f'"{found["found"][0]}"',
            "amounts that together stay below 9,000,000,000,000",
            "correct that row: it is the largest",
        ).because(
            "value", row=int(found["row"][0]), field=field, found=str(found["found"][0]), bad=1,
            lines=1,
        )  # fmt: skip


def _misread(session: Session, mapping: Mapping) -> int | None:
    """The first row that fails where another setting would read every row of the file.

    A few rows like 31/12 in a file read as month first mean that all the others were misread too.
    """
    asked: list[tuple[str, dict[str, Any]]] = []
    if not {"iso", *COUNTED} & set(mapping.time_formats):
        asked = [("other_format", {"format": other}) for other in _FORMATS_TRIED]
    if mapping.kind == "orders":
        signs = beside(signs_of(mapping.currency))
        asked.append(
            ("other_mark", {"mark": settling.other_mark(mapping.decimal[0]), "signs": signs})
        )
    for name, parameters in asked:
        found = session.query(sql_text("regie.collect", name), parameters)
        if int(found["bad"][0]) and not int(found["fails"][0]):
            return int(found["first"][0])
    return None


def unreadable_rows(session: Session, most: int, from_row: int = 0) -> Columns:
    """The first rows that cannot be read: `row`, `bad` (the field), `found` (its text), `raw`."""
    return session.query(
        sql_text("regie.collect", "unreadable"), {"most": most, "from_row": from_row}
    )


def expected(field: str, mapping: Mapping, found: str = "") -> str:
    """What a field takes, for a message; `found` is the text that it cannot take.

    Examples
    --------
    >>> from regie.collect.mapping import Mapping
    >>> expected("quantity", Mapping(name="shop", kind="orders", columns={}))
    'a whole number'
    >>> expected("item", Mapping(name="shop", kind="orders", columns={}), "1.23E+17")
    'the identifier in full, which a spreadsheet rounded: format its column as text, export again'
    """
    if field == "person" and found.lower() in settling.NOBODY:
        return "an identifier of somebody"
    if field == "person" and "@" in found:
        return "one address, as name@example.com"
    if field in ("order", "item") and found.startswith("#"):
        return "an identifier, where a spreadsheet's formula failed"
    if field in ("order", "item", "person") and found:
        return (
            "the identifier in full, which a spreadsheet rounded: format its column as text, export"
            " again"
        )
    examples = [example(form) for form in mapping.time_formats]
    # A date of the right form that is none: 31 February, or a year that stands for "no date".
    alike = any(_shape(found).startswith(_shape(text)) for text in examples)
    if field in ("quantity", "unit_price", "value", "discount", "row") and found:
        true = _true_reason(field, found, mapping)
        if true:
            return true
    rules = {
        "at": f"a {'day that exists' if alike else 'time'} like {' or '.join(examples[:3])},"
        " from 1900 to now",
        "quantity": "a whole number",
        "unit_price": f'a number with "{mapping.decimal[0]}" as decimal mark',
        "value": f'a number with "{mapping.decimal[0]}" as decimal mark',
        "discount": f'a number with "{mapping.decimal[0]}" as decimal mark',
        "purpose": "one of " + ", ".join(PURPOSES),
        "granted": "yes or no",
        "event": "one of " + ", ".join(SEND_EVENTS),
        "row": "as many cells as the header has",
        "text": "text in one encoding throughout",
        "footer": "a row of the table",
    }
    return rules.get(field, "a value")


_OVERLONG = re.compile(r"… \(\d+ letters in one line\)$")
"""How the start of a line ends that is longer than 128 KB; a shorter one is kept whole."""
_TOO_LARGE = 1e12
"""Whole micros of a larger amount would not fit."""


def _true_reason(field: str, found: str, mapping: Mapping) -> str:
    """What is wrong with a text that has the form asked for; empty where it has not."""
    if field == "row":
        of_object = "one object with one value for each name" if found.startswith("{") else ""
        return "a line of at most 128 KB" if _OVERLONG.search(found) else of_object
    bare = re.sub(beside(signs_of(mapping.currency)), r"\1", found)
    # A point under a decimal comma is what is wrong.
    plain = bare.replace(".", "?").replace(",", ".") if mapping.decimal[0] == "," else bare
    if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", plain):
        return ""
    if abs(float(plain)) >= _TOO_LARGE:
        return "a number below 1,000,000,000,000"
    if field == "quantity" and "." in plain:
        return (
            "a whole number; for goods by weight write it in a smaller unit (1500 for 1.5 kg) with"
            " that unit's price, or 1 with the line's total"
        )
    return "" if field == "quantity" else "a price whose total fits below 9,000,000,000,000"


def _shape(text: str) -> str:
    return re.sub(r"\d+", "9", text)[:5]


def example(form: str) -> str:
    """How a format writes 31 December 2011, half past two.

    Examples
    --------
    >>> example("%d/%m/%Y"), example("iso")
    ('31/12/2011', '2011-12-31 14:30')
    """
    known = {
        "iso": "2011-12-31 14:30", "epoch_s": "1325341800", "unix_s": "1325341800",
        "unix_ms": "1325341800000", "excel_days": "40908.60417",
    }  # fmt: skip
    return known.get(form) or datetime(2011, 12, 31, 14, 30).strftime(form)  # noqa: DTZ001


def _step(field: str, found: str, mapping: Mapping) -> str:
    setting = f"in the mapping {mapping.name}"
    other = settling.other_mark(mapping.decimal[0])
    if field in ("unit_price", "value", "quantity"):
        bare = re.sub(beside(signs_of(mapping.currency)), r"\1", found)
        mark_is_meant = re.fullmatch(rf"-?\d+{re.escape(other)}\d+", bare)
        return f'set decimal = "{other}" {setting}' if mark_is_meant else f"see columns {setting}"
    if field == "at" and any(_reads_as(form, found) for form in mapping.time_formats):
        return "correct that day in the file, or import it once the day has come"
    form = _format_of(found) if field == "at" else None
    return f'set time_formats = ["{form}"] {setting}' if form else f"see columns {setting}"


def _format_of(found: str) -> str | None:
    """The first common format that reads this text."""
    return next((form for form in (*_FORMATS_TRIED, "iso") if _reads_as(form, found)), None)


def _reads_as(form: str, found: str) -> bool:
    """Whether a format of a mapping reads this text as a day, whichever."""
    try:
        if form == "iso":
            datetime.fromisoformat(found)
        else:
            datetime.strptime(found, form)  # noqa: DTZ007 (whether it is a day, not which)
    except ValueError:
        return False
    return True


def _check_currency(session: Session, mapping: Mapping, file: str) -> None:
    found = session.query(
        "SELECT currency, min(row) AS row FROM typed WHERE currency IS NOT NULL"
        " AND upper(currency) <> upper($currency) GROUP BY currency ORDER BY row LIMIT 1",
        {"currency": mapping.currency},
    )
    if rows_of(found):
        row, text = int(found["row"][0]), str(found["currency"][0])
        raise _other_currency(f"{file} row {row}, currency", f'"{text}"', mapping, row, text)


def place(
    session: Session,
    mapping: Mapping,
    people: Sequence[str],
    keys: Sequence[str],
    opposed_us: Sequence[int | None],
    *,
    since_us: Table[str, int] = MappingProxyType({}),
    zone: str = "UTC",
) -> Placed:
    """Give every row of `typed` its place, in the scratch relation `placed`.

    Parameters
    ----------
    people, keys : Sequence[str]
        Shape (p,). Raw identifiers from `read` and their person keys.
    opposed_us : Sequence[int or None]
        Shape (p,). Instant of the erasure where the person is on the opposition list.
    since_us : Mapping[str, int]
        Kind of event to the instant from which on a purpose may keep it.
    zone : str
        Whose days are the accounts' days.
    """
    session.register(
        "person_keys",
        {
            "person": np.array(people, dtype=object),
            "key": np.array(keys, dtype=object),
            "opposed_us": np.array(opposed_us, dtype=object),
        },
    )
    typed = session.query("SELECT * FROM typed_rows LIMIT 0")
    absent = [field for field in (*_every_field(mapping), "details") if field not in typed]
    session.execute(
        sql_text("regie.collect", "placed"),
        {
            "source": mapping.name,
            "kind": mapping.kind,
            "fee_items": [code.upper() for code in mapping.fee_items],
            "return_prefix": mapping.return_prefix,
            "cancelled": list(mapping.cancelled),
            "absent": absent,
        },
    )
    # The placed rows hold all that the typed ones did: these make room.
    session.execute(_with_absent_sql("typed", "placed_rows", absent))
    session.execute("DROP TABLE typed_rows")
    session.execute(sql_text("regie.collect", "repeats"))
    session.execute(_with_absent_sql("placed", "placed_rows", absent))
    aged = _age(session, mapping, since_us, zone)
    counted = session.query(sql_text("regie.collect", "counted"), {"source": mapping.name})
    corrected: tuple[str, ...] = ()
    if mapping.replaces == "order":
        orders = session.query(
            sql_text("regie.collect", "corrected"), {"source": mapping.name, "replayed": REPLAYED}
        )
        corrected = tuple(str(order) for order in orders["order"])
    return Placed(
        lines=_by_place(counted, "lines"),
        value_micros=_by_place(counted, "value_micros"),
        held=_by_place(counted, "held"),
        corrected=corrected,
        aged=aged,
    )


def _age(session: Session, mapping: Mapping, since_us: Table[str, int], zone: str) -> int:
    """Take what is too old out of `placed`, but for what the accounts need; how many rows."""
    session.register(
        "kept_since",
        {
            "kind": np.array(list(since_us), dtype=object),
            "since_us": np.array(list(since_us.values()), dtype=np.int64),
        },
    )
    nameless = session.query(
        "SELECT CAST(count(*) FILTER (WHERE p.opposed_us IS NULL) AS BIGINT) AS aged,"
        " CAST(count(*) AS BIGINT) AS every FROM placed AS p JOIN kept_since AS s"
        " ON s.kind = p.place WHERE p.at_us < s.since_us OR p.opposed_us IS NOT NULL"
    )
    if int(nameless["every"][0]):  # before a line loses its person: two people make a name
        session.execute(sql_text("regie.collect", "nameless"))
    aged = int(nameless["aged"][0])
    if aged:  # rarely: what follows costs, and most files are young
        named = {"source": mapping.name, "currency": mapping.currency, "zone": zone}
        make, move, hold = sql_text("regie.collect", "aged").split(";\n", 2)
        session.execute(make, named)
        session.execute(move)
        session.execute(hold, {"source": mapping.name, "zone": zone})
    return aged


def _by_place(counted: Columns, column: str) -> dict[str, int]:
    pairs = zip(counted["place"], counted[column], strict=True)
    return {str(place): int(value) for place, value in pairs}


def event_parameters(
    mapping: Mapping,
    import_id: str,
    recorded_us: int,
    replaced: Sequence[str],
    *,
    chance: str,
    zone: str = "UTC",
) -> dict[str, Any]:
    """Parameters of `sql/events.sql`, the rows that an import adds.

    `chance` makes the marks of anonymous orders: a secret of this import that is kept nowhere.

    Examples
    --------
    >>> m = Mapping(name="shop", kind="orders", columns={}, currency="EUR", recorded="happened")
    >>> event_parameters(m, "i1", 5, ("17",), chance="8f")["replaced"]
    ['17']
    """
    return {
        "import_id": import_id,
        "recorded": mapping.recorded,
        "recorded_us": recorded_us,
        "currency": mapping.currency,
        "source": mapping.name,
        "replaced": list(replaced),
        "zone": zone,
        "chance": chance,
    }


def first_seen(session: Session) -> Columns:
    """Per person of the file: `person`, `key`, first instant and last country, in key order."""
    return session.query(sql_text("regie.collect", "first_seen"))


def contact_fields(mapping: Mapping) -> list[str]:
    """The fields that a contacts file may say something of.

    Examples
    --------
    >>> contact_fields(Mapping(name="crm", kind="contacts", traits={"city": ("ville",)},
    ...                        columns={"person": ("id",), "language": ("lang",)}))
    ['language', 'trait:city']
    """
    fields = [f for f in mapping.columns if f not in ("person", "at")]
    return fields + list(mapping.trait_columns)


def contact_rows(session: Session, mapping: Mapping) -> Columns:
    """What a contacts file says, one row a field, oldest first: key, field, value, at_us."""
    from sqlglot import exp

    selects = [
        exp.select(
            exp.column("key"),
            exp.alias_(exp.Literal.string(field), "field"),
            exp.alias_(exp.column(field, quoted=True), "value"),
            exp.column("at_us"),
            exp.column("row"),
        )
        .from_("placed")
        .where(
            exp.column("place").eq("contacts"),
            exp.column("key").is_(exp.Null()).not_(),  # an erased person's later rows are nobody's
            exp.column(field, quoted=True).is_(exp.Null()).not_(),
        )
        for field in contact_fields(mapping)
    ]
    every: exp.Query = selects[0]
    for select in selects[1:]:
        every = exp.union(every, select, distinct=False)
    return session.query(every.order_by("key", "field", "at_us", "row").sql("duckdb"))


def without_taken_back(found: Columns, histories: Table[str, Columns]) -> Columns:
    """Of what a contacts file says, what takes back no correction.

    A value that somebody set by hand holds against every value it replaced, whatever date the file
    gives: a list that was never corrected says the old one again. A value never held before passes.

    Parameters
    ----------
    found : Columns
        From `contact_rows`.
    histories : Mapping[str, Columns]
        Key to every value ever held of that person, oldest first; `import_id` None is by hand.

    Examples
    --------
    >>> def columns(**lists):
    ...     return {name: np.array(values, dtype=object) for name, values in lists.items()}
    >>> held = columns(field=["city", "city"], value=["Lyon", "Nice"], import_id=["i1", None])
    >>> said = columns(key=["k", "k"], field=["city", "city"], value=["Lyon", "Lille"])
    >>> without_taken_back(said, {"k": held})["value"].tolist()
    ['Lille']
    """
    replaced: set[tuple[str, str, str]] = set()
    for key, history in histories.items():
        entries = list(zip(*(history[c] for c in ("field", "value", "import_id")), strict=True))
        by_hand = {field: place for place, (field, _, by) in enumerate(entries) if by is None}
        for place, (field, value, _) in enumerate(entries):
            if place < by_hand.get(field, 0) and value != entries[by_hand[field]][1]:
                replaced.add((key, field, value))
    triples = zip(found["key"], found["field"], found["value"], strict=True)
    keep = np.array([triple not in replaced for triple in triples], dtype=bool)
    return {name: column[keep] for name, column in found.items()}


def said_now(found: Columns, histories: Table[str, Columns], now_us: int) -> Columns:
    """What a contacts file says without a date is said now: after all that was held of the person.

    Where a workspace stands still, "now" is no later than a correction made in it.

    Examples
    --------
    >>> found = {"key": np.array(["k"], dtype=object), "at_us": np.array([5])}
    >>> said_now(found, {"k": {"at_us": np.array([2, 6])}}, 5)["at_us"].tolist()
    [7]
    >>> said_now(found, {}, 5)["at_us"].tolist()
    [5]
    """
    last = {key: int(history["at_us"].max()) for key, history in histories.items()}
    at_us = [
        max(now_us, last[key] + 1) if at_us == now_us and key in last else at_us
        for key, at_us in zip(found["key"], found["at_us"], strict=True)
    ]
    return {**found, "at_us": np.array(at_us, dtype=np.int64)}


def news(found: Columns, known: Columns) -> Columns:
    """Of what a contacts file says, the fields in which it does not end where we stand already.

    Parameters
    ----------
    found : Columns
        From `contact_rows`.
    known : Columns
        `key` and one column per field: the values that stand.

    Examples
    --------
    >>> def columns(**lists):
    ...     return {name: np.array(values, dtype=object) for name, values in lists.items()}
    >>> said = columns(key=["k", "k", "k"], field=["city", "city", "language"],
    ...                value=["Lyon", "Nice", "fr"], at_us=[1, 2, 1])
    >>> news(said, columns(key=["k"], city=["Nice"], language=["en"]))["value"].tolist()
    ['fr']
    >>> len(news(said, columns(key=[], city=[], language=[]))["value"])
    3
    """
    names = [name for name in known if name != "key"]
    standing = {
        (key, name): value
        for name in names
        for key, value in zip(known["key"], known[name], strict=True)
    }
    pairs = list(zip(found["key"], found["field"], strict=True))
    last = dict(zip(pairs, found["value"], strict=True))
    new = np.array([last[pair] != standing.get(pair) for pair in pairs], dtype=bool)
    return {name: column[new] for name, column in found.items()}


def declared_consents(mapping: Mapping, seen: Columns, evidence: str) -> list[Consent]:
    """The consents a mapping declares for the people of an orders or contacts file.

    Parameters
    ----------
    seen : Columns
        From `first_seen`.
    evidence : str
        Which import and mapping; for a draw it begins with "simulated consent".

    Returns
    -------
    list[Consent]
        In key order; for a simulated basis also the refusals, drawn by our own hash.

    Examples
    --------
    >>> from regie.collect.mapping import ConsentDeclaration
    >>> m = Mapping(name="shop", kind="orders", columns={},
    ...             consent=ConsentDeclaration(basis="consent", purposes=("prospecting",)))
    >>> seen = {"key": np.array(["k"], dtype=object), "first_us": np.array([7])}
    >>> [(c.purpose, c.granted, c.at_us) for c in declared_consents(m, seen, "shop, import i1")]
    [('prospecting', True, 7)]
    """
    declared = mapping.consent
    found = []
    for key, at_us in zip(seen["key"], seen["first_us"], strict=True):
        if declared.basis == "simulated":
            for purpose, share in declared.shares.items():
                granted = keyed_share(f"{declared.seed}/{purpose}", key) < share
                found.append(Consent(key, purpose, granted, "consent", int(at_us), SIMULATED))
        elif declared.basis != "none":
            for purpose in declared.purposes:
                found.append(Consent(key, purpose, True, declared.basis, int(at_us), evidence))
    return found


def stated_consents(session: Session, mapping: Mapping) -> list[Consent]:
    """The consents that a consents or sends file states (an unsubscription withdraws)."""
    rows = session.query(
        sql_text("regie.collect", "stated_consents"),
        {"kind": mapping.kind, "source": mapping.name},
    )
    return [
        Consent(str(key), str(purpose), bool(granted), str(basis), int(at_us), str(evidence))
        for key, purpose, granted, basis, at_us, evidence in zip(
            *(rows[c] for c in ("key", "purpose", "granted", "basis", "at_us", "evidence")),
            strict=True,
        )
    ]
