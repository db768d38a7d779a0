"""Jobs, for programs: heavy work is asked for here, and followed."""

from __future__ import annotations

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


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What is done by the clock."""

    tasks: tuple[Task, ...]


def every(call: Call) -> Page[Job]:
    """Newest first."""
    jobs.settle(call.workspace)
    found = call.workspace.jobs.all()
    return page(found, call.query, lambda job: (job.at_us, job.id), falling=True)


def one(call: Call) -> Job:
    """How far it is."""
    jobs.settle(call.workspace)
    return jobs.one(call.workspace, call.path["job"])


def start(call: Call) -> Job:
    """Ask for one."""
    asked: JobAsked = call.body
    job = jobs.start(call.workspace, jobs.new(asked.kind, asked.arguments, call.account.email))
    call.note("job_started", job.kind)
    return job


def again(call: Call) -> Job:
    """Ask once more."""
    job = jobs.again(call.workspace, call.path["job"], call.account.email)
    call.note("job_started", job.kind)
    return job


def schedule(call: Call) -> Schedule:
    """The tasks."""
    return Schedule(tasks=ticking.schedule(call.workspace))


ENTRIES = (
    Entry(method="GET", path="/jobs", permission="see_decisions", function=every, query=Paged,
          does="Heavy work that was asked for, newest first.", answer=Page[Job]),
    Entry(method="POST", path="/jobs", permission="start_jobs", function=start, body=JobAsked,
          does="Ask for a run, a report, an export, or that what is too old goes.", answer=Job),
    Entry(method="GET", path="/jobs/{job}", permission="see_decisions", function=one,
          does="One job: how far it is, or how it ended.", answer=Job),
    Entry(method="POST", path="/jobs/{job}/again", permission="start_jobs", function=again,
          does="Ask once more for a job that is over.", answer=Job),
    Entry(method="GET", path="/schedule", permission="see_decisions", function=schedule,
          does="What is done by the clock.", answer=Schedule),
)  # fmt: skip
