"""The programming interface: what a program may, with a token of somebody who works here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from regie.govern.access import PERMISSIONS, ROLES, may
from regie.interfaces.web.api.entry import Entry
from regie.interfaces.web.api.table import ENTRIES
from regie.interfaces.web.app import make_app
from regie.ports.accounts import Account
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.terms.instant import DAY_US
from regie.workspace import tokens
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.support.room import browser, shop, site
from tests.support.tokens import maker, secret_of

API = "/api/v1"


@pytest.fixture(scope="module")
def open_site(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop."""
    import shutil

    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("api") / "shop")
    with site(folder) as opened:
        yield opened


def program(of: Site, role: str) -> TestClient:
    """A program with a token of a role."""
    return TestClient(
        make_app(of), headers={"authorization": f"Bearer {secret_of(of, role)}"},
        raise_server_exceptions=False,
    )  # fmt: skip


def address(entry: Entry) -> str:
    """An address of an entry that names nothing that is there."""
    path = entry.path
    for name, value in (
        ("{run:int}", "1"), ("{campaign}", "nowhere"), ("{audience}", "nowhere"),
        ("{decision}", "f" * 32), ("{job}", "f" * 32),
        ("{name}", "nothing"), ("{model}", "none"), ("{version}", "none"),
    ):  # fmt: skip
        path = path.replace(name, value)
    return API + path


def test_a_token_opens_what_its_role_may_and_nothing_else(open_site: Site) -> None:
    assert {entry.permission for entry in ENTRIES} <= set(PERMISSIONS)
    for role in ROLES:
        client = program(open_site, role)
        for entry in ENTRIES:
            if entry.heavy and may(role, entry.permission):
                continue  # asked below: here it is about who may
            body: Any = {} if entry.body is not None else None
            answer = client.request(entry.method, address(entry), json=body)
            named = f"{entry.method} {entry.path} as {role}: {answer.status_code} {answer.text}"
            assert (answer.status_code != 403) == may(role, entry.permission), named
            assert answer.status_code < 500, named


def test_without_a_token_with_a_wrong_one_or_a_session_nothing_opens(open_site: Site) -> None:
    signed_in = browser(open_site, "administrator")
    for client, headers in (
        (signed_in, {}),
        (TestClient(make_app(open_site)), {"authorization": "Bearer regie_x"}),
        (TestClient(make_app(open_site)), {"authorization": "Bearer \u00e9".encode("latin-1")}),
        (TestClient(make_app(open_site)), {"authorization": "Basic eDp5"}),
    ):
        for entry in ENTRIES:
            answer = client.request(entry.method, address(entry), headers=headers)
            assert answer.status_code == 401, entry.path
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_opens_no_page(open_site: Site) -> None:
    client = program(open_site, "administrator")
    client.follow_redirects = False
    assert client.get("/decide").headers["location"] == "/sign-in"


def test_a_token_is_never_more_than_its_maker_and_ends_with_them(open_site: Site) -> None:
    analyst = maker(open_site, "analyst")
    at_us = wall_us()

    def made(**other: Any) -> str:
        about = {"name": "n", "role": "viewer", "workspace": "", "days": 7, "at_us": at_us}
        return tokens.make(open_site, analyst, **{**about, **other})

    with pytest.raises(RefusedError):
        made(role="manager")
    with pytest.raises(RefusedError):
        made(role="nobody")
    with pytest.raises(RefusedError):
        made(workspace="elsewhere")
    for wrong in ({"days": 0}, {"days": 400}, {"name": " "}, {"name": "x" * 101}):
        with pytest.raises(SettingError):
            made(**wrong)
    secret = made(role="analyst", days=2)
    assert tokens.bearer(open_site, secret, at_us) is not None
    assert tokens.bearer(open_site, secret, at_us + 2 * DAY_US) is None, "it is over"
    open_site.accounts.change(_with(analyst, role="viewer"))
    assert tokens.bearer(open_site, secret, at_us) is None, "its maker may less by now"
    open_site.accounts.change(_with(analyst, workspaces="elsewhere"))
    assert tokens.bearer(open_site, secret, at_us) is None, "they may not enter any more"
    open_site.accounts.change(_with(analyst, active=False))
    assert tokens.bearer(open_site, secret, at_us) is None, "they left"
    open_site.accounts.change(analyst)
    assert tokens.bearer(open_site, secret, at_us) is not None
    kept = (shop(open_site).folder / "accounts.sqlite").read_bytes()
    assert secret.encode() not in kept
    mine = tokens.seen_by(open_site, analyst, at_us)
    manager = maker(open_site, "manager")
    with pytest.raises(NotFoundError):
        tokens.revoke(open_site, manager, mine[0][0].id, at_us)
    for token, _ in mine:
        tokens.revoke(open_site, analyst, token.id, at_us)
    assert tokens.bearer(open_site, secret, at_us) is None, "it was revoked"


def _with(account: Account, **changed: Any) -> Account:
    import msgspec

    return msgspec.structs.replace(account, **changed)


def test_a_program_reads_what_the_screens_show(open_site: Site) -> None:
    client = program(open_site, "data_scientist")
    told = client.get(f"{API}/workspace").json()
    assert told["role"] == "data_scientist"
    assert told["currency"] == "GBP"
    figures = client.get(f"{API}/figures?lang=fr").json()
    assert any(block["type"] == "Tiles" for block in figures["blocks"])
    revenue = client.get(f"{API}/figures/revenue").json()
    again = client.post(f"{API}/sql", json={"statement": revenue["tile"]["source"]["sql"]}).json()
    assert again["rows"], "a figure's SQL can be asked by the same program"
    assert [r["number"] for r in client.get(f"{API}/runs").json()["rows"]] == [2, 1]
    assert client.get(f"{API}/runs/9").status_code == 404
    card = client.get(f"{API}/models").json()["rows"][0]
    version = client.get(f"{API}/models/{card['name']}/{card['champion']}").json()
    assert version["judged"] is not None
    campaign = client.get(f"{API}/campaigns").json()["rows"][0]
    assert client.get(f"{API}/campaigns/{campaign['name']}").json() == campaign
    assert client.get(f"{API}/imports").json()["rows"][0]["state"] == "published"
    assert client.get(f"{API}/quality").json()["rows"][0]["quality"] > 0
    assert client.post(f"{API}/verify").json()["faults"] == []


def test_lists_come_whole_a_page_at_a_time_and_no_row_twice(open_site: Site) -> None:
    client = program(open_site, "data_scientist")
    every = [d.id for d, _ in shop(open_site).decisions()]
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"{API}/decisions?limit=60&cursor={cursor}").json()
        seen += [row["decision"]["id"] for row in page["rows"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert seen == every
    for wrong in ("x", "W10", "WzFd", "bnVsbA", "%00", "é"):
        answer = client.get(f"{API}/decisions?cursor={wrong}")
        assert answer.status_code == 400, wrong
        assert answer.json()["type"] == "urn:regie:problem:setting"


def test_what_is_known_already_is_not_sent_again(open_site: Site) -> None:
    client = program(open_site, "analyst")
    first = client.get(f"{API}/runs")
    assert "no-store" not in first.headers["cache-control"]
    again = client.get(f"{API}/runs", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    weak = client.get(f"{API}/runs", headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
    assert weak.status_code == 304
    other = client.get(f"{API}/runs?limit=1", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_what_is_wrong_is_told_as_a_problem_in_the_house_s_form(open_site: Site) -> None:
    client = program(open_site, "administrator")
    told = client.get(f"{API}/runs/9", headers={"accept-language": "fr"})
    problem = told.json()
    assert told.headers["content-type"] == "application/problem+json"
    assert problem["title"] == "Cela n’existe pas."
    assert problem["detail"] == "run 9 is not there, expected a published run; list them: /runs"
    assert problem["instance"] == f"{API}/runs/9"
    for method, path, sent, status in (
        ("GET", "/nowhere", {}, 404),
        ("PUT", "/runs", {}, 405),
        ("OPTIONS", "/runs", {}, 405),
        ("GET", "/runs?limit=0", {}, 400),
        ("GET", "/runs?limit=ten", {}, 400),
        ("GET", "/runs?other=1", {}, 400),
        ("GET", "/runs?limit=1&limit=2", {}, 400),
        ("GET", "/runs/99999999999999999999999999", {}, 404),
        ("POST", "/sql", {"content": b"{}"}, 415),
        ("POST", "/sql", {"json": {}}, 400),
        ("POST", "/sql", {"json": {"statement": "SELECT 1", "more": 1}}, 400),
        ("POST", "/sql", {"json": {"statement": "DROP TABLE events"}}, 409),
        ("POST", "/sql", {"json": {"statement": "SELECT * FROM nowhere"}}, 400),
        ("POST", "/sql", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("POST", "/sql", {"content": b"\xff", "headers": {"content-type": "application/json"}},
         400),
        ("POST", "/sql", {"json": {"statement": "x" * (1 << 20)}}, 413),
    ):  # fmt: skip
        answer = client.request(method, API + path, **sent)
        assert answer.status_code == status, (method, path, answer.text)
        problem = answer.json()
        assert problem["status"] == status
        assert set(problem) >= {"where", "found", "expected", "step", "who_acts"}


def test_a_program_approves_what_it_looked_at_and_takes_it_back(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = program(opened, "manager")
        reader = program(opened, "analyst")
        undone = shop(opened).undo(run=2, actor="tests")
        campaign = sorted(undone.messages)[0]
        path = f"{API}/inbox/2/{campaign}"
        waits = client.get(f"{API}/inbox").json()["rows"]
        told = next(one for one in waits if one["campaign"] == campaign)
        assert client.get(path).json() == told
        assert reader.post(f"{path}/approve", json={"shown": "0" * 64}).status_code == 403
        assert client.post(f"{path}/approve", json={"shown": "0" * 64}).status_code == 409
        assert client.post(f"{path}/reject", json={"reason": " "}).status_code == 400
        done = client.post(f"{path}/approve", json={"shown": told["content_hash"]})
        assert done.json()["messages"] == {campaign: told["messages"]}
        assert done.json()["acts"][0]["actor"] == "manager@example.com"
        again = client.post(f"{path}/approve", json={"shown": told["content_hash"]})
        assert again.status_code == 409
        assert client.post(f"{path}/undo", json={}).status_code == 200
        assert client.get(f"{API}/acts?limit=1").json()["rows"][0]["kind"] == "undone"
        office = program(opened, "administrator")
        acts = [entry["act"] for entry in office.get(f"{API}/audit").json()["rows"]]
        assert [act for act in acts if act in ("undone", "approved")] == ["undone", "approved"]


def test_a_decision_is_told_and_taken_again(open_site: Site) -> None:
    client = program(open_site, "analyst")
    first = client.get(f"{API}/decisions?kind=message&state=approved&limit=1").json()["rows"][0]
    path = f"{API}/decisions/{first['decision']['id']}"
    assert client.get(path).json() == first
    told = client.get(f"{path}/explanation?lang=fr").json()
    assert told["chosen"] == first["decision"]["chosen"]
    assert told["sentences"]
    assert client.post(f"{path}/replay").json()["answer"] == "identical"


def test_a_person_is_served_by_the_privacy_officer_s_program(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = program(opened, "privacy_officer")
        person = {"person": "15152"}
        held = client.post(f"{API}/people/access", json=person).json()
        assert held["contacts"]["first_name"] == "Liam"
        told = client.post(f"{API}/people/consent", json={**person, "withdraw": ["prospecting"]})
        assert told.json()["purposes"]["prospecting"] is False
        told = client.post(
            f"{API}/people/rectify", json={**person, "field": "trait:city", "value": "York"}
        )
        assert told.json().get("trait:city") == "York", told.text
        wrong = client.post(f"{API}/people/rectify", json={**person, "field": "x", "value": "y"})
        assert wrong.status_code == 400
        objected = client.post(f"{API}/people/object", json=person).json()["purposes"]
        assert objected["profiling"] is False
        done = client.post(f"{API}/people/erase", json=person).json()
        assert done["rows"]["events"] > 0
        assert client.post(f"{API}/people/access", json=person).status_code == 404
        manager = program(opened, "manager")
        assert manager.post(f"{API}/people/access", json=person).status_code == 403
