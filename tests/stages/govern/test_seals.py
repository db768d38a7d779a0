"""Sealed leaves that wait for their rows: alike at the start, sealed twice, let go, missing."""

from __future__ import annotations

from pathlib import Path

from regie.engines.delta import DeltaTables
from regie.govern import ledger
from regie.govern.ledger import Seals, leaf
from tests.stages.govern.test_ledger import EVERYTHING, event_leaf

ONE, TWO = leaf("s", b"1"), leaf("s", b"2")
ALIKE = [ONE[:8] + bytes([n]) * 24 for n in range(3)]
"""Leaves whose first eight bytes, by which they are sorted, are those of `ONE`."""


def test_leaves_that_begin_alike_are_told_apart() -> None:
    seals = Seals(TWO + ALIKE[0] + ONE + ALIKE[1])
    assert seals.meet(ALIKE[1] + ALIKE[2] + TWO) == [1], "alike at the start is not the same"
    assert set(ledger.split(seals.missing())) == {ONE, ALIKE[0]}
    assert seals.meet(ONE + ALIKE[0]) == []
    assert seals.missing() == b""


def test_of_leaves_that_begin_alike_only_the_one_let_go_may_be_gone() -> None:
    seals = Seals(b"".join([ONE, *ALIKE]), released=ALIKE[0] + TWO)
    assert seals.released == 1, "what was let go of another table does not count here"
    assert set(ledger.split(seals.missing())) == {ONE, ALIKE[1], ALIKE[2]}
    assert seals.meet(ALIKE[0]) == [0], "a row that was let go is there again"


def test_a_leaf_sealed_twice_is_one_leaf() -> None:
    # Others that begin alike stand between the two.
    seals = Seals(b"".join([ONE, *ALIKE, ONE, TWO]))
    assert len(ledger.split(seals.missing())) == 5
    assert seals.meet(ONE + TWO) == []
    assert set(ledger.split(seals.missing())) == set(ALIKE)
    assert Seals(ONE + ONE, released=ONE + ONE).missing() == b""


def test_a_missing_row_is_missing_however_often_another_comes() -> None:
    seals = Seals(ONE + TWO)
    assert [seals.meet(ONE), seals.meet(ONE), seals.meet(b"")] == [[], [], []]
    assert seals.missing() == TWO
    assert Seals(b"").meet(ONE) == [0], "under no seal every row is one too many"


def test_events_in_no_order_have_the_leaves_that_were_sealed(tmp_path: Path) -> None:
    tables = DeltaTables(tmp_path / "warehouse")
    for item in ("a", "b", "c"):
        ids, sealed = event_leaf(tables, item=item)
    with tables.session() as session:
        found = session.query(ledger.any_event_leaves_sql(), EVERYTHING)
        one = session.query(ledger.any_event_leaves_sql(), {**EVERYTHING, "import_id": "other"})
    leaves = dict(zip(found["event_id"].tolist(), found["leaf"].tolist(), strict=True))
    assert leaves == dict(zip(ids, ledger.split(sealed), strict=True))
    assert ids == sorted(ids), "the order in which they are sealed"
    assert one["leaf"].tolist() == [], "it is narrowed all the same"
