"""The guide of the programming interface runs against a real service, beside the command line."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.room import site
from tests.support.service import service
from tests.support.tokens import secret_of
from tests.support.typed import regie

GUIDE = Path("docs/guides/api.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
SHELL = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
ENTRY = PYTHON.pop()  # how an entry is written, which no newcomer types


def test_what_the_guide_says_works_while_the_command_line_does_too(
    own_shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with site(own_shop) as opened:
        monkeypatch.setenv("REGIE_TOKEN", secret_of(opened, "manager"))
    assert len(PYTHON) == 3
    assert "Entry(" in ENTRY
    with service(own_shop) as running:
        monkeypatch.setenv("REGIE_URL", f"{running.address}/api/v1")
        names: dict[str, object] = {}  # read from top to bottom, as a person does
        for block in PYTHON:
            exec(compile(block, "docs/guides/api.md", "exec"), names)
        printed = capsys.readouterr().out
        assert "United Kingdom" in printed
        assert re.search(r"\d+ decisions", printed)
        assert "412" in printed
        if shutil.which("curl"):
            (tmp_path / "orders.csv").write_text("order,item\n1,cup\n", "utf-8")
            done = subprocess.run(
                ["sh", "-e", "-c", *SHELL], cwd=tmp_path, capture_output=True, check=True
            )
            assert b'"role":"manager"' in done.stdout
            assert b'"file":"orders.csv"' in done.stdout
            assert b"problem" not in done.stdout
        asked = ("requests", "receive", "access", "13248", "--day", "2011-11-20", "--json")
        noted = regie(*asked, workspace=own_shop).json()
        ask = names["ask"]
        assert callable(ask)
        listed, _ = ask("/requests")
        assert [one["id"] for one in listed["rows"]] == [noted["told"]["request"]["id"]]
