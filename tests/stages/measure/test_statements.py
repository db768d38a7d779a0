"""Every statement of `measure` gives what a plain loop over the same events counts.

The events are drawn, and many of them lie on an edge: the first and the last instant of a period,
the turn of a day, an order whose lines lie on both sides, an item without a name.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from regie.engines.delta import DeltaTables
from regie.measure import kpi
from regie.measure.kpi import Figures
from regie.ports.tables import SCHEMAS, Session, sql_text
from regie.terms.instant import DAY_US, day_start_us, parse_day

ZONE = "Europe/Paris"
FROM_US = day_start_us(parse_day("2011-06-08"), ZONE)
TO_US = FROM_US + 3 * DAY_US
BEFORE_US = FROM_US - 2 * DAY_US
BOUNDS = {"before_us": BEFORE_US, "from_us": FROM_US, "to_us": TO_US}
EDGES = [edge + step for edge in (BEFORE_US, FROM_US, TO_US) for step in (-1, 0, 1)]
PEOPLE = [f"p{n}" for n in range(60)]
UNMEASURED = {"p3", "p7", "p11", "p20"}
MEMBERS = {"some": PEOPLE[:40], "others": PEOPLE[30:], "nobody": ["stranger"]}
KINDS = ("order", "order", "order", "return", "fee", "adjustment", "open")
Event = dict[str, Any]


def drawn(count: int, seed: int) -> list[Event]:
    """Events around a period; lines of an order mostly of one person and one instant."""
    chance = random.Random(seed)
    orders = [(chance.choice([*PEOPLE, None]), instant(chance)) for _ in range(count // 3)]
    made = []
    for n in range(count):
        order = chance.randrange(len(orders))
        key, at_us = orders[order]
        kind = chance.choice(KINDS)
        value = chance.randrange(1, 90_000_000)
        made.append(
            {
                "event_id": f"e{n:04}", "import_id": "i", "currency": "EUR", "source": "shop",
                "attributes": "{}", "kind": kind, "key": key,
                "at_us": at_us if chance.random() < 0.8 else instant(chance),
                "order": f"o{order}", "value": -value if kind == "return" else value,
                "quantity": chance.randrange(1, 9), "item": chance.choice(["A", "B", "C", None]),
                "country": chance.choice(["France", "Spain", None]),
            }
        )  # fmt: skip
        made[-1]["recorded_us"] = made[-1]["at_us"]
    return made


def instant(chance: random.Random) -> int:
    if chance.random() < 0.5:
        return chance.choice(EDGES)
    return chance.randrange(BEFORE_US - DAY_US, TO_US + DAY_US)


EVENTS = drawn(400, 5)
NOTHING: list[Event] = []


@contextmanager
def holding(events: Sequence[Event], folder: Path) -> Iterator[Session]:
    """A session on a table of these events, with people who object and members of segments."""
    tables = DeltaTables(folder)
    with tables.lease("events"), tables.session() as found:
        found.register("unmeasured", {"key": sorted(UNMEASURED)})
        pairs = [(segment, key) for segment, keys in MEMBERS.items() for key in keys]
        found.register("members", {"segment": [s for s, _ in pairs], "key": [k for _, k in pairs]})
        found.register("given", {n: [e.get(n) for e in events] for n in SCHEMAS["events"]})
        typed = ", ".join(
            f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in SCHEMAS["events"].items()
        )
        found.append("events", f"SELECT {typed} FROM given", None, "test")
        yield found


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with holding(EVENTS, tmp_path_factory.mktemp("events")) as found:
        yield found


# ---- the same, counted by hand


def within(events: Sequence[Event], from_us: int, to_us: int, *kinds: str) -> list[Event]:
    return [e for e in events if from_us <= e["at_us"] < to_us and e["kind"] in kinds]


def first_orders(events: Sequence[Event]) -> dict[str, int]:
    first: dict[str, int] = {}
    for e in within(events, 0, TO_US, "order"):
        if e["key"] is not None:
            first[e["key"]] = min(first.get(e["key"], TO_US), e["at_us"])
    return first


def counted(events: Sequence[Event], from_us: int, to_us: int) -> Figures:
    orders = within(events, from_us, to_us, "order")
    people = {e["key"] for e in orders} - UNMEASURED - {None}
    first = first_orders(EVENTS)
    return Figures(
        revenue_micros=sum(e["value"] for e in orders),
        returns_micros=sum(e["value"] for e in within(events, from_us, to_us, "return")),
        fees_micros=sum(e["value"] for e in within(events, from_us, to_us, "fee", "adjustment")),
        orders=len({e["order"] for e in orders}),
        active=len(people),
        new_customers=sum(from_us <= first[key] < to_us for key in people),
    )


def both(events: Sequence[Event]) -> tuple[Figures, Figures]:
    return counted(events, FROM_US, TO_US), counted(events, BEFORE_US, FROM_US)


def by(name_of: Callable[[Event], str]) -> dict[str, tuple[Figures, Figures]]:
    names = {name_of(e) for e in within(EVENTS, BEFORE_US, TO_US, *set(KINDS) - {"open"})}
    return {name: both([e for e in EVENTS if name_of(e) == name]) for name in sorted(names)}


def day_of(event: Event) -> str:
    moment = datetime.fromtimestamp(event["at_us"] // 1_000_000, UTC)
    return moment.astimezone(ZoneInfo(ZONE)).date().isoformat()


def test_the_events_are_worth_counting() -> None:
    now, before = both(EVENTS)
    for figures in (now, before):
        assert figures.active > figures.new_customers > 0 and figures.orders > 20
        assert min(figures.revenue_micros, -figures.returns_micros, figures.fees_micros) > 0
    assert {e["at_us"] for e in EVENTS} >= set(EDGES)


def test_key_figures_are_those_of_a_plain_count(session: Session) -> None:
    found = kpi.measure(session, **BOUNDS, zone=ZONE)
    assert (found.now, found.before) == both(EVENTS)
    assert found.days == by(day_of)
    assert list(found.days) == sorted(found.days)
    assert found.countries == by(lambda e: e["country"] or "")
    assert (found.from_us, found.to_us) == (FROM_US, TO_US)


def test_the_period_before_is_as_long_unless_told(session: Session) -> None:
    found = kpi.measure(session, from_us=FROM_US, to_us=FROM_US + DAY_US, zone=ZONE)
    assert found.before.revenue_micros == counted(EVENTS, FROM_US - DAY_US, FROM_US).revenue_micros


def test_each_segment_is_counted_over_its_people(session: Session) -> None:
    found = kpi.by_segment(session, **BOUNDS)
    assert found == {
        name: both([e for e in EVENTS if e["key"] in MEMBERS[name]]) for name in ("others", "some")
    }
    assert list(found) == ["others", "some"]


def one(session: Session, name: str, **bounds: int) -> int:
    if name in ("new_customers", "returning"):
        bounds = {"oldest_us": kpi.EVER_US, **bounds}
    (column,) = session.query(sql_text("regie.measure", name), bounds).values()
    (value,) = column.tolist()
    assert isinstance(value, int)
    return value


def test_each_tile_has_a_statement_that_gives_its_figure_again(session: Session) -> None:
    now = both(EVENTS)[0]
    first = first_orders(EVENTS)
    came = {e["key"] for e in within(EVENTS, FROM_US, TO_US, "order")} - UNMEASURED - {None}
    bounds = {"from_us": FROM_US, "to_us": TO_US}
    assert one(session, "revenue", **bounds) == now.revenue_micros
    assert one(session, "orders", **bounds) == now.orders
    assert one(session, "basket", **bounds) == now.revenue_micros // now.orders
    assert one(session, "active", **bounds) == now.active == len(came)
    assert one(session, "new_customers", **bounds) == now.new_customers
    assert one(session, "returning", **bounds) == sum(first[key] < FROM_US for key in came)


def test_in_a_time_without_orders_every_statement_says_nothing(session: Session) -> None:
    late = {"from_us": TO_US + 9 * DAY_US, "to_us": TO_US + 10 * DAY_US}
    for name in ("revenue", "orders", "basket", "active", "new_customers", "returning"):
        assert one(session, name, **late) == 0, name
    assert (
        session.query(
            sql_text("regie.measure", "top_items"),
            {**late, "before_us": late["from_us"], "most": 9},
        )["item"].tolist()
        == []
    )


def items(events: Sequence[Event]) -> list[tuple[str, int, int, int, int]]:
    sold = [e for e in within(events, BEFORE_US, TO_US, "order") if e["item"] is not None]
    rows = []
    for item in {e["item"] for e in sold}:
        now = [e for e in sold if e["item"] == item and e["at_us"] >= FROM_US]
        was = [e for e in sold if e["item"] == item and e["at_us"] < FROM_US]
        rows.append(
            (
                item, len({e["order"] for e in now}), sum(e["quantity"] for e in now),
                sum(e["value"] for e in now), sum(e["value"] for e in was),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (-row[3], row[0]))


@pytest.mark.parametrize("most", [9, 2])
def test_the_best_items_stand_first(session: Session, most: int) -> None:
    found = session.query(sql_text("regie.measure", "top_items"), {**BOUNDS, "most": most})
    columns = ("item", "orders", "pieces", "revenue_micros", "before_micros")
    rows = list(zip(*(found[name].tolist() for name in columns), strict=True))
    assert rows == items(EVENTS)[:most]


def at(n: int, at_us: int, kind: str = "order", **more: Any) -> Event:
    """One plain event."""
    plain = {"kind": kind, "item": "A", "value": 5, "quantity": 1, "order": f"x{n}", "key": "p1"}
    return EVENTS[0] | plain | {"event_id": f"x{n}", "at_us": at_us} | more


def test_items_of_equal_revenue_stand_by_name(tmp_path: Path) -> None:
    """And one that was only sold before is told with nothing now."""
    sold = [("B", TO_US - 1), ("C", TO_US - 1), ("A", TO_US - 1), ("Z", FROM_US - 1)]
    events = [at(n, at_us, item=item) for n, (item, at_us) in enumerate(sold)]
    with holding(events, tmp_path) as found:
        told = found.query(sql_text("regie.measure", "top_items"), {**BOUNDS, "most": 9})
    assert told["item"].tolist() == ["A", "B", "C", "Z"]
    assert told["revenue_micros"].tolist() == [5, 5, 5, 0]
    assert told["pieces"].tolist() == [1, 1, 1, 0]
    assert told["before_micros"].tolist() == [0, 0, 0, 5]


def test_a_country_with_little_has_nothing_of_the_rest(tmp_path: Path) -> None:
    """One only bought, one only sent back, one only paid a fee, one only opened a message."""
    kinds = {"Spain": "order", "Italy": "return", "Malta": "fee", "Chad": "open"}
    events = [at(n, FROM_US, kind, country=c) for n, (c, kind) in enumerate(kinds.items())]
    with holding(events, tmp_path) as found:
        told = kpi.measure(found, **BOUNDS, zone=ZONE)
        assert one(found, "basket", from_us=FROM_US, to_us=TO_US) == 5
        segments = kpi.by_segment(found, **BOUNDS)
    none = Figures()
    assert told.countries == {
        "Italy": (Figures(returns_micros=5), none),
        "Malta": (Figures(fees_micros=5), none),
        "Spain": (Figures(revenue_micros=5, orders=1, active=1, new_customers=1), none),
    }
    assert list(segments) == ["some"]
    assert segments["some"][0] == told.now and segments["some"][1] == none


def people(found: Session) -> tuple[int, ...]:
    bounds = {"from_us": FROM_US, "to_us": TO_US}
    names = ("active", "new_customers", "returning")
    alone = tuple(one(found, name, **bounds) for name in names)
    now = kpi.measure(found, **BOUNDS, zone=ZONE).now
    assert alone == (now.active, now.new_customers, now.returning)
    return alone


def test_who_is_new_and_who_comes_back_is_decided_to_the_instant(tmp_path: Path) -> None:
    firsts = {"new": FROM_US, "late": TO_US, "early": FROM_US - 1, "p3": FROM_US, "p7": FROM_US - 1}
    again = {"early": TO_US, "p7": FROM_US}
    events = [at(n, us, key=key) for n, (key, us) in enumerate([*firsts.items(), *again.items()])]
    with holding(events, tmp_path) as found:
        # Early comes again, but too late; p3 and p7 are nobody; all of them buy.
        assert people(found) == (1, 1, 0)
        assert one(found, "orders", from_us=FROM_US, to_us=TO_US) == 3
        assert one(found, "returning", from_us=FROM_US, to_us=TO_US + 1) == 1


def test_an_order_older_than_measurement_keeps_is_not_read(tmp_path: Path) -> None:
    """Before any sweep came: who ordered before it alone is new, to the instant."""
    oldest_us = FROM_US - 40 * DAY_US
    firsts = {"kept": oldest_us, "too old": oldest_us - 1}
    events = [
        at(n, us, key=key)
        for n, (key, us) in enumerate([*firsts.items(), *dict.fromkeys(firsts, FROM_US).items()])
    ]
    bounds = {"from_us": FROM_US, "to_us": TO_US, "oldest_us": oldest_us}
    with holding(events, tmp_path) as found:
        assert one(found, "new_customers", **bounds) == 1
        assert one(found, "returning", **bounds) == 1
        now = kpi.measure(found, **BOUNDS, oldest_us=oldest_us, zone=ZONE).now
        found.register("members", {"key": list(firsts), "segment": ["all", "all"]})
        alike = kpi.by_segment(found, **BOUNDS, oldest_us=oldest_us)["all"][0]
    assert (now.active, now.new_customers, now.returning) == (2, 1, 1)
    assert alike.new_customers == 1


@pytest.mark.parametrize("before", [True, False])
def test_orders_without_a_person_are_nobodys_where_nobody_objects(
    tmp_path: Path, before: bool
) -> None:
    events = [at(1, FROM_US, key=None), at(2, FROM_US - 1 if before else FROM_US + 1, key=None)]
    with holding(events, tmp_path) as found:
        found.register("unmeasured", {"key": []})
        assert people(found) == (0, 0, 0)


def test_who_sends_back_or_orders_elsewhere_is_new_where_the_order_was(tmp_path: Path) -> None:
    events = [
        at(1, FROM_US, country="Spain"), at(2, FROM_US + 1, "return", country="Italy"),
    ]  # fmt: skip
    with holding(events, tmp_path) as found:
        told = kpi.measure(found, **BOUNDS, zone=ZONE).countries
    assert (told["Spain"][0].new_customers, told["Italy"][0].new_customers) == (1, 0)


def test_who_only_opened_a_message_is_in_no_segment(tmp_path: Path) -> None:
    with holding([at(1, FROM_US, "open")], tmp_path) as found:
        assert kpi.by_segment(found, **BOUNDS) == {}
        assert kpi.measure(found, **BOUNDS, zone=ZONE).days == {}


def test_a_statement_opens_with_its_values_written_in_and_nothing_else() -> None:
    """And without the comments that tell a builder why."""
    written = "-- why\nSELECT a // $n AS n, $other AS other FROM t WHERE n = 1"
    assert kpi.opened(written, {"n": 2}) == "SELECT a // 2 AS n, $other AS other FROM t WHERE n = 1"
