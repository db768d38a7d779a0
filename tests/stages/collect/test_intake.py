"""Every row has one place for one reason; a file twice adds nothing; a corrected one corrects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from regie.collect import intake
from regie.govern.consent import open_keys
from regie.ports.tables import sql_text
from regie.workspace import people, sight
from regie.workspace.importing import Imported
from regie.workspace.workspace import Workspace
from tests.support.workspaces import HEADER, csv, mapping

DAY = "2011-03-01 10:00"
ORDER = f"1,A1,Cup,2,{DAY},2.50,p1,GBP"


def imported(shop: Workspace, rows: Sequence[str], name: str = "orders.csv") -> Imported:
    found = shop.import_file(csv(shop.folder, rows, name=name), mapping(shop))
    assert isinstance(found, Imported)
    return found


def events(shop: Workspace) -> list[dict[str, Any]]:
    with shop.tables.session() as session:
        found = session.query('SELECT * FROM events ORDER BY "order", item, event_id')
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


# ---- places


@pytest.mark.parametrize(
    ("row", "place", "value_micros"),
    [
        (ORDER, "order", 5_000_000),
        (f"1,post,Postage,1,{DAY},4.00,p1,GBP", "fee", 4_000_000),
        (f"C1,A1,Cup,-2,{DAY},2.50,p1,GBP", "return", -5_000_000),
        (f"2,A1,Cup,-2,{DAY},2.50,p1,GBP", "return", -5_000_000),
        (f"2,A1,Cup,-2,{DAY},0.00,,GBP", "adjustment", 0),
        (f"2,A1,Cup,1,{DAY},-2.50,p1,GBP", "adjustment", -2_500_000),
        ("2,A1,Cup,1,yesterday,2.50,p1,GBP", "unreadable", 2_500_000),
        (f"2,A1,Cup,one,{DAY},2.50,p1,GBP", "unreadable", 0),
        (f"2,A1,Cup,1.5,{DAY},2.50,p1,GBP", "unreadable", 0),
        (f"2,A1,Cup,1,{DAY},2.50x,p1,GBP", "unreadable", 0),
        (f",A1,Cup,1,{DAY},2.50,p1,GBP", "unreadable", 2_500_000),
        ("2,A1,Cup,1,1899-12-30 10:00,2.50,p1,GBP", "unreadable", 2_500_000),
        ("2,A1,Cup,1,2012-03-01 10:00,2.50,p1,GBP", "unreadable", 2_500_000),
    ],
)  # fmt: skip
def test_a_row_goes_to_its_place(shop: Workspace, row: str, place: str, value_micros: int) -> None:
    # Two good rows, so that one bad row is not most of the file.
    good = [f"{n},G{n},Good,1,{DAY},1.00,p9,GBP" for n in (8, 9)]
    found = imported(shop, [row, *good])
    others = {"order": 2 + (place == "order")}
    assert found.lines == {place: 1} | others
    assert found.value_micros[place] == value_micros + (2_000_000 if place == "order" else 0)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        # Each row fits two reasons; the first in the order of PLACES is told.
        (f"C1,POST,Postage,-1,{DAY},4.00,p1,GBP", "fee"),
        (f"C1,A1,Cup,-1,{DAY},0.00,p1,GBP", "return"),
        (f"1,POST,Postage,1,{DAY},0.00,p1,GBP", "fee"),
        (f"C1,POST,Postage,one,{DAY},4.00,p1,GBP", "unreadable"),
    ],
)
def test_the_first_reason_that_fits_is_the_reason(shop: Workspace, row: str, place: str) -> None:
    good = [f"{n},G{n},Good,1,{DAY},1.00,p9,GBP" for n in (8, 9)]
    assert imported(shop, [row, *good]).lines == {"order": 2, place: 1}


def test_an_exact_repeat_is_set_aside_once_for_each_time_it_comes_again(shop: Workspace) -> None:
    fee = f"1,POST,Postage,1,{DAY},4.00,p1,GBP"
    found = imported(shop, [ORDER, fee, ORDER, fee, ORDER])
    assert found.lines == {"order": 1, "fee": 1, "repeat": 3}
    assert found.value_micros["repeat"] == 14_000_000


def test_places_are_tried_in_the_order_they_are_told() -> None:
    assert intake.PLACES == (
        "footer", "unreadable", "erased", "repeat", "cancelled", "fee", "return", "adjustment",
        "order",
    )  # fmt: skip


def test_an_amount_keeps_every_micro(shop: Workspace) -> None:
    rows = [f"1,A1,Cup,3,{DAY},0.000001,p1,GBP", f"1,A2,Ship,100000,{DAY},9999999.99,p1,GBP"]
    assert imported(shop, rows).value_micros["order"] == 3 + 999_999_999_000 * 1_000_000


@pytest.mark.parametrize(
    ("written", "mark", "micros"),
    [
        ("2.55", ".", 2_550_000), ("-2.5", ".", -2_500_000), ("3", ".", 3_000_000),
        ("2,55", ",", 2_550_000), ("3", ",", 3_000_000), ("1.234,50", ",", 1_234_500_000),
        ("1 234,50", ",", 1_234_500_000), ("1\u202f234,50", ",", 1_234_500_000),
        ("1\u00a0234\u00a0567", ",", 1_234_567_000_000),
        ("1,234.50", ".", 1_234_500_000), ("1,250", ".", 1_250_000_000),
        ("1'200.50", ".", 1_200_500_000), ("1\u2019200,50", ",", 1_200_500_000),
        ("1\u202f250.5", ".", 1_250_500_000), ("0,125", ".", None), ("0.125", ",", None),
        ("2.55", ",", None), ("12.34,5", ",", None), ("12,34.5", ".", None), ("nan", ".", None),
        ("1e400", ".", None), ("99999999999999", ".", None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_country_writes_it(
    shop: Workspace, written: str, mark: str, micros: int | None
) -> None:
    with shop.tables.session() as session:
        session.execute(sql_text("regie.collect", "numbers"))
        found = session.query(
            "SELECT CAST(parse_micros($text, $mark) AS VARCHAR) AS micros",
            {"text": written, "mark": mark},
        )
    assert found["micros"][0] == (None if micros is None else str(micros))


def test_items_are_one_in_any_case(shop: Workspace) -> None:
    imported(shop, [f"1,a1,Cup,1,{DAY},1.00,p1,GBP", f"2, A1 ,Cup,1,{DAY},1.00,p1,GBP"])
    assert [event["item"] for event in events(shop)] == ["A1", "A1"]


def test_no_event_names_a_person_but_by_key(shop: Workspace) -> None:
    imported(shop, [ORDER])
    (event,) = events(shop)
    assert event["key"] == shop.key_of("p1") != "p1"
    assert "p1" not in {value for value in event.values() if isinstance(value, str)}


# ---- again, and corrected


def test_the_same_rows_again_add_nothing(shop: Workspace) -> None:
    first = imported(shop, [ORDER])
    again = imported(shop, [ORDER], name="copy.csv")
    assert (first.added, again.added, again.held["order"]) == (1, 0, 1)
    assert len(events(shop)) == 1


def test_a_corrected_file_replaces_its_own_orders_only(shop: Workspace) -> None:
    other = f"2,A1,Cup,1,{DAY},2.50,p2,GBP"
    imported(shop, [ORDER, f"1,A2,Plate,1,{DAY},9.00,p1,GBP", other])
    corrected = imported(shop, [f"1,A1,Cup,3,{DAY},2.50,p1,GBP"], name="corrected.csv")
    assert corrected.corrected == 1
    assert [(e["order"], e["item"], e["quantity"]) for e in events(shop)] == [
        ("1", "A1", 3), ("2", "A1", 1),
    ]  # fmt: skip
    assert [(i.file, i.counts["corrected"]) for i in shop.state.imports("published")] == [
        ("orders.csv", 0), ("corrected.csv", 1),
    ]  # fmt: skip
    assert shop.verify().faults == ()


def test_a_line_more_corrects_its_order_and_keeps_the_lines_that_stay(shop: Workspace) -> None:
    imported(shop, [ORDER])
    more = imported(shop, [ORDER, f"1,A2,Plate,1,{DAY},9.00,p1,GBP"], name="more.csv")
    assert (more.corrected, more.added) == (1, 1)
    assert [event["item"] for event in events(shop)] == ["A1", "A2"]


def test_a_new_order_corrects_nothing(shop: Workspace) -> None:
    imported(shop, [ORDER])
    more = imported(shop, [f"2,A1,Cup,2,{DAY},2.50,p1,GBP"], name="more.csv")
    assert (more.corrected, more.added) == (0, 1)
    assert len(events(shop)) == 2


# ---- set aside


def test_a_few_unreadable_rows_are_kept_and_the_rest_is_imported(shop: Workspace) -> None:
    found = imported(shop, [ORDER, f"2,A1,Cup,two,{DAY},2.50,p1,GBP", "broken,line", f"3{ORDER}"])
    assert found.lines == {"order": 2, "unreadable": 2}
    assert found.unreadable == (
        {"row": 3, "field": "quantity", "found": "two", "expected": "a whole number"},
        {
            "row": 4,
            "field": "row",
            "found": "broken,line",
            "expected": "as many cells as the header has",
        },
    )
    with shop.tables.session() as session:
        kept = session.query("SELECT * FROM quarantine ORDER BY row")
    assert kept["row"].tolist() == [3, 4]
    assert kept["file"].tolist() == ["orders.csv", "orders.csv"]
    assert kept["reason"].tolist() == ["quantity", "row"]
    assert all(b"Cup" not in bytes(raw) and b"broken" not in bytes(raw) for raw in kept["raw"])
    texts = shop.quarantine_vault.unseal(
        [bytes(raw) for raw in kept["raw"]], [f"{found.import_id}/3", f"{found.import_id}/4"]
    )
    assert texts[0] is not None and '"quantity":"two"' in texts[0]
    assert texts[1] == "broken,line"


# ---- people who were erased


def test_rows_of_an_erased_person_are_dropped_and_later_ones_are_nobodys(shop: Workspace) -> None:
    name = mapping(shop, more='country = "country"')
    early, late = f"{ORDER},Norway", "2,A1,Cup,1,2011-12-11 10:00,2.50,p1,GBP,Norway"
    header = f"{HEADER},country"
    shop.import_file(csv(shop.folder, [early], header=header), name)
    shop.erase("p1")
    found = shop.import_file(csv(shop.folder, [early, late], name="later.csv", header=header), name)
    assert found.lines == {"erased": 1, "order": 1}
    came = [event for event in events(shop) if event["import_id"] == found.import_id]
    assert [(e["key"], e["order"][:10], e["country"], e["value"]) for e in came] == [
        (None, "anonymous-", None, 2_500_000)
    ]
    assert came[0]["at_us"] % 86_400_000_000 == 0
    assert len(shop.state.contacts(["raw_id"])["key"]) == 0


# ---- declared consents


def test_a_declared_basis_opens_its_purposes_for_new_people_only(shop: Workspace) -> None:
    declared = '[consent]\nbasis = "existing-customer"\npurposes = ["prospecting"]'
    name = mapping(shop, more=declared)
    shop.import_file(csv(shop.folder, [ORDER]), name)
    shop.consent("p1", withdraw=["prospecting"])
    shop.import_file(csv(shop.folder, [f"2,A1,Cup,1,{DAY},2.50,p1,GBP"], name="2.csv"), name)
    found = shop.state.consents([shop.key_of("p1")])
    assert found["granted"].tolist() == [True, False]
    assert found["basis"].tolist()[0] == "existing-customer"
    assert "plain, import i1-" in found["evidence"].tolist()[0]


@pytest.mark.parametrize("first", ["orders", "answers"])
def test_an_answer_counts_more_than_what_is_declared_whichever_file_comes_first(
    shop: Workspace, first: str
) -> None:
    """An order export of a year, and a list of unsubscriptions of several."""
    declared = '[consent]\nbasis = "existing-customer"\npurposes = ["prospecting"]'
    orders = (
        csv(shop.folder, [ORDER, f"2,A1,Cup,1,{DAY},2.50,p2,GBP"]),
        mapping(shop, more=declared),
    )
    answers = shop.folder / "left.csv"
    answers.write_text(
        "message_id,campaign,customer_id,event,at\nm1,old,p1,unsubscribe,2009-01-05 10:00\n"
    )
    brought = [orders, (answers, "sends")]
    for file, name in brought if first == "orders" else reversed(brought):
        shop.import_file(file, name)
    open_to = {p: people.standing(shop, shop.key_of(p))["prospecting"] for p in ("p1", "p2")}
    assert open_to == {"p1": False, "p2": True}
    with shop.tables.session() as session:
        sight.see_those(shop, session, np.array([shop.key_of(p) for p in open_to], dtype="S"))
        gate = open_keys(
            session, shop.rules.purposes()["prospecting"], as_of_us=shop.settings.now_us()
        )
    assert gate == [shop.key_of("p2")]
    moves = shop.state.consent_moves()
    asked = moves["purpose"] == "prospecting"
    assert (moves["allowed"][asked].sum(), moves["refused"][asked].sum()) == (1, 1)


def test_a_drawn_consent_says_so_and_repeats() -> None:

    from regie.collect.mapping import mapping_from

    drawn = mapping_from(
        {
            "kind": "contacts", "columns": {"person": "id"},
            "consent": {"basis": "simulated", "seed": "s", "shares": {"profiling": 0.7}},
        },
        "m.toml", "m",
    )  # fmt: skip
    seen = {
        "key": np.array([f"k{n}" for n in range(2000)], dtype=object),
        "first_us": np.arange(2000),
    }
    first = intake.declared_consents(drawn, seen, "not used")
    assert first == intake.declared_consents(drawn, seen, "not used")
    assert {consent.evidence for consent in first} == {"simulated consent"}
    assert 0.67 < sum(consent.granted for consent in first) / 2000 < 0.73
