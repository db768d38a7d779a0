"""When the power goes, what was acknowledged stands and the rest is whole or not there.

Kills leave the page cache; here every write that was not synced may be gone (tests/support/power).
"""

from __future__ import annotations

import copy
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from regie.terms.errors import RegieError
from regie.workspace import open_workspace
from tests.support.faults import WORKS, batches, differences, picture, same
from tests.support.power import ACKNOWLEDGED, STATES, Call, Disk, trace


def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not _can_trace(), reason="strace is not here, or may not trace")


Cut = tuple[int, str]
"""The power goes after a call, and leaves one of the states."""


def spread(states: int) -> Callable[[list[int], list[Call]], list[Cut]]:
    """So many cuts over all the calls that touch the folder, the last one always."""

    def chosen(effective: list[int], _: list[Call]) -> list[Cut]:
        step = max(len(effective) / states, 1.0)
        cuts = {effective[-1 - int(i * step)] for i in range(min(states, len(effective)))}
        return [(cut, STATES[i % len(STATES)]) for i, cut in enumerate(sorted(cuts))]

    return chosen


def while_a_log_is_cut(effective: list[int], calls: list[Call]) -> list[Cut]:
    """After every commit that goes from a table's log, with the names as they are then."""
    gone = {i for places in unlinked_commits(calls).values() for i in places}
    return [(i, "names") for i in effective if i in gone]


def unlinked_commits(calls: list[Call]) -> dict[str, list[int]]:
    """By log, which calls take a commit from it."""
    found: dict[str, list[int]] = {}
    for place, call in enumerate(calls):
        commit = _COMMIT.search(call.path()) if call.name == "unlink" else None
        if commit:
            found.setdefault(commit[1], []).append(place)
    return found


_COMMIT = re.compile(r"^(.*/_delta_log)/\d{20}\.json$")


def newest_first(calls: list[Call]) -> list[Call]:
    """The same calls, a log's commits taken away newest first: deltalake takes them in any order,
    and this one leaves rows standing whose files are gone.
    """
    ordered = list(calls)
    for places in unlinked_commits(calls).values():
        by_name = sorted((calls[i] for i in places), key=Call.path, reverse=True)
        for place, call in zip(places, by_name, strict=True):
            ordered[place] = call
    return ordered


def faults(
    base: Path,
    folder: Path,
    work: str,
    choose: Callable[[list[int], list[Call]], list[Cut]],
    broken: str = "",
) -> list[str]:
    """Do a work, let the power go at some of its calls; every state that is not as it should."""
    before = picture(base)
    shop = Path(shutil.copytree(base, folder / "traced" / "shop"))
    disk = Disk(shop)
    calls = newest_first(trace(work, shop, folder / "log", broken))
    after = picture(shop)
    word = ACKNOWLEDGED.encode().hex()
    told = next(
        number
        for number, call in enumerate(calls)
        if call.name == "openat" and word in call.arguments.replace("\\x", "")
    )
    probe = copy.deepcopy(disk)
    effective = [number for number, call in enumerate(calls) if probe.apply(call)]
    cuts = choose(effective, calls)
    assert cuts, "no call of the kind"
    found: list[str] = []
    draw, at = random.Random(work), 0
    for cut, state in cuts:
        while at <= cut:
            disk.apply(calls[at])
            at += 1
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
    found = faults(base, tmp_path, work, spread(6))
    assert not found, "\n".join(found)


def test_an_erasure_cuts_its_logs_at_every_file(base: Path, tmp_path: Path) -> None:
    """Files of a log go in any order: what is left is never taken for a torn commit."""
    found = faults(base, tmp_path, "erase", while_a_log_is_cut)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("work", "broken"),
    [("import", "no fsync"), ("import", "no acknowledgement"), ("import", "publish before write")],
)
def test_a_broken_commit_is_caught(base: Path, tmp_path: Path, work: str, broken: str) -> None:
    """The controls: without the sync, or published too early, some cut loses something."""
    assert faults(base, tmp_path, work, spread(8), broken) != []


@pytest.mark.parametrize("broken", ["", "no fsync"])
def test_batches_that_were_told_of_stand_whole(base: Path, tmp_path: Path, broken: str) -> None:
    """Of decisions committed many batches at once: each that was acknowledged, and none by half."""
    shop = Path(shutil.copytree(base, tmp_path / "traced" / "shop"))
    disk = Disk(shop)
    calls = trace("record", shop, tmp_path / "log", broken)
    probe = copy.deepcopy(disk)
    effective = [number for number, call in enumerate(calls) if probe.apply(call)]
    told = [number for number, call in enumerate(calls) if "/told-" in call.path()]
    assert len(told) == len(batches())
    draw, at, lost = random.Random(3), 0, 0
    for cut, state in spread(12)(effective, calls):
        while at <= cut:
            disk.apply(calls[at])
            at += 1
        left = tmp_path / "left" / "shop"
        shutil.rmtree(left.parent, ignore_errors=True)
        left.parent.mkdir()
        disk.after_a_cut(state, left, draw)
        lost += not _batches_stand(left, sum(number < cut for number in told))
    assert (lost > 0) == bool(broken)


def _batches_stand(left: Path, told: int) -> bool:
    """Whether so many batches are there at least, sealed, and each is whole."""
    try:
        with open_workspace(left) as shop:
            rows = shop.sql("SELECT run FROM decisions WHERE run >= 100").columns["run"].tolist()
            sealed = {entry.subject for entry in shop.ledger.entries()}
    except RegieError:
        return False
    wanted = [batch.subject for batch in batches()][:told]
    whole = all(rows.count(run) == 5 for run in set(rows))
    return whole and set(wanted) <= {str(run) for run in rows} & sealed


@pytest.mark.proof
@pytest.mark.parametrize("work", WORKS)
def test_the_power_goes_after_every_call(base: Path, tmp_path: Path, work: str) -> None:
    found = faults(base, tmp_path, work, spread(400))
    assert not found, "\n".join(found)
