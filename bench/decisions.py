"""How many decisions a second are recorded durably: the very functions a run records with.

    python -m bench.decisions [COUNT]

Real decisions of the demo's first run, under new ids and keys, are appended and sealed as a run
does it. Durable means fsynced when the call returns: data, Delta log, folders, leaves, entry.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from regie.terms.decision import Decision
from regie.workspace import open_workspace
from regie.workspace.demo import make_demo_workspace
from regie.workspace.records import append_decisions

LOG = Path(__file__).parent.parent / "regie" / "shipped" / "online_retail" / "online_retail.parquet"
COUNT = 50_000
BATCH = 1_000


def main() -> None:
    """Measure and print one JSON document."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as folder:
        make_demo_workspace(Path(folder) / "w")
        with open_workspace(Path(folder) / "w") as workspace:
            workspace.import_file(LOG, "online-retail")
            workspace.run("2011-06-09")
            kept = [d for d, _ in workspace.decisions() if d.kind == "message"]
            one_commit = [_rate(workspace, _made(kept, count, 100 + n), count) for n in range(3)]
            batches = _rate(workspace, _made(kept, 20 * BATCH, 200), BATCH)
    told = {
        "decisions": count,
        "bytes_each": len(msgspec.json.encode(kept[0])),
        "one_commit_per_s": statistics.median(one_commit),
        "commits_of_1000_per_s": batches,
    }
    print(json.dumps(told, indent=1))


def _made(kept: list[Decision], count: int, run: int) -> list[Decision]:
    return [
        msgspec.structs.replace(
            kept[n % len(kept)], id=f"{run:08x}{n:024x}", subject=f"{n:032x}", run=run * 1000
        )
        for n in range(count)
    ]


def _rate(workspace: Any, decisions: list[Decision], batch: int) -> float:
    """Decisions a second, each batch one commit and one entry of the ledger."""
    started = time.perf_counter()
    for place in range(0, len(decisions), batch):
        some = decisions[place : place + batch]
        number = some[0].run + place // batch
        if place:
            some = [msgspec.structs.replace(d, run=number) for d in some]
        with workspace.tables.lease("decisions"), workspace.tables.session() as session:
            leaves = append_decisions(workspace, session, some, f"run:{number}")
            workspace.sealing.seal("run", str(number), leaves)
    return len(decisions) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
