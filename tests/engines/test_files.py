"""Assets, models and the ledger: what is kept is what was given, whatever happens.

What the ports promise is asked of every engine in the fixtures' `params`; what a file may meet
(forged, cut, damaged) is asked of the engine in files alone.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from regie.engines.durable import append_lines, write_whole
from regie.engines.files import FileAssets, FileLedger, FileModels
from regie.govern.ledger import leaf, next_entry, verify_chain
from regie.ports.assets import AssetStore
from regie.ports.ledger import LedgerStore
from regie.ports.models import ModelStore, Promotion
from regie.terms.errors import (
    DiskFullError,
    NotFoundError,
    RefusedError,
    SettingError,
    WorkspaceError,
)


@pytest.fixture(params=[FileAssets])
def assets(request: pytest.FixtureRequest, tmp_path: Path) -> AssetStore:
    """An empty store of assets, of every engine."""
    store: AssetStore = request.param(tmp_path)
    return store


@pytest.fixture(params=[FileModels])
def models(request: pytest.FixtureRequest, tmp_path: Path) -> ModelStore:
    """An empty store of models, of every engine."""
    store: ModelStore = request.param(tmp_path)
    return store


@pytest.fixture(params=[FileLedger])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerStore:
    """An empty ledger, of every engine."""
    store: LedgerStore = request.param(tmp_path)
    return store


def test_an_asset_is_named_by_its_bytes(assets: AssetStore) -> None:
    name = assets.put(b"template")
    assert name == sha256(b"template").hexdigest()
    assert assets.put(b"template") == name
    assert (assets.names(), assets.holds(name)) == ([name], True)
    assert assets.get(name) == b"template"
    assets.remove(name)
    assets.remove(name)
    assert (assets.names(), assets.holds(name)) == ([], False)
    with pytest.raises(NotFoundError):
        assets.get(name)
    with pytest.raises(SettingError, match="64 hex digits"):
        assets.get("../../etc/passwd")


def test_an_asset_forged_on_disk_is_named(tmp_path: Path) -> None:
    assets = FileAssets(tmp_path)
    name = assets.put(b"template")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    (tmp_path / name).write_bytes(b"forged")
    with pytest.raises(WorkspaceError, match="changed on disk"):
        assets.get(name)


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "a", b"old")

    def dies(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(DiskFullError, match="free some room"):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_model_comes_back_as_it_was_saved_and_never_changes(models: ModelStore) -> None:
    arrays = {"w": np.array([0.1, -2.0]), "items": np.array(["85123A", "é"])}
    models.save("response", "2011-06-09", arrays, {"auc": 0.7, "features": ["a"]})
    models.save("response", "2011-06-09", arrays, {"features": ["a"], "auc": 0.7})
    model = models.load("response", "2011-06-09")
    for name, array in arrays.items():
        np.testing.assert_array_equal(model.arrays[name], array)
    assert model.card == {"auc": 0.7, "features": ["a"]}
    assert (models.names(), models.versions("response")) == (["response"], ["2011-06-09"])
    with pytest.raises(RefusedError, match="there with other content"):
        models.save("response", "2011-06-09", arrays, {"auc": 0.8})
    with pytest.raises(SettingError, match="is of objects"):
        models.save("response", "2", {"w": np.array(["a", None], dtype=object)}, {})
    with pytest.raises(SettingError, match="expected letters, digits"):
        models.load("../x", "1")
    with pytest.raises(NotFoundError, match='without version "9", expected one of 2011-06-09'):
        models.load("response", "9")


def test_the_champion_is_the_one_promoted_last_by_then(models: ModelStore) -> None:
    for version in ("1", "2"):
        models.save("response", version, {"w": np.array([1.0])}, {})
    assert models.champion("response") is None
    models.promote("response", Promotion("1", 10, "d1"))
    models.promote("response", Promotion("2", 20, "d2"))
    models.promote("response", Promotion("2", 20, "d2"))
    assert models.champion("response") == "2"
    assert models.champion("response", as_of_us=19) == "1"
    assert models.champion("response", as_of_us=9) is None
    models.promote("response", Promotion("1", 30, "d3"))
    assert models.champion("response") == "1"
    assert [one.decision for one in models.history("response")] == ["d1", "d2", "d3"]
    with pytest.raises(NotFoundError):
        models.promote("response", Promotion("3", 40, "d4"))


def test_versions_of_a_run_are_told_and_dropped_by_their_ending(models: ModelStore) -> None:
    for version in ("a-run1", "a-run2"):
        models.save("response", version, {"w": np.array([1.0])}, {})
    assert models.files() == {**models.files("-run1"), **models.files("-run2")}
    assert len(models.files("-run1")) == len(models.files("-run2")) > 0
    models.drop("-run1")
    assert (models.versions("response"), models.files("-run1")) == (["a-run2"], {})


def test_the_ledger_grows_and_comes_back(ledger: LedgerStore) -> None:
    assert ledger.entries() == []
    last = None
    for i in range(3):
        leaves = leaf("s", b"%d" % i) * i
        with ledger.lease():
            last = next_entry(last, at_us=i, kind="run", subject=str(i), leaves=leaves)
            ledger.append([(last, leaves)])
    entries = ledger.entries()
    assert [entry.count for entry in entries] == [0, 1, 2]
    assert verify_chain(entries) is None
    assert ledger.leaves(2) == leaf("s", b"2") * 2
    assert ledger.leaves(9) == b""


def test_an_entry_that_does_not_follow_is_refused(ledger: LedgerStore) -> None:
    first = next_entry(None, at_us=0, kind="run", subject="1", leaves=b"")
    ledger.append([(first, b"")])
    for entry in (first, next_entry(None, at_us=1, kind="run", subject="2", leaves=b"")):
        with pytest.raises(RefusedError, match="expected the next one, chained to it"):
            ledger.append([(entry, b"")])
    ledger.append([(next_entry(first, at_us=1, kind="run", subject="2", leaves=b""), b"")])


def test_a_ledger_opened_again_is_as_it_was(tmp_path: Path) -> None:
    first = next_entry(None, at_us=0, kind="run", subject="1", leaves=b"")
    FileLedger(tmp_path).append([(first, b"")])
    assert FileLedger(tmp_path).entries() == [first]


def test_a_line_cut_short_by_a_crash_is_no_entry_and_the_next_one_is_whole(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    first = next_entry(None, at_us=0, kind="run", subject="1", leaves=b"")
    ledger.append([(first, b"")])
    with (tmp_path / "entries.jsonl").open("ab") as file:
        file.write(b'{"n":1,"at_us')
    assert ledger.entries() == [first]
    second = next_entry(first, at_us=1, kind="run", subject="2", leaves=b"")
    ledger.append([(second, b"")])
    assert ledger.entries() == [first, second]
    with (tmp_path / "entries.jsonl").open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(WorkspaceError, match=r"entries\.jsonl line 3 is not readable"):
        ledger.entries()


def test_a_partial_line_is_cut_even_when_it_is_the_only_one(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"partial")
    append_lines(path, [b"whole"])
    assert path.read_bytes() == b"whole\n"


@pytest.mark.parametrize("file", ["v1/arrays.npz", "v1/card.json", "champion.json"])
@pytest.mark.parametrize("harm", ["empty", "cut", "noise", "other", "flipped"])
def test_a_damaged_file_of_a_model_is_named(tmp_path: Path, file: str, harm: str) -> None:
    models = FileModels(tmp_path)
    models.save("m", "v1", {"a": np.arange(100), "b": np.array(["x", "yy"])}, {"judged": {}})
    models.promote("m", Promotion("v1", 0, "d1"))
    assert models.files() == {**models.files("1")} != {}
    path = tmp_path / "m" / file
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "empty": b"",
            "cut": whole[:middle],
            "noise": bytes(range(256)) * 4,
            "other": b"[1, 2]",
            "flipped": whole[:middle] + bytes([whole[middle] ^ 0x80]) + whole[middle + 1 :],
        }[harm]
    )
    with pytest.raises(WorkspaceError, match=r"damaged \(.*restore it from a copy") as told:
        models.champion("m") if file == "champion.json" else models.load("m", "v1")
    assert str(path) in str(told.value)
