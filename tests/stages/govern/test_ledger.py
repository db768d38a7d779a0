"""The ledger against published Merkle trees, and against every way of changing it."""

from __future__ import annotations

import base64
import secrets
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from regie.engines.delta import DeltaTables
from regie.govern import ledger
from regie.ports.ledger import Entry

TLOG = Path(__file__).parents[4] / "shared" / "data" / "tlog" / "tessera_testdata" / "log"

# The reference inputs and root hashes of Certificate Transparency's own tests.
CT_LEAVES = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def leaves_of(*contents: bytes) -> bytes:
    return b"".join(ledger.leaf("", content) for content in contents)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = leaves_of(*(bytes.fromhex(one) for one in CT_LEAVES[:size]))
    assert ledger.merkle_root(leaves) == CT_ROOTS[size - 1]


@pytest.mark.skipif(not TLOG.is_dir(), reason="the published test log is not on this machine")
@pytest.mark.parametrize("size", range(1, 16))
def test_roots_are_those_of_a_published_log(size: int) -> None:
    packed = (TLOG / "tile" / "entries" / "000.p" / str(size)).read_bytes()
    contents = []
    while packed:
        length = int.from_bytes(packed[:2], "big")
        contents.append(packed[2 : 2 + length])
        packed = packed[2 + length :]
    leaves = leaves_of(*contents)
    assert leaves == (TLOG / "tile" / "0" / "000.p" / str(size)).read_bytes()
    root = (TLOG / f"checkpoint.{size}").read_text().splitlines()[2]
    assert ledger.merkle_root(leaves) == base64.b64decode(root).hex()


def test_a_root_over_half_a_million_leaves_is_quick() -> None:
    leaves = secrets.token_bytes(541_909 * 32)
    best = 9.0
    for _ in range(3):
        started = time.process_time()  # of this process: what others do at the time is not ours
        ledger.merkle_root(leaves)
        best = min(best, time.process_time() - started)
    assert best < 1.0


def chain(n: int = 5) -> list[Entry]:
    entries: list[Entry] = []
    for i in range(n):
        entries.append(
            ledger.next_entry(
                entries[-1] if entries else None,
                at_us=i,
                kind="act",
                subject=f"a{i}",
                leaves=ledger.leaf("s", b"%d" % i),
            )
        )
    return entries


@pytest.mark.parametrize("field", ["at_us", "kind", "subject", "count", "root", "hash"])
def test_any_changed_part_of_an_entry_is_named(field: str) -> None:
    entries = chain()
    value = getattr(entries[2], field)
    changed = value + 1 if isinstance(value, int) else value[::-1] + "x"
    entries[2] = msgspec.structs.replace(entries[2], **{field: changed})
    assert ledger.verify_chain(entries) == ledger.Broken(2, "hash")


def test_a_taken_out_doubled_or_rewritten_entry_is_named() -> None:
    entries = chain()
    assert ledger.verify_chain(entries) is None
    assert ledger.verify_chain(entries[:2] + entries[3:]) == ledger.Broken(2, "n")
    assert ledger.verify_chain([*entries[:2], entries[1], *entries[2:]]) == ledger.Broken(2, "n")
    forged = ledger.next_entry(entries[0], at_us=9, kind="act", subject="x", leaves=b"")
    assert ledger.verify_chain([entries[0], forged, *entries[2:]]) == ledger.Broken(2, "prev")


def test_stored_leaves_are_checked_by_number_and_root() -> None:
    leaves = leaves_of(b"a", b"b", b"c")
    entry = ledger.next_entry(None, at_us=0, kind="run", subject="1", leaves=leaves)
    assert ledger.check_leaves(entry, leaves)
    assert not ledger.check_leaves(entry, leaves[:64])
    assert not ledger.check_leaves(entry, leaves[32:64] + leaves[:32] + leaves[64:])


def test_a_records_leaf_depends_on_every_column_and_its_salt() -> None:
    rows = {
        "id": np.array(["d1", "d2"], dtype=object),
        "run": np.array([1, 2**60]),
        "propensity": np.array([0.1, 1.0]),
        "salt": np.array(["0" * 32, "1" * 32], dtype=object),
    }
    sealed = ledger.record_leaves(rows)
    assert ledger.record_leaves(dict(reversed(rows.items()))) == sealed
    for name, other in [("id", "d3"), ("run", 3), ("propensity", 0.2), ("salt", "2" * 32)]:
        changed = {**rows, name: rows[name].copy()}
        changed[name][1] = other
        seals = ledger.Seals(sealed)
        assert seals.meet(ledger.record_leaves(changed)) == [1]
        assert seals.missing() == sealed[32:]


# ---------------------------------------------------------------- rows of real tables

ROW = """
    SELECT $id AS event_id, 1 AS at_us, 2 AS recorded_us, 'i' AS import_id, $key AS "key",
           NULL AS session, 'order' AS kind, '5' AS "order", $item AS item, $q AS quantity,
           $v AS "value", $currency AS currency, NULL AS utm, NULL AS click_id, NULL AS referrer,
           NULL AS decision, $country AS country, NULL AS device, 's' AS source, '{}' AS attributes
"""
EVERYTHING: dict[str, Any] = {"import_id": None, "key": None, "source": None, "orders": []}
PLAIN = {"id": "e", "key": "k", "item": "A", "q": 1, "v": 7, "currency": "EUR", "country": "France"}


def event_leaf(tables: DeltaTables, **columns: object) -> tuple[list[str], bytes]:
    with tables.session() as session:
        name = secrets.token_hex(4)
        session.append("events", ROW, {**PLAIN, "id": name, **columns}, name)
        rows = session.query(ledger.event_leaves_sql(), EVERYTHING)
    return rows["event_id"].tolist(), b"".join(rows["leaf"])


@pytest.mark.parametrize(
    "columns",
    [
        {"key": None}, {"key": ""}, {"v": 8}, {"v": -7}, {"country": None}, {"item": "1:A"},
        {"item": "", "currency": "AEUR"}, {"item": "AEUR", "currency": ""}, {"item": "é"},
        {"item": "A1", "q": 0}, {"q": 17, "v": 0},
    ],
)  # fmt: skip
def test_no_two_events_spell_the_same(tmp_path: Path, columns: dict[str, object]) -> None:
    tables = DeltaTables(tmp_path)
    other = {"item": "A", "q": 10} if columns.get("item") == "A1" else {}
    with tables.session() as session:
        session.append("events", ROW, {**PLAIN, **other}, "a")
        session.append("events", ROW, {**PLAIN, **columns}, "b")
        leaves = session.query(ledger.event_leaves_sql(), EVERYTHING)["leaf"].tolist()
    assert len(leaves) == 2
    assert leaves[0] != leaves[1]


def test_every_column_of_an_event_is_sealed() -> None:
    from regie.ports.tables import SCHEMAS

    sql = ledger.event_leaves_sql().partition("SELECT")[2].partition("FROM")[0]
    named = {line.strip().rstrip(",").split(",")[-1].strip(" \"'") for line in sql.splitlines()}
    for column, kind in SCHEMAS["events"].items():
        assert column in named or (kind == "BIGINT" and f"{column}, ':'" in sql.replace('"', ""))


def test_a_changed_an_erased_and_a_stolen_row_are_told_apart(tmp_path: Path) -> None:
    tables = DeltaTables(tmp_path)
    for key in ("kept", "changed", "erased", "stolen"):
        ids, sealed = event_leaf(tables, key=key)
    with tables.session() as session:
        one = session.query("SELECT event_id FROM events WHERE \"key\" = 'erased'")["event_id"][0]
    place = ids.index(one)
    released = sealed[place * 32 : place * 32 + 32]
    tables.erase("events", {"key": ["erased"]})
    tables.erase("events", {"key": ["stolen"]})
    with tables.session() as session:
        changed = session.query("SELECT event_id FROM events WHERE \"key\" = 'changed'")
        session.replace(
            "events",
            "\"key\" = 'changed'",
            'SELECT * REPLACE (9 AS "value") FROM events WHERE "key" = \'changed\'',
            None,
            "forgery",
        )
        rows = session.query(ledger.event_leaves_sql(), EVERYTHING)
    seals = ledger.Seals(sealed, released)
    met = seals.meet(b"".join(rows["leaf"]))
    assert rows["event_id"][met].tolist() == changed["event_id"].tolist()
    assert (len(rows["leaf"]), len(seals.missing()) // 32, seals.released) == (2, 2, 1)
