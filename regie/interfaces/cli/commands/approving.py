"""`regie approve`, `regie reject`, `regie undo`: by campaign and run, on the exact bytes."""

from __future__ import annotations

import getpass
from typing import Any

import click

from regie.interfaces.cli.shell import Shell, command, count

_ABOUT = (
    click.option("--run", type=int, help="Number of a run; else the newest."),
    click.option("--campaign", help="Name of a campaign; else every one that waits."),
    click.option("--change", help="A model, policy or erasure that waits, instead of messages."),
    click.option("--actor", help="Who decides; else the user of this machine."),
    click.option("--reason", default="", help="Why."),
)
_NAMED = 10


@command("regie approve --campaign favourites", name="approve", parameters=_ABOUT)
def approve_command(shell: Shell, **about: Any) -> None:
    """Approve messages: every message of a campaign and run, on its exact bytes.

    A message that changed since the run is left out and named; the others are approved. Where
    rules/approvals.toml wants two people, the second one's approval lets them leave.
    """
    _act(shell, "approve", about)


@command("regie reject --campaign discover --reason tone", name="reject", parameters=_ABOUT)
def reject_command(shell: Shell, **about: Any) -> None:
    """Reject the messages of a campaign and run; can be undone until they expire."""
    _act(shell, "reject", about)


@command("regie undo --campaign favourites", name="undo", parameters=_ABOUT)
def undo_command(shell: Shell, **about: Any) -> None:
    """Take back an approval (until the first message leaves) or a rejection (until they expire)."""
    _act(shell, "undo", about)


def _act(shell: Shell, deed: str, about: dict[str, Any]) -> None:
    about["actor"] = about["actor"] or getpass.getuser()
    if change := about.pop("change"):
        _act_on_change(shell, deed, change, about)
        return
    with shell.open() as workspace, shell.progress("Checking"):
        done = getattr(workspace, deed)(**about)
    lines = [
        f"{act.kind} by {act.actor}: {act.campaign}, run {act.run},"
        f" {count(done.messages[act.campaign])} messages"
        for act in done.acts
    ]
    lines += [
        f"{act.campaign} waits for a second person's approval (rules/approvals.toml)."
        for act in done.acts
        if act.kind == "agreed"
    ]
    lines.append(f"Can be undone {done.undo_until}.")
    if done.changed:
        lines.append(
            f"Left out, {count(len(done.changed))}: not what was proposed (their contact, item or"
            " campaign changed since the run). To decide on them anew: regie run"
        )
        lines += [f"  {decision}" for decision in done.changed[:_NAMED]]
        lines += ["  …"] if len(done.changed) > _NAMED else []
    if done.refused:
        lines.append(
            f"Left out, {count(len(done.refused))}: the person may not be written to any more;"
            " they, or somebody of the same address, refused."
        )
    shell.answer(done, lines)


def _act_on_change(shell: Shell, deed: str, change: str, about: dict[str, Any]) -> None:
    who = {"actor": about["actor"], "reason": about["reason"]}
    with shell.open() as workspace:
        done = workspace.decide_change(deed, change, **who)
    lines = [f"{done.id}: {done.state}."]
    lines += ["It waits for a second person's approval."] if done.state == "agreed" else []
    shell.answer(done, lines)
