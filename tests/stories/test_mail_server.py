"""Composed reports and a real mail server: each leaves once, whatever the server does."""

from __future__ import annotations

import email
import io
import shutil
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from regie.engines import smtp
from regie.ports.jobs import Job
from regie.terms.errors import RefusedError, WorkspaceError
from regie.terms.instant import DAY_US
from regie.workspace import composing, editions, open_workspace, ruling, telling, ticking
from regie.workspace.cubes import Cubes
from regie.workspace.settings import MailServer as MailSettings
from regie.workspace.workspace import Workspace
from tests.support.mail_server import MailServer, certificate, mail_server
from tests.support.room import browser, site

SECOND = {
    "title": {"fr": "second"}, "languages": ["fr"], "period": "last_28_days",
    "blocks": ["figures", "days", "items"], "to": ["second@example.com"],
    "leaves": {"every": "week", "on": "monday", "at": "08:00", "zone": "Europe/Paris"},
}  # fmt: skip
FIRST = {
    **SECOND, "title": {"fr": "La semaine : « été »", "en": "The week"}, "languages": ["fr", "en"],
    "to": ["first@example.com", "team@example.com"],
}  # fmt: skip
SECRET = "a password of the mail server"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as listening:
        yield listening


@pytest.fixture(scope="module")
def figures(whole_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The shop's accounts and the names of its items, read once: the letter is what is at stake."""
    folder = shutil.copytree(whole_shop, tmp_path_factory.mktemp("figures") / "shop")
    with open_workspace(folder) as shop:
        cubes = Cubes(shop)
        found = cubes.cube(), telling.item_names(shop, shop.settings.now_us())
        cubes.close()
    return found


@pytest.fixture
def workspace(
    own_shop: Path, server: MailServer, figures: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """The shop with two reports that leave on Monday, one to `first`, one to `second`."""
    monkeypatch.setattr(
        editions, "_fresh", lambda shop, one, due: editions.made(shop, *figures, one, due)
    )
    _mail(own_shop, server.port, security="none")
    with open_workspace(own_shop) as opened:
        for data in (FIRST, SECOND):
            composing.save(opened, None, data, seen="", actor="a@b.c")
        ticking.due(opened)  # from now on they are due
        yield opened


def _mail(folder: Path, port: int, **more: str) -> None:
    settings = folder / "regie.toml"
    kept = settings.read_text("utf-8").partition("\n[mail]")[0]
    asked = "".join(f'{name} = "{value}"\n' for name, value in more.items())
    settings.write_text(f'{kept}\n[mail]\nhost = "127.0.0.1"\nport = {port}\n{asked}', "utf-8")


@pytest.fixture
def monday(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The same workspace a week later, where a failed try is due again at once."""
    later_us = workspace.settings.now_us() + 7 * DAY_US
    monkeypatch.setattr(type(workspace.settings), "now_us", lambda self: later_us)
    monkeypatch.setattr(ticking, "RETRY_US", 0)
    return workspace


def ticked(workspace: Workspace) -> dict[str, Job]:
    """Report to how its job ended, of those that were due."""
    done = ticking.tick(workspace)
    assert done is not None
    return {job.arguments["report"]: job for job in done}


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=default)


def test_a_letter_leaves_once_with_what_any_mail_program_reads(
    monday: Workspace, server: MailServer
) -> None:
    name = "la_semaine_ete"
    shown = ruling.shown(monday, composing.file_of(name))
    data = {**FIRST, "forms": ["pdf", "xlsx", "pptx"]}
    composing.save(monday, name, data, seen=shown, actor="a@b.c")
    assert {job.told for job in ticked(monday).values()} == {"left"}
    assert ticked(monday) == {}, "it left"
    (to, content), (_, other) = server.taken
    assert to == ["first@example.com", "team@example.com"], "one hand-over for all"
    message = read(content)
    sender = monday.settings.sender
    assert message["From"].addresses[0].addr_spec == sender.address
    assert message["To"] == "first@example.com, team@example.com"
    assert message["Subject"].startswith("La semaine : « été » · ")
    assert parsedate_to_datetime(message["Date"]).utcoffset() is not None
    domain = sender.address.partition("@")[2]
    assert message["Message-ID"].startswith("<report.la_semaine_ete.")
    assert message["Message-ID"].endswith(f"@{domain}>")
    assert message["Message-ID"] != read(other)["Message-ID"]
    assert message["List-Id"] == f"<la_semaine_ete.reports.{domain}>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Chiffre d’affaires" in text.get_content()
    assert '<html lang="fr">' in page.get_content()
    attached = {part.get_filename() or "": part for part in message.iter_attachments()}
    assert list(attached) == [
        "la_semaine_ete-en.html",
        *(f"la_semaine_ete-{x}.{form}" for form in ("pdf", "xlsx", "pptx") for x in ("fr", "en")),
    ]
    assert _reads({name: _bytes(part) for name, part in attached.items()})
    assert max(map(len, content.splitlines())) <= 998, "RFC 5322, section 2.1.1"


def _bytes(part: Any) -> bytes:
    content = part.get_content()
    return content.encode() if isinstance(content, str) else content


def _reads(attached: dict[str, bytes]) -> bool:
    """Whether every attachment opens in a reader of its kind."""
    from pptx import Presentation
    from python_calamine import CalamineWorkbook

    for name, content in attached.items():
        if name.endswith(".xlsx"):
            assert len(CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names) == 3, name
        elif name.endswith(".pptx"):
            assert len(Presentation(io.BytesIO(content)).slides) >= 4, name
        else:
            assert content.startswith((b"%PDF-", b"<!doctype html>")), name
    return True


def test_what_the_server_did_not_take_leaves_later_and_once_and_keeps_no_other_waiting(
    monday: Workspace, server: MailServer
) -> None:
    server.answers["first@example.com"] = "451 try again later"
    done = ticked(monday)
    assert "refusing it (451 try again later)" in done["la_semaine_ete"].told
    assert done["second"].told == "left"
    assert [to for to, _ in server.taken] == [["second@example.com"]]
    with site(monday.folder) as opened:
        page = browser(opened, "viewer").get("/reports/la_semaine_ete").text
        assert "451 try again later" in page
        assert "has not yet" in page, "the one that did not leave is the one that is shown"
    server.answers["first@example.com"] = "drop"
    assert "not to be reached (SMTPServerDisconnected)" in ticked(monday)["la_semaine_ete"].told
    server.answers.clear()
    assert [(job.state, job.attempt) for job in ticked(monday).values()] == [("done", 3)]
    assert ticked(monday) == {}
    assert [to for to, _ in server.taken] == [["second@example.com"], FIRST["to"]]


def test_a_server_that_is_absent_or_silent_is_asked_three_times_and_then_by_hand(
    monday: Workspace, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ruling.shown(monday, composing.file_of("la_semaine_ete"))
    composing.drop(monday, "la_semaine_ete", seen=shown, actor="a@b.c")
    with monkeypatch.context() as patched:
        patched.setattr(smtp, "TIMEOUT_S", 0.3)
        server.answers["second@example.com"] = "hang"
        assert "not to be reached (" in ticked(monday)["second"].told
        patched.setattr(MailSettings, "port", property(lambda self: 1))
        for attempt in (2, 3):
            done = ticked(monday)["second"]
            assert (done.state, done.attempt) == ("failed", attempt)
            assert "127.0.0.1:1 is not to be reached (ConnectionRefusedError)" in done.told
        assert ticked(monday) == {}, "three times, and no more by itself"
    server.answers.clear()
    one = composing.one(monday, "second")
    due_us = editions.in_hand(monday, one)
    assert due_us < monday.settings.now_us(), "the one that failed is still in hand"
    assert editions.send(monday, "second", "a@b.c", due_us).state == "left"
    assert [to for to, _ in server.taken] == [["second@example.com"]]
    assert editions.in_hand(monday, one) > monday.settings.now_us()


def test_an_address_that_the_server_knows_not_is_told_and_the_others_get_it(
    monday: Workspace, server: MailServer
) -> None:
    server.unknown = {"team@example.com", "second@example.com"}
    done = ticked(monday)
    assert (done["la_semaine_ete"].state, done["la_semaine_ete"].told) == (
        "done", "left team@example.com",
    )  # fmt: skip
    assert "550 no such mailbox" in done["second"].told
    assert [to for to, _ in server.taken] == [["first@example.com"]]


def test_killed_between_the_servers_yes_and_the_note_it_leaves_again_under_the_same_id(
    monday: Workspace, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(editions, "_note", gone)
        editions.send(monday, "second", "schedule")
    assert editions.send(monday, "second", "schedule").state == "left"
    first, second = (read(content) for _, content in server.taken)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_password_goes_over_a_checked_line_alone_and_into_no_file(
    workspace: Workspace, own_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = certificate(tmp_path)
    with mail_server(paths) as server:
        server.user = ("regie", SECRET)
        _mail(own_shop, server.port, user="regie", security="starttls")
        with open_workspace(own_shop) as shop:
            monkeypatch.setenv(editions.PASSWORD, SECRET)
            with pytest.raises(WorkspaceError, match="SSLCertVerificationError"):
                editions.send(shop, "second", "schedule")
            monkeypatch.setenv("SSL_CERT_FILE", str(paths[0]))
            monkeypatch.setenv(editions.PASSWORD, "another")
            with pytest.raises(RefusedError, match="535"):
                editions.send(shop, "second", "schedule")
            assert server.taken == []
            monkeypatch.setenv(editions.PASSWORD, SECRET)
            assert editions.send(shop, "second", "schedule").state == "left"
    assert len(server.taken) == 1
    held = [path for path in own_shop.rglob("*") if path.is_file()
            and SECRET.encode() in path.read_bytes()]  # fmt: skip
    assert held == []
