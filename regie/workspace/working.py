"""The process that does a job: `python -m regie.workspace.working FOLDER JOB`, or `tick`; or finds
out how far figures can be trusted and tells it as JSON (`health`).

Started by `workspace.jobs.process` and by the board; nobody types it. Lets pages go first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import msgspec

from regie.workspace import jobs, overview, ticking
from regie.workspace.workspace import open_workspace

_NICE = 10


def main(given: Sequence[str]) -> None:
    """Do one job, or everything that is due, in the workspace of a folder."""
    folder, what = given
    os.nice(_NICE)
    with open_workspace(folder) as workspace:
        if what == "tick":
            ticking.tick(workspace)
        elif what == "health":
            sys.stdout.buffer.write(msgspec.json.encode(overview.health(workspace)))
        else:
            jobs.work(workspace, jobs.one(workspace, what))


if __name__ == "__main__":
    main(sys.argv[1:])
