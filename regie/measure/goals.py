"""Goals: what a period is to reach, and where it should stand today to reach it; pure.

Days differ: a shop that sells little on Sundays is not behind on Monday morning. So the share of a
goal that should be reached is that of its days gone by, each weighed by what its weekday brought
lately. Why weekdays and no more: a year's own seasons take years to know, and a pace that nobody
can recount is not believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from regie.measure.cube import MONEY
from regie.terms.errors import RuleError
from regie.terms.money import MICROS

GOAL_MEASURES = ("revenue", "orders", "basket", "items", "buyers", "new_customers")
LEVELS = ("basket",)
"""Measures that do not add up over days: all of the goal holds from the first day on."""
MOST_DAYS = 366
_WHERE = "rules/goals.toml"


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What a measure is to reach within some days.

    fr: objectif

    Parameters
    ----------
    first, last : date
        Both included.
    target : int
        Micros or a count, above 0.

    Examples
    --------
    >>> Goal(measure="orders", first=date(2011, 12, 1), last=date(2011, 12, 31), target=900).days
    31
    """

    measure: str
    first: date
    last: date
    target: int

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def holds(self, day: date) -> bool:
        """Whether a day lies within it."""
        return self.first <= day <= self.last


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a goal stands after some of its days.

    fr: rythme

    Parameters
    ----------
    done, expected : int
        Reached so far; to be reached so far where the goal is to be met.
    ends_at : int
        What the whole period comes to if it goes on like this.

    Examples
    --------
    >>> goal = Goal(measure="orders", first=date(2011, 12, 1), last=date(2011, 12, 31), target=900)
    >>> goal.holds(date(2011, 12, 31)), goal.holds(date(2012, 1, 1))
    (True, False)
    >>> Pace(goal=goal, done=310, expected=300, ends_at=930).ahead
    10
    """

    goal: Goal
    done: int
    expected: int
    ends_at: int

    @property
    def ahead(self) -> int:
        """How much more than expected; negative when behind."""
        return self.done - self.expected


def goals_from(data: Mapping[str, Any], where: str = _WHERE) -> tuple[Goal, ...]:
    """The goals of a TOML file, in its order.

    Parameters
    ----------
    data : Mapping[str, Any]
        `goal`: a list of tables with measure, first, last and target, money in whole units.

    Raises
    ------
    RuleError
        If a part is missing, of another kind or out of range, or two goals of a measure overlap.

    Examples
    --------
    >>> whole = {"measure": "revenue", "first": "2011-12-01", "last": "2011-12-31", "target": 2}
    >>> goals_from({"goal": [whole]})[0].target
    2000000
    >>> goals_from({})
    ()
    >>> goals_from({"goal": [whole | {"target": 0}]})
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/goals.toml goal 1 target is 0, expected a whole number \
from 1 on; write for example 1_000
    """
    unknown = set(data) - {"goal"}
    if unknown:
        raise RuleError(where, f'with "{min(unknown)}"', "[[goal]]", "correct the name")
    goals: list[Goal] = []
    listed = data.get("goal", [])
    if not isinstance(listed, list):
        raise RuleError(where, "with one [goal]", "[[goal]] for each", "double the brackets")
    for number, table in enumerate(listed, start=1):
        goal = _goal(table, f"{where} goal {number}")
        for other in goals:
            meet = other.first <= goal.last and goal.first <= other.last
            if other.measure == goal.measure and meet:
                raise RuleError(
                    f"{where} goal {number}", f"on days that another goal of {goal.measure} has",
                    "days of its own", "end one before the other begins",
                )  # fmt: skip
        goals.append(goal)
    return tuple(goals)


def _goal(table: Any, where: str) -> Goal:
    wanted = {"measure", "first", "last", "target"}
    if not isinstance(table, dict) or set(table) != wanted:
        names = ", ".join(sorted(table)) if isinstance(table, dict) else str(table)
        raise RuleError(where, f"with {names}", "measure, first, last, target", "write these four")
    if table["measure"] not in GOAL_MEASURES:
        raise RuleError(
            f"{where} measure", f'"{table["measure"]}"', f"one of {', '.join(GOAL_MEASURES)}",
            "choose one",
        )  # fmt: skip
    first, last = (_day(table[name], f"{where} {name}") for name in ("first", "last"))
    if not first <= last or (last - first).days >= MOST_DAYS:
        raise RuleError(
            where, f"from {first} to {last}", f"1 to {MOST_DAYS} days", "correct first or last"
        )
    target = table["target"]
    if type(target) is not int or not 0 < target < 10**12:
        raise RuleError(
            f"{where} target", str(target), "a whole number from 1 on", "write for example 1_000"
        )
    units = MICROS if table["measure"] in MONEY else 1
    return Goal(measure=table["measure"], first=first, last=last, target=target * units)


def _day(value: Any, where: str) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise RuleError(
            where, f'"{value}"', "YYYY-MM-DD", "write for example 2011-12-01"
        ) from error


def pace(goal: Goal, done: int, through: date, weekdays: Sequence[int]) -> Pace:
    """Where a goal stands after its days up to one of them.

    Parameters
    ----------
    done : int
        The measure of the goal's days up to `through`.
    through : date
        The last day that counts; before the goal's first one nothing is expected.
    weekdays : Sequence[int]
        Shape (7,), from Monday: what each weekday brought lately. All 0: every day counts alike.

    Examples
    --------
    >>> goal = Goal(measure="orders", first=date(2011, 12, 5), last=date(2011, 12, 11), target=700)
    >>> told = pace(goal, 220, date(2011, 12, 6), [1, 1, 1, 1, 1, 1, 1])
    >>> told.expected, told.ahead, told.ends_at
    (200, 20, 770)
    >>> pace(goal, 220, date(2011, 12, 6), [2, 2, 1, 1, 1, 0, 0]).expected
    400
    >>> pace(goal, 0, date(2011, 12, 1), [0] * 7).expected
    0
    """
    if goal.measure in LEVELS:
        return Pace(goal=goal, done=done, expected=goal.target, ends_at=done)
    weights = [max(int(one), 0) for one in weekdays]
    days = [goal.first + timedelta(n) for n in range(goal.days)]
    whole = sum(weights[day.weekday()] for day in days)
    gone = sum(weights[day.weekday()] for day in days if day <= through)
    if not whole:  # its weekdays never brought anything: they count alike
        whole, gone = goal.days, sum(day <= through for day in days)
    return Pace(
        goal=goal,
        done=done,
        expected=goal.target * gone // whole,
        ends_at=done * whole // gone if gone else 0,
    )
