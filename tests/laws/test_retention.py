"""Retention is applied: of every holding, a row that is too old is gone after one turn.

Two years and more pass over a small shop by setting its present (`now`). The accounts stay equal to
the micro, the ledger verifies, and the same files again bring nothing back.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from regie.govern.register import Holding, kept_days
from regie.ports.state import OUTBOX_COLUMNS
from regie.terms.event import KINDS
from regie.workspace import open_workspace, requests, uploads
from regie.workspace.expiry import TAKES_OUT, holding_of
from regie.workspace.holdings import HOLDINGS
from regie.workspace.workspace import Workspace
from tests.support.workspaces import csv, mapping, workspace

BEGINS = "2011-12-10"
DAY = "2011-12-09 11:00"
ORDERS = (
    f"o1,A,Candle,2,{DAY},2.50,ana,GBP",
    f"o1,B,Box,1,{DAY},4.00,ana,GBP",
    f"o2,A,Candle,2,{DAY},2.50,ben,GBP",
    f"Co2,A,Candle,-1,{DAY},2.50,ben,GBP",
    f"o3,POST,Postage,1,{DAY},3.00,ben,GBP",
    f"o4,A,Candle,2,{DAY},2.50,,GBP",
    f"o5,A,Candle,many,{DAY},2.50,ana,GBP",
)
SENDS = "\n".join((
    "message_id,campaign,customer_id,event,at",
    "m1,winter,ana,send,2011-12-08 09:00",
    "m1,winter,ana,open,2011-12-08 10:00",
    "m1,winter,ana,click,2011-12-08 10:01",
    "m2,winter,ben,send,2011-12-08 09:00",
    "m2,winter,ben,unsubscribe,2011-12-08 10:00",
))  # fmt: skip
MONEY = """
SELECT kind, item, CAST(count(*) AS BIGINT) AS lines, CAST(sum("value") AS BIGINT) AS micros,
       CAST(sum(quantity) AS BIGINT) AS units,
       CAST(CAST(timezone('Europe/London', timezone('UTC', make_timestamp(at_us))) AS DATE)
         AS VARCHAR) AS day
FROM events WHERE kind IN ('order', 'return', 'fee', 'adjustment')
GROUP BY kind, item, day ORDER BY kind, item, day
"""


NUMBERED = """("order" NOT LIKE 'anonymous-%')"""
"""An order has a number of the shop's own, not the mark of an anonymous one."""


def accounts(shop: Workspace) -> list[list[object]]:
    """Lines, value and units of each kind, item and day."""
    return [column.tolist() for column in shop.sql(MONEY).columns.values()]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop with a row of every holding, a day old."""
    with _make(tmp_path_factory.mktemp("aged")) as shop:
        return shop.folder


def copy_of(base: Path, folder: Path) -> Workspace:
    """That shop in a folder of its own."""
    return open_workspace(shutil.copytree(base, folder / "shop"))


def _make(folder: Path) -> Workspace:
    shop = workspace(folder / "shop", now=BEGINS)
    orders = mapping(shop)
    shop.import_file(csv(folder, ORDERS), orders)
    (folder / "sends.csv").write_text(SENDS + "\n", "utf-8")
    shop.import_file(folder / "sends.csv", "sends")
    shop.consent("ana", grant=["profiling", "personalisation", "prospecting"])
    shop.rectify("ana", "address", "ana@example.invalid")
    shop.object("ben")
    request = requests.receive(shop, kind="access", channel="mail", person="ana", actor="tests").id
    requests.answer(shop, request, "not_identified", "tests")
    day_after(shop)
    shop = open_workspace(shop.folder)
    shop.run()
    shop.write_messages()
    shop.write_report("en")
    return shop


def day_after(shop: Workspace) -> None:
    """A yes counts from its instant on: the run is of the next day."""
    shop.close()
    settings = shop.folder / "regie.toml"
    settings.write_text(settings.read_text("utf-8").replace(BEGINS, "2011-12-11"), "utf-8")


@contextmanager
def later(shop: Workspace, days: int) -> Iterator[Workspace]:
    """The same shop so many days on."""
    settings = shop.folder / "regie.toml"
    day = date.fromisoformat(BEGINS) + timedelta(days)
    text = re.sub(r'now = "[^"]*"', f'now = "{day}"', settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")
    with open_workspace(shop.folder) as moved:
        yield moved


HAPPENED_S = (date.fromisoformat(BEGINS) - date(1970, 1, 1)).days * 86_400


def written_then(shop: Workspace) -> None:
    """Files carry the wall clock, which stands in no recorded past: set it back."""
    for path in (shop.folder / "reports").rglob("*"):
        os.utime(path, (HAPPENED_S, HAPPENED_S))


def prepared(shop: Workspace, store: str) -> None:
    """What a shop of a few days does not hold, or holds by the wall clock."""
    written_then(shop)
    if store == "uploads":
        path = uploads.place(shop, "orders.csv")[1]
        path.write_text("order\n", "utf-8")
        os.utime(path.parent, (HAPPENED_S, HAPPENED_S))
    if store == "state.sqlite/erased":
        shop.state.erase(shop.key_of("ben"), "mark", 0)
    if store == "quarantine":
        shop.state._con.execute("UPDATE imports SET at_us = ?", (HAPPENED_S * 1_000_000,))
    if store == "state.sqlite/outbox":
        row = ("d", "winter", 1, shop.key_of("ana"), "ab", "token", "proposed", 0)
        shop.state.put_outbox({n: [one] for n, one in zip(OUTBOX_COLUMNS, row, strict=True)})


def count(shop: Workspace, having: str) -> int:
    """How many events are like that."""
    found = shop.sql(f"SELECT count(*) AS n FROM events WHERE {having}")
    return int(found.columns["n"][0])


def rows(shop: Workspace, holding: Holding) -> int:
    """How many rows of a holding are there, in which somebody could be found."""
    if holding.store == "events":
        kinds = [kind for kind in KINDS if holding_of(kind) == holding]
        named = f"OR {NUMBERED} OR session IS NOT NULL"
        found = shop.sql(f"SELECT kind FROM events WHERE key IS NOT NULL {named}").columns["kind"]
        return sum(kind in kinds for kind in found)
    if holding.store in ("reports", "uploads"):
        return sum(path.is_file() for path in (shop.folder / holding.store).rglob("*"))
    if holding.store.startswith("state.sqlite/"):
        table = holding.store.removeprefix("state.sqlite/")
        return int(shop.state._con.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    narrowed = " WHERE kind = 'message'" if holding.store == "decisions" else ""
    return len(shop.sql(f"SELECT 1 AS one FROM {holding.store}{narrowed}").columns["one"])


AGING = [holding for holding in HOLDINGS if holding.retention_days]


def name(holding: Holding) -> str:
    return f"{holding.store}-{'-'.join(holding.kinds) or 'rest'}"


def test_no_holding_with_people_is_kept_for_ever() -> None:
    """A holding without a retention holds nobody; one with it is taken out of by something."""
    assert [h.store for h in HOLDINGS if h.retention_days is None and h.person] == []
    assert {holding.store for holding in AGING} == set(TAKES_OUT)


@pytest.mark.parametrize("holding", AGING, ids=name)
def test_a_row_older_than_its_retention_is_gone_after_a_turn(
    base: Path, tmp_path: Path, holding: Holding
) -> None:
    with copy_of(base, tmp_path) as shop:
        prepared(shop, holding.store)
        days = kept_days(holding, shop.rules.purposes())
        assert days is not None
        there = rows(shop, holding)
        assert there, "or its absence would say nothing"
        # Contacts and answers still stand while an order is held; two years of orders are not.
        last = max(days, 760) if holding.since == "person" else days
        with later(shop, last - 30) as young:
            if holding.store != "state.sqlite/erased":  # done at once
                young.expire()
                assert rows(young, holding) == there, "nothing goes before its time"
        with later(shop, last + 3) as old:
            old.expire()
            assert rows(old, holding) == 0


def test_the_accounts_are_equal_to_the_micro_and_the_ledger_verifies(
    base: Path, tmp_path: Path
) -> None:
    with copy_of(base, tmp_path) as shop:
        written_then(shop)
        before = accounts(shop)
    with later(shop, 770) as old:
        went = old.expire()
        assert {one.store for one in went} >= {"events", "decisions", "reports"}
        assert accounts(old) == before
        assert (
            old.sql("SELECT count(*) AS n FROM events WHERE key IS NOT NULL").columns["n"][0] == 0
        )
        assert old.verify().faults == ()
        assert old.expire() == [], "one turn a day suffices"
        assert [one.rows for one in old.expiries()] == [one.rows for one in went]
        with open_workspace(old.folder) as again:
            assert accounts(again) == before


@pytest.mark.parametrize("order", ["aged here", "aged before"])
def test_the_same_file_adds_nothing_however_it_grew_old(tmp_path: Path, order: str) -> None:
    """Lines that grew old in the table, and lines that come too old, are the same lines."""
    begins = "2011-12-10" if order == "aged here" else "2014-03-01"
    with workspace(tmp_path / "shop", now=begins) as shop:
        orders, file = mapping(shop), csv(tmp_path, ORDERS)
        first = shop.import_file(file, orders)
        assert first.added == 6
        before = accounts(shop)
    with later(shop, 900) as old:
        old.expire()
        again = old.import_file(file, orders)
        assert again.added == 0
        assert accounts(old) == before
        assert any("6 in the accounts alone" in said for said in again.said)
        assert old.sql(f"SELECT count(*) AS n FROM events WHERE {NUMBERED}").columns["n"][0] == 0
        assert old.verify().faults == ()


def test_a_correction_that_comes_too_late_counts_nothing_twice(tmp_path: Path) -> None:
    """What stands without its order cannot be replaced: the changed line stays out, and is told."""
    with workspace(tmp_path / "shop", now=BEGINS) as shop:
        orders = mapping(shop)
        shop.import_file(csv(tmp_path, ORDERS), orders)
    changed = tuple(line.replace(",4.00,", ",9.00,") for line in ORDERS)
    assert sum(a != b for a, b in zip(ORDERS, changed, strict=True)) == 1
    with later(shop, 900) as old:
        old.expire()
        before = accounts(old)
        told = old.import_file(csv(tmp_path, changed, name="corrected.csv"), orders)
        assert (told.added, told.lines["expired"]) == (0, 1)
        assert any("1 not taken in" in said for said in told.said)
        assert accounts(old) == before
        assert old.verify().faults == ()


def test_two_equal_lines_of_a_day_stay_two_whichever_came_first(tmp_path: Path) -> None:
    """One came too old, its twin of another order grew old here: they are two lines, twice over."""
    with workspace(tmp_path / "shop", now=BEGINS) as shop:
        orders = mapping(shop)
        one, both = csv(tmp_path, ORDERS[:1], name="one.csv"), csv(tmp_path, (ORDERS[0], ORDERS[2]))
        shop.import_file(one, orders)
    with later(shop, 900) as old:
        assert old.import_file(both, orders).added == 1
        assert old.import_file(one, orders).added == 0
        assert accounts(old)[2] == [2]
        assert old.verify().faults == ()


def test_a_refusal_holds_however_old_the_row_that_tells_of_it(tmp_path: Path) -> None:
    with workspace(tmp_path / "shop", now="2014-03-01") as shop:
        (tmp_path / "sends.csv").write_text(SENDS + "\n", "utf-8")
        done = shop.import_file(tmp_path / "sends.csv", "sends")
        assert (done.added, done.lines["expired"]) == (0, 5)
        ben = shop.state.consents([shop.key_of("ben")])
        assert list(zip(ben["purpose"], ben["granted"], strict=True)) == [("prospecting", False)]
        assert shop.import_file(tmp_path / "sends.csv", "sends").consents == 0


def test_replay_says_that_a_decision_is_expired(base: Path, tmp_path: Path) -> None:
    with copy_of(base, tmp_path) as shop:
        decision = shop.decisions(person="ana")[0][0].id
        decided = len(shop.decisions(kind="message"))
    with later(shop, 770) as old:
        old.expire()
        assert old.replay(decision).answer == "expired"
        assert (old.replay(run=1).answer, old.replay(run=1).expired) == ("expired", decided)
        everything = old.replay()
        assert (everything.answer, everything.expired) == ("expired", decided)


def test_a_person_who_still_buys_keeps_their_address(base: Path, tmp_path: Path) -> None:
    with copy_of(base, tmp_path) as shop:
        ana = shop.key_of("ana")
    with later(shop, 700) as moved:
        moved.import_file(
            csv(tmp_path, ("o9,A,Candle,1,2013-11-01 10:00,2.50,ana,GBP",), name="more.csv"),
            "plain",
        )
    with later(shop, 1200) as old:
        old.expire()
        assert moved_address(old, ana) == "ana@example.invalid"
        assert moved_address(old, old.key_of("ben")) is None
        assert old.consent(ana)["profiling"], "an answer that stands stays with its person"


def moved_address(shop: Workspace, key: str) -> Any:
    from regie.workspace.people import held_contacts

    return held_contacts(shop, key).get("address") or held_contacts(shop, key).get("raw_id")


def test_a_shorter_purpose_shortens_what_it_alone_needs(base: Path, tmp_path: Path) -> None:
    with copy_of(base, tmp_path) as shop:
        rules = shop.folder / "rules/purposes.toml"
        text = rules.read_text("utf-8")
        opens = text.index("[open_tracking]")
        rules.write_text(text[:opens] + text[opens:].replace("390", "60", 1), "utf-8")
    with later(shop, 70) as old:
        old.expire()
        kinds = set(old.sql("SELECT kind FROM events").columns["kind"])
        assert "open" not in kinds
        assert "click" in kinds


KILLED: dict[str, Callable[[pytest.MonkeyPatch, Workspace], None]] = {
    "before the lines": lambda cut, shop: cut.setattr(shop.everything, "erase", _killed),
    "before their seal": lambda cut, shop: cut.setattr(
        "regie.workspace.expiry.seal_anonymised", _killed
    ),
}


@pytest.mark.parametrize("where", list(KILLED))
def test_a_turn_cut_short_is_finished_by_the_next(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    with copy_of(base, tmp_path) as shop:
        before = accounts(shop)
    with later(shop, 770) as old, monkeypatch.context() as cut:
        KILLED[where](cut, old)
        with pytest.raises(KeyboardInterrupt):
            old.expire()
    with open_workspace(old.folder) as again:
        assert again.verify().faults == ()
        again.expire()
        assert accounts(again) == before
        assert (
            again.sql("SELECT count(*) AS n FROM events WHERE key IS NOT NULL").columns["n"][0] == 0
        )
        assert again.verify().faults == ()


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_nothing_goes_from_a_workspace_that_stands_still(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        assert shop.settings.now
        assert shop.expire() == []
