"""Which column of an unknown file is which field: proposed from its header and its cells; pure.

Each pair of field and column gets a share from 0 to 1: what the name says (`headings`) and what
the cells say (`content`, and how columns hang together: an order has one date and several items).
Cells may veto a name ("Date" that holds words is no date); alone they speak softly. Each kind of
file then takes the columns that fit it best in all, one column a field, and the kind that explains
most wins.
Why a table of weighted hints and not a trained model: every share can be told with its reasons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as Table
from collections.abc import Sequence

import msgspec

from regie.collect.content import Facts, facts_of
from regie.collect.headings import is_rate, likeness, says_cents
from regie.collect.mapping import AMOUNTS, FIELDS, SEND_EVENTS, Mapping, field_of, told
from regie.terms.consent import PURPOSES

SURE, LIKELY, LEAST = 0.75, 0.55, 0.35
SAMPLE_ROWS = 2000
_OPTIONAL_LEAST = 0.5
_MAILS = 0.7
"""Addresses alone: likely whose the rows are, under whatever name; less than a known name says."""

Cells = Table[str, Sequence[str | None]]
"""Column to its cells, all of one length: a sample of the file."""


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A field and the column it seems to be in.

    Parameters
    ----------
    share : float
        How sure it is, 0..1; calibrated on the labelled headers of tests/stages/collect.
    evidence : tuple[str, ...]
        What speaks for it.

    Examples
    --------
    >>> shares = (1.0, 0.8, 0.4)
    >>> [Guess(field="at", column="Day", share=one, evidence=()).sure for one in shares]
    ['sure', 'sure', 'a guess']
    """

    field: str
    column: str
    share: float
    evidence: tuple[str, ...]

    @property
    def sure(self) -> str:
        """The share in a word."""
        return "sure" if self.share >= SURE else "likely" if self.share >= LIKELY else "a guess"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """How a file seems to be read.

    fr: proposition

    Parameters
    ----------
    kind : str
        Kind of file; empty where no kind fits.
    guesses : tuple[Guess, ...]
        In the order of the kind's fields.
    missing : tuple[str, ...]
        Required fields for which no column was found.
    unknown : tuple[str, ...]
        Columns that no field takes.
    decimal : tuple[str, ...]
        The decimal mark found; both where no amount has one.
    time_formats : tuple[str, ...]
        Formats that read the dates; both orders where the dates do not tell.
    currency : str
        The one code of a currency column; empty where there is none.
    """

    kind: str
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    decimal: tuple[str, ...]
    time_formats: tuple[str, ...]
    currency: str = ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Fields that it can be read without, and whose want is told: whose the orders are."""
        nameless = self.kind == "orders" and "person" not in self.columns
        return ("person",) if nameless else ()

    @property
    def columns(self) -> dict[str, str]:
        """Field to column."""
        return {guess.field: guess.column for guess in self.guesses}


def propose(cells: Cells, kind: str = "") -> Proposal:
    """The reading that fits a sample of a file best.

    Parameters
    ----------
    kind : str
        The kind of file that it is said to be; empty: the one that explains most.

    Examples
    --------
    >>> found = propose({"Bestellnr": ["1", "1", "2"],
    ...                  "Datum": ["1.2.2025", "1.2.2025", "13.2.2025"],
    ...                  "Artikel": ["A", "B", "A"], "Menge": ["1", "2", "1"],
    ...                  "Preis": ["2,50", "3", "2,50"], "Farbe": ["rot", None, "blau"]})
    >>> found.kind, found.columns["quantity"], found.unknown, found.decimal, found.time_formats
    ('orders', 'Menge', ('Farbe',), (',',), ('%d.%m.%Y',))
    >>> propose({"a": [None], "b": [None]}).kind
    ''
    >>> propose({"Email": ["a@b.fr", "c@d.fr"], "Prix": ["2,5", "3,5"]}, "orders").columns
    {'unit_price': 'Prix', 'person': 'Email'}
    """
    facts = {column: facts_of(values) for column, values in cells.items()}
    together = _hanging_together(cells, facts)
    fields = {field for required, optional in FIELDS.values() for field in (*required, *optional)}
    pairs = {
        field: {column: _pair(field, column, facts[column], cells, together) for column in cells}
        for field in sorted(fields)
    }
    if kind:
        return _proposal(kind, _assigned(kind, pairs, list(cells), together), cells, facts)
    taken = {kind: _assigned(kind, pairs, list(cells), together) for kind in FIELDS}
    best = max(taken, key=lambda k: (_worth(k, taken[k]), -list(FIELDS).index(k)))
    if _worth(best, taken[best]) < 0.5:
        return _proposal("", (), cells, facts)
    return _proposal(best, taken[best], cells, facts)


def adjusted(cells: Cells, kind: str, columns: Table[str, str]) -> Proposal:
    """The reading that a person chose: a kind of file, and the column of each field.

    Marks and dates are found in the columns chosen, as `propose` finds them.

    Parameters
    ----------
    columns : Mapping[str, str]
        Field to column; a column that is not there, or a field of another kind, is left out.

    Examples
    --------
    >>> found = adjusted({"No": ["1", "2"], "When": ["1.2.2025", "13.2.2025"], "X": ["a", "b"]},
    ...                  "redemptions", {"person": "No", "at": "When", "order": "X", "item": "?"})
    >>> found.columns, found.missing, found.time_formats
    ({'person': 'No', 'at': 'When'}, ('item',), ('%d.%m.%Y',))
    """
    required, optional = FIELDS[kind]
    guesses = [
        Guess(field=field, column=columns[field], share=1.0, evidence=("chosen by a person",))
        for field in (*required, *optional)
        if columns.get(field) in cells
    ]
    return _proposal(kind, guesses, cells, {c: facts_of(values) for c, values in cells.items()})


def of_mapping(cells: Cells, mapping: Mapping, chosen: Table[str, str]) -> Proposal:
    """The reading that a mapping gives, told as a proposal is: its own columns, all of them.

    Parameters
    ----------
    mapping : Mapping
        As `intake.interpret` settled it.
    chosen : Mapping[str, str]
        From `mapping.resolve_columns`.

    Examples
    --------
    >>> left = Mapping(name="left", kind="consents", fixed={"granted": "no"},
    ...                columns={"person": ("Email",), "at": ("Left",)})
    >>> found = of_mapping({"Email": ["a@b.fr"], "Left": ["2025-01-02"], "Name": ["A"]}, left,
    ...                    {"person": "Email", "at": "Left"})
    >>> found.columns, found.missing, found.unknown
    ({'person': 'Email', 'at': 'Left'}, (), ('Name',))
    """
    found = adjusted(cells, mapping.kind, chosen)
    why = (f"as the mapping {mapping.name} says",)
    order = [f for f in (*FIELDS[mapping.kind][0], *FIELDS[mapping.kind][1]) if f in chosen]
    order += [field for field in chosen if field not in order]
    forms = tuple(form for form in found.time_formats if form in mapping.time_formats)
    return msgspec.structs.replace(
        found,
        guesses=tuple(
            Guess(field=field, column=chosen[field], share=1.0, evidence=why) for field in order
        ),
        missing=(),
        unknown=tuple(column for column in cells if column not in chosen.values()),
        decimal=mapping.decimal,
        time_formats=forms or mapping.time_formats[:1],
    )


def _proposal(
    kind: str, guesses: Sequence[Guess], cells: Cells, facts: Table[str, Facts]
) -> Proposal:
    columns = {guess.field: guess.column for guess in guesses}
    missing = [f for f in FIELDS[kind][0] if f not in columns] if kind else []
    if kind == "orders" and not {"unit_price", "value"} & set(columns):
        missing.append("unit_price")
    amounts = [facts[columns[f]].mark for f in ("unit_price", "value", "quantity") if f in columns]
    marks = tuple(dict.fromkeys(mark for mark in amounts if mark))
    codes = (
        {cell for cell in cells[columns["currency"]] if cell} if "currency" in columns else set()
    )
    return Proposal(
        kind=kind,
        guesses=tuple(guesses),
        missing=tuple(missing),
        unknown=tuple(column for column in cells if column not in columns.values()),
        decimal=marks or (".", ","),
        time_formats=_time_formats(facts[columns["at"]]) if "at" in columns else (),
        currency=codes.pop() if len(codes) == 1 else "",
    )


def _time_formats(facts: Facts) -> tuple[str, ...]:
    return facts.formats or (("excel_days",) if facts.serials else ())


# ---- one field, one column


class _Structure(msgspec.Struct, frozen=True, kw_only=True):
    """How columns hang together: the likely date and order columns, and sets found from them.

    `products` are triples of columns of which the first times the second is the third; `apart` are
    columns that are not the product of those named quantity and price.
    """

    date: str = ""
    order: str = ""
    within_order: frozenset[str] = frozenset()
    products: frozenset[tuple[str, str, str]] = frozenset()
    apart: frozenset[str] = frozenset()


def _pair(
    field: str, column: str, facts: Facts, cells: Cells, together: _Structure
) -> tuple[float, tuple[str, ...]]:
    content, why = _content(field, column, facts, cells, together)
    if content is None:
        return 0.0, ()
    name = likeness(field, column)
    by_name = name * (0.7 + 0.3 * min(1.0, 2 * content))
    evidence = (f'its name, "{column}"',) if name else ()
    # What a name says already, weak signs in the cells add nothing to.
    weak = bool(name) and content <= 0.2
    left, doubt = _doubt(field, column, together)
    evidence = (*evidence, *([why] if why and not weak else []), *([doubt] if doubt else []))
    return left * max(by_name, 0.8 * content), evidence


def _doubt(field: str, column: str, together: _Structure) -> tuple[float, str]:
    """What is left of the share of a line's value that quantity × price speaks against, and why.

    The same number on every row of an order is the order's own; another one may be with a tax that
    the price is without. Where a column is the product, it is the line's and no other.
    """
    if field != "value" or column not in together.apart:
        return 1.0, ""
    if any(column == product for _, _, product in together.products):
        return 1.0, ""  # of another price, with a tax or without
    if column in together.within_order:
        return _ORDERS_OWN, "one for each order, and not quantity × price: the order's total?"
    if together.products:
        return _ORDERS_OWN, "another column is quantity × price"
    return _UNSURE, "quantity × price is another number"


_ORDERS_OWN, _UNSURE = 0.4, 0.7


def _content(
    field: str, column: str, facts: Facts, cells: Cells, together: _Structure
) -> tuple[float | None, str]:
    """What the cells say: 0..1 and why; None where the field cannot be in this column."""
    if not facts.filled:
        return None, ""
    if field == "at":
        return _date(column, facts)
    if field in ("quantity", "unit_price", "value"):
        return _amount(field, column, facts, together)
    if field == "discount":
        return _discount(column, facts, cells[column])
    if field in ("order", "item", "person"):
        return _identifier(field, column, facts, together)
    return _words(field, facts, cells[column])


def _date(column: str, facts: Facts) -> tuple[float | None, str]:
    if facts.dates >= 0.9:
        return facts.dates, f"{facts.dates:.0%} dates"
    return (0.5, "days as a spreadsheet counts them") if _serial(column, facts) else (None, "")


def _amount(
    field: str, column: str, facts: Facts, together: _Structure
) -> tuple[float | None, str]:
    if facts.numbers < 0.9 or facts.dates >= 0.9:
        return None, ""
    place = {"quantity": 0, "unit_price": 1, "value": 2}[field]
    if any(triple[place] == column for triple in together.products):
        return 0.9, "quantity × price = total"
    if field == "quantity":
        if facts.whole < 0.9:
            return None, ""
        few = facts.variety < 200 and facts.distinct < 0.9
        return (0.55 if few else 0.2), f"{facts.whole:.0%} whole numbers"
    if facts.fractions < 0.05:
        return 0.15, f"{facts.numbers:.0%} numbers"
    return (0.55 if field == "unit_price" else 0.5), f"{facts.numbers:.0%} numbers with decimals"


def _discount(column: str, facts: Facts, cells: Sequence[str | None]) -> tuple[float | None, str]:
    """An amount off the line, with a minus or without: told by its name, and never a share."""
    if not likeness("discount", column) or is_rate(column) or facts.numbers < 0.9:
        return None, ""
    amounts = [_number(cell, facts.mark) or 0.0 for cell in cells if cell]
    if 0 < max(map(abs, amounts), default=0.0) <= 1:
        return None, ""  # 0.10 is a tenth off, more likely than ten cents
    return 0.5, f"{facts.numbers:.0%} numbers"


def _identifier(
    field: str, column: str, facts: Facts, together: _Structure
) -> tuple[float | None, str]:
    if _dated(column, facts) or (facts.fractions > 0.2 and facts.numbers > 0.9):
        return None, ""
    if field == "person" and facts.mails > 0.9:
        return _MAILS, f"{facts.mails:.0%} e-mail addresses"
    if field == "person" and facts.worded > 0.6:
        return 0.05, ""
    if field != "person" and (facts.mails > 0.9 or facts.worded > 0.6 or facts.filled < 0.9):
        return None, ""
    return _in_order(field, column, facts, together) or (
        (0.2 if facts.codes > 0.9 else 0.1),
        f"{facts.variety} different",
    )


def _dated(column: str, facts: Facts) -> bool:
    """Whether it holds dates; digits alone (20110112) under a known name number what it names."""
    named = max(likeness(field, column) for field in ("order", "item", "person"))
    dated = facts.dates >= 0.9 or _serial(column, facts)
    return dated and not (facts.whole == named == 1.0)


def _serial(column: str, facts: Facts) -> bool:
    """Whether it holds days as a spreadsheet counts them: a name must say that they are dates."""
    return facts.serials and likeness("at", column) >= _SERIAL_NAMED


_SERIAL_NAMED = 0.8


def _in_order(
    field: str, column: str, facts: Facts, together: _Structure
) -> tuple[float, str] | None:
    """What an identifier does within an order, where the file has orders of several rows."""
    if not together.order or facts.variety <= 5:
        return None
    if column == together.order:
        return (0.75, "its rows share one date") if field == "order" else None
    steady = column in together.within_order
    if field == "person" and steady and facts.of["country"] < 0.8:
        return 0.65, "one for each order"
    if field == "item":
        several = (0.5, "several in one order, and they come back")
        return (0.05, "") if steady else several if facts.codes > 0.9 else None
    return None


def _words(field: str, facts: Facts, cells: Sequence[str | None]) -> tuple[float | None, str]:
    if field in _CLOSED:
        return _of_a_list(field, facts, cells)
    if facts.dates >= 0.9 or facts.numbers >= 0.9 or facts.mails >= 0.9:
        return (0.0, "") if field == "campaign" and facts.dates < 0.9 else (None, "")
    if field == "description":
        told_by_words = facts.letters > 0.8 and facts.worded > 0.4 and facts.variety > 5
        if facts.digits > 0.9 and facts.worded < 0.1:
            return None, ""  # codes, whatever the column is called
        return (0.65, f"{facts.worded:.0%} in several words") if told_by_words else (0.1, "")
    return (0.1 if facts.letters > 0.8 else 0.0), ""


def _of_a_list(field: str, facts: Facts, cells: Sequence[str | None]) -> tuple[float | None, str]:
    """Fields that take their values from a list, or have a form of their own."""
    least, worth, words = _CLOSED[field]
    if field in ("purpose", "event"):
        known = PURPOSES if field == "purpose" else SEND_EVENTS
        filled = [cell.casefold() for cell in cells if cell]
        share = sum(cell in known for cell in filled) / len(filled)
    else:
        share = facts.mails if field == "address" else facts.of[_LIST_OF.get(field, field)]
    if share >= least:
        return worth, f"{share:.0%} {words}"
    return (0.0 if field in ("country", "event") and facts.letters > 0.5 else None), ""


_LIST_OF = {"granted": "yes_no"}
_CLOSED: dict[str, tuple[float, float, str]] = {
    "country": (0.9, 0.95, "names or codes of countries"),
    "currency": (0.9, 0.95, "codes of currencies"),
    "language": (0.9, 0.7, "names or codes of languages"),
    "address": (0.9, 0.9, "e-mail addresses"),
    "granted": (0.95, 0.5, "yes or no"),
    "purpose": (0.8, 0.95, "known purposes"),
    "event": (0.8, 0.95, "known events"),
}
"""Field to the share of cells it asks for, what that is worth, and its words."""


# ---- columns together


def _hanging_together(cells: Cells, facts: Table[str, Facts]) -> _Structure:
    dated = [c for c in cells if _dated(c, facts[c])]
    products, apart = _products(cells, facts), _apart(cells, facts)
    if not dated:
        return _Structure(products=products, apart=apart)
    date = max(dated, key=lambda c: (likeness("at", c), facts[c].filled, facts[c].variety))
    ids = [
        c
        for c in cells
        if facts[c].codes > 0.8
        and facts[c].filled > 0.9
        and c not in dated
        and facts[c].mails < 0.5
    ]
    ids = [c for c in ids if facts[c].fractions <= 0.2]
    # An order: several rows of one number share their instant; and of those columns the finest.
    steady = {c: _steady(cells[c], cells[date]) for c in ids if facts[c].variety > 5}
    orders = [c for c, share in steady.items() if share >= 0.9]
    order = max(orders, key=lambda c: (likeness("order", c), facts[c].variety), default="")
    within = frozenset(
        c for c in cells if order and c != order and _steady(cells[order], cells[c]) >= 0.95
    )
    return _Structure(date=date, order=order, within_order=within, products=products, apart=apart)


def _steady(groups: Sequence[str | None], values: Sequence[str | None]) -> float:
    """Share of groups of several rows that hold one value; 0 where there are fewer than three."""
    seen: dict[str, set[str | None]] = {}
    sizes: dict[str, int] = {}
    for group, value in zip(groups, values, strict=True):
        if group:
            seen.setdefault(group, set()).add(value)
            sizes[group] = sizes.get(group, 0) + 1
    several = [group for group, size in sizes.items() if size > 1]
    if len(several) < 3:
        return 0.0
    return sum(len(seen[group]) == 1 for group in several) / len(several)


def _products(cells: Cells, facts: Table[str, Facts]) -> frozenset[tuple[str, str, str]]:
    """Triples of columns in which the first times the second is the third, in nearly every row."""
    numeric = [c for c in cells if facts[c].numbers >= 0.95 and facts[c].dates < 0.9][:10]
    numbers = {c: [_number(cell, facts[c].mark) for cell in cells[c][:300]] for c in numeric}
    found = set()
    for q in (c for c in numeric if facts[c].whole >= 0.95 and facts[c].variety > 1):
        for p in (c for c in numeric if c != q and facts[c].fractions > 0.05):
            for v in (c for c in numeric if c not in (q, p) and facts[c].fractions > 0.05):
                rows = list(zip(numbers[q], numbers[p], numbers[v], strict=True))
                full = [(a, b, c) for a, b, c in rows if None not in (a, b, c)]
                holds = sum(
                    math.isclose(a * b, c, abs_tol=0.011) for a, b, c in full if a and b and c
                )
                if len(full) > 3 and holds >= 0.9 * len(full):
                    found.add((q, p, v))
    return frozenset(found)


def _apart(cells: Cells, facts: Table[str, Facts]) -> frozenset[str]:
    """Columns that on most rows are not the columns named quantity × price, less a discount."""
    numeric = [c for c in cells if facts[c].numbers >= 0.9 and facts[c].dates < 0.9]

    def named(field: str) -> str:
        best = max(numeric, key=lambda c: likeness(field, c), default="")
        return best if best and likeness(field, best) >= 0.8 else ""

    quantity, price, discount = named("quantity"), named("unit_price"), named("discount")
    if not quantity or not price or quantity == price:
        return frozenset()

    def numbers(column: str) -> list[float | None]:
        return [_number(cell, facts[column].mark) for cell in cells[column][:_COMPARED]]

    less = numbers(discount) if discount else []
    made = [
        None
        if q is None or p is None or not q * p
        else (q * p, q * p - (less[k] or 0.0 if less else 0.0))
        for k, (q, p) in enumerate(zip(numbers(quantity), numbers(price), strict=True))
    ]
    apart = set()
    for column in numeric:
        pairs = [(m, v) for m, v in zip(made, numbers(column), strict=True) if m and v]
        off = sum(all(abs(abs(v) - abs(one)) > _near(one) for one in m) for m, v in pairs)
        if len(pairs) > 3 and off > len(pairs) / 2:
            apart.add(column)
    return frozenset(apart)


_COMPARED = 300


def _near(amount: float) -> float:
    """What rounding a price to the cent may make of a total."""
    return 0.011 + 0.001 * abs(amount)


def _number(cell: str | None, mark: str) -> float | None:
    if not cell:
        return None
    plain = "".join(c for c in cell if c not in " \u00a0\u2009\u202f'\u2019")
    grouped = "." if mark == "," else ","
    plain = plain.replace(grouped, "").replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


# ---- a kind takes its columns


def _assigned(
    kind: str,
    pairs: Table[str, Table[str, tuple[float, tuple[str, ...]]]],
    columns: Sequence[str],
    together: _Structure,
) -> tuple[Guess, ...]:
    """One column a field, so that the shares add up to most."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    required, optional = FIELDS[kind]
    fields = [*required, *optional]
    shares = np.array([[pairs[field][column][0] for column in columns] for field in fields])
    # A required field is worth more than an optional one; of equals the earlier column.
    weights = np.array([1.0 if field in _needed(kind) else 0.9 for field in fields])
    worth = shares * weights[:, None] - 1e-6 * np.arange(len(columns))[None, :]
    rows, places = linear_sum_assignment(worth, maximize=True)
    guesses = []
    for row, place in zip(rows.tolist(), places.tolist(), strict=True):
        field, column = fields[row], columns[place]
        share, evidence = pairs[field][column]
        if share >= (LEAST if field in _needed(kind) else _OPTIONAL_LEAST):
            guesses.append(
                Guess(field=field, column=column, share=round(share, 3), evidence=evidence)
            )
    return _settled(kind, guesses, pairs, together)


def _settled(
    kind: str,
    guesses: Sequence[Guess],
    pairs: Table[str, Table[str, tuple[float, tuple[str, ...]]]],
    together: _Structure,
) -> tuple[Guess, ...]:
    """Two fields that depend on each other: price and total, a person and their address."""
    found = {guess.field: guess for guess in guesses}
    if {"quantity", "unit_price", "value"} <= set(found):
        found |= _agreeing(found, pairs, together)
    if {"unit_price", "value"} <= set(found):
        # An amount known by its decimals alone is worth a guess only where there is no other.
        for field in ("unit_price", "value"):
            if len(found[field].evidence) == 1 and found[field].share < LIKELY:
                del found[field]
                break
    if kind == "contacts":
        for field, other in (("person", "address"), ("address", "person")):
            column = found[other].column if other in found and field not in found else ""
            share, evidence = pairs[field].get(column, (0.0, ()))
            if share >= LEAST:
                found[field] = Guess(
                    field=field, column=column, share=round(share, 3), evidence=evidence
                )
    required, optional = FIELDS[kind]
    return tuple(found[field] for field in (*required, *optional) if field in found)


def _agreeing(
    found: Table[str, Guess],
    pairs: Table[str, Table[str, tuple[float, tuple[str, ...]]]],
    together: _Structure,
) -> dict[str, Guess]:
    """A price and a value that belong together, where a file has both with a tax and without."""
    named = [found[field].column for field in ("quantity", "unit_price", "value")]
    taken = {guess.column for guess in found.values()} - set(named)
    others = [
        triple
        for triple in sorted(together.products)
        if triple[0] == named[0] and not taken & set(triple[1:])
    ]
    if not others or tuple(named) in together.products:
        return {}

    def worth(triple: tuple[str, str, str]) -> tuple[float, bool, bool]:
        _, price, value = triple
        shares = pairs["unit_price"][price][0] + pairs["value"][value][0]
        return round(shares, 6), price == named[1], value == named[2]

    _, price, value = max(others, key=worth)
    return {
        field: Guess(
            field=field,
            column=column,
            share=round(pairs[field][column][0], 3),
            evidence=pairs[field][column][1],
        )
        for field, column in (("unit_price", price), ("value", value))
        if pairs[field][column][0] >= _OPTIONAL_LEAST
    }


def _needed(kind: str) -> tuple[str, ...]:
    return (*FIELDS[kind][0], *(("unit_price",) if kind == "orders" else ()))


def _worth(kind: str, guesses: Sequence[Guess]) -> float:
    """How much of the file a kind explains: shares found, less what is missing."""
    required = FIELDS[kind][0]
    found = {guess.field: guess.share for guess in guesses}
    worth = sum(share if field in required else 0.5 * share for field, share in found.items())
    missing = [field for field in required if field not in found]
    if kind == "orders" and not {"unit_price", "value"} & set(found):
        missing.append("unit_price")
    return worth - len(missing)


# ---- written down


def rules_told(rules: Sequence[Table[str, object]], fields: Sequence[str]) -> str:
    """Quality rules as TOML: those whose field, where they ask for one, was found.

    Examples
    --------
    >>> print(rules_told([{"check": "valid"}, {"check": "complete", "field": "person"}], ["item"]))
    <BLANKLINE>
    [[quality]]
    check = "valid"
    <BLANKLINE>
    """
    from json import dumps

    kept = [rule for rule in rules if field_of(str(rule.get("field", ""))) in ("", *fields)]
    tables = ["\n".join(f"{k} = {dumps(v)}" for k, v in rule.items()) for rule in kept]
    return "".join(f"\n[[quality]]\n{table}\n" for table in tables)


def toml_of(proposal: Proposal, *, file: str, zone: str, currency: str, more: str = "") -> str:
    """The proposal as a mapping's TOML.

    Parameters
    ----------
    zone, currency : str
        Of the workspace; the file's own currency goes before.
    more : str
        Lines that end the part above the columns.

    Examples
    --------
    >>> guess = Guess(field="person", column='the "id"', share=0.9, evidence=("its name",))
    >>> made = Proposal(kind="contacts", guesses=(guess,), missing=(), unknown=(), decimal=(".",),
    ...                 time_formats=())
    >>> print(toml_of(made, file="crm.csv", zone="UTC", currency="EUR").splitlines()[-1])
    person = "the \\"id\\""   # sure, 0.90: its name
    """
    from json import dumps

    def text(value: object) -> str:
        return dumps(value, ensure_ascii=False)

    lines = [
        f"# Proposed from the header and the first rows of {file}; read it before using it.",
        f"kind = {text(proposal.kind)}",
        f"zone = {text(zone)}",
    ]
    if proposal.kind == "orders":
        marks: object = list(proposal.decimal) if len(proposal.decimal) > 1 else proposal.decimal[0]
        lines += [
            f"currency = {text(proposal.currency or currency)}",
            f"decimal = {text(marks)}",
            'recorded = "happened"',
            'replaces = "order"',
        ]
        cents = [f for f, name in proposal.columns.items() if f in AMOUNTS and says_cents(name)]
        lines += [f"cents = {text(cents)}   # as the column's name says"] if cents else []
    if proposal.time_formats:
        lines.append(f"time_formats = {text(list(proposal.time_formats))}")
    lines += [more] if more else []
    lines += ["", "[columns]"]
    for guess in proposal.guesses:
        told_why = "; ".join(guess.evidence).replace("\n", " ")
        why = f"{guess.sure}, {guess.share:.2f}: {told_why}"
        lines.append(f"{told(guess.field)} = {text(guess.column)}   # {why}")
    lines += [f'# {told(field)} = ""   # not found, and needed' for field in proposal.missing]
    lines += [f'# {told(field)} = ""   # not found' for field in proposal.lacking]
    return "\n".join(lines) + "\n"
