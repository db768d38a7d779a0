"""People in the control room: coming in, deciding, looking up; and those who get the messages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from regie.interfaces.cli import main
from regie.terms.errors import NotYetError
from regie.workspace.settings import wall_us
from regie.workspace.site import REFUSALS, REFUSED_US, SESSION_US, Site
from tests.support.room import PASSWORD, browser, csrf, shop, site
from tests.support.workspaces import workspace


@pytest.fixture
def room(own_shop: Path) -> Iterator[Site]:
    """A site over a shop in which the newest run's favourites wait again."""
    with site(own_shop) as opened:
        shop(opened).undo(campaign="favourites", actor="nobody")
        yield opened


def token_of(room: Site, campaign: str = "favourites") -> str:
    return str(shop(room).state.outbox(run=2, campaign=campaign)["token"][0])


def test_the_first_link_makes_one_administrator_and_then_nobody(room: Site) -> None:
    link = room.first_link(wall_us())
    client = browser(room)
    given = {"name": "Camille", "email": "Camille@Example.com", "password": PASSWORD}
    short = client.post(f"/join/{link}", data=given | {"password": "too short"})
    assert (short.status_code, "12 characters" in short.text) == (400, True)
    made = client.post(f"/join/{link}", data=given)
    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert client.get("/").status_code == 200
    assert room.accounts.by_email("camille@example.com")[0].role == "administrator"  # type: ignore[index]
    again = client.post(f"/join/{link}", data=given | {"email": "b@example.com"})
    assert again.status_code == 400
    assert room.first_link(wall_us()) is None


def test_an_invitation_gives_its_role_once(room: Site) -> None:
    admin = browser(room, "administrator")
    page = admin.post("/accounts/invite", data={"csrf": csrf(admin), "role": "viewer"}).text
    path = re.search(r"/join/[\w-]+", page).group(0)  # type: ignore[union-attr]
    guest = browser(room)
    given = {"name": "V", "email": "v@example.com", "password": PASSWORD}
    assert guest.post(path, data=given).status_code == 303
    assert guest.get("/accounts").status_code == 403
    assert guest.get("/").status_code == 200
    assert browser(room).post(path, data=given | {"email": "w@example.com"}).status_code == 400


def test_wrong_passwords_are_borne_a_few_times_and_tell_nothing(room: Site) -> None:
    browser(room, "viewer")
    client = browser(room)
    known = client.post("/sign-in", data={"email": "viewer@example.com", "password": "x" * 12})
    unknown = client.post("/sign-in", data={"email": "nobody@example.com", "password": "x" * 12})
    assert (known.status_code, known.text) == (403, unknown.text)
    for _ in range(REFUSALS - 1):
        client.post("/sign-in", data={"email": "viewer@example.com", "password": "x" * 12})
    right = {"email": "viewer@example.com", "password": PASSWORD}
    assert client.post("/sign-in", data=right).status_code == 429
    later = wall_us() + REFUSED_US + 1
    assert room.who(room.sign_in("viewer@example.com", PASSWORD, later).token, later) is not None


def test_a_session_ends_with_its_day_by_signing_out_and_everywhere(room: Site) -> None:
    one, other = browser(room, "viewer"), browser(room, "viewer")
    session = one.cookies["regie"]
    assert room.who(session, wall_us() + SESSION_US + 1) is None
    assert session not in (Path(shop(room).folder) / "accounts.sqlite").read_bytes().decode(
        "latin-1"
    )
    one.post("/sign-out", data={"csrf": csrf(one, "/")})
    assert room.who(session, wall_us()) is None
    assert one.get("/").status_code == 303
    assert other.get("/").status_code == 200
    third = browser(room, "viewer")
    third.post("/sign-out", data={"csrf": csrf(third, "/"), "everywhere": "1"})
    assert other.get("/").status_code == 303


def test_who_is_let_go_is_out_at_once_and_the_last_administrator_stays(room: Site) -> None:
    admin, viewer = browser(room, "administrator"), browser(room, "viewer")
    accounts = {one.role: one.id for one in room.accounts.all()}
    form = {"csrf": csrf(admin), "account": accounts["viewer"], "role": "viewer"}
    assert admin.post("/accounts", data=form).status_code == 303
    assert viewer.get("/").status_code == 303
    own = {"csrf": csrf(admin), "account": accounts["administrator"], "role": "viewer"}
    assert admin.post("/accounts", data=own | {"active": "on"}).status_code == 409
    listed = admin.get("/accounts")
    assert listed.status_code == 200 and '<td data-label="About">Viewer</td>' in listed.text


def test_messages_are_approved_on_exactly_what_was_shown(room: Site) -> None:
    manager = browser(room, "crm_manager")
    inbox = manager.get("/decide").text
    assert "/decide/2/favourites" in inbox
    page = manager.get("/decide/2/favourites").text
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page).group(1)  # type: ignore[union-attr]
    form = {"csrf": csrf(manager), "deed": "approve"}
    other = manager.post("/decide/2/favourites", data=form | {"shown": "0" * 64})
    assert (other.status_code, "not what was shown" in other.text) == (409, True)
    assert "regie decisions" not in other.text, "a browser is not sent to a terminal"
    assert manager.post("/decide/2/favourites", data=form).status_code == 409
    assert manager.post("/decide/2/favourites", data=form | {"shown": shown}).status_code == 303
    states = set(shop(room).state.outbox(run=2, campaign="favourites")["state"])
    assert states == {"approved"}
    act = shop(room).state.acts()[-1]
    assert (act.kind, act.actor) == ("approved", "crm_manager@example.com")
    assert manager.post("/decide/2/favourites", data=form | {"shown": shown}).status_code == 409
    undo = {"csrf": csrf(manager), "deed": "undo"}
    assert manager.post("/decide/2/favourites", data=undo).status_code == 303
    assert set(shop(room).state.outbox(run=2, campaign="favourites")["state"]) == {"proposed"}
    assert [one.act for one in room.accounts.audited(2)] == ["undone", "approved"]


def test_of_several_who_decide_at_once_one_does(room: Site) -> None:
    people = [browser(room, role) for role in ("manager", "crm_manager", "administrator")]
    page = people[0].get("/decide/2/favourites").text
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page).group(1)  # type: ignore[union-attr]
    forms = [{"csrf": csrf(one), "deed": "approve", "shown": shown} for one in people]
    forms[2] |= {"deed": "reject", "reason": "no"}
    before = len(shop(room).state.acts())
    start = threading.Barrier(3)

    def decide(one: TestClient, form: dict[str, str]) -> int:
        start.wait()
        return int(one.post("/decide/2/favourites", data=form).status_code)

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(decide, people, forms))
    assert answers == [303, 409, 409]
    assert len(shop(room).state.acts()) == before + 1


def test_a_rejection_needs_its_reason(room: Site) -> None:
    manager = browser(room, "manager", "fr")
    page = manager.get("/decide/2/favourites").text
    first, shown = re.findall(r'name="shown" value="([0-9a-f]{64})"', page)
    assert first == shown, "both forms are about what is shown"
    form = {"csrf": csrf(manager), "deed": "reject", "reason": " ", "shown": shown}
    silent = manager.post("/decide/2/favourites", data=form)
    assert (silent.status_code, "Dites pourquoi" in silent.text) == (400, True)
    form["reason"] = "ton trop familier"
    for other in ("", "0" * 64):
        stale = manager.post("/decide/2/favourites", data=form | {"shown": other})
        assert (stale.status_code, "ce qui était affiché" in stale.text) == (409, True)
    assert manager.post("/decide/2/favourites", data=form).status_code == 303
    assert shop(room).state.acts()[-1].content_hash == shown
    assert shop(room).state.acts()[-1].reason == "ton trop familier"
    assert "ton trop familier" in manager.get("/decide").text


def test_a_decision_is_found_told_and_taken_again(room: Site) -> None:
    analyst = browser(room, "analyst", "fr")
    decision = next(d for d, _ in shop(room).decisions(run=2) if d.campaign)
    assert analyst.get("/decisions", params={"run": "2"}).text.count("<tr>") == 1 + 50
    assert decision.id[:12] in analyst.get("/decisions", params={"person": decision.subject}).text
    page = analyst.get(f"/decisions/{decision.id}").text
    assert "Régie a choisi d’écrire à cette personne" in page
    form = {"csrf": csrf(analyst, "/")}
    again = analyst.post(f"/decisions/{decision.id}/replay", data=form)
    assert "au dernier chiffre près" in again.text


def test_a_message_is_shown_as_it_will_be_seen_and_its_links_lead_nowhere(room: Site) -> None:
    manager = browser(room, "manager")
    decision = str(shop(room).state.outbox(run=2, campaign="favourites")["decision"][0])
    answer = manager.get(f"/messages/{decision}")
    assert answer.status_code == 200
    assert " href=" not in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


# ---- who receives the messages


def test_the_public_page_tells_why_without_an_account(room: Site) -> None:
    answer = browser(room, lang="fr").get(f"/w/{token_of(room)}")
    assert answer.status_code == 200
    key = str(shop(room).state.outbox(run=2, campaign="favourites")["key"][0])
    assert "Pourquoi ce message" in answer.text
    assert key not in answer.text, "the key names a person in every table"
    assert "@" not in answer.text.replace("@demo", ""), "the link alone shows no address"


@pytest.mark.parametrize("token", ["0" * 32, "x", "0" * 33, "..%2f..", "F" * 32])
def test_a_guessed_link_is_answered_like_one_that_was_erased(room: Site, token: str) -> None:
    client = browser(room)
    there = token_of(room)
    key = shop(room).state.message_of(there)[1]  # type: ignore[index]
    shop(room).erase(key)
    erased, guessed = client.get(f"/w/{there}"), client.get(f"/w/{token}")
    assert erased.status_code == guessed.status_code == 404
    plain = [one.text.replace(t, "") for one, t in ((erased, there), (guessed, token))]
    assert token == "x" or "%" in token or plain[0] == plain[1]
    assert client.post(f"/u/{token}").status_code == 404


def test_one_click_unsubscribes_at_once_and_opening_the_link_does_not(room: Site) -> None:
    client, token = browser(room), token_of(room)
    key = shop(room).state.message_of(token)[1]  # type: ignore[index]
    assert client.get(f"/u/{token}").status_code == 200
    assert shop(room).consent(key)["prospecting"] is True, "a scanner opens every link"
    given = {"List-Unsubscribe": "One-Click"}
    done = client.post(f"/u/{token}", data=given, headers={"origin": "https://mail.example"})
    assert done.status_code == 200
    assert shop(room).consent(key)["prospecting"] is False
    assert client.post(f"/u/{token}", data=given).status_code == 200, "twice is once"
    consents = shop(room).state.consents([key])
    assert list(consents["evidence"]).count("link in a message") == 1
    assert shop(room).verify().faults == ()


def boxes(page: str) -> dict[str, str]:
    """The form of what is allowed, as a browser sends it back untouched."""
    form = re.search(r'<form method="post" action="#allow".*?</form>', page, re.DOTALL)
    assert form is not None
    ticked = re.findall(r'type="checkbox" name="(\w+)"[^>]* checked', form[0])
    found = re.search(r'name="shown" value="([^"]*)"', form[0])
    assert found is not None
    return {"what": "purposes", "shown": found[1], **dict.fromkeys(ticked, "on")}


def test_purposes_are_closed_by_the_link_and_opened_with_the_address(room: Site) -> None:
    client, token = browser(room), token_of(room)
    key = shop(room).state.message_of(token)[1]  # type: ignore[index]
    stale = boxes(client.get(f"/w/{token}").text)
    assert "prospecting" in stale
    client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
    client.post(f"/w/{token}", data=stale | {"address": f"{key}@example.invalid"})
    assert shop(room).consent(key)["prospecting"] is False, "a tab left open undoes nothing"
    # Who has the link alone can say no, and yes to nothing; no and yes in one form are told apart.
    wanted = boxes(client.get(f"/w/{token}").text) | {"prospecting": "on"}
    off = next(p for p in wanted["shown"].split() if p != "prospecting")
    del wanted[off]
    asked = client.post(f"/w/{token}", data=wanted)
    standing = shop(room).consent(key)
    assert (asked.status_code, standing["prospecting"], standing[off]) == (403, False, False)
    again = boxes(asked.text)
    assert ("prospecting" in again, "prospecting" in again["shown"], off in again) == (
        True, False, False,
    )  # fmt: skip
    for forged in ({"shown": ""}, {"shown": "profiling", "address": "a@example.com"}):
        assert client.post(f"/w/{token}", data=again | forged).status_code == 403
    old_page = {"what": "purposes", "prospecting": "on"}  # of before it told what it showed
    client.post(f"/w/{token}", data=old_page)
    assert shop(room).consent(key)["prospecting"] is False
    given = client.post(f"/w/{token}", data=again | {"address": f"{key}@example.invalid"})
    assert (given.status_code, shop(room).consent(key)["prospecting"]) == (200, True)
    evidence = shop(room).state.consents([key])["evidence"].tolist()
    assert evidence[-1] == "link in a message, with its address"
    client.post(f"/w/{token}", data={"what": "object"})
    standing = shop(room).consent(key)
    assert [name for name, is_open in standing.items() if is_open] == ["accounts", "service"]


def test_data_are_shown_corrected_and_erased_only_with_the_address(room: Site) -> None:
    client, token = browser(room), token_of(room)
    key = shop(room).state.message_of(token)[1]  # type: ignore[index]
    address = f"{key}@example.invalid"
    for what in ("see", "correct", "erase"):
        wrong = client.post(f"/w/{token}", data={"what": what, "address": "a@example.com"})
        assert (wrong.status_code, "not the address" in wrong.text) == (403, True)
    held = client.post(f"/w/{token}", data={"what": "see", "address": address.upper()})
    assert (held.status_code, key in held.text) == (200, True)
    given = {"what": "correct", "address": address, "field": "first_name", "value": "Ada"}
    assert "Corrected" in client.post(f"/w/{token}", data=given).text
    assert shop(room).access(key)["contacts"]["first_name"] == "Ada"
    bad = client.post(f"/w/{token}", data=given | {"field": "key", "value": "x"})
    assert bad.status_code == 403
    long = client.post(f"/w/{token}", data=given | {"value": "é" * 201})
    assert (long.status_code, "200 letters at most" in long.text) == (403, True)
    assert shop(room).access(key)["contacts"]["first_name"] == "Ada"
    slip = given | {"field": "address", "value": "slip@example.invalid"}
    once = client.post(f"/w/{token}", data=slip | {"again": "sleep@example.invalid"})
    assert (once.status_code, "not the same; nothing was changed" in once.text) == (400, True)
    assert shop(room).access(key)["contacts"].get("address") != slip["value"]
    changed = client.post(f"/w/{token}", data=slip | {"again": slip["value"]}).text
    assert "From the next message on we write to this address" in changed
    # A slip in the new address shuts nobody out: the one the message went to opens it still.
    for one, status in (("slip@example.invalid", 200), (address, 200), ("b@example.com", 403)):
        assert (
            client.post(f"/w/{token}", data={"what": "see", "address": one}).status_code == status
        )
    assert client.post(f"/w/{token}", data={"what": "erase", "address": address}).status_code == 200
    assert client.get(f"/w/{token}").status_code == 404
    assert key not in str(shop(room).sql("SELECT DISTINCT key FROM events").columns)


def test_an_address_is_not_to_be_guessed(room: Site) -> None:
    client, token = browser(room), token_of(room)
    for i in range(5):
        client.post(f"/w/{token}", data={"what": "see", "address": f"a{i}@example.com"})
    key = shop(room).state.message_of(token)[1]  # type: ignore[index]
    right = {"what": "see", "address": f"{key}@example.invalid"}
    assert client.post(f"/w/{token}", data=right).status_code == 429


def test_errors_of_ours_tell_a_reader_nothing(room: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(room, "viewer")
    monkeypatch.setattr(room.rooms[""].board, "shown", lambda lang: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "Something went wrong on our side" in answer.text


def test_a_long_form_and_an_unknown_page_are_answered(room: Site) -> None:
    client = browser(room)
    assert client.post("/sign-in", data={"email": "x" * 2_000_000}).status_code == 413
    assert client.get("/nowhere").status_code == 404
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e%2fapp.py").status_code == 404


def test_what_pages_are_drawn_with_is_kept_for_ever_under_its_own_name(room: Site) -> None:
    client = browser(room)
    page = client.get("/sign-in").text
    sheet = re.search(r'href="(/static/room\.[0-9a-f]{12}\.css)"', page)
    font = re.search(r'href="(/static/regie-sans\.[0-9a-f]{12}\.woff2)" as="font"', page)
    assert sheet is not None
    assert font is not None
    assert font.group(1) in client.get(sheet.group(1)).text, "asked for once, under one name"
    for name in (sheet.group(1), font.group(1)):
        answer = client.get(name)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    assert client.get(font.group(1)).headers["content-type"] == "font/woff2"
    before = client.get("/static/room.0123456789ab.css")
    assert (before.status_code, before.headers["cache-control"]) == (200, "max-age=300")


def test_what_another_site_makes_a_browser_ask_for_is_not_compressed(room: Site) -> None:
    client = browser(room, "manager")
    for told, small in (("none", True), ("same-origin", True), ("cross-site", False),
                        ("same-site", False), (None, False)):  # fmt: skip
        answer = client.get("/explore?by=country", headers={"sec-fetch-site": told} if told else {})
        assert answer.status_code == 200
        assert ("gzip" in answer.headers.get("content-encoding", "")) == small, told


def test_before_any_order_there_is_no_figure_and_no_day_to_speak_of(tmp_path: Path) -> None:
    workspace(tmp_path).close()
    with site(tmp_path) as opened:
        client = browser(opened, "manager", lang="fr")
        for path in ("/", "/explore", "/number/revenue"):
            page = client.get(path).text
            assert "Aucune commande n’est encore arrivée" in page, path
            assert "1970" not in page, path
        assert 'href="/data"' in client.get("/").text
        assert client.get("/number/luck").status_code == 404


def test_a_workspace_that_stands_still_says_at_which_day(room: Site) -> None:
    client = browser(room, "manager", lang="fr")
    assert "arrêté au 10 décembre 2011" in client.get("/decide").text


def test_serve_says_what_it_cannot_open(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["serve", "-w", str(tmp_path)])
    assert (done.exit_code, "is no workspace" in done.output) == (2, True)


def test_a_page_whose_figures_are_being_read_says_so_and_opens_by_itself(
    room: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet() -> None:
        raise NotYetError("what is asked for", "being read", "that to be done", "ask again")

    analyst = browser(room, "analyst", "fr")
    monkeypatch.setattr(room.rooms[""].board.cubes, "kept", not_yet)
    answer = analyst.get("/explore")
    assert (answer.status_code, answer.headers["refresh"]) == (503, "3")
    assert "les chiffres sont en cours de lecture" in answer.text
    assert analyst.get("/decisions").status_code == 200
