"""How the whole grows: the log repeated, from half a million to 10.8 million lines.

Each size is imported and run in fresh processes; every step's seconds are kept, its slope (the
power of the size it grows with) fitted, and drawn in bench/size.svg.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.jobs import Job, job
from bench.large_log import write_large_log

COPIES = (1, 2, 5, 10, 20)
LINES = 541_909
AS_OF = "2011-12-10"
"""A day on which every line of every copy had happened: sizes are then exact multiples."""

AT_MOST_TIMES, AT_MOST_MB = 22, 6_144
SHOWN_S = 0.5
"""A step that takes less at the largest size says nothing of growth."""


class Size(NamedTuple):
    """What one size took."""

    copies: int
    imported: Job
    run: Job


def measured(copies: tuple[int, ...] = COPIES) -> list[Size]:
    """Import and run each size in a workspace of its own."""
    sizes = []
    for n in copies:
        with tempfile.TemporaryDirectory() as folder:
            log = write_large_log(Path(folder) / "log.parquet", n)
            shop = str(Path(folder) / "shop")
            sizes.append(Size(n, job(shop, "import", str(log)), job(shop, "run", AS_OF)))
    return sizes


def lines(sizes: list[Size]) -> list[str]:
    """Rows of the results page."""
    first, last = sizes[0], sizes[-1]
    grown = last.copies / first.copies
    run, imported = last.run, last.imported
    return [
        f"| a run over {LINES * last.copies:,} lines | {run.seconds:.0f} s, {run.peak_mb:.0f} MB:"
        f" {run.seconds / first.run.seconds:.1f} times that of {LINES * first.copies:,} |"
        f" {grown:.0f} times the lines: ≤ {AT_MOST_TIMES} times, ≤ {AT_MOST_MB} MB |",
        f"| import of {LINES * last.copies:,} lines | {imported.seconds:.0f} s,"
        f" {imported.peak_mb:.0f} MB: {imported.seconds / first.imported.seconds:.1f} times | |",
        f"| power of the size by which each step grows | {_slopes(sizes)} | 1 is in step with"
        " the lines; see size.svg |",
    ]


def _slopes(sizes: list[Size]) -> str:
    told = []
    for name in step_names(sizes):
        slope = _slope([(size.copies, size.run.steps[name]) for size in sizes])
        told.append(f"{name} {slope:.2f}")
    return ", ".join(told)


def step_names(sizes: list[Size]) -> list[str]:
    """Steps that take long enough at the largest size to be judged, slowest first."""
    last = sizes[-1].run.steps
    return sorted((name for name in last if last[name] >= SHOWN_S), key=lambda name: -last[name])


def _slope(points: list[tuple[int, float]]) -> float:
    """Least squares of log seconds over log size."""
    x = np.log([copies for copies, _ in points])
    y = np.log([max(seconds, 1e-3) for _, seconds in points])
    return float(np.polyfit(x, y, 1)[0])


_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _RIGHT = 760, 460, 60, 40, 170


def drawn(sizes: list[Size]) -> str:
    """Every step's seconds over the lines, both on a logarithmic scale, as SVG."""
    names = ["import", "run", *step_names(sizes)]
    most_s = max(max(size.run.seconds, size.imported.seconds) for size in sizes)
    decades = range(-1, math.ceil(math.log10(most_s)) + 1)
    low, high = decades[0], decades[-1]

    def across(copies: int) -> float:
        whole = math.log(sizes[-1].copies / sizes[0].copies) or 1.0
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(copies / sizes[0].copies) / whole

    def up(seconds: float) -> float:
        share = (math.log10(max(seconds, 10.0**low)) - low) / (high - low)
        return (_HEIGHT - _BOTTOM) - (_HEIGHT - _BOTTOM - 20) * share

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12"><title>Seconds of each step by lines in the log'
        f'</title><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    ]
    for decade in decades:
        y = up(10.0**decade)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**decade:g} s</text>'
        )
    for size in sizes:
        parts.append(
            f'<text x="{across(size.copies):.1f}" y="{_HEIGHT - 18}" text-anchor="middle">'
            f"{LINES * size.copies / 1e6:.1f} M</text>"
        )
    ends: list[float] = []
    for place, name in enumerate(sorted(names, key=lambda name: -_seconds(sizes[-1], name))):
        points = [(across(size.copies), up(_seconds(size, name))) for size in sizes]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        hue = 360 * place / len(names)
        end = max(points[-1][1], ends[-1] + 14) if ends else points[-1][1]
        ends.append(end)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="hsl({hue:.0f} 60% 40%)"'
            f' stroke-width="{2.5 if name in ("import", "run") else 1.3}"/>'
            f'<text x="{_WIDTH - _RIGHT + 6}" y="{end + 4:.1f}" fill="hsl({hue:.0f} 60% 30%)">'
            f"{name} {_seconds(sizes[-1], name):.1f} s</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _seconds(size: Size, name: str) -> float:
    if name == "import":
        return size.imported.seconds
    return size.run.seconds if name == "run" else size.run.steps[name]
