"""A goal is read whole or refused in words, and its pace is what anybody can count again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from regie.measure.goals import GOAL_MEASURES, Goal, goals_from, pace
from regie.terms.errors import RuleError

WHOLE: dict[str, Any] = {
    "measure": "orders", "first": date(2011, 12, 5), "last": date(2011, 12, 11), "target": 700,
}  # fmt: skip
MONDAY = date(2011, 12, 5)
FROM_ONE = "expected a whole number from 1 on; write for example 1_000"


def test_a_goal_is_read_in_micros_where_it_is_money_and_as_it_stands_elsewhere() -> None:
    for measure in GOAL_MEASURES:
        (goal,) = goals_from({"goal": [WHOLE | {"measure": measure}]})
        assert goal.target == 700 * (1_000_000 if measure in ("revenue", "basket") else 1)
        assert (goal.measure, goal.first, goal.last) == (measure, MONDAY, date(2011, 12, 11))
    assert goal.days == 7
    assert [goal.holds(MONDAY + timedelta(n)) for n in (-1, 0, 6, 7)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"target": 0}, f" target is 0, {FROM_ONE}"),
        ({"target": 10**12}, f" target is 1000000000000, {FROM_ONE}"),
        ({"target": 1.5}, f" target is 1.5, {FROM_ONE}"),
        ({"target": True}, f" target is True, {FROM_ONE}"),
        (
            {"measure": "returns"},
            ' measure is "returns", expected one of revenue, orders, basket, items, buyers,'
            " new_customers; choose one",
        ),
        ({"first": "soon"}, ' first is "soon", expected YYYY-MM-DD; write for example 2011-12-01'),
        ({"last": 7}, ' last is "7", expected YYYY-MM-DD; write for example 2011-12-01'),
        (
            {"last": date(2011, 12, 4)},
            " is from 2011-12-05 to 2011-12-04, expected 1 to 366 days; correct first or last",
        ),
        (
            {"last": date(2012, 12, 5)},
            " is from 2011-12-05 to 2012-12-05, expected 1 to 366 days; correct first or last",
        ),
        (
            {"more": 1},
            " is with first, last, measure, more, target, expected measure, first, last, target;"
            " write these four",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_goal_is_said_at_its_place(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(RuleError) as found:
        goals_from({"goal": [WHOLE | {"measure": "items"}, WHOLE | changed]})
    assert str(found.value) == f"rules/goals.toml goal 2{told}"


@pytest.mark.parametrize("changed", [
    {"target": 1}, {"target": 10**12 - 1}, {"first": "2011-12-05"},
    {"last": MONDAY}, {"last": MONDAY + timedelta(365)},
])  # fmt: skip
def test_what_lies_at_the_edge_is_a_goal(changed: dict[str, Any]) -> None:
    (goal,) = goals_from({"goal": [WHOLE | changed]})
    assert goal.first == MONDAY


def test_a_file_of_another_shape_is_refused() -> None:
    for data, told in (
        ({"goal": {}}, "with one [goal], expected [[goal]] for each; double the brackets"),
        ({"z": 1, "goals": []}, 'with "goals", expected [[goal]]; correct the name'),
        ({"goal": [7]}, ""),
    ):  # fmt: skip
        with pytest.raises(RuleError) as found:
            goals_from(data, "here")
        whole = (
            f"here is {told}"
            if told
            else ("here goal 1 is with 7, expected measure, first, last, target; write these four")
        )
        assert str(found.value) == whole
    assert goals_from({"goal": []}) == ()


def test_two_goals_of_a_measure_have_days_of_their_own() -> None:
    def second(first: int, last: int, measure: str = "orders") -> dict[str, Any]:
        days = {"first": MONDAY + timedelta(first), "last": MONDAY + timedelta(last)}
        return WHOLE | days | {"measure": measure}

    for first, last in ((7, 9), (-3, -1)):
        assert len(goals_from({"goal": [WHOLE, second(first, last)]})) == 2
    assert len(goals_from({"goal": [WHOLE, second(2, 3, "items"), second(4, 5, "items")]})) == 3
    for first, last in ((6, 9), (-3, 0), (2, 3), (-3, 9)):
        with pytest.raises(RuleError) as found:
            goals_from({"goal": [second(30, 31), WHOLE, second(first, last)]})
        assert str(found.value) == (
            "rules/goals.toml goal 3 is on days that another goal of orders has, expected days of"
            " its own; end one before the other begins"
        )


WEEK = Goal(measure="orders", first=MONDAY, last=date(2011, 12, 11), target=700)


@pytest.mark.parametrize(
    ("done", "days", "weekdays", "expected", "ends_at"),
    [
        (220, 2, [1] * 7, 200, 770),
        (220, 2, [0] * 7, 200, 770),
        (220, 2, [2, 2, 1, 1, 1, 0, 0], 400, 385),
        (220, 2, [2, 2, 1, 1, 1, -9, 0], 400, 385),
        (700, 7, [5, 1, 1, 1, 1, 1, 9], 700, 700),
        (800, 9, [1] * 7, 700, 800),
        (0, 0, [1] * 7, 0, 0),
        (3, 0, [1] * 7, 0, 0),
        (5, 1, [0, 1, 1, 1, 1, 1, 1], 0, 0),
        (10, 1, [3, 1, 1, 1, 1, 0, 0], 300, 23),
    ],
)  # fmt: skip
def test_pace_weighs_each_day_by_its_weekday(
    done: int, days: int, weekdays: list[int], expected: int, ends_at: int
) -> None:
    told = pace(WEEK, done, MONDAY + timedelta(days - 1), weekdays)
    assert (told.done, told.expected, told.ends_at) == (done, expected, ends_at)
    assert told.ahead == done - expected
    assert told.goal is WEEK


def test_weekdays_that_never_brought_anything_count_alike_where_a_goal_has_no_others() -> None:
    late = Goal(measure="orders", first=date(2011, 12, 9), last=date(2011, 12, 11), target=90)
    told = pace(late, 30, date(2011, 12, 10), [4, 4, 4, 4, 0, 0, 0])
    assert (told.expected, told.ends_at) == (60, 45)


def test_an_average_is_to_hold_from_the_first_day_on() -> None:
    basket = Goal(measure="basket", first=MONDAY, last=date(2011, 12, 11), target=50_000_000)
    told = pace(basket, 40_000_000, MONDAY, [1] * 7)
    assert (told.expected, told.ahead, told.ends_at) == (50_000_000, -10_000_000, 40_000_000)
