"""A second factor: set up, asked for, taken once; and cookies over HTTPS."""

from __future__ import annotations

import base64
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from regie.engines.accounts import SqliteAccounts
from regie.govern import one_time
from regie.interfaces.web import app
from regie.ports.accounts import SecondFactor
from regie.terms.errors import RefusedError, WorkspaceError
from regie.workspace import second_factor
from regie.workspace.keys import accounts_key
from regie.workspace.settings import wall_us
from regie.workspace.site import IDLE_US, REFUSED_US
from tests.support.room import PASSWORD, app_of, browser, csrf, site
from tests.support.tokens import maker

WHO = {"email": "manager@example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where keys lie in these tests."""
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.at_us = wall_us()

    def __call__(self) -> int:
        return self.at_us


def secret_in(page: str) -> bytes:
    """The secret that a page shows for an authenticator app."""
    found = re.search(r"<code class=\"long\">(otpauth://[^<]+)</code>", page)
    assert found is not None
    text = parse_qs(urlsplit(unescape(found.group(1))).query)["secret"][0]
    return base64.b32decode(text)


def test_signing_in_takes_a_code_once_it_was_set_up(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(app, "wall_us", clock)
    with site(own_shop) as opened:
        client = browser(opened, "manager")
        form = {"csrf": csrf(client, "/me")}
        wrong = client.post("/me/factor", data={**form, "password": "not mine at all"})
        assert wrong.status_code == 403
        page = client.post("/me/factor", data={**form, "password": PASSWORD}).text
        assert 'src="data:image/svg+xml' in page
        secret = secret_in(page)

        def code() -> str:
            return one_time.code(secret, clock.at_us // one_time.STEP_US)

        assert browser(opened, "manager").get("/decide").status_code == 200, "not in force yet"
        assert client.post("/me/factor/confirm", data={**form, "code": "x"}).status_code == 403
        page = client.post("/me/factor/confirm", data={**form, "code": code()}).text
        recovery = re.findall(r"<li><code>([A-Z2-7]{16})</code></li>", page)
        assert len(recovery) == second_factor.RECOVERY_CODES
        assert recovery[0] not in client.get("/me").text
        other = browser(opened)
        answer = other.post("/sign-in", data=WHO)
        assert answer.headers["location"] == "/sign-in/code"
        assert other.get("/decide").headers["location"] == "/sign-in", "half is nothing"
        assert opened.who(other.cookies["regie_half"], clock.at_us) is None
        used = other.post("/sign-in/code", data={"code": code()})
        assert used.status_code == 403, "the code that confirmed it was used"
        clock.at_us += one_time.STEP_US
        assert other.post("/sign-in/code", data={"code": code()}).status_code == 303
        assert other.get("/decide").status_code == 200
        third = browser(opened)
        third.post("/sign-in", data=WHO)
        assert third.post("/sign-in/code", data={"code": code()}).status_code == 403, "a replay"
        assert third.post("/sign-in/code", data={"code": recovery[0].lower()}).status_code == 303
        third.post("/sign-in", data=WHO)
        assert third.post("/sign-in/code", data={"code": recovery[0]}).status_code == 403
        clock.at_us += 6 * 60_000_000
        late = third.post("/sign-in/code", data={"code": code()})
        assert "too long" in late.text, "a right password waits five minutes"
        kept = (own_shop / "accounts.sqlite").read_bytes()
        assert recovery[1].encode() not in kept
        form["csrf"] = csrf(client, "/me")
        assert client.post("/me/factor", data={**form, "password": PASSWORD}).status_code == 403
        assert client.post("/me/factor/remove", data={**form, "password": "x"}).status_code == 403
        done = client.post("/me/factor/remove", data={**form, "password": PASSWORD})
        assert done.status_code == 303
        assert browser(opened).post("/sign-in", data=WHO).headers["location"] == "/"


def test_nobody_can_try_all_codes(own_shop: Path) -> None:
    with site(own_shop) as opened:
        account, at_us = maker(opened, "manager"), wall_us()
        second_factor.prepare(opened, account, PASSWORD, at_us)
        secret = bytes.fromhex(opened.accounts.second_factor_secret(account.id))
        right = one_time.code(secret, at_us // one_time.STEP_US)
        second_factor.confirm(opened, account, right, at_us)
        for _ in range(5):
            with pytest.raises(RefusedError, match="code is wrong"):
                second_factor.check(opened, account, "000000", at_us)
        later = at_us + one_time.STEP_US
        right = one_time.code(secret, later // one_time.STEP_US)
        with pytest.raises(RefusedError, match="refused for a while"):
            second_factor.check(opened, account, right, later)
        later = at_us + REFUSED_US + one_time.STEP_US
        right = one_time.code(secret, later // one_time.STEP_US)
        second_factor.check(opened, account, right, later)


def test_codes_are_those_of_the_standard() -> None:
    secret = b"12345678901234567890"  # RFC 6238, appendix B, SHA-1
    for seconds, told in (
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
        (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130"),
    ):  # fmt: skip
        assert one_time.code(secret, seconds // 30, digits=8) == told
    for away, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        given = one_time.code(secret, 1000 + away)
        found = one_time.step_of(secret, given, 1000 * one_time.STEP_US, -1)
        assert (found == 1000 + away) == taken
    assert one_time.step_of(secret, "é\udce9", 1000 * one_time.STEP_US, -1) is None


def test_over_https_cookies_are_secure_and_of_this_host_alone(own_shop: Path) -> None:
    with site(own_shop) as opened:
        plain = browser(opened, "viewer")
        plain.cookies.clear()
        who = {"email": "viewer@example.com", "password": PASSWORD}
        told = plain.post("/sign-in", data=who)
        assert "Secure" not in told.headers["set-cookie"]
        assert "strict-transport-security" not in told.headers
        client = TestClient(app_of(opened), base_url="https://room.example", follow_redirects=False)
        told = client.post("/sign-in", data=who)
        cookie = told.headers.get_list("set-cookie")[0]
        assert cookie.startswith("__Host-regie=")
        for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        assert "max-age=31536000" in told.headers["strict-transport-security"]
        assert client.get("/").status_code == 200
        form = {"csrf": csrf(client, "/me")}
        assert client.post("/sign-out", data=form).status_code == 303
        assert client.get("/").headers["location"] == "/sign-in"


def test_an_app_s_secret_is_sealed_under_a_key_that_lies_elsewhere(
    own_shop: Path, keys: Path
) -> None:
    with site(own_shop) as opened:
        account = maker(opened, "manager")
        address = second_factor.prepare(opened, account, PASSWORD, wall_us())
        secret = opened.accounts.second_factor_secret(account.id)
        assert base64.b32encode(bytes.fromhex(secret)).decode() in address
    for path in own_shop.glob("accounts.sqlite*"):
        for plain in (secret.encode(), secret.upper().encode(), bytes.fromhex(secret)):
            assert plain not in path.read_bytes(), path.name
    (key,) = keys.iterdir()
    assert (key.name.startswith("accounts-"), key.stat().st_mode & 0o777) == (True, 0o600)
    apart = key.rename(keys / "apart")
    with site(own_shop) as opened:
        with pytest.raises(WorkspaceError, match="restore it from your backup"):
            second_factor.prepared(opened, account)
        with pytest.raises(WorkspaceError, match="the accounts' key"):  # not made anew unasked
            second_factor.prepare(opened, maker(opened, "viewer"), PASSWORD, wall_us())
        apart.rename(key)
        assert second_factor.prepared(opened, account) == address
        key.write_text("00" * 32, "ascii")
        with pytest.raises(WorkspaceError, match="sealed with another key"):
            second_factor.prepared(opened, account)


def test_a_lost_second_factor_is_reset_by_somebody_else(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client, at_us = browser(opened, "manager"), wall_us()
        office = browser(opened, "administrator")
        mine = {}
        for role in ("manager", "administrator"):
            account = mine[role] = maker(opened, role)
            second_factor.prepare(opened, account, PASSWORD, at_us)
            secret = bytes.fromhex(opened.accounts.second_factor_secret(account.id))
            right = one_time.code(secret, at_us // one_time.STEP_US)
            second_factor.confirm(opened, account, right, at_us)
        page = office.get("/accounts").text
        assert page.count("Signs in with a code too") == 2
        assert page.count("Reset the second factor") == 1, "not one's own"
        form = {"csrf": csrf(office, "/accounts"), "account": mine["administrator"].id}
        assert office.post("/accounts/factor", data=form).status_code == 409
        assert second_factor.is_set(opened, mine["administrator"])
        assert client.get("/me").status_code == 200
        form["account"] = mine["manager"].id
        assert office.post("/accounts/factor", data=form).status_code == 303
        assert client.get("/me").headers["location"] == "/sign-in", "signed out everywhere"
        entry = opened.accounts.audited(1)[0]
        assert (entry.actor, entry.act, entry.about) == (
            "administrator@example.com", "second_factor_reset", "manager@example.com",
        )  # fmt: skip
        assert browser(opened).post("/sign-in", data=WHO).headers["location"] == "/"
        assert office.post("/accounts/factor", data=form).status_code == 404, "none any more"


def test_a_session_ends_when_nobody_is_there(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(app, "wall_us", clock)
    by_itself = {"sec-fetch-dest": "empty", "sec-fetch-site": "same-origin"}
    with site(own_shop) as opened:
        client, beside = browser(opened, "manager"), browser(opened, "manager")
        for is_open in (True, False, False):
            clock.at_us += IDLE_US - 60_000_000
            assert client.get("/me").status_code == 200, "somebody is there"
            still = beside.get("/me", headers=by_itself).status_code == 200
            assert still == is_open, "a page that follows by itself keeps nothing open"
        clock.at_us += IDLE_US
        over = client.get("/explore?by=item&country=Channel+Islands")
        assert (over.status_code, over.headers["location"]) == (303, "/sign-in")
        again = client.post("/sign-in", data=WHO)
        assert again.headers["location"] == "/explore?by=item&country=Channel+Islands"
        clock.at_us += IDLE_US
        assert client.get("/live", headers=by_itself).status_code == 303
        again = client.post("/sign-in", data=WHO)
        assert again.headers["location"] == "/", "a part of a page is nowhere to go back to"
        client.cookies["regie_back"] = "//evil.example"
        assert client.post("/sign-in", data=WHO).headers["location"] == "/"


def test_accounts_of_an_older_version_are_opened(tmp_path: Path) -> None:
    import sqlite3

    from regie.engines.statements import named_statements

    said = named_statements("accounts.sql")
    con = sqlite3.connect(tmp_path / "accounts.sqlite")
    con.executescript(said["schema"])
    con.execute("INSERT INTO accounts VALUES ('a1', 'N', 'n@example.com', 'viewer', 'en', 1, 'h')")
    con.commit()
    for version in range(2, 6):
        con.executescript(said[f"to_version_{version}"])
    con.execute("INSERT INTO second_factors VALUES ('a1', ?, 1, 7)", ("ab" * 20,))
    con.commit()
    con.close()
    opened = SqliteAccounts(tmp_path / "accounts.sqlite", accounts_key)
    account = opened.all()[0]
    assert (account.email, account.workspaces) == ("n@example.com", "*")
    assert opened.tokens() == []
    assert opened.second_factor("a1") == SecondFactor(confirmed=True, last_step=7)
    assert opened.second_factor_secret("a1") == "ab" * 20
    for path in tmp_path.glob("accounts.sqlite*"):
        assert b"ab" * 20 not in path.read_bytes(), "sealed since, and no page of before is left"
    opened.close()


def test_a_new_session_takes_the_place_of_the_one_before(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = browser(opened, "viewer")
        before = client.cookies["regie"]
        who = {"email": "viewer@example.com", "password": PASSWORD}
        assert client.post("/sign-in", data=who).status_code == 303
        assert client.cookies["regie"] != before
        assert opened.who(before, wall_us()) is None
        gone = client.post("/sign-out", data={"csrf": csrf(client, "/me")})
        assert gone.headers["clear-site-data"] == '"cache", "storage"'


def test_a_password_that_many_use_is_refused(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = browser(opened, "viewer")
        form = {"csrf": csrf(client, "/me"), "password": PASSWORD}
        for common in ("password1234", "Azertyuiop123!", "111111111111", "Adm1n1strator!"):
            told = client.post("/me/password", data={**form, "next": common})
            assert told.status_code == 400, common
        uncommon = {**form, "next": "Azertyuiop et la lune"}
        assert client.post("/me/password", data=uncommon).status_code == 303
