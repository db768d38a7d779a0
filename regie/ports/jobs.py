"""The port to jobs: heavy work that was asked for, how far it is, how it ended.

Apart from `StateStore`: progress is written often and matters to nobody a month later, while state
must be exact and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

STATES = ("waiting", "running", "done", "failed", "broken off")
"""Of a job: asked for, at work, ended well, ended by an error, its process gone."""
OVER = ("done", "failed", "broken off")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Heavy work that was asked for.

    fr: tâche

    Parameters
    ----------
    kind : str
        What it does: `run`, `report` …
    arguments : dict[str, str]
        What it was asked.
    started_by : str
        Who asked: an account's e-mail, or `schedule`.
    at_us, began_us, ended_us : int
        Wall clock: asked for, at work, ended; 0 where it is not so far.
    step : str
        The step it is at, or was at last.
    told : str
        What came of it, or the error, in the house's form.
    log : str
        The steps, one a line; the last of them where they are many.
    task : str
        The scheduled task it belongs to; empty where somebody asked.
    due_us, attempt : int
        For which time of that task, and the how manieth try.

    Examples
    --------
    >>> Job(id="j1", kind="run", arguments={}, started_by="schedule", at_us=0).is_over
    False
    """

    id: str
    kind: str
    arguments: dict[str, str]
    started_by: str
    at_us: int
    state: str = "waiting"
    began_us: int = 0
    ended_us: int = 0
    step: str = ""
    told: str = ""
    log: str = ""
    task: str = ""
    due_us: int = 0
    attempt: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended, however."""
        return self.state in OVER


class Jobs(Protocol):
    """Where the jobs of one workspace live."""

    def add(self, job: Job) -> bool:
        """Note a new job; False where that try at that time of its task is there already."""

    def begin(self, job_id: str, at_us: int) -> None:
        """It is at work."""

    def step(self, job_id: str, step: str, log: str) -> None:
        """How far it is."""

    def end(self, job_id: str, state: str, told: str, at_us: int) -> bool:
        """How it ended; False where it had ended already."""

    def one(self, job_id: str) -> Job | None:
        """The job of that id."""

    def all(self) -> list[Job]:
        """Every job that is kept, newest first."""

    def tries(self, task: str, due_us: int) -> list[Job]:
        """The tries at one time of a task, first to last."""

    def since(self, task: str, at_us: int) -> int:
        """From when on a task is due: since it was first asked about, which is noted."""

    def forget(self, before_us: int) -> int:
        """Let go of jobs that ended before; how many."""

    def reword(self, reworded: Callable[[str], str]) -> None:
        """Change what is told of imports that were asked for: who was erased may be in a name."""

    def version(self) -> int:
        """A number that grows with each change, of this process and of others."""

    def close(self) -> None:
        """Let go of the store."""
