"""The service as a process: killed while people work on it, and with many people and heavy work."""

from __future__ import annotations

import os
import random
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from regie.workspace import open_workspace
from tests.support.service import REGIE, Service, form_token, joined, service

CAMPAIGN = "/decide/2/favourites"


class Approver(threading.Thread):
    """Approves and takes back, by turns, until the service is gone; what was acknowledged."""

    def __init__(self, running: Service) -> None:
        super().__init__()
        self.client = running.person("manager")
        self.csrf = form_token(self.client, CAMPAIGN)
        self.done: list[str] = []

    def run(self) -> None:
        while True:
            try:
                self._turn()
            except httpx.TransportError:
                return

    def _turn(self) -> None:
        shown = re.search(r'name="shown" value="([0-9a-f]+)"', self.client.get(CAMPAIGN).text)
        deed = "approve" if shown else "undo"
        given = {"csrf": self.csrf, "deed": deed, "shown": shown[1] if shown else ""}
        if self.client.post(CAMPAIGN, data=given).status_code == 303:
            self.done.append(deed)


def order(number: int) -> str:
    """A file of one order."""
    return (
        "order,item,description,quantity,at,unit_price,customer_id\n"
        f"late{number},85123A,A CANDLE,1,2011-12-0{1 + number % 8} 10:00,2.55,9000{number}\n"
    )


def imported(folder: Path, number: int) -> bool:
    """Import a file of one order from the command line, beside the service."""
    file = folder.parent / f"late{number}.csv"
    file.write_text(order(number), "utf-8")
    done = subprocess.run(
        [*REGIE, "import", str(file), "--as", "orders", "-w", str(folder)],
        check=False, capture_output=True,
    )  # fmt: skip
    return done.returncode == 0


def killed_once(folder: Path, number: int, lives_s: float) -> None:
    """People approve and import, the service is killed, and all that was acknowledged is there."""
    with open_workspace(folder) as shop:
        before = [act.kind for act in shop.state.acts()]
    with service(folder) as running, ThreadPoolExecutor(1) as beside:
        approver = Approver(running)
        approver.start()
        bringing = beside.submit(imported, folder, number)
        time.sleep(lives_s)
        running.kill()
        approver.join()
        assert bringing.result(), "who imports beside it is not disturbed"
    with service(folder) as again, open_workspace(folder) as shop:
        acts = [act.kind for act in shop.state.acts()][len(before) :]
        told = [{"approve": "approved", "undo": "undone"}[deed] for deed in approver.done]
        # What was on its way when it died may have been done, unseen.
        assert acts[: len(told)] == told
        assert len(acts) <= len(told) + 1
        assert all(a != b for a, b in pairwise(acts)), "nothing counts twice"
        states = set(shop.state.outbox(run=2, campaign="favourites")["state"])
        last = [*before, *acts][-1]
        assert states == {{"approved": "approved", "undone": "proposed"}[last]}
        orders = shop.sql(f"SELECT 1 AS n FROM events WHERE \"order\" = 'late{number}'")
        assert len(orders.columns["n"]) == 1
        assert shop.verify().faults == ()
        assert again.person("manager").get(CAMPAIGN).status_code == 200


def test_killed_while_people_work_it_loses_nothing_that_was_acknowledged(own_shop: Path) -> None:
    joined(own_shop, "manager")
    killed_once(own_shop, 0, 1.5)


@pytest.mark.proof
def test_killed_often(own_shop: Path) -> None:
    joined(own_shop, "manager")
    draw = random.Random(8)
    for number in range(30):
        killed_once(own_shop, number, draw.uniform(0.05, 4.0))


# ---------------------------------------------------------------- many people, heavy work


READ = (
    "/", "/decide", "/decisions", CAMPAIGN, "/explore", "/explore?by=item&measure=orders",
    "/explore?country=France", "/privacy", "/data",
)  # fmt: skip


class Crowd:
    """People who read and filter, each after a pause; how long each page took, in seconds."""

    def __init__(self, running: Service, people: int, pause_s: float) -> None:
        self.running, self.people, self.pause_s = running, people, pause_s
        self.took_s: list[tuple[float, str]] = []
        self.failed: list[str] = []
        self.stopping = threading.Event()

    def read(self, seconds: float) -> None:
        """Read for so long."""
        # One sign-in for all: a sign-in costs 22 ms and 19 MiB on purpose.
        signed_in = dict(self.running.person("manager").cookies)
        with ThreadPoolExecutor(self.people) as crowd:
            futures = [crowd.submit(self._one, n, signed_in) for n in range(self.people)]
            self.stopping.wait(seconds)
            self.stopping.set()
            for one in futures:
                one.result()

    def _one(self, number: int, signed_in: dict[str, str]) -> None:
        draw = random.Random(number)
        with httpx.Client(base_url=self.running.address, cookies=signed_in, timeout=60) as client:
            while not self.stopping.wait(draw.expovariate(1 / self.pause_s)):
                path = draw.choice(READ)
                began = time.perf_counter()
                answer = client.get(path)
                self.took_s.append((time.perf_counter() - began, path))
                if answer.status_code != 200:
                    self.failed.append(f"{path}: {answer.status_code}")

    def p95_s(self) -> float:
        """Of twenty pages nineteen took at most so long."""
        return sorted(self.took_s)[int(0.95 * len(self.took_s))][0]


@pytest.mark.proof
def test_two_hundred_people_read_for_ten_minutes(own_shop: Path) -> None:
    """Every page answers, and what the service holds does not grow."""
    joined(own_shop, "manager")
    seconds = float(os.environ.get("REGIE_CROWD_S", "600"))
    with service(own_shop) as running:
        crowd = Crowd(running, 200, pause_s=8.0)
        reading = threading.Thread(target=crowd.read, args=(seconds,))
        reading.start()
        time.sleep(seconds / 3)
        early = running.memory_kb()
        reading.join()
        late = running.memory_kb()
    assert crowd.failed == []
    assert len(crowd.took_s) > 200
    print(f"{len(crowd.took_s)} pages, p95 {crowd.p95_s():.3f} s, {early} kB then {late} kB")
    assert late < early * 1.1 + 10_000


@pytest.mark.proof
def test_heavy_work_makes_no_page_wait(own_shop: Path, tmp_path: Path) -> None:
    """An import of ten million lines, a run and a report: nineteen pages of twenty in 300 ms."""
    from bench.large_log import write_large_log

    joined(own_shop, "manager")
    log = write_large_log(tmp_path / "more.parquet", int(os.environ.get("REGIE_HEAVY", "20")))
    with service(own_shop) as running:
        first = running.person("manager")
        for path in READ:  # what a service makes once, when it starts, is not this work's doing
            assert first.get(path).status_code == 200
        crowd = Crowd(running, 5, pause_s=1.0)
        reading = threading.Thread(target=crowd.read, args=(3600.0,))
        reading.start()
        for command in (
            ["import", str(log), "--as", "online-retail"], ["run", "--as-of", "2011-12-09"],
            ["report", "--lang", "fr"],
        ):  # fmt: skip
            subprocess.run([*REGIE, *command, "-w", str(own_shop)], check=True, capture_output=True)
        crowd.stopping.set()
        reading.join()
    assert crowd.failed == []
    print(f"{len(crowd.took_s)} pages, p95 {crowd.p95_s():.3f} s", sorted(crowd.took_s)[-12:])
    assert crowd.p95_s() < 0.3
