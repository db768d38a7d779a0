"""A team brings its past: the plain samples go through the plain mappings of a real workspace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regie.govern.consent import allows
from regie.workspace.importing import Imported
from regie.workspace.sight import consents_by_key
from regie.workspace.workspace import Workspace
from tests.support.workspaces import SHIPPED, workspace

FAR_US = 2**62


@pytest.fixture(scope="module")
def brought(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Workspace, dict[str, Imported]]]:
    folder = tmp_path_factory.mktemp("samples")
    with workspace(folder, zone="Europe/Paris", currency="EUR", now="2026-03-01") as shop:
        names = ("contacts", "orders", "consents", "sends")
        yield shop, {n: shop.import_file(SHIPPED / f"samples/{n}.csv", n) for n in names}


Brought = tuple[Workspace, dict[str, Imported]]


def stands(shop: Workspace, person: str, purpose: str, as_of_us: int = FAR_US) -> bool:
    key = shop.key_of(person)
    rule = shop.rules.purposes()[purpose]
    return allows(consents_by_key(shop, [key])[key], rule, as_of_us=as_of_us)


def test_every_row_of_every_sample_is_read(brought: Brought) -> None:
    _, found = brought
    assert {name: one.lines for name, one in found.items()} == {
        "contacts": {"contacts": 30},
        "orders": {"order": 38, "fee": 12, "return": 1, "adjustment": 1, "repeat": 1},
        "consents": {"consent": 53},
        "sends": {"send": 22, "open": 10, "click": 6, "bounce": 2, "unsubscribe": 2},
    }
    assert all(finding.kept for one in found.values() for finding in one.findings), found


def test_contacts_hold_address_name_language_and_traits(brought: Brought) -> None:
    shop, _ = brought
    fields = ["address", "first_name", "last_name", "language", "trait:city", "raw_id"]
    held = shop.state.contacts(fields, [shop.key_of("c1024")])
    assert [held[name][0] for name in fields] == [
        "noemie.charpentier@example.com", "Noémie", "Charpentier", "fr", "Grenoble", "c1024",
    ]  # fmt: skip
    nobody = shop.state.contacts(fields, [shop.key_of("c1027")])
    assert (nobody["address"][0], nobody["first_name"][0]) == (None, "Callum")
    assert len(shop.state.contacts(["raw_id"])["key"]) == 30


def test_what_people_answered_stands(brought: Brought) -> None:
    shop, found = brought
    assert found["consents"].consents == 53
    assert stands(shop, "c1028", "prospecting")
    assert stands(shop, "c1023", "profiling")
    # c1012 unsubscribed in January; nothing is said of the others of that purpose.
    assert not stands(shop, "c1012", "prospecting")


def test_an_unsubscription_withdraws_prospecting_from_its_instant(brought: Brought) -> None:
    shop, found = brought
    assert found["sends"].consents == 2
    for person in ("c1005", "c1012"):
        key = shop.key_of(person)
        said = [c for c in consents_by_key(shop, [key])[key] if c.evidence == "unsubscribe"]
        assert [(c.purpose, c.granted) for c in said] == [("prospecting", False)]
        assert not stands(shop, person, "prospecting")
        # As things stand now it holds for every instant, the one before it included.
        assert not stands(shop, person, "prospecting", said[0].at_us)
        assert not stands(shop, person, "prospecting", said[0].at_us - 1)


def held(shop: Workspace) -> tuple[int, int]:
    history = shop.state.contact_history(shop.key_of("c1001"))
    return len(shop.state.consents()["key"]), len(history["key"])


def test_the_same_samples_again_add_nothing(brought: Brought) -> None:
    shop, _ = brought
    before = (
        len(shop.state.consents()["key"]),
        len(shop.state.contact_history(shop.key_of("c1001"))["key"]),
    )
    for name in ("contacts", "orders", "consents", "sends"):
        again = shop.import_file(SHIPPED / f"samples/{name}.csv", name)
        assert (again.added, again.contacts, again.consents) == (0, 0, 0), name
    assert held(shop) == before


def test_messages_of_one_minute_to_one_person_are_two_messages(brought: Brought) -> None:
    shop, _ = brought
    path = shop.folder / "two.csv"
    path.write_text(
        "campaign,customer_id,event,at\n"
        "spring,c1001,send,2026-02-01 09:30\nsummer,c1001,send,2026-02-01 09:30\n"
        "spring,c1001,send,2026-02-01 09:30\n",
        "utf-8",
    )
    assert shop.import_file(path, "sends").lines == {"send": 2, "repeat": 1}


def test_of_two_rows_on_one_person_the_later_stands(brought: Brought) -> None:
    shop, _ = brought
    path = shop.folder / "moved.csv"
    path.write_text(
        "customer_id,email,city\nnew,one@example.com,Lyon\nnew,two@example.com,Nice\n", "utf-8"
    )
    assert shop.import_file(path, "contacts").lines == {"contacts": 2}
    held = shop.state.contacts(["address", "trait:city"], [shop.key_of("new")])
    assert (held["address"][0], held["trait:city"][0]) == ("two@example.com", "Nice")
    assert shop.import_file(path, "contacts").contacts == 0
