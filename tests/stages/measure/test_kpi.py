"""Key figures over a handful of events that a person can count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regie.engines.delta import DeltaTables
from regie.measure import kpi
from regie.ports.tables import SCHEMAS, Session
from regie.terms.instant import DAY_US, day_start_us, parse_day

FROM_US = day_start_us(parse_day("2011-06-08"), "Europe/Paris")
TO_US = FROM_US + 2 * DAY_US


def event(n: int, day: int, kind: str, order: str, value: int, **more: Any) -> dict[str, Any]:
    """One event, `day` days from the period's start, at noon."""
    at_us = FROM_US + day * DAY_US + DAY_US // 2
    return {
        "event_id": str(n), "at_us": at_us, "recorded_us": at_us, "import_id": "i", "kind": kind,
        "order": order, "value": value * 1_000_000, "quantity": 1, "currency": "EUR",
        "source": "shop", "item": "A", "country": "France", "attributes": "{}", **more,
    }  # fmt: skip


EVENTS = [
    event(1, -5, "order", "o1", 10, key="ann"),
    event(2, -1, "order", "o2", 20, key="bob"),
    event(3, 0, "order", "o3", 30, key="ann"),
    event(4, 0, "order", "o3", 5, key="ann", item="B"),
    event(5, 1, "order", "o4", 7, key="eve", country="Spain"),
    event(6, 1, "order", "o5", 8),
    event(7, 1, "return", "c1", -4, key="ann"),
    event(8, 1, "fee", "o4", 3, key="eve", country="Spain"),
    event(9, 1, "send", "", 0, key="bob"),
    event(10, 2, "order", "o6", 99, key="new"),
]


def bring(session: Session, events: list[dict[str, Any]], commit: str) -> None:
    session.register("given", {n: [e.get(n) for e in events] for n in SCHEMAS["events"]})
    typed = ", ".join(f'CAST("{n}" AS {kind}) AS "{n}"' for n, kind in SCHEMAS["events"].items())
    session.append("events", f"SELECT {typed} FROM given", None, commit)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    tables = DeltaTables(tmp_path)
    with tables.lease("events"), tables.session() as found:
        found.register("unmeasured", {"key": []})
        bring(found, EVENTS, "test")
        yield found


@pytest.fixture
def measured(session: Session) -> kpi.Kpi:
    return kpi.measure(session, from_us=FROM_US, to_us=TO_US, zone="Europe/Paris")


def test_the_period_is_what_lies_in_it(measured: kpi.Kpi) -> None:
    now = measured.now
    assert now.revenue_micros == 50_000_000
    assert (now.orders, now.active, now.new_customers, now.returning) == (3, 2, 1, 1)
    assert now.basket_micros == 50_000_000 // 3
    assert (now.returns_micros, now.fees_micros) == (-4_000_000, 3_000_000)


def test_the_period_before_is_as_long(measured: kpi.Kpi) -> None:
    assert measured.before.revenue_micros == 20_000_000
    assert (measured.before.active, measured.before.new_customers) == (1, 1)


def test_days_are_days_of_the_zone_and_add_up(measured: kpi.Kpi) -> None:
    days = {day: now.revenue_micros for day, (now, _) in measured.days.items() if now.orders}
    assert days == {"2011-06-08": 35_000_000, "2011-06-09": 15_000_000}


def test_countries_add_up(measured: kpi.Kpi) -> None:
    assert {c: now.revenue_micros for c, (now, _) in measured.countries.items()} == {
        "France": 43_000_000, "Spain": 7_000_000,
    }  # fmt: skip


def test_a_period_before_may_begin_elsewhere(session: Session) -> None:
    longer = kpi.measure(
        session, from_us=FROM_US, to_us=TO_US, zone="Europe/Paris", before_us=FROM_US - 6 * DAY_US
    )
    assert longer.before.revenue_micros == 30_000_000
    assert longer.now == kpi.measure(session, from_us=FROM_US, to_us=TO_US, zone="Europe/Paris").now


def test_the_sql_it_opens_to_gives_the_same_rows(session: Session, measured: kpi.Kpi) -> None:
    assert "$" not in measured.sql
    rows = session.query(measured.sql)
    whole = [
        int(value)
        for value, dimension, period in zip(
            rows["revenue_micros"], rows["dimension"], rows["period"], strict=True
        )
        if (dimension, period) == ("all", "now")
    ]
    assert whole == [measured.now.revenue_micros]


def test_an_order_from_before_1970_is_an_order(session: Session, measured: kpi.Kpi) -> None:
    bring(session, [event(11, -30 * 365, "order", "o0", 1, key="eve") | {"at_us": -DAY_US}], "old")
    now = kpi.measure(session, from_us=FROM_US, to_us=TO_US, zone="Europe/Paris").now
    assert (measured.now.new_customers, now.new_customers) == (1, 0)


def test_no_event_is_nothing(tmp_path: Path) -> None:
    with DeltaTables(tmp_path).session() as empty:
        empty.register("unmeasured", {"key": []})
        assert kpi.measure(empty, from_us=0, to_us=1, zone="UTC").now == kpi.Figures()


def test_each_segment_has_the_figures_of_its_people(session: Session) -> None:
    session.register(
        "members",
        {"key": ["ann", "eve", "bob", "ann"], "segment": ["all", "all", "all", "loyal"]},
    )
    told = kpi.by_segment(session, from_us=FROM_US, to_us=TO_US, before_us=FROM_US - 2 * DAY_US)
    assert list(told) == ["all", "loyal"]
    now, before = told["all"]
    # Ann's one order of two lines and Eve's; of Bob the order before; nothing without a person.
    assert (now.revenue_micros, now.orders, now.active) == (42_000_000, 2, 2)
    assert (now.new_customers, now.returning, now.basket_micros) == (1, 1, 21_000_000)
    assert (now.returns_micros, now.fees_micros) == (-4_000_000, 3_000_000)
    assert (before.revenue_micros, before.orders, before.active) == (20_000_000, 1, 1)
    assert told["loyal"][0].revenue_micros == 35_000_000
    session.register("unmeasured", {"key": ["ann"]})
    closed = kpi.by_segment(session, from_us=FROM_US, to_us=TO_US, before_us=FROM_US - 2 * DAY_US)
    assert (closed["all"][0].revenue_micros, closed["all"][0].active) == (42_000_000, 1)
