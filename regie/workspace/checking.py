"""Checking everything that was recorded: here where it is little, else as a job of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regie.ports.jobs import Job
from regie.ports.ledger import Entry
from regie.workspace import jobs
from regie.workspace.verifying import Verified

if TYPE_CHECKING:
    from regie.workspace.workspace import Workspace

MOST_ROWS = 500_000
"""With more rows than this nobody waits for it."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, or the job that finds it.

    fr: contrôle

    Parameters
    ----------
    rows : int
        How many are sealed.

    Examples
    --------
    >>> Checked(rows=0, found=None, job=None).rows
    0
    """

    rows: int
    found: Verified | None
    job: Job | None


def check(workspace: Workspace, actor: str) -> Checked:
    """Check every row against what was sealed.

    Parameters
    ----------
    actor : str
        Who asks for it.
    """
    rows = sum(one.count for one in workspace.ledger.lines() if isinstance(one, Entry))
    if rows > MOST_ROWS:
        return Checked(
            rows=rows, found=None, job=jobs.start(workspace, jobs.new("verify", {}, actor))
        )
    return Checked(rows=rows, found=workspace.verify(), job=None)
