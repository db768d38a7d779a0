"""Every decision comes out again from what was recorded; whoever changes anything is named."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from regie.decide import policy as policies
from regie.workspace import open_workspace
from regie.workspace.replaying import replay, replay_all
from tests.support.tampering import rewrite
from tests.support.typed import regie

TEXT = "CASE WHEN id = '{id}' THEN {now} ELSE {name} END AS {name}"
CHANGES = {
    "propensity": "propensity / 2",
    "chosen": "'somewhere'",
    "campaign": "'somewhere'",
    "policy": "policy || '0'",
    "seed": "seed + 1",
    "at_us": "at_us + 1",
    "actor": "'somebody'",
    "candidates": "replace(candidates, '\"score\":', '\"score\":1')",
    "excluded": "'{\"dates\":9}'",
    "constraints": "replace(constraints, '\"explored\":false', '\"explored\":true')",
    "versions": "replace(versions, 'run', 'rum')",
    "reasons": "replace(reasons, '\"weight\":', '\"weight\":1')",
    "inputs": "replace(inputs, '\"contacts\":', '\"contacts\":9')",
}
"""Column to what somebody makes of it; of each another decision."""


def test_everything_comes_out_again(whole_shop: Path) -> None:
    with open_workspace(whole_shop) as shop:
        recorded = len(shop.decisions())  # promotions too
        found = replay_all(shop)
        assert (found.answer, found.decisions, found.identical) == (
            "identical", recorded, recorded,
        )  # fmt: skip
        assert recorded > 100
        one = shop.decisions(run=2, limit=1)[0][0].id
        assert replay(shop, one).answer == "identical"
    told = regie("replay", "--all", workspace=whole_shop)
    assert (told.code, told.out.startswith("identical: ")) == (0, True)


def test_whatever_is_changed_in_a_decision_is_named(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        usable = [
            d for d, _ in shop.decisions(run=1)
            if d.kind == "message" and d.campaign and not d.constraints["explored"]
        ]  # fmt: skip
    changed = {name: usable[n].id for n, name in enumerate(CHANGES)}
    replaced = [TEXT.format(name=n, id=changed[n], now=now) for n, now in CHANGES.items()]
    rewrite(own_shop, "decisions", ", ".join(replaced))
    with open_workspace(own_shop) as shop:
        found = replay_all(shop)
    assert found.answer == "differs"
    named = {line.partition(":")[0]: line for line in found.differences}
    assert set(named) == set(changed.values())
    for name, decision in changed.items():
        word = "excluded" if name == "inputs" else name
        assert f"{word}: " in named[decision], (name, named[decision])
    assert found.identical == found.decisions - len(CHANGES)


def test_a_manifest_changed_alone_is_found_by_every_decision(own_shop: Path) -> None:
    con = sqlite3.connect(own_shop / "state.sqlite")
    ((text,),) = con.execute("SELECT manifest FROM runs WHERE number = 2").fetchall()
    manifest = json.loads(text)
    manifest["policy"]["threshold"] += 9.0
    con.execute("UPDATE runs SET manifest = ? WHERE number = 2", (json.dumps(manifest),))
    con.commit()
    con.close()
    with open_workspace(own_shop) as shop:
        messages = {d.id for d, _ in shop.decisions(run=2) if d.campaign is not None}
        found = replay_all(shop)
        explored = {d.id for d, _ in shop.decisions(run=2) if d.constraints.get("explored")}
    named = {line.partition(":")[0] for line in found.differences}
    assert messages - explored <= named
    assert found.answer == "differs"


@pytest.mark.parametrize("part", ["scores", "_best", "_draws", "_random_action"])
def test_another_code_of_the_policy_does_not_come_out_the_same(
    whole_shop: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """The replay is seen red: each part of the policy is put wrong in turn."""
    real = getattr(policies, part)

    def wrong(*arguments: object) -> object:
        made = real(*arguments)
        return np.roll(made, 1, axis=0) if made.ndim == 1 else np.nextafter(made, np.inf)

    monkeypatch.setattr(policies, part, wrong)
    with open_workspace(whole_shop) as shop:
        assert replay_all(shop).answer == "differs"


def test_a_decision_of_another_version_is_not_guessed(
    whole_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regie.__version__", "99.0")
    told = regie("replay", "--all", workspace=whole_shop)
    assert (told.code, told.out.startswith("needs version: ")) == (1, True)
    assert "run 1: regie 0." in told.out
