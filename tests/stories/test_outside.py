"""Signing in by one's organisation: against a small provider on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from regie.engines.oidc import OidcProvider
from regie.terms.errors import RuleError, SettingError
from regie.workspace.outside_rules import outside_rules
from regie.workspace.site import Site
from tests.support.provider import Provider, provider
from tests.support.room import PASSWORD, app_of, browser, site
from tests.support.tokens import maker

CAMILLE = {"sub": "u-1", "email": "Camille@example.com", "email_verified": True,
           "name": "Camille R.", "groups": ["crm"]}  # fmt: skip
RULES = """
issuer = "ISSUER"
client_id = "regie"
public_url = "http://testserver"
[roles]
bosses = "administrator"
crm = "crm_manager"
readers = "viewer"
"""


@pytest.fixture(scope="module")
def outside() -> Iterator[Provider]:
    """A provider."""
    with provider() as kept:
        yield kept


def write(folder: Path, of: Provider, more: str = "") -> None:
    """The rules of a site."""
    text = more + RULES.replace("ISSUER", of.issuer)
    (folder / "oidc.toml").write_text(text, "utf-8")


def comes(of: Site, by: Provider, **claims: Any) -> tuple[TestClient, Any]:
    """A browser that signs in as somebody, and what it is answered."""
    client = TestClient(app_of(of), follow_redirects=False)
    address = client.get("/sign-in/outside").headers["location"]
    assert address.startswith(f"{by.issuer}/authorize?")
    brought = by.signs_in(address, **{**CAMILLE, **claims})
    return client, client.get("/sign-in/back", params=brought)


def test_somebody_of_a_group_comes_in_with_its_role(own_shop: Path, outside: Provider) -> None:
    write(own_shop, outside)
    with site(own_shop) as opened:
        browser(opened, "administrator")
        assert "/sign-in/outside" in browser(opened).get("/sign-in").text
        client, answer = comes(opened, outside)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert client.get("/decide").status_code == 200
        account = maker(opened, "crm_manager")
        assert account.name == "crm_manager", "somebody else, who has a password"
        found = opened.accounts.by_email("camille@example.com")
        assert found is not None
        assert found[0].role == "crm_manager"
        comes(opened, outside, groups=["readers", "other"], email="new@example.com")
        again = opened.accounts.by_email("camille@example.com")
        assert again is not None
        assert again[0].role == "viewer", "known by who they are, not by their address"
        client, answer = comes(opened, outside, groups=["other"])
        assert (answer.status_code, client.get("/decide").status_code) == (403, 303)


def test_an_address_counts_where_the_provider_answers_for_it(
    own_shop: Path, outside: Provider
) -> None:
    write(own_shop, outside)
    with site(own_shop) as opened:
        browser(opened, "administrator")
        office = {"sub": "u-2", "email": "administrator@example.com", "groups": ["readers"]}
        browser(opened, "viewer")
        reader = {"sub": "u-3", "email": "viewer@example.com", "groups": ["readers"]}
        _, answer = comes(opened, outside, **{**reader, "email_verified": False})
        assert answer.status_code == 403
        assert len(opened.accounts.all()) == 2
        _, answer = comes(opened, outside, **{**office, "groups": ["bosses"]})
        assert answer.status_code == 303
        assert len(opened.accounts.all()) == 2, "the same person"
        _, answer = comes(opened, outside, **office)
        assert answer.status_code == 403, "the last administrator stays one"


def test_a_password_given_here_opens_nothing_that_the_organisation_gave(
    own_shop: Path, outside: Provider
) -> None:
    write(own_shop, outside)
    with site(own_shop) as opened:
        browser(opened, "administrator")
        # Somebody was invited to look, and wrote the address of another, who is more.
        mallory = browser(opened, "viewer")
        boss = {"sub": "u-4", "email": "viewer@example.com", "groups": ["bosses"]}
        client, answer = comes(opened, outside, **boss)
        assert (answer.status_code, client.get("/accounts").status_code) == (303, 200)
        assert mallory.get("/").status_code == 303, "signed out"
        given = {"email": "viewer@example.com", "password": PASSWORD}
        assert mallory.post("/sign-in", data=given).status_code == 403
        same = {"sub": "u-5", "email": "administrator@example.com", "groups": ["bosses"]}
        assert comes(opened, outside, **same)[1].status_code == 303
        assert browser(opened, "administrator").get("/").status_code == 200, "no more than before"


def test_what_the_provider_does_not_stand_by_opens_nothing(
    own_shop: Path, outside: Provider
) -> None:
    write(own_shop, outside)
    now = int(time.time())
    with site(own_shop) as opened:
        for wrong in (
            {"aud": "another"}, {"iss": "http://127.0.0.1:1"}, {"exp": now - 3600},
            {"nonce": "of another"}, {"aud": ["regie", "another"]}, {"sub": None},
        ):  # fmt: skip
            client, answer = comes(opened, outside, **wrong)
            assert answer.status_code == 403, wrong
            assert client.get("/decide").status_code == 303, wrong
        client = TestClient(app_of(opened), follow_redirects=False)
        address = client.get("/sign-in/outside").headers["location"]
        brought = outside.signs_in(address, **CAMILLE)
        wrong_state = {**brought, "state": "x"}
        assert client.get("/sign-in/back", params=wrong_state).status_code == 403
        other = TestClient(app_of(opened), follow_redirects=False)
        assert other.get("/sign-in/back", params=brought).status_code == 403, "another browser"
        assert client.get("/sign-in/back", params=brought).status_code == 403, "once is enough"
        assert client.get("/sign-in/back").status_code == 403
        assert opened.accounts.all() == []


def test_a_provider_that_changes_its_key_is_believed_and_another_key_is_not(
    own_shop: Path, outside: Provider
) -> None:
    from joserfc.jwk import RSAKey

    write(own_shop, outside)
    with site(own_shop) as opened:
        assert comes(opened, outside)[1].status_code == 303
        outside.key = RSAKey.generate_key(2048, auto_kid=True)
        assert comes(opened, outside)[1].status_code == 303
        real, told = outside.key, outside.token

        def forged(given: dict[str, str]) -> dict[str, str] | None:
            outside.key = RSAKey.generate_key(2048, parameters={"kid": str(real.kid)})
            answer = told(given)
            outside.key = real
            return answer

        outside.token = forged  # type: ignore[method-assign]
        assert comes(opened, outside)[1].status_code == 403
        outside.token = told  # type: ignore[method-assign]


def test_where_passwords_are_refused_nobody_comes_in_by_one(
    own_shop: Path, outside: Provider
) -> None:
    with site(own_shop) as opened:
        browser(opened, "viewer")
    write(own_shop, outside, "refuse_passwords = true\n")
    with site(own_shop) as opened:
        client = browser(opened)
        page = client.get("/sign-in").text
        assert 'name="password"' not in page
        who = {"email": "viewer@example.com", "password": PASSWORD}
        assert client.post("/sign-in", data=who).status_code in (403, 429)
        assert client.get("/decide").status_code == 303
        assert comes(opened, outside)[1].status_code == 303


def test_rules_that_make_no_sense_name_their_place(own_shop: Path, outside: Provider) -> None:
    write(own_shop, outside)
    rules = own_shop / "oidc.toml"
    rules.write_text(rules.read_text("utf-8").replace('"viewer"', '"boss"'), "utf-8")
    with pytest.raises(RuleError, match="readers"):
        outside_rules(own_shop)
    rules.write_text("issuer = 1\n", "utf-8")
    with pytest.raises(RuleError):
        outside_rules(own_shop)
    for address in ("http://login.example.com", "ftp://localhost", "", "https://"):
        with pytest.raises(SettingError):
            OidcProvider(address, "regie", "")
    assert outside_rules(own_shop / "rules") is None
