"""One's own account: another password, and tokens for programs, made and revoked on a page."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.testclient import TestClient

from tests.support.room import PASSWORD, app_of, browser, csrf, site

NEXT = "another sentence to keep"


def test_a_token_is_made_shown_once_used_and_revoked(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client = browser(opened, "data_scientist")
        form = {"csrf": csrf(client, "/me"), "name": "Notebook", "role": "analyst",
                "workspace": "", "days": "90"}  # fmt: skip
        page = client.post("/me/token", data=form).text
        secret = re.search(r"<code>(regie_[\w-]+)</code>", page)
        assert secret is not None
        assert secret.group(1) not in client.get("/me").text
        program = TestClient(app_of(opened))
        bearer = {"authorization": f"Bearer {secret.group(1)}"}
        assert program.get("/api/v1/workspace", headers=bearer).json()["role"] == "analyst"
        wrong = client.post("/me/token", data={**form, "role": "administrator", "name": "A & B"})
        assert wrong.status_code == 400
        assert "no more than you may" in wrong.text
        assert 'value="A &amp; B"' in wrong.text, "what was typed is kept"
        assert client.post("/me/token", data={**form, "days": "x"}).status_code == 400
        assert client.post("/me/token", data={**form, "name": ""}).status_code == 400
        token = re.search(r'name="token" value="(\w+)"', client.get("/me").text)
        assert token is not None
        other = browser(opened, "analyst")
        about = {"csrf": csrf(other, "/me"), "token": token.group(1)}
        assert other.post("/me/token/revoke", data=about).status_code == 404, "not theirs"
        about["csrf"] = form["csrf"]
        assert client.post("/me/token/revoke", data=about).status_code == 303
        assert program.get("/api/v1/workspace", headers=bearer).status_code == 401


def test_the_administrator_revokes_anybody_s_token(own_shop: Path) -> None:
    with site(own_shop) as opened:
        owner = browser(opened, "manager")
        form = {"csrf": csrf(owner, "/me"), "name": "Robot", "role": "manager", "workspace": "",
                "days": "30"}  # fmt: skip
        owner.post("/me/token", data=form)
        office = browser(opened, "administrator")
        page = office.get("/me").text
        assert "Robot" in page
        token = re.search(r'name="token" value="(\w+)"', page)
        assert token is not None
        about = {"csrf": csrf(office, "/me"), "token": token.group(1)}
        assert office.post("/me/token/revoke", data=about).status_code == 303
        assert "Robot" not in office.get("/me").text


def test_a_password_is_changed_by_whoever_says_the_present_one(own_shop: Path) -> None:
    with site(own_shop) as opened:
        client, elsewhere = browser(opened, "viewer"), browser(opened, "viewer")
        form = {"csrf": csrf(client, "/me"), "password": PASSWORD, "next": NEXT}
        assert client.post("/me/password", data={**form, "next": "short"}).status_code == 400
        wrong = client.post("/me/password", data={**form, "password": "not mine at all"})
        assert (wrong.status_code, "present password" in wrong.text) == (403, True)
        assert client.post("/me/password", data=form).status_code == 303
        for one in (client, elsewhere):
            assert one.get("/me").headers["location"] == "/sign-in", "every session ended"
        again = {"email": "viewer@example.com", "password": PASSWORD}
        assert client.post("/sign-in", data=again).status_code == 403
        assert client.post("/sign-in", data={**again, "password": NEXT}).status_code == 303
        form["csrf"] = csrf(client, "/me")
        for _ in range(5):
            client.post("/me/password", data={**form, "password": "guessed at length"})
        right = client.post("/me/password", data={**form, "password": NEXT, "next": PASSWORD})
        assert right.status_code == 403, "whoever sits at an open screen cannot try for ever"
