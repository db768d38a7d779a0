"""What a file leaves open is settled over the whole of it, and what is not sure is said.

The decimal mark; identifiers that name nobody or that a program kept as fractions; values that
quantity × price speaks against; statuses of what was never sold. Talks to a `Session` only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table

import msgspec

from regie.collect import headings
from regie.collect.content import beside, signs_of
from regie.collect.mapping import AMOUNTS, Mapping
from regie.ports.tables import Columns, Session, sql_text


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is not sure of how a file was read, for whoever brought it.

    fr: remarque sur la lecture

    Parameters
    ----------
    key : str
        Its sentence on a screen is `upload_KEY`; empty where a screen tells it otherwise.
    values : dict[str, str]
        What that sentence is filled with.
    said : str
        The same in English, with what to do.

    Examples
    --------
    >>> Notice(key="nobody", values={"rows": "2"}, said="2 rows have …").key
    'nobody'
    """

    key: str
    values: dict[str, str] = {}
    said: str


def settle_mark(session: Session, mapping: Mapping) -> tuple[Mapping, tuple[Notice, ...]]:
    """One decimal mark for the whole file: the one that more of its amounts speak for.

    An amount that one mark alone reads (12.50; 1,250.00; 0,125) speaks for it. Where none does, a
    field in which amounts of three digits behind the sign (1,250) stand beside ones without (950)
    speaks for thousands: who writes three decimals writes them everywhere. A column of quantities
    that all end in 000 (1,000; 5,000) speaks for decimals, as stock systems write them. Where that
    is not so either, the mapping's first mark holds. Whatever was not sure is said: the two
    readings lie a factor of 1000 apart.
    """
    first = mapping.decimal[0]
    if mapping.kind != "orders" or len(set(mapping.decimal)) < 2:
        return msgspec.structs.replace(mapping, decimal=(first,)), ()
    marks = _marks_of(session, mapping)
    taken, other = first, other_mark(first)
    if marks.told_by[other] != marks.told_by[first]:
        taken = max(marks.told_by, key=marks.told_by.__getitem__)
    elif not marks.told_by[first]:
        taken = marks.pieces or marks.groups or first
    return msgspec.structs.replace(mapping, decimal=(taken,)), _mark_said(mapping, taken, marks)


def one_mark_said(session: Session, mapping: Mapping) -> tuple[Notice, ...]:
    """What is not sure where a mapping names one mark alone; after `typed`.

    Most files hold no amount with the other mark, and need no closer look.
    """
    if mapping.kind != "orders" or not _marks_meet(session, mapping.decimal[0]):
        return ()
    return _mark_said(mapping, mapping.decimal[0], _marks_of(session, mapping))


class _Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What the amounts of a file say of its decimal mark: see `settle_mark`."""

    told_by: dict[str, int]
    groups: str
    pieces: str
    either: str


def _marks_of(session: Session, mapping: Mapping) -> _Marks:
    found = session.query(
        sql_text("regie.collect", "decimal_marks"), {"signs": beside(signs_of(mapping.currency))}
    )
    return _Marks(
        told_by={",": int(found["comma_alone"].sum()), ".": int(found["point_alone"].sum())},
        groups=_mark_by_groups(found),
        pieces=_mark_by_pieces(found),
        either=next((str(text) for text in found["either"] if text is not None), ""),
    )


def _marks_meet(session: Session, mark: str) -> bool:
    """Whether an amount holds the other mark."""
    found = session.query(sql_text("regie.collect", "holds_mark"), {"other": other_mark(mark)})
    return bool(found["holds"][0])


def _mark_by_groups(found: Columns) -> str:
    """The decimal mark that groups of three speak for; empty where they do not, or for both."""
    marks = set()
    for comma, point, small, large in zip(
        *(found[name].tolist() for name in ("either_comma", "either_point", "small", "large")),
        strict=True,
    ):
        if comma or point:
            grouped = small and not large and bool(comma) != bool(point)
            marks.add(("." if comma else ",") if grouped else "")
    return marks.pop() if len(marks) == 1 else ""


_PIECES = 2


def _mark_by_pieces(found: Columns) -> str:
    """The decimal mark of quantities that all end in 000; empty where they do not."""
    for field, filled, zeros, comma, point in zip(
        *(found[n].tolist() for n in ("field", "filled", "zeros", "either_comma", "either_point")),
        strict=True,
    ):
        if field == "quantity" and filled >= _PIECES and zeros == filled in (comma, point):
            return "," if comma else "."
    return ""


def _mark_said(mapping: Mapping, taken: str, marks: _Marks) -> tuple[Notice, ...]:
    """What is not sure of amounts that both marks read, and what to do."""
    told_by, groups, either = marks.told_by, marks.groups, marks.either
    other = other_mark(taken)
    told_only_by_it = told_by[taken] and not told_by[other]
    agreed = not any(told_by.values()) and groups == taken == mapping.decimal[0]
    if not either or told_only_by_it or agreed:
        return ()
    if any(told_by.values()):
        why = "amounts of the file speak for both, or for the other"
        ruled = "most do" if told_by[taken] > told_by[other] else f"the mapping {mapping.name} says"
    elif marks.pieces == taken:
        why = "every quantity ends in three zeros"
        ruled = "pieces written with three decimals are"
    elif groups == taken:
        why = "beside them stand whole amounts below a thousand"
        ruled = "a file that writes thousands so does"
    else:
        why = "no amount of the file tells"
        ruled = f"the mapping {mapping.name} lists it first (decimal)"
    said = (
        f'Amounts like "{either}" can be read with "," or with "." as decimal mark, a thousand'
        f' times apart; {why}, so they were read with "{taken}", as {ruled}. Where that is wrong,'
        f' set decimal = "{other}" in the mapping {mapping.name} and import the file again.'
    )
    return (Notice(key=f"marks_{MARKS[taken]}", values={"either": either}, said=said),)


MARKS = {",": "comma", ".": "point"}
"""Decimal mark to its name."""


def hundredths(mapping: Mapping, columns: Table[str, str]) -> tuple[Notice, ...]:
    """Columns of amounts whose name says cents, and that the mapping reads as whole."""
    named = {
        field: columns[field]
        for field in AMOUNTS
        if field in columns and headings.says_cents(columns[field]) and field not in mapping.cents
    }
    if mapping.kind != "orders" or not named:
        return ()
    listed = ", ".join(f'"{column}"' for column in named.values())
    wanted = ", ".join(f'"{field}"' for field in named)
    said = (
        f"The name of {listed} says cents, and its amounts are counted as whole ones. If they are"
        f" cents, set cents = [{wanted}] in the mapping {mapping.name}, and import the file again."
    )
    return (Notice(key="cents", values={"listed": listed}, said=said),)


def counted_as_sold(
    session: Session, mapping: Mapping, columns: Table[str, str]
) -> tuple[Notice, ...]:
    """Statuses that sound like an order never sold or given back, and that the mapping counts."""
    if mapping.kind != "orders" or "status" not in columns:
        return ()
    found = session.query(
        "SELECT status, CAST(count(*) AS BIGINT) AS lines FROM typed_rows WHERE bad IS NULL"
        " AND status IS NOT NULL GROUP BY status ORDER BY lines DESC, status"
    )
    pairs = zip(map(str, found["status"]), map(int, found["lines"]), strict=True)
    counted = {
        status: lines
        for status, lines in pairs
        if status.lower() not in mapping.cancelled and headings.never_sold(status)
    }
    if not counted:
        return ()
    listed = ", ".join(f'"{status}" ({lines:,})' for status, lines in counted.items())
    wanted = ", ".join(f'"{status.lower()}"' for status in counted)
    said = (
        f"Rows whose {columns['status']} sounds like an order that was never sold or was given back"
        f" count as sales: {listed}. If they are none, add {wanted} to cancelled in the mapping"
        f" {mapping.name}, and import the file again."
    )
    return (Notice(key="sold", values={"column": columns["status"], "listed": listed}, said=said),)


_AMOUNT = r"[^0-9A-Za-z]{0,4}[0-9][0-9 .,']*[^0-9A-Za-z]{0,4}([A-Z]{3})?|yes|true|oui|ja|y"
_SHOWN_COLUMNS = 5


def unread(
    session: Session,
    mapping: Mapping,
    columns: Table[str, str],
    found: Sequence[str],
    relation: str,
) -> tuple[Notice, ...]:
    """Columns that nobody reads and that sound as if they changed what was sold.

    A discount, a refund or a tax on rows of their own; a type of row that tells sales from refunds.
    What a line's total holds already is not named.

    Parameters
    ----------
    found : Sequence[str]
        The file's own columns.
    relation : str
        Where they stand: `raw` or `sampled`.
    """
    if mapping.kind != "orders":
        return ()
    read = set(columns.values())
    free = {name: headings.sounds_of(name) for name in found if name not in read}
    types = [name for name, what in free.items() if what == "type"]
    settled = {"discount", "tax"} if "value" in columns else set()
    settled |= {"discount"} if "discount" in columns else set()
    sounding = [n for n, what in free.items() if what and what != "type" and what not in settled]
    counted = {name: _rows_with_amount(session, name, relation) for name in sounding}
    amounts = {name: rows for name, (rows, _) in counted.items() if rows}
    off = [
        name
        for name in amounts
        if free[name] == "discount" and not counted[name][1] and not headings.is_rate(name)
    ]
    words = {
        **{n: headings.is_a_refund for n in free if headings.told_apart_by_words(n)},
        **dict.fromkeys(types, headings.given_back),
    }
    backs = [
        one
        for name, is_back in words.items()
        for one in _rows_given_back(session, mapping, name, is_back, relation)
    ]
    back = any(free[name] == "refund" for name in amounts)
    return (*_unread_said(mapping, amounts, off, back=back), *backs)


def _rows_with_amount(session: Session, name: str, relation: str) -> tuple[int, int]:
    """How many rows hold an amount that is not 0, and how many of those are a share."""
    from sqlglot import exp

    cell = exp.func("lower", exp.cast(exp.column(name, quoted=True), "text"))
    told = exp.func("regexp_full_match", exp.func("trim", cell), exp.Literal.string(_AMOUNT))
    some = exp.func("regexp_matches", cell, exp.Literal.string("[1-9a-z]"))
    share = exp.func("contains", cell, exp.Literal.string("%"))
    counts = [
        exp.alias_(exp.cast(exp.func("count_if", exp.and_(told, some, *more)), "bigint"), named)
        for named, more in (("rows", ()), ("shares", (share,)))
    ]
    found = session.query(exp.select(*counts).from_(relation).order_by("rows").sql("duckdb"))
    return int(found["rows"][0]), int(found["shares"][0])


def _unread_said(
    mapping: Mapping, amounts: Table[str, int], off: Sequence[str], *, back: bool
) -> tuple[Notice, ...]:
    if not amounts:
        return ()
    names = list(amounts)[:_SHOWN_COLUMNS]
    listed = ", ".join(f'"{name}" ({amounts[name]:,})' for name in names)
    step = f'set columns.discount = "{off[0]}" in the mapping {mapping.name}' if off else ""
    step = step or "correct the prices, or give each line's total in a column of its own"
    step += "; write what was given back as rows with a minus" if back else ""
    said = (
        f"Amounts are counted without columns that sound as if they changed them, with the rows"
        f" that hold something: {listed}. Where prices are before them, {step}, and import the file"
        f" again."
    )
    return (Notice(key="unread", values={"listed": listed}, said=said),)


def _rows_given_back(
    session: Session,
    mapping: Mapping,
    name: str,
    is_back: Callable[[str], bool],
    relation: str,
) -> tuple[Notice, ...]:
    """The words of a column that say that something went back: such rows count as sales."""
    from sqlglot import exp

    word = exp.alias_(exp.func("trim", exp.cast(exp.column(name, quoted=True), "text")), "word")
    rows = exp.alias_(exp.cast(exp.Count(this=exp.Star()), "bigint"), "lines")
    words = exp.select(word, rows).from_(relation).group_by("word").order_by("lines DESC", "word")
    found = session.query(words.limit(_MOST_WORDS + 1).sql("duckdb"))
    if len(found["word"]) > _MOST_WORDS:
        return ()  # names of something, and no type
    pairs = zip(map(str, found["word"]), map(int, found["lines"]), strict=True)
    back = {word: lines for word, lines in pairs if is_back(word)}
    if not back:
        return ()
    listed = ", ".join(f'"{word}" ({lines:,})' for word, lines in back.items())
    wanted = ", ".join(f'"{word.lower()}"' for word in back)
    said = (
        f"Rows whose {name} says that something was given back count as sales, unless their"
        f" quantity has a minus: {listed}. Give them one, or leave them out by columns.status ="
        f' "{name}" and cancelled = [{wanted}] in the mapping {mapping.name}, and import the file'
        f" again."
    )
    return (Notice(key="given_back", values={"column": name, "listed": listed}, said=said),)


_MOST_WORDS = 50


def whole_numbers(session: Session, absent: Sequence[str]) -> None:
    """Take the ".0" off numbers of orders and items that a program kept as fractions.

    Beside 1001 or in another file 1001.0 is the same order. Where a number has another fraction
    (1001.1), the points are part of the numbers, and stay. A person's is one by `canonical_id`.
    """
    for field in ("order", "item"):
        if field in absent:
            continue
        name = f"{field}_numbers"
        found = session.query(sql_text("regie.collect", name))
        if found["whole"][0] and not found["others"][0]:
            session.execute(sql_text("regie.collect", f"{name}_whole"))


NOBODY = (
    "null", "(null)", "\\n", "none", "nil", "nan", "n/a", "na", "#n/a", "#ref!", "#value!",
    "#name?", "undefined", "unknown", "guest", "anonymous", "anonym", "anonyme", "inconnu",
    "inconnue", "invité", "invite", "invitée", "aucun", "aucune", "vide", "gast",
    "gastkunde", "unbekannt",
    "keine", "invitado", "anónimo", "anonimo", "desconocido", "ninguno", "ospite", "sconosciuto",
    "nessuno", "walk-in", "walk in", "client de passage", "-", "--", "---", "–", "—",
    ".", "?", "/", "0", "00", "000", "0.0", "-1",
)  # fmt: skip
"""What stands where an identifier would, and names nobody; in lower case."""
_ZERO = frozenset({"0", "00", "000", "0.0"})
_NUMBERED_FROM_0 = 20


def without_nobody(session: Session, mapping: Mapping) -> tuple[Notice, ...]:
    """Take out of `typed_rows` what stands for no customer, and say of how many rows.

    Left in, all guests of a shop would be one person, its best customer. An order is then without
    a person; a row of any other kind says nothing and is set aside.
    """
    found = session.query(sql_text("regie.collect", "nobody"), {"words": list(NOBODY)})
    counts = dict(zip(map(str, found["word"]), map(int, found["lines"]), strict=True))
    written = dict(zip(counts, map(str, found["person"]), strict=True))
    if _ZERO & counts.keys() and _numbered_from_0(session):
        counts = {word: lines for word, lines in counts.items() if word not in _ZERO}
    if not counts:
        return ()
    session.execute(
        sql_text("regie.collect", "without_nobody"),
        {"words": list(counts), "orders": mapping.kind == "orders"},
    )
    shown = ", ".join(f'"{written[word]}"' for word in list(counts)[:3])
    became = "read as orders without a person" if mapping.kind == "orders" else "set aside"
    lines = sum(counts.values())
    rows = "1 row has" if lines == 1 else f"{lines:,} rows have"
    said = f"{rows} {shown} for person, which names nobody: {became}."
    key = "nobody" if mapping.kind == "orders" else "nobody_aside"
    return (Notice(key=key, values={"rows": f"{lines}", "words": shown}, said=said),)


def _numbered_from_0(session: Session) -> bool:
    """Whether 0 is a person as the others are: numbers 0, 1, 2 … without a gap, none of them more.

    Shops write 0 for guests, so a file of few people says nothing.
    """
    found = session.query(sql_text("regie.collect", "numbered"))
    people, last, zero, most = (int(found[n][0]) for n in ("people", "last", "zero", "most"))
    return people >= _NUMBERED_FROM_0 and last == people - 1 and zero <= most


def contradicted(
    session: Session, mapping: Mapping, columns: Table[str, str]
) -> tuple[Notice, ...]:
    """A line's value that is not quantity × price on most rows: the order's total, or with tax."""
    if mapping.kind != "orders" or not {"value", "unit_price", "quantity"} <= set(columns):
        return ()
    found = session.query(sql_text("regie.collect", "contradicted"))
    lines, apart = int(found["lines"][0]), int(found["apart"][0])
    if not lines or 2 * apart <= lines:
        return ()
    value, price = columns["value"], columns["unit_price"]
    row, whole, amount, one = (str(found[n][0]) for n in ("row", "value", "quantity", "unit_price"))
    said = (
        f"On {apart:,} of {lines:,} rows {value} is not {columns['quantity']} × {price}: at row"
        f' {row} it is "{whole}" where they are "{amount}" and "{one}". The lines were counted by'
        f" {value}: if it is the total of the order, or with a tax that {price} is without, name"
        f" another column for value in the mapping {mapping.name}, or none, and import"
        f" the file again."
    )
    values = {
        "apart": f"{apart}", "lines": f"{lines}", "row": row, "value": value, "price": price,
        "quantity": columns["quantity"], "whole": whole, "amount": amount, "one": one,
    }  # fmt: skip
    return (Notice(key="contradicted", values=values, said=said),)


def other_mark(mark: str) -> str:
    """The decimal mark that is not this one."""
    return "," if mark == "." else "."
