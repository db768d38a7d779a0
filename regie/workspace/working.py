"""The process that does a job: `python -m regie.workspace.working FOLDER JOB`, or `tick`.

Started by `workspace.jobs.process`; nobody types it. Lets pages go first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from regie.workspace import jobs, ticking
from regie.workspace.workspace import open_workspace

_NICE = 10


def main(given: Sequence[str]) -> None:
    """Do one job, or everything that is due, in the workspace of a folder."""
    folder, what = given
    os.nice(_NICE)
    with open_workspace(folder) as workspace:
        if what == "tick":
            ticking.tick(workspace)
        else:
            jobs.work(workspace, jobs.one(workspace, what))


if __name__ == "__main__":
    main(sys.argv[1:])
