"""Instants: integer microseconds UTC, and days in a named zone; pure (reads the zone database).

Why no datetime in records: an integer has one zone and one meaning, sorts and hashes everywhere.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regie.terms.errors import SettingError

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
DAY_US = 24 * HOUR_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name.

    Examples
    --------
    >>> zone("Europe/Paris").key
    'Europe/Paris'
    >>> zone("Paris")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: zone is "Paris", expected an IANA name; write for example \
Europe/Paris
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise SettingError(
            "zone", f'"{name}"', "an IANA name", "write for example Europe/Paris"
        ) from error


def instant_us(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime.

    Examples
    --------
    >>> instant_us(datetime(2011, 6, 9, tzinfo=ZoneInfo("Europe/London")))
    1307574000000000
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(at_us: int, zone_name: str) -> datetime:
    """The aware datetime of an instant, on the clock of a zone.

    Examples
    --------
    >>> moment_of(1307574000000000, "Europe/London").isoformat()
    '2011-06-09T00:00:00+01:00'
    """
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone(zone_name))


def day_of(at_us: int, zone_name: str) -> date:
    """The day an instant falls on in a zone.

    Examples
    --------
    >>> day_of(1307573999000000, "Europe/London"), day_of(1307573999000000, "Asia/Tokyo")
    (datetime.date(2011, 6, 8), datetime.date(2011, 6, 9))
    """
    return moment_of(at_us, zone_name).date()


def day_start_us(day: date, zone_name: str) -> int:
    """The first instant of a day in a zone.

    Examples
    --------
    >>> day_start_us(date(2011, 6, 9), "Europe/London")
    1307574000000000
    """
    return instant_us(datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)))


def parse_day(text: str) -> date:
    """A day written as YYYY-MM-DD.

    Examples
    --------
    >>> parse_day("2011-06-09")
    datetime.date(2011, 6, 9)
    >>> parse_day("09/06/2011")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: date is "09/06/2011", expected YYYY-MM-DD; write for example \
2011-06-09
    >>> parse_day("2026-02-31")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: date is "2026-02-31", a day that does not exist, expected a \
day of the calendar; write one that exists, for example 2026-02-28
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        if written := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])-\d\d", text, re.ASCII):
            year, month = int(written[1]) or 1, int(written[2])
            last = date(year, month, calendar.monthrange(year, month)[1])
            raise SettingError(
                "date",
                f'"{text}", a day that does not exist',
                "a day of the calendar",
                f"write one that exists, for example {last}",
            ) from error
        raise SettingError(
            "date", f'"{text}"', "YYYY-MM-DD", "write for example 2011-06-09"
        ) from error
