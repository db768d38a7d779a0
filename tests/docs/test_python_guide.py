"""Every block of the guide from Python runs, on a small workspace with the demo's settings."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from regie.workspace import open_workspace
from regie.workspace.demo import make_demo_workspace

GUIDE = Path("docs/guides/python.md")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
LOG = "regie/shipped/online_retail/online_retail.parquet"


@pytest.fixture(scope="module")
def beside_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace `demo` of some customers of the log."""
    folder = tmp_path_factory.mktemp("guide")
    make_demo_workspace(folder / "demo")
    some = folder / "some.parquet"
    duckdb.sql(
        "SELECT * FROM read_parquet($log) WHERE CustomerID < 12700 OR CustomerID = 17850",
        params={"log": LOG},
    ).write_parquet(str(some))
    with open_workspace(folder / "demo") as workspace:
        workspace.import_file(some, "online-retail")
    return folder


def test_every_block_runs(
    beside_demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(BLOCKS) == 5
    monkeypatch.chdir(beside_demo)
    names: dict[str, object] = {}  # read from top to bottom, as a person does
    for block in BLOCKS:
        exec(compile(block, str(GUIDE), "exec"), names)
    printed = capsys.readouterr().out
    assert "identical" in printed
    assert "best-next-brevo.csv" in printed
    assert "'advertising': False" in printed
