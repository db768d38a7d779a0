"""The notice, the register and the access page say all that purposes and holdings say."""

from __future__ import annotations

import pytest

from regie.engines.html import HtmlDocuments
from regie.govern.consent import purposes_from
from regie.govern.register import LONGEST, Controller, Holding, access_page, article30, notice
from regie.terms.document import LANGS, Definitions, Document, Lang, Section, Table, to_json
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
    assert [row[4] for row in stores.rows] == [holding.retention_days for holding in HOLDINGS]


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
    "contacts": {"address": "zoe@example.invalid", "first_name": "Zoé"},
    "events": [
        {"kind": "order", "at_us": 1307574000000000, "value": 1_500_000, "currency": "EUR",
         "utm": None},
        {"kind": "return", "at_us": 1307660400000000, "value": -500_000, "currency": "EUR",
         "utm": None},
    ],
    "decisions": [{"id": "d", "inputs": "x" * 500}],
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_the_access_page_shows_every_store_and_every_row(lang: Lang) -> None:
    page = access_page(HELD, lang)
    events, decisions = tables(page)
    assert len(events.rows) == 2
    assert len(events.columns) == 4, "a column in which nothing stands is left out"
    assert "2011-06-08 23:00 UTC" in events.rows[0]
    assert "1,50" in str(events.rows[0]) or "1.50" in str(events.rows[0])
    assert len(str(decisions.rows[0][1])) == LONGEST + 1
    told = to_json(page).decode()
    assert "zoe@example.invalid" in told
    assert "ab12" in told


def test_the_access_page_can_be_drawn() -> None:
    html = HtmlDocuments().render(access_page(HELD, "fr")).decode()
    assert "Ce que nous détenons sur vous" in html
    assert "Zoé" in html


def test_nothing_held_is_said() -> None:
    assert "Nothing is held" in to_json(access_page({}, "en")).decode()


def test_a_holding_needs_every_part() -> None:
    with pytest.raises(TypeError):
        Holding(store="events", columns=("*",))  # type: ignore[call-arg]
