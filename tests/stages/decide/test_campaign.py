"""Campaign files: those that ship, and what an author is told about each mistake."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from importlib import resources
from typing import Any

import pytest

from regie.decide.campaign import campaign_from
from regie.terms.campaign import Campaign
from regie.terms.document import LANGS
from regie.terms.errors import RuleError

FILES = resources.files("regie").joinpath("shipped/rules/campaigns")
SHIPPED = sorted(file.name.removesuffix(".toml") for file in FILES.iterdir())
WHERE = "rules/campaigns/again.toml"


def shipped(name: str) -> Campaign:
    text = FILES.joinpath(f"{name}.toml").read_text("utf-8")
    return campaign_from(tomllib.loads(text), f"{name}.toml")


def a_toml() -> dict[str, Any]:
    words = {
        "subject": "Hello {first_name}",
        "preheader": "Four things.",
        "title": "Again?",
        "body": "Yes.\n\nAgain.",
        "button": "See",
        "offer": "",
    }
    return {
        "title": {"en": "Again", "fr": "Encore"},
        "whom": {"count": "order", "days": 90, "at_least": 2},
        "selection": "favourites",
        "words": {"en": dict(words), "fr": dict(words)},
        "starts": date(2011, 1, 1),
        "ends": "2011-12-31",
        "budget": "80.10",
        "cost_per_message": "0.05",
        "priority": 1,
    }


def test_a_file_becomes_a_campaign() -> None:
    campaign = campaign_from(a_toml(), WHERE)
    assert campaign.name == "again"
    assert campaign.title == {"en": "Again", "fr": "Encore"}
    assert (campaign.starts, campaign.ends) == (date(2011, 1, 1), date(2011, 12, 31))
    assert (campaign.budget_micros, campaign.cost_micros) == (80_100_000, 50_000)
    assert campaign.words["fr"].body == "Yes.\n\nAgain."
    assert campaign.priority == 1.0


def test_preheader_offer_and_priority_may_be_left_out() -> None:
    toml = a_toml()
    del toml["priority"], toml["words"]["en"]["offer"], toml["words"]["en"]["preheader"]
    campaign = campaign_from(toml, WHERE)
    assert (campaign.words["en"].offer, campaign.priority) == ("", 0.0)
    assert not campaign.paused


def test_the_longest_words_and_the_dearest_message_are_taken() -> None:
    toml = a_toml()
    toml["words"]["en"]["body"] = "a" * 5_000
    campaign = campaign_from(toml | {"cost_per_message": "1000000"}, WHERE)
    assert len(campaign.words["en"].body) == 5_000
    assert campaign.cost_micros == 1_000_000_000_000


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda t: t.update(buget="1"),
            f'{WHERE} is with the unknown key "buget", expected .*; did you mean budget',
        ),
        (lambda t: t.update(colour="red"), '"colour", expected .*; take it out'),
        (lambda t: t.pop("budget"), 'is without "budget", expected .*; add budget'),
        (lambda t: t["words"].pop("fr"), 'words is without "fr", expected en, fr; add fr'),
        (lambda t: t["title"].pop("en"), 'title is without "en"'),
        (lambda t: t["words"].update(de={}), 'words is with the unknown key "de"'),
        (
            lambda t: t["words"]["fr"].update(sujet="x"),
            'words.fr is with the unknown key "sujet", .* did you mean subject',
        ),
        (lambda t: t["words"]["fr"].pop("button"), 'words.fr is without "button"'),
        (lambda t: t["words"]["fr"].update(button=" "), "words.fr.button is empty, expected words"),
        (
            lambda t: t["words"]["en"].update(body="Hi {name}"),
            "words.en.body is with {name}, expected no place to fill but {first_name}",
        ),
        (
            lambda t: t["words"]["en"].update(body="Hi {firstname}"),
            "is with {firstname}, .* did you mean {first_name}",
        ),
        (
            lambda t: t["words"]["en"].update(subject="x" * 151),
            "words.en.subject is 151 characters long, expected one line of at most 150",
        ),
        (lambda t: t["words"]["en"].update(subject="a\nb"), "expected one line"),
        (lambda t: t["words"]["en"].update(subject=5), "words.en.subject is 5, expected text"),
        (lambda t: t.update(words="Hello"), "words is 'Hello', expected a table per language"),
        (lambda t: t.update(title="Again"), "title is 'Again', expected a name in each language"),
        (lambda t: t.update(whom="all"), "whom is 'all', expected a rule"),
        (lambda t: t.update(whom={"cuont": "order"}), "again.toml, whom is .* expected one of all"),
        (
            lambda t: t.update(selection="favorites"),
            'selection is "favorites", expected one of .*; did you mean favourites',
        ),
        (
            lambda t: t.update(starts="01/02/2011"),
            'starts is "01/02/2011", expected a day as YYYY-MM-DD',
        ),
        (lambda t: t.update(ends=20111231), 'ends is "20111231", expected a day'),
        (
            lambda t: t.update(ends="2010-12-31"),
            "ends is 2010-12-31, expected a day from 2011-01-01 on; swap",
        ),
        (lambda t: t.update(budget=80.1), "budget is 80.1, expected an amount in quotes"),
        (lambda t: t.update(budget="80,10"), 'budget is "80,10", expected .* with a point'),
        (lambda t: t.update(budget="-1"), 'budget is "-1", expected .* zero or more'),
        (lambda t: t.update(budget="£80"), "without a currency sign"),
        (lambda t: t.update(budget="NaN"), 'budget is "NaN", expected an amount'),
        (lambda t: t.update(budget="Infinity"), 'budget is "Infinity", expected an amount'),
        (lambda t: t.update(budget=True), "budget is True, expected an amount"),
        *(
            (lambda t, typed=typed: t.update(budget=typed), f'budget is "{typed}", expected an am')
            for typed in ("1e99", "1e3", "1_000", "9" * 13, "٣", "0x10")
        ),
        (lambda t: t.update(budget=10**99), "expected an amount .* 12 digits before"),
        (
            lambda t: t.update(cost_per_message="1000000.01"),
            'cost_per_message is "1000000.01", expected at most 1000000 a message',
        ),
        (
            lambda t: t["title"].update(fr="x" * 101),
            "title.fr is 101 characters long, expected one line of at most 100; shorten",
        ),
        (lambda t: t["title"].update(fr="a\nb"), "title.fr is .* expected one line"),
        (
            lambda t: t["words"]["fr"].update(body="x" * 5001),
            "words.fr.body is 5001 characters long, expected at most 5000",
        ),
        (
            lambda t: t.update(cost_per_message="0.0000001"),
            "cost_per_message is .* at most 6 decimals",
        ),
        (lambda t: t.update(priority=True), "priority is True, expected a number"),
        (lambda t: t.update(paused="no"), "paused is 'no', expected true or false"),
        (lambda t: t.update(priority="high"), "priority is 'high', expected a number"),
        (lambda t: t.update(priority=float("nan")), "priority is nan, expected a number"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_next_step(change: Change, said: str) -> None:
    toml = a_toml()
    change(toml)
    with pytest.raises(RuleError, match=said.replace("{", r"\{").replace("}", r"\}")) as caught:
        campaign_from(toml, WHERE)
    assert str(caught.value).startswith(WHERE)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_campaign_is_whole(name: str) -> None:
    campaign = shipped(name)
    assert campaign.starts <= date(2011, 6, 9) <= date(2011, 9, 9) <= campaign.ends
    assert campaign.budget_micros >= 100 * campaign.cost_micros > 0
    assert set(campaign.words) == set(LANGS)
    assert bool(campaign.words["en"].offer) is bool(campaign.words["fr"].offer)


def test_the_shipped_campaigns_choose_their_items_in_three_ways() -> None:
    assert {shipped(name).selection for name in SHIPPED} == {"favourites", "new", "popular"}


@pytest.mark.parametrize("name", SHIPPED)
def test_french_words_are_set_as_french_is(name: str) -> None:
    words = shipped(name).words["fr"]
    for field in words.__struct_fields__:
        text = getattr(words, field)
        assert "'" not in text, field
        assert not re.search(r"(?<!\u202f)[;:!?%]", text), field
        assert '"' not in text, field
