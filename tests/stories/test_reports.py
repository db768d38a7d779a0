"""Reports on the screens: composed, looked at before they leave, signed, sent, downloaded."""

from __future__ import annotations

import email
import io
import re
import zipfile
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from regie.terms.errors import RuleError
from regie.workspace import composing, editions, jobs, ticking
from regie.workspace.site import Site
from tests.support.room import app_of, browser, csrf, shop, site
from tests.support.tokens import secret_of

WEEKLY = {
    "language.fr": "on", "language.en": "on", "title.fr": "La semaine", "title.en": "The week",
    "words.fr": "Bonjour.", "period": "last_28_days", "blocks": "figures,days,changed,items",
    "every": "week", "on_week": "monday", "at": "08:00", "zone": "Europe/Paris",
    "to": "client@example.com team@example.com", "form.xlsx": "on", "sign_off": "on",
    "deed": "save",
}  # fmt: skip


@pytest.fixture
def room(own_shop: Path) -> Iterator[Site]:
    with site(own_shop) as opened:
        yield opened


def composed(room: Site, **more: str) -> TestClient:
    """A browser of an analyst who composed the weekly report."""
    client = browser(room, "analyst")
    form = {**WEEKLY, **more, "csrf": csrf(client, "/reports-new"), "shown": ""}
    answer = client.post("/reports-new", data={k: v for k, v in form.items() if v or k == "shown"})
    assert answer.headers.get("location") == "/reports/la_semaine", answer.text
    return client


def given(page: str, name: str) -> str:
    """What a hidden field of a page holds."""
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


def test_parts_are_added_moved_and_taken_out_without_losing_what_was_typed(room: Site) -> None:
    client = browser(room, "analyst")
    form = {**WEEKLY, "csrf": csrf(client, "/reports-new"), "shown": "", "blocks": "figures,days"}
    page = client.get("/reports-new").text.partition('class="fields wide"')[2]
    first = re.search(r'<button[^>]*>|<input type="submit"[^>]*>', page)
    assert first is not None and 'value="save"' in first[0], "Enter in a field saves"
    for deed, more, expected in (
        ("add", {"block": "items"}, "figures,days,items"),
        ("up.days", {}, "days,figures"),
        ("down.days", {}, "figures,days"),
        ("out.figures", {}, "days"),
        ("add", {"block": "nothing"}, "figures,days"),
    ):
        page = client.post("/reports-new", data={**form, **more, "deed": deed}).text
        assert given(page, "blocks") == expected, deed
        assert "La semaine" in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title.en": ""}, "Give it a title"),
        ({"title.en": "a" * 121}, "At most 120 letters."),
        ({"words.fr": "a" * 2001}, "At most 2,000 letters."),
        ({"blocks": ""}, "Add at least one part"),
        ({"to": "nobody"}, "is no address"),
        ({"at": "8 h"}, "Write a time"),
        ({"zone": "Paris"}, "Write a time zone"),
        ({"language.fr": "", "language.en": ""}, "at least one language"),
        ({"period": "2026"}, "cannot be made"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(
    room: Site, wrong: dict[str, str], says: str
) -> None:
    client = browser(room, "analyst")
    form = {**WEEKLY, "csrf": csrf(client, "/reports-new"), "shown": "", **wrong}
    answer = client.post("/reports-new", data={k: v for k, v in form.items() if v or k == "shown"})
    assert answer.status_code == 400
    assert says in answer.text
    assert not (shop(room).rules.folder / "reports").is_dir()


def test_a_client_signs_exactly_what_leaves(room: Site) -> None:
    analyst = composed(room)
    client = browser(room, "client", lang="fr")
    assert "Peut être signé" in client.get("/reports").text
    page = client.get("/reports/la_semaine").text
    assert "Composer" not in page, "who may not change it sees no button"
    form = {"csrf": given(page, "csrf"), "edition": given(page, "edition")}
    answer = client.post("/reports/la_semaine/sign", data={**form, "shown": "0" * 64})
    assert answer.status_code == 409, "another one than was shown"
    assert client.post("/reports/la_semaine/edit", data=form).status_code == 403
    shown = given(page, "shown")
    assert client.post("/reports/la_semaine/sign", data={**form, "shown": shown}).status_code == 303
    one = composing.one(shop(room), "la_semaine")
    due_us = int(form["edition"])
    told = editions.standing(shop(room), one.name, due_us)
    assert (told.signed, told.signed_by) == (shown, "client@example.com")
    assert "client@example.com" in analyst.get("/reports/la_semaine").text
    assert shop(room).verify().faults == ()
    sent = editions.send(shop(room), one.name, "schedule", due_us)
    assert (sent.state, sent.file) == ("left", f"reports/outbox/la_semaine-{due_us // 10**6}.eml")
    assert editions.standing(shop(room), one.name, due_us).left == shown
    assert editions.send(shop(room), one.name, "schedule", due_us).state == "gone"
    assert shop(room).verify().faults == ()
    left = client.get(f"/reports/la_semaine?edition={due_us}").text
    assert "Tel qu’il est parti" in left


def test_ones_own_report_is_signed_by_somebody_else(room: Site) -> None:
    manager = browser(room, "manager")
    form = {**WEEKLY, "csrf": csrf(manager, "/reports-new"), "shown": ""}
    manager.post("/reports-new", data=form)
    page = manager.get("/reports/la_semaine").text
    assert "somebody else signs it" in page
    answer = manager.post("/reports/la_semaine/sign", data={
        name: given(page, name) for name in ("csrf", "edition", "shown")
    })  # fmt: skip
    assert answer.status_code == 409


def test_two_who_edit_one_report_do_not_undo_each_other(room: Site) -> None:
    client = composed(room)
    page = client.get("/reports/la_semaine/edit").text
    form = {**WEEKLY, "csrf": given(page, "csrf"), "shown": given(page, "shown")}
    assert client.post("/reports/la_semaine/edit", data=form | {"title.en": "A"}).status_code == 303
    answer = client.post("/reports/la_semaine/edit", data=form | {"title.en": "B"})
    assert answer.status_code == 409
    assert 'value="B"' in answer.text, "what was typed is kept"
    assert composing.one(shop(room), "la_semaine").title["en"] == "A"
    form["shown"] = given(client.get("/reports/la_semaine/edit").text, "shown")
    more = {"title.en": "A", "at": "09:00", "to": "a@example.com"}
    assert client.post("/reports/la_semaine/edit", data=form | more).status_code == 303
    told = client.get("/reports/la_semaine").text.split("Who changed it", 1)[1]
    deeds = [line.rsplit(" · ", 1)[1] for line in re.findall("<li>([^<]+)</li>", told)]
    assert [sorted(re.split("[:,] ", deed)) for deed in deeds] == [
        ["Changed", "Recipients", "When it leaves"], ["Changed", "Title"], ["Made"],
    ], "each says what it changed"  # fmt: skip


def test_it_is_downloaded_in_every_form(room: Site) -> None:
    composed(room)
    client = browser(room, "viewer")
    starts = {"html": b"<!doctype html>", "pdf": b"%PDF-", "xlsx": b"PK", "pptx": b"PK"}
    for form, start in starts.items():
        answer = client.get(f"/reports/la_semaine/file/{form}?lang=fr")
        assert answer.content.startswith(start), form
        assert f'filename="la_semaine-fr.{form}"' in answer.headers["content-disposition"]
    assert client.get("/reports/la_semaine/file/exe").status_code == 404
    slides = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert any(name.startswith("ppt/charts/chart") for name in slides)


def test_the_clock_lets_it_leave_once_and_a_failure_blocks_no_other(
    room: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed(room, sign_off="")
    workspace = shop(room)
    (workspace.rules.folder / "reports" / "broken.toml").write_text("title =")
    task = next(one for one in ticking.schedule(workspace) if one.name == "report.la_semaine")
    now_us = workspace.settings.now_us()
    assert ticking.due(workspace, now_us) == [], "composing it starts nothing"
    later_us = now_us + 7 * 86_400_000_000
    monkeypatch.setattr(type(workspace.settings), "now_us", lambda self: later_us)
    monkeypatch.setattr(editions, "letter", _fails)
    done = ticking.tick(workspace)
    assert done is not None
    assert [job.state for job in done] == ["failed"]
    reader = browser(room, "viewer")
    page = reader.get("/reports").text
    assert "The last try failed" in page
    assert "broken" in page, "one that cannot be read hides no other"
    assert ticking.due(workspace) == [], "not again at once"
    monkeypatch.undo()
    monkeypatch.setattr(type(workspace.settings), "now_us", lambda self: later_us)
    monkeypatch.setattr(ticking, "RETRY_US", 0)
    done = ticking.tick(workspace)
    assert done is not None
    assert [(job.state, job.attempt) for job in done] == [("done", 2)]
    assert ticking.tick(workspace) == [], task.name
    manager = browser(room, "manager")
    page = manager.get("/reports/la_semaine").text
    assert "/send" not in page, "the next one is not due, and nobody signed it"
    next_us = editions.in_hand(workspace, composing.one(workspace, "la_semaine"))
    form = {"csrf": csrf(manager, "/reports/la_semaine/edit"), "edition": str(next_us)}
    assert manager.post("/reports/la_semaine/send", data=form).status_code == 409
    program = TestClient(
        app_of(room), headers={"authorization": f"Bearer {secret_of(room, 'manager')}"}
    )
    for asked in ({}, {"due_us": next_us}):
        again = program.post("/api/v1/reports/la_semaine/send", json=asked)
        assert (again.status_code, again.json()["found"]) == (409, "already left"), asked
    assert "The last try failed" not in reader.get("/reports").text
    (file,) = (workspace.folder / "reports" / "outbox").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert message["to"] == "client@example.com, team@example.com"
    assert [part.get_filename() for part in message.iter_attachments()] == [
        "la_semaine-en.html", "la_semaine-fr.xlsx", "la_semaine-en.xlsx",
    ]  # fmt: skip
    body = message.get_body(("html",))
    assert body is not None
    assert "Bonjour." in body.get_content()
    assert "<svg" not in body.get_content()
    assert not jobs.settle(workspace)


def _fails(*_: object) -> bytes:
    raise OSError("a disk that is gone")


def test_what_waits_for_a_signature_leaves_once_it_is_there(
    room: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed(room)
    workspace = shop(room)
    ticking.due(workspace)
    later_us = workspace.settings.now_us() + 7 * 86_400_000_000
    monkeypatch.setattr(type(workspace.settings), "now_us", lambda self: later_us)
    done = ticking.tick(workspace)
    assert done is not None
    assert [(job.state, job.told) for job in done] == [("done", "waits")]
    client = browser(room, "client")
    page = client.get("/reports/la_semaine").text
    assert "Waits to be signed" in page
    started: list[object] = []
    monkeypatch.setattr(jobs, "start", lambda workspace, job: started.append(job.arguments))
    form = {name: given(page, name) for name in ("csrf", "edition", "shown")}
    assert client.post("/reports/la_semaine/sign", data=form).status_code == 303
    assert started == [{"report": "la_semaine", "due": form["edition"], "by": "client@example.com"}]
    assert client.post("/reports/la_semaine/take-back", data=form).status_code == 303
    assert editions.standing(workspace, "la_semaine", int(form["edition"])).signed == ""


def test_a_report_taken_out_leaves_no_more_and_stays_to_be_read(room: Site) -> None:
    client = composed(room)
    page = client.get("/reports/la_semaine/edit").text
    form = {"csrf": given(page, "csrf"), "shown": given(page, "shown"), "deed": "drop"}
    assert client.post("/reports/la_semaine/edit", data=form).status_code == 303
    assert "No report is composed yet" in client.get("/reports").text
    assert composing.tasks(shop(room)) == ()
    assert client.get("/reports/la_semaine").status_code == 200


def test_a_program_does_all_of_it_and_a_clients_token_signs(
    room: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst, client, manager = (
        TestClient(app_of(room), headers={"authorization": f"Bearer {secret_of(room, role)}"})
        for role in ("analyst", "client", "manager")
    )
    maker = "administrator@example.com"  # who makes tokens for clients, and answers for them
    given = {
        "title": {"fr": "La semaine"}, "languages": ["fr"], "period": "last_28_days",
        "blocks": ["figures", "days"], "forms": ["pdf"], "to": ["a@example.com"],
        "sign_off": True, "leaves": {"every": "week", "on": "monday", "at": "08:00"},
    }  # fmt: skip
    on = {"if-match": analyst.get("/api/v1/reports").headers["etag"]}
    for part, most in composing.MOST_LETTERS.items():
        long = given | {part: {"fr": "a" * (most + 1)}}
        assert analyst.post("/api/v1/reports", json=long, headers=on).status_code == 400, part
        with pytest.raises(RuleError, match=f"{part}.fr is of {most + 1:,} letters"):
            composing.composition_from(long, "weekly")
        assert composing.composition_from(given | {part: {"fr": "a" * most}}, "weekly")
    answer = analyst.post("/api/v1/reports", json=given, headers=on)
    assert answer.status_code == 200, "a new one is nobody's change"
    made = answer.json()
    one = f"/api/v1/reports/{made['name']}"
    assert (
        analyst.post(one, json=given | {"period": "last_week", "shown": "0" * 64}).status_code
        == 412
    )
    changed = analyst.post(one, json=given | {"sign_off": True, "shown": made["shown"]})
    assert changed.status_code == 200
    assert analyst.get(one).json()["report"]["to"] == ["a@example.com"]
    seen = client.get(one).json()
    assert (seen["report"]["to"], seen["recipients"], seen["is_open"]) == ([], 1, True)
    assert [row["report"]["name"] for row in client.get("/api/v1/reports").json()["rows"]] == [
        made["name"]
    ]
    assert [row["deed"] for row in client.get(f"{one}/changes").json()["rows"]] == [
        "edited",
        "made",
    ]
    for form, start in (("html", b"<!doctype"), ("pdf", b"%PDF"), ("xlsx", b"PK"), ("pptx", b"PK")):
        assert client.get(f"{one}/file/{form}").content.startswith(start), form
    assert client.get(f"{one}/file/pdf?lang=en").status_code == 404, "it leaves in French alone"
    answer = client.get(f"{one}/edition")
    assert answer.json()["documents"]["fr"]["title"] == "La semaine"
    assert client.post(f"{one}/send", json={}).status_code == 403
    monkeypatch.setattr(jobs, "process", lambda folder, what: None)
    assert manager.post(f"{one}/send", json={}).status_code == 409, "it waits to be signed"
    stale = client.post(f"{one}/sign", json={}, headers={"if-match": f'"{"0" * 64}"'})
    assert stale.status_code == 412
    signed = client.post(
        f"{one}/sign", json={}, headers={"if-match": answer.headers["etag"]}
    ).json()
    assert (signed["signed"], signed["signed_by"]) == (answer.json()["shown"], maker)
    assert client.post(f"{one}/take-back", json={}).json()["signed"] == ""
    client.post(f"{one}/sign", json={"shown": answer.json()["shown"]})
    assert client.get(f"{one}/editions").json()["rows"][0]["signed_by"] == maker
    early = manager.post(f"{one}/send", json={})
    assert (early.status_code, early.json()["found"]) == (409, "not due yet"), "it names none"
    job = manager.post(f"{one}/send", json={"due_us": signed["due_us"]}).json()
    assert job["arguments"] == {
        "report": made["name"], "due": str(signed["due_us"]), "by": "manager@example.com",
    }  # fmt: skip
    gone = analyst.post(f"{one}/drop", json={"shown": changed.json()["shown"]})
    assert gone.status_code == 200
    assert client.get("/api/v1/reports").json()["rows"] == []
