"""The privacy officer's screen: requests from the page and by mail, until they are answered."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from regie.workspace import requests
from regie.workspace.site import Site
from tests.support.room import browser, csrf, shop, site

ZOE, ADDRESS = "13248", "zoe.aubrac@example.invalid"


@pytest.fixture
def room(own_shop: Path) -> Iterator[Site]:
    with site(own_shop) as opened:
        yield opened


def entered(officer: TestClient, **given: str) -> str:
    """The address of a request that came by mail."""
    form = {"csrf": csrf(officer, "/privacy"), "kind": "erase", "channel": "mail", "person": ZOE}
    made = officer.post("/privacy/requests", data=form | given)
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def does(officer: TestClient, at: str, deed: str, **given: str) -> int:
    """Post a form of a request's page."""
    form = {"csrf": csrf(officer, "/privacy"), "deed": deed}
    return int(officer.post(at, data=form | given).status_code)


def test_a_letter_is_entered_answered_and_proven(room: Site) -> None:
    officer = browser(room, "privacy_officer", "fr")
    at = entered(officer, day="2011-11-20")
    page = officer.get(at).text
    assert "10 jours restants" in officer.get("/privacy").text, "until 20 December, a Tuesday"
    assert "pas encore vérifiée" in page
    assert does(officer, at, "erase", sure="on") == 409
    assert does(officer, at, "identify", by="document") == 303
    assert does(officer, at, "access") == 303
    pack = officer.get(f"{at}/pack?lang=en")
    assert "attachment" in pack.headers["content-disposition"]
    assert "Aubrac" in pack.text
    assert officer.get(f"{at}/pack?form=json").json()["contacts"]["last_name"] == "Aubrac"
    assert does(officer, at, "rectify", field="language", value="xx") == 400
    assert does(officer, at, "rectify", field="first_name", value="x" * 201) == 400
    assert 'value="nothing_held"' not in officer.get(at).text
    assert does(officer, at, "answer", answer="nothing_held") == 409
    assert does(officer, at, "extend", why="complex") == 303
    assert "Oui, effacer définitivement Zoé Aubrac (13248)" in officer.get(at).text
    assert does(officer, at, "erase") == 400, "one click erases nobody"
    assert does(officer, at, "erase", sure="on") == 303
    assert does(officer, at, "answer", answer="done") == 303
    page = officer.get(at).text
    assert "Aubrac" not in page
    assert re.search(r"scellée sous le n° \d+, \d+", page)
    assert "réponse à temps" in officer.get("/privacy").text
    assert shop(room).verify().faults == ()
    acts = [one.act for one in room.accounts.audited(3)]
    assert acts == ["request_answer", "request_erase", "request_extend"]


def test_what_people_do_on_the_page_is_a_request_that_is_answered(room: Site) -> None:
    sent = shop(room).state.outbox(run=2)
    token, key = str(sent["token"][0]), str(sent["key"][0])
    client, address = browser(room), f"{key}@example.invalid"
    for form in (
        {"what": "see"}, {"what": "correct", "field": "first_name", "value": "Ada"},
        {"what": "correct", "field": "key", "value": "x"}, {"what": "object"}, {"what": "erase"},
    ):  # fmt: skip
        client.post(f"/w/{token}", data=form | {"address": address})
    told = [one.request for one in requests.listed(shop(room))]
    assert [one.kind for one in reversed(told)] == ["access", "rectify", "object", "erase"]
    assert {(one.channel, one.answer, one.key) for one in told} == {("page", "done", "")}
    assert len({one.mark for one in told}) == 1
    page = browser(room, "manager").get("/privacy").text
    assert page.count("answered in time") == 4
    assert "/privacy/requests/" not in page, "who may not see people is led to nobody"


def test_bad_input_is_told_beside_its_field_and_kept(room: Site) -> None:
    officer = browser(room, "privacy_officer", "fr")
    form = {"csrf": csrf(officer, "/privacy"), "kind": "erase", "channel": "mail", "person": ZOE}
    late = officer.post("/privacy/requests", data=form | {"day": "2031-01-01"})
    assert late.status_code == 400
    assert "jusqu’à aujourd’hui" in late.text
    assert f'value="{ZOE}"' in late.text
    assert requests.listed(shop(room)) == []


def test_a_mistyped_number_is_told_at_once_and_the_request_kept(room: Site) -> None:
    officer = browser(room, "privacy_officer", "fr")
    at = entered(officer, person="1324800")
    page = officer.get(at).text
    assert "faute de frappe" in page
    assert "<dd>rien n’est conservé sur cette personne</dd>" in page
    assert 'value="law_keeps"' not in page
    assert does(officer, at, "answer", answer="law_keeps") == 409
    assert does(officer, at, "answer", answer="nothing_held") == 303
    assert "faute de frappe" not in officer.get(at).text


def test_somebody_is_found_by_the_simulated_address_their_message_shows(room: Site) -> None:
    officer, workspace = browser(room, "privacy_officer"), shop(room)
    sent = next(d for d, _ in workspace.decisions(run=2, state="approved") if d.subject not in
                {workspace.key_of(ZOE), workspace.key_of("15152")})  # fmt: skip
    (path,) = workspace.write_messages(sent.id)
    shown = parseaddr(email.message_from_bytes(path.read_bytes())["To"])[1]
    assert shown == f"{sent.subject}@example.invalid"
    for typed in (shown, f" {shown.upper()} "):
        at = entered(officer, person=typed)
        assert "nothing is held on this person" not in officer.get(at).text
        assert requests.listed(workspace)[0].request.key == sent.subject
    assert workspace.key_of(ADDRESS) == workspace.key_of(ZOE), "an address of a file goes on"


def test_the_register_and_the_notice_are_shown_and_downloaded(room: Site) -> None:
    manager = browser(room, "manager", "en")
    for paper in ("register", "notice"):
        shown = manager.get(f"/privacy/papers/{paper}")
        assert (shown.status_code, len(shown.content) < 60_000) == (200, True)
        french = manager.get(f"/privacy/papers/{paper}?lang=fr&form=html")
        assert 'lang="fr"' in french.text
        assert "attachment" in french.headers["content-disposition"]
    assert manager.get("/privacy/papers/notice?form=pdf").content.startswith(b"%PDF")
    assert manager.get("/privacy/papers/other").status_code == 404


def test_a_purpose_is_followed_over_time(room: Site) -> None:
    page = browser(room, "manager", "en").get("/privacy?purpose=profiling")
    assert page.status_code == 200
    assert "Knowing your tastes" in page.text
    assert "<svg" in page.text
    assert len(page.content) < 60_000
    assert browser(room, "viewer").get("/privacy").status_code == 403
