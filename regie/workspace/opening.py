"""A figure of the overview opened: how it went, what moved it, which data it is of; reads only.

As data, so that the page and a program are told the same; the page puts it into words.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from regie.measure.changes import Changes, changes
from regie.measure.cube import Cube, View
from regie.measure.goals import Pace
from regie.ports.state import Import
from regie.terms.errors import NotFoundError
from regie.workspace import exploring, goals, overview, sight
from regie.workspace.exploring import Question

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

ADD_UP = ("revenue", "items")
"""Figures whose parts, by country or item, add up to the whole: people and baskets do not."""
_SOURCES = 10


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A figure opened.

    fr: chiffre détaillé

    Parameters
    ----------
    question : Question
        The same asked in Explore, day by day.
    value, before : int
        Micros or a count, of these days and of as many before.
    days : tuple[tuple[date, int, int], ...]
        Each day's figure, and that of the day as far into the period before.
    moved : dict[str, Changes]
        Breakdown to what its parts add to the difference; only of figures that add up.
    paces : tuple[Pace, ...]
        Goals of it that the last day lies in, and where they stand.
    sources : tuple[Import, ...]
        The newest files the data came in, the newest first.
    newest, today : date
        The last day with data, and the workspace's present: how fresh it is.
    sql : str or None
        The SELECT that gives the days again.

    Examples
    --------
    >>> day = date(2011, 9, 8)
    >>> Opened(question=Question(first=day, last=day), value=5, before=3, days=((day, 5, 3),),
    ...        moved={}, paces=(), sources=(), newest=day, today=day, sql=None).value
    5
    """

    question: Question
    value: int
    before: int
    days: tuple[tuple[date, int, int], ...]
    moved: dict[str, Changes]
    paces: tuple[Pace, ...]
    sources: tuple[Import, ...]
    newest: date
    today: date
    sql: str | None


def opened(workspace: Stores, cube: Cube, measure: str) -> Opened:
    """A figure of the overview opened.

    Raises
    ------
    NotFoundError
        If the overview has none of that name.
    """
    if measure not in exploring.TILES:
        raise NotFoundError(
            f"figure {measure}", "not there", f"one of {', '.join(exploring.TILES)}", "name one"
        )
    told = overview.period(workspace, cube)
    now, before = View(cube, told.now), View(cube, told.before)
    value, then = now.total(measure), before.total(measure)
    question = Question(measure=measure, by="day", first=told.now.first, last=told.now.last)
    found, earlier = now.measure(measure, "day"), before.measure(measure, "day")
    days = zip(found.names, found.values, earlier.values, strict=True)
    return Opened(
        question=question,
        value=value,
        before=then,
        days=tuple((date.fromisoformat(day), one, other) for day, one, other in days),
        moved={
            by: changes(now.measure(measure, by), before.measure(measure, by), value - then)
            for by in overview.CONTRIBUTORS
            if measure in ADD_UP
        },
        paces=tuple(
            pace
            for pace in goals.paces(workspace, cube, told.now.last)
            if pace.goal.measure == measure
        ),
        sources=tuple(reversed(workspace.state.imports("published")))[:_SOURCES],
        newest=told.newest,
        today=told.today,
        sql=exploring.sql(question, workspace.settings.zone, _oldest_us(workspace)),
    )


def _oldest_us(workspace: Stores) -> int:
    return sight.bounds(workspace, workspace.settings.now_us(), "measurement")["oldest_us"]
