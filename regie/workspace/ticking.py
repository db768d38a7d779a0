"""What is due by the workspace's schedule (rules/schedule.toml, composed reports), done once each.

Called by `regie tick` (cron) and by the service. Which time of a task was tried is a row with a
unique name, so that two callers cannot both do it; a time that was missed while nothing ran is
made up for once; a try that failed is repeated a little later, twice, and keeps nothing else
waiting. A task is due from the moment it was first seen: writing one down starts nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import msgspec

from regie.engines.locks import lease
from regie.ports.jobs import Job
from regie.terms.errors import RefusedError, RegieError, RuleError, WorkspaceError
from regie.terms.schedule import Task, latest_due_us, schedule_from
from regie.workspace import composing, editions, jobs
from regie.workspace.composing import Composition
from regie.workspace.editions import Edition, Standing
from regie.workspace.settings import read_toml, wall_us

if TYPE_CHECKING:
    from regie.workspace.site import Site
    from regie.workspace.workspace import Workspace

TRIES = 3
"""So often a task is tried for one of its times."""
RETRY_US = 10 * 60_000_000
EVERY_S = 30.0
"""So often the service looks what is due."""
SCHEDULE = "schedule"
"""Who starts what is due."""
_FAILED = ("failed", "broken off")
_WHERE = "rules/schedule.toml"
_log = logging.getLogger("regie.ticking")


class Due(msgspec.Struct, frozen=True):
    """A time of a task that is to be tried."""

    task: Task
    due_us: int
    attempt: int


def schedule(workspace: Workspace) -> tuple[Task, ...]:
    """The tasks of rules/schedule.toml, where there is one, and the composed reports that leave.

    Raises
    ------
    RuleError
        If the file is not valid, or a task does what no job does.
    """
    path = workspace.folder / _WHERE
    tasks = schedule_from(read_toml(path), _WHERE) if path.is_file() else ()
    for task in tasks:
        if task.does not in jobs.BY_ANYBODY:
            raise RuleError(
                f"{_WHERE} task {task.name} does", f'"{task.does}"',
                "one of " + ", ".join(jobs.BY_ANYBODY), "correct it",
            )  # fmt: skip
        jobs.new(task.does, task.arguments, SCHEDULE)
    return (*tasks, *composing.tasks(workspace))


def due(workspace: Workspace, now_us: int | None = None) -> list[Due]:
    """What is to be tried now, in the schedule's order.

    Parameters
    ----------
    now_us : int or None
        The workspace's present where it is not given.
    """
    now_us = workspace.settings.now_us() if now_us is None else now_us
    found = []
    for task in schedule(workspace):
        due_us = latest_due_us(task, now_us, workspace.settings.zone)
        if due_us <= workspace.jobs.since(task.name, now_us):
            continue
        tries = workspace.jobs.tries(task.name, due_us)
        if _is_to_try(tries):
            found.append(Due(task, due_us, len(tries) + 1))
    return found


def _is_to_try(tries: list[Job]) -> bool:
    if not tries:
        return True
    failed = [job for job in tries if job.state in _FAILED]
    waited = wall_us() - tries[-1].ended_us >= RETRY_US
    return tries[-1].state in _FAILED and len(failed) < TRIES and waited


def sign(
    workspace: Workspace, report: Composition, due_us: int, edition: Edition, *, shown: str,
    actor: str,
) -> None:  # fmt: skip
    """Sign an edition (see `editions.sign`); one whose time has come leaves with it."""
    editions.sign(workspace, report, due_us, edition, shown=shown, actor=actor)
    if due_us <= workspace.settings.now_us():
        send(workspace, report, due_us, actor)


def send(
    workspace: Workspace, report: Composition, due_us: int, actor: str, *, is_named: bool = True
) -> Job:
    """Have an edition leave now; where it fails it is tried again as if the clock had begun it.

    Parameters
    ----------
    is_named : bool
        Whether it was asked for by its time; else the next one never leaves before that.

    Raises
    ------
    RefusedError
        If it left, waits to be signed, or is not due and not both named and signed.
    """
    told, now_us = editions.standing(workspace, report.name, due_us), workspace.settings.now_us()
    is_early = due_us > now_us and not (is_named and told.signed)
    if is_early or not editions.may_leave(report, told, now_us):
        raise RefusedError(
            f"report {report.name}", _why_not(workspace, report, told, now_us),
            "an edition that is due, or the next one named and signed", "look at it again",
        )  # fmt: skip
    asked = {"report": report.name, "due": str(due_us), "by": actor}
    task, tried = report.task(), {}
    if task is not None:
        attempt = len(workspace.jobs.tries(task.name, due_us)) + 1
        tried = {"task": task.name, "due_us": due_us, "attempt": attempt}
    return jobs.start(workspace, jobs.new("send_report", asked, actor, **tried))


def _why_not(workspace: Workspace, report: Composition, told: Standing, now_us: int) -> str:
    has_left = any(was.left_us for was in editions.history(workspace, report.name))
    if told.left_us or (told.due_us > now_us and not told.signed and has_left):
        return "already left"
    return "not signed" if report.sign_off and not told.signed else "not due yet"


def tick(workspace: Workspace, now_us: int | None = None) -> list[Job] | None:
    """Do what is due, one after the other.

    Returns
    -------
    list[Job] or None
        How each ended; None where somebody else is at it.
    """
    with ExitStack() as held:
        try:
            held.enter_context(lease(workspace.folder / "scratch" / "tick.lease", 0.0, "tick"))
        except WorkspaceError:
            return None
        return _ticked(workspace, now_us)


def _ticked(workspace: Workspace, now_us: int | None) -> list[Job]:
    jobs.settle(workspace)
    workspace.jobs.forget(wall_us() - jobs.KEPT_US)
    done = []
    for one in due(workspace, now_us):
        job = jobs.new(
            one.task.does, one.task.arguments, SCHEDULE, task=one.task.name, due_us=one.due_us,
            attempt=one.attempt,
        )  # fmt: skip
        if workspace.jobs.add(job):
            done.append(jobs.work(workspace, job))
    return done


@contextmanager
def clockwork(site: Site) -> Iterator[None]:
    """While it is held: what is due in any workspace of a site is done, by processes apart."""
    ended = threading.Event()
    thread = threading.Thread(target=_turn, args=(site, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _turn(site: Site, ended: threading.Event) -> None:
    while True:
        for room in site.rooms.values():
            try:
                jobs.settle(room.workspace)
                room.board.refresh()
                if due(room.workspace):
                    jobs.process(room.workspace.folder, "tick")
            except RegieError as error:
                _log.warning("%s", error)
        if ended.wait(EVERY_S):
            return
