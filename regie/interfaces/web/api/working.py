"""Jobs, for programs: heavy work is asked for here, and followed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from regie.interfaces.web.api.entry import Call, Entry, Name
from regie.interfaces.web.api.paging import Page, Paged, page
from regie.ports.jobs import Job
from regie.terms.schedule import Task
from regie.workspace import jobs, ticking


class JobAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done; `regie.workspace.jobs` says what each kind may be asked."""

    kind: Literal["run", "report", "export", "expire"]
    arguments: Annotated[dict[Name, Name], msgspec.Meta(max_length=10)] = {}


class JobTold(Job, frozen=True, kw_only=True):
    """A job, and the day it is about.

    Parameters
    ----------
    as_of : date or None
        As of which day a run looks, whether it was asked for or is the day it was started on; None
        for what is no run.
    """

    as_of: date | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What is done by the clock."""

    tasks: tuple[Task, ...]


def told(call: Call, *found: Job) -> list[JobTold]:
    """Jobs with the days they are about."""
    days = jobs.days(call.workspace, found)
    return [JobTold(**msgspec.structs.asdict(job), as_of=days.get(job.id)) for job in found]


def every(call: Call) -> Page[JobTold]:
    """Newest first."""
    jobs.settle(call.workspace)
    found = told(call, *call.workspace.jobs.all())
    return page(found, call.query, lambda job: (job.at_us, job.id), falling=True)


def one(call: Call) -> JobTold:
    """How far it is."""
    jobs.settle(call.workspace)
    return told(call, jobs.one(call.workspace, call.path["job"]))[0]


def start(call: Call) -> JobTold:
    """Ask for one."""
    asked: JobAsked = call.body
    job = jobs.start(call.workspace, jobs.new(asked.kind, asked.arguments, call.account.email))
    call.note("job_started", job.kind)
    return told(call, job)[0]


def again(call: Call) -> JobTold:
    """Ask once more."""
    job = jobs.again(call.workspace, call.path["job"], call.account.email)
    call.note("job_started", job.kind)
    return told(call, job)[0]


def schedule(call: Call) -> Schedule:
    """The tasks."""
    return Schedule(tasks=ticking.schedule(call.workspace))


ENTRIES = (
    Entry(method="GET", path="/jobs", permission="see_decisions", function=every, query=Paged,
          does="Heavy work that was asked for, newest first.", answer=Page[JobTold]),
    Entry(method="POST", path="/jobs", permission="start_jobs", function=start, body=JobAsked,
          does="Ask for a run, a report, an export, or that what is too old goes.",
          answer=JobTold),
    Entry(method="GET", path="/jobs/{job}", permission="see_decisions", function=one,
          does="One job: how far it is, or how it ended.", answer=JobTold),
    Entry(method="POST", path="/jobs/{job}/again", permission="start_jobs", function=again,
          does="Ask once more for a job that is over.", answer=JobTold),
    Entry(method="GET", path="/schedule", permission="see_decisions", function=schedule,
          does="What is done by the clock.", answer=Schedule),
)  # fmt: skip
