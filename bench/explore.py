"""Filter to repaint: random questions of Explore over the log twenty times over, beside DuckDB.

A question is what a page needs: six figures, a series, a breakdown, each with the period before,
exact persons included. Filters, days, measure and breakdown are drawn with a seed. DuckDB answers
the first questions from a table of its own in memory that holds just the columns it needs.
`python -m bench.explore SHOP` measures a workspace that is there.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.jobs import job
from bench.large_log import write_large_log

COPIES = 20
QUESTIONS, BESIDE = 200, 5
AT_MOST_MS = 150
SPANS = (7, 28, 28, 90, 182)


def lines(copies: int = COPIES) -> list[str]:
    """Rows of the results page."""
    with tempfile.TemporaryDirectory() as folder:
        log = write_large_log(Path(folder) / "log.parquet", copies)
        shop = str(Path(folder) / "shop")
        job(shop, "import", str(log))
        done = subprocess.run(
            [sys.executable, "-m", "bench.explore", shop],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return told(json.loads(done.stdout))


def told(found: dict[str, Any]) -> list[str]:
    """What was measured, as rows of the results page."""
    took = (
        f"p50 {found['p50_ms']:.0f} ms, p95 {found['p95_ms']:.0f}"
        f" ({found['processor_p95_ms']:.0f} of processor), slowest {found['most_ms']:.0f}"
        f" ({found['slowest']}); {found['cube_mb']:.0f} MB, read in {found['load_s']:.0f} s"
    )
    return [
        f"| filter to repaint over {found['lines']:,} lines, {QUESTIONS} random questions of 16"
        f" figures or series each | {took} | p95 ≤ {AT_MOST_MS} ms |",
        f"| {BESIDE} of them by DuckDB in memory | p50 {found['duckdb_p50_ms']:.0f} ms |"
        f" ours: {found['ratio']:.3f} of its time |",
    ]


def questions(cube: Any, seed: int = 1) -> list[Any]:
    """Questions that people could click together."""
    from regie.measure.cube import MEASURES
    from regie.workspace.exploring import Question

    draw = random.Random(seed)
    asked: list[Any] = []
    while len(asked) < QUESTIONS:
        days = draw.choice(SPANS)
        start = cube.first + timedelta(draw.randrange(days, max(cube.days - days, days + 1)))
        filters: dict[str, tuple[str, ...]] = {}
        by_name = ["country", "item", "segment", "kind_of_customer", "source"]
        for name in draw.sample(by_name, draw.choice((0, 1, 1, 2))):
            names = {
                "segment": tuple(cube.segments), "kind_of_customer": ("new", "returning"),
            }.get(name) or cube.names[name][1:]  # fmt: skip
            filters[name] = tuple(draw.sample(names, min(draw.choice((1, 1, 3)), len(names))))
        asked.append(
            Question(
                measure=draw.choice(list(MEASURES)),
                by=draw.choice(["country", "country", "item", "segment", "kind_of_customer"]),
                first=start,
                last=start + timedelta(days - 1),
                filters=filters,
            )
        )
    return asked


def measured(shop: str) -> dict[str, Any]:
    """Both, in this process."""
    from regie.workspace import exploring, open_workspace
    from regie.workspace.cubes import Cubes

    with open_workspace(shop) as workspace:
        started = time.perf_counter()
        cube = Cubes(workspace).cube()
        load_s = time.perf_counter() - started
        asked = questions(cube)
        exploring.answer(cube, asked[0])
        took = [_ms(exploring.answer, cube, question) for question in asked]
        worked = [
            _ms(exploring.answer, cube, question, clock=time.process_time) for question in asked
        ]
        plain = [q for q in asked if q.by not in ("segment",) and "segment" not in q.filters]
        beside = _duckdb(workspace, plain[:BESIDE])
        ours = [_ms(exploring.answer, cube, question) for question in plain[:BESIDE]]
    slowest = asked[int(np.argmax(took))]
    arrays = [getattr(s, n) for s in cube.sheets for n in s.__struct_fields__]
    return {
        "lines": sum(len(sheet.item) for sheet in cube.sheets),
        "load_s": load_s,
        "cube_mb": sum(a.nbytes for a in arrays if isinstance(a, np.ndarray)) / 1e6,
        "p50_ms": float(np.median(took)),
        "p95_ms": float(np.quantile(took, 0.95)),
        "processor_p95_ms": float(np.quantile(worked, 0.95)),
        "most_ms": max(took),
        "slowest": f"{slowest.measure} by {slowest.by}, {slowest.days} days",
        "duckdb_p50_ms": float(np.median(beside)),
        "ratio": float(np.median(np.array(ours) / np.array(beside))),
    }


def _ms(do: Any, *given: Any, clock: Any = time.perf_counter) -> float:
    started = clock()
    do(*given)
    return float(1000 * (clock() - started))


def _duckdb(workspace: Any, asked: list[Any]) -> list[float]:
    """The same questions by SQL, over a table in memory."""
    import duckdb
    import msgspec

    from regie.workspace import exploring

    con = duckdb.connect(config={"threads": 2})
    con.execute(
        f'CREATE TABLE events AS SELECT at_us, key, kind, "order", item, country, source, quantity,'
        f" \"value\" FROM read_parquet('{workspace.folder}/events/*.parquet') ORDER BY at_us"
    )
    con.execute("CREATE TABLE unmeasured (key VARCHAR)")
    took = []
    for question in asked:
        statements: list[str] = []
        for cut in (question.cut, question.before):
            one = msgspec.structs.replace(question, first=cut.first, last=cut.last)
            for measure, by in (
                *((name, "source") for name in exploring.TILES),
                (one.measure, "day"),
                (one.measure, one.by),
            ):
                wanted = msgspec.structs.replace(one, measure=measure, by=by)
                statements.append(exploring.sql(wanted, workspace.settings.zone, 0) or "")
        took.append(_ms(lambda: [con.execute(sql).fetchall() for sql in statements]))  # noqa: B023
    return took


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1])))
