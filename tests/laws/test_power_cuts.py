"""When the power goes, what was acknowledged stands and the rest is whole or not there.

Kills leave the page cache; here every write that was not synced may be gone (tests/support/power).
"""

from __future__ import annotations

import copy
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from regie.terms.errors import RegieError
from tests.support.faults import WORKS, differences, make_base, picture, same
from tests.support.power import ACKNOWLEDGED, STATES, Disk, trace


def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not _can_trace(), reason="strace is not here, or may not trace")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop every work begins with."""
    return make_base(tmp_path_factory.mktemp("power"))


def faults(base: Path, folder: Path, work: str, states: int, broken: str = "") -> list[str]:
    """Do a work, let the power go at several of its calls; every state that is not as it should."""
    before = picture(base)
    shop = Path(shutil.copytree(base, folder / "traced" / "shop"))
    disk = Disk(shop)
    calls = trace(work, shop, folder / "log", broken)
    after = picture(shop)
    word = ACKNOWLEDGED.encode().hex()
    told = next(
        number
        for number, call in enumerate(calls)
        if call.name == "openat" and word in call.arguments.replace("\\x", "")
    )
    probe = copy.deepcopy(disk)
    effective = [number for number, call in enumerate(calls) if probe.apply(call)]
    step = max(len(effective) / states, 1.0)
    cuts = sorted({effective[-1 - int(i * step)] for i in range(min(states, len(effective)))})
    found: list[str] = []
    draw, at = random.Random(work), 0
    for place, cut in enumerate(cuts):
        while at <= cut:
            disk.apply(calls[at])
            at += 1
        state = STATES[place % len(STATES)]
        left = folder / "left" / "shop"
        shutil.rmtree(left.parent, ignore_errors=True)
        left.parent.mkdir()
        disk.after_a_cut(state, left, draw)
        fault = _fault(left, before, after, acknowledged=cut > told)
        if fault:
            found.append(f"{work}, {state} after call {cut} ({calls[cut].name}): {fault}")
    return found


def _fault(
    left: Path, before: dict[str, Any], after: dict[str, Any], *, acknowledged: bool
) -> str | None:
    try:
        found = picture(left)
    except (AssertionError, RegieError) as error:
        return str(error) or repr(error.__traceback__)
    if same(found, after) or (same(found, before) and not acknowledged):
        return None
    told = "acknowledged, " if acknowledged else ""
    return f"{told}{differences(found, before)} not as before, {differences(found, after)} not"


@pytest.mark.parametrize("work", ["import", "run", "erase", "approve"])
def test_what_was_acknowledged_stands_and_the_rest_is_whole_or_not_there(
    base: Path, tmp_path: Path, work: str
) -> None:
    found = faults(base, tmp_path, work, 6)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("work", "broken"),
    [("import", "no fsync"), ("import", "no acknowledgement"), ("import", "publish before write")],
)
def test_a_broken_commit_is_caught(base: Path, tmp_path: Path, work: str, broken: str) -> None:
    """The controls: without the sync, or published too early, some cut loses something."""
    assert faults(base, tmp_path, work, 8, broken) != []


@pytest.mark.proof
@pytest.mark.parametrize("work", WORKS)
def test_the_power_goes_after_every_call(base: Path, tmp_path: Path, work: str) -> None:
    found = faults(base, tmp_path, work, 400)
    assert not found, "\n".join(found)
