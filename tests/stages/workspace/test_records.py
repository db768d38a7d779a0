"""Batches of decisions: committed together, each sealed and acknowledged under its own name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.govern.ledger import check_leaves, record_leaves
from regie.terms.decision import NOTHING, Decision
from regie.workspace import Workspace
from regie.workspace.records import Batch, decisions_of, record_batches
from tests.support.workspaces import workspace


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path) as opened:
        yield opened


def batch(run: int, count: int = 3) -> Batch:
    """Decisions of a run, out of order."""
    made = [
        Decision(
            id=f"{run}-{n}", kind="message", run=run, at_us=0, subject=f"{n:032x}", policy="p@1",
            chosen=NOTHING, propensity=1.0, seed=7, actor="policy p", inputs={"b": n, "a": "é\n"},
        )
        for n in reversed(range(count))
    ]  # fmt: skip
    return Batch("run", str(run), made)


def record(shop: Workspace, batches: Iterator[Batch] | list[Batch]) -> list[str]:
    """Record, and say what was acknowledged; each must be readable and sealed by then."""
    told: list[str] = []

    def acknowledged(one: Batch) -> None:
        told.append(one.commit)
        assert shop.tables.committed("decisions", one.commit)
        assert one.subject in {entry.subject for entry in shop.ledger.entries()}

    with shop.tables.lease("decisions"), shop.tables.session() as session:
        record_batches(shop, session, batches, acknowledged)
    return told


def test_each_batch_is_acknowledged_in_its_turn_and_sealed_by_its_own_leaves(
    shop: Workspace,
) -> None:
    batches = [batch(run) for run in range(1, 41)]
    assert record(shop, iter(batches)) == [f"run:{run}" for run in range(1, 41)]
    entries = {entry.subject: entry for entry in shop.ledger.entries()}
    for one in batches:
        with shop.tables.session() as session:
            rows = session.query(
                "SELECT * FROM decisions WHERE run = $run ORDER BY id", {"run": int(one.subject)}
            )
        assert decisions_of(rows) == sorted(one.decisions, key=lambda d: d.id)
        entry = entries[one.subject]
        assert check_leaves(entry, shop.ledger.leaves(entry.n))
        assert record_leaves(rows) == shop.ledger.leaves(entry.n)
    # What waits while one commit is made goes into the next together.
    assert shop.tables.version("decisions") + 1 < len(batches)


def test_a_batch_recorded_again_changes_nothing(shop: Workspace) -> None:
    record(shop, [batch(1)])
    assert record(shop, [batch(1), batch(2)]) == ["run:1", "run:2"]
    assert len(shop.ledger.entries()) == 2
    with shop.tables.session() as session:
        found = session.query("SELECT run FROM decisions ORDER BY run")
    assert found["run"].tolist() == [1, 1, 1, 2, 2, 2]


def test_what_cannot_be_spelled_keeps_nothing_that_was_acknowledged(shop: Workspace) -> None:
    broken = Batch("run", "9", [Decision(
        id="9", kind="message", run=9, at_us=0, subject="k", policy="p@1", chosen=NOTHING,
        propensity=1.0, seed=7, actor="policy p", inputs={"x": object()},
    )])  # fmt: skip
    told: list[str] = []
    with (
        pytest.raises(TypeError),
        shop.tables.lease("decisions"),
        shop.tables.session() as session,
    ):
        record_batches(shop, session, [batch(1), broken], lambda one: told.append(one.commit))
    assert shop.tables.committed("decisions", "run:1") is (told == ["run:1"])
    assert not shop.tables.committed("decisions", "run:9")
