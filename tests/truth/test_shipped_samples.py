"""The samples that ship: what comes of each, worked out by hand.

Those of the invented shop are coherent too, so that they can teach, and of nobody real.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest

from regie.workspace.settings import SHIPPED_LOGS
from tests.support.workspaces import SHIPPED, workspace

Rows = list[dict[str, str]]


# Sample and the mapping that reads it; rows by place; what was sold, in the file's currency.
EXPECTED: dict[tuple[str, str], tuple[dict[str, int], str]] = {
    ("orders", "orders"): (
        {"order": 38, "fee": 12, "return": 1, "adjustment": 1, "repeat": 1}, "1200.00",
    ),
    ("contacts", "contacts"): ({"contacts": 30}, ""),
    ("consents", "consents"): ({"consent": 53}, ""),
    ("sends", "sends"): ({"send": 22, "open": 10, "click": 6, "bounce": 2, "unsubscribe": 2}, ""),
    ("shopify-orders", "shopify-orders"): ({"order": 4, "cancelled": 2}, "116.60"),
    ("woocommerce-orders", "woocommerce-orders"): ({"order": 3, "cancelled": 2}, "64.96"),
    ("prestashop-orders", "prestashop-orders"): ({"order": 3, "cancelled": 1}, "66.40"),
    ("mailchimp-subscribed", "mailchimp-contacts"): ({"contacts": 2}, ""),
    ("mailchimp-subscribed", "mailchimp-subscribed"): ({"consent": 2}, ""),
    ("mailchimp-unsubscribed", "mailchimp-unsubscribed"): ({"consent": 1}, ""),
    ("mailchimp-cleaned", "mailchimp-cleaned"): ({"bounce": 1}, ""),
    ("mailchimp-activity", "mailchimp-activity"): (
        {"send": 1, "open": 1, "click": 1, "bounce": 1}, "",
    ),
    ("brevo-contacts", "brevo-contacts"): ({"contacts": 2}, ""),
    ("brevo-blocklisted", "brevo-blocklisted"): ({"consent": 1}, ""),
    ("brevo-events", "brevo-events"): (
        {"delivered": 1, "open": 1, "click": 1, "bounce": 1, "unsubscribe": 1}, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "mapping"), EXPECTED, ids="-by-".join)
def test_every_row_goes_to_its_place(tmp_path: Path, name: str, mapping: str) -> None:
    rows, sold = EXPECTED[name, mapping]
    # Opens are kept 390 days: those of the samples are told while they are young.
    now = "2026-02-01" if mapping in ("mailchimp-activity", "brevo-events") else "2026-03-01"
    with workspace(tmp_path, zone="Europe/Paris", currency="EUR", now=now) as shop:
        found = shop.import_file(SHIPPED / f"samples/{name}.csv", mapping)
    assert found.lines == rows
    assert found.value_micros.get("order", 0) == Decimal(sold or 0) * 1_000_000


def test_every_sample_and_every_mapping_is_expected() -> None:
    samples = {path.stem for path in (SHIPPED / "samples").iterdir()}
    assert samples == {name for name, _ in EXPECTED}
    mappings = {path.stem for path in (SHIPPED / "rules/mappings").glob("*.toml")}
    # The shipped logs have figures of their own: test_online_retail, test_complete_journey.
    mappings = {name for name in mappings if not name.startswith(SHIPPED_LOGS)}
    assert mappings == {mapping for _, mapping in EXPECTED}


PLAIN = ("orders", "contacts", "consents", "sends")


def test_every_mapping_of_a_tool_says_where_it_comes_from() -> None:
    for name in {mapping for _, mapping in EXPECTED} - {*PLAIN}:
        text = (SHIPPED / f"rules/mappings/{name}.toml").read_text("utf-8")
        said = " ".join(text.replace("#", " ").split())
        assert re.search(r"From public documentation; (no|a) sample was seen: ", said), name


def sample(name: str) -> Rows:
    path = resources.files("regie").joinpath(f"shipped/samples/{name}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("name", PLAIN)
def test_a_sample_is_short_enough_to_read(name: str) -> None:
    rows = sample(name)
    assert 30 <= len(rows) <= 60
    assert all(None not in row and None not in row.values() for row in rows)


def test_addresses_belong_to_nobody() -> None:
    for row in sample("contacts"):
        assert re.fullmatch(r"([a-z.]+@example\.(com|invalid))?", row["email"].strip().lower())


def test_everybody_named_is_a_contact() -> None:
    people = {row["customer_id"] for row in sample("contacts")}
    for name in ("orders", "consents", "sends"):
        assert {row["customer_id"] for row in sample(name)} <= people | {""}


def test_orders_hold_the_natural_dirt() -> None:
    orders = sample("orders")
    assert max(Counter(tuple(row.values()) for row in orders).values()) == 2
    assert sum(row["quantity"].startswith("-") for row in orders) == 1
    assert any(row["sku"] == "SHIPPING" for row in orders)
    assert any(not row["customer_id"] for row in orders)
    assert any(not row["product"] for row in orders)
    assert any(row["unit_price"] == "0.00" for row in orders)


def test_nobody_was_written_to_without_a_standing_consent_or_an_address() -> None:
    consents = sorted(
        (row["decided_at"], row["customer_id"], row["granted"])
        for row in sample("consents")
        if row["purpose"] == "prospecting"
    )
    reachable = {row["customer_id"] for row in sample("contacts") if row["email"]}
    for row in sample("sends"):
        if row["event"] == "send":
            before = [c for c in consents if c[1] == row["customer_id"] and c[0] <= row["at"]]
            assert before[-1][2] == "yes"
            assert row["customer_id"] in reachable


def test_what_happened_to_a_message_happened_after_it_was_sent() -> None:
    sent = {row["message_id"]: row for row in sample("sends") if row["event"] == "send"}
    kinds = Counter(row["event"] for row in sample("sends"))
    assert {"send", "open", "click", "bounce", "unsubscribe"} == set(kinds)
    for row in sample("sends"):
        assert row["at"] >= sent[row["message_id"]]["at"]
        assert row["customer_id"] == sent[row["message_id"]]["customer_id"]


def test_an_unsubscription_is_a_withdrawal_too() -> None:
    withdrawn = {
        (row["customer_id"], row["decided_at"])
        for row in sample("consents")
        if row["evidence"] == "unsubscribe link" and row["granted"] == "no"
    }
    assert withdrawn == {
        (row["customer_id"], row["at"][:16])
        for row in sample("sends")
        if row["event"] == "unsubscribe"
    }


def test_the_licence_is_the_apache_license_to_the_byte() -> None:
    text = (Path(__file__).parents[2] / "LICENSE").read_bytes()
    assert (
        sha256(text).hexdigest()
        == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    )
