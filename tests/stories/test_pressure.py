"""The cap on messages: approved ones count before they leave, and so do those of other tools."""

from __future__ import annotations

from pathlib import Path

from regie.terms.decision import NOTHING
from regie.workspace import open_workspace
from regie.workspace.workspace import Workspace


def cap_at_one(folder: Path) -> None:
    """At most one message a person in seven days."""
    policy = folder / "rules" / "policies" / "standard.toml"
    policy.write_text(policy.read_text("utf-8").replace("cap_messages = 2", "cap_messages = 1"))


def written_to(shop: Workspace, run: int) -> set[str]:
    """Whom a run chose to write to."""
    return {d.subject for d, _ in shop.decisions(run=run) if d.chosen != NOTHING and d.campaign}


def test_an_approved_message_counts_before_it_left_and_an_undone_one_does_not(
    own_shop: Path,
) -> None:
    cap_at_one(own_shop)
    with open_workspace(own_shop) as shop:
        before = written_to(shop, 2)
        soon = shop.run("2011-09-12")
        assert before and not before & written_to(shop, soon.run)
        pressed = [d for d, _ in shop.decisions(run=soon.run) if "pressure" in d.excluded]
        assert before & {d.subject for d in pressed}
        assert {d.inputs["contacts"] for d in pressed} == {1}

        for campaign in {d.campaign for d, _ in shop.decisions(run=2) if d.campaign}:
            shop.undo(run=2, campaign=campaign, actor="tests")
        again = shop.run("2011-09-12")
        assert not again.kept
        assert before & written_to(shop, again.run)


def test_after_the_window_one_may_write_again(own_shop: Path) -> None:
    cap_at_one(own_shop)
    with open_workspace(own_shop) as shop:
        later = shop.run("2011-09-17")
        assert written_to(shop, 2) & written_to(shop, later.run)


def test_a_message_that_another_tool_sent_counts_too(own_shop: Path, tmp_path: Path) -> None:
    cap_at_one(own_shop)
    with open_workspace(own_shop) as shop:
        free = shop.run("2011-11-09")
        keys = sorted(written_to(shop, free.run))
        contacts = shop.state.contacts(["raw_id"], keys)
        sends = tmp_path / "sends.csv"
        lines = [f"{raw},send,2011-11-07 10:00,newsletter" for raw in contacts["raw_id"]]
        sends.write_text("\n".join(["customer_id,event,at,campaign", *lines]) + "\n", "utf-8")
        assert shop.import_file(sends, "sends").added == len(keys)
        full = shop.run("2011-11-09")
        assert keys and not set(keys) & written_to(shop, full.run)
