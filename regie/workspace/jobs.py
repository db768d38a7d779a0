"""Heavy work in processes of its own: asked for, followed, told; reads and writes jobs.sqlite.

The service only starts a process and reads rows, so a page never waits, and whoever kills the
service kills no work. One job of a workspace is at work at a time. Whoever works holds a lock file
that the system lets go of with the process: a job without its lock is broken off, is told so, and
can be asked for again; the workspace's own commit points keep it whole meanwhile.
"""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from regie.engines.locks import lease
from regie.ports.jobs import Job
from regie.terms.document import Lang
from regie.terms.errors import NotFoundError, RefusedError, RegieError, SettingError, WorkspaceError
from regie.terms.instant import DAY_US, day_of, parse_day
from regie.workspace import apart
from regie.workspace.settings import wall_us

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace

KEPT_US = 90 * DAY_US
"""So long a job that is over is told."""
STARTING_US = 30_000_000
"""So long a process may take until it holds its lock."""
_POLL_S = 0.25
_LOG_LETTERS = 4000
_log = logging.getLogger("regie.jobs")

Told = Callable[[str], None]


class RunAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As of which day; else of now."""

    as_of: str | None = None


class ReportAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page, in which language and form."""

    lang: Lang | None = None
    format: Literal["html", "pdf", "json"] = "html"
    page: Literal["report", "notice", "register"] = "report"


class ExportAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which mail tool."""

    to: str = "plain"


class SendAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which composed report, which of its editions (when, in microseconds UTC), who has it sent."""

    report: str
    due: str = ""
    by: str = "schedule"


class ImportAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which file of this machine, by which mapping."""

    file: str
    mapping: str


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing may be asked."""


def _run(workspace: Workspace, asked: RunAsked, told: Told) -> str:
    return str(workspace.run(asked.as_of, told).run)


def _report(workspace: Workspace, asked: ReportAsked, told: Told) -> str:
    return workspace.write_report(asked.lang, asked.format, asked.page).name


def _export(workspace: Workspace, asked: ExportAsked, told: Told) -> str:
    try:
        made = workspace.export(asked.to)
    except RefusedError as error:
        # In the log by reason and number: a reader of another language is told in theirs.
        code, counts = error.reason
        for line in [f"{reason}={n}" for reason, n in sorted(counts.items())] or [f"export_{code}"]:
            told(line)
        raise
    left_out = [f"{reason}={n}" for reason, n in sorted(made.left_out.items())]
    return " ".join([Path(made.path).name, str(made.rows), *left_out])


def _send_report(workspace: Workspace, asked: SendAsked, told: Told) -> str:
    from regie.workspace import editions

    sent = editions.send(workspace, asked.report, asked.by, int(asked.due or 0))
    return " ".join([sent.state, *(sent.refused or ([sent.file] if sent.file else []))])


def _import(workspace: Workspace, asked: ImportAsked, told: Told) -> str:
    workspace.import_file(asked.file, asked.mapping)
    return Path(asked.file).name


def _expire(workspace: Workspace, asked: Nothing, told: Told) -> str:
    return str(len(workspace.expire()))


def _verify(workspace: Workspace, asked: Nothing, told: Told) -> str:
    found = workspace.verify()
    if found.faults:
        raise WorkspaceError(
            f"workspace {workspace.folder.name}",
            f"damaged in {len(found.faults):,} places ({'; '.join(found.faults[:3])})",
            "every row as it was sealed",
            "see them all: regie verify",
        )
    return str(found.rows)


KINDS: Mapping[str, tuple[Any, Callable[[Any, Any, Told], str]]] = {
    "run": (RunAsked, _run),
    "report": (ReportAsked, _report),
    "export": (ExportAsked, _export),
    "expire": (Nothing, _expire),
    "import": (ImportAsked, _import),
    "send_report": (SendAsked, _send_report),
    "verify": (Nothing, _verify),
}
"""Kind of job to what it may be asked, and what does it."""
BY_ANYBODY = ("run", "report", "export", "expire")
"""Kinds that can be asked for by name; an import reads a file, which the Data screen brings."""


def new(kind: str, arguments: Mapping[str, str], started_by: str, **scheduled: Any) -> Job:
    """A job that can be done.

    Raises
    ------
    SettingError
        If there is no such kind, or it cannot be asked that.

    Examples
    --------
    >>> new("run", {"as_of": "2011-06-09"}, "camille@example.com").state
    'waiting'
    >>> new("report", {"lang": "de"}, "camille@example.com")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: job report is not valid (Invalid enum value 'de' - at \
`$.lang`), expected what it can be asked; see docs/guides/jobs.md
    """
    if kind not in KINDS:
        raise SettingError("job", f'"{kind}"', "one of " + ", ".join(KINDS), "name one of them")
    _asked(kind, arguments)
    return Job(
        id=secrets.token_hex(16), kind=kind, arguments=dict(arguments), started_by=started_by,
        at_us=wall_us(), **scheduled,
    )  # fmt: skip


def _asked(kind: str, arguments: Mapping[str, str]) -> Any:
    try:
        return msgspec.convert(dict(arguments), KINDS[kind][0])
    except msgspec.ValidationError as error:
        raise SettingError(
            f"job {kind}", f"not valid ({error})", "what it can be asked",
            "see docs/guides/jobs.md",
        ) from error  # fmt: skip


def start(workspace: Workspace, job: Job) -> Job:
    """Have a job done by a process of its own; comes back at once.

    Raises
    ------
    SettingError
        If a run is asked for as of a day that is none, or has not come.
    """
    if job.kind == "run":
        workspace.as_of_us(job.arguments.get("as_of"))
    if workspace.jobs.add(job):
        process(workspace.folder, job.id)
    return job


def again(workspace: Workspace, job_id: str, started_by: str) -> Job:
    """Ask once more for a job that is over.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    RefusedError
        If it is still waiting or at work.
    """
    found = one(workspace, job_id)
    if not found.is_over:
        raise RefusedError(f"job {job_id}", found.state, "one that is over", "wait until it is")
    return start(workspace, new(found.kind, found.arguments, started_by))


def one(workspace: Workspace, job_id: str) -> Job:
    """The job of an id.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = workspace.jobs.one(job_id)
    if found is None:
        raise NotFoundError(f"job {job_id}", "not there", "one that is kept", "list the jobs")
    return found


def days(workspace: Workspace, found: Sequence[Job]) -> dict[str, date]:
    """Run among jobs, by its id, to the day as of which it looks: the one it was asked for, else
    the one its run stands at; one that is not done, the present of when it began.
    """
    told, zone = {}, workspace.settings.zone
    runs = [job for job in found if job.kind == "run"]
    at_us = {}
    if any(job.state == "done" and "as_of" not in job.arguments for job in runs):
        at_us = {str(run.number): run.as_of_us for run in workspace.runs()}
    for job in runs:
        asked = job.arguments.get("as_of")
        began_us = workspace.settings.now_us() if workspace.settings.now else job.began_us
        stood_us = at_us.get(job.told, began_us or job.at_us)
        told[job.id] = parse_day(asked) if asked else day_of(stood_us, zone)
    return told


def settle(workspace: Workspace) -> list[Job]:
    """Say of jobs whose process is gone that they are broken off; which they are."""
    gone = []
    for job in workspace.jobs.all():
        starting = job.state == "waiting" and wall_us() - job.at_us < STARTING_US
        if job.is_over or starting or _is_alive(workspace, job.id):
            continue
        told = "its process ended before it was done; nothing half-done is seen, ask for it again"
        if workspace.jobs.end(job.id, "broken off", told, wall_us()):
            gone.append(job)
        _lock(workspace, job.id).unlink(missing_ok=True)
    return gone


def work(workspace: Workspace, job: Job) -> Job:
    """Do a job in this process, when its turn has come; how it ended is told, never raised."""
    with ExitStack() as held:
        held.enter_context(lease(_lock(workspace, job.id), 5.0, f"job {job.id}"))
        _wait_for_turn(workspace, held)
        workspace.jobs.begin(job.id, wall_us())
        state, told = _done(workspace, job)
        workspace.jobs.end(job.id, state, told, wall_us())
        _lock(workspace, job.id).unlink(missing_ok=True)
    return one(workspace, job.id)


def _done(workspace: Workspace, job: Job) -> tuple[str, str]:
    steps: list[str] = []

    def told(step: str) -> None:
        steps.append(step)
        workspace.jobs.step(job.id, step, "\n".join(steps)[-_LOG_LETTERS:])

    try:
        return "done", KINDS[job.kind][1](workspace, _asked(job.kind, job.arguments), told)
    except RegieError as error:
        return "failed", str(error)
    except Exception:
        if os.environ.get("REGIE_TRACE"):
            raise
        # Told to whoever runs the service; a job's row is read by more people.
        _log.exception("job %s", job.id)
        return "failed", "something went wrong; the service's log says what"


def _wait_for_turn(workspace: Workspace, held: ExitStack) -> None:
    while True:
        try:
            held.enter_context(lease(_scratch(workspace) / "jobs.lease", 0.0, "work"))
        except WorkspaceError:
            time.sleep(_POLL_S)
        else:
            return


def _is_alive(workspace: Workspace, job_id: str) -> bool:
    try:
        with lease(_lock(workspace, job_id), 0.0, f"job {job_id}"):
            return False
    except WorkspaceError:
        return True


def _lock(workspace: Workspace, job_id: str) -> Path:
    return _scratch(workspace) / f"job-{job_id}.lease"


def _scratch(workspace: Workspace) -> Path:
    return workspace.folder / "scratch"


def process(folder: Path, what: str) -> subprocess.Popen[bytes]:
    """A process that does a job, or everything that is due (`tick`), apart from this one."""
    # A session of its own: what ends the service ends no work.
    child = subprocess.Popen(
        apart.command(folder, what), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    threading.Thread(target=child.wait, daemon=True).start()  # so that it leaves no zombie
    return child
