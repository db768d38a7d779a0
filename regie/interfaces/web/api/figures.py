"""The overview for programs: each figure opened, and goals, read and set."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from regie.interfaces.web.api.entry import Call, Entry, Shown
from regie.interfaces.web.api.reading import Spoken
from regie.measure.goals import GOAL_MEASURES, Goal, Pace
from regie.words.sentences import say
from regie.workspace import goals, opening, overview, ruling
from regie.workspace.opening import Opened
from regie.workspace.settings import GOALS

_Measure = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(GOAL_MEASURES)})]
_Target = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class NumberTold(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the overview opened.

    Parameters
    ----------
    means : str
        Its definition, in words.
    opened : Opened
        What it is made of; order lines are asked of /explore/rows, by its question.
    """

    name: str
    title: str
    means: str
    opened: Opened


class GoalTold(msgspec.Struct, frozen=True, kw_only=True):
    """A goal; where it stands only while one of its days is the last with data."""

    goal: Goal
    pace: Pace | None


class GoalsTold(msgspec.Struct, frozen=True, kw_only=True):
    """Every goal, and the version of their file."""

    shown: str
    rows: tuple[GoalTold, ...]


class GoalNamed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal by its measure and days."""

    measure: _Measure
    first: date
    last: date
    shown: Shown


class GoalGiven(GoalNamed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal to set; money in micros, of which the file keeps whole units."""

    target: _Target


def number(call: Call) -> NumberTold:
    """One figure opened."""
    name = call.path["measure"]
    found = opening.opened(call.workspace, call.board.cubes.current(), name)
    return NumberTold(
        name=name,
        title=say(f"screens.measure_{name}", call.query.lang),
        means=say(f"screens.measure_{name}_means", call.query.lang),
        opened=found,
    )


def every_goal(call: Call) -> GoalsTold:
    """Every goal."""
    cube = call.board.cubes.current()
    last = overview.period(call.workspace, cube).now.last
    paced = {pace.goal: pace for pace in goals.paces(call.workspace, cube, last)}
    return GoalsTold(
        shown=ruling.shown(call.workspace, GOALS),
        rows=tuple(
            GoalTold(goal=one, pace=paced.get(one)) for one in goals.goals(call.workspace)
        ),
    )  # fmt: skip


def set_goal(call: Call) -> GoalsTold:
    """Set a goal."""
    asked: GoalGiven = call.body
    goal = Goal(measure=asked.measure, first=asked.first, last=asked.last, target=asked.target)
    goals.put(call.workspace, goal, actor=call.account.email, seen=asked.shown)
    call.note("goal_set", f"{goal.measure}, {goal.first}, {goal.last}: {goal.target}")
    return every_goal(call)


def drop_goal(call: Call) -> GoalsTold:
    """Take a goal out."""
    asked: GoalNamed = call.body
    goals.drop(
        call.workspace, asked.measure, asked.first, asked.last, actor=call.account.email,
        seen=asked.shown,
    )  # fmt: skip
    call.note("goal_dropped", f"{asked.measure}, {asked.first}, {asked.last}")
    return every_goal(call)


ENTRIES = (
    Entry(method="GET", path="/numbers/{measure}", permission="see", function=number,
          query=Spoken, does="One figure of the overview: what it means, how it went day by day,"
          " what moved it, its goals, its sources and SQL.", answer=NumberTold, heavy=True),
    Entry(method="GET", path="/goals", permission="see", function=every_goal,
          does="What is to be reached, and where it stands.", answer=GoalsTold, heavy=True),
    Entry(method="POST", path="/goals", permission="set_goals", function=set_goal,
          body=GoalGiven, does="Set a goal, or change that of the same measure and days.",
          answer=GoalsTold),
    Entry(method="POST", path="/goals/drop", permission="set_goals", function=drop_goal,
          body=GoalNamed, does="Take a goal out.", answer=GoalsTold),
)  # fmt: skip
