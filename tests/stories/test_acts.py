"""Approve, reject, take back: all checked first, one changed message keeps nobody else waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from regie.terms.decision import ACT_KINDS, UNDO_UNTIL
from regie.terms.errors import RefusedError
from regie.workspace import open_workspace
from regie.workspace.approving import proposals
from regie.workspace.workspace import Workspace
from tests.support.typed import regie


@pytest.fixture
def shop(own_shop: Path) -> Path:
    """The whole shop, with nothing of its newest run approved."""
    assert regie("undo", workspace=own_shop).code == 0
    return own_shop


def states(workspace: Workspace, run: int) -> dict[str, str]:
    return {d.id: state for d, state in workspace.decisions(run=run) if d.campaign is not None}


def test_one_rectified_contact_is_left_out_and_everybody_else_approved(shop: Path) -> None:
    with open_workspace(shop) as workspace:
        waiting = [d for d, _ in workspace.decisions(run=2, state="proposed")]
        changed = waiting[0]
        workspace.rectify(changed.subject, "address", "new@example.invalid")
    done = regie("approve", "--actor", "camille", workspace=shop)
    assert done.code == 0
    assert f"  {changed.id}\n" in done.out
    assert "Left out, 1: not what was proposed" in done.out
    assert "regie run" in done.out
    with open_workspace(shop) as workspace:
        found = states(workspace, 2)
        assert found.pop(changed.id) == "proposed"
        assert set(found.values()) == {"approved"}
        assert len(found) == len(waiting) - 1
        assert workspace.verify().faults == ()
        left = workspace.export("plain").left_out
    assert left["not_approved"] == 1
    assert "content_changed" not in left


def test_what_cannot_be_approved_stops_everything_before_anything_is_done(shop: Path) -> None:
    with open_workspace(shop) as workspace:
        for d, _ in workspace.decisions(run=2, state="proposed"):
            workspace.rectify(d.subject, "address", "new@example.invalid")
        acts = len(workspace.state.acts())
        with pytest.raises(RefusedError, match="every message of run 2"):
            workspace.approve(actor="camille")
        assert len(workspace.state.acts()) == acts
        assert set(states(workspace, 2).values()) == {"proposed"}


def test_an_approval_of_several_campaigns_is_one_entry_of_the_ledger(shop: Path) -> None:
    with open_workspace(shop) as workspace:
        campaigns = {campaign for _, campaign in proposals(workspace, 2)}
        before = len(workspace.ledger.entries())
        done = workspace.approve(actor="camille")
        assert {act.campaign for act in done.acts} == campaigns
        assert len(workspace.ledger.entries()) == before + 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["approve", "--campaign", "nope"], 2, "expected one of discover, favourites"),
        (["approve", "--run", "9"], 2, "run 9 is not there, expected one of 1, 2"),
        (["approve", "--run", "1"], 1, "approved"),
        (["reject", "--run", "1"], 1, "expected messages that are proposed"),
        (["undo"], 1, "expected messages that are approved or rejected"),
        (["decisions", "--policy", "nope"], 2, "the beginning of one of "),
        (["decisions", "--person", "nobody"], 2, "person nobody is not there"),
        (["decisions", "--run", "7"], 2, "expected one of 1, 2"),
        (["decisions", "--state", "nope"], 2, "proposed"),
        (["models", "nope"], 2, "expected one of affinity, response"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(
    shop: Path, arguments: list[str], code: int, words: str
) -> None:
    done = regie(*arguments, workspace=shop)
    assert (done.code, words in done.err) == (code, True), done.err


def test_every_act_says_until_when_it_can_be_undone(shop: Path) -> None:
    assert set(UNDO_UNTIL) == set(ACT_KINDS)
    approved = regie("approve", "--campaign", "favourites", workspace=shop)
    assert "Can be undone until the first message leaves." in approved.out
    rejected = regie("reject", "--campaign", "discover", workspace=shop)
    assert "Can be undone until the messages expire (2011-10-09)." in rejected.out
    for command in (["runs"], ["decisions", "--state", "approved"]):
        told = regie(*command, workspace=shop).out
        assert "approved: can be undone until the first message leaves." in told, command
    listed = regie("decisions", "--state", "rejected", "--json", workspace=shop).json()["decisions"]
    assert listed[0]["undo_until"] == "until the messages expire"
    decision = listed[0]["decision"]["id"]
    told = regie("explain", decision, "--lang", "fr", workspace=shop).out
    assert "jusqu’à l’expiration des messages (2011-10-09)" in told


def test_a_rejection_is_taken_back_until_the_messages_expire_and_not_after(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert regie("reject", "--campaign", "discover", workspace=shop).code == 0
    settings = shop / "regie.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('now = "', 'now = ""  # "'), "utf-8")
    late = regie("undo", workspace=shop)
    assert late.code == 1
    assert "expected one that can be undone until the messages expire (2011-10-09)" in late.err
    settings.write_text(text, "utf-8")
    assert regie("undo", workspace=shop).code == 0


def test_an_approval_is_taken_back_until_the_first_message_leaves(shop: Path) -> None:
    assert regie("approve", workspace=shop).code == 0
    with open_workspace(shop) as workspace:
        one = str(workspace.state.outbox(run=2)["decision"][0])
        workspace.state.move_outbox([one], "sent")
    late = regie("undo", workspace=shop)
    assert (late.code, "until the first message leaves" in late.err) == (1, True)


def test_the_terminal_speaks_one_language_in_a_french_shop(shop: Path) -> None:
    settings = shop / "regie.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'language = "en"' in text
    settings.write_text(text.replace('language = "en"', 'language = "fr"'), encoding="utf-8")
    # Messages are written in another language now, so a run puts them up anew.
    assert regie("run", "--as-of", "2011-10-09", workspace=shop).code == 0
    for deed, until in (("approve", "until the first message leaves."), ("undo", "at any time, ")):
        told = regie(deed, workspace=shop)
        assert told.code == 0, told.err
        assert f"Can be undone {until}" in told.out
