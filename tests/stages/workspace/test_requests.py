"""Requests of people: noted, timed, done, proven; nobody is named once they are erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.workspace import handling, open_workspace, people, requests
from regie.workspace.workspace import Workspace
from tests.support.traces import traces

ZOE, ADDRESS = "13248", "zoe.aubrac@example.invalid"


@pytest.fixture
def shop(own_shop: Path) -> Iterator[Workspace]:
    with open_workspace(own_shop) as opened:
        yield opened


def received(shop: Workspace, kind: str = "erase", **given: str) -> str:
    given = {"channel": "mail", "person": ZOE, "actor": "po@shop", **given}
    return requests.receive(shop, kind=kind, **given).id


def test_a_request_runs_from_its_receipt_and_the_overdue_one_comes_first(shop: Workspace) -> None:
    fresh, old = received(shop), received(shop, "access", day="2011-11-05")
    first, second = requests.listed(shop)
    assert (first.request.id, second.request.id) == (old, fresh)
    # The shop stands at 10 December 2011, a Saturday; a month after 5 November is a Monday.
    assert (first.due.isoformat(), first.days_left, first.clock) == ("2011-12-05", -5, "late")
    # 10 January 2012 is a Tuesday.
    assert (second.due.isoformat(), second.days_left, second.clock) == ("2012-01-10", 31, "open")
    assert first.may_extend is False
    with pytest.raises(RefusedError, match="once, within its first month"):
        requests.extend(shop, old, "many", "po@shop")
    told = requests.extend(shop, fresh, "complex", "po@shop")
    assert (told.due.isoformat(), told.may_extend) == (
        "2012-03-12",
        False,
    )
    with pytest.raises(RefusedError):
        requests.extend(shop, fresh, "complex", "po@shop")


def test_nothing_is_done_for_somebody_nobody_identified(shop: Workspace) -> None:
    request = received(shop)
    for deed in (requests.give_access, requests.erase):
        with pytest.raises(RefusedError, match="not identified"):
            deed(shop, request, "po@shop")
    with pytest.raises(RefusedError, match="without anything done"):
        requests.answer(shop, request, "done", "po@shop")
    requests.object_to(shop, request, "po@shop")
    assert shop.consent(ZOE)["prospecting"] is False


def test_an_erasure_leaves_its_proof_and_no_name(shop: Workspace, own_shop: Path) -> None:
    request, other = received(shop), received(shop, "access", person=ADDRESS)
    key = shop.key_of(ZOE)
    assert requests.found(shop, other).request.key == key
    requests.identify(shop, request, "document", "po@shop")
    requests.erase(shop, request, "po@shop")
    told = requests.answer(shop, request, "done", "po@shop").request
    mark = told.mark
    assert (told.key, len(mark), told.answer) == ("", 32, "done")
    ((what, entries),) = told.acted
    kinds = {e.n: e.kind for e in shop.ledger.entries()}
    assert (what, [kinds[int(n)] for n in entries.split()]) == ("erase", ["erasure", "anonymised"])
    assert requests.found(shop, other).request.mark == mark
    again = requests.receive(shop, kind="access", channel="phone", person=ZOE, actor="po@shop")
    assert (again.key, again.mark) == ("", mark), "whoever was erased is noted by the mark alone"
    with pytest.raises(RefusedError, match="answered"):
        requests.identify(shop, request, "account", "po@shop")
    assert shop.verify().faults == ()
    assert traces(own_shop, [ZOE, key, ADDRESS]) == set()


def test_who_asks_sees_their_requests_and_what_is_done_is_theirs(shop: Workspace) -> None:
    request = received(shop, "rectify")
    requests.identify(shop, request, "called_back", "po@shop")
    requests.rectify(shop, request, "first_name", "Zoé-Anne", "po@shop")
    held = requests.give_access(shop, request, "po@shop")
    assert held["contacts"]["first_name"] == "Zoé-Anne"
    steps = [row["step"] for row in shop.access(ZOE)["state.sqlite/requests"]]
    assert steps == ["received", "identified", "acted", "acted"]
    assert "state.sqlite/requests" not in shop.access("15152")


def test_somebody_unknown_is_answered_that_nothing_is_held(shop: Workspace) -> None:
    request = received(shop, person="nobody.here@example.com")
    requests.identify(shop, request, "address", "po@shop")
    with pytest.raises(NotFoundError):
        requests.erase(shop, request, "po@shop")
    with pytest.raises(RefusedError, match="on whom nothing is held"):
        requests.answer(shop, request, "law_keeps", "po@shop")
    assert requests.answer(shop, request, "nothing_held", "po@shop").clock == "answered"
    assert b"nobody.here" not in (shop.folder / "state.sqlite").read_bytes()


def test_nobody_is_told_that_nothing_is_held_where_something_is(shop: Workspace) -> None:
    request, only_no = received(shop, "access"), received(shop, "access", person="only-a-no")
    people.consent(shop, shop.key_of("only-a-no"), withdraw=["prospecting"])
    for one in (request, only_no):
        with pytest.raises(RefusedError, match="on whom something is held"):
            requests.answer(shop, one, "nothing_held", "po@shop")
        assert requests.found(shop, one).request.answer == ""
    requests.identify(shop, request, "document", "po@shop")
    requests.erase(shop, request, "po@shop")
    with pytest.raises(RefusedError, match="on whom something is held"):
        requests.answer(shop, request, "nothing_held", "po@shop")  # what was held is what went
    assert handling.handled(shop, request).answers == ("done", "not_identified", "unfounded")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"kind": "forget"}, "kind"), ({"channel": "fax"}, "channel"), ({"person": " "}, "person"),
        ({"day": "2011-13-01"}, "day"), ({"day": "2011-12-11"}, "day"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(shop: Workspace, given: dict[str, str], where: str) -> None:
    with pytest.raises(SettingError) as refused:
        received(shop, **given)
    assert refused.value.where == where
    assert requests.listed(shop) == []


def test_a_step_that_somebody_changed_is_named(shop: Workspace) -> None:
    request = received(shop)
    con = sqlite3.connect(shop.folder / "state.sqlite")
    con.execute("UPDATE requests SET facts = replace(facts, '2011-12-10', '2011-12-09')")
    con.execute("UPDATE requesters SET key = 'somebody else'")
    con.commit()
    con.close()
    faults = shop.verify().faults
    assert any("step of a request" in one and request in one for one in faults)
    assert any("the people of the requests" in one for one in faults)
