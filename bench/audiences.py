"""An audience counted while somebody edits it: random rules over a made-up million of people.

Each count is of a rule that differs from the one before in a part or a window, as a form's is: at
most some figures are kept from before. `python -m bench.audiences` measures it alone.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

PEOPLE, EVENTS = 1_000_000, 8_000_000
COUNTS = 60
AT_MOST_MS = 300
_NOW_US = 1_320_000_000_000_000

_SEEN = """
CREATE OR REPLACE TEMP TABLE seen AS
SELECT md5(CAST(hash(i) % $people AS VARCHAR)) AS key,
       CASE WHEN hash(i * 7) % 10 < 7 THEN 'order' WHEN hash(i * 7) % 10 < 8 THEN 'return'
            ELSE 'view' END AS kind,
       CAST(i // 2 AS VARCHAR) AS "order",
       $now_us - CAST(hash(i * 3) % (700 * 86400) AS BIGINT) * 1000000 - 1 AS at_us,
       CAST(hash(i * 5) % 90000000 AS BIGINT) AS value,
       CAST(i AS VARCHAR) AS event_id
FROM range($events) AS made (i)
"""
_PEOPLE = "CREATE OR REPLACE TEMP TABLE people AS SELECT DISTINCT key FROM seen"
_TRAITS = """
CREATE OR REPLACE TEMP TABLE traits AS
SELECT key, 'country' AS trait, 'country ' || hash(key) % 30 AS value FROM people
"""


def lines() -> list[str]:
    """Rows of the results page."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.audiences"], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    return [
        f"| an audience counted while it is edited, {found['people']:,} people with"
        f" {found['events']:,} events, {COUNTS} random rules of 1 to 5 parts | p50"
        f" {found['p50_ms']:.0f} ms, p95 {found['p95_ms']:.0f}"
        f" ({found['processor_p95_ms']:.0f} of processor), slowest {found['most_ms']:.0f};"
        f" read in {found['load_s']:.0f} s | p95 ≤ {AT_MOST_MS} ms |",
        f"| what ten audiences share, two by two | {found['overlap_ms']:.0f} ms | |",
    ]


def rules(seed: int = 1) -> list[Any]:
    """Rules that people could edit one after the other."""
    from regie.terms.rule import All, Any_, Measure, Not, Trait

    draw = random.Random(seed)

    def leaf() -> Any:
        days = draw.choice((None, 7, 30, 60, 90, 180, 365, draw.randrange(1, 400)))
        kind = draw.choice(("order", "order", "return", "view"))
        made: list[Any] = [
            Measure("count", kind, days, at_least=draw.randrange(1, 5)),
            Measure("value", kind, days, at_least=draw.randrange(1, 300)),
            Measure("days_since", kind, None, at_most=draw.randrange(1, 300)),
            Trait("country", tuple(f"country {n}" for n in draw.sample(range(30), 3))),
        ]
        one = draw.choice(made)
        return Not(one) if draw.random() < 0.2 else one

    parts, edited = [leaf()], []
    for _ in range(COUNTS):
        if len(parts) < 5 and draw.random() < 0.5:
            parts = [*parts, leaf()]
        else:
            place = draw.randrange(len(parts))
            parts = [*parts[:place], leaf(), *parts[place + 1 :]]
        edited.append(draw.choice((All, Any_))(tuple(parts)))
    return edited


def measured(people: int = PEOPLE, events: int = EVENTS) -> dict[str, Any]:
    """All of it, in this process."""
    from regie.engines.delta import DeltaTables
    from regie.understand import counted
    from regie.understand.audience import Segment
    from regie.workspace.audiences import Crowd, overlap_among, size_of

    with tempfile.TemporaryDirectory() as folder, DeltaTables(Path(folder)).session() as session:
        made = {"people": people, "events": events, "now_us": _NOW_US}
        session.execute(_SEEN, made)
        session.execute(_PEOPLE)
        session.execute(_TRAITS)
        started = time.perf_counter()
        everybody = counted.load(session, _NOW_US)
        load_s = time.perf_counter() - started
    count = len(everybody.key)
    drawn = np.random.default_rng(1).random((2, count))
    crowd = Crowd(everybody=everybody, seen=drawn[0] < 0.9, writable=drawn[1] < 0.6)
    took, worked = [], []
    asked = rules()
    for rule in asked:
        wall, work = time.perf_counter(), time.process_time()
        size_of(crowd, rule, ())
        took.append((time.perf_counter() - wall) * 1000)
        worked.append((time.process_time() - work) * 1000)
    ten = [Segment(name=str(n), title={}, words={}, rule=rule) for n, rule in enumerate(asked[:10])]
    started = time.perf_counter()
    overlap_among(crowd, ten)
    return {
        "people": count,
        "events": events,
        "load_s": load_s,
        "p50_ms": float(np.median(took)),
        "p95_ms": float(np.quantile(took, 0.95)),
        "processor_p95_ms": float(np.quantile(worked, 0.95)),
        "most_ms": max(took),
        "overlap_ms": (time.perf_counter() - started) * 1000,
    }


if __name__ == "__main__":
    print(json.dumps(measured()))
