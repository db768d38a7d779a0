"""The statements beside Explore's figures, and the lines behind them, are what a loop counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regie.measure.cube import MEASURES, NAMED, TIMES, Cut
from regie.measure.kpi import EVER_US
from regie.ports.tables import Session, sql_text
from regie.terms.instant import DAY_US
from regie.workspace import exploring
from regie.workspace.exploring import Question
from tests.stages.measure.test_cube import EVENTS, FILTERS, FIRST, LAST, Filters, Plain
from tests.stages.measure.test_statements import (
    FROM_US,
    TO_US,
    UNMEASURED,
    ZONE,
    Event,
    at,
    holding,
)

SAID = {"segment", "group"}
"""What stands in rules and not in the tables."""
MIXED = EVENTS["mixed"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    # What was opened counts nowhere, and makes no part of a breakdown.
    opened = at(7, FROM_US, "open", key="reader", item="H", country="Togo", source="mail")
    with holding([*MIXED, opened], tmp_path_factory.mktemp("explored")) as found:
        yield found


@pytest.mark.parametrize("filters", [f for f in FILTERS if not SAID & set(f)])
def test_the_statement_of_a_breakdown_gives_it_again(session: Session, filters: Filters) -> None:
    plain = Plain(MIXED, Cut(first=FIRST, last=LAST, filters=filters))
    for measure in MEASURES:
        for by in (*TIMES, *NAMED):
            asked = Question(measure=measure, by=by, first=FIRST, last=LAST, filters=filters)
            statement = exploring.sql(asked, ZONE, EVER_US)
            if by in SAID:
                assert statement is None
                continue
            assert statement is not None
            found = session.query(statement)
            parts = dict(zip(found["part"].tolist(), found["value"].tolist(), strict=True))
            assert list(parts) == sorted(parts)
            wanted: dict[str, list[Event]] = {}
            for e in plain.events:
                wanted.setdefault(plain.parts(e, by)[0], []).append(e)
            assert parts == {name: plain.value(some, measure) for name, some in wanted.items()}


def test_it_reads_no_order_older_than_measurement_keeps(tmp_path: Path) -> None:
    oldest_us = FROM_US - 40 * DAY_US
    events = [
        at(1, oldest_us, key="kept"), at(2, oldest_us - 1, key="too old"),
        at(3, FROM_US, key="kept"), at(4, FROM_US, key="too old"),
    ]  # fmt: skip
    asked = Question(measure="new_customers", by="country", first=FIRST, last=LAST)
    statement = exploring.sql(asked, ZONE, oldest_us)
    assert statement is not None
    with holding(events, tmp_path) as found:
        assert found.query(statement)["value"].tolist() == [1]
        for measure, key in (("new_customers", "too old"), ("returning", "kept")):
            (row,) = lines(found, measure, oldest_us=oldest_us)
            assert key == next(e["key"] for e in events if e["event_id"] == row["event_id"])
        # What is older than measurement keeps was no first order.
        assert len(lines(found, "returning", oldest_us=FROM_US + 1)) == 2


def lines(session: Session, measure: str, **more: Any) -> list[dict[str, Any]]:
    bounds = {
        "measure": measure, "by_first_order": measure in ("new_customers", "returning"),
        "from_us": FROM_US, "to_us": TO_US, "after_us": TO_US, "after_id": "",
        "oldest_us": EVER_US, "most": 10_000,
    }  # fmt: skip
    found = session.query(sql_text("regie.measure", "explored_rows"), bounds | more)
    rows = zip(*(column.tolist() for column in found.values()), strict=True)
    return [dict(zip(found, row, strict=True)) for row in rows]


def behind(measure: str) -> list[Event]:
    """The lines a figure is counted from, the newest first."""
    plain = Plain(MIXED, Cut(first=FIRST, last=LAST))
    kinds = {"returns": ("return",), "fees": ("fee", "adjustment")}.get(measure, ("order",))
    found = [e for e in plain.events if e["kind"] in kinds]
    if measure == "orders":
        found = [e for e in found if e["order"] is not None]
    wanted = {
        "buyers": ("new", "returning"),
        "new_customers": ("new",),
        "returning": ("returning",),
    }
    if measure in wanted:
        found = [e for e in found if plain.kind(e["key"]) in wanted[measure]]
    return sorted(found, key=lambda e: (-e["at_us"], e["event_id"]))


@pytest.mark.parametrize("measure", list(MEASURES))
def test_the_lines_behind_a_figure_are_those_it_counts(session: Session, measure: str) -> None:
    wanted = behind(measure)
    found = lines(session, measure)
    assert [row["event_id"] for row in found] == [e["event_id"] for e in wanted]
    shown = ("at_us", "kind", "order", "item", "quantity", "value", "country", "source", "event_id")
    assert all(tuple(row) == shown for row in found)
    assert found == [{name: e[name] for name in shown} for e in wanted]
    assert lines(session, measure, most=3) == found[:3]


def test_they_go_on_after_the_last_that_is_known(session: Session) -> None:
    every = lines(session, "revenue")
    for place in (0, 1, 22, 40, len(every) - 1):
        last = every[place]
        more = lines(session, "revenue", after_us=last["at_us"], after_id=last["event_id"])
        assert more == every[place + 1 :]


def test_who_objects_is_in_no_line_of_people_however_often(session: Session) -> None:
    """And is there once in the money, though more than one answer says so."""
    session.register("unmeasured", {"key": sorted(UNMEASURED) * 2})
    assert len(lines(session, "revenue")) == len(behind("revenue"))
    asked = Question(measure="revenue", by="month", first=FIRST, last=LAST)
    (whole,) = session.query(exploring.sql(asked, ZONE, EVER_US) or "")["value"].tolist()
    assert whole == sum(e["value"] for e in behind("revenue"))
    session.register("unmeasured", {"key": sorted(UNMEASURED)})
