"""Measure what Régie promises of its speed, and write bench/RESULTS.md with date and machine.

Each figure is the median of several runs of a fresh process; ratios are taken pair by pair.
"""

from __future__ import annotations

import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import audiences, decisions, explore, paint, peers, reports, size
from bench.jobs import Job, job

HERE = Path(__file__).parent
REGIE = str(Path(sys.executable).parent / "regie")
LOG = HERE.parent / "regie" / "shipped" / "online_retail" / "online_retail.parquet"
COMMANDS = 26

EMPTY_GROUP = """
import click
@click.group()
def main(): "An empty group."
for i in range({commands}):
    main.command(f"command{{i}}", help="One line of help.")(lambda: None)
main(["--help"])
"""


def main() -> None:
    """Measure everything and write the page and the picture of growth."""
    imports, runs = _whole_jobs()
    sizes = size.measured()
    lines = [
        "# Results",
        "",
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}; medians, made by `make bench`.",
        "",
        "| what | measured | promised |",
        "| --- | --- | --- |",
        *_whole_lines(imports, runs),
        *_starts(),
        *peers.lines(statistics.median(job.seconds for job in imports)),
        *decisions.lines(),
        *explore.lines(),
        *audiences.lines(),
        *reports.lines(),
        *paint.lines(),
        *size.lines(sizes),
    ]
    (HERE / "size.svg").write_text(size.drawn(sizes), encoding="utf-8")
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _whole_jobs(times: int = 3) -> tuple[list[Job], list[Job]]:
    imports, runs = [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            imports.append(job(folder, "import", str(LOG)))
            runs.append(job(folder, "run", "2011-09-09"))
    return imports, runs


def _whole_lines(imports: list[Job], runs: list[Job]) -> list[str]:
    run = sorted(runs)[len(runs) // 2]
    slowest = sorted(run.steps.items(), key=lambda pair: -pair[1])[:5]
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest)
    return [
        f"| import of 541,909 lines | {_median(imports)} | ≤ 6 s |",
        f"| a run as of 2011-09-09 | {_median(runs)} | ≤ 15 s, ≤ 1.5 GB |",
        f"| its five slowest steps | {told} | |",
    ]


def _median(jobs: list[Job]) -> str:
    seconds = statistics.median(job.seconds for job in jobs)
    peak_mb = statistics.median(job.peak_mb for job in jobs)
    return f"{seconds:.1f} s, {peak_mb:.0f} MB"


def _starts(times: int = 15) -> list[str]:
    bare, regie = [sys.executable, "-c", ""], [sys.executable, "-c", "import regie"]
    click_help = [sys.executable, "-c", EMPTY_GROUP.format(commands=COMMANDS)]
    return [
        f"| `import regie` over a bare start | {_ratio(regie, bare, times):.2f} | ≤ 1.5 |",
        f"| `regie --help` over an empty click group of {COMMANDS} commands |"
        f" {_ratio([REGIE, '--help'], click_help, times):.2f} | ≤ 1.5 |",
    ]


def _ratio(ours: list[str], theirs: list[str], times: int) -> float:
    _seconds(ours), _seconds(theirs)
    return statistics.median(_seconds(ours) / _seconds(theirs) for _ in range(times))


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
