"""Quiet days and hours on the clock of a zone: nothing leaves in them, nothing waits beyond."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regie.decide.eligibility import WEEKDAYS, Quiet, next_send_us
from regie.terms.errors import RuleError
from regie.terms.instant import HOUR_US, SECOND_US, instant_us, moment_of

PARIS = "Europe/Paris"
NIGHT = Quiet(days=("sunday",), from_hour=20, to_hour=9)
NOON = Quiet(from_hour=12, to_hour=14)


def sent(asked: str, quiet: Quiet, zone: str = PARIS) -> str:
    asked_us = instant_us(datetime.fromisoformat(asked).replace(tzinfo=ZoneInfo(zone)))
    return moment_of(next_send_us(asked_us, zone, quiet), zone).isoformat()[:16]


@pytest.mark.parametrize(
    ("quiet", "asked", "leaves"),
    [
        (Quiet(), "2011-06-09T03:00", "2011-06-09T03:00"),
        (NIGHT, "2011-06-09T00:00", "2011-06-09T09:00"),
        (NIGHT, "2011-06-09T08:59", "2011-06-09T09:00"),
        (NIGHT, "2011-06-09T09:00", "2011-06-09T09:00"),
        (NIGHT, "2011-06-09T19:59", "2011-06-09T19:59"),
        (NIGHT, "2011-06-09T20:00", "2011-06-10T09:00"),
        (NIGHT, "2011-06-11T21:00", "2011-06-13T09:00"),
        (NIGHT, "2011-06-12T12:00", "2011-06-13T09:00"),
        (NOON, "2011-06-12T12:00", "2011-06-12T14:00"),
        (NOON, "2011-06-12T14:00", "2011-06-12T14:00"),
        (Quiet(from_hour=9, to_hour=9), "2011-06-12T09:00", "2011-06-12T09:00"),
        # The night in which clocks go forward has no half past two.
        (Quiet(from_hour=0, to_hour=2), "2011-03-27T01:00", "2011-03-27T03:00"),
    ],
)
def test_a_message_leaves_at_the_next_open_minute(quiet: Quiet, asked: str, leaves: str) -> None:
    assert sent(asked, quiet) == leaves


def test_a_week_of_quiet_days_is_refused() -> None:
    with pytest.raises(RuleError, match=r"quiet.days is every day, expected at least one day"):
        next_send_us(0, PARIS, Quiet(days=WEEKDAYS))


quiets = st.builds(
    Quiet,
    days=st.lists(st.sampled_from(WEEKDAYS), max_size=6, unique=True).map(tuple),
    from_hour=st.integers(0, 23),
    to_hour=st.integers(0, 23),
)


@given(
    quiet=quiets,
    from_us=st.integers(1_293_836_400, 1_325_372_400).map(lambda s: s * SECOND_US),
    zone=st.sampled_from((PARIS, "America/New_York", "Asia/Kathmandu")),
)
def test_it_is_never_quiet_then_and_always_was_until_then(
    quiet: Quiet, from_us: int, zone: str
) -> None:
    at_us = next_send_us(from_us, zone, quiet)
    assert at_us >= from_us
    assert not is_quiet(at_us, zone, quiet)
    for step in range(1, min(24 * 8, (at_us - from_us) // (HOUR_US // 2))):
        assert is_quiet(at_us - step * HOUR_US // 2, zone, quiet)
    assert at_us == from_us or is_quiet(at_us - SECOND_US, zone, quiet)


def is_quiet(at_us: int, zone: str, quiet: Quiet) -> bool:
    moment = moment_of(at_us, zone)
    if WEEKDAYS[moment.weekday()] in quiet.days:
        return True
    hours = (quiet.from_hour + n for n in range((quiet.to_hour - quiet.from_hour) % 24))
    return moment.hour in {hour % 24 for hour in hours}
