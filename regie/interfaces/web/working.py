"""Jobs: heavy work that was asked for, how far it is, what is done by the clock."""

from __future__ import annotations

from starlette.responses import Response

from regie.govern.access import may
from regie.interfaces.web.asking import Ask, page, seen
from regie.ports.jobs import Job
from regie.terms.errors import RegieError, SettingError
from regie.terms.instant import day_of
from regie.terms.schedule import Task
from regie.words import formats
from regie.words.sentences import theme_sentences
from regie.workspace import composing, ticking
from regie.workspace import jobs as working
from regie.workspace.exporting import why_left

_NEWEST = 50
_TOLD = ("run", "expire", "verify")
"""Kinds whose outcome is a number, which needs words."""


def jobs(ask: Ask, problem: str = "", status: int = 200, wrong_day: str = "") -> Response:
    """What was asked for of late, newest first; followed live where a browser can."""
    working.settle(ask.workspace)
    told = ask.workspace.jobs.all()[:_NEWEST]
    days = working.days(ask.workspace, told)
    try:
        tasks, wrong = ticking.schedule(ask.workspace), ""
    except RegieError as error:
        tasks, wrong = (), str(error)
    return page(
        ask,
        "jobs",
        status=status,
        jobs=[(job, ask.moment(job.at_us), _lasted(ask, job), _told(ask, job)) for job in told],
        days={one: formats.day(day, ask.lang) for one, day in days.items()},
        log=lambda job: "\n".join(_log(ask, job)),
        why_failed=lambda job: " ".join(_log(ask, job)) if job.kind == "export" else "",
        tasks=[(_task(ask, task.name), task.does, _when(ask, task)) for task in tasks],
        named=lambda name: _task(ask, name),
        wrong=wrong,
        kinds=working.BY_ANYBODY,
        may_start=bool(ask.account and may(ask.account.role, "start_jobs")),
        problem=problem,
        wrong_day=wrong_day,
        as_of=ask.form.get("as_of", ""),
        today=day_of(ask.workspace.settings.now_us(), ask.zone),
    )


def _lasted(ask: Ask, job: Job) -> str:
    ends = job.ended_us or ask.at_us
    return formats.duration((ends - job.began_us) / 1_000_000, ask.lang) if job.began_us else ""


def _told(ask: Ask, job: Job) -> str:
    """How far it is, or what came of it."""
    if job.state == "broken off":
        return ask.say("job_broken_off")
    if job.state == "done" and job.kind in _TOLD:
        n = int(job.told.replace(",", ""))
        return ask.say(f"job_done_{job.kind}", told=formats.number(n, ask.lang))
    if job.state == "done" and job.kind == "export":
        return _exported(ask, job.told)
    if job.state == "done" and job.kind == "send_report":
        return _sent(ask, job.told)
    steps = len(job.log.splitlines())
    return ask.say("job_steps", n=steps) if job.state == "running" and steps else job.told


def _exported(ask: Ask, told: str) -> str:
    """The file, how many people are in it, and how many were left out for what reason."""
    file, people, *left_out = told.split(" ")
    said = [ask.say("job_exported", file=file, n=int(people))]
    return " ".join(said + [_left_out(ask, one) for one in left_out])


def _sent(ask: Ask, told: str) -> str:
    """What became of an edition: whether it left, as which file, whom the server refused."""
    state, _, more = told.partition(" ")
    if state != "left" or not more:
        return ask.say(f"job_sent_{state}")
    return ask.say("job_sent_file" if "/" in more else "job_sent_but", what=more)


def _log(ask: Ask, job: Job) -> list[str]:
    """A job's log: steps of the loop in the reader's words, other lines as they are."""
    named = theme_sentences("screens")
    return [
        _left_out(ask, line)
        if job.kind == "export" and "=" in line
        else ask.say(f"step_{line}")
        if f"step_{line}" in named
        else line
        for line in job.log.splitlines()
    ]


def _left_out(ask: Ask, counted: str) -> str:
    """A reason and how many people were left out for it, in words."""
    reason, _, n = counted.partition("=")
    return ask.say("job_left_out", why=why_left(reason, ask.lang), n=int(n))


def _task(ask: Ask, name: str) -> str:
    """What a task of the schedule is about: a report's own name, else as rules/schedule.toml has
    it.
    """
    kind, _, report = name.partition(".")
    if kind != "report":
        return name
    titles = {one.name: one.title for one in composing.every(ask.workspace)[0]}
    return titles[report].get(ask.lang, report) if report in titles else report


def _when(ask: Ask, task: Task) -> str:
    on = ask.say(f"weekday_{task.on}") if task.every == "week" else task.on
    last = "_last" if task.on == "last" else ""
    return ask.say(f"every_{task.every}{last}", at=task.at, on=on)


def start(ask: Ask) -> Response:
    """Ask for one."""
    assert ask.account is not None, "the route asks for a session"
    kind = ask.form.get("kind", "")
    if kind not in working.BY_ANYBODY:
        return jobs(ask, ask.say("jobs_unknown"), 400)
    given: dict[str, str] = {"lang": ask.lang} if kind == "report" else {}
    as_of = ask.form.get("as_of", "").strip() if kind == "run" else ""
    given |= {"as_of": as_of} if as_of else {}
    try:
        working.start(ask.workspace, working.new(kind, given, ask.account.email))
    except SettingError:
        return jobs(ask, status=400, wrong_day=ask.say("jobs_no_day"))
    ask.note("job_started", kind)
    return seen(ask, "/jobs")


def again(ask: Ask) -> Response:
    """Ask once more for one that is over."""
    assert ask.account is not None, "the route asks for a session"
    job = working.again(ask.workspace, ask.path["job"], ask.account.email)
    ask.note("job_started", job.kind)
    return seen(ask, "/jobs")
