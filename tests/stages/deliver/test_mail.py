"""A message, read back by an independent reader (the standard library's) as mail programs do."""

from __future__ import annotations

import email
import email.policy
import re
import time
import tomllib
from email.message import EmailMessage
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import msgspec
import pytest

from regie.decide.campaign import campaign_from
from regie.deliver.mail import (
    MessageItem,
    content_hash,
    message_template,
    render,
    tidy_description,
)
from regie.terms.campaign import MessageWords
from regie.terms.document import LANGS
from regie.terms.errors import SettingError, ValueFoundError
from tests.stages.deliver.messages import SHOP, WORDS, a_fill

NASTY = '<script>alert("x")</script>&\'{{ 7*7 }}{% raw %}<!--% if 1 %-->'


def read(**changes: Any) -> EmailMessage:
    raw = render(a_fill(**changes), message_template())
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


CAMPAIGNS = resources.files("regie").joinpath("shipped/rules/campaigns")


@pytest.mark.parametrize("file", sorted(file.name for file in CAMPAIGNS.iterdir()))
@pytest.mark.parametrize("language", LANGS)
def test_a_shipped_campaign_makes_its_message(file: str, language: str) -> None:
    toml = tomllib.loads(CAMPAIGNS.joinpath(file).read_text("utf-8"))
    words = campaign_from(toml, file).words[language]
    message = read(language=language, words=words)
    assert message["Subject"] == words.subject.replace("{first_name}", "Camille")
    assert words.button in part(message, "html")
    assert words.button in part(message, "plain")
    assert "{" not in part(message, "plain")


class Seen(HTMLParser):
    """What an HTML reader makes of the page: tags with attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str | None]:
        return [attrs.get("href") for tag, attrs in self.tags if tag == "a"]


def test_headers_say_who_to_whom_what_when_and_how_to_leave() -> None:
    message = read()
    assert message["From"] == "Maison Cardinal <hello@shop.example>"
    assert message["To"] == "Camille Léger <camille@example.invalid>"
    assert message["Subject"] == "Camille, vos favoris sont là"
    assert message["Date"] == "Wed, 08 Jun 2011 23:00:00 +0000"
    assert message["Message-ID"] == "<0123456789abcdef0123456789abcdef@shop.example>"
    assert message["List-Unsubscribe"] == "<https://shop.example/u/77d1e0>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


def test_both_parts_say_everything_that_must_be_said() -> None:
    message = read(simulated=True)
    text, html = part(message, "plain"), Seen(part(message, "html")).text
    for said in (
        "À nouveau\u202f?",
        "Bonjour Camille,",
        "Ils sont revenus\u202f: profitez-en.",
        "White hanging heart T-light holder",
        "2,95\u00a0£",
        "Assorted colour bird ornament",
        "10\u202f% sur tout.",
        "Les revoir",
        "Parce que vous en avez pris trois.",
        "Pourquoi ai-je reçu ce message\u202f?",
        "Vous recevez ce message parce que vous avez accepté les e-mails de Maison Cardinal.",
        "Se désabonner en un clic",
        "Consentement simulé\u202f:",
        "12 Market Street, London E1 6AN",
    ):
        assert said in text, said
        assert said in html, said
    for link in (
        "https://shop.example/",
        "https://shop.example/w/3f9c2a",
        "https://shop.example/u/77d1e0",
    ):
        assert link in text.split("\n")
    assert "Quatre articles auxquels vous revenez." in html


def test_links_of_the_page_are_the_shop_the_reason_and_the_way_out() -> None:
    assert Seen(part(read(), "html")).links() == [
        "https://shop.example/",
        "https://shop.example/w/3f9c2a",
        "https://shop.example/u/77d1e0",
    ]


def test_nothing_remote_is_loaded() -> None:
    page = part(read(), "html")
    seen = Seen(page)
    assert not [tag for tag, _ in seen.tags if tag in ("img", "link", "script", "iframe", "video")]
    assert not [attrs for _, attrs in seen.tags if "src" in attrs or "background" in attrs]
    assert "@import" not in page
    assert "url(" not in page


def test_the_page_speaks_its_language_and_its_tables_are_layout() -> None:
    seen = Seen(part(read(language="en"), "html"))
    assert dict(seen.tags)["html"]["lang"] == "en"
    tables = [attrs for tag, attrs in seen.tags if tag == "table"]
    assert tables
    assert all(attrs.get("role") == "presentation" for attrs in tables)
    metas = {attrs.get("name"): attrs.get("content") for tag, attrs in seen.tags if tag == "meta"}
    assert metas["color-scheme"] == "light dark"
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    tiles = [a for tag, a in seen.tags if tag == "td" and (a.get("class") or "").startswith("tile")]
    assert [tile["class"] for tile in tiles] == ["tile t0", "tile t1", "tile t2", "tile t3"]
    assert all(tile.get("aria-hidden") == "true" for tile in tiles)
    assert all("background-color" in (tile.get("style") or "") for tile in tiles)


def test_the_mark_of_simulated_consent_is_there_only_where_it_is_simulated() -> None:
    assert "Simulated consent" in part(read(language="en", simulated=True), "plain")
    plain = read(language="en", simulated=False)
    assert "Simulated consent" not in part(plain, "plain") + part(plain, "html")


def test_the_basis_is_the_one_given() -> None:
    text = part(read(language="en", basis="existing-customer"), "plain")
    assert "because you are a customer of Maison Cardinal" in text
    assert "agreed" not in text


def test_what_is_not_there_leaves_no_gap() -> None:
    words = msgspec.structs.replace(WORDS["en"], offer="", preheader="")
    message = read(language="en", words=words, items=(), reasons=())
    text, page = part(message, "plain"), part(message, "html")
    assert "\n\n\n" not in text
    assert "Why these?" not in text + page
    assert 'class="tile' not in page
    assert 'class="offer"' not in page


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_any_number_of_items_keeps_the_grid_whole(count: int) -> None:
    page = part(read(items=a_fill().items[:count]), "html")
    seen = Seen(page)
    cells = [a for tag, a in seen.tags if tag == "td" and a.get("class") == "cell"]
    assert len(cells) == count + count % 2
    assert page.count("<table") == page.count("</table>")


def test_everything_from_data_is_escaped_in_html() -> None:
    words = MessageWords(
        subject=NASTY, preheader=NASTY, title=NASTY, body=NASTY, button=NASTY, offer=NASTY
    )
    message = read(
        first_name=NASTY,
        words=words,
        items=(MessageItem(NASTY, NASTY.lower(), 1_000_000),) * 4,
        reasons=(NASTY,),
        advertiser=msgspec.structs.replace(SHOP, name=NASTY[:90], postal=NASTY),
    )
    page = part(message, "html")
    seen = Seen(page)
    assert "script" not in [tag for tag, _ in seen.tags]
    assert NASTY in seen.text
    assert "49" not in seen.text.replace("&#", "")
    assert len([1 for tag, _ in seen.tags if tag == "a"]) == 3
    assert NASTY in part(message, "plain")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x00", "\x85"])
def test_a_line_end_in_data_makes_no_header(end: str) -> None:
    attack = f"Camille{end}Bcc: all@example.com{end}{end}<b>"
    words = msgspec.structs.replace(WORDS["en"], subject="Hi {first_name}" + end + "X-Evil: 1")
    message = read(
        language="en",
        first_name=attack,
        to_name=attack,
        words=words,
        advertiser=msgspec.structs.replace(SHOP, name=attack),
    )
    assert "Bcc" not in message
    assert "X-Evil" not in message
    assert len(message.items()) == 9
    assert message["Subject"] == "Hi Camille Bcc: all@example.com <b> X-Evil: 1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to_address", "camille"),
        ("to_address", "a@b.example, c@d.example"),
        ("to_address", "a@b.example\r\nBcc: c@d.example"),
        ("to_address", "<a@b.example>"),
        ("to_address", ""),
    ],
)
def test_what_is_not_an_address_is_refused_and_not_repeated(field: str, value: str) -> None:
    with pytest.raises(ValueFoundError, match="expected name@domain") as caught:
        render(a_fill(**{field: value}), message_template())
    assert "b.example" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"language": "de"}, 'language is "de", expected en or fr'),
        ({"basis": "because"}, 'basis is "because", expected consent or existing-customer'),
        ({"why_url": "http://shop.example/w/1"}, "why_url is .* expected an https link"),
        ({"unsubscribe_url": "https://a.example/>,<mailto:x"}, "unsubscribe_url is .* https link"),
        ({"unsubscribe_url": "https://a.example/\r\nBcc: x"}, "unsubscribe_url is .* https link"),
        ({"decision": "d 1>"}, "decision is 'd 1>', expected letters"),
    ],
)
def test_what_cannot_be_written_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        render(a_fill(**changes), message_template())


def test_without_a_name_sentences_stay_whole() -> None:
    message = read(language="en", first_name="", to_name="")
    assert message["Subject"] == "Your favourites are here"
    assert message["To"] == "camille@example.invalid"
    assert "Hello,\n" in part(message, "plain")
    ends = msgspec.structs.replace(WORDS["fr"], subject="Cela fait un moment, {first_name}\u202f!")
    assert read(first_name="", words=ends)["Subject"] == "Cela fait un moment\u202f!"


@pytest.mark.parametrize(
    "subject",
    [
        "é" * 140,
        "a" * 140,
        "Mot " * 36,
        "=?utf-8?q?hidden?=",
        "Une très longue ligne d’objet, avec des accents éèàù et un € à la fin\u202f: voilà\u202f!",
    ],
)
def test_a_subject_of_any_kind_is_read_back_as_written(subject: str) -> None:
    raw = render(
        a_fill(words=msgspec.structs.replace(WORDS["fr"], subject=subject)), message_template()
    )
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == subject.strip()


def test_bytes_are_ascii_with_crlf_and_no_line_is_too_long() -> None:
    raw = render(a_fill(unsubscribe_url="https://shop.example/u/" + "7" * 300), message_template())
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    head, body = raw.split(b"\r\n\r\n", 1)
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert b"List-Unsubscribe: <https://shop.example/u/777" in head


def test_the_same_fill_is_the_same_bytes_and_another_is_not() -> None:
    template = message_template()
    once, again = render(a_fill(), template), render(a_fill(), template)
    assert content_hash(once) == content_hash(again)
    others: list[dict[str, Any]] = [
        {"decision": "d2"},
        {"at_us": 1_307_574_001_000_000},
        {"first_name": "Zoé"},
        {"simulated": True},
        {"basis": "existing-customer"},
        {"reasons": ()},
        {"currency": "EUR"},
        {"language": "en"},
        {"why_url": "https://shop.example/w/2"},
    ]
    hashes = {content_hash(render(a_fill(**changes), template)) for changes in others}
    assert len(hashes | {content_hash(once)}) == len(others) + 1


def test_the_template_is_named_by_all_it_is_made_of() -> None:
    template = message_template()
    assert re.fullmatch("[0-9a-f]{64}", template.hash)
    stored = msgspec.json.decode(msgspec.json.encode(template), type=type(template))
    assert render(a_fill(), stored) == render(a_fill(), template)


@pytest.mark.parametrize(
    ("catalogued", "read_as"),
    [
        ("SET OF 3 CAKE TINS PANTRY DESIGN ", "Set of 3 cake tins pantry design"),
        ("POPPY'S PLAYHOUSE BEDROOM ", "Poppy's playhouse bedroom"),
        ("RED RETROSPOT MINI CASES", "Red retrospot mini cases"),
        ("CHRISTMAS LIGHTS 10 REINDEER", "Christmas lights 10 reindeer"),
        ("PAPER CHAIN KIT 50'S CHRISTMAS ", "Paper chain kit 50's Christmas"),
        ("CREAM SWEETHEART MINI CHEST (CHRISTMAS)", "Cream sweetheart mini chest (Christmas)"),
        ("VINTAGE UNION JACK DOORMAT, UK", "Vintage union jack doormat, UK"),
        ("60 TEATIME FAIRY CAKE CASES", "60 teatime fairy cake cases"),
        ("Dr. Jam's Arouzer Stress Ball", "Dr. Jam's Arouzer Stress Ball"),
        ("CAFÉ TABLE", "Café table"),
    ],
)
def test_descriptions_are_put_in_readable_case(catalogued: str, read_as: str) -> None:
    assert tidy_description(catalogued) == read_as


def test_1500_messages_take_two_seconds_at_most() -> None:
    template = message_template()
    render(a_fill(), template)
    started = time.process_time()
    for i in range(500):
        render(a_fill(decision=f"d{i}", to_address=f"k{i}@example.invalid"), template)
    assert (time.process_time() - started) * 3 <= 2.0


def test_tiles_show_initials_and_never_a_doubled_letter() -> None:
    items = tuple(MessageItem(name, name) for name in ("SILVER STARS", "SET OF 3 CAKE TINS", "60"))
    page = part(read(items=items), "html")
    assert re.findall(r'aria-hidden="true"[^>]*>([^<]*)<', page) == ["S", "CT", "6"]


def test_dark_and_narrow_screens_have_rules_of_their_own() -> None:
    page = part(read(), "html")
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media only screen and (max-width: 479px)" in page
