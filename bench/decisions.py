"""How many decisions a second are recorded durably, beside the least that could be done.

    python -m bench.decisions [COUNT]

Real decisions of the demo's log, with figures, ids and keys of their own, are recorded by the very
function a run records with: all as one batch (as a run does), and handed over in batches of 1,000,
each with a commit's name and an entry of the ledger of its own; what waits while one commit is made
goes into the next together. Durable means fsynced when a batch is acknowledged: data, the table's
log, folders, leaves, entry.

The peer is the least that still is a durable, sealed record: msgspec JSON appended to one file with
a salted SHA-256 each and a chain, fdatasync after every 1,000; it can be neither queried nor
erased. Both are measured in turn in one process, so that what else runs weighs on both alike;
seconds of processor say what the wall clock of a busy machine hides.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from regie.terms.decision import Decision
from regie.terms.person import keyed_token
from regie.workspace import open_workspace
from regie.workspace.demo import make_demo_workspace
from regie.workspace.records import Batch, record_batches

LOG = Path(__file__).parent.parent / "regie" / "shipped" / "online_retail" / "online_retail.parquet"
COUNT = 50_000
BATCH = 1_000
TIMES = 3


class Rate(NamedTuple):
    """Decisions a second of the wall clock, and a second of processor."""

    wall: float
    processor: float


def main() -> None:
    """Measure, and print the lines of the page."""
    print("\n".join(lines(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)))


def lines(count: int = COUNT) -> list[str]:
    """Rows of the table in RESULTS.md."""
    with tempfile.TemporaryDirectory() as folder:
        make_demo_workspace(Path(folder) / "w")
        with open_workspace(Path(folder) / "w") as workspace:
            workspace.import_file(LOG, "online-retail")
            workspace.run("2011-06-09")
            kept = [d for d, _ in workspace.decisions() if d.kind == "message"]
            whole, batches, least = [], [], []
            for turn in range(TIMES):
                made = _made(kept, count, 1000 * (turn + 1))
                whole.append(_rate(count, lambda m=made: _record(workspace, m, count)))  # type: ignore[misc]
                least.append(_rate(count, lambda m=made: _least(Path(folder), workspace.key, m)))  # type: ignore[misc]
                few = _made(kept, count, 100_000 * (turn + 1))
                batches.append(_rate(len(few), lambda m=few: _record(workspace, m, BATCH)))  # type: ignore[misc]
    size = len(msgspec.json.encode(kept[0]))
    return [
        f"| decisions recorded and sealed, {count:,} of {size:,} bytes in one commit |"
        f" {_told(whole)} | ≥ 50,000 a second |",
        f"| the same, handed over in batches of {BATCH:,}, each with an entry of its own |"
        f" {_told(batches)} | ≥ 50,000 a second |",
        f"| the least: JSON, salted hash, chain, fdatasync every {BATCH:,} | {_told(least)} | |",
    ]


def _told(rates: list[Rate]) -> str:
    wall, processor = (statistics.median(column) for column in zip(*rates, strict=True))
    return f"{wall:,.0f} a second; {processor:,.0f} a second of processor"


def _made(kept: list[Decision], count: int, run: int) -> list[Decision]:
    """Decisions of their own: repeated figures would shrink on disk as real ones do not."""
    shift = np.random.default_rng(run).normal(1.0, 0.1, count).tolist()
    made = []
    for n, factor in enumerate(shift):
        d = kept[n % len(kept)]
        reasons = tuple(
            msgspec.structs.replace(r, value=r.value * factor, weight=r.weight * factor)
            for r in d.reasons
        )
        candidates = tuple(msgspec.structs.replace(c, score=c.score * factor) for c in d.candidates)
        made.append(
            msgspec.structs.replace(
                d, id=f"{run:08x}{n:024x}", subject=sha256(f"{run}/{n}".encode()).hexdigest()[:32],
                run=run, reasons=reasons, candidates=candidates,
                inputs={**d.inputs, "response": d.inputs["response"] * factor},
            )
        )  # fmt: skip
    return made


def _rate(count: int, work: Callable[[], None]) -> Rate:
    started, processor = time.perf_counter(), time.process_time()
    work()
    return Rate(count / (time.perf_counter() - started), count / (time.process_time() - processor))


def _record(workspace: Any, decisions: list[Decision], batch: int) -> None:
    first = decisions[0].run
    batches = [
        Batch("run", str(first + place // batch), decisions[place : place + batch])
        for place in range(0, len(decisions), batch)
    ]
    with workspace.tables.lease("decisions"), workspace.tables.session() as session:
        record_batches(workspace, session, batches)


def _least(folder: Path, key: bytes, decisions: list[Decision]) -> None:
    encode, chain = msgspec.json.Encoder(order="sorted").encode, b""
    with (folder / f"log-{decisions[0].run}").open("xb") as log:
        for place in range(0, len(decisions), BATCH):
            for decision in decisions[place : place + BATCH]:
                content = encode(decision)
                salt = keyed_token(key, "salt", decision.id).encode()
                chain = sha256(chain + sha256(b"\0" + salt + content).digest()).digest()
                log.write(content + b"\n")
            log.write(chain)
            log.flush()
            os.fdatasync(log.fileno())


if __name__ == "__main__":
    main()
