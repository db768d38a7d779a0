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
from typing import Any

import numpy as np

from regie.learn import metrics
from regie.terms.instant import day_start_us, parse_day
from regie.understand import affinity
from regie.workspace import open_workspace
from regie.workspace.demo import make_demo_workspace
from regie.workspace.loop import gate, see
from regie.workspace.modelling import bought_between
from regie.workspace.run_state import RunState

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


def _one_day(workspace: Any, day: str, folder: Path) -> dict[str, dict[str, float]]:
    """Recipe to fit_s, score_s, per_s and ndcg, ours as `regie`: selection `new`, k items."""
    then_us = day_start_us(parse_day(day), workspace.settings.zone)
    later_us = then_us + HORIZON_DAYS * 86_400_000_000
    with workspace.tables.session() as session:
        state = gate(
            see(
                RunState(
                    workspace=workspace,
                    session=session,
                    run=0,
                    as_of_us=then_us,
                    policy=workspace.rules.policy(),
                    purposes=workspace.rules.purposes(),
                    campaigns=(),
                )
            )
        )
        started = time.perf_counter()
        model = affinity.fit(state.session, then_us)
        fitted = time.perf_counter()
        bought = affinity.histories(state.session, model, then_us)
        everything = affinity.allowed(model, model.items.tolist())
        ready = time.perf_counter()
        picks = affinity.score(model, bought, "new", everything, K)
        done = time.perf_counter()
        baskets = _baskets(session, model, then_us)
    with workspace.tables.session() as session:
        # What came is read from the whole log: nobody knew it then.
        state = gate(see(msgspec_replace(state, session=session, as_of_us=later_us)))
        later = bought_between(session, then_us, later_us)
    wanted = affinity.wanted(model, bought, "new", later)
    people = len(bought.key)
    table = folder / f"{day}.npz"
    person = np.repeat(np.arange(people), np.diff(bought.start_p))
    np.savez(
        table,
        person=person,
        place=bought.place_h,
        weight=bought.weight_h,
        shape=np.array([people, len(model.items)]),
        allowed=everything,
        basket=baskets["basket"],
        basket_place=baskets["place"],
    )
    picked = folder / f"{day}-picked.npz"
    told = peer("implicit", "recommend_with_implicit.py", str(table), str(picked), str(K))
    found = {
        "regie": {
            "fit_s": fitted - started,
            "score_s": done - ready,
            "per_s": people / (done - ready),
            "ndcg": _ndcg(picks.place_pk, model.items, wanted),
        }
    }
    places = np.load(picked)
    for one in told:
        found[one["recipe"]] = {
            "fit_s": one["fit_s"],
            "score_s": one["score_s"],
            "per_s": people / one["score_s"],
            "ndcg": _ndcg(places[one["recipe"]], model.items, wanted),
        }
    return found


def msgspec_replace(state: RunState, **changes: Any) -> RunState:
    """A copy of the state with other values."""
    import msgspec

    return msgspec.structs.replace(state, **changes)


def _baskets(session: Any, model: affinity.AffinityModel, then_us: int) -> dict[str, Any]:
    from regie.ports.tables import sql_text

    found: dict[str, Any] = session.query(
        sql_text("regie.understand", "baskets"), {"as_of_us": then_us}
    )
    return found


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


if __name__ == "__main__":
    print("\n".join(lines(5.0)))
