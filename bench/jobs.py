"""One job of Régie in a fresh process: what it took."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import NamedTuple

_IMPORT_OR_RUN = """
import json, resource, sys, time
from pathlib import Path
from regie.workspace import open_workspace
from regie.workspace.demo import make_demo_workspace
folder = Path(sys.argv[1])
what = sys.argv[2]
if what == "import":
    make_demo_workspace(folder)
with open_workspace(folder) as workspace:
    started = time.perf_counter()
    if what == "import":
        workspace.import_file(sys.argv[3], "online-retail")
        steps = {}
    else:
        ran = workspace.run(sys.argv[3])
        steps = {step.name: step.seconds for step in ran.steps}
    seconds = time.perf_counter() - started
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "steps": steps}))
"""


class Job(NamedTuple):
    """What one fresh process took."""

    seconds: float
    peak_mb: float
    steps: dict[str, float]


def job(shop: str, what: str, argument: str) -> Job:
    """`import` a log into a new workspace, or `run` as of a day in one that is there."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_OR_RUN, shop, what, argument],
        check=True,
        capture_output=True,
        text=True,
    )
    return Job(**json.loads(done.stdout))
