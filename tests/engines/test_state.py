"""One suite for every engine of state: what the port promises, asked of a real store."""

from __future__ import annotations

import random
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regie.engines import sqlite
from regie.engines.sqlite import SqliteState
from regie.ports.state import Annotation, Import, RuleChange, StateStore, View
from regie.terms.consent import evidence_of
from regie.terms.decision import Act
from regie.terms.errors import NotFoundError, RefusedError, SettingError, WorkspaceError
from regie.terms.person import keyed_token, mailbox_marks
from regie.terms.request import Step

KEY = b"k" * 32
Open = Callable[[], StateStore]


@pytest.fixture(params=[SqliteState])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    stores: list[StateStore] = []

    def again() -> StateStore:
        stores.append(request.param(tmp_path / "state.sqlite", KEY))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


@pytest.fixture
def state(opened: Open) -> StateStore:
    return opened()


def brought(name: str = "i1") -> Import:
    return Import(id=name, at_us=5, file="contacts.csv", sha256="ab", mapping="contacts")


def contacts(rows: list[tuple[str, str, str | None, int]], import_id: str | None = None) -> Any:
    keys, fields, values, at_us = zip(*rows, strict=True)
    return {
        "key": keys, "field": fields, "value": values, "at_us": at_us,
        "import_id": [import_id] * len(rows), "source": ["contacts"] * len(rows),
    }  # fmt: skip


def consents(key: str, purpose: str, import_id: str | None = None) -> Any:
    return {
        "key": [key], "purpose": [purpose], "granted": np.array([True]), "basis": ["consent"],
        "at_us": np.array([3]), "evidence": ["form"], "import_id": [import_id],
    }  # fmt: skip


def message(decision: str, run: int, key: str = "k1") -> Any:
    return {
        "decision": [decision], "campaign": ["c"], "run": [run], "key": [key],
        "content_hash": ["h"], "token": ["t"], "state": ["proposed"], "at_us": [1],
    }  # fmt: skip


def hashed(table: str, *row: Any) -> int:
    """What a row adds to the sum of its table."""
    own = blake2b(b"tally", key=KEY).digest()
    keyed = blake2b(repr((table, *row)).encode(), key=own, digest_size=32)
    return int.from_bytes(keyed.digest(), "big")


def make_unmarked(con: sqlite3.Connection) -> None:
    """As versions before the seventh kept it: no address had a mark."""
    rows = con.execute("SELECT * FROM contacts WHERE mark IS NOT NULL").fetchall()
    moved = sum(hashed("contacts", *row[:-1]) - hashed("contacts", *row) for row in rows)
    of_sum = "meta WHERE name = 'tally.contacts'"
    for (told,) in con.execute(f"SELECT value FROM {of_sum}").fetchall():
        kept = f"{(int(told, 16) + moved) % (1 << 256):x}"
        con.execute("UPDATE meta SET value = ? WHERE name = 'tally.contacts'", (kept,))
    con.execute("DROP INDEX contacts_by_mark")
    con.execute("ALTER TABLE contacts DROP COLUMN mark")
    con.execute("UPDATE meta SET value = '6' WHERE name = 'version'")


def make_older(con: sqlite3.Connection, version: int) -> None:
    """As versions before the sixth kept it: sums and numbers that an empty table gives anybody."""
    make_unmarked(con)
    for name, told in con.execute("SELECT name, value FROM meta WHERE name LIKE 'tally.%'"):
        kept = f"{(int(told, 16) - hashed(name.removeprefix('tally.'))) % (1 << 256):x}"
        con.execute("UPDATE meta SET value = ? WHERE name = ?", (kept, name))
    check = keyed_token(KEY, "state", "check")
    con.execute("UPDATE meta SET value = ? WHERE name = 'key_check'", (check,))
    con.execute("UPDATE meta SET value = ? WHERE name = 'version'", (str(version),))
    con.execute("DELETE FROM meta WHERE name = 'sealed'")


def test_the_latest_value_wins_and_history_is_kept(state: StateStore) -> None:
    state.put_contacts(
        contacts([("k1", "email", "new@x", 9), ("k1", "email", "old@x", 1), ("k2", "name", "É", 1)])
    )
    got = state.contacts(["email", "name"])
    assert got["key"].tolist() == ["k1", "k2"]
    assert got["email"].tolist() == ["new@x", None]
    assert got["name"].tolist() == [None, "É"]
    assert state.contacts(["email"], keys=["k2"])["key"].tolist() == []
    state.rectify("k1", "email", "right@x", 10, "rectified")
    assert state.contacts(["email"])["email"].tolist() == ["right@x"]
    assert state.contact_history("k1")["value"].tolist() == ["old@x", "new@x", "right@x"]
    state.rectify("k1", "email", None, 11, "rectified")
    assert state.contacts(["email"])["email"].tolist() == [None]


def test_an_address_is_found_by_its_mark(state: StateStore) -> None:
    def held(**asked: Any) -> list[tuple[str, str]]:
        found = state.mailboxes(**asked)
        return list(zip(found["key"].tolist(), found["mark"].tolist(), strict=True))

    ada, old, ben = mailbox_marks(KEY, ["ada@x.example", "old@x.example", "ben@x.example"])
    told = [
        ("k1", "address", "old@x.example", 1), ("k1", "address", " Ada@X.example", 2),
        ("k2", "raw_id", "ada@x.example", 1), ("k2", "first_name", "ben@x.example", 1),
        ("k3", "raw_id", "1234", 1), ("k3", "address", None, 2),
    ]  # fmt: skip
    state.put_contacts(contacts(told))
    assert held() == held(keys=["k1", "k2", "k3"]) == [("k1", ada), ("k2", ada)]
    assert held(marks=[ada], keys=["k2"]) == [("k2", ada)]
    assert held(marks=[old]) == held(marks=[ben]) == held(marks=[]) == [], "of today, of addresses"
    state.begin_import(brought())
    state.put_contacts(contacts([("k4", "address", "ben@x.example", 1)], import_id="i1"))
    assert held(marks=[ben]) == [], "what is not published is in no read"
    state.rectify("k1", "address", None, 3, "rectified")
    assert held() == [("k2", ada)]
    state.erase("k2", "f", 1)
    assert held() == [], "who is hidden is in no read"


def test_addresses_of_before_get_their_marks(opened: Open, tmp_path: Path) -> None:
    state = opened()
    state.put_contacts(
        contacts([("k1", "address", "a@x.example", 1), ("k2", "first_name", "Ada", 1)])
    )
    before = {name: column.tolist() for name, column in state.mailboxes().items()}
    state.close()
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as con, con:
        make_unmarked(con)
    for _ in range(2):
        state = opened()
        assert {name: column.tolist() for name, column in state.mailboxes().items()} == before
        assert state.tampered() == []
        state.close()
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as con, con:
        con.execute("UPDATE contacts SET mark = NULL")
    assert opened().tampered() == ["contacts"]


@pytest.mark.parametrize(
    ("name", "asked", "by"),
    [
        ("contacts", {"fields": "[]", "keys": "[]"}, "contacts_of_person (key=?"),
        ("contact_keys", {"keys": "[]", "field": None}, "contacts_of_person (key=?"),
        ("contact_history", {"key": "k"}, "contacts_of_person (key=?"),
        ("mailboxes", {"marks": "[]", "keys": None}, "contacts_by_mark (mark=?"),
        ("mailboxes", {"marks": None, "keys": "[]"}, "contacts_of_person (key=?"),
        ("consents", {"keys": "[]", "purpose": None, "hidden": False},
         "consents_of_person (key=?"),
        ("refusing_keys", {}, "consents_refused"),
        ("outbox", {"run": 1, "campaign": "c", "state": None}, "outbox_of_run (run=? AND campaign"),
        ("message_of", {"token": "t"}, "outbox_by_token (token=?"),
    ],
)  # fmt: skip
def test_a_few_among_a_million_are_found_by_an_index(
    opened: Open, tmp_path: Path, name: str, asked: dict[str, Any], by: str
) -> None:
    """A page that asks for one person never reads everybody's rows."""
    opened().close()
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as con:
        con.create_function("declared", 1, lambda text: False, deterministic=True)
        sql = "EXPLAIN QUERY PLAN " + sqlite.asked_for(name, asked)
        steps = [row[3] for row in con.execute(sql, asked)]
    assert any(by in one for one in steps), steps
    others = [one for one in steps if re.search(r"(contacts|consents|outbox)_", one)]
    assert all(by in one or "(key=? AND field=?" in one for one in others), others
    assert not [one for one in steps if re.match(r"SCAN (contacts|consents|outbox|c|n)$", one)]


def test_values_about_people_are_not_in_the_file(state: StateStore, tmp_path: Path) -> None:
    state.put_contacts(contacts([("k1", "email", "ada@example.invalid", 1)]))
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"k1" in raw
    assert b"ada@example" not in raw
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0, "nobody else may read it"


def test_an_answer_grows_old_after_what_was_declared(state: StateStore) -> None:
    """However old: without it what was declared of a person would stand again."""
    state.begin_import(brought())
    for at_us, evidence in ((5, "a letter"), (9, evidence_of("shop", "i1-0a"))):
        state.put_consents({
            **consents("k1", "prospecting", "i1"), "at_us": [at_us], "evidence": [evidence],
        })  # fmt: skip
    aged = state.aged("consents", 100, ["k1"])
    assert aged["evidence"].tolist() == [evidence_of("shop", "i1-0a")]


def test_a_value_moved_to_another_person_does_not_open(state: StateStore, tmp_path: Path) -> None:
    state.put_contacts(contacts([("k1", "email", "a@x", 1), ("k2", "email", "b@x", 1)]))
    other = sqlite3.connect(tmp_path / "state.sqlite")
    other.execute("UPDATE contacts SET value = (SELECT value FROM contacts WHERE key = 'k2')")
    other.commit()
    other.close()
    with pytest.raises(WorkspaceError, match="sealed with another key or for another row"):
        state.contacts(["email"])


def test_a_pending_import_is_in_no_read(state: StateStore, opened: Open) -> None:
    state.begin_import(brought())
    state.put_contacts(contacts([("k1", "email", "a@x", 1)], "i1"))
    state.put_consents(consents("k1", "profiling", "i1"))
    for reader in (state, opened()):
        assert len(reader.contacts(["email"])["key"]) == 0
        assert len(reader.consents()["key"]) == 0
        assert len(reader.contact_history("k1")["key"]) == 0
        assert [one.id for one in reader.imports("pending")] == ["i1"]
    state.publish_import("i1", {"order line": 3})
    assert state.contacts(["email"])["email"].tolist() == ["a@x"]
    assert state.consents()["granted"].tolist() == [True]
    assert state.consents(["k2"])["key"].tolist() == []
    assert state.consents(purpose="profiling")["key"].tolist() == ["k1"]
    assert state.consents(purpose="measurement")["key"].tolist() == []
    assert state.imports("published")[0].counts == {"order line": 3}


def test_a_dropped_import_leaves_nothing_and_a_published_one_is_refused(state: StateStore) -> None:
    state.begin_import(brought())
    state.put_contacts(contacts([("k1", "email", "a@x", 1)], "i1"))
    state.drop_import("i1")
    assert state.imports() == []
    state.begin_import(brought())
    state.publish_import("i1", {})
    assert len(state.contacts(["email"])["key"]) == 0
    with pytest.raises(RefusedError, match="is not pending"):
        state.drop_import("i1")
    with pytest.raises(NotFoundError, match="import i9 is not there"):
        state.publish_import("i9", {})


def test_one_failure_in_a_batch_changes_nothing(state: StateStore) -> None:
    rows = contacts([("k1", "email", "a@x", 1), ("k2", "email", "b@x", 1)])
    with pytest.raises(sqlite3.IntegrityError):
        state.put_contacts({**rows, "source": ["s", None]})
    assert len(state.contacts(["email"])["key"]) == 0
    with pytest.raises(SettingError, match="rows for the state is of"):
        state.put_contacts({"key": ["k1"]})
    state.put_contacts(rows)
    assert len(state.contacts(["email"])["key"]) == 2


def test_erasing_hides_at_once_and_forgetting_leaves_no_byte(
    state: StateStore, tmp_path: Path
) -> None:
    key = "5e884898da28047151d0e56f8dc62927"
    many = [(f"{i % 997:032x}", "email", f"{i}@x", i) for i in range(20_000)]
    state.put_contacts(contacts([*many[:9000], (key, "email", "ada@x", 1), *many[9000:]]))
    state.put_consents(consents(key, "profiling"))
    run = state.begin_run(1, 1)
    state.put_outbox(message("d1", run, key))
    state.publish_run(run, "{}")
    started = time.perf_counter()
    state.erase(key, "fingerprint", 7)
    assert time.perf_counter() - started < 1
    assert state.hidden_keys() == [key]
    assert key not in state.contacts(["email"])["key"].tolist()
    assert len(state.consents()["key"]) == 0
    assert len(state.outbox()["key"]) == 0
    assert state.opposition()["fingerprint"].tolist() == ["fingerprint"]
    assert state.opposition()["kind"].tolist() == ["erased"]
    # A file that still names the person cannot bring it back before the physical part is done.
    state.put_contacts(contacts([(key, "email", "ada@x", 9)]))
    assert key not in state.contacts(["email"])["key"].tolist()
    state.erase(key, "fingerprint", 8)
    state.forget(key)
    assert state.hidden_keys() == []
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.encode() not in raw
    assert b"fingerprint" in raw


def test_pages_that_were_split_keep_no_copy(state: StateStore, tmp_path: Path) -> None:
    # This very sequence leaves the key in a page's unused part, where secure_delete does not reach.
    key, draw = "5e884898da28047151d0e56f8dc62927", random.Random(0)
    for turn in range(draw.randint(3, 12)):
        keys = [f"{draw.getrandbits(128):032x}" for _ in range(draw.randint(5, 60))]
        keys += [key] * draw.randint(0, 3)
        draw.shuffle(keys)
        state.put_contacts(contacts([(one, "e", "x" * draw.randint(1, 200), turn) for one in keys]))
        for one in keys:
            if one != key and draw.random() < 0.33:
                state.erase(one, "fingerprint", 1)
    state.erase(key, "fingerprint", 1)
    state.forget(key)
    assert key.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_opposition_is_put_and_lifted(state: StateStore) -> None:
    state.oppose("f1", 5, "objected")
    state.oppose("f1", 3, "objected")
    state.oppose("f1", 4, "erased")
    assert state.opposition()["at_us"].tolist() == [4, 5]
    state.lift_opposition("f1")
    assert len(state.opposition()["kind"]) == 0
    with pytest.raises(SettingError, match="expected one of erased, objected"):
        state.oppose("f1", 5, "cross")


def test_runs_are_numbered_once_and_pending_messages_unseen(state: StateStore) -> None:
    first = state.begin_run(10, 1)
    assert state.put_outbox(message("d1", first)) == 1
    assert len(state.outbox()["decision"]) == 0
    state.drop_run(first)
    second = state.begin_run(10, 1)
    assert second > first
    state.put_outbox(message("d1", second))
    assert state.put_outbox(message("d1", second)) == 0, "one decision, one message"
    state.publish_run(second, '{"seed":7}')
    assert state.runs() == state.runs("published")
    assert state.runs()[0].manifest == '{"seed":7}'
    assert state.outbox(run=second, state="proposed")["decision"].tolist() == ["d1"]
    assert state.move_outbox(["d1", "d9"], "approved") == 1
    assert state.move_outbox(["d1"], "approved") == 0
    assert state.outbox(campaign="c")["at_us"].tolist() == [1], "when it is to leave stays"
    assert state.outbox(campaign="other")["at_us"].tolist() == []
    with pytest.raises(RefusedError, match="is not pending"):
        state.drop_run(second)


def test_acts_come_back_in_order_with_their_salts(state: StateStore) -> None:
    def act(name: str, at_us: int, **of: Any) -> Act:
        given = {"decision": None, "campaign": None, "run": None, "content_hash": None, **of}
        return Act(id=name, kind="approved", actor="camille", at_us=at_us, reason="", **given)

    acts = [act("b", 2, decision="d1"), act("a", 2, run=1, campaign="c"), act("z", 1)]
    state.add_acts(acts, ["s1", "s2", "s3"])
    assert [one.id for one in state.acts()] == ["b", "a", "z"], "a clock may go back"
    assert state.acts(decision="d1") == [acts[0]]
    assert state.acts(run=1, campaign="c") == [acts[1]]
    assert state.act_salts() == {"a": "s2", "b": "s1", "z": "s3"}


def test_another_key_or_a_newer_version_or_a_broken_file_is_refused(
    opened: Open, tmp_path: Path
) -> None:
    opened().close()
    path = tmp_path / "state.sqlite"
    with pytest.raises(WorkspaceError, match=r"state\.sqlite is made with another key"):
        SqliteState(path, b"x" * 32)
    other = sqlite3.connect(path)
    other.execute("UPDATE meta SET value = '9' WHERE name = 'version'")
    other.commit()
    other.close()
    with pytest.raises(
        WorkspaceError,
        match=r"state\.sqlite is of version 9, expected at most 7; install a newer regie",
    ):
        SqliteState(path, KEY)
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database at all, whatever it is called" * 100)
    with pytest.raises(WorkspaceError, match=r"is damaged .* restore it from a copy"):
        SqliteState(broken, KEY)
    assert broken.read_bytes().startswith(b"this is no database")


def test_a_state_that_belongs_to_other_stores_is_never_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    for content in (None, b""):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WorkspaceError, match=r"state\.sqlite is not there, or empty, .*copy"):
            SqliteState(path, KEY, may_make=False)
        assert path.exists() is (content is not None)
    sqlite3.connect(path).executescript("VACUUM; PRAGMA journal_mode = WAL;").close()
    assert path.stat().st_size
    with pytest.raises(WorkspaceError, match="not there, or empty"):
        SqliteState(path, KEY, may_make=False)
    SqliteState(path, KEY).close()
    SqliteState(path, KEY, may_make=False).close()


def fill(state: StateStore) -> None:
    state.begin_import(brought())
    state.put_contacts(contacts([("k1", "address", "a@x", 1), ("k2", "address", "b@x", 1)], "i1"))
    state.put_items({"item": ["A"], "description": ["A LAMP"], "import_id": ["i1"]})
    state.publish_import("i1", {})
    state.oppose("f1", 1, "objected")
    state.oppose("f2", 2, "objected")
    state.erase("k2", "f3", 3)


def test_what_the_state_itself_changes_is_never_tampering(opened: Open) -> None:
    state, other = opened(), opened()
    fill(state)
    assert state.tampered() == []
    state.oppose("f1", 9, "objected")  # a later instant takes the place of the earlier one
    other.lift_opposition("f2")
    state.forget("k2")
    state.rectify("k1", "address", "c@x", 5, "rectified")
    other.begin_import(brought("i2"))
    other.put_contacts(contacts([("k9", "address", "z@x", 1)], "i2"))
    other.drop_import("i2")
    with pytest.raises(ZeroDivisionError), state.together():
        state.oppose("f7", 1, "erased")
        assert "f7" in state.opposition()["fingerprint"]
        raise ZeroDivisionError
    assert (state.tampered(), opened().tampered()) == ([], [])
    assert state.opposition()["fingerprint"].tolist() == ["f1", "f3"]


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("opposition", "DELETE FROM opposition"),
        ("opposition", "DELETE FROM opposition WHERE fingerprint = 'f3'"),
        ("opposition", "UPDATE opposition SET fingerprint = 'f4' WHERE fingerprint = 'f3'"),
        ("opposition", "UPDATE opposition SET at_us = 0 WHERE fingerprint = 'f3'"),
        ("contacts", "DELETE FROM contacts WHERE key = 'k1'"),
        ("contacts", "UPDATE contacts SET at_us = at_us + 1 WHERE key = 'k1'"),
        ("contacts", "UPDATE contacts SET import_id = NULL WHERE key = 'k1'"),
        ("items", "UPDATE items SET description = 'A CANDLE'"),
        ("erased", "DELETE FROM erased"),
    ],
)
def test_what_somebody_else_changes_is_tampering(
    opened: Open, tmp_path: Path, table: str, statement: str
) -> None:
    fill(opened())
    other = sqlite3.connect(tmp_path / "state.sqlite")
    other.execute(statement)
    other.commit()
    other.close()
    state = opened()
    assert state.tampered() == [table]
    state.oppose("f8", 9, "objected")
    state.rectify("k1", "address", "d@x", 9, "rectified")
    assert state.tampered() == [table], "later writes cover nothing up"
    if table == "opposition":
        with pytest.raises(WorkspaceError, match=r"opposition list .* is not as Régie kept it"):
            state.opposition()


def test_a_state_of_the_first_version_is_tallied_when_it_is_opened(
    opened: Open, tmp_path: Path
) -> None:
    fill(opened())
    other = sqlite3.connect(tmp_path / "state.sqlite")
    other.execute("DELETE FROM meta WHERE name LIKE 'tally.%'")
    make_older(other, 1)
    other.commit()
    assert opened().tampered() == []
    other.execute("DELETE FROM opposition")
    other.commit()
    assert opened().tampered() == ["opposition"]
    other.execute("DELETE FROM meta WHERE name LIKE 'tally.%'")
    other.commit()
    other.close()
    with pytest.raises(WorkspaceError, match=r"damaged \(no tally"):
        opened().tampered()


def test_a_state_without_requests_gets_them_and_covers_nothing_up(
    opened: Open, tmp_path: Path
) -> None:
    fill(opened())
    other = sqlite3.connect(tmp_path / "state.sqlite")
    make_older(other, 2)
    for statement in (
        "DROP TABLE requests", "DROP TABLE requesters",
        "DELETE FROM meta WHERE name = 'tally.requesters'",
        "DELETE FROM opposition",
    ):  # fmt: skip
        other.execute(statement)
    other.commit()
    other.close()
    state = opened()
    assert (state.steps(), state.requesters()) == ([], {})
    state.put_requester("r1", "k1", "")
    assert state.tampered() == ["opposition"], "what was changed before stays known"


def test_a_state_without_annotations_gets_them_and_keeps_what_people_note(
    opened: Open, tmp_path: Path
) -> None:
    fill(opened())
    other = sqlite3.connect(tmp_path / "state.sqlite")
    make_older(other, 3)
    for statement in (
        "DROP TABLE annotations", "DROP TABLE views",
    ):  # fmt: skip
        other.execute(statement)
    other.commit()
    other.close()
    state = opened()
    assert (state.annotations(), state.views(), state.tampered()) == ([], [], [])
    late, early = Annotation("b", "2011-09-02", "Sale"), Annotation("a", "2011-09-01", "Letter")
    state.put_annotation(late)
    state.put_annotation(early)
    state.put_view(View("v", "France", "country=France"))
    state.put_annotation(Annotation("b", "2011-09-02", "Big sale"))
    assert [one.words for one in opened().annotations()] == ["Letter", "Big sale"]
    assert opened().views() == [View("v", "France", "country=France")]
    state.drop_annotation("a")
    state.drop_view("v")
    assert ([one.id for one in state.annotations()], state.views()) == (["b"], [])


def test_steps_of_requests_stand_in_order_and_age_when_they_are_answered(opened: Open) -> None:
    state = opened()
    for number, (request, step) in enumerate(
        [("r1", "received"), ("r2", "received"), ("r1", "answered"), ("r3", "received"),
         ("r3", "answered")]
    ):  # fmt: skip
        made = Step(id=f"s{number}", request=request, step=step, actor="a", at_us=number, facts={})
        state.add_steps([made], [f"salt{number}"])
        state.put_requester(request, f"k-{request}", "")
    assert [one.step for one in state.steps("r1")] == ["received", "answered"]
    assert state.step_salts()["s1"] == "salt1"
    old = state.aged("requests", 3, ())
    assert old["id"].tolist() == ["s0", "s2"], "r2 is open, r3 is answered at 4"
    assert state.expire("requests", old["seq"].tolist()) == 2
    gone = state.aged("requesters", 3, ())["seq"].tolist()
    assert state.expire("requesters", gone) == 1
    state.erase("k-r2", "f2", 9)
    assert state.requesters() == {"r2": ("", "f2"), "r3": ("k-r3", "")}
    assert state.tampered() == []


def test_consents_move_by_person_and_a_refusal_of_the_same_instant_is_the_last(
    opened: Open,
) -> None:
    state = opened()
    quarter = 900_000_000
    said = [("k1", True, 5), ("k2", True, 6), ("k1", False, quarter), ("k1", True, quarter),
            ("k3", False, quarter), ("k2", True, quarter)]  # fmt: skip
    keys, granted, at_us = zip(*said, strict=True)
    n = len(said)
    state.put_consents(
        {"key": keys, "purpose": ["profiling"] * n, "granted": granted, "basis": ["consent"] * n,
         "at_us": at_us, "evidence": ["form"] * n, "import_id": [None] * n}
    )  # fmt: skip
    moves = state.consent_moves()
    assert moves["at_us"].tolist() == [0, quarter]
    assert moves["allowed"].tolist() == [2, -1]
    assert moves["refused"].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("statement", "ask"),
    [
        ("UPDATE runs SET manifest = replace(manifest, '{', '[')", lambda s: s.runs()),
        ("UPDATE imports SET counts = 'x'", lambda s: s.imports()),
        ("UPDATE contacts SET value = x'0102'", lambda s: s.contact_history("k1")),
        ("UPDATE meta SET value = 'x' WHERE name = 'version'", lambda s: s.runs()),
        ("DELETE FROM meta WHERE name = 'version'", lambda s: s.runs()),
    ],
)
def test_a_damaged_row_is_named_with_the_next_step(
    opened: Open, tmp_path: Path, statement: str, ask: Callable[[StateStore], Any]
) -> None:
    fill(opened())
    opened().publish_run(opened().begin_run(1, 1), '{"seed": 1}')
    other = sqlite3.connect(tmp_path / "state.sqlite")
    other.execute(statement)
    other.commit()
    other.close()
    with pytest.raises(WorkspaceError, match=r"is damaged.* restore .*from a copy"):
        ask(opened())


def test_two_stores_write_at_once_and_nothing_is_lost(opened: Open) -> None:
    stores = [opened(), opened()]

    def work(who: int) -> None:
        for turn in range(20):
            stores[who].put_contacts(contacts([(f"k{who}-{turn}", "email", "a@x", 1)]))

    threads = [threading.Thread(target=work, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores[0].contacts(["email"])["key"]) == 40


def test_a_hundred_thousand_values_are_quick(state: StateStore) -> None:
    n = 100_000
    rows = contacts([(f"{i // 4:032x}", f"f{i % 4}", f"value {i}", i) for i in range(n)])
    started = time.process_time()  # other work may share the processors
    state.put_contacts(rows)
    got = state.contacts(["f0", "f1", "f2", "f3"])
    assert time.process_time() - started < 5
    assert got["f3"][-1] == f"value {n - 1}"


def test_a_state_without_changes_of_rules_gets_them(opened: Open, tmp_path: Path) -> None:
    fill(opened())
    other = sqlite3.connect(tmp_path / "state.sqlite")
    other.execute("DROP TABLE rule_changes")
    make_older(other, 4)
    other.commit()
    other.close()
    state = opened()
    change = RuleChange("c1", "segments.toml", "loyal", "edited", "ann@shop", 7, "", "ab")
    state.add_rule_change(change, "salt")
    assert opened().rule_changes("pending") == [change]
    state.rule_written("c1")
    assert (state.rule_changes("pending"), state.rule_changes()) == ([], [change])
    assert state.rule_change_salts() == {"c1": "salt"}
    assert state.tampered() == []
