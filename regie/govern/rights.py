"""Until when a request must be answered: the clock of GDPR article 12(3); pure.

One month from receipt; three where the person was told of it, with the reason, within the first.
The month ends on the same day of the next one, on its last day where it has no such day, and on the
next working day where that is a Saturday, a Sunday or a public holiday. Why holidays of a country
that is not known are left out: an earlier end is never too late.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from regie.govern.register import Holding

HOLDINGS = (
    Holding(
        store="state.sqlite/requests",
        columns=("*",),
        purposes=("service",),
        retention_days=1825,
        person="",
        what={
            "en": "What was asked for and how it was answered, step by step; nobody is named.",
            "fr": "Ce qui a été demandé et la réponse, étape par étape ; personne n’y est nommé.",
        },
    ),
    Holding(
        store="state.sqlite/requesters",
        columns=("*",),
        purposes=("service",),
        retention_days=1825,
        person="key",
        what={
            "en": "Who asked for access, change, erasure, or objected; once erased, a mark alone.",
            "fr": "Qui a demandé accès, rectification, effacement, ou s’est opposé ; une marque"
            " seule après effacement.",
        },
    ),
)
"""What is kept about requests: the proof that each was answered in time."""

MONTHS, MONTHS_EXTENDED = 1, 3
COUNTRY_OF_ZONE = {"Europe/Paris": "FR"}
"""Zone to the country whose public holidays count; of others none is known."""

Clock = Literal["open", "soon", "late", "answered", "answered_late"]
SOON_DAYS = 7
"""So many days before the end a request is put forward."""


def due(received: date, *, extended: bool = False, country: str = "") -> date:
    """The last day on which a request can be answered in time.

    Parameters
    ----------
    received : date
        The day it came, in the controller's zone.
    extended : bool
        Whether the person was told within the first month that it takes longer.
    country : str
        `FR` for the public holidays of France; of another country none is known.

    References
    ----------
    Regulation (EU) 2016/679, article 12(3). Regulation (EEC, Euratom) 1182/71, article 3(1), (2)(c)
    and (4): the day of the event does not count; a period in months ends with the day of the same
    date, else the month's last; a last day that is no working day moves to the next that is. EDPB
    Guidelines 01/2022 on the right of access, paragraphs 157-160, whose examples are these.

    Examples
    --------
    >>> due(date(2024, 3, 5)).isoformat()
    '2024-04-05'
    >>> due(date(2023, 8, 31)).isoformat()
    '2023-10-02'
    >>> due(date(2024, 3, 5), extended=True).isoformat()
    '2024-06-05'
    >>> due(date(2024, 4, 1), country="FR").isoformat()
    '2024-05-02'
    """
    months = received.month - 1 + (MONTHS_EXTENDED if extended else MONTHS)
    year, month = received.year + months // 12, months % 12 + 1
    last = _month_end(year, month)
    day = date(year, month, min(received.day, last))
    while day.weekday() >= 5 or day in holidays(day.year, country):
        day += timedelta(1)
    return day


def _month_end(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - timedelta(1)).day


def holidays(year: int, country: str) -> frozenset[date]:
    """The public holidays of a year; empty for a country of which none is known.

    References
    ----------
    Code du travail, article L3133-1.

    Examples
    --------
    >>> sorted(day.isoformat() for day in holidays(2024, "FR"))[1:5]
    ['2024-04-01', '2024-05-01', '2024-05-08', '2024-05-09']
    >>> holidays(2024, "")
    frozenset()
    """
    if country != "FR":
        return frozenset()
    easter = easter_sunday(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    return frozenset(
        [date(year, month, day) for month, day in fixed]
        + [easter + timedelta(after) for after in (1, 39, 50)]
    )


def easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar.

    References
    ----------
    The anonymous computus, as in J. Meeus, Astronomical Algorithms, chapter 8.

    Examples
    --------
    >>> [easter_sunday(year).isoformat() for year in (2011, 2024, 2026)]
    ['2011-04-24', '2024-03-31', '2026-04-05']
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    leaps, part = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, left = divmod(rest, 4)
    week = (32 + 2 * part + 2 * quarter - moon - left) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def clock(due_day: date, today: date, answered: date | None) -> Clock:
    """Where a request stands against its last day.

    Examples
    --------
    >>> clock(date(2024, 4, 5), date(2024, 4, 6), None)
    'late'
    >>> clock(date(2024, 4, 5), date(2024, 4, 1), None)
    'soon'
    >>> clock(date(2024, 4, 5), date(2024, 9, 1), date(2024, 4, 5))
    'answered'
    """
    if answered is not None:
        return "answered" if answered <= due_day else "answered_late"
    if today > due_day:
        return "late"
    return "soon" if (due_day - today).days <= SOON_DAYS else "open"
