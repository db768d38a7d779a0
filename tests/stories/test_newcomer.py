"""A newcomer's first five minutes: a workspace, their own file, a run, an explained decision."""

from __future__ import annotations

import csv
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.support.typed import regie
from tests.support.workspaces import SHIPPED

ORDERS = (SHIPPED / "samples" / "orders.csv").resolve()
CONTACTS = (SHIPPED / "samples" / "contacts.csv").resolve()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a place for keys outside every workspace."""
    monkeypatch.setenv("REGIE_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("REGIE_WORKSPACE", raising=False)
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


def init(name: str = "shop") -> None:
    made = regie(
        "init", name, "--zone", "Europe/Paris", "--currency", "EUR", "--language", "fr",
        "--basis", "existing-customer",
    )  # fmt: skip
    assert made.code == 0, made.err


def test_from_their_own_file_to_an_explained_decision(desk: Path) -> None:
    init()
    # A secret key would draw another control group every time, out of a dozen people.
    settings = Path("shop/regie.toml")
    fixed = settings.read_text("utf-8").replace('now = ""', 'published_key = "tests"\nnow = ""')
    settings.write_text(fixed, "utf-8")
    assert sorted(path.stem for path in Path("shop/rules/campaigns").iterdir()) == [
        "discover", "favourites", "miss_you",
    ]  # fmt: skip
    done = regie("import", str(ORDERS), "--as", "shop")
    assert done.code == 0, done.err
    assert "added" in done.out
    assert regie("import", str(CONTACTS), "--as", "contacts").code == 0
    quality = regie("quality")
    assert (quality.code, "out of 100" in quality.out) == (0, True)

    # Their file ends in the past: a message from then would have waited too long.
    newest = newest_day()
    ran = regie("run", "--as-of", newest)
    assert ran.code == 0, ran.err
    too_late = regie("approve")
    assert (too_late.code, "set now in regie.toml" in too_late.err) == (1, True)
    assert "expired" in regie("runs").out
    assert regie("decisions", "--state", "expired", "--json").json()["decisions"]

    # As the command proposes: the workspace stands still at its own present.
    still = settings.read_text("utf-8").replace('now = ""', f'now = "{newest}"')
    settings.write_text(still, "utf-8")
    refused = regie("export", "best-next", "--to", "brevo")
    assert (refused.code, "approve them: regie approve" in refused.err) == (1, True)
    approved = regie("approve")
    assert (approved.code, "approved by" in approved.out) == (0, True)
    exported = regie("export", "best-next", "--to", "brevo")
    assert exported.code == 0, exported.err
    with Path("shop/reports/best-next-brevo.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) > 3
    assert all("@" in row["EMAIL"] and row["REASON"] for row in rows)
    assert {row["LANGUAGE"] for row in rows} == {"fr", "en"}

    decision = regie("export", "best-next", "--json").json()["people"][0]["decision"]
    for lang, word in (("fr", "Pourquoi"), ("en", "Why")):
        told = regie("explain", decision[:12], "--lang", lang)
        assert (told.code, len(told.out.splitlines()) > 3) == (0, True), word
    assert regie("replay", decision).out.startswith("identical")
    assert regie("verify").out.endswith("The ledger verifies.\n")


def newest_day() -> str:
    """The day after the newest order, as `regie run` proposes it."""
    hint = regie("run")
    assert hint.code == 0, hint.err
    assert "--as-of" in hint.out, hint.out
    return hint.out.partition("--as-of ")[2][:10]


def test_messages_are_files_a_mail_program_opens(own_shop: Path) -> None:
    done = regie("export", "messages", "--json", workspace=own_shop)
    assert done.code == 0
    for path in done.json():
        message = message_from_bytes(Path(path).read_bytes(), policy=policy.default)
        assert message["List-Unsubscribe"]
        assert message["To"]
        assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_is_one_file(own_shop: Path, lang: str) -> None:
    done = regie("report", "--lang", lang, "--json", workspace=own_shop)
    assert done.code == 0, done.err
    page = Path(done.json()["path"]).read_text("utf-8")
    assert f'<html lang="{lang}"' in page
    assert "<svg" in page


def test_as_a_real_process(own_shop: Path) -> None:
    """Entry point, exit code and streams as a shell sees them."""
    code = "from regie.interfaces.cli import main; main()"
    asked = [sys.executable, "-c", code, "runs", "-w", str(own_shop), "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    asked[-3:] = ["-w", str(own_shop / "nowhere")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no workspace, expected a folder with regie.toml" in done.stderr


def test_python_says_the_same(own_shop: Path) -> None:
    import regie as library

    with library.open(own_shop) as shop:
        assert [run.number for run in shop.runs()] == [1, 2]
        assert len(shop.campaigns()) == 3
        decision, state = shop.decisions(run=2, state="approved", limit=1)[0]
        assert (decision.run, state) == (2, "approved")
        assert shop.explain(decision.id).decision == decision
        assert shop.verify().faults == ()
