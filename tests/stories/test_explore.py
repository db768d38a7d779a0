"""An analyst asks, narrows, keeps and exports; a manager sets a goal and sees its pace."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from regie.workspace.site import Site
from tests.support.room import browser, csrf, shop, site
from tests.support.tokens import program
from tests.support.workspaces import csv, mapping, workspace


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("explore") / "shop")
    with site(folder) as opened:
        yield opened


def test_every_part_is_a_link_that_narrows_and_a_filter_one_that_widens(room: Site) -> None:
    client = browser(room, "viewer")
    page = client.get("/explore?from=2011-08-12&to=2011-09-08&measure=orders").text
    assert "Orders by day" in page
    narrower = re.search(r'href="(/explore\?[^"]*country=France)"', page)
    assert narrower is not None
    inside = client.get(narrower.group(1).replace("&amp;", "&")).text
    assert "Country: France" in inside
    wider = re.search(r'class="on" href="([^"]+)"', inside)
    assert wider is not None
    assert "country=France" not in unquote(wider.group(1))
    assert client.get("/explore?by=item&segment=loyal&vs=last_year").status_code == 200
    assert "Keep this view" not in inside, "a viewer keeps nothing"
    back = re.search(r'name="back" value="([^"]+)"', inside)
    assert back is not None
    assert "country=France" in back.group(1), "another language asks the same"


def test_what_cannot_be_understood_is_told_and_the_page_still_answers(room: Site) -> None:
    client = browser(room, "trader", lang="fr")
    page = client.get("/explore?from=hier&measure=profit&country=%00&segment=nobody&vs=moon")
    assert page.status_code == 200
    assert "Ce n’est pas un jour" in page.text
    assert "Ce choix n’existe pas" in page.text
    assert "Rien de tel sur ces jours." in page.text
    for path in ("/explore", "/explore/rows", "/explore/csv"):
        for days in ("from=0001-01-01&to=9999-12-31", "to=0001-01-01", "from=9999-12-31"):
            assert client.get(f"{path}?{days}&vs=last_year").status_code == 200, (path, days)
        nameless = client.get(f"{path}?measure=revenue&by=country&country=%00")
        assert nameless.status_code == 200, "a filter that names nothing is left out"
    page = client.get("/explore?from=0001-01-01&to=9999-12-31")
    assert "Seuls les jours de 1900 à 2200" in page.text


def test_lines_and_files_are_those_of_the_question(room: Site) -> None:
    client = browser(room, "analyst")
    asked = "from=2011-09-01&to=2011-09-08&country=United%20Kingdom"
    lines = client.get(f"/explore/rows?{asked}").text
    assert "France" not in lines.split("<tbody>")[1]
    sheet = client.get(f"/explore/csv?{asked}&by=item")
    whole = "/explore/rows?from=2011-10-01&to=2011-10-31"
    pages = [client.get(whole).text]
    while (older := re.search(r'rel="next" href="([^"]+)"', pages[-1])) is not None:
        pages.append(client.get(unescape(older[1])).text)
    lines = [page.count('<tr><th scope="row">') for page in pages]
    assert len(lines) > 2
    assert {*lines[:-1]} == {50}
    lost = client.get(f"{whole}&after=x")
    assert "start again at the newest" in lost.text
    assert sheet.headers["content-disposition"] == (
        'attachment; filename="revenue-item-2011-09-01-2011-09-08.csv"'
    )
    assert sheet.content.decode("utf-8-sig").startswith("Item,Code,Revenue,The days before,")
    french = browser(room, "trader", lang="fr").get(f"/explore/csv?{asked}&by=item")
    head, first = french.content.decode("utf-8-sig").splitlines()[:2]
    assert head.startswith("Article;Code;"), "a French spreadsheet cuts cells by semicolons"
    assert first.count(";") == head.count(";") and "." not in first.rpartition('"')[2][-40:]
    assert client.get(f"/explore/xlsx?{asked}").content[:2] == b"PK"
    assert client.get("/explore/exe").status_code == 404
    assert browser(room, "client").get("/explore/rows").status_code == 403


def test_a_day_is_annotated_and_a_view_kept_for_everybody(room: Site) -> None:
    client = browser(room, "analyst")
    given = {"csrf": csrf(client, "/explore"), "query": "from=2011-08-12&to=2011-09-08&by=item"}
    noted = given | {"deed": "annotate", "day": "2011-09-01", "words": "<b>Sale</b> & more"}
    assert client.post("/explore", data=noted).headers["location"].startswith("/explore?")
    kept = given | {"deed": "keep", "title": "Items of August"}
    for _ in range(2):  # a double click
        assert client.post("/explore", data=kept).status_code == 303
    assert [one.title for one in shop(room).state.views()].count("Items of August") == 1
    other = kept | {"query": "from=2011-08-12&to=2011-09-08&by=country", "title": "Other"}
    assert client.post("/explore", data=other).status_code == 303
    assert len(shop(room).state.views()) == 2, "another question is another view"
    page = browser(room, "viewer").get("/explore?from=2011-08-12&to=2011-09-08").text
    assert "1 September 2011: &lt;b&gt;Sale&lt;/b&gt; &amp; more" in page
    assert "by=item" in re.search(r'href="([^"]+)">Items of August', page).group(1)  # type: ignore[union-attr]
    empty = client.post("/explore", data=given | {"deed": "annotate", "day": "", "words": "kept"})
    assert (empty.status_code, 'value="kept"' in empty.text) == (400, True)
    for far in ("9999-12-31", "2201-01-01", "1899-12-31", "0001-01-01"):
        wrong = client.post("/explore", data=noted | {"day": far})
        assert (wrong.status_code, "from 1900 to 2200" in wrong.text) == (400, True), far
    assert client.post("/explore", data=given | {"deed": "x"}).status_code == 400
    (one,) = shop(room).state.annotations()
    client.post("/explore", data=given | {"deed": "drop_annotation", "id": one.id})
    assert shop(room).state.annotations() == []
    assert "explore_annotate" in {entry.act for entry in room.accounts.audited(20)}
    token = csrf(browser(room, "viewer"), "/")
    refused = browser(room, "viewer").post("/explore", data=kept | {"csrf": token})
    assert refused.status_code == 403


def test_a_goal_is_set_and_its_pace_stands_on_the_overview(room: Site) -> None:
    client = browser(room, "manager")
    form = {"csrf": csrf(client, "/goals"), "measure": "revenue", "first": "2011-12-01",
            "last": "2011-12-31", "target": "90 000"}  # fmt: skip
    for wrong, told in (
        ({"target": "lots"}, "Write a whole number above 0"),
        ({"last": "2011-11-30"}, "A goal has at most 366 days"),
        ({"first": "tomorrow"}, "That is no day"),
        ({"measure": "profit"}, "Choose one of the measures"),
    ):
        answer = client.post("/goals", data=form | wrong)
        assert (answer.status_code, told in answer.text) == (400, True), wrong
        assert wrong.get("target", "90 000") in answer.text, "what was typed is kept"
    assert client.post("/goals", data=form).status_code == 303
    overview = client.get("/").text
    assert "Goal £90,000 by 31 December 2011" in overview
    opened = client.get("/number/revenue").text
    for part in ("Goal, 1–31 December 2011", "What changed", "SELECT", "online_retail.parquet"):
        assert part in opened
    assert client.get("/number/profit").status_code == 404
    for deed in ("", "drop"):
        stale = client.post("/goals", data=form | {"deed": deed, "shown": "0" * 64})
        assert (stale.status_code, "Somebody else changed this" in stale.text) == (409, True)
    dropped = client.post("/goals", data=form | {"deed": "drop"})
    assert (dropped.status_code, "Goal £90,000" in client.get("/").text) == (303, False)
    assert browser(room, "analyst").post("/goals", data=form).status_code == 403


def test_an_order_of_nobody_is_told_in_a_word_and_figures_of_before_as_such(
    room: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(room, "trader", "fr")
    at, board = shop(room), room.rooms[""].board
    with at.tables.session() as session:
        newest = session.query(
            "SELECT key FROM events WHERE kind = 'order' AND key IS NOT NULL"
            " ORDER BY at_us DESC LIMIT 1"
        )
    at.erase(newest["key"][0])
    lines = client.get("/explore/rows").text
    assert "commande anonymisée" in lines
    assert "anonymous-" not in lines
    pages = ("/", "/number/revenue", "/explore", "/audiences", "/audiences/loyal")
    board.cubes.cube()
    board.audiences.crowd()
    monkeypatch.setattr(board.cubes, "_begin", lambda: None)  # what is made anew takes its time
    monkeypatch.setattr(board.audiences, "_begin", lambda: None)
    monkeypatch.setattr(board.cubes, "_data_now", lambda _: "moved")
    monkeypatch.setattr(board.audiences, "_data_now", lambda _: "moved")
    told = {path: "ces chiffres datent d’avant" in client.get(path).text for path in pages}
    assert told == dict.fromkeys(pages, True)


def test_what_came_in_is_in_the_first_page_and_in_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first file after the figures of an empty workspace were asked for, then a second."""
    with workspace(tmp_path / "shop", now="2011-12-10") as made:
        folder = made.folder
    with site(folder) as opened:
        board, client = opened.rooms[""].board, browser(opened, "analyst")
        assert board.cubes.cube().days == 0
        first = [f"{n},A,Cup,1,2011-12-0{n + 1} 10:00,10.00,p{n},GBP" for n in range(3)]
        shop(opened).import_file(csv(tmp_path, first), mapping(shop(opened)))
        for page in ("/", "/explore"):
            told = client.get(page).text
            assert ("1970" in told, "£30" in told) == (False, True), page
        second = ["8,A,Cup,1,2011-12-08 10:00,7.00,p8,GBP"]
        shop(opened).import_file(csv(tmp_path, second, name="second.csv"), mapping(shop(opened)))
        file = "/explore/csv?by=country&from=2011-12-01&to=2011-12-09"
        assert ",37,0,37" in client.get(file).text
        may = threading.Event()
        make = board.cubes._make
        monkeypatch.setattr(board.cubes, "_wait_s", 0.01)
        monkeypatch.setattr(board.cubes, "_make", lambda of: may.wait(10) and make(of))
        third = ["9,A,Cup,1,2011-12-09 10:00,5.00,p9,GBP"]
        shop(opened).import_file(csv(tmp_path, third, name="third.csv"), mapping(shop(opened)))
        try:
            for late in (client.get(file), client.get(file.replace("csv", "xlsx"))):
                assert (late.status_code, late.headers["retry-after"]) == (503, "3")
            told = client.get("/explore?from=2011-12-01&to=2011-12-09").text
            assert ("£37" in told, "being made anew" in told) == (True, True)
            asking = program(opened, "analyst")
            paths = "figures", "explore", "explore/rows", "explore/file/csv", "numbers/revenue"
            for path in paths:
                answer = asking.get(f"/api/v1/{path}")
                assert (answer.status_code, answer.headers.get("retry-after")) == (503, "3"), path
                assert answer.json()["type"] == "urn:regie:problem:workspace.reading"
        finally:
            may.set()
        monkeypatch.setattr(board.cubes, "_wait_s", 10.0)
        assert ",42,0,42" in client.get(file).text
