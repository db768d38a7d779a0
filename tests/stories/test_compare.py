"""An analyst edits a policy and sees what would change, before anybody lives with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from regie.terms.decision import NOTHING
from regie.workspace import open_workspace
from tests.support.typed import regie

RUN = "1"


def edited(folder: Path, tmp_path: Path, before: str, after: str) -> Path:
    text = (folder / "rules/policies/standard.toml").read_text("utf-8")
    assert before in text
    path = tmp_path / "edited.toml"
    path.write_text(text.replace(before, after), "utf-8")
    return path


def test_the_same_policy_changes_nobody_and_brings_no_difference(
    whole_shop: Path, tmp_path: Path
) -> None:
    same = edited(whole_shop, tmp_path, "threshold = 0.0", "threshold = 0.0")
    found = regie("compare", str(same), "--run", RUN, "--json", workspace=whole_shop).json()
    assert (found["changed"], found["moves"], found["examples"]) == (0, {}, [])
    assert found["estimates"]["orders"]["difference"] == pytest.approx(0.0, abs=1e-12)
    assert all(was == now for was, now in found["campaigns"].values())


def test_a_higher_threshold_writes_less_and_says_to_whom_and_why(
    whole_shop: Path, tmp_path: Path
) -> None:
    shy = edited(whole_shop, tmp_path, "threshold = 0.0", "threshold = 0.8")
    found = regie("compare", str(shy), "--run", RUN, "--json", workspace=whole_shop).json()
    with open_workspace(whole_shop) as shop:
        recorded = {d.id: d for d, _ in shop.decisions(run=1) if d.kind == "message"}
        before = len(shop.ledger.entries())
    assert found["people"] == len(recorded)
    for name, (was, now) in found["campaigns"].items():
        assert was == sum(d.chosen == name for d in recorded.values())
        assert now >= was if name == NOTHING else now <= was
    assert sum(found["moves"].values()) == found["changed"] > 0
    assert sum(now for _, now in found["campaigns"].values()) == found["people"]
    for one in found["examples"]:
        assert recorded[one["decision"]].chosen == one["was"] != one["now"]
        assert "threshold +0.80" in one["why"] or "points" in one["why"]
    for name, (_, spent) in found["spent_micros"].items():
        assert spent <= found["budget_micros"][name]
    orders = found["estimates"]["orders"]
    assert orders["low"] <= orders["difference"] <= orders["high"]
    told = regie("compare", str(shy), "--run", RUN, workspace=whole_shop).out
    assert "a difference here is chance" in told, "nothing was really sent"
    with open_workspace(whole_shop) as shop:
        assert len(shop.ledger.entries()) == before, "nothing is recorded"


def test_what_shuts_an_action_out_is_told(whole_shop: Path, tmp_path: Path) -> None:
    none = edited(whole_shop, tmp_path, "cap_messages = 2", "cap_messages = 0")
    found = regie("compare", str(none), "--run", RUN, "--json", workspace=whole_shop).json()
    assert found["campaigns"][NOTHING][1] == found["people"]
    assert {one["why"].partition(": ")[2] for one in found["examples"]} == {"pressure"}


def test_a_file_that_is_no_policy_is_named(whole_shop: Path, tmp_path: Path) -> None:
    wrong = edited(whole_shop, tmp_path, "selection_size = 4", "selection_size = 0")
    done = regie("compare", str(wrong), workspace=whole_shop)
    assert (done.code, "selection_size is 0, expected a number from 1 on" in done.err) == (2, True)
    lost = regie("compare", "nosuch.toml", workspace=whole_shop)
    assert (lost.code, "nosuch.toml is not there" in lost.err) == (2, True)
    assert regie("compare", str(wrong), "--run", "9", workspace=whole_shop).code == 2


def test_the_other_policy_keeps_the_budgets_by_cut_offs_of_its_own(
    own_shop: Path, tmp_path: Path
) -> None:
    for path in (own_shop / "rules/campaigns").glob("*.toml"):
        lines = path.read_text("utf-8").splitlines()
        lines = ['budget = "0.25"' if line.startswith("budget") else line for line in lines]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    bolder = edited(own_shop, tmp_path, "affinity_weight = 0", "affinity_weight = -0")
    with open_workspace(own_shop) as shop:
        run = shop.run("2011-10-09").run
        found = shop.compare(bolder, run)
    assert found.changed > 0
    for name, (was, now) in found.spent_micros.items():
        assert 0 < max(was, now) <= found.budget_micros[name] == 250_000, name
