"""The programming interface: what a program may, with a token of somebody who works here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from regie.govern.access import PERMISSIONS, ROLES, may
from regie.interfaces.web.api.entry import Entry
from regie.interfaces.web.api.table import ENTRIES
from regie.ports.accounts import Account
from regie.terms.errors import NotFoundError, RefusedError, SettingError
from regie.terms.instant import DAY_US
from regie.workspace import tokens
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.support.room import app_of, browser, shop, site
from tests.support.tokens import maker, program
from tests.support.workspaces import workspace

API = "/api/v1"


@pytest.fixture(scope="module")
def open_site(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over a copy of the small shop."""
    import shutil

    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("api") / "shop")
    with site(folder) as opened:
        yield opened


def address(entry: Entry) -> str:
    """An address of an entry that names nothing that is there."""
    path = entry.path.replace("{run:int}", "1")
    for name, value in (("{decision}", "f" * 32), ("{job}", "f" * 32), ("{upload}", "f" * 32)):
        path = path.replace(name, value)
    return API + re.sub(r"{\w+}", "nowhere", path)


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
        (TestClient(app_of(open_site)), {"authorization": "Bearer regie_x"}),
        (TestClient(app_of(open_site)), {"authorization": "Bearer \u00e9".encode("latin-1")}),
        (TestClient(app_of(open_site)), {"authorization": "Basic eDp5"}),
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
    first = client.get(f"{API}/imports").json()["rows"][0]
    assert (
        first["source"]["rows"]
        == sum(first["kept"].values())
        + first["held"]
        + sum(first["left_out"].values())
        + first["set_aside"]
    )
    assert client.get(f"{API}/imports/{first['source']['import_id']}").json()["went"] == first
    assert client.get(f"{API}/quality").json()["rows"][0]["quality"] > 0
    assert client.post(f"{API}/verify").json()["found"]["faults"] == []


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
        ("POST", "/sql", {"content": b"[" * 100_000, "headers":
                          {"content-type": "application/json"}}, 400),
        ("POST", "/goals", {"content": b'{"target":' * 50_000, "headers":
                            {"content-type": "application/json"}}, 400),
    ):  # fmt: skip
        answer = client.request(method, API + path, **sent)
        assert answer.status_code == status, (method, path, answer.text)
        problem = answer.json()
        assert problem["status"] == status
        assert set(problem) >= {"where", "found", "expected", "step", "who_acts"}


def test_below_a_workspace_s_address_a_program_is_told_where_the_interface_is(
    tmp_path: Path,
) -> None:
    workspace(tmp_path / "shop").close()
    with site(tmp_path) as opened:
        answer = TestClient(app_of(opened)).get("/shop/api/v1/runs")
    assert (answer.status_code, answer.json()["expected"]) == (404, "/api/v1/runs")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "the token names the workspace" in answer.json()["step"]


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
        assert client.post(f"{path}/approve", json={"shown": "0" * 64}).status_code == 412
        assert client.post(f"{path}/reject", json={"reason": "tone"}).status_code == 428
        stale = client.post(f"{path}/reject", json={"reason": "tone", "shown": "0" * 64})
        assert (stale.status_code, "not what was shown" in stale.json()["found"]) == (412, True)
        given = {"reason": " ", "shown": told["content_hash"]}
        assert client.post(f"{path}/reject", json=given).status_code == 400
        refused = client.post(f"{path}/reject", json=given | {"reason": "tone"}).json()
        assert refused["acts"][0]["content_hash"] == told["content_hash"]
        assert client.post(f"{path}/undo", json={}).status_code == 200
        done = client.post(f"{path}/approve", json={"shown": told["content_hash"]})
        assert done.json()["messages"] == {campaign: told["messages"]}
        assert done.json()["acts"][0]["actor"] == "manager@example.com"
        again = client.post(f"{path}/approve", json={"shown": told["content_hash"]})
        assert again.status_code == 409
        decided = client.get(path)
        on = {"if-match": decided.headers["etag"]}
        late = client.post(f"{path}/approve", json={}, headers=on)
        assert late.status_code == 409, (decided.headers["etag"], late.text)
        assert client.post(f"{path}/undo", json={}).status_code == 200
        assert client.get(f"{API}/acts?limit=1").json()["rows"][0]["kind"] == "undone"
        office = program(opened, "administrator")
        acts = [entry["act"] for entry in office.get(f"{API}/audit").json()["rows"]]
        done = [act for act in acts if act in ("undone", "approved", "rejected")]
        assert done == ["undone", "approved", "undone", "rejected"]


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


def test_two_who_change_the_same_do_not_lose_each_other_s_change(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = program(opened, "manager")
        goal = {"measure": "orders", "first": "2011-12-01", "last": "2011-12-31"}
        read = client.get(f"{API}/goals")
        looked_at = {"if-match": read.headers["etag"]}
        unread = client.post(f"{API}/goals", json=goal | {"target": 90})
        assert (unread.status_code, unread.json()["where"]) == (428, "If-Match")
        mine = client.post(f"{API}/goals", json=goal | {"target": 90}, headers=looked_at)
        assert [row["goal"]["target"] for row in mine.json()["rows"]] == [90]
        theirs = client.post(f"{API}/goals", json=goal | {"target": 80}, headers=looked_at)
        assert (theirs.status_code, theirs.json()["type"]) == (
            412, "urn:regie:problem:refused.stale",
        )  # fmt: skip
        stands = client.get(f"{API}/goals").json()["rows"][0]
        assert stands["goal"]["target"] == 90
        assert stands["pace"]["expected"] <= 90
        on = {"if-match": mine.headers["etag"]}
        wrong = {"measure": "revenue", "first": "2011-12-01", "last": "2011-12-31", "target": 5}
        assert client.post(f"{API}/goals", json=wrong, headers=on).status_code == 400, "5 micros"
        gone = client.post(f"{API}/goals/drop", json=goal, headers=on)
        assert gone.json()["rows"] == []
        for wrong_tag in ("*", '"x"', f"W/{read.headers['etag']}", f'"{"0" * 64}.{"0" * 32}"'):
            answer = client.post(f"{API}/goals/drop", json=goal, headers={"if-match": wrong_tag})
            assert answer.status_code == 412, wrong_tag

        audience = client.get(f"{API}/audiences/loyal")
        written = {"title": {"en": "Loyal", "fr": "Fidèles"}, "rule": audience.json()["rule"]}
        on = {"if-match": audience.headers["etag"]}
        shop(opened).object("12704")  # a count that moves is in nobody's way
        first = client.post(f"{API}/audiences/loyal", json=written, headers=on)
        assert first.status_code == 200, first.text
        assert client.post(f"{API}/audiences/loyal", json=written, headers=on).status_code == 412
        campaign = client.get(f"{API}/campaigns/favourites")
        on = {"if-match": campaign.headers["etag"]}
        assert client.post(f"{API}/campaigns/favourites/pause", json={}, headers=on).is_success
        late = client.post(f"{API}/campaigns/favourites/resume", json={}, headers=on)
        assert late.status_code == 412
        stands = client.get(f"{API}/campaigns/favourites").json()
        assert (stands["state"], stands["changes"][0]["actor"]) == ("paused", "manager@example.com")
        assert client.post(f"{API}/audiences", json={**written, "title": {"en": "N", "fr": "N"}}
                           ).is_success, "a new one is nobody's change"  # fmt: skip
        assert shop(opened).verify().faults == ()


def test_a_program_asks_what_explore_answers_and_reads_the_lines_behind(open_site: Site) -> None:
    client = program(open_site, "analyst")
    asked = "measure=revenue&by=country&from=2011-06-01&to=2011-06-30&country=France"
    told = client.get(f"{API}/explore?{asked}").json()
    (part,) = [one for one in told["parts"] if one["value"]]
    assert part["value"] == told["tiles"]["revenue"][0] > 0
    again = client.post(f"{API}/sql", json={"statement": told["sql"]}).json()
    assert again["rows"] == [["France", part["value"]]]
    seen: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = client.get(f"{API}/explore/rows?{asked}&limit=7&cursor={cursor}").json()
        seen += page["rows"]
        cursor = page["next"]
    whole = client.get(f"{API}/explore/rows?{asked}&limit=200").json()
    assert seen == whole["rows"]
    assert whole["next"] is None
    sold = sum(one["value_micros"] for one in seen if one["kind"] == "order")
    assert sold == part["value"], "no line twice and none left out"
    assert not {"key", "person"} & set(seen[0])
    for wrong in ("measure=profit", "from=2011-02-30", "from=2012-01-01&to=2011-01-01", "x=1"):
        assert client.get(f"{API}/explore?{wrong}").status_code == 400, wrong
    for path in ("explore", "explore/rows", "explore/file/csv"):
        nameless = client.get(f"{API}/{path}?country=%00")
        assert nameless.status_code == 400 and "country is" in nameless.text, path
    file = client.get(f"{API}/explore/file/csv?{asked}")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert "France" in file.text
    kept = client.post(f"{API}/views", json={"title": "France in June", "country": "France"})
    assert "country=France" in kept.json()["query"]
    view = kept.json()["id"]
    noted = client.post(f"{API}/annotations", json={"day": "2011-06-09", "words": "A mailing"})
    assert client.get(f"{API}/annotations").json()["rows"] == [noted.json()]
    far = client.post(f"{API}/annotations", json={"day": "9999-12-31", "words": "A mailing"})
    assert far.status_code == 400 and "a day from 1900-01-01 to 2200-12-31" in far.text
    drop = f"{API}/annotations/{noted.json()['id']}/drop"
    assert client.post(drop).json()["rows"] == []
    assert client.post(drop).status_code == 404
    assert client.post(f"{API}/views/{view}/drop").json()["rows"] == []
    assert program(open_site, "viewer").get(f"{API}/explore/rows").status_code == 403
    number = client.get(f"{API}/numbers/revenue?lang=fr").json()["opened"]
    for moved in number["moved"].values():
        parts = sum(value for _, value in moved["rows"]) + moved["others"][1] + moved["left"]
        assert parts == moved["total"] == number["value"] - number["before"]
    assert sum(now for _, now, _ in number["days"]) == number["value"]
    assert "online_retail.parquet" in {one["file"] for one in number["sources"]}


ORDERS = """Bestellnr;Kunde;Artikel;Menge;Datum;Preis
B1;K1;Tasse;2;2011-12-01;2,50
B2;K2;Tasse;viele;2011-12-02;2,50
B3;K3;Kanne;1;2011-12-03;9,00
"""


def test_a_program_brings_a_file_and_corrects_a_line(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = program(opened, "analyst")
        folder = shop(opened).folder / "uploads"
        before = len(list(folder.glob("*")))
        viewer = program(opened, "viewer").post(f"{API}/uploads", content=b"a;b\n1;2\n")
        empty = client.post(f"{API}/uploads?name=x.csv", content=b"")
        assert (viewer.status_code, empty.status_code) == (403, 400)
        assert len(list(folder.glob("*"))) == before, "nothing of either is kept"
        sent = client.post(f"{API}/uploads?name=../bestell.csv", content=ORDERS.encode()).json()
        assert sent["file"] == "bestell.csv"
        at = f"{API}/uploads/{sent['upload']}"
        assert client.get(at).json()["file"] == "bestell.csv"
        reading = {"kind": "orders", "columns": {
            "order": "Bestellnr", "person": "Kunde", "item": "Artikel", "quantity": "Menge",
            "at": "Datum", "unit_price": "Preis"}}  # fmt: skip
        chosen = client.post(f"{at}/preview", json=reading).json()
        assert (chosen["found"]["missing"], chosen["rows"][0]["quantity"]) == ([], "2")
        nowhere = client.post(f"{at}/bring", json={"mapping": "nowhere"})
        assert nowhere.status_code == 404
        done = client.post(f"{at}/bring", json={"mapping": "bestellungen", "reading": reading})
        assert done.json()["imported"]["rows"] == 3, done.text
        assert client.get(at).status_code == 404
        of = f"{API}/imports/{done.json()['imported']['import_id']}"
        assert client.get(of).json()["reasons"] == {"quantity": 1}
        (line,) = client.get(f"{of}/aside?reason=quantity").json()["rows"]
        assert line["fields"]["quantity"] == "viele"
        rows = [{"row": line["row"], "fields": {"quantity": "noch mehr"}}]
        still = client.post(f"{of}/aside", json={"rows": rows}).json()
        assert still["imported"] is None
        assert still["still"][str(line["row"])][0] == "quantity"
        rows[0]["fields"] = {"quantity": "5"}
        assert client.post(f"{of}/aside", json={"rows": rows}).json()["imported"]["added"] == 1
        assert client.post(f"{of}/aside", json={"rows": rows}).status_code == 409, "once"
        went = client.get(of).json()
        assert (went["went"]["corrected"], went["went"]["waits"]) == (1, 0)
        assert [one["rows"] for one in went["later"]] == [[line["row"]]]
        assert shop(opened).verify().faults == ()


def test_a_request_is_received_acted_on_and_proven_by_a_program(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client, manager = program(opened, "privacy_officer"), program(opened, "manager")
        asked = {"kind": "access", "channel": "mail", "person": "13248", "day": "2011-11-20"}
        for day in ("1900-01-01", "2010-11-20", "2011-12-31"):
            wrong = client.post(f"{API}/requests", json=asked | {"day": day})
            assert (wrong.status_code, wrong.json()["where"]) == (400, "day"), day
        made = client.post(f"{API}/requests", json=asked).json()
        assert (made["due"], made["clock"]) == ("2011-12-20", "open")
        at = f"{API}/requests/{made['id']}"
        listed = manager.get(f"{API}/requests")
        assert listed.json()["rows"] == [made]
        assert shop(opened).key_of("13248") not in listed.text, "who asks is not told"
        assert [manager.get(at).status_code, manager.post(f"{at}/object").status_code] == [403, 403]
        assert client.post(f"{at}/access").status_code == 409, "nobody checked who asks"
        assert client.get(f"{at}/pack").status_code == 404
        assert client.post(f"{at}/identify", json={"by": "document"}).status_code == 200
        assert client.post(f"{at}/identify", json={"by": "hunch"}).status_code == 400
        assert client.post(f"{at}/access").json()["contacts"]["last_name"] == "Aubrac"
        pack = client.get(f"{at}/pack?form=json")
        assert pack.json()["contacts"]["last_name"] == "Aubrac"
        assert "attachment" in pack.headers["content-disposition"]
        assert "Aubrac" in client.get(f"{at}/pack?lang=fr").text
        assert client.post(f"{at}/extend", json={"why": "many"}).json()["told"]["due"] > made["due"]
        done = client.post(f"{at}/answer", json={"answer": "done"}).json()
        assert [step["step"] for step in done["steps"]] == [
            "received", "identified", "acted", "extended", "answered",
        ]  # fmt: skip
        assert client.post(f"{at}/object").status_code == 409
        assert manager.get(f"{API}/requests").json()["rows"][0]["clock"] == "answered"
        for line in manager.get(f"{API}/purposes").json()["rows"]:
            assert len(line["answers"]["days"]) == len(line["answers"]["allowed"])
        register = manager.get(f"{API}/papers/register?lang=fr").json()
        assert (register["lang"], manager.get(f"{API}/papers/other").status_code) == ("fr", 404)
        assert "<html" in manager.get(f"{API}/papers/notice/file").text
        acts = [entry.act for entry in opened.accounts.audited(6)]
        assert acts == ["request_answer", "request_extend", "request_pack", "request_pack",
                        "request_access", "request_identify"]  # fmt: skip
        assert shop(opened).verify().faults == ()


def test_a_list_goes_on_where_it_was_though_others_write_meanwhile(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = program(opened, "privacy_officer")

        def came(day: str) -> str:
            asked = {"kind": "object", "channel": "phone", "person": "13248", "day": day}
            return str(client.post(f"{API}/requests", json=asked).json()["id"])

        second, third, last = (came(f"2011-12-0{n}") for n in (2, 3, 5))
        first = client.get(f"{API}/requests?limit=2").json()
        assert [one["id"] for one in first["rows"]] == [second, third]
        came("2011-12-01")  # stands before what was read
        between = came("2011-12-04")  # and after it
        rest = client.get(f"{API}/requests?limit=2&cursor={first['next']}").json()
        assert [one["id"] for one in rest["rows"]] == [between, last]
        assert rest["next"] is None


def test_an_audience_is_opened_and_its_people_told_to_those_who_may(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client, officer = program(opened, "manager"), program(opened, "privacy_officer")
        told = client.get(f"{API}/audiences/loyal").json()
        assert [one["run"] for one in told["drift"]] == [1, 2]
        lines = client.post(f"{API}/audiences/loyal/export")
        assert lines.headers["content-type"].startswith("text/csv")
        assert len(lines.text.splitlines()) == told["count"]["writable"] + 1
        key = lines.text.splitlines()[1].split("@")[0]
        why = f"{API}/audiences/loyal/why"
        assert client.post(why, json={"person": key}).status_code == 403
        found = officer.post(f"{why}?lang=fr", json={"person": key}).json()
        assert found["holds"]
        assert found["because"][0]["told"]
        shop(opened).object(key)
        assert officer.post(why, json={"person": key}).status_code == 404
        assert key not in client.post(f"{API}/audiences/loyal/export").text
        sent = client.get(f"{API}/decisions?kind=message&state=approved&limit=1").json()["rows"][0]
        message = client.get(f"{API}/decisions/{sent['decision']['id']}/message").json()
        assert message["subject"]
        assert "/u/" not in message["html"] + message["text"], "its links would act for them"
        words = client.get(f"{API}/campaigns/favourites").json()["words"]["fr"]
        asked = {"campaign": "favourites", "words": words | {"title": "Tiens"}, "lang": "fr"}
        seen = client.post(f"{API}/campaigns-preview", json=asked)
        assert "Tiens" in seen.json()["html"]
        acts = [entry.act for entry in opened.accounts.audited(4)]
        assert acts.count("audience_person") == 2
