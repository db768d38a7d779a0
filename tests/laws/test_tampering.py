"""Whoever changes what was recorded is found out, and the row or entry is named."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from regie.interfaces.cli import main
from regie.workspace import open_workspace
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


def test_a_line_that_is_no_entry_could_not_be_read(own_shop: Path) -> None:
    path = own_shop / "ledger/entries.jsonl"
    path.write_bytes(path.read_bytes().replace(b'{"n":2', b'{"m":2'))
    code, words = verified(own_shop)
    assert (code, "entries.jsonl line 3" in words) == (2, True)


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
