"""Every command alike: an example in its help, one JSON document, exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from regie.interfaces.cli import COMMANDS
from tests.support.typed import regie


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_to_type(command: str) -> None:
    done = regie(command, "--help")
    lines = [line.strip() for line in done.out.splitlines()]
    example = next(line for line in lines if line.startswith("Example:"))
    assert done.code == 0
    assert example.removeprefix("Example:").strip().startswith(f"regie {command}")
    assert "--json" in done.out
    assert "-w, --workspace" in done.out


def test_the_menu_names_every_command_and_a_slip_is_answered() -> None:
    menu = regie("--help").out
    assert all(f"  {command} " in menu for command in COMMANDS)
    slip = regie("aprove")
    assert (slip.code, "did you mean approve?" in slip.err) == (2, True)


HELD = """
import sys, time
from regie.interfaces.cli import Menu, main
def hold(menu, context):
    print("here", flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:  # as a library may: what is raised here can be lost
        time.sleep(60)
Menu.invoke, sys.argv = hold, ["regie", "runs"]
main()
"""


def test_ctrl_c_ends_a_command_wherever_it_stands() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HELD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout is not None and held.stdout.readline() == "here\n"
        held.send_signal(signal.SIGINT)
        _, told = held.communicate(timeout=30)
    assert (held.returncode, told.strip()) == (
        130, "Stopped. Nothing is half done: type it again to go on.",
    )  # fmt: skip


ANSWERS = {
    "runs": [],
    "quality": [],
    "decisions": ["--limit", "3"],
    "campaigns": [],
    "models": ["response"],
    "verify": [],
    "consent": ["15152"],
    "access": ["15152"],
    "object": ["12704"],
    "requests": ["receive", "access", "15152"],
    "erase": ["13136", "--yes"],
    "sql": ["SELECT kind, count(*) AS n FROM events GROUP BY kind ORDER BY kind"],
    "undo": ["--run", "2", "--campaign", "discover"],
    "approve": ["--run", "2"],
    "rectify": ["15152", "first_name", "Lia"],
    "report": [],
    "export": ["best-next"],
    "run": ["--as-of", "2011-09-09"],
}
"""Command to arguments to which it has an answer, in an order in which all can be asked."""


def test_json_is_one_document_on_stdout(own_shop: Path) -> None:
    for command, arguments in ANSWERS.items():
        done = regie(command, *arguments, "--json", workspace=own_shop)
        assert done.code == 0, (command, done.err)
        assert done.err == "", command
        assert done.out.endswith("\n"), command
        assert done.out.count("\n") == 1, command
        assert done.json() is not None, command


NOES = {
    "export": (["best-next"], 1, "refused"),
    "approve": (["--run", "1"], 1, "refused"),
    "undo": (["--run", "9"], 2, "not-found"),
    "explain": (["nosuch"], 2, "not-found"),
    "replay": (["nosuch"], 2, "not-found"),
    "access": (["nobody"], 2, "not-found"),
    "requests": (["show", "nosuch"], 2, "not-found"),
    "erase": (["nobody", "--yes"], 2, "not-found"),
    "import": (["nosuch.csv", "--as", "orders"], 2, "input.file"),
    "rectify": (["15152", "shoe_size", "42"], 2, "setting"),
    "consent": (["15152", "--grant", "everything"], 2, "setting"),
    "sql": (["DROP TABLE events"], 1, "refused"),
    "run": (["--as-of", "yesterday"], 2, None),
}
"""Command to arguments it must say no to, the exit code, and the code of the error."""


@pytest.mark.parametrize("command", NOES)
def test_a_no_is_one_document_too(command: str, whole_shop: Path, tmp_path: Path) -> None:
    arguments, code, error = NOES[command]
    if command == "export":
        whole_shop = unapproved(whole_shop, tmp_path)
    done = regie(command, *arguments, "--json", workspace=whole_shop)
    assert done.code == code
    told = json.loads(done.out)
    if error is not None:
        assert told["code"] == error
        assert told["who_acts"]
        assert ", expected " in told["error"]
        assert "; " in told["error"]
        assert done.err == f"regie: {told['error']}\n"


def unapproved(whole: Path, tmp_path: Path) -> Path:
    """A copy in which every approval was taken back."""
    shop = shutil.copytree(whole, tmp_path / "unapproved")
    assert regie("undo", workspace=shop).code == 0
    return shop


def test_an_unknown_mapping_names_the_known(whole_shop: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", "utf-8")
    done = regie("import", str(tmp_path / "a.csv"), "--as", "shpo", workspace=whole_shop)
    assert done.code == 2
    assert "mapping shpo is not there, expected one of " in done.err
    assert "; regie import FILE, without --as, tells which of them read a file" in done.err
    named = done.err.partition("expected one of ")[2].partition(" and ")[0].split(", ")
    assert (len(named), "ls rules/mappings" in done.err) == (5, True)
    near = regie("import", str(tmp_path / "a.csv"), "--as", "ordres", workspace=whole_shop)
    assert "expected one of orders, " in near.err
    assert "did you mean orders?" in near.err


def test_nobody_named_is_said(whole_shop: Path) -> None:
    for command in (["erase", "--yes"], ["object"], ["access"], ["consent"]):
        for nobody in ("", " "):
            done = regie(command[0], nobody, *command[1:], workspace=whole_shop)
            assert done.code == 2
            assert done.err.startswith("regie: person is not named, expected the key, identifier")


def test_tables_are_read_and_nothing_else(whole_shop: Path) -> None:
    for statement in (
        "DELETE FROM events", "COPY events TO 'x.csv'", "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('/etc/passwd')", "INSTALL httpfs", "ATTACH 'x.db'",
    ):  # fmt: skip
        assert regie("sql", statement, workspace=whole_shop).code == 1, statement
    for statement in ("SELECT nosuch FROM events", "SELECT * FROM 'state.sqlite'", "SELEKT 1"):
        assert regie("sql", statement, workspace=whole_shop).code == 2, statement
    some = regie("sql", "SELECT item FROM events", "--rows", "2", "--json", workspace=whole_shop)
    assert (len(some.json()["rows"]), some.json()["more"]) == (2, True)


def test_where_the_workspace_is_looked_for(
    whole_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = shutil.copytree(whole_shop, tmp_path / "desk" / "shop")
    desk = shop.parent
    monkeypatch.delenv("REGIE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    lost = regie("runs")
    assert (lost.code, "make one: regie init shop" in lost.err) == (2, True)
    assert regie("runs", workspace=shop).code == 0
    monkeypatch.setenv("REGIE_WORKSPACE", str(shop))
    assert regie("runs").code == 0
    assert regie("runs", workspace=tmp_path).code == 2, "-w goes before REGIE_WORKSPACE"
    monkeypatch.delenv("REGIE_WORKSPACE")
    monkeypatch.chdir(shop)
    assert regie("runs").code == 0
    monkeypatch.chdir(desk)
    assert regie("runs").code == 0, "the only workspace in this folder"
    (desk / "other").mkdir()
    (desk / "other" / "regie.toml").write_text("version = 1\n", "utf-8")
    assert "workspace is one of other, shop, expected" in regie("runs").err
    assert regie("-w", "shop", "runs").code == 0, "before the command too"
    assert regie("-w", "other", "runs", workspace=shop).code == 0, "the nearer one counts"


def test_a_workspace_of_a_newer_version_is_refused(own_shop: Path) -> None:
    settings = own_shop / "regie.toml"
    settings.write_text(settings.read_text("utf-8").replace("version = 1", "version = 2"), "utf-8")
    done = regie("runs", workspace=own_shop)
    assert (done.code, "install a newer regie" in done.err) == (2, True)


def test_without_its_key_a_workspace_stays_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    made = regie(
        "init", str(tmp_path / "shop"), "--zone", "Europe/Paris", "--currency", "EUR",
        "--language", "fr", "--basis", "none",
    )  # fmt: skip
    assert made.code == 0
    assert regie("quality", workspace=tmp_path / "shop").code == 0
    key = next((tmp_path / "keys").iterdir())
    assert key.stat().st_mode & 0o077 == 0
    content = key.read_text("utf-8")
    key.unlink()
    lost = regie("quality", workspace=tmp_path / "shop")
    assert (lost.code, "restore it from your backup" in lost.err) == (2, True)
    key.write_text("00" * 32, "utf-8")
    assert regie("quality", workspace=tmp_path / "shop").code == 2
    key.write_text(content, "utf-8")
    assert regie("quality", workspace=tmp_path / "shop").code == 0


def test_init_never_writes_over_a_workspace(own_shop: Path, tmp_path: Path) -> None:
    settings = ["--zone", "Europe/Paris", "--currency", "EUR", "--language", "fr"]
    done = regie("init", str(own_shop), *settings, "--basis", "none")
    assert (done.code, "a workspace already" in done.err) == (2, True)
    assert regie("init", str(tmp_path / "a"), *settings, "--basis", "hope").code == 2
    assert regie("init", str(tmp_path / "a"), "--json", "--zone", "Europe/Paris").code == 2
    assert not (tmp_path / "a").exists()


def test_a_request_goes_its_way_by_commands(own_shop: Path, tmp_path: Path) -> None:
    def does(*arguments: str, code: int = 0) -> dict[str, object]:
        done = regie("requests", *arguments, "--json", workspace=own_shop)
        assert done.code == code, (arguments, done.err)
        told: dict[str, object] = json.loads(done.out)
        return told

    assert "Nobody asked for anything." in regie("requests", workspace=own_shop).out
    made = does("receive", "erase", "13248", "--channel", "phone", "--day", "2011-11-20")
    at = made["told"]["request"]["id"]  # type: ignore[index]
    table = regie("requests", workspace=own_shop).out
    assert "2011-12-20  10 days left" in table
    assert does("act", at, "erase", "--yes", code=1)["code"] == "refused", "nobody checked who asks"
    assert does("act", at, "identify", "--by", "hunch", code=2)["code"] == "setting"
    assert does("act", at, "identify", code=2)["code"] == "setting"
    does("act", at, "identify", "--by", "called_back")
    page = tmp_path / "page.html"
    does("act", at, "access", "--out", str(page))
    assert "Aubrac" in page.read_text("utf-8")
    assert "without --yes" in does("act", at, "erase", code=2)["error"]  # type: ignore[operator]
    does("act", at, "erase", "--yes")
    assert does("act", at, "answer", "--answer", "done")["held"] is False
    shown = regie("requests", "show", at, workspace=own_shop).out
    assert "Aubrac" not in shown
    assert "answered: answer done" in shown
    assert regie("verify", workspace=own_shop).code == 0
    for wrong in (
        ("show",), ("show", "r-0"), ("look",), ("receive", "theft", "1"), ("act", at, "dance"),
        ("receive", "object", "x", "--day", "soon"),
    ):  # fmt: skip
        assert does(*wrong, code=2)["error"], wrong
