"""Eligibility: who could get which campaign, and why the others could not; pure, over arrays.

Letters: p person, c campaign. One person is an array of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt

from regie.terms.errors import RuleError
from regie.terms.instant import instant_us, moment_of

EXCLUSIONS = (
    "dates",
    "consent",
    "address",
    "audience",
    "selection",
    "holdout",
    "pressure",
    "budget",
)
"""Why a campaign falls out for a person, in the order in which the reasons are told."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """When nothing is sent.

    Parameters
    ----------
    days : tuple[str, ...]
        Weekdays in English.
    from_hour, to_hour : int
        Local hours, from the first until the second, over midnight where from > to.
    """

    days: tuple[str, ...] = ()
    from_hour: int = 0
    to_hour: int = 0


def next_send_us(from_us: int, zone: str, quiet: Quiet) -> int:
    """The first instant at or after `from_us` at which a message may leave.

    Examples
    --------
    Midnight at the start of a Thursday, quiet from 20 h to 9 h: nine o'clock.

    >>> q = Quiet(days=("sunday",), from_hour=20, to_hour=9)
    >>> moment_of(next_send_us(1307574000000000, "Europe/London", q), "Europe/London").isoformat()
    '2011-06-09T09:00:00+01:00'

    A Saturday evening waits until Monday morning.

    >>> moment_of(next_send_us(1307820600000000, "Europe/London", q), "Europe/London").isoformat()
    '2011-06-13T09:00:00+01:00'
    """
    if len(set(quiet.days)) >= len(WEEKDAYS):
        raise RuleError("quiet.days", "every day", "at least one day to send on", "remove a day")
    moment = moment_of(from_us, zone)
    while True:
        if WEEKDAYS[moment.weekday()] in quiet.days:
            moment = _midnight_after(moment)
        elif _in_quiet_hours(moment.hour, quiet):
            later = moment.replace(hour=quiet.to_hour, minute=0, second=0, microsecond=0)
            moment = later if moment.hour < quiet.to_hour else _midnight_after(moment)
        else:
            return instant_us(moment)


def _midnight_after(moment: datetime) -> datetime:
    return (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _in_quiet_hours(hour: int, quiet: Quiet) -> bool:
    if quiet.from_hour <= quiet.to_hour:
        return quiet.from_hour <= hour < quiet.to_hour
    return hour >= quiet.from_hour or hour < quiet.to_hour


class Slate(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy is given: everything known of each person and campaign at that instant.

    Parameters
    ----------
    keys : Sequence[str]
        Shape (p,).
    campaigns : Sequence[str]
        Shape (c,).
    response_p : Floats
        Shape (p,). Log-odds of an order within 30 days, minus those of the average person.
    affinity_pc : Floats
        Shape (p, c). Mean affinity of the selection, in points.
    priority_c : Floats
        Shape (c,). Points.
    cost_c, budget_c : Ints
        Shape (c,). Micros a message and a run.
    dates_c, consent_p, address_p, audience_pc, selection_pc : Bools
        Whether that condition is met.
    contacts_p : Ints
        Shape (p,). Messages of the last rolling days, sent or approved.
    """

    keys: Sequence[str]
    campaigns: Sequence[str]
    response_p: Floats
    affinity_pc: Floats
    priority_c: Floats
    cost_c: Ints
    budget_c: Ints
    dates_c: Bools
    consent_p: Bools
    address_p: Bools
    audience_pc: Bools
    selection_pc: Bools
    contacts_p: Ints


def person_of(slate: Slate, p: int) -> Slate:
    """The slate of one of its people: an array of one.

    Examples
    --------
    >>> yes = np.array([True])
    >>> s = Slate(keys=["a", "b"], campaigns=["x"], response_p=np.array([0.1, 0.2]),
    ...           affinity_pc=np.array([[1.0], [2.0]]), priority_c=np.zeros(1),
    ...           cost_c=np.array([1]), budget_c=np.array([9]), dates_c=yes,
    ...           consent_p=np.array([True, False]), address_p=np.array([True, True]),
    ...           audience_pc=np.ones((2, 1), bool), selection_pc=np.ones((2, 1), bool),
    ...           contacts_p=np.array([0, 3]))
    >>> one = person_of(s, 1)
    >>> one.keys, one.affinity_pc.tolist(), one.consent_p.tolist(), one.contacts_p.tolist()
    (['b'], [[2.0]], [False], [3])
    """
    one = slice(p, p + 1)
    return msgspec.structs.replace(
        slate,
        keys=slate.keys[one],
        response_p=slate.response_p[one],
        affinity_pc=slate.affinity_pc[one],
        consent_p=slate.consent_p[one],
        address_p=slate.address_p[one],
        audience_pc=slate.audience_pc[one],
        selection_pc=slate.selection_pc[one],
        contacts_p=slate.contacts_p[one],
    )
