"""The notice, the register and the access page say all that purposes and holdings say."""

from __future__ import annotations

import pytest

from regie.engines.html import HtmlDocuments
from regie.govern.consent import purposes_from
from regie.govern.register import (
    LONGEST,
    Controller,
    Holding,
    access_page,
    article30,
    kept_days,
    notice,
)
from regie.terms.document import LANGS, Definitions, Document, Lang, Section, Table, to_json
from regie.terms.event import KINDS
from regie.words.sentences import say
from regie.workspace.holdings import HOLDINGS
from regie.workspace.settings import read_toml, shipped

PURPOSES = purposes_from(read_toml(shipped("rules", "purposes.toml")), "purposes.toml")
SHOP = Controller(name="Shop", postal="1 Street", contact="privacy@example.invalid")


def tables(page: Document) -> list[Table]:
    return [block for block in page.blocks if isinstance(block, Table)]


@pytest.mark.parametrize("lang", LANGS)
def test_the_notice_has_a_part_for_each_purpose(lang: Lang) -> None:
    page = notice(PURPOSES, HOLDINGS, SHOP, lang)
    parts = [block for block in page.blocks if isinstance(block, Section)]
    assert [part.title for part in parts[:-1]] == [p.title[lang] for p in PURPOSES.values()]
    for part, purpose in zip(parts, PURPOSES.values(), strict=False):
        assert part.lead == purpose.words[lang]
        facts = part.blocks[0]
        assert isinstance(facts, Definitions)
        said = " ".join(fact.text for fact in facts.facts).replace("\u202f", "").replace(",", "")
        assert str(purpose.retention_days) in said
        assert (purpose.tcf_purpose is not None) == ("IAB" in said)


@pytest.mark.parametrize("lang", LANGS)
def test_the_register_names_every_store_and_purpose(lang: Lang) -> None:
    activities, stores = tables(article30(PURPOSES, HOLDINGS, SHOP, lang))
    assert [row[0] for row in activities.rows] == [p.title[lang] for p in PURPOSES.values()]
    assert [row[2] for row in activities.rows] == [p.retention_days for p in PURPOSES.values()]
    assert [row[0] for row in stores.rows] == [holding.store for holding in HOLDINGS]
    assert [row[4] for row in stores.rows] == [kept_days(one, PURPOSES) for one in HOLDINGS]


def test_a_legal_basis_is_told_in_words() -> None:
    activities, _ = tables(article30(PURPOSES, (), SHOP, "fr"))
    for row, purpose in zip(activities.rows, PURPOSES.values(), strict=True):
        assert row[1] != purpose.legal_basis


def test_a_controller_without_an_address_has_no_empty_line() -> None:
    page = notice({}, (), Controller(name="Shop"), "en")
    facts = next(block for block in page.blocks if isinstance(block, Definitions))
    assert [fact.text for fact in facts.facts] == ["Shop"]


HELD = {
    "key": "ab12",
    "purposes": {"profiling": True, "advertising": False},
    "contacts": {"address": "zoe@example.invalid", "first_name": "Zoé", "trait:city": "Lyon"},
    "events": [
        {"kind": "order", "at_us": 1307574000000000, "value": 1_500_000, "currency": "EUR",
         "event_id": "9f", "import_id": "i1", "attributes": '{"description":"MUG"}', "utm": None},
        {"kind": "return", "at_us": 1307660400000000, "value": -500_000, "currency": "EUR",
         "event_id": "9e", "import_id": "i1", "attributes": "{}", "utm": None},
    ],
    "decisions": [{"told": "x" * 2000, "inputs": '{"address":true}', "seed": 3}],
    "state.sqlite/contacts": [{"at_us": 1, "field": "raw_id", "value": "17850"},
                              {"at_us": 1, "field": "language", "value": "fr"}],
    "state.sqlite/consents": [
        {"at_us": 1, "purpose": "personalisation", "granted": True,
         "basis": "existing-customer", "evidence": "noted by hand", "key": "ab12"}],
    "state.sqlite/outbox": [{"campaign": "Vos favoris", "state": "approved", "token": "7c"}],
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_the_access_page_shows_every_store_and_every_row(lang: Lang) -> None:
    page = access_page(HELD, lang, "Europe/Paris")
    events, decisions, contacts, *_ = tables(page)
    assert len(events.rows) == 2
    assert len(events.columns) == 4, "keys and hashes are for machines"
    assert "MUG" in events.rows[0]
    assert "01:00" in str(events.rows[0]), "23:00 UTC is told as the shop's clocks did"
    assert "1,50" in str(events.rows[0]) or "1.50" in str(events.rows[0])
    assert len(str(decisions.rows[0][0])) == LONGEST + 1
    assert "17850" in contacts.rows[0]
    told = to_json(page).decode()
    for held in ("zoe@example.invalid", "ab12", "Lyon", "Europe/Paris"):
        assert held in told


def test_the_access_page_holds_no_word_of_a_machine() -> None:
    told = to_json(access_page(HELD, "fr", "Europe/Paris")).decode()
    for code in ("import_id", "event_id", "raw_id", "first_name", "trait:", "existing-customer",
                 "personalisation", "approved", "noted by hand", "seed", "token", "UTC",
                 '"order"', '"fr",'):  # fmt: skip
        assert code not in told.replace('"lang":"fr",', ""), code
    assert "jamais" not in told


@pytest.mark.parametrize("lang", LANGS)
def test_every_kind_of_event_has_a_word(lang: Lang) -> None:
    for kind in KINDS:
        assert say(f"register.kind_{kind}", lang)


def test_the_access_page_can_be_drawn() -> None:
    html = HtmlDocuments().render(access_page(HELD, "fr")).decode()
    assert "Ce que nous détenons sur vous" in html
    assert "Zoé" in html


def test_nothing_held_is_said() -> None:
    assert "Nothing is held on you" in to_json(access_page({}, "en")).decode()


def test_a_holding_needs_every_part() -> None:
    with pytest.raises(TypeError):
        Holding(store="events", columns=("*",))  # type: ignore[call-arg]
