"""The journal: page by page from a place, searches that are told, a check of what was recorded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from regie.ports.jobs import Job
from regie.workspace import approving, checking, jobs
from regie.workspace.deciding import STATES, States
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace
from tests.support.room import browser, csrf, site


@pytest.fixture(scope="module")
def room(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("journal") / "shop")
    with site(folder) as opened:
        yield opened


def shop(room: Site) -> Workspace:
    return room.rooms[""].workspace


def pages(room: Site, query: str) -> list[str]:
    """Every decision by following the link to older ones."""
    client, path, found = browser(room, "analyst"), f"/decisions{query}", []
    for _ in range(30):
        answer = client.get(path)
        assert answer.status_code == 200
        found += re.findall(r'href="/decisions/([\w.:-]+)"><code>', answer.text)
        older = re.search(r'rel="next" href="([^"]+)"', answer.text)
        if older is None:
            return found
        path = unescape(older[1])
    raise AssertionError("no end")


@pytest.mark.parametrize("state", [None, *STATES])
@pytest.mark.parametrize("run", [None, 1])
def test_pages_hold_each_decision_once_the_newest_first(
    room: Site, state: str | None, run: int | None
) -> None:
    query = f"?state={state or ''}&run={run or ''}"
    every = shop(room).decisions(run=run)
    states = States(shop(room))
    expected = [
        d.id
        for d, _ in sorted(every, key=lambda p: (-p[0].at_us, -p[0].run, p[0].id))
        if state is None or states.of(d) == state
    ]
    assert pages(room, query) == expected


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?run=x", "There is no such calculation"),
        ("?run=99", "There is no such calculation"),
        ("?run=-1", "There is no such calculation"),
        ("?run=9999999999999999999", "There is no such calculation"),
        ("?state=nope", "Choose one of the list"),
        ("?after=1.2", "This link is not whole"),
        ("?after=99999999999999999999.1.x", "This link is not whole"),
        ("?after=x.y.z&state=nope", "Choose one of the list"),
    ],
)
def test_a_search_that_cannot_be_understood_is_told_and_kept(
    room: Site, query: str, told: str
) -> None:
    answer = browser(room, "analyst").get(f"/decisions{query}")
    assert (answer.status_code, told in answer.text) == (400, True)


def test_nobody_of_that_name_is_an_empty_page(room: Site) -> None:
    answer = browser(room, "privacy_officer").get("/decisions?person=nobody")
    assert (answer.status_code, "No decision is like that" in answer.text) == (200, True)


def test_only_who_may_look_people_up_finds_one_by_number(room: Site) -> None:
    """Who may read decisions alone has the key they are kept under, which is nobody's name."""
    person = "13248"
    key = shop(room).key_of(person)
    assert "<tbody>" in browser(room, "privacy_officer").get(f"/decisions?person={person}").text
    for role in ("manager", "analyst"):
        client = browser(room, role)
        refused = client.get(f"/decisions?person={person}")
        assert (refused.status_code, "<tbody>" in refused.text) == (400, False)
        assert "give the person’s key" in refused.text
        assert "<tbody>" in client.get(f"/decisions?person={key}").text


def test_what_was_recorded_is_checked_by_button_and_damage_is_named(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = browser(opened, "analyst")
        form = {"csrf": csrf(client)}
        sound = client.post("/decisions/verify", data=form)
        assert (sound.status_code, "Nothing was changed" in sound.text) == (200, True)
        ids = shop(opened).state.outbox(run=2)["decision"][:1].tolist()
        shop(opened).state.move_outbox(ids, "rejected")
        bad = client.post("/decisions/verify", data=form)
        assert f"message of decision {ids[0]}, state, is not what was decided" in bad.text


def test_a_check_of_very_many_rows_is_a_job(room: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def start(of: Workspace, job: Job) -> Job:
        started.append(job.kind)
        return job

    monkeypatch.setattr(checking, "MOST_ROWS", 10)
    monkeypatch.setattr(jobs, "start", start)
    client = browser(room, "analyst")
    answer = client.post("/decisions/verify", data={"csrf": csrf(client)})
    assert (answer.status_code, started) == (303, ["verify"])


def test_what_was_approved_and_waited_too_long_is_not_said_to_be_on_its_way(
    room: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(room, "analyst")
    (approved, _), *_ = shop(room).decisions(state="approved")
    path = f"/decisions/{approved.id}"
    assert "Approved ·" in client.get(path).text
    monkeypatch.setattr(approving, "is_past_use", lambda workspace, at_us: True)
    assert "Approved, too late to leave ·" in client.get(path).text
    assert "Approved, too late to leave</td>" in client.get("/decisions?state=approved").text
