"""Audiences on the screens: built in forms, counted as they change, kept, and why one is in one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from regie.understand import audience
from regie.workspace import sight
from regie.workspace.site import Site
from tests.support.room import app_of, browser, csrf, shop, site
from tests.support.tokens import secret_of


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("audiences") / "shop")
    with site(folder) as opened:
        yield opened


def counted(text: str) -> tuple[int, int]:
    """People and of them those who may be written to, as a page tells them."""
    found = re.search(r"<strong>([\d,]+) pe\w+</strong>, of whom <strong>([\d,]+)</strong>", text)
    assert found is not None, text
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def shown_in(text: str) -> str:
    """The version of the file that a form was made of."""
    found = re.search(r'name="shown" value="(\w+)"', text)
    assert found is not None
    return found[1]


def by_the_tables(room: Site, name: str) -> tuple[int, int]:
    """The same, by a scan of the tables as a run makes it."""
    from regie.govern import consent
    from regie.ports.tables import sql_text

    at = shop(room)
    now_us, purposes, segments = at.settings.now_us(), at.rules.purposes(), at.rules.segments()
    with at.tables.session() as session:
        sight.see(at, session, now_us)
        sight.see_people(at, session)
        opened = {
            p: set(consent.open_keys(session, purposes[p], as_of_us=now_us))
            for p in ("profiling", "personalisation", "prospecting")
        }
        session.register("people", {"key": sorted(opened["profiling"])})
        session.execute(sql_text("regie.workspace", "traits"))
        people = audience.measure(session, [], segments, now_us)
    member = audience.score_segments(people, segments)[:, [s.name for s in segments].index(name)]
    keys = set(people.key[member].tolist())
    return len(keys), len(keys & opened["personalisation"] & opened["prospecting"])


def test_every_audience_is_counted_as_a_run_would(room: Site) -> None:
    client = browser(room, "manager")
    for name in ("loyal", "big_spenders", "lapsed"):
        text = client.get(f"/audiences/{name}").text
        assert counted(text) == by_the_tables(room, name), name
    text = client.get("/audiences").text
    assert "Big spenders" in text
    assert f"<strong>{by_the_tables(room, 'loyal')[0]}</strong>" in text, "the overlap's diagonal"


def test_an_audience_is_built_step_by_step_and_nothing_typed_is_lost(room: Site) -> None:
    client = browser(room, "crm_manager")
    page = client.get("/audiences-new")
    sent = {
        "csrf": csrf(client, "/"), "shown": shown_in(page.text),
        "r.form": "all", "title.en": "Often, in Britain", "title.fr": "Souvent", "words.en": "",
    }  # fmt: skip
    text = client.post("/audiences-new", data=sent | {"deed": "add:r", "r.add": "count"}).text
    assert 'name="r.0.low"' in text
    assert "Often, in Britain" in text
    sent |= {"r.0.form": "count", "r.0.kind": "order", "r.0.low": "many", "r.0.days": "180"}
    wrong = client.post("/audiences-new", data=sent | {"deed": "save"})
    assert wrong.status_code == 400
    assert "Write a number" in wrong.text
    assert 'value="many"' in wrong.text, "what was typed is kept"
    sent |= {"r.0.low": "0"}
    everybody = client.post("/audiences-new", data=sent | {"deed": "save"})
    assert "Everybody has at least 0" in everybody.text
    sent |= {"r.0.low": "2"}
    text = client.post("/audiences-new", data=sent | {"deed": "add:r", "r.add": "trait"}).text
    assert counted(client.post("/audiences-new", data=sent | {"deed": "count"}).text)[0] > 0
    assert 'value="United Kingdom"' in text
    sent |= {"r.1.form": "trait", "r.1.name": "country", "r.1.v.0": "United Kingdom"}
    counts = counted(client.post("/audiences-new", data=sent | {"deed": "count"}).text)
    before = (shop(room).folder / "rules/segments.toml").read_text("utf-8")
    saved = client.post("/audiences-new", data=sent | {"deed": "save"})
    assert saved.headers["location"] == "/audiences/often_in_britain"
    after = (shop(room).folder / "rules/segments.toml").read_text("utf-8")
    assert after.startswith(before.rstrip("\n")), "what people wrote there stays, remarks and all"
    text = client.get("/audiences/often_in_britain").text
    assert counted(text) == counts == by_the_tables(room, "often_in_britain")
    assert "t least 2 orders in the last 180 days and country: United Kingdom" in unescape(text)
    assert "crm_manager@example.com" in text, "who made it"
    assert shop(room).verify().faults == ()
    again = client.post("/audiences/often_in_britain/edit", data=sent | {"deed": "save"})
    assert again.status_code == 409, "the file is no longer the one that was shown"
    assert "Somebody else changed this" in again.text


def test_one_that_is_used_does_not_go_and_another_does(room: Site) -> None:
    at, client = shop(room), browser(room, "manager")
    path = at.folder / "rules/campaigns/discover.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('{ days_since = "order", at_most = 60 }', '{ segment = "new" }'))
    data = {"csrf": csrf(client, "/"), "deed": "drop"}
    shown = shown_in(client.get("/audiences-new").text)
    refused = client.post("/audiences/new/edit", data=data | {"shown": shown})
    assert refused.status_code == 409
    assert "Used by New for you" in refused.text
    gone = client.post("/audiences/lapsed/edit", data=data | {"shown": shown})
    assert gone.headers["location"] == "/audiences"
    assert client.get("/audiences/lapsed").status_code == 404
    path.write_text(text)
    assert [s.name for s in at.rules.segments()].count("new") == 1


def test_only_who_may_see_people_is_told_why_somebody_is_in_it(room: Site) -> None:
    at = shop(room)
    crowd_key = next(
        key.decode()
        for key in browser_crowd(room)
        if at.state.contact_history(key.decode())["key"].size
    )
    client = browser(room, "privacy_officer")
    data = {"csrf": csrf(client, "/"), "person": crowd_key}
    text = unescape(client.post("/audiences/big_spenders/why", data=data).text)
    assert re.search("This customer is (not )?in it:", text)
    assert "orders worth £" in text
    nobody = client.post("/audiences/big_spenders/why", data=data | {"person": "nobody at all"})
    assert nobody.status_code == 400
    assert "No such customer" in nobody.text
    assert "nobody at all" not in " ".join(one.about for one in room.accounts.audited(20))
    other = browser(room, "manager")
    data["csrf"] = csrf(other, "/")
    assert other.post("/audiences/big_spenders/why", data=data).status_code == 403


def browser_crowd(room: Site) -> list[bytes]:
    """Keys of everybody who is let in."""
    crowd = room.rooms[""].board.audiences.crowd()
    return list(crowd.everybody.key[crowd.seen].tolist())


def test_whoever_says_no_is_out_of_the_next_figure_and_of_the_export(room: Site) -> None:
    client = browser(room, "manager")
    data = {"csrf": csrf(client, "/")}
    rows = client.post("/audiences/loyal/export", data=data).content.decode("utf-8-sig")
    lines = rows.splitlines()
    people, writable = counted(client.get("/audiences/loyal").text)
    assert lines[0] == "address,first_name,last_name,language"
    assert len(lines) - 1 == writable < people
    assert room.accounts.audited(1)[0].about == f"loyal, {writable}"
    key = lines[1].split("@")[0]
    shop(room).object(key)
    assert counted(client.get("/audiences/loyal").text) == (people - 1, writable - 1)
    again = client.post("/audiences/loyal/export", data=data).text
    assert key not in again


def test_a_program_counts_writes_and_takes_out_an_audience(room: Site) -> None:
    client = TestClient(app_of(room))
    client.headers["authorization"] = f"Bearer {secret_of(room, 'manager')}"
    every = client.get("/api/v1/audiences").json()
    names = [one["name"] for one in every["rows"]]
    at = names.index("big_spenders")
    count = every["rows"][at]["count"]
    assert every["shared"][at][at] == count["persons"]
    asked = {"rule": {"value": "order", "days": 180, "at_least": 2000.0}}
    assert client.post("/api/v1/audiences-count", json=asked).json() == count
    bad = client.post("/api/v1/audiences-count", json={"rule": {"count": "order", "days": "x"}})
    assert bad.status_code in (400, 422)
    order = {"count": "order", "at_least": 2}
    for rule, where in (
        ({"all": [order, order | {"at_least": -1}]}, "rule.all[1]"),
        ({"not": {"not": {"not": order}}}, "rule"),
        ({"not": {"any": []}}, "rule.not.any"),
        ({"trait": "country", "in": []}, "rule"),
        (order | {"at_least": 2.5}, "rule"),
        (order | {"at_least": 3, "at_most": 2}, "rule"),
        (order | {"at_least": 0}, "rule"),
    ):  # what means nothing, or everybody, is told by its place
        told = client.post("/api/v1/audiences-count", json={"rule": rule})
        assert (told.status_code, told.json()["where"]) == (400, where), rule
    given = asked | {"title": {"en": "Large", "fr": "Grands"}, "shown": every["shown"]}
    made = client.post("/api/v1/audiences", json=given).json()
    assert made["name"] == "large"
    assert client.post("/api/v1/audiences", json=given).status_code == 412, "of an older version"
    now = given | {"shown": made["shown"]}
    for title in ("x" * 101, "10 \u202e€ 01"):
        wrong = client.post(
            "/api/v1/audiences", json=now | {"title": {"en": title, "fr": "Grands"}}
        )
        assert wrong.status_code in (400, 422), title
        form = {"csrf": csrf(page := browser(room, "manager"), "/"), "deed": "save",
                "title.en": title, "title.fr": "Grands", "shown": made["shown"]}  # fmt: skip
        told = page.post("/audiences-new", data=form)
        assert (told.status_code, 'id="wrong-title.en"' in told.text) == (400, True), title
    gone = client.post("/api/v1/audiences/large/drop", json={"shown": made["shown"]})
    assert gone.status_code == 200
    assert [one["name"] for one in client.get("/api/v1/audiences").json()["rows"]] == names
