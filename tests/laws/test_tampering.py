"""Whoever changes what was recorded is found out, and the row or entry is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from regie.interfaces.cli import main
from regie.terms.errors import WorkspaceError
from regie.workspace import open_workspace
from regie.workspace.workspace import Workspace
from tests.support.tampering import rewrite


def verified(folder: Path) -> tuple[int, str]:
    """Exit code and words of `regie verify`."""
    done = CliRunner().invoke(main, ["verify", "-w", str(folder)])
    return done.exit_code, done.output


def test_an_untouched_workspace_verifies(whole_shop: Path) -> None:
    code, words = verified(whole_shop)
    assert (code, "The ledger verifies." in words) == (0, True)


@pytest.mark.parametrize(
    "replaced",
    [
        "CASE WHEN id = '{id}' THEN propensity + 0.001 ELSE propensity END AS propensity",
        "CASE WHEN id = '{id}' THEN 'nothing' ELSE chosen END AS chosen",
        "CASE WHEN id = '{id}' THEN replace(inputs, 'true', 'false') ELSE inputs END AS inputs",
        "CASE WHEN id = '{id}' THEN NULL ELSE content_hash END AS content_hash",
    ],
)
def test_a_changed_decision_is_named(own_shop: Path, replaced: str) -> None:
    with open_workspace(own_shop) as shop:
        decision = next(d for d, _ in shop.decisions(run=1) if d.campaign is not None)
    rewrite(own_shop, "decisions", replaced.format(id=decision.id))
    code, words = verified(own_shop)
    assert code == 1
    assert f"decision {decision.id} is not as it was sealed" in words
    assert words.count("is not as it was sealed") == 1


def test_a_changed_event_is_named(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        event = str(shop.sql("SELECT min(event_id) AS id FROM events").columns["id"][0])
    rewrite(own_shop, "events", f'"value" + CAST(event_id = \'{event}\' AS BIGINT) AS "value"')
    code, words = verified(own_shop)
    assert (code, f"event {event} is not as it was sealed" in words) == (1, True)


def test_a_row_taken_away_is_counted(own_shop: Path) -> None:
    gone = "id <> (SELECT min(id) FROM t WHERE kind = 'message')"
    rewrite(own_shop, "decisions", "id AS id", gone)
    code, words = verified(own_shop)
    assert (code, "1 sealed decision rows are gone" in words) == (1, True)


def test_a_changed_or_added_act_is_named(own_shop: Path) -> None:
    con = sqlite3.connect(own_shop / "state.sqlite")
    ((act,),) = con.execute("SELECT min(id) FROM acts").fetchall()
    con.execute("UPDATE acts SET actor = 'somebody else' WHERE id = ?", (act,))
    con.execute(
        "INSERT INTO acts SELECT 'forged', decision, campaign, run, kind, actor, at_us,"
        " content_hash, reason, salt FROM acts LIMIT 1"
    )
    con.commit()
    con.close()
    code, words = verified(own_shop)
    assert code == 1
    assert f"act {act} is not as it was sealed" in words
    assert "act forged is not as it was sealed" in words


@pytest.mark.parametrize("part", ["root", "subject", "at_us", "count"])
def test_a_changed_entry_is_named(own_shop: Path, part: str) -> None:
    path = own_shop / "ledger/entries.jsonl"
    lines = path.read_text("utf-8").splitlines()
    entry = json.loads(lines[2])
    entry[part] = entry[part] + 1 if isinstance(entry[part], int) else "0" * 64
    lines[2] = json.dumps(entry, separators=(",", ":"))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    code, words = verified(own_shop)
    assert (code, "ledger entry 2: hash" in words) == (1, True)


def test_changed_leaves_and_a_missing_entry_are_named(own_shop: Path) -> None:
    leaves = own_shop / "ledger/leaves/0.bin"
    leaves.write_bytes(bytes([leaves.read_bytes()[0] ^ 1]) + leaves.read_bytes()[1:])
    assert "ledger entry 0: leaves" in verified(own_shop)[1]
    path = own_shop / "ledger/entries.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:3] + lines[4:]), "utf-8")
    assert verified(own_shop)[0] == 1
    assert "ledger entry 3: n" in verified(own_shop)[1]


def test_a_cut_ledger_is_named_and_added_to_by_nobody(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        person = next(d.subject for d, _ in shop.decisions() if d.campaign is not None)
    path = own_shop / "ledger/entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for kept in (lines[: len(lines) // 2], lines[:-1], []):
        path.write_bytes(b"".join(kept))
        told = f"cut: {len(kept)} of {len(lines)} entries are there"
        code, words = verified(own_shop)
        assert (code, f"ledger/entries.jsonl is {told}" in words) == (1, True), words
        for command in (
            ["run", "--as-of", "2011-11-01"], ["erase", person, "--yes"], ["object", person],
            ["consent", person, "--grant", "advertising"],
        ):  # fmt: skip
            done = CliRunner().invoke(main, [*command, "-w", str(own_shop)])
            assert done.exit_code != 0, command
            assert f"entries.jsonl is {told}" in " ".join(done.output.split()), done.output
        assert path.read_bytes() == b"".join(kept)
        assert CliRunner().invoke(main, ["runs", "-w", str(own_shop)]).exit_code == 0
    path.write_bytes(b"".join(lines))
    assert verified(own_shop)[0] == 0
    assert CliRunner().invoke(main, ["erase", person, "--yes", "-w", str(own_shop)]).exit_code == 0
    assert verified(own_shop)[0] == 0


def test_an_entry_that_is_added_meanwhile_is_no_cut(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several who approve at once one was told that the ledger lacks what another had added."""
    with open_workspace(own_shop) as shop:
        count = shop.ledger.count

        def counted_as_another_adds() -> int:
            there = count()
            shop.sealing.seal("act", "meanwhile", bytes(32))
            return there

        monkeypatch.setattr(shop.ledger, "count", counted_as_another_adds)
        assert shop.sealing.cut() == ""


def test_a_lost_table_of_events_is_not_taken_for_a_new_workspace(own_shop: Path) -> None:
    shutil.rmtree(own_shop / "events")
    log = own_shop.parent / "log.csv"
    log.write_text("order,item\n", "utf-8")
    for command in (["run", "--as-of", "2011-11-01"], ["import", str(log), "--as", "shop"]):
        done = CliRunner().invoke(main, [*command, "-w", str(own_shop)])
        words = " ".join(done.output.split())
        assert (done.exit_code, "events is not there, expected the table of the" in words) == (
            2,
            True,
        )
    assert not (own_shop / "events").exists()
    code, words = verified(own_shop)
    assert (code, "are gone" in words) == (1, True), words


@pytest.mark.parametrize("harm", ["gone", "empty"])
def test_a_lost_state_is_not_made_anew_by_any_command(own_shop: Path, harm: str) -> None:
    path, log = own_shop / "state.sqlite", own_shop.parent / "log.csv"
    log.write_text("order,item\n", "utf-8")
    path.unlink()
    if harm == "empty":
        path.touch()
    for command in (["import", str(log)], ["run"], ["runs"], ["verify"], ["report"]):
        done = CliRunner().invoke(main, [*command, "-w", str(own_shop)])
        words = " ".join(done.output.split())
        assert done.exit_code != 0, command
        assert "state.sqlite is not there, or empty" in words, words
        assert "restore it from a copy" in words
    assert (path.read_bytes() if path.exists() else b"") == b""


@pytest.mark.parametrize(
    ("told", "statement"),
    [
        ("the entries of the opposition list", "DELETE FROM opposition"),
        (
            "the entries of the opposition list",
            "UPDATE opposition SET fingerprint = 'ab' || fingerprint",
        ),
        ("the contacts", "DELETE FROM contacts WHERE field = 'language'"),
        ("the contacts", "UPDATE contacts SET at_us = at_us + 1"),
    ],
)
def test_changed_opposition_or_contacts_are_told(own_shop: Path, told: str, statement: str) -> None:
    with open_workspace(own_shop) as shop:
        one = next(d.subject for d, _ in shop.decisions() if d.campaign is not None)
        shop.erase(one)
    assert verified(own_shop)[0] == 0, "an erasure takes contacts out and leaves no trace"
    con = sqlite3.connect(own_shop / "state.sqlite")
    assert con.execute(statement).rowcount
    con.commit()
    con.close()
    code, words = verified(own_shop)
    assert (code, f"{told} of state.sqlite are not as Régie kept them" in words) == (1, True), words


@pytest.mark.parametrize(
    ("told", "statements"),
    [
        (
            "the entries of the opposition list of state.sqlite are not as Régie kept them",
            ("DELETE FROM opposition",
             "UPDATE meta SET value = '0' WHERE name = 'tally.opposition'"),
        ),
        (
            "made with another key",
            ("DELETE FROM opposition", "UPDATE meta SET value = '5' WHERE name = 'version'",
             "UPDATE meta SET value = '0' WHERE name = 'tally.opposition'"),
        ),
        ("no number of sealed entries", ("DELETE FROM meta WHERE name = 'sealed'",)),
        ("no number of sealed entries", ("UPDATE meta SET value = '3' WHERE name = 'sealed'",)),
        (
            "a consent granted 2, expected 0 or 1",
            ("UPDATE consents SET granted = 2 WHERE rowid = (SELECT min(rowid) FROM consents"
             " WHERE granted = 1)",),
        ),
    ],
)  # fmt: skip
def test_what_needs_no_key_to_be_written_is_told(
    own_shop: Path, told: str, statements: tuple[str, ...]
) -> None:
    with open_workspace(own_shop) as shop:
        shop.erase(next(d.subject for d, _ in shop.decisions() if d.campaign is not None))
    con = sqlite3.connect(own_shop / "state.sqlite")
    assert all(con.execute(statement).rowcount for statement in statements)
    con.commit()
    con.close()
    code, words = verified(own_shop)
    assert (code != 0, told in " ".join(words.split())) == (True, True), words


def test_a_changed_opposition_list_brings_nobody_back(own_shop: Path) -> None:
    log = own_shop.parent / "orders.csv"
    log.write_text(
        "order,item,description,quantity,at,unit_price,customer_id\n"
        "z1,85123A,A CANDLE,3,2011-08-05 10:00,2.55,90001\n",
        "utf-8",
    )
    with open_workspace(own_shop) as shop:
        shop.import_file(log, "orders")
        shop.erase("90001")
    con = sqlite3.connect(own_shop / "state.sqlite")
    con.execute("DELETE FROM opposition")
    con.commit()
    con.close()
    with open_workspace(own_shop) as shop, pytest.raises(WorkspaceError, match="opposition list"):
        shop.import_file(log, "orders")
    with open_workspace(own_shop) as shop, shop.everything.session() as session:
        found = session.query("SELECT count(*) AS n FROM events WHERE \"order\" = 'z1'")
        assert found["n"].tolist() == [0], "it was made anonymous"
        assert shop.state.contact_history(shop.key_of("90001"))["key"].tolist() == []


def test_a_line_that_is_no_entry_is_the_one_thing_named(own_shop: Path) -> None:
    """The answer is no, as for any other changed byte; the rows it sealed are sound."""
    with open_workspace(own_shop) as shop:
        person = next(d.subject for d, _ in shop.decisions() if d.campaign is not None)
        shop.erase(person)
    path = own_shop / "ledger/entries.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    of_kind = {json.loads(line)["kind"]: place for place, line in enumerate(lines)}
    for kind in ("import", "run", "erasure"):
        number, line = of_kind[kind] + 1, lines[of_kind[kind]]
        harm = b'"root":"\xb9' if kind == "run" else b'"toor":"'
        path.write_bytes(whole.replace(line, line.replace(b'"root":"', harm)))
        with open_workspace(own_shop) as shop:
            (fault,) = shop.verify().faults
        assert fault.startswith(f"ledger/entries.jsonl line {number} is not readable ("), fault
        assert "expected an entry; compare it with a backup" in fault
    code, words = verified(own_shop)
    assert (code, "The ledger does not verify." in words) == (1, True), words


def test_a_changed_consent_is_named_and_a_removed_one_is_missed(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        refused = shop.state.consents()
        place = next(i for i, granted in enumerate(refused["granted"]) if not granted)
        key, purpose = str(refused["key"][place]), str(refused["purpose"][place])
        shop.consent(key, withdraw=["advertising"])
    assert verified(own_shop)[0] == 0, "an answer noted by hand is sealed"
    state = sqlite3.connect(own_shop / "state.sqlite")
    state.execute(
        "UPDATE consents SET granted = 1 WHERE key = ? AND purpose = ? AND granted = 0",
        (key, purpose),
    )
    state.commit()
    code, words = verified(own_shop)
    assert (code, f"consent of {key} to {purpose} is not as it was sealed" in words) == (1, True)
    state.execute("DELETE FROM consents WHERE key = ?", (key,))
    state.commit()
    state.close()
    code, words = verified(own_shop)
    assert (code, "sealed consent rows are gone" in words) == (1, True)


def flipped(path: Path, place: int | None = None) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 0x01
    path.write_bytes(bytes(content))


def changed_state(folder: Path, statement: str, *values: object) -> None:
    con = sqlite3.connect(folder / "state.sqlite")
    assert con.execute(statement, values).rowcount == 1
    con.commit()
    con.close()


def test_a_changed_row_set_aside_is_named_with_its_file_and_import(own_shop: Path) -> None:
    rewrite(own_shop, "quarantine", "CASE WHEN row = 2 THEN 'fee' ELSE reason END AS reason")
    code, words = verified(own_shop)
    assert code == 1
    assert "row set aside orders.csv row 2 of import" in words
    assert "is not as it was sealed (quarantine" in words
    assert "of orders.csv, ledger entry" in words
    rewrite(own_shop, "quarantine", "row AS row", "row <> 2")
    assert "1 sealed row set aside rows are gone (quarantine" in verified(own_shop)[1]


def test_a_changed_record_of_an_import_or_run_is_named(own_shop: Path) -> None:
    changed_state(own_shop, "UPDATE imports SET sha256 = 'ab' WHERE file = 'contacts.csv'")
    changed_state(
        own_shop, "UPDATE runs SET manifest = replace(manifest, 'seed', 'sead') WHERE number = 2"
    )
    code, words = verified(own_shop)
    assert code == 1
    assert "record of import " in words
    assert "of contacts.csv, ledger entry" in words
    assert "manifest of run 2 is not as it was sealed (manifest 2, ledger entry" in words


@pytest.mark.parametrize("file", ["arrays.npz", "card.json"])
def test_a_changed_model_is_named(own_shop: Path, file: str) -> None:
    (version,) = sorted((own_shop / "models/response").glob("*-run2"))
    flipped(version / file)
    code, words = verified(own_shop)
    told = f"models/response/{version.name}/{file} is not as it was saved (run 2)"
    assert (code, told in words) == (1, True)
    (version / file).unlink()
    assert f"{version.name}/{file} is gone (run 2)" in verified(own_shop)[1]


def test_a_changed_champion_is_named(own_shop: Path) -> None:
    path = own_shop / "models/affinity/champion.json"
    history = json.loads(path.read_text("utf-8"))
    other = next(v.name for v in (own_shop / "models/affinity").glob("*-run2"))
    changed = [{**history[0], "version": other, "as_of_us": history[0]["as_of_us"] + 1}]
    path.write_text(json.dumps([*history, *changed]), "utf-8")
    code, words = verified(own_shop)
    assert code == 1
    assert f"models/affinity/champion.json: {other} was promoted by no decision" in words
    path.write_text("[]", "utf-8")
    assert "models/affinity/champion.json: without " in verified(own_shop)[1]
    path.write_text("[{", "utf-8")
    assert "champion.json is damaged" in verified(own_shop)[1]


def test_a_changed_or_missing_asset_is_named(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        policy = json.loads(shop.runs()[0].manifest)["rules"]["policies/standard.toml"]
        listed = next(act.content_hash for act in shop.state.acts())
        template = next(d for d, _ in shop.decisions() if d.campaign).versions["template"]
    flipped(own_shop / "assets" / policy)
    (own_shop / "assets" / template).unlink()
    code, words = verified(own_shop)
    assert code == 1
    assert f"asset {policy} is changed on disk" in words
    assert f"asset {template}, a template of messages, is gone" in words
    flipped(own_shop / "assets" / str(listed))
    assert f"asset {listed} is changed on disk" in verified(own_shop)[1]


def test_a_changed_message_is_named(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        one, other, third = shop.state.outbox(run=2)["decision"][:3].tolist()
    changed_state(own_shop, "UPDATE outbox SET key = 'somebody' WHERE decision = ?", one)
    changed_state(own_shop, "UPDATE outbox SET state = 'proposed' WHERE decision = ?", other)
    changed_state(own_shop, "DELETE FROM outbox WHERE decision = ?", third)
    words = verified(own_shop)[1]
    assert f"message of decision {one}, key, is not what was decided (run 2)" in words
    assert f"message of decision {other}, state, is not what was decided (run 2)" in words
    assert f"message of decision {third} is gone (run 2)" in words


def test_a_changed_contact_is_found(own_shop: Path) -> None:
    changed_state(
        own_shop,
        "UPDATE contacts SET value = zeroblob(40) WHERE seq = (SELECT min(seq) FROM contacts)",
    )
    code, words = verified(own_shop)
    assert (code, "a text of contacts is sealed with another key" in words) == (1, True)


def test_a_byte_of_a_tables_file_is_found_or_changes_no_row(own_shop: Path) -> None:
    assert found_of_flips(own_shop, "decisions", 5) >= 3


@pytest.mark.proof
@pytest.mark.parametrize(
    ("table", "least"), [("events", 30), ("decisions", 30), ("quarantine", 20)]
)
def test_any_byte_of_a_tables_file_is_found_or_changes_no_row(
    own_shop: Path, table: str, least: int
) -> None:
    """Of two rows set aside the file is mostly what a reader passes over."""
    assert found_of_flips(own_shop, table, 60) >= least


def found_of_flips(own_shop: Path, table: str, times: int) -> int:
    """Of bytes all over the largest file: each is named, or every row is what it was."""
    with open_workspace(own_shop) as shop:
        before = rows_of(shop, table)
    path = max((own_shop / table).glob("*.parquet"), key=lambda one: one.stat().st_size)
    whole, found = path.read_bytes(), 0
    for nth in range(1, times + 1):
        flipped(path, len(whole) * nth // (times + 1))
        code, words = verified(own_shop)
        if code == 0:
            with open_workspace(own_shop) as shop:
                assert rows_of(shop, table) == before, nth
        else:
            found += 1
            named = path.name in words or "is not as it was sealed" in words or "are gone" in words
            assert named, words
        path.write_bytes(whole)
    return found


def rows_of(shop: Workspace, table: str) -> object:
    """Every row of a table as one figure."""
    sql = f"SELECT bit_xor(hash(COLUMNS(*))) FROM {table}"
    return {name: one.tolist() for name, one in shop.sql(sql).columns.items()}


def test_a_damaged_index_of_state_is_named(own_shop: Path) -> None:
    """Its rows are as they were sealed; who asks by the index would be told otherwise."""
    path = own_shop / "state.sqlite"
    con = sqlite3.connect(path)
    where = "FROM sqlite_schema WHERE name = 'contacts_of_person'"
    ((root,),) = con.execute(f"SELECT rootpage {where}").fetchall()
    ((size,),) = con.execute("PRAGMA page_size").fetchall()
    con.close()
    flipped(path, root * size - 20)  # the page's end, where its first cell lies
    code, words = verified(own_shop)
    assert code == 1, words
    assert "state.sqlite is damaged (" in words
    assert "index contacts_of_person" in words
    assert "restore the file from a copy" in words
    assert "as Régie kept them" not in words, "no row was changed"


def test_a_damaged_champion_of_the_last_run_ends_no_check(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        promoted = {name for run in shop.runs() for name, _ in json.loads(run.manifest)["promoted"]}
    for name in promoted:
        (own_shop / f"models/{name}/champion.json").write_text("[{", "utf-8")
    flipped(next((own_shop / "assets").iterdir()))
    words = verified(own_shop)[1]
    for name in promoted:
        assert f"models/{name}/champion.json is damaged" in words
        assert f"models/{name}/champion.json: without" not in words, "one damage is told once"
    assert "is changed on disk" in words


@pytest.mark.parametrize("told", ["numRecords", "minValues", "maxValues", "nullCount", "size"])
def test_what_a_log_tells_of_a_file_is_compared(own_shop: Path, told: str) -> None:
    """Another engine passes over files by it: DuckDB, which reads each, would show no harm."""
    log = max((own_shop / "events/_delta_log").glob("*.json"))
    lines = log.read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith('{"add"'))
    action = json.loads(lines[place])
    stats = json.loads(action["add"]["stats"])
    of = action["add"] if told == "size" else stats
    assert told in of
    of[told] = 1 if told in ("numRecords", "size") else {"at_us": 1}
    action["add"]["stats"] = json.dumps(stats)
    log.write_text("\n".join([*lines[:place], json.dumps(action), *lines[place + 1 :]]), "utf-8")
    code, words = verified(own_shop)
    assert (code, "is not as its table's log tells" in words) == (1, True), words


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_footer_that_hides_a_row_is_told_and_erased_past(own_shop: Path, end: str) -> None:
    """One changed byte of what a footer tells of keys: readers pass over all of its rows."""
    with open_workspace(own_shop) as shop:
        files = shop.everything.newest_files("events")
        path = Path(max(files, key=lambda one: Path(one).stat().st_size))
        ((*ends,),) = duckdb.sql(f"SELECT min(key), max(key) FROM '{path}'").fetchall()
        key = str(ends[end == "last"])
        count = f"SELECT count(*) AS n FROM events WHERE key = '{key}'"
        before = shop.sql(count).columns["n"][0]
    whole = path.read_bytes()
    foot = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    other = (b"z" if end == "first" else b"!") + key.encode()[1:]
    assert key.encode() in whole[foot:]
    path.write_bytes(whole[:foot] + whole[foot:].replace(key.encode(), other))
    code, words = verified(own_shop)
    named = "is not as its own footer tells" in words and path.name in words
    assert (code, named) == (1, True), words
    with open_workspace(own_shop) as shop:
        assert shop.sql(count).columns["n"][0] < before, "hidden"
        shop.erase(key)
        assert shop.verify().faults == ()
        left = shop.everything.newest_files("events")
    assert not any(key.encode() in Path(file).read_bytes() for file in left)
    held = duckdb.sql(f"SELECT key || '' AS k FROM read_parquet({left})").fetchall()
    assert (key,) not in held


def test_every_fault_of_the_whole_shop_is_told_at_once(own_shop: Path) -> None:
    """One unreadable thing hides no other."""
    (own_shop / "models/response/champion.json").write_text("{", "utf-8")
    flipped(next((own_shop / "assets").iterdir()))
    words = verified(own_shop)[1]
    assert "models/response/champion.json is damaged" in words
    assert "is changed on disk" in words


def test_every_damaged_table_is_named_and_what_reads_is_compared(own_shop: Path) -> None:
    """A footer that does not read keeps a whole table from every question, not from this one."""
    harmed = [next((own_shop / table).glob("*.parquet")) for table in ("quarantine", "decisions")]
    for file in harmed:
        flipped(file, file.stat().st_size - 6)  # where its footer begins
    with open_workspace(own_shop) as shop:
        event = str(shop.everything.newest_files("events")[0])
        found = shop.verify()
        ((events,),) = duckdb.sql(f"SELECT count(*) FROM read_parquet('{event}')").fetchall()
        words = "\n".join(found.faults)
    for file in harmed:
        assert f"{file} is damaged" in words, words
        assert words.count(f"{file} is damaged") == 1, "each is named once"
    assert "sealed row set aside rows are in no file that can be read (quarantine" in words
    assert "sealed decision rows are in no file that can be read (run" in words
    assert "belongs to no decision" not in words, "decisions that cannot be read are somebody's"
    assert found.rows > events, "events and the other run's decisions are compared"
    rewrite(own_shop, "events", '"value" + 1 AS "value"')
    code, told = verified(own_shop)
    assert (code, "is not as it was sealed (import" in told) == (1, True), "and what is changed"


def test_an_erased_decision_is_answered_as_erased(own_shop: Path) -> None:
    with open_workspace(own_shop) as shop:
        gone = next(d for d, _ in shop.decisions(run=1) if d.campaign is not None)
        assert shop.replay(gone.id).answer == "identical"
        shop.erase(gone.subject)
        assert shop.replay(gone.id).answer == "erased"
        assert shop.verify().faults == ()
    runs = CliRunner().invoke(main, ["runs", "-w", str(own_shop)]).output
    assert "1 gone (erased or too old)" in runs, "each run's messages add up"
    told = CliRunner().invoke(main, ["replay", gone.id, "-w", str(own_shop)])
    assert (told.exit_code, told.output.startswith("erased: 0 of 1")) == (1, True)
    why = CliRunner().invoke(main, ["explain", gone.id, "-w", str(own_shop)])
    assert (why.exit_code, "is erased with its person" in why.output) == (2, True)
    short = CliRunner().invoke(main, ["replay", gone.id[:8], "-w", str(own_shop)])
    assert "its whole id would tell" in short.output
    never = CliRunner().invoke(main, ["replay", "0" * 32, "-w", str(own_shop)])
    assert never.exit_code == 2
