"""Jobs on a screen and for programs; a page that follows; the service does what is due."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from regie.interfaces.web import live, working
from regie.interfaces.web.asking import Ask
from regie.ports.jobs import Job
from regie.words.sentences import say
from regie.workspace import following, jobs, ticking
from regie.workspace.settings import wall_us
from regie.workspace.site import Site
from tests.support.room import PASSWORD, app_of, browser, csrf, shop, site
from tests.support.shop import DAYS
from tests.support.tokens import maker, secret_of


def over(of: Site, job_id: str) -> Job:
    """Wait until a job is over."""
    ends = time.monotonic() + 60
    while not (found := jobs.one(shop(of), job_id)).is_over and time.monotonic() < ends:
        time.sleep(0.05)
    return found


def test_a_manager_starts_a_job_and_follows_it(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(own_shop) as opened:
        client, reader = browser(opened, "manager"), browser(opened, "analyst")
        assert "Nothing was started yet" in client.get("/jobs").text
        form = {"csrf": csrf(client, "/jobs")}
        assert client.post("/jobs", data={**form, "kind": "import"}).status_code == 400
        for day in ("2031-01-01", "2011-12-11", "yesterday"):
            late = client.post("/jobs", data={**form, "kind": "run", "as_of": day})
            assert (late.status_code, "Choose a day that has come" in late.text) == (400, True), day
        assert shop(opened).jobs.all() == []
        with monkeypatch.context() as patch:
            patch.setattr(jobs, "process", lambda folder, what: None)
            asked = client.post("/jobs", data={**form, "kind": "run", "as_of": "2011-06-09"})
        assert asked.status_code == 303
        assert shop(opened).jobs.all()[0].arguments == {"as_of": "2011-06-09"}
        assert "as of 9 June 2011" in reader.get("/jobs").text
        assert client.post("/jobs", data={**form, "kind": "expire"}).status_code == 303
        job = shop(opened).jobs.all()[0]
        assert over(opened, job.id).state == "done"
        page = reader.get("/jobs").text
        assert "manager@example.com" in page
        assert "groups of rows let go" in page
        assert 'name="kind"' not in page, "who may only read sees no button"
        no = shop(opened).decisions(run=2, state="approved")[0][0].subject
        shop(opened).object(no)
        exported = jobs.new("export", {}, "manager@example.com")
        shop(opened).jobs.add(exported)
        assert jobs.work(shop(opened), exported).told.endswith(" not_allowed=1")
        page = reader.get("/jobs").text
        assert re.search(r"best-next-plain.csv: \d+ people\.", page)
        assert "Left out, the person may not be written to any more: 1." in page
        failed = jobs.new("export", {"to": "nowhere"}, "manager@example.com")
        shop(opened).jobs.add(failed)
        assert jobs.work(shop(opened), failed).state == "failed"
        page = client.get("/jobs").text
        assert f"/jobs/{failed.id}/again" in page
        assert client.post(f"/jobs/{failed.id}/again", data=form).status_code == 303
        assert over(opened, shop(opened).jobs.all()[0].id).state == "failed"
        assert client.post(f"/jobs/{'f' * 32}/again", data=form).status_code == 404
        shop(opened).undo(run=2, actor="nobody")
        empty = jobs.new("export", {}, "manager@example.com")
        shop(opened).jobs.add(empty)
        assert jobs.work(shop(opened), empty).state == "failed"
        page = browser(opened, "data_scientist", "fr").get("/jobs").text
        assert re.search(r"Écartés, personne ne l’a validé\s?: \d+\.", page)
        assert "Les heures sont celles de Europe/London." in page


@pytest.mark.parametrize(("told", "words"), [
    ("left", "C’est parti."), ("waits", "En attente d’une signature."), ("gone", "déjà parti"),
    ("left reports/outbox/a.eml", "fichier de message\u202f: reports/outbox/a.eml"),
    ("left a@b.example", "a refusé ces adresses\u202f: a@b.example"),
])  # fmt: skip
def test_what_became_of_a_report_is_told_in_words(told: str, words: str) -> None:
    class French:
        def say(self, name: str, **values: str) -> str:
            return say(f"screens.{name}", "fr", **values)

    assert words in working._sent(French(), told)  # type: ignore[arg-type]


def test_a_program_starts_a_job_and_follows_it(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(own_shop) as opened:
        secret = secret_of(opened, "manager")
        client = TestClient(app_of(opened), headers={"authorization": f"Bearer {secret}"})
        asked = {"kind": "report", "arguments": {"page": "register", "lang": "fr"}}
        job = client.post("/api/v1/jobs", json=asked).json()
        over(opened, job["id"])
        told = client.get(f"/api/v1/jobs/{job['id']}").json()
        assert (told["state"], told["told"]) == ("done", "register-fr.html")
        assert client.get("/api/v1/jobs").json()["rows"] == [told]
        assert told["as_of"] is None, "a report looks at no day of its own"
        late = {"kind": "run", "arguments": {"as_of": "2011-12-11"}}
        refused = client.post("/api/v1/jobs", json=late)
        assert (refused.status_code, refused.json()["where"]) == (400, "--as-of")
        with monkeypatch.context() as patch:
            patch.setattr(jobs, "process", lambda folder, what: None)
            asked = client.post("/api/v1/jobs", json={"kind": "run", "arguments": {}}).json()
        assert asked["as_of"] == "2011-12-10", "the day the workspace stands at"
        shop(opened).jobs.begin(asked["id"], wall_us())
        shop(opened).jobs.end(asked["id"], "done", "2", wall_us())
        after = client.get(f"/api/v1/jobs/{asked['id']}").json()
        assert (after["state"], after["as_of"]) == ("done", DAYS[-1]), "the day of the run it made"
        wrong = {"kind": "report", "arguments": {"lang": "de"}}
        assert client.post("/api/v1/jobs", json=wrong).status_code == 400
        wrong = {"kind": "import", "arguments": {"file": "/etc/passwd", "mapping": "orders"}}
        assert client.post("/api/v1/jobs", json=wrong).status_code == 400
        assert client.get("/api/v1/schedule").json() == {"tasks": []}


def test_whoever_follows_is_told_of_each_change_until_they_are_signed_out(
    own_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_S", 0.02)
    monkeypatch.setattr(live, "STILL_IN_S", 0.0)
    monkeypatch.setattr(following, "SHARED_S", 0.0)
    with site(own_shop) as opened:
        account = maker(opened, "manager")
        token = opened.sign_in(account.email, PASSWORD, wall_us()).token
        since = following.mark(shop(opened))
        ask = Ask(
            site=opened, room=opened.rooms[""], base="", account=account, session=token, lang="en",
            path={}, query={"since": since}, form={}, at_us=wall_us(), here="/live",
        )  # fmt: skip

        async def followed() -> list[str | None]:
            told: list[str | None] = []
            events = live.follow(ask)
            first = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0.1)
            assert not first.done(), "nothing has changed"
            shop(opened).jobs.add(jobs.new("expire", {}, "manager@example.com"))
            told.append((await first).event)
            second = asyncio.ensure_future(anext(events))
            await asyncio.to_thread(shop(opened).undo, run=2, actor="tests")
            told.append((await second).event)
            opened.sign_out(token, account, wall_us(), everywhere=False)
            with pytest.raises(StopAsyncIteration):
                await anext(events)
            return told

        assert asyncio.run(followed()) == ["changed", "changed"]
        assert live._following == []


def test_the_service_does_what_is_due(own_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site(own_shop) as opened:
        (own_shop / "rules" / "schedule.toml").write_text(
            '[[task]]\nname = "notice"\ndoes = "report"\nevery = "day"\nat = "06:30"\n'
            'arguments = {page = "notice", lang = "en"}\n', "utf-8",
        )  # fmt: skip
        page = browser(opened, "analyst", "fr").get("/jobs").text
        assert "chaque jour à 06:30" in page
        shop(opened).jobs.since("notice", 0)
        with ticking.clockwork(opened):
            ends = time.monotonic() + 60
            while not (found := shop(opened).jobs.all()) and time.monotonic() < ends:
                time.sleep(0.05)
        job = over(opened, found[0].id)
        assert (job.state, job.task, job.started_by) == ("done", "notice", "schedule")
        (own_shop / "rules" / "schedule.toml").write_text("[[task]]\nname = 1\n", "utf-8")
        page = browser(opened, "analyst", "fr").get("/jobs").text
        assert "Le fichier du calendrier est illisible" in page
        assert "rules/schedule.toml" in page, "whoever mends it unfolds where"


def test_own_javascript_is_small_and_alone() -> None:
    from importlib.resources import files

    scripts = [one for one in files("regie.interfaces.web").joinpath("static").iterdir()
               if one.name.endswith(".js")]  # fmt: skip
    assert sum(len(one.read_bytes()) for one in scripts) <= 10_000
