"""What the README tells a newcomer to type works as it stands, with the samples that ship."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from regie.interfaces.cli import main

README = Path("README.md").read_text("utf-8")
SAMPLES = Path("regie/shipped/samples").resolve()


def test_first_steps_lead_from_a_file_to_a_list_of_customers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = README.split("## First steps")[1]
    block = re.findall(r"```sh\n(.*?)```", section, re.S)[0]
    now = re.findall(r'`now = "([\d-]+)"`', section)[0]
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("REGIE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    commands = [line for line in block.splitlines() if line.startswith("regie ")]
    for line in commands:
        said = _type(line.replace("~/orders.csv", str(SAMPLES / "orders.csv")))
        if line.startswith("regie init"):
            settings = Path("shop/regie.toml")
            text = settings.read_text("utf-8").replace('now = ""', f'now = "{now}"')
            settings.write_text(text, "utf-8")
        if line.startswith("regie import"):
            # Addresses come from a contacts file, as step 5 says.
            _type(f"regie import {SAMPLES / 'contacts.csv'} --as contacts")
    assert re.search(r"best-next-brevo\.csv: [1-9]\d* people", said)
    assert len(commands) == 7


def _type(line: str) -> str:
    """Run one command as it is written; what it says."""
    told = CliRunner().invoke(main, shlex.split(line)[1:], catch_exceptions=False)
    assert told.exit_code == 0, f"{line}\n{told.output}"
    return told.output
