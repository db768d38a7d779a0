"""`regie serve` as a process of its own, and people who work on it over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from regie.workspace.settings import wall_us
from tests.support.room import PASSWORD, site

REGIE = (sys.executable, "-c", "from regie.interfaces.cli import main; main()")


def joined(folder: Path, *roles: str) -> None:
    """An account of each role, before the service starts."""
    with site(folder) as opened:
        for role in roles:
            opened.join(
                opened.invite(role, None, wall_us()), name=role, email=f"{role}@example.com",
                password=PASSWORD, language="en", at_us=wall_us(),
            )  # fmt: skip


class Service:
    """A running service."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [*REGIE, "serve", "-w", str(folder), "--port", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        for _ in range(600):
            if self._answers():
                return
            assert self.process.poll() is None, self.process.stderr.read()  # type: ignore[union-attr]
            time.sleep(0.1)
        raise AssertionError("the service does not answer")

    def _answers(self) -> bool:
        try:
            httpx.get(f"{self.address}/sign-in")
        except httpx.TransportError:
            return False
        return True

    def person(self, role: str) -> httpx.Client:
        """Somebody of a role, signed in."""
        client = httpx.Client(base_url=self.address, timeout=60)
        given = {"email": f"{role}@example.com", "password": PASSWORD}
        assert client.post("/sign-in", data=given).status_code == 303
        return client

    def kill(self) -> None:
        """As the system does when memory is gone: it and what it started, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def memory_kb(self) -> int:
        """What the process holds of its own, in kilobytes."""
        told = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text("ascii")
        return sum(int(n) for n in re.findall(r"Private_(?:Clean|Dirty):\s+(\d+)", told))


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """A service of a workspace, ended afterwards."""
    started = Service(folder)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.kill()


def form_token(client: httpx.Client, path: str) -> str:
    """What the forms of this session bring along."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path).text)
    assert found is not None, path
    return found.group(1)
