"""The invented shop of regie/shipped/samples: coherent, so that it can teach, and nobody real."""

from __future__ import annotations

import csv
import re
from collections import Counter
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest

Rows = list[dict[str, str]]


def sample(name: str) -> Rows:
    path = resources.files("regie").joinpath(f"shipped/samples/{name}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("name", ["orders", "contacts", "consents", "sends"])
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
