"""A composed report in its four forms, of a shop as the demo's: every block, 28 days.

Each time is of the form alone, from the report as data to the bytes that leave, as somebody waits
for it who clicks; making the data, which happens once for all forms, is told beside them.
`python -m bench.reports DEMO` measures a workspace that is there.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.jobs import job

AT_MOST_S = 2.0
TIMES = 9
LOG = Path(__file__).parent.parent / "regie" / "shipped" / "online_retail" / "online_retail.parquet"


def lines() -> list[str]:
    """Rows of the results page."""
    with tempfile.TemporaryDirectory() as folder:
        job(folder, "import", str(LOG))
        job(folder, "run", "2011-09-09")
        done = subprocess.run(
            [sys.executable, "-m", "bench.reports", folder],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return told(json.loads(done.stdout))


def told(found: dict[str, Any]) -> list[str]:
    """What was measured, as rows of the results page."""
    load = f"load {found['load']:.1f} on {found['cores']} cores"
    rows = [
        f"| a composed report of every block as {name} | first {times['first_s']:.2f} s, then"
        f" {times['median_s']:.2f} ({times['processor_s']:.2f} of processor), slowest"
        f" {times['most_s']:.2f}; {times['kb']:.0f} KB; {load}"
        f" | ≤ {AT_MOST_S:.0f} s |"
        for name, times in found["forms"].items()
    ]
    made = f"| the same as data, before it becomes a form | {found['made_s']:.2f} s; {load} | |"
    return [*rows, made]


def measured(folder: str) -> dict[str, Any]:
    """All four in this process, each first when nothing of it is loaded yet."""
    from regie.engines.letter import LetterDocuments
    from regie.workspace import composing, editions, open_workspace, telling
    from regie.workspace.cubes import Cubes

    report = composing.composition_from(
        {
            "title": {"en": "A month", "fr": "Un mois"},
            "languages": ["en"],
            "period": "last_28_days",
            "blocks": list(composing.BLOCKS),
        },
        "bench",
    )
    with open_workspace(folder) as workspace:
        cubes = Cubes(workspace)
        cube, now_us = cubes.cube(), workspace.settings.now_us()
        items = telling.item_names(workspace, now_us)
        started = time.perf_counter()
        document = editions.made(workspace, cube, items, report, now_us)["en"]
        made_s = time.perf_counter() - started
        cubes.close()
    forms = {
        "HTML mail": LetterDocuments().render,
        **{form.upper(): _render(form) for form in ("pdf", "xlsx", "pptx")},
    }
    return {
        "made_s": made_s,
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "forms": {name: _timed(render, document) for name, render in forms.items()},
    }


def _render(form: str) -> Any:
    from regie.workspace import editions

    return lambda document: editions.file(document, form)


def _timed(render: Any, document: Any) -> dict[str, float]:
    took, worked, content = [], [], b""
    for _ in range(TIMES):
        started, busy = time.perf_counter(), time.process_time()
        content = render(document)
        took.append(time.perf_counter() - started)
        worked.append(time.process_time() - busy)
    return {
        "first_s": took[0], "median_s": statistics.median(took[1:]), "most_s": max(took),
        "processor_s": statistics.median(worked[1:]),
        "kb": len(content) / 1024,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1])))
