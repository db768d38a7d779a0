"""Every measure by every breakdown within every filter is what a plain loop over events counts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from regie.measure import cube as cubes
from regie.measure.cube import (
    CUSTOMER_KINDS,
    MEASURES,
    NAMED,
    TIMES,
    Cube,
    Cut,
    Parts,
    View,
    load,
    measure,
    without,
)
from regie.measure.kpi import EVER_US
from regie.ports.tables import Session
from regie.terms.errors import NotFoundError
from regie.terms.instant import DAY_US
from tests.stages.measure.test_statements import (
    FROM_US,
    MEMBERS,
    PEOPLE,
    TO_US,
    UNMEASURED,
    ZONE,
    Event,
    at,
    day_of,
    drawn,
    holding,
)

GROUPS = {"A": "first", "C": "last", "unknown": "last"}
FIRST, LAST = date(2011, 6, 8), date(2011, 6, 10)
"""The period that the events lie around; there are two days before it and one after."""
Filters = dict[str, tuple[str, ...]]
FILTERS: tuple[Filters, ...] = (
    {},
    {"country": ("France",)},
    {"country": ("", "Spain"), "source": ("shop",)},
    {"item": ("A", "")},
    {"group": ("last",)},
    {"group": ("", "first"), "country": ("Spain",)},
    {"kind_of_customer": ("new",)},
    {"kind_of_customer": ("", "returning"), "item": ("B", "C")},
    {"segment": ("some",)},
    {"segment": ("others", "unknown"), "country": ("France",)},
    {"segment": ("unknown",)},
    {"country": ("Atlantis",)},
    {"item": ("A", "C"), "group": ("last",)},
)
CUTS = (
    (FIRST, LAST),
    (FIRST, FIRST),
    (date(2011, 6, 1), date(2011, 6, 7)),
    (date(2011, 6, 9), date(2011, 7, 2)),
    (date(2011, 5, 30), date(2011, 7, 2)),
    (date(2010, 1, 1), date(2010, 1, 3)),
    (date(2012, 1, 1), date(2012, 1, 3)),
)


def mixed(count: int, seed: int) -> list[Event]:
    """Drawn events of two sources, some without an order; an order may stand on two days."""
    chance = random.Random(seed)
    return [
        at(1, FROM_US, order=None, country="Malta"),  # money of no order at all
        at(2, FROM_US, order="France", item="shop", country="A", source="Spain"),  # names alike
        at(3, FROM_US, order="A", item="till", country="shop", source="France"),
        at(4, FROM_US, "return", key="sender", item="E", country="Italy", source=None),
        at(5, FROM_US, "fee", key="payer", item="F", country="Chad"),
        at(6, FROM_US, "adjustment", key="owner", item="G", country="Peru"),
        at(8, FROM_US, key="p20", country="Italy"),  # objects, and would be new
        *(
            e
            | {
                "source": chance.choice(("shop", "till")),
                "order": chance.choice([*[e["order"]] * 9, None]),
            }
            for e in drawn(count, seed)
        ),
    ]


def tidy(seed: int) -> list[Event]:
    """Orders that stand in one basket each, with several lines of an item."""
    chance = random.Random(seed)
    made = []
    for n in range(120):
        at_us = chance.randrange(FROM_US - 2 * DAY_US, TO_US + DAY_US)
        key, country = chance.choice([*PEOPLE, None]), chance.choice(["France", "Spain", None])
        for line in range(chance.randrange(1, 5)):
            item, value = chance.choice(["A", "B", "C", None]), chance.randrange(90)
            one = at(1, at_us, order=f"t{n:03}", key=key, country=country, item=item, value=value)
            made.append(one | {"event_id": f"t{n}/{line}"})
    return made


EVENTS = {"mixed": mixed(400, 5), "tidy": tidy(7)}


def cube_of(session: Session, oldest_us: int = EVER_US) -> Cube:
    """The cube of what a session holds, with groups and segments."""
    found = load(session, zone=ZONE, oldest_us=oldest_us, unmeasured=UNMEASURED, groups=GROUPS)
    inside = {
        name: np.isin(found.keys, np.array(keys, dtype=np.bytes_)) for name, keys in MEMBERS.items()
    }
    return msgspec.structs.replace(found, segments=inside)


def loaded(events: Sequence[Event], folder: Path, oldest_us: int = EVER_US) -> Cube:
    with holding(events, folder) as session:
        return cube_of(session, oldest_us)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Session]]:
    """The tables of each kind of events."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(holding(events, tmp_path_factory.mktemp(name)))
            for name, events in EVENTS.items()
        }


@pytest.fixture
def made(sessions: dict[str, Session]) -> dict[str, Cube]:
    """A cube of each; made for every test, so that each is seen to rest on how it is made."""
    return {name: cube_of(session) for name, session in sessions.items()}


# ---- the same, counted by hand


class Plain:
    """What a loop counts in a cut of some events."""

    def __init__(self, events: Sequence[Event], cut: Cut, unmeasured: set[str] = UNMEASURED):
        self.cut, self.unmeasured = cut, unmeasured
        self.first: dict[str, date] = {}
        for e in events:
            if e["kind"] == "order" and e["key"] is not None:
                day = date.fromisoformat(day_of(e))
                self.first[e["key"]] = min(self.first.get(e["key"], day), day)
        self.events = [
            e
            for e in events
            if e["kind"] != "open"
            and cut.first <= date.fromisoformat(day_of(e)) <= cut.last
            and all(set(self.parts(e, by)) & set(let) for by, let in cut.filters.items())
        ]

    def parts(self, e: Event, by: str) -> list[str]:
        day = date.fromisoformat(day_of(e))
        if by == "segment":
            return [name for name, keys in MEMBERS.items() if e["key"] in keys]
        if by == "kind_of_customer":
            return [self.kind(e["key"])]
        if by == "group":
            return [GROUPS.get(e["item"], "")]
        if by in TIMES:
            return [
                {"day": day, "week": day - timedelta(day.weekday()), "month": day.replace(day=1)}[
                    by
                ].isoformat()
            ]
        return [e[by] or ""]

    def kind(self, key: str | None) -> str:
        if key is None or key in self.unmeasured:
            return ""
        return "new" if self.first.get(key, date.min) >= self.cut.first else "returning"

    def bases(self, events: Sequence[Event]) -> dict[str, int]:
        orders = [e for e in events if e["kind"] == "order"]
        kinds = {e["key"]: self.kind(e["key"]) for e in orders}
        return {
            "revenue": sum(e["value"] for e in orders),
            "items": sum(e["quantity"] for e in orders),
            "orders": len({e["order"] for e in orders} - {None}),
            "buyers": sum(kind != "" for kind in kinds.values()),
            "new_customers": sum(kind == "new" for kind in kinds.values()),
            "returns": sum(e["value"] for e in events if e["kind"] == "return"),
            "fees": sum(e["value"] for e in events if e["kind"] in ("fee", "adjustment")),
        }

    def value(self, events: Sequence[Event], name: str) -> int:
        of = self.bases(events)
        if name == "basket":
            return of["revenue"] // of["orders"] if of["orders"] else 0
        return of["buyers"] - of["new_customers"] if name == "returning" else of[name]

    def by(self, name: str, by: str) -> dict[str, int]:
        parts: dict[str, list[Event]] = {}
        if by in TIMES:
            days = range((self.cut.last - self.cut.first).days + 1)
            for day in (self.cut.first + timedelta(n) for n in days):
                at_us = FROM_US + (day - FIRST).days * DAY_US + DAY_US // 2
                parts[self.parts({"at_us": at_us}, by)[0]] = []
        for e in self.events:
            for part in self.parts(e, by):
                parts.setdefault(part, []).append(e)
        found = {part: self.value(some, name) for part, some in parts.items()}
        if by in NAMED:
            bases = {part: self.bases(some) for part, some in parts.items()}
            found = {p: v for p, v in found.items() if any(bases[p][b] for b in MEASURES[name])}
        return found


def assert_counted(cube: Cube, events: Sequence[Event], cut: Cut, **more: set[str]) -> None:
    """Every measure, in all and by every breakdown."""
    view, plain = View(cube, cut), Plain(events, cut, **more)
    for name in MEASURES:
        assert view.total(name) == plain.value(plain.events, name), name
        for by in (*TIMES, *NAMED):
            found = view.measure(name, by)
            wanted = plain.by(name, by)
            assert dict(zip(found.names, found.values, strict=True)) == wanted, (name, by)
            assert all(type(value) is int for value in found.values)
            if by != "segment":
                order = CUSTOMER_KINDS.index if by == "kind_of_customer" else str
                assert list(found.names) == sorted(found.names, key=order)


def test_the_events_are_worth_counting(made: dict[str, Cube]) -> None:
    assert [sheet.order_once for sheet in made["mixed"].sheets[:1]] == [False]
    assert made["tidy"].sheets[0].order_once
    assert made["mixed"].exact and made["mixed"].days == 7
    for events in EVENTS.values():
        plain = Plain(events, Cut(first=FIRST, last=LAST))
        assert set(plain.by("revenue", "kind_of_customer")) == set(CUSTOMER_KINDS)
        assert len(plain.by("orders", "group")) == 3


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("which", list(EVENTS))
def test_a_period_is_what_a_loop_counts(
    made: dict[str, Cube], which: str, filters: Filters
) -> None:
    cut = Cut(first=FIRST, last=LAST, filters=filters)
    assert_counted(made[which], EVENTS[which], cut)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("filters", FILTERS[:4:3])
def test_so_is_any_other(made: dict[str, Cube], cut: tuple[date, date], filters: Filters) -> None:
    asked = Cut(first=cut[0], last=cut[1], filters=filters)
    assert_counted(made["mixed"], EVENTS["mixed"], asked)
    assert View(made["mixed"], asked).days == (cut[1] - cut[0]).days + 1
    assert measure(made["mixed"], "orders", asked, "item") == View(made["mixed"], asked).measure(
        "orders", "item"
    )


WAYS = {
    "numbered anew": {"_FEW_PAIRS": 0, "_PAIRS_A_ROW": 10**9},
    "sorted": {"_PAIRS_A_ROW": 0},
    "numbered anew, sorted": {"_FEW_PAIRS": 0, "_PAIRS_A_ROW": 0},
    "several tables": {"_MOST_PAIRS": 150, "_PAIRS_A_ROW": 10**9},
    "a table for each part": {"_MOST_PAIRS": 1, "_PAIRS_A_ROW": 10**9},
}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("filters", FILTERS[:5])
def test_each_way_of_counting_different_ones_counts_alike(
    made: dict[str, Cube],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    filters: Filters,
) -> None:
    for constant, value in WAYS[way].items():
        monkeypatch.setattr(cubes, constant, value)
    for which, events in EVENTS.items():
        assert_counted(made[which], events, Cut(first=FIRST, last=LAST, filters=filters))


def test_a_table_is_made_where_it_is_small_and_pairs_are_sorted_where_they_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which way is taken changes no figure: only what it costs."""
    codes, ids = np.array([0, 1, 1, 0]), np.array([3, 3, 3, 1])
    every = np.ones(4, dtype=np.bool_)
    made: list[str] = []

    def told(name: str, real: Callable[..., object]) -> None:
        def noted(*given: object, **more: object) -> object:
            made.append(name)
            return real(*given, **more)

        monkeypatch.setattr(np, name, noted)

    told("sort", np.sort)
    told("cumsum", np.cumsum)
    for few, a_row, wanted in (
        (8, 2, []), (7, 2, ["cumsum"]), (8, 1, ["sort"]), (7, 1, ["cumsum"]),
        (0, 0, ["cumsum", "sort"]),
    ):  # fmt: skip
        monkeypatch.setattr(cubes, "_FEW_PAIRS", few)
        monkeypatch.setattr(cubes, "_PAIRS_A_ROW", a_row)
        made.clear()
        assert cubes._distinct(codes, ids, every, 2, 4).tolist() == [2, 1]
        assert made == wanted, (few, a_row)


def test_large_sums_are_exact(tmp_path: Path) -> None:
    many = 2**27 - 1  # a one in every place on both sides of where a number is parted
    large = [(2**60 + many, "Spain"), (-(2**60), "Spain"), (2**52 + 1, "France"), (many, "France")]
    for value, exact in ((2**53 - 1, True), (2**53, False), (-(2**53), False)):
        for name in ("value", "quantity"):
            events = [at(1, FROM_US) | {name: value}]
            one = loaded(events, tmp_path / f"{name} {value}")
            assert one.exact is exact
            assert_counted(one, events, Cut(first=FIRST, last=LAST))
    events = [
        at(n, FROM_US, value=value, quantity=value, country=country)
        for n, (value, country) in enumerate(large)
    ]
    one = loaded(events, tmp_path / "all")
    for filters in FILTERS[0], FILTERS[3]:
        assert_counted(one, events, Cut(first=FIRST, last=LAST, filters=filters))


def test_an_order_before_what_is_kept_makes_nobody_known(tmp_path: Path) -> None:
    oldest_us = FROM_US - 40 * DAY_US
    events = [
        at(1, oldest_us, key="kept"), at(2, oldest_us - 1, key="too old"),
        at(3, oldest_us - 1, key="only then"), at(4, FROM_US, key="kept"),
        at(5, FROM_US, key="too old"), at(6, FROM_US, "return", key="sender"),
    ]  # fmt: skip
    one = loaded(events, tmp_path, oldest_us)
    view = View(one, Cut(first=FIRST, last=LAST))
    assert (view.total("buyers"), view.total("new_customers")) == (2, 1)
    assert view.measure("returns", "kind_of_customer").names == ("returning",)
    old = View(one, Cut(first=FIRST - timedelta(60), last=FIRST - timedelta(1)))
    assert (old.total("buyers"), old.total("new_customers")) == (3, 2)


def test_a_basket_of_no_order_is_no_order(tmp_path: Path) -> None:
    events = [at(1, FROM_US), at(2, FROM_US, order=None), at(3, FROM_US)]
    assert_counted(loaded(events, tmp_path), events, Cut(first=FIRST, last=LAST))


@pytest.mark.parametrize("kind", ["", "open", "fee"])
def test_without_orders_their_figures_are_nought(tmp_path: Path, kind: str) -> None:
    events = [at(1, FROM_US, kind)] if kind else []
    one = loaded(events, tmp_path)
    assert one.days == (kind == "fee")
    for filters in FILTERS[0], FILTERS[3]:
        assert_counted(one, events, Cut(first=FIRST, last=LAST, filters=filters))


def test_whoever_is_gone_or_objects_is_nobody_at_once(made: dict[str, Cube]) -> None:
    gone, objects = ["p0", *PEOPLE[5:15]], {*UNMEASURED, "p40"}
    for which, events in EVENTS.items():
        now = without(made[which], gone, objects)
        left = [e | {"key": None} if e["key"] in gone else e for e in events]
        for filters in FILTERS[:7]:
            cut = Cut(first=FIRST, last=LAST, filters=filters)
            assert_counted(now, left, cut, unmeasured=objects)
        assert without(made[which], [], objects).sheets is made[which].sheets
        assert without(made[which], ["stranger"], UNMEASURED).sheets is made[which].sheets
        assert_counted(made[which], events, Cut(first=FIRST, last=LAST))


def test_names_stand_in_their_order_and_days_begin_with_the_first(made: dict[str, Cube]) -> None:
    one = made["mixed"]
    assert one.names == {
        "country": ("", "A", "Chad", "France", "Italy", "Malta", "Peru", "Spain", "shop"),
        "item": ("", "A", "B", "C", "E", "F", "G", "shop", "till"),
        "source": ("", "France", "Spain", "shop", "till"), "group": ("", "first", "last"),
    }  # fmt: skip
    assert one.first.isoformat() == min(day_of(e) for e in EVENTS["mixed"] if e["kind"] != "open")
    assert one.keys[0] == b"" and list(one.keys) == sorted(one.keys)
    assert not one.counted[0]


def test_what_is_not_there_is_named(made: dict[str, Cube]) -> None:
    view = View(made["tidy"], Cut(first=FIRST, last=LAST))
    with pytest.raises(NotFoundError) as measure_error:
        view.measure("profit")
    assert str(measure_error.value) == (
        "measure profit is not there, expected one of revenue, orders, basket, items, buyers,"
        " new_customers, returning, returns, fees; choose one of them"
    )
    with pytest.raises(NotFoundError) as by_error:
        view.measure("orders", "moon")
    assert str(by_error.value) == (
        "breakdown moon is not there, expected one of day, week, month, country, item, group,"
        " source, segment, kind_of_customer; choose one of them"
    )
    assert view.measure("revenue") == Parts(("",), (view.total("revenue"),))
