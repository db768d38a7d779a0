"""Whoever names an erased person is found, in whichever column they do."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from regie.ports.tables import SCHEMAS, sql_text
from regie.terms.decision import NOTHING, Decision
from regie.terms.event import Event
from regie.workspace import redacting
from regie.workspace.workspace import open_workspace

HELD = [("raw_id", "ZQX98765431"), ("address", "ada@x.example"), ("first_name", "Zoé"),
        ("last_name", "Quxwortel")]  # fmt: skip
WANTED = redacting.telling(HELD)
NAMING = "for ada@x.example"
OWN = {"event_id", "import_id", "key", "kind", "currency", "decision", "source"}
"""Text that Régie itself writes, or that is a word of a list."""


def test_others_events_name_them_in_any_column(whole_shop: Path) -> None:
    base = Event(event_id="e", at_us=0, recorded_us=0, import_id="i", kind="order", source="s")
    texts = {name for name, kind in SCHEMAS["events"].items() if kind == "VARCHAR"} - OWN
    named = [
        msgspec.structs.replace(base, event_id=name, key="other",
                                **{name: f'{{"a":"{NAMING}"}}' if name == "attributes" else NAMING})
        for name in sorted(texts)
    ]  # fmt: skip
    nobodys = msgspec.structs.replace(base, event_id="nobody's", country="zoe quxwortel")
    own = msgspec.structs.replace(base, event_id="own", key="k", item=NAMING)
    plain = msgspec.structs.replace(base, event_id="plain", key="other", item="adam@x.example")
    with open_workspace(whole_shop) as shop, shop.tables.session() as session:
        rows = [*named, nobodys, own, plain]
        session.register(
            "events", {n: [getattr(one, n) for one in rows] for n in Event.__struct_fields__}
        )
        found = redacting.told_of(session, "k", WANTED)
        assert found == sorted([*texts, "nobody's"])
        given = {
            "key": "k", "codes": WANTED.codes, "words": WANTED.words, "import_id": "x",
            "zone": "UTC", "chance": "c",
        }  # fmt: skip
        session.register(
            "gone",
            {n: [getattr(one, n) for one in named] for n in Event.__struct_fields__},
        )
        left = session.query(sql_text("regie.workspace", "anonymous"), given)
        assert not [v for column in left.values() for v in column if "ada@x" in str(v)]


@pytest.mark.parametrize("column", ["basis", "reasons", "inputs"])
def test_others_decisions_name_them_in_any_part(whole_shop: Path, column: str) -> None:
    texts = dict.fromkeys(("basis", "reasons", "inputs"), "{}") | {column: f'{{"a":"{NAMING}"}}'}
    base = Decision(id="d1", kind="message", run=1, at_us=0, subject="other", policy="p",
                    chosen=NOTHING, propensity=1.0, seed=7, actor="policy")  # fmt: skip
    row = {name: [getattr(base, name)] for name in Decision.__struct_fields__}
    row |= {name: ["{}"] for name in ("versions", "candidates", "excluded", "constraints")}
    row |= {name: [text] for name, text in texts.items()} | {"salt": ["s"]}
    with open_workspace(whole_shop) as shop, shop.tables.session() as session:
        session.register("decisions", row)
        decided = redacting.decided_of(session, "k", WANTED)
        assert decided.ids == ["d1"] and decided.was != decided.now
        given = {"codes": WANTED.codes, "words": WANTED.words, "key": "k"}
        left = session.query(sql_text("regie.workspace", "redacted_decisions"), given)
        assert "ada@x" not in str(left[column][0]) and "…" in str(left[column][0])
        assert redacting.decided_of(session, "other", WANTED).ids == []
