"""Killed anywhere, a workspace is as before or as after at its next opening, never between.

A child process does one thing and is killed (SIGKILL) at a named point or at a random instant; then
the workspace is opened anew. What SIGKILL cannot show, writes that were never synced, is the matter
of test_power_cuts.py.
"""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from regie.workspace import loop, open_workspace
from tests.support.faults import (
    STEADY,
    WORKS,
    Plan,
    child,
    differences,
    picture,
    same,
)

NAMED_KILLS, RANDOM_KILLS = 48, 12
REPEATED = ("import", "run", "erase")
"""Done again after a kill, these must end as if there had been none."""


class Take:
    """One kind of work, taken once to its end: its points, its seconds, the picture after it."""

    def __init__(self, work: str, base: Path, folder: Path) -> None:
        self.work, self.base, self.folder = work, base, folder
        noted = folder / f"{work}.noted"
        done = self.copy()
        started = time.monotonic()
        assert child(Plan(work, str(done), 0, str(noted))) == 0
        self.seconds = time.monotonic() - started
        self.opened, self.points = msgspec.json.decode(noted.read_bytes())
        self.after = picture(done)
        self.repetitions = 2

    def copy(self) -> Path:
        """A fresh copy of the base workspace."""
        folder = self.folder / "killed" / "shop"
        shutil.rmtree(folder.parent, ignore_errors=True)
        return Path(shutil.copytree(self.base, folder))

    def kill(self, before: dict[str, Any], dies_at: int = 0, lives_s: float = 60.0) -> str:
        """Kill it there; whether the workspace is then as before or as after."""
        folder = self.copy()
        code = child(Plan(self.work, str(folder), dies_at), lives_s)
        where = self.points[dies_at - 1] if dies_at else f"{lives_s:.3f} s"
        found = picture(folder)
        is_after, is_before = same(found, self.after), same(found, before)
        assert is_after or is_before, (
            f"{self.work} killed at {where}: {differences(found, before)} not as before,"
            f" {differences(found, self.after)} not as after"
        )
        assert is_after or code != 0, f"{self.work}: acknowledged, and lost"
        if is_before and not is_after and self.work in REPEATED and self.repetitions:
            self.repetitions -= 1
            self._again(folder, where)
        return "after" if is_after else "before"

    def _again(self, folder: Path, where: str) -> None:
        with open_workspace(folder) as shop:
            WORKS[self.work](shop)
        wanted, found = _without_numbers(self.after), _without_numbers(picture(folder))
        assert found == wanted, f"{self.work} again after {where}: {differences(found, wanted)}"


def _without_numbers(seen: dict[str, Any]) -> dict[str, Any]:
    """A run that had to be begun again has another number, and so have its ids and versions."""
    chosen = [re.sub(r"-run\d+$", "", one) for one in seen["decisions"]["chosen"]]
    models = [(name, len(versions)) for name, versions, _ in seen["models"]]
    outbox = sorted(state for _, state in seen["outbox"])
    kept = {k: v for k, v in seen.items() if k not in ("files", "runs")}
    return {**kept, "decisions": sorted(chosen), "models": models, "outbox": outbox}


@pytest.fixture(scope="module")
def before(base: Path) -> dict[str, Any]:
    """What is seen of it before anything."""
    return picture(base)


@pytest.fixture(scope="module")
def take(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Take]:
    """Takes by kind of work, each made once."""
    made: dict[str, Take] = {}

    def of(work: str) -> Take:
        if work not in made:
            made[work] = Take(work, base, tmp_path_factory.mktemp(work))
        return made[work]

    return of


def spread(take: Take, most: int) -> list[int]:
    """Points of a take spread evenly from the first write of its work to the last."""
    points = range(take.opened + 1, len(take.points) + 1)
    step = max(len(points) / most, 1.0)
    return sorted({points[-1 - int(i * step)] for i in range(min(most, len(points)))})


@pytest.mark.parametrize("work", WORKS)
def test_killed_at_a_named_point_it_is_whole_or_not_there(
    take: Callable[[str], Take], before: dict[str, Any], work: str
) -> None:
    one = take(work)
    met = {one.kill(before, point) for point in spread(one, NAMED_KILLS // len(WORKS))}
    assert met <= {"before", "after"}


def test_killed_at_any_instant_it_is_whole_or_not_there(
    take: Callable[[str], Take], before: dict[str, Any]
) -> None:
    draw = random.Random(5)
    for number in range(RANDOM_KILLS):
        one = take(list(WORKS)[number % len(WORKS)])
        one.kill(before, lives_s=draw.uniform(0.02, one.seconds))


def test_a_turn_of_expiry_killed_anywhere_is_finished_by_the_next(
    take: Callable[[str], Take],
) -> None:
    """What is too old goes store by store; opening it ends the turn, though the clock stands in
    2011 again.
    """
    one = take("expire")
    for point in spread(one, 8):
        folder = one.copy()
        child(Plan("expire", str(folder), point))
        open_workspace(folder).close()
        with open_workspace(folder) as shop:
            assert shop.verify().faults == (), one.points[point - 1]
            STEADY["expire"](shop)
        found = picture(folder)
        assert same(found, one.after), (one.points[point - 1], differences(found, one.after))


def test_every_step_of_the_loop_and_every_kind_of_write_is_a_point(
    take: Callable[[str], Take],
) -> None:
    assert [f"step {step.__name__}" for step in loop.STEPS] == [
        point for point in take("run").points if point.startswith("step ")
    ]
    for kind in ("SQL COMMIT", "delta.write_deltalake", "DeltaTable.vacuum", "cleanup_metadata",
                 "os.fsync", "os.replace", "SqliteState.checkpoint"):  # fmt: skip
        assert any(kind in point for point in take("erase").points), kind


def test_the_checker_sees_a_half_done_work(base: Path, before: dict[str, Any]) -> None:
    """The law itself: what is between before and after is not taken for either."""
    half = {**before, "acts": [*before["acts"], ("approved", "x", 2, "h")]}
    assert not same(half, before)
    assert not same({**before, "files": {**before["files"], "reports/x": ""}}, before)


@pytest.mark.proof
@pytest.mark.parametrize("work", WORKS)
def test_killed_at_every_named_point_and_often_at_random(
    take: Callable[[str], Take], before: dict[str, Any], work: str
) -> None:
    one, draw = take(work), random.Random(work)
    one.repetitions = 1000
    for point in range(one.opened + 1, len(one.points) + 1):
        one.kill(before, point)
    for _ in range(40):
        one.kill(before, lives_s=draw.uniform(0.02, one.seconds))
