"""The accounts as numbers in memory: any measure, by any breakdown, within any filters, exactly.

Built once for each version of the tables through a `Session`; asked without one. The lines of an
order that share day, person, country and source are a basket; baskets stand by day, so that a
period is a slice, and within a day by person, so that a person counted on a day is a change of
number. Three sheets (orders, returns, fees and adjustments) keep kinds apart: a measure reads one.

Why numbers in memory and not SQL: a click must repaint ten million lines in a tenth of a second.
Why plain numpy: with baskets before lines one pass is short enough (bench/explore.py), and nothing
must be compiled. Sums are exact: whole numbers up to 2^53 add without loss in a float, larger ones
are added in two halves.

Names are those of `kpi`: revenue is order lines net of discounts, before returns; whoever objects
to being measured (`counted`) counts in the accounts and never as a person. A law compares both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from regie.measure.kpi import EVER_US
from regie.ports.tables import Columns, Session, sql_text
from regie.terms.errors import NotFoundError

Ints = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]

ORDERS, RETURNS, FEES = 0, 1, 2
MEASURES: Mapping[str, tuple[str, ...]] = {
    "revenue": ("revenue",),
    "orders": ("orders",),
    "basket": ("revenue", "orders"),
    "items": ("items",),
    "buyers": ("buyers",),
    "new_customers": ("new_customers",),
    "returning": ("buyers", "new_customers"),
    "returns": ("returns",),
    "fees": ("fees",),
}
"""Measure to what is counted for it."""

MONEY = ("revenue", "basket", "returns", "fees")
"""Measures in micros."""
TIMES = ("day", "week", "month")
NAMED = ("country", "item", "group", "source", "segment", "kind_of_customer")
"""Breakdowns other than time; `segment` alone may count a basket in several parts."""
LINES = ("item", "group")
"""Breakdowns and filters that need lines, not whole baskets."""
CUSTOMER_KINDS = ("", "new", "returning")
_SHEETS = {"returns": RETURNS, "fees": FEES}
_EPOCH = date(1970, 1, 1)
_EXACT = 1 << 53
_MOST_PAIRS = 1 << 26
"""So many pairs of part and person are marked in one table; more are taken in several."""
_FEW_PAIRS = 1 << 22
_PAIRS_A_ROW = 64
"""A table with more places than so many for each row takes longer than sorting the rows."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Baskets of one kind by day, person and order, and their lines.

    Parameters
    ----------
    day_from : npt.NDArray
        Shape (D + 1,). First basket of each day.
    day, person, order, country, source : npt.NDArray
        Shape (B,). Days from the cube's first; numbers of names, 0 for none.
    value_micros, quantity : npt.NDArray
        Shape (B,). Sums over the basket's lines.
    line_from : npt.NDArray
        Shape (B + 1,). First line of each basket.
    item, line_value_micros, line_quantity, line_basket : npt.NDArray
        Shape (L,). A basket has one line for an item.
    order_once : bool
        Whether each basket is an order of its own: counting baskets is then counting orders.
    """

    day_from: Ints
    day: Ints
    person: Ints
    order: Ints
    country: Ints
    source: Ints
    value_micros: Ints
    quantity: Ints
    line_from: Ints
    item: Ints
    line_value_micros: Ints
    line_quantity: Ints
    line_basket: Ints
    order_once: bool


class Cube(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of a workspace at one version.

    Parameters
    ----------
    first : date
        Day 0.
    days : int
        D, days from the first line to the last.
    sheets : tuple[Sheet, Sheet, Sheet]
        Orders, returns, fees and adjustments.
    names : dict[str, tuple[str, ...]]
        Country, item, group and source to their names by number; 0 is none, written "".
    keys : npt.NDArray
        Shape (P + 1,), bytes. Who has which number; 0 is nobody.
    counted : npt.NDArray
        Shape (P + 1,). Who may be counted as a person.
    first_day : npt.NDArray
        Shape (P + 1,). Day of the first order that is kept, far before all where there is none.
    group : npt.NDArray
        Shape (I + 1,). Item to its group.
    exact : bool
        Whether every sum stays below 2^53.
    segments : dict[str, npt.NDArray]
        Segment to who is in it, each shape (P + 1,).
    """

    first: date
    days: int
    sheets: tuple[Sheet, Sheet, Sheet]
    names: dict[str, tuple[str, ...]]
    keys: npt.NDArray[np.bytes_]
    counted: Flags
    first_day: Ints
    group: Ints
    exact: bool
    segments: dict[str, Flags] = {}


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines are asked for.

    Parameters
    ----------
    first, last : date
        Both included; whoever ordered first within them is new.
    filters : dict[str, tuple[str, ...]]
        Breakdown to the names that are let in, of which one must hold.

    Examples
    --------
    >>> Cut(first=date(2011, 8, 12), last=date(2011, 9, 8)).filters
    {}
    """

    first: date
    last: date
    filters: dict[str, tuple[str, ...]] = {}


class Parts(msgspec.Struct, frozen=True):
    """A measure by the parts of a breakdown; time in its order, names by theirs.

    Parameters
    ----------
    names : tuple[str, ...]
        ISO day (a week's Monday, a month's first), or a name; "" where there is none.
    values : tuple[int, ...]
        Micros or counts.
    """

    names: tuple[str, ...]
    values: tuple[int, ...]


# ---- making


def load(
    session: Session,
    *,
    zone: str,
    oldest_us: int = EVER_US,
    unmeasured: Iterable[str] = (),
    groups: Mapping[str, str] = {},
) -> Cube:
    """Read the accounts into numbers.

    Parameters
    ----------
    session : Session
        Whoever is hidden from it is in no number.
    zone : str
        Zone in which a day is a day.
    oldest_us : int
        Before it no order makes a person known: measurement keeps rows so long and no longer.
    unmeasured : Iterable[str]
        Keys of people who object to being measured.
    groups : Mapping[str, str]
        Item to its group.
    """
    session.execute(
        sql_text("regie.measure", "cube_people"), {"oldest_us": oldest_us, "never_us": EVER_US}
    )
    session.execute(sql_text("regie.measure", "cube_named"))
    names = _names(session.query(sql_text("regie.measure", "cube_names")))
    people = session.query(sql_text("regie.measure", "cube_keys"), {"zone": zone})
    lines = session.query(sql_text("regie.measure", "cube_lines"), {"zone": zone})
    start = int(lines["day"].min()) if len(lines["day"]) else 0
    days = int(lines["day"].max()) - start + 1 if len(lines["day"]) else 0
    keys = np.array(["", *people["key"]], dtype=np.bytes_)
    grouped = sorted(set(groups.values()))
    number = {name: code for code, name in enumerate(grouped, start=1)}
    return Cube(
        first=_EPOCH + timedelta(start),
        days=days,
        sheets=_sheets(lines, start, days),
        names=names | {"group": ("", *grouped)},
        keys=keys,
        counted=_counted(keys, unmeasured),
        first_day=np.concatenate([[np.int32(0)], people["first_day"] - start]).astype(np.int32),
        group=np.array(
            [number.get(groups.get(item, ""), 0) for item in names["item"]], dtype=np.int16
        ),
        exact=_adds_in_floats(lines),
    )


def _names(found: Columns) -> dict[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {"country": [""], "item": [""], "source": [""]}
    for dimension, name in zip(found["dimension"].tolist(), found["name"].tolist(), strict=True):
        names[dimension].append(name)
    return {dimension: tuple(listed) for dimension, listed in names.items()}


def _counted(keys: npt.NDArray[np.bytes_], unmeasured: Iterable[str]) -> Flags:
    counted = ~np.isin(keys, np.array(sorted(unmeasured), dtype=np.bytes_))
    counted[0] = False
    return counted


def _adds_in_floats(lines: Columns) -> bool:
    return all(
        float(np.abs(lines[name].astype(np.float64)).sum()) < _EXACT
        for name in ("value_micros", "quantity")
    )


def _sheets(lines: Columns, start: int, days: int) -> tuple[Sheet, Sheet, Sheet]:
    ends = np.searchsorted(lines["sheet"], [0, 1, 2, 3])
    orders, returns, fees = (
        _sheet({name: column[a:b] for name, column in lines.items()}, start, days)
        for a, b in pairwise(ends)
    )
    return orders, returns, fees


def _sheet(lines: Columns, start: int, days: int) -> Sheet:
    """A sheet from its lines, in the order of cube_lines.sql."""
    of_basket = ("day", "person", "order", "country", "source")
    count = len(lines["day"])
    opens = np.ones(count, dtype=np.bool_)
    if count:
        opens[1:] = np.logical_or.reduce([lines[n][1:] != lines[n][:-1] for n in of_basket])
    line_from = np.append(np.flatnonzero(opens), count)
    at = line_from[:-1]
    day = (lines["day"][at] - start).astype(np.int32)
    order = lines["order"][at]
    sums = {
        name: np.add.reduceat(lines[name], at) if count else lines[name]
        for name in ("value_micros", "quantity")
    }
    return Sheet(
        day_from=np.searchsorted(day, np.arange(days + 1)),
        day=day,
        person=lines["person"][at],
        order=order,
        country=lines["country"][at],
        source=lines["source"][at],
        **sums,
        line_from=line_from,
        item=lines["item"].astype(np.int32),
        line_value_micros=lines["value_micros"].copy(),
        line_quantity=_narrow(lines["quantity"]),
        line_basket=(np.cumsum(opens) - 1).astype(np.int32),
        order_once=len(np.unique(order[order > 0])) == len(order),
    )


def _narrow(values: Ints) -> Ints:
    """The same numbers in half the room, where they fit."""
    narrow = values.astype(np.int32)
    return narrow if (narrow == values).all() else values


def without(cube: Cube, hidden: Iterable[str], unmeasured: Iterable[str]) -> Cube:
    """The cube after people were hidden (erased) or came to object: at once, without reading.

    Parameters
    ----------
    hidden : Iterable[str]
        Keys of people of whom nothing may be seen: their baskets become nobody's, as an erasure
        leaves them, so that the accounts keep their sums.
    unmeasured : Iterable[str]
        Keys of everybody who objects to being measured now.

    Examples
    --------
    >>> days = Cut(first=date(2011, 12, 1), last=date(2011, 12, 2))
    >>> left = View(without(_example_cube(), hidden=["ana"], unmeasured=[]), days)
    >>> left.total("revenue"), left.total("buyers")
    (35000000, 1)
    """
    gone = np.isin(cube.keys, np.array(sorted(hidden), dtype=np.bytes_))
    sheets = cube.sheets
    if gone.any():
        orders, returns, fees = (_without(sheet, gone) for sheet in sheets)
        sheets = (orders, returns, fees)
    return msgspec.structs.replace(cube, sheets=sheets, counted=_counted(cube.keys, unmeasured))


def _without(sheet: Sheet, gone: Flags) -> Sheet:
    """The sheet in which the baskets of some people are nobody's."""
    nobody = np.zeros_like(sheet.person)
    return msgspec.structs.replace(sheet, person=np.where(gone[sheet.person], nobody, sheet.person))


# ---- asking


def measure(cube: Cube, name: str, cut: Cut, by: str | None = None) -> Parts:
    """A measure of a cut, in all or by a breakdown; for several of one cut, see `View`.

    Examples
    --------
    >>> days = Cut(first=date(2011, 12, 1), last=date(2011, 12, 2))
    >>> measure(_example_cube(), "revenue", days, "country")
    Parts(names=('France', 'Spain'), values=(30000000, 5000000))
    >>> spain = msgspec.structs.replace(days, filters={"country": ("Spain",)})
    >>> measure(_example_cube(), "items", spain).values
    (1,)
    """
    return View(cube, cut).measure(name, by)


class View:
    """One cut of a cube: what it holds is looked up once, however much is asked of it.

    Parameters
    ----------
    cube : Cube
    cut : Cut
        Names that the cube does not know let nothing in.

    Examples
    --------
    >>> days = Cut(first=date(2011, 12, 1), last=date(2011, 12, 2))
    >>> view = View(_example_cube(), days)
    >>> view.days, view.total("revenue"), view.total("buyers")
    (2, 35000000, 2)
    >>> view.measure("orders", "day")
    Parts(names=('2011-12-01', '2011-12-02'), values=(2, 1))
    """

    def __init__(self, cube: Cube, cut: Cut) -> None:
        self._cube, self._cut = cube, cut
        self._rows_of: dict[tuple[int, bool], _Rows] = {}

    @property
    def days(self) -> int:
        """How many days it tells of."""
        return (self._cut.last - self._cut.first).days + 1

    def total(self, name: str) -> int:
        """A measure as one figure."""
        return self.measure(name).values[0]

    def measure(self, name: str, by: str | None = None) -> Parts:
        """A measure, in all or by a breakdown.

        Parameters
        ----------
        name : str
            One of `MEASURES`.
        by : str or None
            One of `TIMES` or `NAMED`; None for one figure.

        Returns
        -------
        Parts
            By time every part of the cut, a count of 0 included; by name those that have any.

        Raises
        ------
        NotFoundError
            If there is no such measure or breakdown.
        """
        if name not in MEASURES:
            raise _unknown("measure", name, MEASURES)
        if by is not None and by not in (*TIMES, *NAMED):
            raise _unknown("breakdown", by, (*TIMES, *NAMED))
        bases = [self._counts(base, by) for base in MEASURES[name]]
        labels = self._labels(by)
        values = bases[0]
        if name == "basket":
            values = np.where(bases[1] > 0, bases[0] // np.maximum(bases[1], 1), 0)
        elif name == "returning":
            values = bases[0] - bases[1]
        if by in NAMED:
            known = np.logical_or.reduce([base != 0 for base in bases]).nonzero()[0]
            return Parts(tuple(labels[i] for i in known), tuple(values[known].tolist()))
        return Parts(tuple(labels), tuple(values.tolist()))

    def _labels(self, by: str | None) -> Sequence[str]:
        if by is None:
            return ("",)
        if by in TIMES:
            return _time(self._cube, self._cut, by)[1]
        if by == "segment":
            return tuple(self._cube.segments)
        return CUSTOMER_KINDS if by == "kind_of_customer" else self._cube.names[by]

    def _counts(self, base: str, by: str | None) -> Ints:
        """What is counted for a measure, by every part of a breakdown."""
        cube = self._cube
        rows = self._rows(_SHEETS.get(base, ORDERS), lines=by in LINES)
        if by == "segment":
            counts = [self._of_segment(base, rows, who) for who in cube.segments.values()]
            return np.array(counts, dtype=np.int64)
        size, codes = len(self._labels(by)), self._codes(by, rows)
        if base in ("revenue", "returns", "fees"):
            return _sums(codes, rows.value_micros, size, cube.exact)
        if base == "items":
            return _sums(codes, rows.quantity, size, cube.exact)
        if base == "orders":
            return _orders(rows, codes, size, by)
        return self._people(rows, codes, size, by, only_new=base == "new_customers")

    def _of_segment(self, base: str, rows: _Rows, who: Flags) -> int:
        inside = who[rows.person]
        if base in ("revenue", "returns", "fees"):
            return int(rows.value_micros[inside].sum())
        if base == "items":
            return int(rows.quantity[inside].sum())
        if base == "orders":
            return int(_distinct(None, rows.order, inside & (rows.order > 0), 1, rows.orders)[0])
        let_in = self._let_in(only_new=base == "new_customers")
        found = let_in[rows.person] & inside
        return int(_distinct(None, rows.person, found, 1, len(self._cube.keys))[0])

    def _rows(self, sheet: int, *, lines: bool) -> _Rows:
        """The rows of a sheet; lines where a filter or the breakdown is about items."""
        lines = lines or any(name in self._cut.filters for name in LINES)
        if (sheet, lines) not in self._rows_of:
            self._rows_of[sheet, lines] = self._found(self._cube.sheets[sheet], lines=lines)
        return self._rows_of[sheet, lines]

    def _found(self, sheet: Sheet, *, lines: bool) -> _Rows:
        low, high = self._bounds(sheet)
        keep = self._kept(sheet, low, high)
        if not lines:
            return _Rows(sheet, slice(low, high) if keep is None else np.flatnonzero(keep) + low)
        at = slice(int(sheet.line_from[low]), int(sheet.line_from[high]))
        kept = None if keep is None else np.repeat(keep, np.diff(sheet.line_from[low : high + 1]))
        for name in LINES:
            if name in self._cut.filters:
                let_in = _named(self._cube.names[name], self._cut.filters[name])
                let_in = let_in if name == "item" else let_in[self._cube.group]
                inside = let_in[sheet.item[at]]
                kept = inside if kept is None else kept & inside
        return _Rows(sheet, at if kept is None else np.flatnonzero(kept) + at.start, lines=True)

    def _bounds(self, sheet: Sheet) -> tuple[int, int]:
        cube, cut = self._cube, self._cut
        low = min(max((cut.first - cube.first).days, 0), cube.days)
        high = min(max((cut.last - cube.first).days + 1, low), cube.days)
        return int(sheet.day_from[low]), int(sheet.day_from[high])

    def _kept(self, sheet: Sheet, low: int, high: int) -> Flags | None:
        """Which baskets of the days the filters let in; None for all."""
        cube, keep = self._cube, None
        for name, let in self._cut.filters.items():
            if name in LINES:
                continue
            person = sheet.person[low:high]
            if name == "kind_of_customer":
                one = _named(CUSTOMER_KINDS, let)[self._kinds()[person]]
            elif name == "segment":
                none = np.zeros(len(cube.keys), dtype=np.bool_)
                members = [cube.segments[one] for one in let if one in cube.segments]
                one = np.logical_or.reduce([none, *members])[person]
            else:
                one = _named(cube.names[name], let)[getattr(sheet, name)[low:high]]
            keep = one if keep is None else keep & one
        return None if keep is None or keep.all() else keep

    def _kinds(self) -> Ints:
        """Of each person: nobody (0), new within the cut (1), known before (2)."""
        new = self._cube.first_day >= (self._cut.first - self._cube.first).days
        return np.where(self._cube.counted, np.where(new, 1, 2), 0)

    def _codes(self, by: str | None, rows: _Rows) -> Ints | None:
        """The part each row belongs to; None where there is but one."""
        if by is None:
            return None
        if by == "item":
            return rows.item
        if by == "group":
            return self._cube.group[rows.item]
        if by in TIMES:
            start = max((self._cut.first - self._cube.first).days, 0)
            return _time(self._cube, self._cut, by)[0][rows.day - start]
        if by == "kind_of_customer":
            return self._kinds()[rows.person]
        return rows.country if by == "country" else rows.source

    def _let_in(self, *, only_new: bool) -> Flags:
        return self._kinds() == 1 if only_new else self._cube.counted

    def _people(
        self, rows: _Rows, codes: Ints | None, size: int, by: str | None, *, only_new: bool
    ) -> Ints:
        """Distinct people who may be counted, of them perhaps those who are new."""
        let_in, person = self._let_in(only_new=only_new), rows.person
        if by == "day":
            assert codes is not None, "a day has a number"
            differs = np.ones(len(person), dtype=np.bool_)
            differs[1:] = (person[1:] != person[:-1]) | (codes[1:] != codes[:-1])
            found = codes[differs & let_in[person]]
            return np.bincount(found, minlength=size).astype(np.int64)
        return _distinct(codes, person, let_in[person], size, len(self._cube.keys))


class _Rows:
    """Rows of a sheet, baskets or lines; each column is taken when it is first asked for."""

    def __init__(self, sheet: Sheet, at: Ints | slice, *, lines: bool = False) -> None:
        self.sheet, self.lines, self._at = sheet, lines, at

    @cached_property
    def basket(self) -> Ints | slice:
        return self.sheet.line_basket[self._at] if self.lines else self._at

    @cached_property
    def value_micros(self) -> Ints:
        of = self.sheet.line_value_micros if self.lines else self.sheet.value_micros
        return of[self._at]

    @cached_property
    def quantity(self) -> Ints:
        return (self.sheet.line_quantity if self.lines else self.sheet.quantity)[self._at]

    @cached_property
    def item(self) -> Ints:
        return self.sheet.item[self._at]

    @cached_property
    def day(self) -> Ints:
        return self.sheet.day[self.basket]

    @cached_property
    def person(self) -> Ints:
        return self.sheet.person[self.basket]

    @cached_property
    def order(self) -> Ints:
        return self.sheet.order[self.basket]

    @cached_property
    def country(self) -> Ints:
        return self.sheet.country[self.basket]

    @cached_property
    def source(self) -> Ints:
        return self.sheet.source[self.basket]

    @cached_property
    def orders(self) -> int:
        """More than the highest number of an order."""
        return int(self.sheet.order.max(initial=0)) + 1

    @cached_property
    def opens(self) -> Flags | None:
        """Which rows are their basket's first; None where each is."""
        if not self.lines:
            return None
        assert not isinstance(self.basket, slice), "lines have the number of their basket"
        opens = np.ones(len(self.basket), dtype=np.bool_)
        np.not_equal(self.basket[1:], self.basket[:-1], out=opens[1:])
        return opens


def _unknown(what: str, name: str, known: Iterable[str]) -> NotFoundError:
    return NotFoundError(
        f"{what} {name}", "not there", f"one of {', '.join(known)}", "choose one of them"
    )


def _named(names: Sequence[str], let: Sequence[str]) -> Flags:
    wanted = set(let)
    return np.array([name in wanted for name in names], dtype=np.bool_)


def _time(cube: Cube, cut: Cut, by: str) -> tuple[Ints, tuple[str, ...]]:
    """Day of the cut, from the first that the cube holds too, to its part; and the parts' days."""
    parts: dict[date, int] = {}
    of_day = []
    for ordinal in range(cut.first.toordinal(), cut.last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if by == "week":
            day = date.fromordinal(ordinal - day.weekday())
        elif by == "month":
            day = day.replace(day=1)
        of_day.append(parts.setdefault(day, len(parts)))
    skipped = max((cube.first - cut.first).days, 0)
    return np.array(of_day[skipped:], dtype=np.int32), tuple(day.isoformat() for day in parts)


def _sums(codes: Ints | None, values: Ints, size: int, exact: bool) -> Ints:
    if codes is None:
        return np.array([values.sum(dtype=np.int64)])
    if exact:
        return np.bincount(codes, weights=values, minlength=size).astype(np.int64)
    high = np.bincount(codes, weights=values >> 26, minlength=size).astype(np.int64)
    low = np.bincount(codes, weights=values & ((1 << 26) - 1), minlength=size).astype(np.int64)
    return (high << 26) + low


def _orders(rows: _Rows, codes: Ints | None, size: int, by: str | None) -> Ints:
    """Distinct orders; 0 is no order's number and is not counted."""
    order = rows.order
    if by not in LINES and rows.opens is not None:
        order, codes = order[rows.opens], None if codes is None else codes[rows.opens]
    # A basket has one line for an item, and perhaps several for a group of items.
    if not rows.sheet.order_once or by == "group":
        return _distinct(codes, order, order > 0, size, rows.orders)
    if codes is None:
        return np.array([len(order)])
    return np.bincount(codes, minlength=size).astype(np.int64)


def _distinct(codes: Ints | None, ids: Ints, let_in: Flags, size: int, most: int) -> Ints:
    """How many different ids each part has, of the rows that are let in."""
    marks = np.zeros(most, dtype=np.bool_)
    ids = ids[let_in]
    marks[ids] = True
    here = int(np.count_nonzero(marks))
    if codes is None:
        return np.array([here])
    codes = codes[let_in]
    if size * most > _FEW_PAIRS:  # number only those who are here
        ids, most = (np.cumsum(marks, dtype=np.int32) - 1)[ids], max(here, 1)
    if size * most > _PAIRS_A_ROW * len(ids):
        pairs = np.sort(codes.astype(np.int64) * most + ids)
        differs = np.append(pairs[1:] != pairs[:-1], np.ones(min(len(pairs), 1), dtype=np.bool_))
        return np.bincount(pairs[differs] // most, minlength=size).astype(np.int64)
    counts = np.empty(size, dtype=np.int64)
    step = max(_MOST_PAIRS // most, 1)
    for start in range(0, size, step):
        end = min(start + step, size)
        inside = slice(None) if step >= size else (codes >= start) & (codes < end)
        table = np.zeros((end - start) * most, dtype=np.bool_)
        table[(codes[inside].astype(np.int64) - start) * most + ids[inside]] = True
        counts[start:end] = np.count_nonzero(table.reshape(-1, most), axis=1)
    return counts


def _example_cube() -> Cube:
    """Of two days: Ana bought for 10, Ben in Spain for 5; the day after Ana for 20."""
    lines: Columns = {
        "sheet": np.array([0, 0, 0], dtype=np.int8),
        "day": np.array([0, 0, 1], dtype=np.int32),
        "person": np.array([1, 2, 1]),
        "order": np.array([1, 2, 3]),
        "country": np.array([1, 2, 1], dtype=np.int16),
        "source": np.array([1, 1, 1], dtype=np.int16),
        "item": np.array([1, 1, 2]),
        "value_micros": np.array([10_000_000, 5_000_000, 20_000_000]),
        "quantity": np.array([1, 1, 2]),
    }
    keys = np.array(["", "ana", "ben"], dtype=np.bytes_)
    return Cube(
        first=date(2011, 12, 1),
        days=2,
        sheets=_sheets(lines, 0, 2),
        names={"country": ("", "France", "Spain"), "item": ("", "A", "B"), "source": ("", "shop"),
               "group": ("",)},
        keys=keys,
        counted=_counted(keys, ()),
        first_day=np.zeros(3, dtype=np.int32),
        group=np.zeros(3, dtype=np.int16),
        exact=True,
    )  # fmt: skip
