"""No command imports what it does not use: what a start costs is what was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "numpy", "duckdb", "deltalake", "arro3", "sklearn", "scipy", "sqlglot", "mrml", "css_inline",
    "babel", "jinja2", "rich", "cryptography", "python_calamine", "msgspec", "click",
)  # fmt: skip
STORES = {"numpy", "duckdb", "deltalake", "arro3", "cryptography", "msgspec", "click"}
"""What opening a workspace takes."""

_PROBE = """
import json, sys
{code}
found = [name for name in {heavy!r} if name in sys.modules]
ours = [name for name in sys.modules if name.startswith("regie.")]
print("\\n" + json.dumps([found, ours]))
"""
_CALL = """
from regie.interfaces.cli import main
try:
    main({arguments!r})
except SystemExit as ended:
    assert not ended.code, ended.code
"""


def imported(code: str) -> tuple[set[str], set[str]]:
    """The heavy modules, and ours, that a fresh Python has after running some code."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.format(code=code, heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "REGIE_WORKSPACE": ""},
    )
    assert done.returncode == 0, done.stderr
    heavy, ours = json.loads(done.stdout.splitlines()[-1])
    return set(heavy), set(ours)


def test_import_regie_loads_nothing() -> None:
    assert imported("import regie") == (set(), set())


def test_the_menu_loads_no_command() -> None:
    heavy, ours = imported(_CALL.format(arguments=["--help"]))
    assert heavy == {"click"}
    assert ours == {"regie.interfaces", "regie.interfaces.cli"}


@pytest.mark.parametrize("command", ["import", "run", "report", "erase", "demo", "sql", "explain"])
def test_help_of_a_command_opens_nothing(command: str) -> None:
    heavy, ours = imported(_CALL.format(arguments=[command, "--help"]))
    assert heavy == {"click"}
    assert not [name for name in ours if name.split(".")[1] in ("workspace", "engines", "collect")]


READS: dict[str, tuple[list[str], set[str]]] = {
    "runs": ([], set()),
    "quality": ([], set()),
    "campaigns": ([], set()),
    "models": ([], set()),
    "decisions": (["--limit", "3"], set()),
    "verify": ([], {"sqlglot"}),
    "consent": (["15152"], set()),
    "access": (["15152"], set()),
    "sql": (["SELECT count(*) AS n FROM events"], set()),
    "replay": (["{decision}"], set()),
    "explain": (["{decision}"], {"babel"}),
}
"""Command to its arguments, and what it may load beyond the stores."""


@pytest.mark.parametrize("command", READS)
def test_a_command_loads_what_it_uses(command: str, whole_shop: Path) -> None:
    arguments, more = READS[command]
    if arguments == ["{decision}"]:
        arguments = [decision_of(whole_shop)]
    heavy, _ = imported(_CALL.format(arguments=[command, "-w", str(whole_shop), *arguments]))
    assert heavy - STORES - more == set()


def decision_of(folder: Path) -> str:
    """A decision with a message."""
    from regie.workspace import open_workspace

    with open_workspace(folder) as shop:
        return str(shop.state.outbox(run=2)["decision"][0])
