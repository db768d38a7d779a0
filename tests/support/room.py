"""The control room of a test: a site over a shop's folder, and browsers that are signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from regie.interfaces.web.app import make_app
from regie.ports.accounts import EVERYWHERE
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from regie.workspace.workspace import Workspace

PASSWORD = "a sentence to keep in mind"


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """The site of a folder, closed afterwards."""
    opened = Site(folder)
    try:
        yield opened
    finally:
        opened.close()


def shop(of: Site) -> Workspace:
    """The workspace of a site that is one."""
    return of.rooms[""].workspace


def app_of(of: Site) -> ASGIApp:
    """The control room of a site, under the names that clients of tests ask for."""
    return make_app(of, ("testserver", "room.example"))


def browser(
    of: Site, role: str | None = None, lang: str = "en", workspaces: tuple[str, ...] = (EVERYWHERE,)
) -> TestClient:
    """A browser that follows no redirect; signed in as somebody of a role, or as nobody."""
    client = TestClient(
        app_of(of), follow_redirects=False, headers={"accept-language": lang},
        raise_server_exceptions=False,
    )  # fmt: skip
    if role is not None:
        here = "" if EVERYWHERE in workspaces else "-" + "-".join(workspaces)
        email = f"{role}{here}@example.com"
        if of.accounts.by_email(email) is None:
            token = of.invite(role, None, wall_us(), workspaces)
            of.join(token, name=role, email=email, password=PASSWORD, language=lang,
                    at_us=wall_us())  # fmt: skip
        answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        # The account may be there already, and speak as whoever asked for it first.
        client.post("/language", data={"lang": lang})
    return client


def csrf(client: TestClient, path: str = "/decide") -> str:
    """What the forms of this session bring along."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path).text)
    assert found is not None
    return found.group(1)
