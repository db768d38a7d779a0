"""An erased person is nowhere: no file, no column, no page, no decrypted text; and stays away."""

from __future__ import annotations

from pathlib import Path

import pytest

from regie.terms.errors import NotFoundError
from regie.workspace import open_workspace
from regie.workspace.workspace import Workspace
from tests.support.shop import BAD_ROWS, CONTACTS
from tests.support.traces import places, traces

ZOE, LIAM = "13248", "15152"
ADDRESS, NAMES = "zoe.aubrac@example.invalid", ("Zoé", "Aubrac")
MONEY = """
SELECT currency, kind, CAST(count(*) AS BIGINT) AS lines, CAST(sum("value") AS BIGINT) AS micros,
       CAST(sum(quantity) AS BIGINT) AS units
FROM events GROUP BY currency, kind ORDER BY currency, kind
"""


def money(shop: Workspace) -> list[list[object]]:
    """The accounts: lines, value and units of each kind."""
    return [column.tolist() for column in shop.sql(MONEY).columns.values()]


def needles(shop: Workspace) -> list[str]:
    """Everything by which Zoé could be recognised."""
    key = shop.key_of(ZOE)
    decisions = [decision.id for decision, _ in shop.decisions(person=key)]
    waiting = shop.state.outbox()
    links = [str(token) for token in waiting["token"][waiting["key"] == key]]
    assert len(decisions) == 2, "one decision of each run"
    assert len(links) == 2, "a message of each run"
    return [ZOE, key, ADDRESS, *NAMES, *links]


def test_before_erasure_a_person_is_found_in_every_store(whole_shop: Path) -> None:
    """The search can see: otherwise finding nothing later would say nothing."""
    with open_workspace(whole_shop) as shop:
        wanted = needles(shop)
    found = traces(whole_shop, wanted)
    assert {needle for needle, _ in found} == set(wanted)
    assert places(found) >= {
        "events", "decisions", "state.sqlite", "reports", "contacts!unsealed",
        "quarantine!unsealed",
    }  # fmt: skip


def test_an_erased_person_is_nowhere(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        shop.export("brevo", own_shop / "reports" / "for-brevo.csv")
        zoe, liam = shop.key_of(ZOE), shop.key_of(LIAM)
        shop.write_messages(shop.decisions(person=zoe, run=2)[0][0].id)
        wanted, before = needles(shop), money(shop)
        held, consents = shop.access(liam), len(shop.state.consents([zoe])["key"])
        erased = shop.erase(ZOE)
        assert erased.hidden_s < 1.0
        with pytest.raises(NotFoundError, match="erased since 2011-12-10"):
            shop.access(ZOE)
        assert shop.decisions(person=zoe) == []
        assert money(shop) == before, "the accounts keep their totals, to the micro"
        verified = shop.verify()
        assert verified.faults == ()
        rows = sum(erased.rows[table] for table in ("events", "decisions", "quarantine"))
        assert verified.gone == rows + consents
        assert shop.access(liam) == held, "nobody else lost anything"
    assert traces(own_shop, wanted) == set()


def test_a_person_erased_takes_out_their_own_message_and_nobody_elses(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        zoe = shop.key_of(ZOE)
        before = {person["person"] for person in shop.export("plain").people}
        shop.erase(ZOE)
        assert zoe in before
        assert {person["person"] for person in shop.export("plain").people} == before - {zoe}


def test_replay_says_that_somebody_was_erased(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        decision = shop.decisions(person=ZOE, run=2)[0][0]
        people = sum(d.kind == "message" for d, _ in shop.decisions(run=2))
        shop.erase(ZOE)
        assert shop.replay(decision.id).answer == "erased"
        everything = shop.replay()
        assert (everything.answer, everything.erased) == ("erased", 2)
        replayed = shop.replay(run=2)
        assert replayed.answer == "erased"
        assert (replayed.decisions, replayed.identical, replayed.erased) == (people - 1,) * 2 + (1,)


def test_the_same_files_do_not_bring_an_erased_person_back(
    own_shop: Path, whole_shop: Path, tmp_path: Path
) -> None:
    with open_workspace(own_shop) as shop:
        wanted = needles(shop)
        lines = len(shop.access(ZOE)["events"])
        shop.erase(ZOE)
        before = money(shop)
        again = shop.import_file(whole_shop.parent / "online_retail.parquet", "online-retail")
        assert again.added == 0
        assert again.lines["erased"] >= lines - 1, "rows that named the person are counted"
        for name, text, mapping in (
            ("contacts.csv", CONTACTS, "contacts"),
            ("orders.csv", BAD_ROWS, "orders"),
        ):
            path = tmp_path / name
            path.write_text(text, "utf-8")
            done = shop.import_file(path, mapping)
            assert done.lines["erased"] >= 1
        assert money(shop) == before
        assert shop.verify().faults == ()
    assert traces(own_shop, wanted) == set()


def test_an_erasure_cut_short_is_finished_at_the_next_opening(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from regie.workspace import people

    with open_workspace(own_shop) as shop:
        wanted, before = needles(shop), money(shop)
        with monkeypatch.context() as cut:
            cut.setattr(people, "destroy", _killed)
            with pytest.raises(KeyboardInterrupt):
                shop.erase(ZOE)
        assert shop.decisions(person=ZOE) == []  # hidden at once
    with open_workspace(own_shop) as shop:
        assert money(shop) == before
        assert shop.verify().faults == ()
    assert traces(own_shop, wanted) == set()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
