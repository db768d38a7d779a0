"""Every address of the control room, asked by nobody, by each role, and without a form's token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from regie.govern.access import PERMISSIONS, ROLES, may
from regie.interfaces.web.app import make_app
from regie.interfaces.web.routes import ANYBODY, FROM_OUTSIDE, ROUTES, SIGNED_IN, Route
from regie.ports.accounts import Account, Invitation
from regie.terms.errors import SettingError
from regie.workspace import exploring, requests
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.support.room import PASSWORD, app_of, browser, csrf, shop, site
from tests.support.tokens import secret_of

OPEN = (ANYBODY, FROM_OUTSIDE)
PUBLIC = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/code"), ("POST", "/sign-in/code"),
    ("GET", "/sign-in/outside"), ("GET", "/sign-in/back"),
    ("GET", "/join/{token}"), ("POST", "/join/{token}"),
    ("POST", "/language"), ("GET", "/w/{token}"), ("POST", "/w/{token}"), ("GET", "/u/{token}"),
    ("POST", "/u/{token}"),
}  # fmt: skip
"""What is open without an account: a new open address must be added here, by hand."""


@pytest.fixture(scope="module")
def shop_site(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop."""
    import shutil

    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("site") / "shop")
    with site(folder) as opened:
        yield opened


def address(route: Route) -> str:
    """An address of a route that names nothing that is there."""
    path = route.path.replace("{run:int}", "1").replace("{campaign}", "favourites")
    return (
        path.replace("{token}", "0" * 32)
        .replace("{decision}", "f" * 32)
        .replace("{measure}", "revenue")
        .replace("{kind}", "csv")
        .replace("{change}", "champion:none:0")
        .replace("{job}", "f" * 32)
        .replace("{audience}", "loyal")
        .replace("{request}", "r-0")
        .replace("{paper}", "register")
        .replace("{import_id}", "i0")
        .replace("{reason}", "at")
        .replace("{upload}", "0" * 32)
        .replace("{report}", "weekly")
        .replace("{form}", "xlsx")
        .replace("{model}", "response")
        .replace("{version}", "none")
        .replace("{policy}", "standard")
    )


def form(route: Route, fields: dict[str, str]) -> dict[str, Any]:
    """What a form of that route sends: fields, and a file where it takes one."""
    if route.method != "POST":
        return {}
    return {"data": fields} | ({"files": {"file": ("x.csv", b"a,b")}} if route.takes_file else {})


def test_every_permission_is_asked_for_or_held_back_on_purpose() -> None:
    asked = {route.permission for route in ROUTES} - {*OPEN, SIGNED_IN}
    assert asked <= set(PERMISSIONS)
    assert {(r.method, r.path) for r in ROUTES if r.permission in OPEN} == PUBLIC
    assert set().union(*ROLES.values()) == set(PERMISSIONS)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_route_answers_whom_its_permission_names(shop_site: Site, role: str | None) -> None:
    client = browser(shop_site, role)
    token = csrf(client, "/") if role else ""
    for route in ROUTES:
        if route.path == "/sign-out":
            continue
        answer = client.request(route.method, address(route), **form(route, {"csrf": token}))
        named = f"{route.method} {route.path} as {role}: {answer.status_code}"
        held = role is not None and (route.permission == SIGNED_IN or may(role, route.permission))
        if route.permission in OPEN or held:
            assert answer.status_code < 500, named
            assert "not open to you" not in answer.text, named
        elif role is None and route.method == "GET":
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), named
        else:
            assert answer.status_code == 403, named


@pytest.fixture(scope="module")
def agency(shop_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of two workspaces."""
    import shutil

    folder = tmp_path_factory.mktemp("agency")
    for name in ("shop", "other place"):
        shutil.copytree(shop(shop_site).folder, folder / name, ignore=lambda *_: {"scratch"})
        (folder / name / "accounts.sqlite").unlink()
    with site(folder) as opened:
        yield opened


@pytest.mark.parametrize("role", ROLES)
def test_of_another_workspace_nobody_learns_that_it_is_there(agency: Site, role: str) -> None:
    client = browser(agency, role, workspaces=("shop",))
    assert client.get("/").headers["location"] == "/shop/", "straight on to the only one"
    token = csrf(client, "/shop/")
    for route in ROUTES:
        if route.of_site or route.permission in OPEN:
            continue
        sent = form(route, {"csrf": token})
        foreign = client.request(route.method, "/other%20place" + address(route), **sent)
        nowhere = client.request(route.method, "/nowhere" + address(route), **sent)
        named = f"{route.method} {route.path} as {role}"
        assert (foreign.status_code, nowhere.status_code) == (404, 404), named
        assert foreign.text.replace("other%20place", "x").replace("other place", "x") == (
            nowhere.text.replace("nowhere", "x")
        ), named
        own = client.request(route.method, "/shop" + address(route), **sent)
        held = route.permission == SIGNED_IN or may(role, route.permission)
        assert (own.status_code != 403 and own.status_code < 500) == held, named


def test_a_site_shows_each_the_workspaces_that_are_theirs(agency: Site) -> None:
    both = browser(agency, "administrator")
    text = both.get("/").text
    assert "/shop/" in text
    assert "/other%20place/" in text
    for name in ("/shop", "/other%20place"):
        page = both.get(f"{name}/decide").text
        assert f'href="{name}/decisions"' in page, name
    decided = both.post("/other%20place/decide/2/favourites", data={
        "csrf": csrf(both, "/shop/decide"), "deed": "undo"})  # fmt: skip
    assert decided.headers["location"] == "/other%20place/decide/2/favourites"
    of = {name: set(room.workspace.state.outbox(run=2, campaign="favourites")["state"])
          for name, room in agency.rooms.items()}  # fmt: skip
    assert of == {"shop": {"approved"}, "other place": {"proposed"}}
    entry = agency.accounts.audited(1)[0]
    assert (entry.act, entry.workspace) == ("undone", "other place")


def test_a_program_of_one_workspace_knows_nothing_of_another(agency: Site) -> None:
    theirs = agency.rooms["other place"].workspace
    made = requests.receive(theirs, kind="access", channel="mail", person="13248", actor="x")
    noted = exploring.annotate(theirs, "2011-06-09", "Only there")
    secret = secret_of(agency, "privacy_officer", "shop")
    ours, there = (
        TestClient(app_of(agency), headers={"authorization": f"Bearer {one}"})
        for one in (secret, secret_of(agency, "privacy_officer", "other place"))
    )
    for path, status in ((f"requests/{made.id}", 200), (f"requests/{made.id}/pack", 404)):
        assert there.get(f"/api/v1/{path}").status_code == status
        foreign, nowhere = (
            ours.get(f"/api/v1/{path.replace(made.id, name)}") for name in (made.id, "r-nowhere")
        )
        assert (foreign.status_code, nowhere.status_code) == (404, 404)
        assert foreign.text.replace(made.id, "x") == nowhere.text.replace("r-nowhere", "x")
    assert noted.id in there.get("/api/v1/annotations").text
    assert ours.get("/api/v1/annotations").json() == {"rows": []}
    assert ours.get("/api/v1/workspace").json()["workspace"] == "shop"


@pytest.fixture
def people(agency: Site) -> dict[str, Account]:
    """Who works at the agency: for all of it, for one workspace, for both by name."""
    places = {"*": ("*",), "shop": ("shop",), "other": ("other place",),
              "both": ("shop", "other place")}  # fmt: skip
    for name, where in places.items():
        if agency.accounts.by_email(f"{name}@agency.example") is None:
            agency.join(
                agency.invite("viewer", None, wall_us(), where), name=f"Of {name}",
                email=f"{name}@agency.example", password=PASSWORD, language="en", at_us=wall_us(),
            )  # fmt: skip
    return {one.name.removeprefix("Of "): one for one in agency.accounts.all()}


def test_an_administrator_of_one_workspace_sees_its_people_and_acts_alone(
    agency: Site, people: dict[str, Account]
) -> None:
    boss, ours = browser(agency, "administrator"), administrator_of(agency, "shop")
    for one in ("shop", "other", "both"):
        agency.change(
            people[one].id, role="viewer", active=True, actor=people_of(agency, boss),
            workspaces=tuple(people[one].workspaces.splitlines()), at_us=wall_us(),
        )  # fmt: skip
        agency.note(
            people[one].email, "verified", f"rows of {one}", wall_us(), people[one].workspaces
        )
    whole, page = boss.get("/accounts").text, ours.get("/accounts").text
    for told in ("shop@agency.example", "rows of shop"):
        assert told in whole, told
        assert told in page, told
    for told in ("other@agency.example", "both@agency.example", "other place", "*@agency.example",
                 "rows of other", 'name="everywhere">'):  # fmt: skip
        assert told in whole, told
        assert told not in page, told
    secret = secret_of(agency, "administrator", "other place")
    assert "rows of other" in TestClient(app_of(agency), headers={
        "authorization": f"Bearer {secret}"}).get("/api/v1/audit").text  # fmt: skip
    assert "a program" in boss.get("/me").text
    assert "a program" not in ours.get("/me").text, "another's token, made for another place"


def test_many_acts_elsewhere_hide_none_of_ones_own(agency: Site) -> None:
    agency.note("x@example.com", "verified", "of long ago", wall_us(), "shop")
    for n in range(60):
        agency.note("x@example.com", "verified", f"{n}", wall_us(), "other place")
    assert "of long ago" in administrator_of(agency, "shop").get("/accounts").text


@pytest.mark.parametrize("name", ["*", "other", "both"])
def test_an_administrator_of_one_workspace_changes_nobody_of_further_reach(
    agency: Site, people: dict[str, Account], name: str
) -> None:
    ours = administrator_of(agency, "shop")
    second_factor_of(agency, people[name])
    given = {"csrf": csrf(ours, "/accounts"), "role": "viewer", "in shop": "on"}
    for path in ("/accounts", "/accounts/factor"):
        foreign = ours.post(path, data={**given, "account": people[name].id})
        nowhere = ours.post(path, data={**given, "account": "f" * 16})
        assert (foreign.status_code, nowhere.status_code) == (404, 404), path
        assert foreign.text == nowhere.text, path
    assert people[name] in agency.accounts.all(), "as before"
    assert people[name].id in agency.accounts.with_second_factor()


def test_an_administrator_of_one_workspace_lets_nobody_in_elsewhere(
    agency: Site, people: dict[str, Account]
) -> None:
    ours = administrator_of(agency, "shop")
    given = {"csrf": csrf(ours, "/accounts"), "role": "administrator", "active": "on"}
    one = {"account": people["shop"].id}
    for wider in ({"everywhere": "on"}, {"in other place": "on"}, {"in nowhere": "on"},
                  {"in shop": "on", "in other place": "on"}):  # fmt: skip
        for path in ("/accounts/invite", "/accounts"):
            answer = ours.post(path, data={**given, **one, **wider})
            assert answer.status_code == 404, (path, wider)
            assert "/join/" not in answer.text, (path, wider)
            told = answer.text.replace("other%20place", "").replace("in other place", "")
            assert "other place" not in told, (path, wider)
    assert people["shop"] in agency.accounts.all(), "as before"
    page = ours.post("/accounts/invite", data={**given, "in shop": "on"})
    token = re.search(r"/join/([\w-]+)", page.text)
    assert token is not None
    assert agency.invited(token.group(1), wall_us()) == Invitation(
        role="administrator", workspaces="shop"
    )
    changed = ours.post("/accounts", data={**given, **one, "role": "trader", "in shop": "on"})
    assert changed.status_code == 303
    found = agency.accounts.by_email("shop@agency.example")
    assert found is not None
    assert (found[0].role, found[0].workspaces) == ("trader", "shop")


def administrator_of(agency: Site, workspace: str) -> TestClient:
    """An administrator who is one of a single workspace."""
    return browser(agency, "administrator", workspaces=(workspace,))


def people_of(agency: Site, client: TestClient) -> Account:
    """Whose browser that is."""
    found = agency.who(client.cookies["regie"], wall_us())
    assert found is not None
    return found


def second_factor_of(agency: Site, account: Account) -> None:
    """Let somebody have a second factor."""
    agency.accounts.put_second_factor(account.id, "00" * 20)
    agency.accounts.confirm_second_factor(account.id, [])


@pytest.mark.parametrize("path", ["/w/x", "/u/x"])
def test_nobody_learns_by_a_link_which_workspaces_are_there(agency: Site, path: str) -> None:
    client = browser(agency)
    for method, data in (("GET", None), ("POST", {"what": "object"}), ("POST", {"what": "see"})):
        there, nowhere = (
            client.request(method, f"/{name}{path}", data=data) for name in ("shop", "nowhere")
        )
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert there.text.replace("/shop/", "/x/") == nowhere.text.replace("/nowhere/", "/x/")
        assert dict(there.headers, **{"content-length": ""}) == dict(
            nowhere.headers, **{"content-length": ""}
        )


def test_a_link_in_a_message_leads_to_its_own_advertiser(agency: Site) -> None:
    token = agency.rooms["shop"].workspace.state.outbox(run=2)["token"][0]
    client = browser(agency)
    assert client.get(f"/shop/w/{token}").status_code == 200
    assert client.get(f"/nowhere/w/{token}").status_code == 404
    agency.rooms["other place"].workspace.erase(
        agency.rooms["other place"].workspace.state.message_of(token)[1]  # type: ignore[index]
    )
    assert client.get(f"/shop/w/{token}").status_code == 200, "another advertiser's, not ours"


def test_a_workspace_may_not_be_named_as_an_address_of_the_site(
    shop_site: Site, tmp_path: Path
) -> None:
    (tmp_path / "accounts").symlink_to(shop(shop_site).folder)
    with site(tmp_path) as opened, pytest.raises(SettingError, match="rename its folder"):
        make_app(opened)


def test_no_form_is_taken_without_its_token_or_from_another_page(shop_site: Site) -> None:
    client = browser(shop_site, "administrator")
    token = csrf(client, "/")
    for route in ROUTES:
        if route.method != "POST":
            continue
        if route.permission not in OPEN:
            for wrong in ({}, {"csrf": "0" * 64}):
                assert client.post(address(route), **form(route, wrong)).status_code == 403, (
                    route.path
                )
        for other in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            answer = client.post(address(route), **form(route, {"csrf": token}), headers=other)
            expected = route.permission == FROM_OUTSIDE
            assert (answer.status_code != 403) == expected, route.path
    assert client.get("/").status_code == 200, "still signed in: nothing above signed out"


def test_every_answer_carries_the_headers_of_safety(shop_site: Site) -> None:
    client = browser(shop_site, "administrator")
    for path in ("/", "/decide", "/accounts", "/nowhere", "/static/room.css", "/w/x", "/sign-in"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path


def test_nothing_on_a_page_needs_what_the_policy_forbids(shop_site: Site) -> None:
    client = browser(shop_site, "administrator")
    decision = next(d for d, _ in shop(shop_site).decisions(run=2) if d.campaign)
    token = shop(shop_site).state.outbox(run=2)["token"][0]
    for path in (
        "/", "/decide", "/decisions", f"/decisions/{decision.id}", "/accounts", f"/w/{token}",
        f"/decide/2/{decision.campaign}", f"/u/{token}",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = re.sub(r'<script type="module" src="/static/[\w.]+"></script>', "", answer.text)
        for forbidden in (" style=", "<style", "<script", " onclick", "javascript:", "http://",
                          "https://"):  # fmt: skip
            # An advertiser's own address may be named in words; nothing is fetched from it.
            assert forbidden not in text, (path, forbidden)
        assert len(answer.content) < 60_000, path


def test_no_name_but_our_own_is_answered(shop_site: Site) -> None:
    """A page of another site whose name leads here (DNS rebinding) reads nothing."""
    client = browser(shop_site, "administrator")
    for host in ("evil.example", "room.example.evil.example", "localhost.evil.example", "x@y", ""):
        for path in ("/", "/sign-in", "/static/icon.svg", "/w/guessed"):
            told = client.get(path, headers={"host": host, "accept-language": "fr"})
            assert (told.status_code, "Ce service ne répond" in told.text) == (421, True), host
        told = client.get("/api/v1/workspace", headers={"host": host})
        assert (told.status_code, told.json()["type"]) == (421, "urn:regie:problem:http-421")
    public = shop(shop_site).settings.public_url.removeprefix("https://")
    for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080", "192.168.1.5", public):
        assert client.get("/sign-in", headers={"host": host}).status_code == 200, host
