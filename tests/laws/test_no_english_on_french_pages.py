"""Whatever is refused, a French reader is told in French: what the house says among its own, in
English, stands folded away at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from regie.govern.access import ROLES, may
from regie.interfaces.web.routes import ROUTES, SIGNED_IN, Route
from regie.terms.errors import RegieError
from regie.workspace import jobs
from regie.workspace.site import Site
from tests.laws.test_who_may import OPEN, address
from tests.support.room import browser, csrf, shop, site

_FOLDED = re.compile(r'<details class="technical">.*?</details>', re.S)
_TAGS = re.compile(r"<(style|script|code|pre)\b.*?</\1>|<[^>]+>", re.S)
_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
_ENDING = {
    "/sign-out",
    "/me/password",
    "/privacy/requests",
    "/decisions/verify",
    "/language",
    "/live",
}
"""What ends the session, does what was asked for, or answers without an end."""


@pytest.fixture
def french(own_shop: Path) -> Iterator[Site]:
    """A site in which favourites wait."""
    with site(own_shop) as opened:
        shop(opened).undo(campaign="favourites", actor="nobody")
        yield opened


class Said:
    """What errors said since they were last looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parts: set[str] = set()
        plain = RegieError.__init__

        def noted(error: RegieError, where: str, found: str, rule: str, step: str) -> None:
            plain(error, where, found, rule, step)
            told = (error.where, error.found, error.rule, error.step)
            self.parts |= {part for part in told if _WORDS.search(part)}

        monkeypatch.setattr(RegieError, "__init__", noted)

    def shown(self, html: str) -> set[str]:
        """Those of them that a reader sees on a page."""
        seen = " ".join(unescape(_TAGS.sub(" ", _FOLDED.sub("", html))).split())
        parts, self.parts = self.parts, set()
        return {part for part in parts if part in seen}


def test_no_refusal_of_any_address_is_told_in_english(
    french: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Said(monkeypatch)
    clients: dict[str, TestClient] = {}
    refused, wrong = 0, []
    for route in ROUTES:
        if route.path in _ENDING:
            continue
        client, token = _let_in(french, route, clients)
        for path, given in _tried(route, token):
            answer = client.request(route.method, path, **given)
            shown = said.shown(answer.text)
            if shown or answer.status_code >= 500:
                wrong.append((route.method, path, given, answer.status_code, shown))
            refused += answer.status_code >= 400
    assert wrong == []
    assert refused > 60


def _let_in(of: Site, route: Route, clients: dict[str, TestClient]) -> tuple[TestClient, str]:
    """Somebody who may ask a route, and what their forms bring along."""
    if route.permission in OPEN:
        return clients.setdefault("", browser(of, None, "fr")), ""
    role = next(
        one for one in list(ROLES)[::-1]
        if route.permission == SIGNED_IN or may(one, route.permission)
    )  # fmt: skip
    if role not in clients:
        clients[role] = browser(of, role, "fr")
    return clients[role], csrf(clients[role], "/me")


def _tried(route: Route, token: str) -> list[tuple[str, dict[str, Any]]]:
    """Addresses of a route with what they do not take: what is there, and what is not."""
    there, lost = address(route), re.sub(r"{\w+(:int)?}", "7", route.path)
    if route.method == "GET":
        strange = {"params": {"run": "x", "after": "?", "from": "x", "version": "?"}}
        return [(there, strange), *([(lost, {})] if lost != there else [])]
    fields: dict[str, str] = {"csrf": token, "reason": "parce que", "shown": "0" * 64}
    deeds = {there: ("", "save", "approve"), lost: ("", "drop")}
    return [
        (path, {"data": fields | {"deed": deed}}) for path, some in deeds.items() for deed in some
    ]


def test_what_is_met_most_has_a_french_sentence_of_its_own(
    french: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, manager = browser(french, "administrator", "fr"), browser(french, "manager", "fr")
    said = Said(monkeypatch)
    account = re.search(r'name="account" value="(\w+)"', admin.get("/accounts").text)
    rules = shop(french).folder / "rules"
    amend = "/decide/2/favourites/amend"
    fields = dict(re.findall(
        r'name="((?:fr|en)\.\w+)"[^>]*?(?:value="|>)([^"<]*)', manager.get(amend).text
    ))  # fmt: skip
    shown = re.search(r'name="shown" value="(\w+)"', manager.get(amend).text)
    assert account is not None
    assert shown is not None
    failed = jobs.new("export", {"to": "nowhere"}, "manager@example.com")
    shop(french).jobs.add(failed)
    jobs.work(shop(french), failed)
    (rules / "policies" / "draft.toml").write_text("cap_messages = many\n", "utf-8")
    (rules / "schedule.toml").write_text('[[task]]\nname = "x"\ndoes = "nothing"\n', "utf-8")
    (rules / "campaigns" / "broken.toml").write_text('title = "x"\n', "utf-8")
    (rules / "reports").mkdir(exist_ok=True)
    (rules / "reports" / "broken.toml").write_text("title = 3\n", "utf-8")
    token = csrf(manager, "/")
    for answer, words in (
        (admin.post("/accounts", data={"csrf": csrf(admin, "/"), "account": account[1],
                                       "role": "viewer", "active": "on"}), "dernière personne"),
        (manager.post(amend, data=fields | {
            "csrf": token, "deed": "reword", "reason": "mieux", "shown": shown[1],
            "fr.body": "Bonjour {last_name}"}), "Seul {first_name} peut figurer"),
        (manager.get("/policies/default"), "Cette façon de choisir n’existe pas"),
        (manager.get("/policies"), "Le fichier de cette façon de choisir est illisible"),
        (manager.get("/jobs"), "Le fichier du calendrier est illisible"),
        (manager.get("/jobs"), "Cela n’a pas pu être fait."),
        (manager.get("/campaigns"), "rules/campaigns/broken.toml"),
        (manager.get("/campaigns/broken"), "à corriger d’abord"),
        (manager.get("/reports"), "Le fichier de ce rapport est illisible"),
    ):  # fmt: skip
        text = unescape(answer.text)
        assert words in text, (answer.url, words)
        assert not said.shown(answer.text), answer.url
