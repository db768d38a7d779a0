"""How many people allow each purpose, over time, as the consent records tell it; reads only.

Who was erased is in no record, so the past is told without them too: a line that goes down may be
people who said no, or people who are gone.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from regie.terms.instant import day_of

if TYPE_CHECKING:
    from regie.workspace.stores import Stores

MOST_POINTS = 120
"""Longer than so many days a line is told by week."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """People whose last answer to one purpose was yes, and no, at the end of each day or week.

    fr: réponses

    Parameters
    ----------
    days : tuple[date, ...]
        Shape (n,). Days, or the last days of weeks where `by_week`; ends with the present.
    allowed, refused : tuple[int, ...]
        Shape (n,). People.

    Examples
    --------
    >>> Answers(purpose="profiling", by_week=False, days=(), allowed=(), refused=()).allowed
    ()
    """

    purpose: str
    by_week: bool
    days: tuple[date, ...]
    allowed: tuple[int, ...]
    refused: tuple[int, ...]

    def before(self, days: int) -> tuple[int, int]:
        """Who allowed and refused so many days before the last one; zero where nobody had."""
        if not self.days:
            return 0, 0
        then = self.days[-1] - timedelta(days)
        place = sum(day <= then for day in self.days) - 1
        return (self.allowed[place], self.refused[place]) if place >= 0 else (0, 0)


def over_time(workspace: Stores) -> dict[str, Answers]:
    """Purpose to its answers over time, in the order of the purposes."""
    settings, moves = workspace.settings, workspace.state.consent_moves()
    today = day_of(settings.now_us(), settings.zone)
    days = [day_of(int(at_us), settings.zone) for at_us in moves["at_us"]]
    told = {}
    for purpose in workspace.rules.purposes():
        rows = [place for place, name in enumerate(moves["purpose"]) if name == purpose]
        told[purpose] = _line(
            purpose,
            [min(days[row], today) for row in rows],
            moves["allowed"][rows],
            moves["refused"][rows],
            today,
        )
    return told


def _line(
    purpose: str, days: list[date], allowed: np.ndarray, refused: np.ndarray, today: date
) -> Answers:
    """Moves added up, at every day or every seventh."""
    if not days:
        return Answers(purpose=purpose, by_week=False, days=(), allowed=(), refused=())
    span = (today - days[0]).days
    step = 7 if span > MOST_POINTS else 1
    shown = [today - timedelta(back) for back in range(span // step * step, -1, -step)]
    ends = np.searchsorted([d.toordinal() for d in days], [d.toordinal() for d in shown], "right")
    total = [np.concatenate(([0], np.cumsum(moved)))[ends] for moved in (allowed, refused)]
    return Answers(
        purpose=purpose,
        by_week=step == 7,
        days=tuple(shown),
        allowed=tuple(total[0].tolist()),
        refused=tuple(total[1].tolist()),
    )
