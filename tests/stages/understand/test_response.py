"""Response: only what was known, parts that add up, and better than the plain baseline."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from regie.learn import metrics
from regie.ports.tables import Session
from regie.terms.instant import day_start_us
from regie.understand import response
from tests.support.understanding import DAY_US, NOW_US, happen, see

Row = dict[str, Any]


def order(key: str, order_id: str, age_days: float, value: int = 1_000_000, **more: Any) -> Row:
    """One order of one line."""
    at_us = NOW_US - round(age_days * DAY_US)
    return {"key": key, "order": order_id, "item": "A", "at_us": at_us, "value": value} | more


def market(people: int = 80, days: int = 200) -> list[Row]:
    """People who order every few days each, some often and some rarely."""
    return [
        order(f"p{person:03d}", f"{person}-{age}", age + 0.5)
        for person in range(people)
        for age in range(person % 7, days, 3 + person)
    ]


def test_habits_are_read_as_they_were_known(session: Session) -> None:
    happen(
        session,
        [
            order("ann", "1", 100, 4_000_000), order("ann", "1", 100, 2_000_000, item="B"),
            order("ann", "2", 40), order("ann", "3", 40.2), order("ann", "4", 10, item="C"),
            order("ann", "r", 39, -500_000, kind="return"),
            order("ann", "5", 70, recorded_us=NOW_US - 20 * DAY_US),
            order("bob", "6", 5, kind="fee"),
        ],
    )  # fmt: skip
    see(session, NOW_US, ["bob", "ann"])

    # As of 30 days ago: orders 1 to 3 and the return; order 5 had happened, unknown to anybody.
    then = response.habits(session, NOW_US - 30 * DAY_US)
    assert then.key.tolist() == ["ann", "bob"]
    assert then.orders.tolist() == [3, 0]
    assert then.recency_days.tolist() == [10, -1]
    figures = {name: int(values[0]) for name, values in then.figures.items()}
    assert figures["tenure_days"] == 70
    assert figures["orders_90"] == 3
    assert figures["order_days"] == 2  # orders 2 and 3 lie within the same full day
    assert figures["items"] == 2
    assert figures["value_micros"] == 8_000_000
    assert figures["returned_micros"] == 500_000

    now = response.habits(session, NOW_US)
    assert now.orders.tolist() == [5, 0]
    assert now.figures["items"].tolist() == [3, 0]


def test_a_window_begins_with_its_first_microsecond(session: Session) -> None:
    edge = order("ann", "1", 90)
    happen(session, [edge, order("bob", "2", 90) | {"at_us": edge["at_us"] - 1}])
    see(session, NOW_US)
    people = response.habits(session, NOW_US)
    assert people.figures["orders_90"].tolist() == [1, 0]
    assert people.recency_days.tolist() == [90, 90]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "0 days of history, 60 needed"),
        (market(days=50), "49 days of history, 60 needed"),
        (market(people=10), "people in the snapshots, 50 needed"),
        ([order(f"p{n:03d}", str(n), 150) for n in range(90)], "everybody ordered, or nobody did"),
    ],
)
def test_too_little_falls_back_to_the_base_rate(
    session: Session, rows: list[Row], why: str
) -> None:
    happen(session, rows)
    see(session, NOW_US, sorted({row["key"] for row in rows} | {"zoe"}))
    model = response.fit(session, NOW_US, response.ResponseOptions(snapshots=2))
    assert model.card["kind"] == "base rate"
    assert why in model.card["why"]
    people = response.habits(session, NOW_US)
    scores = response.score(model, people)
    assert len(set(scores.p.tolist())) == 1
    assert 0 < scores.p[0] < 1
    for person in range(len(people.key)):
        parts = response.explain(model, people, person)
        assert sum(part.weight for part in parts) == pytest.approx(scores.log_odds[person])


@pytest.mark.parametrize(
    "options",
    [{"snapshots": 2}, {"penalty": 500.0}, {"min_days": 150}, {"min_people": 400}],
)
def test_every_option_changes_an_answer(session: Session, options: dict[str, Any]) -> None:
    happen(session, market())
    see(session, NOW_US)
    plain = response.fit(session, NOW_US)
    other = response.fit(session, NOW_US, response.ResponseOptions(**options))
    assert plain.weights_f.tolist() != other.weights_f.tolist()


def test_what_comes_later_changes_nothing(session: Session) -> None:
    late = [order("p001", "late", 45, 99_000_000, recorded_us=NOW_US)]
    after = [order("p001", "after", -1, 99_000_000), order("new", "after2", 0)]
    fitted = []
    for more in ([], late, after):
        happen(session, market() + more)
        see(session, NOW_US)
        fitted.append(response.to_arrays(response.fit(session, NOW_US)))
    happen(session, market() + after)
    see(session, NOW_US + 30 * DAY_US)  # even where more is seen than the instant allows
    fitted.append(response.to_arrays(response.fit(session, NOW_US)))
    assert fitted[0]["weights_f"].any()
    for other in fitted[1:]:
        for name, values in fitted[0].items():
            assert values.tolist() == other[name].tolist(), name


def test_who_is_not_in_people_leaves_no_trace(session: Session) -> None:
    kept = sorted({row["key"] for row in market()})
    fitted = []
    for more in ([], [order("eve", f"e{n}", 3 * n + 0.1, 77_000_000) for n in range(90)]):
        happen(session, market() + more)
        see(session, NOW_US, kept[::-1])
        fitted.append(response.to_arrays(response.fit(session, NOW_US)))
    for name, values in fitted[0].items():
        assert values.tolist() == fitted[1][name].tolist(), name


def test_parts_add_up_and_one_person_gets_the_same_bits(shop: Session) -> None:
    see(shop, NOW_US)
    model = response.fit(shop, NOW_US)
    people = response.habits(shop, NOW_US)
    batch = response.score(model, people)
    everybody = response.explain_all(model, people)
    for person in range(0, len(people.key), 11):
        assert everybody[person] == response.explain(model, people, person)
        parts = response.explain(model, people, person)
        added = 0.0
        for part in parts:
            added += part.weight
        p = batch.p[person]
        assert abs(added - (np.log(p) - np.log1p(-p))) < 1e-12
        if people.orders[person]:
            assert [part.code for part in parts[1:]] == list(response.HABITS)
            assert added == batch.log_odds[person]
    for person in (0, 7, 1999, int(np.flatnonzero(people.orders == 0)[0])):
        see(shop, NOW_US, [people.key[person]])
        alone = response.score(model, response.habits(shop, NOW_US))
        assert alone.p.tolist() == [batch.p[person]]
        assert alone.log_odds.tolist() == [batch.log_odds[person]]


def test_the_same_fit_twice_and_back_from_its_arrays(shop: Session) -> None:
    see(shop, NOW_US)
    model = response.fit(shop, NOW_US)
    arrays = response.to_arrays(response.fit(shop, NOW_US))
    again = response.from_arrays(arrays, model.card)
    people = response.habits(shop, NOW_US)
    assert response.score(again, people).p.tolist() == response.score(model, people).p.tolist()
    assert {values.dtype.kind for values in arrays.values()} == {"f"}  # figures only, no key


@pytest.mark.parametrize("month", [6, 7, 8, 9])
def test_it_beats_the_recency_baseline_on_the_days_after(shop: Session, month: int) -> None:
    as_of_us = day_start_us(date(2011, month, 9), "Europe/London")
    see(shop, as_of_us)
    model = response.fit(shop, as_of_us)
    scores = response.score(model, response.habits(shop, as_of_us))
    see(shop, as_of_us + 30 * DAY_US)
    came = response.outcomes(shop, scores.key, as_of_us)
    assert came.known.all()
    assert 0.2 < came.ordered.mean() < 0.3
    assert metrics.auc(scores.p, came.ordered) > 0.73
    assert metrics.auc(scores.p, came.ordered) > metrics.auc(scores.baseline_p, came.ordered) + 0.07
    for loss in (metrics.brier, metrics.log_loss):
        assert loss(scores.p, came.ordered) < 0.92 * loss(scores.baseline_p, came.ordered)
    slope, _ = metrics.calibration_line(scores.p, came.ordered)
    assert 0.85 < slope < 1.15


def test_an_outcome_that_may_not_be_read_is_not_known(session: Session) -> None:
    happen(session, [order("ann", "1", 5), order("bob", "2", 5), order("cyd", "3", 50)])
    see(session, NOW_US, ["ann", "cyd"])
    key = np.array(["ann", "bob", "cyd"], dtype=object)
    came = response.outcomes(session, key, NOW_US - 30 * DAY_US)
    assert came.known.tolist() == [True, False, True]
    assert came.ordered.tolist() == [True, False, False]
    assert came.value_micros.tolist() == [1_000_000, 0, 0]


def test_a_month_that_turns_everything_round_leaves_only_its_rate(session: Session) -> None:
    # Five months the frequent order and the rare don't; in the newest it is the other way round.
    rows = [
        order(f"p{n:03d}", f"{n}-{age}", age + 0.5)
        for n in range(120)
        for age in range(n % 5, 200, 9 if n < 60 else 95)
        if (age > 30 or n >= 60)
    ]
    rows += [order(f"p{n:03d}", f"{n}-new", 3.5) for n in range(60, 120)]
    happen(session, rows)
    see(session, NOW_US)
    model = response.fit(session, NOW_US)
    assert model.card["calibration"].startswith("flat")
    assert not model.weights_f.any()
    scores = response.score(model, response.habits(session, NOW_US))
    assert scores.p == pytest.approx(np.full(120, 0.5), abs=0.05)
