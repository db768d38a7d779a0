"""Programs of a test: tokens of somebody of a role."""

from __future__ import annotations

from starlette.testclient import TestClient

from regie.govern.access import may
from regie.ports.accounts import Account
from regie.workspace import tokens
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.support.room import app_of, browser


def maker(of: Site, role: str) -> Account:
    """Somebody of a role who works there."""
    if of.accounts.by_email(f"{role}@example.com") is None:
        browser(of, role)
    found = of.accounts.by_email(f"{role}@example.com")
    assert found is not None
    return found[0]


def secret_of(of: Site, role: str, workspace: str = "") -> str:
    """A token that may what a role may, by whoever of that role, or above it, may make one."""
    made_by = role if may(role, "make_tokens") else "administrator"
    return tokens.make(
        of,
        maker(of, made_by),
        name="a program",
        role=role,
        workspace=workspace,
        days=7,
        at_us=wall_us(),
    )


def program(of: Site, role: str) -> TestClient:
    """A program with a token of a role."""
    return TestClient(
        app_of(of), headers={"authorization": f"Bearer {secret_of(of, role)}"},
        raise_server_exceptions=False,
    )  # fmt: skip
