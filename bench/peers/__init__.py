"""Régie beside its peers: the same data, the same machine, one run, each in its own environment.

A peer's environment is made once under bench/out from the names and versions in `ENVIRONMENTS`;
nothing of it is installed beside Régie.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from regie.learn import metrics
from regie.ports.tables import Columns, Session, sql_text
from regie.terms.instant import DAY_US, day_start_us, parse_day
from regie.understand import affinity
from regie.workspace import open_workspace
from regie.workspace.demo import make_demo_workspace
from regie.workspace.loop import gate, see
from regie.workspace.modelling import bought_between
from regie.workspace.run_state import RunState
from regie.workspace.workspace import Workspace

ENVIRONMENTS = {
    "pandas": ("pandas==3.1.1", "pyarrow==26.0.1", "tzdata==2026.6"),
    "implicit": ("implicit==0.7.3", "numpy==2.4.6", "scipy==1.17.1"),
}
"""Peer to the packages of its environment."""

HERE = Path(__file__).parent
OUT = HERE.parent / "out"
LOG = HERE.parents[1] / "regie" / "shipped" / "online_retail" / "online_retail.parquet"
DAYS = ("2011-06-09", "2011-07-09", "2011-08-09", "2011-09-09")
HORIZON_DAYS = 30
K = 4


def lines(import_s: float) -> list[str]:
    """Rows of the results page; `import_s` is what our import of the same log took."""
    return [*_import_beside_pandas(import_s), *_affinity_beside_implicit()]


def peer(name: str, script: str, *arguments: str) -> Any:
    """Run a script of this folder in a peer's environment; the JSON it prints."""
    done = subprocess.run(
        [str(_python(name)), str(HERE / script), *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def _python(name: str) -> Path:
    folder = OUT / name
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, folder], check=True)
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", python, *ENVIRONMENTS[name]], check=True
        )
        (folder / "ready").touch()
    return python


def _import_beside_pandas(import_s: float, times: int = 3) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        cleaned = str(Path(folder) / "cleaned.parquet")
        told = [peer("pandas", "clean_with_pandas.py", str(LOG), cleaned) for _ in range(times)]
    seconds = statistics.median(one["seconds"] for one in told)
    places = told[0]["places"]
    counted = ", ".join(f"{places[name]:,} {name}" for name in sorted(places))
    return [
        f"| pandas reading, cleaning and writing the same log | {seconds:.1f} s,"
        f" {told[0]['peak_mb']:.0f} MB; {counted} | beside our import: {import_s / seconds:.2f}"
        " times as long |"
    ]


def _affinity_beside_implicit() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        make_demo_workspace(shop)
        with open_workspace(shop) as workspace:
            workspace.import_file(str(LOG), "online-retail")
            days = [_one_day(workspace, day, Path(folder)) for day in DAYS]
    return _affinity_rows(days)


class Task(NamedTuple):
    """What both sides are asked on one day: whom to offer what, and what each then bought."""

    model: affinity.AffinityModel
    bought: affinity.Histories
    baskets: Columns
    wanted: list[set[str]]
    fit_s: float


def _one_day(workspace: Workspace, day: str, folder: Path) -> dict[str, dict[str, float]]:
    """Recipe to fit_s, per_s and ndcg, ours as `regie`: never bought before, k items."""
    task = _task(workspace, day_start_us(parse_day(day), workspace.settings.zone))
    everything = affinity.allowed(task.model, task.model.items.tolist())
    started = time.perf_counter()
    picks = affinity.score(task.model, task.bought, "new", everything, K)
    ours = {"fit_s": task.fit_s, "score_s": time.perf_counter() - started}
    table, picked = folder / f"{day}.npz", folder / f"{day}-picked.npz"
    np.savez(
        table,
        person=np.repeat(np.arange(len(task.bought.key)), np.diff(task.bought.start_p)),
        place=task.bought.place_h,
        weight=task.bought.weight_h,
        shape=np.array([len(task.bought.key), len(task.model.items)]),
        basket=task.baskets["basket"],
        basket_place=task.baskets["place"],
    )
    theirs = peer("implicit", "recommend_with_implicit.py", str(table), str(picked), str(K))
    places = np.load(picked)
    found = {"regie": _figures(ours, picks.place_pk, task)}
    return found | {one["recipe"]: _figures(one, places[one["recipe"]], task) for one in theirs}


def _figures(took: Any, place_pk: Any, task: Task) -> dict[str, float]:
    return {
        "fit_s": took["fit_s"],
        "per_s": len(task.bought.key) / took["score_s"],
        "ndcg": _ndcg(place_pk, task.model.items, task.wanted),
    }


def _task(workspace: Workspace, then_us: int) -> Task:
    with workspace.tables.session() as session:
        _seen(workspace, session, then_us)
        started = time.perf_counter()
        model = affinity.fit(session, then_us)
        fit_s = time.perf_counter() - started
        bought = affinity.histories(session, model, then_us)
        baskets = session.query(sql_text("regie.understand", "baskets"), {"as_of_us": then_us})
    with workspace.tables.session() as session:
        # What came is read as of a month later: nobody knew it then.
        later_us = then_us + HORIZON_DAYS * DAY_US
        _seen(workspace, session, later_us)
        later = bought_between(session, then_us, later_us)
    wanted = affinity.wanted(model, bought, "new", later)
    return Task(model, bought, baskets, wanted, fit_s)


def _seen(workspace: Workspace, session: Session, as_of_us: int) -> None:
    """What a run of that instant sees, and the people whose consent opens profiling."""
    state = RunState(
        workspace=workspace,
        rules=workspace.rules,
        session=session,
        run=0,
        as_of_us=as_of_us,
        policy=workspace.rules.policy(),
        purposes=workspace.rules.purposes(),
        campaigns=(),
    )
    gate(see(state))


def _ndcg(place_pk: Any, items: Any, wanted: list[set[str]]) -> float:
    who = [p for p, some in enumerate(wanted) if some]
    hits = np.array(
        [[place >= 0 and items[place] in wanted[p] for place in place_pk[p]] for p in who]
    )
    return metrics.ndcg(hits, np.array([len(wanted[p]) for p in who]))


def _affinity_rows(days: list[dict[str, dict[str, float]]]) -> list[str]:
    mean = {
        recipe: {
            figure: statistics.mean(day[recipe][figure] for day in days)
            for figure in days[0][recipe]
        }
        for recipe in days[0]
    }
    ours = mean.pop("regie")
    best = max(mean, key=lambda recipe: mean[recipe]["ndcg"])
    theirs = mean[best]
    fastest = min(one["fit_s"] for one in mean.values())
    return [
        f"| what goes with what, {len(days)} days: nDCG at {K} of what people had never bought |"
        f" {ours['ndcg']:.4f} | implicit {theirs['ndcg']:.4f} ({best}, the best of {len(mean)}"
        f" recipes): {ours['ndcg'] / theirs['ndcg']:.2f} times |",
        f"| its fit | {ours['fit_s']:.2f} s, from the tables | implicit {theirs['fit_s']:.2f} s,"
        f" from a matrix in memory (its fastest recipe {fastest:.2f} s):"
        f" {ours['fit_s'] / theirs['fit_s']:.1f} times |",
        f"| people scored a second | {ours['per_s']:,.0f} | implicit {theirs['per_s']:,.0f}:"
        f" {ours['per_s'] / theirs['per_s']:.2f} times |",
    ]
