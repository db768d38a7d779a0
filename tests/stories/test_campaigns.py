"""Campaigns on the screens: edited in forms, seen as they arrive, paused; what waits stays."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from regie.workspace.site import Site
from tests.support.room import browser, csrf, shop, site
from tests.support.tokens import program
from tests.support.typed import regie


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop, in which favourites wait."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("campaigns") / "shop")
    with site(folder) as opened:
        shop(opened).undo(campaign="favourites", actor="nobody")
        yield opened


def fields_of(client: TestClient, path: str) -> dict[str, str]:
    """A form as it is shown, ready to be sent back."""
    text = unescape(client.get(path).text)
    form = text[
        text.index('class="fields wide"') : text.index("</form>", text.index("fields wide"))
    ]
    found = dict(re.findall(r'<input name="([^"]+)"[^>]*? value="([^"]*)"', form))
    found |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options)  # fmt: skip
        found[name] = chosen[1] if chosen else ""
    return found


def test_an_edit_is_written_with_its_remarks_kept_told_and_moves_nothing_that_waits(
    room: Site,
) -> None:
    at, client = shop(room), browser(room, "creator", "fr")
    path = at.folder / "rules/campaigns/favourites.toml"
    before = path.read_text("utf-8")
    wait = at.proposals()[2, "favourites"]
    sent = fields_of(client, "/campaigns/favourites/edit")
    assert sent["budget"] == "25,00"
    assert sent["r.0.days"] == "180"
    sent |= {"deed": "save", "budget": "12,50", "fr.subject": "Rien que pour vous, {first_name}",
             "r.0.low": "3"}  # fmt: skip
    saved = client.post("/campaigns/favourites/edit", data=sent)
    assert saved.headers["location"] == "/campaigns/favourites", saved.text
    after = path.read_text("utf-8")
    gone = set(before.splitlines()) - set(after.splitlines())
    assert gone == {
        'budget = "25.00"', '  { count = "order", days = 180, at_least = 2 },',
        'subject = "{first_name}, vos favoris sont toujours là"',
    }  # fmt: skip
    told = unescape(client.get("/campaigns/favourites").text)
    assert "<del>25,00</del> <ins>12,50</ins>" in told
    assert "creator@example.com" in told
    assert at.proposals()[2, "favourites"] == wait
    manager = browser(room, "manager")
    page = manager.get("/decide/2/favourites").text
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown is not None
    done = manager.post("/decide/2/favourites", data={
        "csrf": csrf(manager, "/"), "deed": "approve", "shown": shown[1]})  # fmt: skip
    assert done.status_code == 303, "what waits is approved as it was shown, though the words moved"
    assert set(at.state.outbox(run=2, campaign="favourites")["state"]) == {"approved"}
    assert at.replay(run=2).answer == "identical"
    assert at.verify().faults == ()
    assert at.undo(campaign="favourites", actor="nobody").acts


def test_what_cannot_be_read_is_told_beside_its_field_and_nothing_is_lost(room: Site) -> None:
    client = browser(room, "manager")
    path = shop(room).folder / "rules/campaigns/discover.toml"
    before = path.read_bytes()
    sent = fields_of(client, "/campaigns/discover/edit")
    sent |= {
        "deed": "save", "budget": "plenty", "ends": "2010-01-01", "en.subject": "Hi {name}",
        "fr.button": "", "title.fr": "", "r.0.high": "soon",
    }  # fmt: skip
    answer = client.post("/campaigns/discover/edit", data=sent)
    text = unescape(answer.text)
    assert answer.status_code == 400
    for words in (
        "Write an amount", "The last day comes before the first.", "Only {first_name} may stand",
        "Write something here.", "Write a number",
    ):  # fmt: skip
        assert words in text, words
    assert text.count('aria-invalid="true"') == 6
    for typed in ("plenty", "Hi {name}", "soon"):
        assert f'value="{typed}"' in text, "what was typed is kept"
    turned = client.post("/campaigns/discover/edit", data=sent | {"en.title": "10 \u202e€ 01"}).text
    assert "a character that nobody sees" in turned
    sent |= {"budget": "1e99", "cost_per_message": "2000000", "title.fr": "x" * 101}
    text = unescape(client.post("/campaigns/discover/edit", data=sent).text)
    for words in (
        "Write an amount in digits", "At most 1,000,000 a message.", "At most 100 characters.",
    ):  # fmt: skip
        assert words in text, words
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_read_is_told_and_the_others_stay(room: Site) -> None:
    client = browser(room, "manager", "fr")
    path = shop(room).folder / "rules/campaigns/discover.toml"
    before = path.read_text("utf-8")
    path.write_text(before.replace('budget = "', 'budget = "1e99'), "utf-8")
    try:
        pages = {at: client.get(at) for at in ("/campaigns", "/campaigns/favourites", "/decide",
                                               "/audiences", "/decisions")}  # fmt: skip
        saved = [
            client.post(at, data={**fields_of(client, at), "deed": "save", field: value})
            for at, field, value in (
                ("/campaigns/favourites/edit", "priority", "0,7"),
                ("/audiences/loyal/edit", "title.fr", "Les fidèles"),
            )
        ]
        broken = client.get("/campaigns/discover")
        token = program(room, "manager")
        listed = token.get("/api/v1/campaigns").json()
        alone = token.get("/api/v1/campaigns/discover")
        typed = regie("campaigns", workspace=shop(room).folder)
        document = regie("campaigns", "--json", workspace=shop(room).folder)
    finally:
        path.write_text(before, "utf-8")
    assert {at: page.status_code for at, page in pages.items()} == dict.fromkeys(pages, 200)
    told = unescape(pages["/campaigns"].text)
    assert "rules/campaigns/discover.toml, budget" in told
    assert "/campaigns/favourites" in told
    assert 'href="/campaigns/discover"' not in told
    assert [one.headers.get("location") for one in saved] == [
        "/campaigns/favourites", "/audiences/loyal",
    ], "one that is broken keeps nobody from another"  # fmt: skip
    assert (broken.status_code, "discover.toml" in broken.text) == (400, True)
    assert {one["name"] for one in listed["rows"]} == {"favourites", "miss_you"}
    assert "discover.toml, budget" in listed["unread"]["discover"]
    assert (alone.status_code, alone.json()["where"]) == (
        400, "rules/campaigns/discover.toml, budget",
    )  # fmt: skip
    assert (typed.code, document.code) == (2, 2)
    assert [line.split()[0] for line in typed.out.splitlines()[1:]] == ["favourites", "miss_you"]
    assert typed.err.startswith("regie: rules/campaigns/discover.toml, budget")
    assert [one["name"] for one in document.json()] == ["favourites", "miss_you", "discover"]
    assert document.json()[-1]["error"] == typed.err.removeprefix("regie: ").rstrip("\n")
    assert regie("campaigns", workspace=shop(room).folder).code == 0, "mended"


def test_a_new_one_begins_as_a_copy_and_every_message_is_seen_before(room: Site) -> None:
    client = browser(room, "crm_manager")
    sent = fields_of(client, "/campaigns-new?from=discover")
    assert sent["en.subject"] == "Four things you may not have seen yet"
    sent |= {
        "title.en": "Winter ideas",
        "title.fr": "Idées d’hiver",
        "fr.body": "Bonjour\r\n\r\nvous",
    }
    look = unescape(client.post("/campaigns-new", data=sent | {"deed": "look"}).text)
    frames = re.findall(r'<iframe src="([^"]+)"', look)
    assert len(frames) == 6, "three looks in two languages"
    french = [one for one in frames if "lang=fr" in one]
    light, dark = (
        client.get(next(one for one in french if one.endswith(f"look={look}")))
        for look in ("light", "dark")
    )
    assert "Bonjour" in light.text
    assert "@media not all" in light.text
    assert "@media all" in dark.text
    assert "sandbox" in dark.headers["content-security-policy"]
    assert " href=" not in dark.text
    assert client.get("/campaigns-look?lang=fr&words=%00%ff").status_code == 404
    saved = client.post("/campaigns-new", data=sent | {"deed": "save"})
    assert saved.headers["location"] == "/campaigns/winter_ideas"
    made = next(c for c in shop(room).campaigns() if c.name == "winter_ideas")
    assert made.words["fr"].body == "Bonjour\n\nvous"
    assert made.words["en"].body.startswith("Hello {first_name},")
    again = client.post("/campaigns-new", data=sent | {"deed": "save"})
    assert again.headers["location"] == "/campaigns/winter_ideas_2", "another of the same title"


def test_a_paused_one_writes_to_nobody_until_it_is_resumed(room: Site) -> None:
    at, client = shop(room), browser(room, "manager")
    text = client.get("/campaigns/miss_you").text
    shown = re.search(r'name="shown" value="(\w+)"', text)
    assert shown is not None
    data = {"csrf": csrf(client, "/"), "shown": shown[1]}
    assert client.post("/campaigns/miss_you", data=data | {"deed": "pause"}).status_code == 303
    assert "Paused" in client.get("/campaigns/miss_you").text
    assert client.post("/campaigns/miss_you", data=data | {"deed": "resume"}).status_code == 409
    assert client.post("/campaigns/miss_you", data=data | {"deed": "x"}).status_code == 400
    ran = at.run("2011-10-09")
    assert "miss_you" not in ran.messages
    assert set(ran.messages) & {"favourites", "discover"}
    data["shown"] = re.search(  # type: ignore[index]
        r'name="shown" value="(\w+)"', client.get("/campaigns/miss_you").text)[1]  # fmt: skip
    assert client.post("/campaigns/miss_you", data=data | {"deed": "resume"}).status_code == 303
    assert not next(c for c in at.campaigns() if c.name == "miss_you").paused
    drift = client.get("/audiences/loyal").text
    assert "Size at each calculation" in drift


def test_what_waits_of_a_paused_one_says_that_it_will_not_leave(room: Site) -> None:
    newest = max(run for run, name in shop(room).proposals() if name == "favourites")
    page, told = "/campaigns/favourites", f"/decide/{newest}/favourites"
    english, french = browser(room, "manager"), browser(room, "trader", "fr")
    for deed, is_said in (("pause", True), ("resume", False)):
        shown = re.search(r'name="shown" value="(\w+)"', english.get(page).text)
        assert shown is not None
        data = {"csrf": csrf(english, "/"), "shown": shown[1], "deed": deed}
        assert english.post(page, data=data).status_code == 303
        assert ("This campaign is paused" in english.get(told).text) == is_said
        assert ("Cette campagne est en pause" in french.get(told).text) == is_said


def test_who_only_reads_edits_nothing(room: Site) -> None:
    client = browser(room, "analyst")
    assert client.get("/campaigns/discover").status_code == 200
    assert "/campaigns/discover/edit" not in client.get("/campaigns/discover").text
    data = {"csrf": csrf(client, "/"), "deed": "pause"}
    assert client.post("/campaigns/discover", data=data).status_code == 403
