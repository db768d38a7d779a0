"""Goals of a workspace: read from rules/goals.toml, set and taken out on a screen.

The file stays a file that people edit: what stands above its first goal is kept. What is written
is read by the house's own reader first, so that a goal that cannot be read never takes the place of
those that can; it is written as every rule is (`ruling`), so that nobody undoes what they did not
see, and who set what is kept and sealed.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from regie.measure import goals as measured
from regie.measure.cube import MONEY, Cube, Cut, View
from regie.measure.goals import Goal, Pace, goals_from, pace
from regie.terms.errors import RuleError
from regie.terms.money import MICROS
from regie.workspace import ruling
from regie.workspace.settings import GOALS, read_toml

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

LATELY_DAYS = 56
"""Eight whole weeks tell what each weekday brings."""
_HEAD = """\
# What the shop is to reach: shown with its pace on the overview. Money in whole units.
"""


def goals(workspace: Stores) -> tuple[Goal, ...]:
    """The goals, by their first day and measure.

    Raises
    ------
    RuleError
        If the file cannot be read.
    """
    path = workspace.rules.folder / GOALS
    found = goals_from(read_toml(path)) if path.is_file() else ()
    order = measured.GOAL_MEASURES
    return tuple(sorted(found, key=lambda goal: (goal.first, order.index(goal.measure))))


def put(workspace: Stores, goal: Goal, *, actor: str, seen: str | None = None) -> None:
    """Add a goal, or change that of the same measure and days.

    Parameters
    ----------
    actor : str
        Who sets it.
    seen : str or None
        `ruling.shown` of the goals that were looked at; None: as they stand.

    Raises
    ------
    RuleError
        If it cannot be, or overlaps another one of its measure; the file then stays as it was.
    StaleError
        If somebody changed the goals since.
    """
    if goal.target % _units(goal.measure):
        raise RuleError(
            "target", f"{goal.target} micros", "whole units", "leave out what is less than one"
        )
    seen = ruling.shown(workspace, GOALS) if seen is None else seen
    found = goals(workspace)
    kept = [g for g in found if _of(g) != _of(goal)]
    deed = "edited" if len(kept) < len(found) else "made"
    _write(workspace, [*kept, goal], seen, _about(*_of(goal)), deed, actor)


def drop(
    workspace: Stores,
    measure: str,
    first: date,
    last: date,
    *,
    actor: str,
    seen: str | None = None,
) -> None:
    """Take a goal out; one that is not there changes nothing.

    Raises
    ------
    StaleError
        If somebody changed the goals since they were looked at.
    """
    seen = ruling.shown(workspace, GOALS) if seen is None else seen
    found = goals(workspace)
    kept = [g for g in found if _of(g) != (measure, first, last)]
    if len(kept) == len(found):
        ruling.still(workspace, GOALS, seen)
    else:
        _write(workspace, kept, seen, _about(measure, first, last), "dropped", actor)


def _of(goal: Goal) -> tuple[str, date, date]:
    return goal.measure, goal.first, goal.last


def _about(measure: str, first: date, last: date) -> str:
    return f"{measure}, {first}, {last}"


def _write(  # noqa: PLR0917 (what a change says)
    workspace: Stores, kept: list[Goal], seen: str, about: str, deed: str, actor: str
) -> None:
    path = workspace.rules.folder / GOALS
    old = path.read_text("utf-8") if path.is_file() else _HEAD
    head = old.partition("[[goal]]")[0].rstrip("\n")
    parts = [head, *(_told(goal) for goal in sorted(kept, key=lambda g: (g.first, g.measure)))]
    text = "\n\n".join(part for part in parts if part) + "\n"
    goals_from(tomllib.loads(text))
    ruling.change(
        workspace, GOALS, text.encode(), seen=seen, about=about, deed=deed, actor=actor
    )  # fmt: skip


def _told(goal: Goal) -> str:
    return "\n".join(
        (
            "[[goal]]",
            f'measure = "{goal.measure}"',
            f"first = {goal.first}",
            f"last = {goal.last}",
            f"target = {goal.target // _units(goal.measure):_}",
        )
    )


def _units(measure: str) -> int:
    return MICROS if measure in MONEY else 1


def paces(workspace: Stores, cube: Cube, through: date) -> tuple[Pace, ...]:
    """Where each goal stands that a day lies in.

    Parameters
    ----------
    through : date
        The last day that is over and of which there are data.
    """
    return tuple(_pace(cube, goal, through) for goal in goals(workspace) if goal.holds(through))


def _pace(cube: Cube, goal: Goal, through: date) -> Pace:
    done = View(cube, Cut(first=goal.first, last=through)).total(goal.measure)
    lately = Cut(first=through - timedelta(LATELY_DAYS - 1), last=through)
    by_day = View(cube, lately).measure(goal.measure, "day")
    weekdays = [0] * 7
    for day, value in zip(by_day.names, by_day.values, strict=True):
        weekdays[date.fromisoformat(day).weekday()] += value
    return pace(goal, done, through, weekdays)
