"""One number of the report by itself: what it is, what it means, its SQL and the rows behind; pure.

Why the report's own tiles and tables: a number opened alone can then never differ from the page.
"""

from __future__ import annotations

from regie.measure.report import happened, rightness
from regie.measure.report.figures import ReportFigures
from regie.measure.report.voice import Voice
from regie.terms.document import Lang, Table, Tile
from regie.terms.errors import NotFoundError

NUMBERS = (*happened.NUMBERS, *rightness.NUMBERS)
"""What can be opened by name."""


def opened(told: ReportFigures, lang: Lang, name: str) -> tuple[Tile, Table]:
    """A number's tile, which holds its definition and SQL, and the block with its rows.

    Raises
    ------
    NotFoundError
        If there is no such number, or nothing was judged yet.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> told = figures.nothing_known("Shop", "EUR", period)
    >>> opened(told, "en", "orders")[0].value
    0
    >>> opened(told, "en", "auc")
    Traceback (most recent call last):
        ...
    regie.terms.errors.NotFoundError: number auc is not there yet, expected a run whose 30 days \
are over; see regie runs
    """
    voice = Voice(lang, told)
    if name in happened.NUMBERS:
        return happened.number(name, told, voice)
    if name in rightness.NUMBERS:
        found = rightness.number(name, told, voice)
        if found is None:
            raise NotFoundError(
                f"number {name}", "not there yet", "a run whose 30 days are over", "see regie runs"
            )
        return found
    raise NotFoundError(f"number {name}", "not there", f"one of {', '.join(NUMBERS)}", "name one")
