"""When something is due again and again: a day, a week, a month, at a time in a zone; pure.

Why on the clock of a zone and not every so many hours: a report for the morning leaves at eight,
in summer as in winter. A time that a change of clocks skips is due at the same distance from
midnight, a doubled one at its first turn: so each day has it exactly once.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec

from regie.terms.errors import RuleError
from regie.terms.instant import DAY_US, day_of, instant_us, zone

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class Task(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that is due again and again.

    fr: tâche planifiée

    Parameters
    ----------
    name : str
        Unique among the tasks.
    does : str
        A kind of job.
    every : str
        `day`, `week` or `month`.
    at : str
        Time of day, `06:30`.
    on : str
        Of a week the day in English; of a month `1` to `31` or `last`: a month that is shorter has
        it on its last day. Of a day empty.
    arguments : dict[str, str]
        What the job is asked.
    zone : str
        Whose clock it goes by; empty for the workspace's.

    Examples
    --------
    >>> task = Task(name="weekly", does="report", every="week", on="monday", at="08:00")
    >>> from regie.terms.instant import day_start_us, moment_of
    >>> now_us = day_start_us(date(2026, 11, 24), "Europe/Paris")
    >>> moment_of(latest_due_us(task, now_us, "Europe/Paris"), "Europe/Paris").isoformat()
    '2026-11-23T08:00:00+01:00'
    """

    name: str
    does: str
    every: Literal["day", "week", "month"]
    at: str
    on: str = ""
    arguments: dict[str, str] = {}
    zone: str = ""


def latest_due_us(task: Task, now_us: int, zone_name: str) -> int:
    """The last instant up to now at which a task is due.

    Examples
    --------
    >>> from regie.terms.instant import moment_of
    >>> early = Task(name="early", does="run", every="day", at="02:30")
    >>> skipped = instant_us(datetime(2026, 3, 29, 12, tzinfo=zone("Europe/Paris")))
    >>> moment_of(latest_due_us(early, skipped, "Europe/Paris"), "Europe/Paris").isoformat()
    '2026-03-29T03:30:00+02:00'
    >>> ends = Task(name="ends", does="run", every="month", at="00:00", on="31")
    >>> march = instant_us(datetime(2026, 3, 1, tzinfo=zone("Europe/Paris")))
    >>> moment_of(latest_due_us(ends, march, "Europe/Paris"), "Europe/Paris").date().isoformat()
    '2026-02-28'
    """
    zone_name = task.zone or zone_name
    today = day_of(now_us, zone_name)
    hour, minute = int(task.at[:2]), int(task.at[3:])
    # A month and its last day back there is always one.
    for back in range(63):
        day = today - timedelta(days=back)
        if _falls_on(task, day):
            moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone(zone_name))
            if (due_us := instant_us(moment)) <= now_us:
                return due_us
    raise AssertionError("every task is due within two months")


def next_due_us(task: Task, now_us: int, zone_name: str) -> int:
    """The first instant after now at which a task is due.

    Examples
    --------
    >>> from regie.terms.instant import moment_of
    >>> weekly = Task(name="weekly", does="run", every="week", on="monday", at="08:00",
    ...               zone="America/New_York")
    >>> now_us = instant_us(datetime(2026, 11, 24, tzinfo=zone("Europe/Paris")))
    >>> moment_of(next_due_us(weekly, now_us, "Europe/Paris"), "Europe/Paris").isoformat()
    '2026-11-30T14:00:00+01:00'
    """
    for ahead in range(1, 64):
        due_us = latest_due_us(task, now_us + ahead * DAY_US, zone_name)
        if due_us > now_us:
            return due_us
    raise AssertionError("every task is due within two months")


def _falls_on(task: Task, day: date) -> bool:
    if task.every == "day":
        return True
    if task.every == "week":
        return WEEKDAYS[day.weekday()] == task.on
    last = calendar.monthrange(day.year, day.month)[1]
    return day.day == (last if task.on == "last" else min(int(task.on), last))


def schedule_from(data: Mapping[str, Any], where: str) -> tuple[Task, ...]:
    """The tasks of a file of rules, in its order.

    Raises
    ------
    RuleError
        If one is not complete, is named twice, or has no such day or time.

    Examples
    --------
    >>> night = {"name": "night", "does": "run", "every": "day", "at": "03:00"}
    >>> schedule_from({"task": [night]}, "rules/schedule.toml")[0].name
    'night'
    >>> schedule_from({"task": [{**night, "at": "3"}]}, "rules/schedule.toml")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: rules/schedule.toml task night at is "3", expected a time as \
06:30; correct it
    """
    if set(data) - {"task"}:
        odd = sorted(set(data) - {"task"})[0]
        raise RuleError(where, f'with "{odd}"', "[[task]]", "correct the name")
    try:
        tasks = msgspec.convert(data.get("task", []), tuple[Task, ...])
    except msgspec.ValidationError as error:
        raise RuleError(
            where, f"not valid ({error})", "tasks with name, does, every, at", "correct it"
        ) from error
    seen: set[str] = set()
    for task in tasks:
        _check(task, f"{where} task {task.name}")
        if task.name in seen:
            raise RuleError(where, f"with {task.name} twice", "each name once", "rename one")
        seen.add(task.name)
    return tasks


def _check(task: Task, where: str) -> None:
    if not _NAME.fullmatch(task.name):
        raise RuleError(where, "a name", "small letters, digits, - and _", "rename it")
    if task.zone:
        zone(task.zone)
    if not _TIME.fullmatch(task.at):
        raise RuleError(f"{where} at", f'"{task.at}"', "a time as 06:30", "correct it")
    days = {
        "day": ("",),
        "week": WEEKDAYS,
        "month": (*map(str, range(1, 32)), "last"),
    }[task.every]
    if task.on not in days:
        told = {"day": "nothing", "week": "a day as monday", "month": "1 to 31, or last"}
        raise RuleError(f"{where} on", f'"{task.on}"', told[task.every], "correct it")
