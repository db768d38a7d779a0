"""A full disk and a damaged file are said plainly; nothing is lost, and it goes on afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from regie.interfaces.cli import main
from regie.terms.errors import DiskFullError, WorkspaceError
from regie.workspace import open_workspace, settings
from tests.support.faults import WORKS, differences, picture, same


@pytest.fixture
def own(base: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(base, tmp_path / "shop"))


# ---------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)],
        check=False, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("a small disk of one's own needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Leave so many bytes free."""
    filler = disk / "filler"
    free = shutil.disk_usage(disk).free
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - left, 1))
    return filler


def try_full(base: Path, disk: Path, work: str, lefts: range) -> set[str]:
    """Do a work with less and less room; what was said, and that it goes on with room again."""
    shop, said = disk / "shop", set()
    before = picture(base)
    shutil.copytree(base, shop)
    with open_workspace(shop) as workspace:
        WORKS[work](workspace)
    after = picture(shop)
    for left in lefts:
        shutil.rmtree(shop)
        shutil.copytree(base, shop)
        filler = fill(disk, left)
        try:
            with open_workspace(shop) as workspace:
                WORKS[work](workspace)
        except DiskFullError as error:
            assert "free some room and run the command again" in str(error)
            said.add(str(error).removeprefix(f"the disk of {shop}"))
            done = False
        else:
            done = True
        filler.unlink()
        found = picture(shop)
        assert same(found, after) or (not done and same(found, before)), (
            f"{work} with {left} bytes left: {differences(found, before)} not as before,"
            f" {differences(found, after)} not as after"
        )
    return said


@pytest.mark.parametrize("work", ["import", "run", "approve", "erase"])
def test_a_full_disk_is_said_and_nothing_is_lost(base: Path, small_disk: Path, work: str) -> None:
    assert try_full(base, small_disk, work, range(0, 600_000, 110_000)) != set()


def test_verifying_on_a_full_disk_says_that_it_is_full(base: Path, small_disk: Path) -> None:
    shop = Path(shutil.copytree(base, small_disk / "shop"))
    said = set()
    for left in (1, 20_000, 40_000, 90_000, 400_000):
        filler = fill(small_disk, left)
        done = CliRunner().invoke(main, ["verify", "-w", str(shop)])
        filler.unlink()
        said.add(done.output.partition("shop")[2] if done.exit_code else "sound")
        sound, full = "The ledger verifies." in done.output, "free some room" in done.output
        assert (done.exit_code, sound, full) in {(0, True, False), (2, False, True)}, done.output
    assert "sound" in said


@pytest.mark.proof
@pytest.mark.parametrize("work", WORKS)
def test_a_disk_full_at_every_page(base: Path, small_disk: Path, work: str) -> None:
    try_full(base, small_disk, work, range(0, 1_200_000, 8_192))


# ---------------------------------------------------------------- damaged files


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 64] = b"\xff" * 64
    path.write_bytes(content)


def _garble_start(path: Path) -> None:
    path.write_bytes(b"\x00" * 4096 + path.read_bytes()[4096:])


@pytest.mark.parametrize(
    ("pattern", "damage"),
    [
        ("events/*.parquet", _cut),
        ("events/*.parquet", _garble_start),
        ("events/*.parquet", Path.unlink),
        ("events/_delta_log/*0.json", _cut),
        ("events/_delta_log/*0.json", _garble),
        ("decisions/*.parquet", _cut),
        ("state.sqlite", _garble_start),
        ("state.sqlite", _cut),
        ("ledger/entries.jsonl", _garble),
        ("models/response/champion.json", _cut),
    ],
)
def test_a_damaged_file_is_named_with_the_next_step(
    own: Path, pattern: str, damage: Callable[[Path], Any]
) -> None:
    damage(sorted(own.glob(pattern))[0])
    for command in (["verify"], ["run", "--as-of", "2011-10-10"]):
        done = CliRunner().invoke(main, [*command, "-w", str(own)])
        if done.exit_code == 0:
            continue
        assert done.exit_code in (1, 2), done.output
        assert "no fault of" not in done.output
        told = ("restore", "backup", "sealed", "is damaged", "does not verify")
        assert any(words in done.output for words in told), done.output
        assert pattern.split("/", maxsplit=1)[0] in done.output, done.output
        return
    pytest.fail("nobody said anything")


# ---------------------------------------------------------------- names of folders


@pytest.mark.parametrize("name", ["a shop é", "100%", "it's #1"])
def test_a_workspace_may_have_any_of_these_names(base: Path, tmp_path: Path, name: str) -> None:
    wanted = picture(base)
    assert same(picture(Path(shutil.copytree(base, tmp_path / name))), wanted)


@pytest.mark.parametrize("name", ["shop[1]", "a%20shop", "a|b", "what?*"])
def test_a_name_that_a_table_cannot_have_is_refused_at_once(
    base: Path, tmp_path: Path, name: str
) -> None:
    folder = Path(shutil.copytree(base, tmp_path / name))
    with pytest.raises(WorkspaceError, match="rename or move the folder"):
        open_workspace(folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


# ---------------------------------------------------------------- a clock that jumps


class _Clock:
    """The wall clock, an hour back and forward at every look."""

    def __init__(self, real: Any) -> None:
        self._real, self._looks = real, 0

    def time_ns(self) -> int:
        self._looks += 1
        sign = -1 if self._looks % 2 else 1
        return int(self._real()) + sign * 3_600_000_000_000 * (self._looks % 7)


def test_a_clock_that_jumps_changes_neither_order_nor_idempotence(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from time import time_ns

    monkeypatch.setattr(settings, "time", _Clock(time_ns))
    with open_workspace(own) as shop:
        WORKS["import"](shop)
        imports = [i.id for i in shop.state.imports()]
        assert imports == sorted(imports, key=lambda i: int(i[1:].partition("-")[0]))
        WORKS["import"](shop)
        assert shop.state.imports()[-1].counts.get("order", 0) == shop.state.imports()[
            -1
        ].counts.get("order.held", 0), "the same file again adds nothing"
        WORKS["run"](shop)
        assert shop.run("2011-10-09").kept
        for value in ("Ada", "Bea", "Cleo"):
            shop.rectify("90001", "first_name", value)
            assert shop.access("90001")["contacts"]["first_name"] == value
        for grant in (True, False, True):
            named = {"grant" if grant else "withdraw": ["advertising"]}
            assert shop.consent("90001", **named)["advertising"] is grant
        versions = shop.models.versions("response")
        for version in (versions[0], versions[-1], versions[0]):
            shop.promote("response", version, "tests")
            assert shop.models.champion("response") == version
        WORKS["approve"](shop)
        assert shop.verify().faults == ()
