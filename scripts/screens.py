"""Small pictures of every screen, in both languages: `python scripts/screens.py`.

Fills docs/screens/. Takes the workspace that `make demo` made (or the one named), works on a copy
of it, and needs Chromium (`make browser`).
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import sync_playwright

from regie.interfaces.web.app import make_app
from regie.terms.document import LANGS
from regie.workspace.settings import wall_us
from regie.workspace.site import Site

FOLDER = Path(__file__).parent.parent / "docs/screens"
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
WIDE, HIGH = 1280, 860
EMAIL, PASSWORD = "camille@example.com", "a sentence to keep in mind"
SCREENS = {
    "overview": "/",
    "to-decide": "/decide",
    "proposal": "/decide/{run}/{campaign}",
    "explore": "/explore?by=country",
    "audiences": "/audiences",
    "campaigns": "/campaigns",
    "models": "/models",
    "model": "/models/response",
    "data": "/data",
    "privacy": "/privacy?purpose=prospecting",
    "reports": "/reports",
    "journal": "/decisions",
    "decision": "/decisions/{decision}",
    "settings": "/settings",
    "accounts": "/accounts",
    "why": "/w/{token}",
}


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The address of a site, served in a thread."""
    config = uvicorn.Config(make_app(site), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def named(site: Site) -> dict[str, Any]:
    """What the addresses name: something of the newest run."""
    workspace = site.rooms[""].workspace
    run = workspace.runs()[-1].number
    sent = workspace.state.outbox(run=run)
    about = {name: str(sent[name][0]) for name in ("campaign", "decision", "token")}
    return {"run": run, **about}


def wait_for_figures(site: Site) -> None:
    """Until figures are read, and how right predictions were is known: screens say meanwhile that
    it is being found.
    """
    board = site.rooms[""].board
    while None in (board.cubes.known(), board.audiences.known(), board.judged()):
        time.sleep(0.2)


def take(site: Site, address: str) -> None:
    """Sign in once, and take every picture in both languages."""
    about = named(site)
    wait_for_figures(site)
    token = site.invite("administrator", None, wall_us())
    site.join(token, name="Camille R.", email=EMAIL, password=PASSWORD, language="fr",
              at_us=wall_us())  # fmt: skip
    session = site.sign_in(EMAIL, PASSWORD, wall_us()).token
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for lang in LANGS:
            context = browser.new_context(
                locale=LOCALES[lang], viewport={"width": WIDE, "height": HIGH},
                device_scale_factor=0.6,
            )  # fmt: skip
            context.add_cookies([
                {"name": "regie", "value": session, "url": address},
                {"name": "regie_language", "value": lang, "url": address},
            ])  # fmt: skip
            page = context.new_page()
            for name, path in SCREENS.items():
                answer = page.goto(address + path.format(**about), wait_until="networkidle")
                if answer is None or answer.status != 200:
                    sys.exit(f"{path} answers {answer and answer.status}")
                page.screenshot(path=FOLDER / f"{name}-{lang}.jpeg", type="jpeg", quality=82)
        browser.close()


def main(workspace: Path) -> None:
    """Pictures of a copy of a workspace."""
    if not (workspace / "regie.toml").is_file():
        sys.exit(f"{workspace} is not there: make demo")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(workspace, Path(folder) / "demo"))
        for accounts in copy.glob("accounts.sqlite*"):
            accounts.unlink()
        site = Site(copy)
        try:
            with served(site) as address:
                take(site, address)
        finally:
            site.close()
    for unknown in FOLDER.iterdir():
        if not re.fullmatch(r"(.+)-(en|fr)\.jpeg", unknown.name):
            sys.exit(f"{unknown} is no picture of a screen")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo"))
