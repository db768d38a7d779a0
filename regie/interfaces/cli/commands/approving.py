"""`regie approve`, `regie reject`, `regie undo`: by campaign and run, on the exact bytes."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from regie.interfaces.cli.shell import NO, Shell, command, count

if TYPE_CHECKING:
    from regie.workspace import Workspace

_ABOUT = (
    click.option("--run", type=int, help="Number of a run; else the newest."),
    click.option("--campaign", help="Name of a campaign; else every one that waits."),
    click.option("--actor", help="Who decides; else the user of this machine."),
    click.option("--reason", default="", help="Why."),
)


@command("regie approve --campaign favourites", name="approve", parameters=_ABOUT)
def approve_command(shell: Shell, **about: Any) -> None:
    """Approve messages: every message of a campaign and run, on its exact bytes."""
    _act(shell, "approve", ("proposed",), about)


@command("regie reject --campaign discover --reason tone", name="reject", parameters=_ABOUT)
def reject_command(shell: Shell, **about: Any) -> None:
    """Reject the messages of a campaign and run."""
    _act(shell, "reject", ("proposed",), about)


@command("regie undo --campaign favourites", name="undo", parameters=_ABOUT)
def undo_command(shell: Shell, **about: Any) -> None:
    """Take back an approval (until the first message leaves) or a rejection."""
    _act(shell, "undo", ("approved", "rejected"), about)


def _act(shell: Shell, deed: str, states: tuple[str, ...], about: dict[str, Any]) -> None:
    actor = about["actor"] or getpass.getuser()
    with shell.open() as workspace:
        waiting = _waiting(workspace, about["run"], about["campaign"], states)
        acts = [
            getattr(workspace, deed)(run=run, campaign=name, actor=actor, reason=about["reason"])
            for (run, name) in waiting
        ]
    lines = [
        f"{acts[0].kind} by {actor}: {name}, run {run}, {count(n)} messages"
        for (run, name), n in waiting.items()
    ]
    shell.answer(acts, lines or ["Nothing waits for this."], 0 if acts else NO)


def _waiting(
    workspace: Workspace, run: int | None, campaign: str | None, states: tuple[str, ...]
) -> dict[tuple[int, str], int]:
    runs = workspace.runs()
    if run is None and runs:
        run = runs[-1].number
    found = workspace.state.outbox(run=run, campaign=campaign)
    waiting: dict[tuple[int, str], int] = {}
    for number, name, state in zip(found["run"], found["campaign"], found["state"], strict=True):
        if state in states:
            waiting[int(number), str(name)] = waiting.get((int(number), str(name)), 0) + 1
    return waiting
