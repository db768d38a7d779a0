"""`regie demo`: the whole loop on a real shop's log, and one screen that says what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from regie.interfaces.cli.shell import Shell, command, count, table

if TYPE_CHECKING:
    from regie.workspace.demo import Demo

STEPS = 10


@command(
    "regie demo",
    name="demo",
    parameters=(
        click.argument("folder", required=False, type=click.Path()),
        click.option("--journey", is_flag=True, help="A grocer's log with coupons instead."),
    ),
)
def demo_command(shell: Shell, folder: str | None, journey: bool) -> None:
    """Run the whole loop on UCI Online Retail (541,909 order lines), into FOLDER (demo).

    With --journey on The Complete Journey (a grocer, coupons as responses), into demo-journey.
    A second time it says what it kept and does nothing twice.
    """
    from regie.workspace.demo import JOURNEY, RETAIL, run_demo

    into = Path(folder or shell.workspace_option or ("demo-journey" if journey else "demo"))
    with shell.progress("Demo", total=STEPS) as told:
        done = run_demo(into, told, JOURNEY if journey else RETAIL)
    shell.answer(done, _screen(done))


def _screen(done: Demo) -> list[str]:
    rows = [
        [
            stage.name,
            count(stage.rows_in),
            count(stage.rows_out),
            f"{stage.seconds:.1f}",
            stage.peak_mb,
            "kept" if stage.kept else "",
        ]
        for stage in done.stages
    ]
    lines = ["", f"Régie ran its whole loop on {done.about}.", ""]
    lines += table(["stage", "rows in", "rows out", "s", "MB", ""], rows, "lrrrr")
    lines += ["", "Five numbers that matter, and the command that opens each:", ""]
    lines += table(
        ["", "", ""],
        [
            [name, number["told"], f"{number['opens']} -w {done.workspace}"]
            for name, number in done.numbers.items()
        ],
        "lr",
    )[1:]
    lines += [
        "",
        f"Why one person got a message   regie explain {done.decision[:12]} -w {done.workspace}",
        f"Report                         {'  '.join(done.reports)}",
        f"Messages, a sample of each     {done.messages}/",
        f"Customers worth writing to     {done.customers}",
        "",
        "Consent, language and addresses are simulated; nothing was really sent.",
        f"In all {done.seconds:.1f} s.",
    ]
    return lines
