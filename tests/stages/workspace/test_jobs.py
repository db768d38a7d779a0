"""Heavy work in processes of its own: done, followed, broken off, asked for again; and on time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from regie.engines.locks import lease
from regie.terms.errors import NotFoundError, RefusedError, RuleError, SettingError
from regie.terms.instant import DAY_US, instant_us, zone
from regie.words.sentences import theme_sentences
from regie.workspace import apart, jobs, loop, ticking
from regie.workspace.workspace import Workspace, open_workspace
from tests.support.workspaces import workspace

HOUR_US = DAY_US // 24


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace."""
    with workspace(tmp_path) as made:
        yield made


def until(job_id: str, of: Workspace, *states: str, seconds: float = 60.0) -> str:
    """Wait until a job is in one of some states; its state then."""
    ends = time.monotonic() + seconds
    while (found := jobs.one(of, job_id)).state not in states and time.monotonic() < ends:
        time.sleep(0.05)
    return found.state


def schedule(of: Workspace, text: str) -> None:
    """Write the schedule of a workspace."""
    (of.folder / "rules" / "schedule.toml").write_text(text, "utf-8")


NOTICES = """
[[task]]
name = "notice"
does = "report"
every = "day"
at = "06:30"
arguments = {page = "notice", lang = "fr"}
"""


def test_a_job_is_done_by_a_process_of_its_own(shop: Workspace) -> None:
    asked = jobs.new("report", {"page": "notice", "lang": "fr"}, "camille@example.com")
    assert jobs.start(shop, asked) == asked
    assert until(asked.id, shop, "done", "failed") == "done"
    ended = jobs.one(shop, asked.id)
    assert (ended.told, ended.started_by) == ("notice-fr.html", "camille@example.com")
    assert ended.at_us <= ended.began_us <= ended.ended_us
    assert (shop.folder / "reports" / "notice-fr.html").is_file()
    assert not list((shop.folder / "scratch").glob("job-*"))


def test_a_file_of_the_folder_one_started_in_is_not_run(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit(9)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(apart.command(shop.folder.resolve(), "tick"), check=False)
    assert done.returncode == 0


def test_a_job_that_cannot_be_done_says_why_and_one_that_makes_no_sense_is_refused(
    shop: Workspace,
) -> None:
    job = jobs.new("export", {}, "camille@example.com")
    shop.jobs.add(job)
    ended = jobs.work(shop, job)
    assert ended.state == "failed"
    assert "expected" in ended.told
    for kind, given in (("export", {"more": "x"}), ("nothing", {}), ("report", {"lang": "de"})):
        with pytest.raises(SettingError):
            jobs.new(kind, given, "camille@example.com")
    with pytest.raises(NotFoundError):
        jobs.one(shop, "nowhere")


def test_a_job_whose_process_is_killed_is_broken_off_and_can_be_asked_for_again(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STARTING_US", 0)
    job = jobs.new("expire", {}, "camille@example.com")
    with lease(shop.folder / "scratch" / "jobs.lease", 0.0, "a job before it"):
        shop.jobs.add(job)
        child = jobs.process(shop.folder, job.id)
        lock = shop.folder / "scratch" / f"job-{job.id}.lease"
        ends = time.monotonic() + 30
        while not lock.exists() and time.monotonic() < ends:
            time.sleep(0.05)
        time.sleep(0.3)
        assert jobs.settle(shop) == [], "it lives, and waits for its turn"
        with pytest.raises(RefusedError):
            jobs.again(shop, job.id, "camille@example.com")
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert [one.id for one in jobs.settle(shop)] == [job.id]
    assert jobs.one(shop, job.id).state == "broken off"
    assert jobs.settle(shop) == [], "once"
    second = jobs.again(shop, job.id, "louis@example.com")
    assert until(second.id, shop, "done", "failed") == "done"


def test_what_another_process_changes_moves_the_version_that_pages_follow(shop: Workspace) -> None:
    before = shop.jobs.version()
    assert shop.jobs.version() == before
    shop.jobs.add(jobs.new("expire", {}, "camille@example.com"))
    own = shop.jobs.version()
    assert own != before
    with open_workspace(shop.folder) as elsewhere:
        elsewhere.jobs.add(jobs.new("expire", {}, "louis@example.com"))
    assert shop.jobs.version() != own


def test_what_is_due_is_done_once_each_and_what_was_missed_once(shop: Workspace) -> None:
    schedule(shop, NOTICES)
    paris = zone(shop.settings.zone)
    monday = instant_us(datetime(2011, 6, 6, 7, 0, tzinfo=paris))
    assert ticking.tick(shop, monday) == [], "writing a task down starts nothing"
    assert ticking.tick(shop, monday + 22 * HOUR_US) == [], "05:00 is too early"
    done = ticking.tick(shop, monday + 24 * HOUR_US)
    assert done is not None
    assert [(one.task, one.state, one.attempt) for one in done] == [("notice", "done", 1)]
    assert ticking.tick(shop, monday + 25 * HOUR_US) == []
    late = ticking.tick(shop, monday + 10 * DAY_US)
    assert late is not None
    assert len(late) == 1, "nine mornings were missed, one is made up for"
    assert ticking.tick(shop, monday + 10 * DAY_US) == []


def test_of_two_ticks_one_works(shop: Workspace) -> None:
    schedule(shop, NOTICES)
    with open_workspace(shop.folder) as elsewhere:
        import threading

        told: list[object] = []
        with lease(shop.folder / "scratch" / "tick.lease", 0.0, "tick"):
            other = threading.Thread(target=lambda: told.append(ticking.tick(elsewhere)))
            other.start()
            other.join()
        assert told == [None]


def test_a_try_that_failed_is_repeated_a_little_later_and_keeps_nothing_waiting(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(shop, NOTICES.replace("notice", "first").replace('"report"', '"export"').replace(
        'arguments = {page = "first", lang = "fr"}', "") + NOTICES)  # fmt: skip
    now_us = instant_us(datetime(2011, 6, 6, 7, 0, tzinfo=zone(shop.settings.zone)))
    ticking.tick(shop, now_us)
    done = ticking.tick(shop, now_us + DAY_US)
    assert done is not None
    assert [(one.task, one.state) for one in done] == [("first", "failed"), ("notice", "done")]
    assert ticking.tick(shop, now_us + DAY_US) == [], "not at once"
    monkeypatch.setattr(ticking, "RETRY_US", 0)
    for attempt in (2, 3):
        again = ticking.tick(shop, now_us + DAY_US)
        assert again is not None
        assert [(one.task, one.attempt) for one in again] == [("first", attempt)]
    assert ticking.tick(shop, now_us + DAY_US) == [], "three times are enough"
    assert [t.attempt for t in shop.jobs.tries("first", done[0].due_us)] == [1, 2, 3]


def test_a_schedule_that_makes_no_sense_names_its_place(shop: Workspace) -> None:
    for wrong, where in (
        ('does = "report"|does = "import"', "does"),
        ('at = "06:30"|at = "6:30"', "at"),
        ('every = "day"|every = "week"', "on"),
        ('every = "day"|every = "year"', "schedule.toml"),
        ('lang = "fr"|lang = "de"', "report"),
        ("[[task]]|[[work]]", "schedule.toml"),
        ('name = "notice"|name = "A b"', "task"),
    ):
        old, _, new = wrong.partition("|")
        schedule(shop, NOTICES.replace(old, new))
        with pytest.raises(SettingError) as told:
            ticking.schedule(shop)
        assert where in str(told.value)
    schedule(shop, NOTICES + NOTICES)
    with pytest.raises(RuleError):
        ticking.schedule(shop)


def test_each_day_has_its_time_once_when_the_clocks_change() -> None:
    from regie.terms.schedule import Task, latest_due_us

    task = Task(name="night", does="run", every="day", at="02:30")
    for first in (datetime(2026, 3, 28), datetime(2026, 10, 24)):  # noqa: DTZ001
        start = instant_us(first.replace(tzinfo=zone("Europe/Paris")))
        moments = {
            latest_due_us(task, start + n * HOUR_US // 2, "Europe/Paris") for n in range(1, 4 * 48)
        }
        assert len(moments) == 5, "the day before, and four days"
    weekly = msgspec.structs.replace(task, every="week", on="sunday")
    sunday = instant_us(datetime(2026, 11, 22, 2, 30, tzinfo=zone("Europe/Paris")))
    assert latest_due_us(weekly, sunday, "Europe/Paris") == sunday
    assert latest_due_us(weekly, sunday - 1, "Europe/Paris") == sunday - 7 * DAY_US


def test_whoever_kills_the_service_kills_no_work(shop: Workspace) -> None:
    asked = (
        "import os, signal, sys\n"
        "from regie.workspace import jobs\n"
        "from regie.workspace.workspace import open_workspace\n"
        "shop = open_workspace(sys.argv[1])\n"
        "jobs.start(shop, jobs.new('report', {'page': 'notice'}, 'camille@example.com'))\n"
        "os.killpg(os.getpgid(0), signal.SIGKILL)\n"
    )
    service = subprocess.run(
        [sys.executable, "-c", asked, str(shop.folder)], check=False, start_new_session=True
    )
    assert service.returncode == -signal.SIGKILL
    (job,) = shop.jobs.all()
    assert until(job.id, shop, "done", "failed") == "done"


def test_every_step_of_the_loop_has_its_words() -> None:
    sentences = theme_sentences("screens")
    for step in loop.STEPS:
        assert f"step_{step.__name__}" in sentences, step.__name__
