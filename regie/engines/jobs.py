"""Jobs in one SQLite file of their own; reads and writes it, nothing else.

Several processes write it: the service, whoever works, a scheduled tick. Each call is one
statement, so none can leave half of one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from regie.engines.sqlite_file import SqliteFile
from regie.ports.jobs import Job

SCHEMA_VERSION = 1
_FIELDS = Job.__struct_fields__


class SqliteJobs(SqliteFile):
    """The jobs of one workspace.

    Parameters
    ----------
    path : Path
        The file, made where it is not there, readable by its owner alone.

    Raises
    ------
    WorkspaceError
        If it is damaged, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "jobs.sql", SCHEMA_VERSION)

    def add(self, job: Job) -> bool:
        """Note a new job; of two that are the same try one is."""
        row = msgspec.structs.asdict(job)
        return bool(self._run("add", {**row, "arguments": _spelled(job)}))

    def begin(self, job_id: str, at_us: int) -> None:
        """It is at work."""
        self._run("begin", {"id": job_id, "at_us": at_us})

    def step(self, job_id: str, step: str, log: str) -> None:
        """How far it is."""
        self._run("step", {"id": job_id, "step": step, "log": log})

    def end(self, job_id: str, state: str, told: str, at_us: int) -> bool:
        """How it ended; what ended already stays as it ended."""
        given = {"id": job_id, "state": state, "told": told, "at_us": at_us}
        return bool(self._run("end", given))

    def one(self, job_id: str) -> Job | None:
        """The job of that id."""
        return next(iter(map(_job, self._rows("one", {"id": job_id}))), None)

    def all(self) -> list[Job]:
        """Every job that is kept, newest first."""
        return [_job(row) for row in self._rows("all")]

    def tries(self, task: str, due_us: int) -> list[Job]:
        """The tries at one time of a task, first to last."""
        return [_job(row) for row in self._rows("tries", {"task": task, "due_us": due_us})]

    def since(self, task: str, at_us: int) -> int:
        """From when on a task is due."""
        self._run("note_task", {"task": task, "at_us": at_us})
        return int(self._rows("since", {"task": task})[0][0])

    def forget(self, before_us: int) -> int:
        """Let go of jobs that ended before; how many."""
        return self._run("forget", {"before_us": before_us})

    def reword(self, reworded: Callable[[str], str]) -> None:
        """Let imports that were asked for name their file otherwise, with no byte of the name."""
        changed = 0
        for job in self.all():
            told = {name: getattr(job, name) for name in ("told", "log")}
            told["arguments"] = _spelled(job)
            fresh = {name: reworded(text) for name, text in told.items()}
            if job.kind == "import" and fresh != told:
                changed += self._run("reword", {**fresh, "id": job.id})
        if changed:
            self._rows("vacuum")
            self._rows("checkpoint")

    def version(self) -> int:
        """Grows with each change: of others by the file's own count, of this process by ours."""
        with self._guard:
            return int(self._rows("changes")[0][0]) + self._con.total_changes


def _spelled(job: Job) -> str:
    return msgspec.json.encode(job.arguments, order="sorted").decode()


def _job(row: tuple[Any, ...]) -> Job:
    given = dict(zip(_FIELDS, row, strict=True))
    arguments = msgspec.json.decode(given["arguments"], type=dict[str, str])
    return Job(**{**given, "arguments": arguments})
