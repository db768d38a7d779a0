"""Rows set aside, corrected by hand and read again: as if their file had held them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.terms.errors import NotFoundError, RefusedError
from regie.workspace import correcting
from regie.workspace.workspace import Workspace
from tests.support.traces import traces
from tests.support.workspaces import csv, mapping, workspace

AT = "2011-12-05 11:00"
LINES = (
    f"o1,A,Candle,2,{AT},2.50,ana,GBP",
    f"o1,B,Box,many,{AT},4.00,ana,GBP",
    f"o2,A,Candle,2,{AT},2.50,ben,GBP",
    f"o3,A,Candle,lots,{AT},2.50,ben,GBP",
    "o4,A,Candle,1,2011-13-05 11:00,2.50,ben,GBP",
    f"o5,A,Candle,1,{AT},2.50,ben,GBP",
)
GOOD = tuple(line.replace("many", "3").replace("lots", "1") for line in LINES)
MONEY = 'SELECT "order", item, quantity, "value", key, event_id FROM events ORDER BY event_id'


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "shop", now="2011-12-10") as made:
        made.import_file(csv(tmp_path, LINES), mapping(made))
        yield made


def events(shop: Workspace) -> list[list[object]]:
    return [column.tolist() for column in shop.sql(MONEY).columns.values()]


def first(shop: Workspace) -> str:
    return shop.state.imports("published")[0].id


def test_what_waits_is_told_by_reason(shop: Workspace) -> None:
    of = first(shop)
    assert correcting.reasons(shop, of) == {"quantity": 2, "at": 1}
    assert correcting.waiting(shop) == {of: 3}
    row, other = correcting.set_aside(shop, of, "quantity")
    assert (row.row, row.fields["quantity"], row.fields["order"]) == (3, "many", "o1")
    assert (row.expected, other.fields["quantity"]) == ("a whole number", "lots")
    with pytest.raises(NotFoundError):
        correcting.set_aside(shop, "i9-none")


def test_corrected_rows_are_what_the_file_would_have_brought(
    shop: Workspace, tmp_path: Path
) -> None:
    of = first(shop)
    done = correcting.replay(shop, of, {3: {"quantity": "3"}, 5: {"quantity": "1"}})
    assert done.imported is not None
    assert (done.imported.rows, done.imported.added, done.still) == (2, 2, {})
    assert correcting.reasons(shop, of) == {"at": 1}
    assert shop.verify().faults == ()
    with workspace(tmp_path / "other", now="2011-12-10") as other:
        other.import_file(csv(tmp_path, GOOD, name="good.csv"), mapping(other))
        told = [sorted(zip(*events(one)[:4], strict=True)) for one in (shop, other)]
        assert told[0] == told[1]


def test_the_same_file_again_and_its_corrected_version_count_nothing_twice(
    shop: Workspace, tmp_path: Path
) -> None:
    of, named = first(shop), shop.state.imports("published")[0].mapping
    correcting.replay(shop, of, {3: {"quantity": "3"}})
    before = events(shop)
    again = shop.import_file(csv(tmp_path, LINES), named)
    assert (again.added, again.corrected) == (0, 0)
    assert events(shop) == before, "the corrected line stands beside its order's others"
    assert correcting.reasons(shop, of) == {"at": 1, "quantity": 1}
    assert correcting.waiting(shop) == {of: 2}, "what was corrected does not wait again"
    better = shop.import_file(csv(tmp_path, GOOD, name="better.csv"), named)
    assert better.added == 1, "o3 alone is new"
    assert shop.verify().faults == ()


def test_twice_is_once_and_what_is_still_wrong_writes_nothing(shop: Workspace) -> None:
    of, before = first(shop), events(shop)
    done = correcting.replay(shop, of, {3: {"quantity": "three"}, 5: {"quantity": "1"}})
    assert (done.imported, done.still) == (None, {3: ("quantity", "a whole number")})
    assert events(shop) == before
    correcting.replay(shop, of, {5: {"quantity": "1"}})
    with pytest.raises(RefusedError, match="not set aside any more"):
        correcting.replay(shop, of, {5: {"quantity": "1"}})
    assert len(correcting.replays_of(shop, of)) == 1


def test_a_replay_cut_short_counts_once_when_it_is_done_again(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = first(shop)
    with monkeypatch.context() as cut:
        cut.setattr(correcting, "_release", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            correcting.replay(shop, of, {3: {"quantity": "3"}})
    after = events(shop)
    done = correcting.replay(shop, of, {3: {"quantity": "3"}})
    assert done.imported is not None
    assert done.imported.added == 0
    assert events(shop) == after
    assert correcting.reasons(shop, of) == {"at": 1, "quantity": 1}
    assert shop.verify().faults == ()


def test_who_is_erased_goes_with_their_corrected_rows(shop: Workspace, tmp_path: Path) -> None:
    of = first(shop)
    correcting.replay(shop, of, {3: {"quantity": "3"}})
    key = shop.key_of("ana")
    shop.erase("ana")
    assert shop.verify().faults == ()
    assert traces(shop.folder, [key]) == set()
    with pytest.raises(RefusedError):
        correcting.replay(shop, of, {3: {"quantity": "3"}})
