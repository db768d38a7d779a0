"""Several processes on one workspace: as if one after the other; no row lost, no reader failing."""

from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from regie.workspace import open_workspace
from tests.support.faults import CONTEXT, DAYS, LATER, PERSON, bring, picture

OTHERS = LATER.replace("n9", "n8").replace("90003", "90004")


def _import(folder: str, name: str, text: str) -> None:
    with open_workspace(folder) as shop:
        bring(shop, name, text)


def _run(folder: str) -> None:
    with open_workspace(folder) as shop:
        shop.run(DAYS[2])


def _erase(folder: str, person: str) -> None:
    with open_workspace(folder) as shop:
        shop.erase(person)


def _read(folder: str, until: str) -> None:
    """Read on and on; every answer must hold together."""
    while not Path(until).exists():
        with open_workspace(folder) as shop:
            counted = shop.sql("SELECT count(*) AS n, count(DISTINCT event_id) AS d FROM events")
            assert counted.columns["n"][0] == counted.columns["d"][0]
            assert shop.verify().faults == ()
            shop.decisions(run=1)
            shop.quality()


def together(*works: tuple[Any, ...], readers: int = 1) -> None:
    """Do works at once, each in a process of its own, while others read; all must end well."""
    folder = Path(works[0][1])
    until = folder.parent / f"done-{time.monotonic_ns()}"
    begun = [CONTEXT.Process(target=work, args=rest) for work, *rest in works]
    reading = [CONTEXT.Process(target=_read, args=(str(folder), str(until)))
               for _ in range(readers)]  # fmt: skip
    for process in (*begun, *reading):
        process.start()
    for process in begun:
        process.join(120)
    until.touch()
    for process in reading:
        process.join(120)
    assert [process.exitcode for process in begun] == [0] * len(begun)
    assert [process.exitcode for process in reading] == [0] * readers, "a reader failed"


def chosen(seen: dict[str, Any]) -> dict[int, list[tuple[str, str]]]:
    """What each run decided, without ids that differ from one order to another."""
    runs: dict[int, list[tuple[str, str]]] = {}
    decisions = seen["decisions"]
    for run, content, choice in zip(
        decisions["run"], decisions["content_hash"], decisions["chosen"], strict=True
    ):
        runs.setdefault(run, []).append((str(content), choice.rpartition("-run")[0] or choice))
    return {run: sorted(rows) for run, rows in runs.items()}


def test_two_imports_and_a_run_at_once_are_as_in_some_order(base: Path, tmp_path: Path) -> None:
    shop = str(shutil.copytree(base, tmp_path / "at once" / "shop"))
    imports = [(_import, "later.csv", LATER), (_import, "others.csv", OTHERS)]
    together(*((work, shop, *rest) for work, *rest in imports), (_run, shop))
    found = picture(Path(shop))
    wanted = []
    for number, first in enumerate(itertools.chain.from_iterable(
        itertools.combinations(imports, n) for n in range(3)
    )):  # fmt: skip
        folder = str(shutil.copytree(base, tmp_path / str(number) / "shop"))
        for work, *rest in first:
            work(folder, *rest)
        _run(folder)
        for work, *rest in [one for one in imports if one not in first]:
            work(folder, *rest)
        wanted.append(picture(Path(folder)))
    assert found["events"] in [seen["events"] for seen in wanted], "an accepted row was lost"
    assert chosen(found) in [chosen(seen) for seen in wanted]
    assert len(found["imports"]) == len(wanted[0]["imports"])


def test_an_erasure_while_everybody_works(base: Path, tmp_path: Path) -> None:
    shop = str(shutil.copytree(base, tmp_path / "at once" / "shop"))
    together(
        (_import, shop, "later.csv", LATER), (_erase, shop, PERSON), (_run, shop), readers=2
    )  # fmt: skip
    found = picture(Path(shop))
    serial = str(shutil.copytree(base, tmp_path / "serial" / "shop"))
    _import(serial, "later.csv", LATER)
    _erase(serial, PERSON)
    assert found["events"] == picture(Path(serial))["events"]
    assert PERSON not in found["contacts"]["raw_id"]


@pytest.mark.proof
@pytest.mark.parametrize("turn", range(20))
def test_three_writers_and_readers_for_long(base: Path, tmp_path: Path, turn: int) -> None:
    shop = str(shutil.copytree(base, tmp_path / "shop"))
    texts = [LATER.replace("n9", f"m{n}").replace("90003", f"9{turn:02d}{n}0") for n in range(3)]
    together(*((_import, shop, f"{n}.csv", text) for n, text in enumerate(texts)), readers=2)
    before, after = picture(base), picture(Path(shop))
    assert after["events"]["lines"][0] == before["events"]["lines"][0] + 3
