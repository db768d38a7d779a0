"""`regie run`, `regie runs` and `regie tick`."""

from __future__ import annotations

from typing import Any

import click

from regie.interfaces.cli.shell import DONE, NO, Shell, command, count, day, table


@command(
    "regie run --as-of 2011-09-09",
    name="run",
    parameters=(
        click.option("--as-of", metavar="DATE", help="Look from the start of that day; else now."),
    ),
)
def run_command(shell: Shell, as_of: str | None) -> None:
    """Run the loop as of an instant: it sees only what was known then.

    The same run on the same data is kept, not made twice.
    """
    from regie.workspace.loop import STEPS

    with shell.open() as workspace:
        with shell.progress("Running", total=len(STEPS)) as told:
            ran = workspace.run(as_of, told)
        zone, hint = workspace.settings.zone, workspace.freshness_hint(ran.as_of_us)
    lines = [
        f"Run {ran.run} as of {day(ran.as_of_us, zone)}"
        + (": kept, nothing changed since." if ran.kept else f": {ran.seconds:.1f} s.")
    ]
    lines += step_table(ran.steps)
    lines += [f"{name}: {count(n)}" for name, n in ran.messages.items()]
    lines += [hint] if hint else []
    lines.append(_next_told(ran))
    shell.answer(ran, lines)


def _next_told(ran: Any) -> str:
    """What to do next: where nobody may be written to, why, rather than what would be empty."""
    steps = {step.name: step for step in ran.steps}
    if not ran.steps[0].rows_in:
        return "Nothing was imported yet. Next: regie import FILE --as MAPPING."
    if not steps["gate"].rows_in:
        return (
            "No order names a person, so nobody can be written to. Next: set columns.person in the"
            " mapping, then import the file again."
        )
    if not steps["gate"].rows_out:
        return (
            "Nobody's consent covers profiling, so there is no message. Next: declare the legal"
            " basis of your list in [consent] of the mapping, then import the file again; or import"
            " a file of consents."
        )
    if not any(n for name, n in ran.messages.items() if name != "nothing"):
        return "There is no message to approve. Next: regie decisions, regie explain PERSON."
    return "Next: regie decisions --state proposed, regie approve, regie export best-next."


def step_table(steps: tuple) -> list[str]:  # type: ignore[type-arg]
    """Steps with rows in and out, seconds and memory."""
    rows = [
        [
            step.name,
            count(step.rows_in),
            count(step.rows_out),
            f"{step.seconds:.2f}",
            step.peak_mb,
            ", ".join(f"{reason} {count(n)}" for reason, n in step.dropped.items()),
        ]
        for step in steps
    ]
    return table(["step", "in", "out", "s", "MB", "dropped"], rows, "lrrrrl")


@command("regie runs", name="runs")
def runs_command(shell: Shell) -> None:
    """List the runs of this workspace."""
    from collections import Counter

    import msgspec

    from regie.terms.decision import undo_until
    from regie.workspace.approving import Ended

    with shell.open() as workspace:
        zone = workspace.settings.zone
        found = [(run, msgspec.json.decode(run.manifest)["ran"]) for run in workspace.runs()]
        outbox = workspace.state.outbox()
        as_of_us = {run.number: run.as_of_us for run, _ in found}
        over, names = Ended(workspace).is_over, ("run", "campaign", "state")
        stands = Counter(
            (
                run,
                "expired" if state == "proposed" and over(run, as_of_us[run], campaign) else state,
            )
            for run, campaign, state in zip(*(outbox[n].tolist() for n in names), strict=True)
        )
    made = {
        run.number: sum(n for name, n in ran["messages"].items() if name != "nothing")
        for run, ran in found
    }
    for number, messages in made.items():
        if gone := messages - sum(n for (of, _), n in stands.items() if of == number):
            stands[number, "gone (erased or too old)"] = gone
    rows = [
        [
            run.number,
            day(run.as_of_us, zone),
            count(ran["decisions"]),
            count(made[run.number]),
            ", ".join(
                f"{count(n)} {state}"
                for (number, state), n in sorted(stands.items())
                if number == run.number
            ),
        ]
        for run, ran in found
    ]
    told = [{"number": run.number, "as_of_us": run.as_of_us, **ran} for run, ran in found]
    lines = table(["run", "as of", "decisions", "messages", "stand"], rows, "rlrrl")
    lines += [
        f"{state}: can be undone {undo_until(state, 'en')}."
        for state in ("approved", "rejected")
        if any(state == of for _, of in stands)
    ]
    shell.answer(told, lines)


@command("regie tick -w shop", name="tick")
def tick_command(shell: Shell) -> None:
    """Do what rules/schedule.toml says is due; call it every few minutes from cron.

    What was missed is made up for once; while one tick is at work another does nothing. `regie
    serve` does the same by itself.
    """
    from regie.workspace import ticking

    with shell.open() as workspace, shell.progress("Working"):
        done = ticking.tick(workspace)
    if done is None:
        shell.answer([], ["Another tick is at work."])
        return
    lines = table(
        ["task", "does", "", "told"], [[job.task, job.kind, job.state, job.told] for job in done]
    )
    failed = any(job.state != "done" for job in done)
    shell.answer(done, lines if done else ["Nothing is due."], NO if failed else DONE)
