"""Exports of shops and mail tools, in the form that their documentation gives, end to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regie.govern.consent import allows
from regie.terms.errors import RuleError
from regie.terms.instant import moment_of
from regie.workspace.sight import FAR_US, consents_by_key
from regie.workspace.workspace import Workspace
from tests.support.workspaces import SHIPPED, workspace

SAMPLES = SHIPPED / "samples"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path, zone="Europe/Paris", currency="EUR", now="2026-02-01") as made:
        yield made


def events(shop: Workspace, columns: str) -> list[tuple[object, ...]]:
    with shop.tables.session() as session:
        found = session.query(f'SELECT {columns} FROM events ORDER BY "order", item, kind, at_us')
    return list(zip(*(column.tolist() for column in found.values()), strict=True))


def open_to_mail(shop: Workspace, person: str) -> bool:
    key = shop.key_of(person)
    rule = shop.rules.purposes()["prospecting"]
    return allows(consents_by_key(shop, [key])[key], rule, as_of_us=FAR_US)


# ---- shops


def test_shopify_orders_of_several_lines(shop: Workspace) -> None:
    found = shop.import_file(SAMPLES / "shopify-orders.csv", "shopify-orders")
    assert found.lines == {"order": 4, "cancelled": 2}
    assert events(shop, '"order", item, quantity, "value"') == [
        ("#1001", "BRD-OAK", 1, 34_000_000),
        ("#1001", "TEA-EGR", 1, 7_200_000),
        ("#1002", "CDL-CED", 3, 50_400_000),  # 3 × 18.00, less 3.60 off the line
        ("#1005", "GIFT WRAPPING", 1, 25_000_000),  # no code: its name
    ]
    # What stands on the first row of an order alone holds for all its rows.
    key = shop.key_of("camille.moreau@example.com")
    first, second, *_ = events(shop, "key, country, at_us")
    assert first == second and first[:2] == (key, "FR")
    told = moment_of(int(str(first[2])), "Europe/Paris").isoformat()
    assert told == "2025-03-10T11:49:30+01:00"


def test_an_order_refunded_later_leaves_the_accounts(shop: Workspace) -> None:
    text = (SAMPLES / "shopify-orders.csv").read_text("utf-8")
    path = shop.folder / "orders_export.csv"
    path.write_text(text, "utf-8")
    shop.import_file(path, "shopify-orders")
    path.write_text(text.replace("partially_refunded", "refunded"), "utf-8")
    found = shop.import_file(path, "shopify-orders")
    assert found.corrected == 1
    assert [order for (order,) in events(shop, '"order"')] == ["#1001", "#1001", "#1005"]
    assert shop.import_file(path, "shopify-orders").corrected == 0
    assert shop.verify().faults == ()


def test_woocommerce_and_prestashop_orders(shop: Workspace) -> None:
    woo = shop.import_file(SAMPLES / "woocommerce-orders.csv", "woocommerce-orders")
    assert woo.lines == {"order": 3, "cancelled": 2}
    assert woo.value_micros["order"] == 34_000_000 + 12_960_000 + 18_000_000
    presta = shop.import_file(SAMPLES / "prestashop-orders.csv", "prestashop-orders")
    assert presta.lines == {"order": 3, "cancelled": 1}
    assert presta.value_micros["order"] == 34_000_000 + 14_400_000 + 18_000_000
    people = {key for (key,) in events(shop, "key")}
    assert people == {shop.key_of(f"{n}@example.com") for n in ("camille.moreau", "hugo.lefevre")}


def test_what_was_cancelled_or_given_back_is_no_sale_as_a_database_or_a_french_shop_says_it(
    shop: Workspace,
) -> None:
    woo = (SAMPLES / "woocommerce-orders.csv").read_text("utf-8")
    states = {"completed": "wc-completed", "processing": "wc-refunded", "cancelled": "wc-cancelled"}
    for plain, stored in states.items():
        woo = woo.replace(f",{plain},", f",{stored},")
    (shop.folder / "woo.csv").write_text(woo, "utf-8")
    found = shop.import_file(shop.folder / "woo.csv", "woocommerce-orders")
    assert found.lines == {"order": 2, "cancelled": 3}
    (said,) = found.said  # of a line refunded in part, and of nothing cancelled
    assert '"item_refunded" (1)' in said
    presta = (SAMPLES / "prestashop-orders.csv").read_text("utf-8").replace(";valid;", ";Statut;")
    presta = presta.replace(":31;0;", ":31;Annulée;").replace(":30;1;", ":30;Remboursée;")
    (shop.folder / "presta.csv").write_text(presta, "utf-8")
    found = shop.import_file(shop.folder / "presta.csv", "prestashop-orders")
    assert found.lines == {"order": 1, "cancelled": 3}


# ---- mail tools


def test_mailchimp_members_and_what_they_agreed_to(shop: Workspace) -> None:
    for state in ("subscribed", "unsubscribed", "cleaned"):
        path = SAMPLES / f"mailchimp-{state}.csv"
        assert shop.import_file(path, "mailchimp-contacts").lines["contacts"] >= 1
        assert "unreadable" not in shop.import_file(path, f"mailchimp-{state}").lines
    assert open_to_mail(shop, "camille.moreau@example.com")
    assert open_to_mail(shop, "hugo.lefevre@example.com")
    assert not open_to_mail(shop, "ines.roussel@example.com")
    held = shop.state.contacts(
        ["address", "first_name", "trait:mailchimp_rating"],
        [shop.key_of("camille.moreau@example.com")],
    )
    assert [held[f][0] for f in held if f != "key"] == [
        "camille.moreau@example.com",
        "Camille",
        "4",
    ]
    bounced = [key for kind, key in events(shop, "kind, key") if kind == "bounce"]
    assert bounced == [shop.key_of("oliver.hartley@example.com")]


def test_mailchimp_activity(shop: Workspace) -> None:
    found = shop.import_file(SAMPLES / "mailchimp-activity.csv", "mailchimp-activity")
    assert found.lines == {"send": 1, "open": 1, "click": 1, "bounce": 1}


def test_brevo_contacts_blocklist_and_events(shop: Workspace) -> None:
    found = shop.import_file(SAMPLES / "brevo-contacts.csv", "brevo-contacts")
    assert found.lines == {"contacts": 2} and found.said == ()
    shop.import_file(SAMPLES / "brevo-blocklisted.csv", "brevo-blocklisted")
    assert not open_to_mail(shop, "ines.roussel@example.com")
    sent = shop.import_file(SAMPLES / "brevo-events.csv", "brevo-events")
    assert sent.lines == {"delivered": 1, "open": 1, "click": 1, "bounce": 1, "unsubscribe": 1}
    assert sent.consents == 1


@pytest.mark.parametrize(
    ("file", "mapping"),
    [
        ("shopify-orders", "shopify-orders"), ("woocommerce-orders", "woocommerce-orders"),
        ("prestashop-orders", "prestashop-orders"), ("mailchimp-cleaned", "mailchimp-cleaned"),
        ("mailchimp-activity", "mailchimp-activity"), ("brevo-events", "brevo-events"),
        ("brevo-contacts", "brevo-contacts"),
    ],
)  # fmt: skip
def test_the_export_is_recognised_by_its_header(shop: Workspace, file: str, mapping: str) -> None:
    found = shop.propose(SAMPLES / f"{file}.csv")
    assert found.exact and (found.fits == mapping or any(mapping in said for said in found.said))


@pytest.mark.parametrize(
    ("bad", "fits"), [(0, "orders"), (1, "orders"), (3, "orders"), (4, ""), (9, "")]
)
def test_a_few_bad_rows_of_a_small_file_do_not_hide_whose_header_it_is(
    shop: Workspace, bad: int, fits: str
) -> None:
    header, *rows = (SAMPLES / "orders.csv").read_text("utf-8").splitlines()[:10]
    rows = [row.replace("2025-", "soon ", 1) for row in rows[:bad]] + rows[bad:]
    path = shop.folder / "few.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    found = shop.propose(path)
    assert found.fits == fits
    assert not fits or sum("set aside" in row for row in found.rows) == bad


def test_of_two_mappings_of_one_header_the_one_that_reads_more_rows_is_named(
    shop: Workspace,
) -> None:
    theirs = shop.folder / "rules/mappings/orders.toml"
    swapped = theirs.read_text("utf-8").replace('"iso"', '"%Y-%d-%m %H:%M"')
    (theirs.parent / "zz-swapped.toml").write_text(swapped, "utf-8")
    header, *rows = (SAMPLES / "orders.csv").read_text("utf-8").splitlines()
    within = [row for row in rows if int(row.split(",")[1][8:10]) <= 12]
    path = shop.folder / "some.csv"
    path.write_text("\n".join([header, *within[:6], *rows[:1]]), "utf-8")
    found = shop.propose(path)
    assert [fit.mapping for fit in found.fitting][:2] == ["orders", "zz-swapped"]


# ---- one header, several mappings


@pytest.mark.parametrize(
    ("file", "then"),
    [("mailchimp-unsubscribed", ["mailchimp-subscribed"]), ("mailchimp-subscribed", []),
     ("mailchimp-cleaned", ["mailchimp-subscribed"])],
)  # fmt: skip
def test_the_mapping_that_reads_the_answer_is_named_first(
    shop: Workspace, file: str, then: list[str]
) -> None:
    found = shop.propose(SAMPLES / f"{file}.csv")
    assert found.exact and found.fits == file
    assert [fit.mapping for fit in found.fitting] == [file, *then, "mailchimp-contacts"]
    contacts = next(said for said in found.said if "The mapping mailchimp-contacts" in said)
    answer = {"mailchimp-unsubscribed": "UNSUB_TIME", "mailchimp-subscribed": "CONFIRM_TIME"}
    assert answer.get(file, "CLEAN_TIME") in contacts.partition("would not read")[2]
    assert contacts.endswith("by it alone, what these people answered would be lost.")
    for said in found.said:  # the day they agreed loses the day they left
        assert "agreed" not in said or file.endswith("-subscribed") or "would be lost" in said


def test_who_left_stays_out_of_mail_where_the_advice_is_followed(shop: Workspace) -> None:
    path = SAMPLES / "mailchimp-unsubscribed.csv"
    shop.import_file(path, shop.propose(path).fits)
    key = shop.key_of("ines.roussel@example.com")
    answers = consents_by_key(shop, [key])[key]
    assert [(c.purpose, c.granted) for c in answers] == [("prospecting", False)]


@pytest.mark.parametrize("file", ["brevo-blocklisted", "brevo-contacts"])
def test_where_only_a_person_knows_whether_these_people_left_both_are_named(
    shop: Workspace, file: str
) -> None:
    found = shop.propose(SAMPLES / f"{file}.csv")
    assert [(fit.mapping, fit.known) for fit in found.fitting] == [
        ("brevo-contacts", True), ("brevo-blocklisted", False),
    ]  # fmt: skip
    assert any("notes that everybody in the file refused prospecting" in s for s in found.said)


def test_the_columns_shown_are_those_of_the_mapping_that_fits(shop: Workspace) -> None:
    found = shop.propose(SAMPLES / "mailchimp-unsubscribed.csv")
    assert found.found.kind == "consents"
    assert found.found.columns == {"person": "Email Address", "at": "UNSUB_TIME"}
    assert {guess.evidence for guess in found.found.guesses} == {
        ("as the mapping mailchimp-unsubscribed says",)
    }
    assert "UNSUB_TIME" not in found.found.unknown and "OPTIN_TIME" in found.found.unknown
    assert found.found.missing == ()
    assert set(found.rows[0]) == {"person", "date"}


# ---- what these mappings are made of


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('carried = ["colour"]', 'carried is "colour", expected a field of orders'),
        ('[fixed]\ncolour = "red"', 'fixed is "colour", expected a field of orders'),
        ('[when_empty]\nitem = "colour"', 'when_empty is "colour", expected a field of orders'),
    ],
)
def test_a_field_that_is_none_is_named(shop: Workspace, more: str, said: str) -> None:
    path = shop.folder / "rules/mappings/prestashop-orders.toml"
    text = path.read_text("utf-8").replace("[columns]", f"{more}\n[columns]")
    path.write_text(text.replace('[when_empty]\nitem = "description"\n', ""), "utf-8")
    with pytest.raises(RuleError, match=said):
        shop.rules.mapping("prestashop-orders")
