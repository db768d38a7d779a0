"""`regie export`."""

from __future__ import annotations

from pathlib import Path

import click

from regie.interfaces.cli.shell import Shell, command, count, table
from regie.terms.errors import SettingError

WHAT = ("best-next", "messages")


@command(
    "regie export best-next --to brevo",
    name="export",
    parameters=(
        click.argument("what", metavar="best-next|messages"),
        click.option("--to", default="plain", show_default=True, help="brevo, mailchimp, plain."),
        click.option("--out", type=click.Path(), help="Where to write; else reports/."),
        click.option("--run", type=int, help="With best-next: number of a run; else the newest."),
        click.option("--decision", help="With messages: one decision; else a sample of each."),
    ),
)
def export_command(  # noqa: PLR0917 (one parameter an option)
    shell: Shell, what: str, to: str, out: str | None, run: int | None, decision: str | None
) -> None:
    """Write the next 500 customers worth writing to, with the reason for each, as a file that
    Brevo, Mailchimp or a spreadsheet takes; or messages as .eml.

    The file holds only approved messages that are still of use, to people who may be written to
    now, and who was left out for what reason is told. Messages as .eml are to be read, before they
    are approved too.
    """
    from regie.workspace.exporting import why_left

    if what not in WHAT:
        raise SettingError("export", f'"{what}"', "one of " + ", ".join(WHAT), "choose one")
    with shell.open() as workspace:
        if what == "messages":
            paths = workspace.write_messages(decision, Path(out) if out else None)
            told = [str(path) for path in paths]
            shell.answer(told, told or ["No message to write: no run chose to send one."])
            return
        made = workspace.export(to, Path(out) if out else None, run)
        now = workspace.settings.now
        links_lead_nowhere = "example.invalid" in workspace.settings.public_url
    lines = [f"{made.path}: {count(made.rows)} people."]
    if links_lead_nowhere:
        lines.append("Its links lead nowhere yet: set public_url and [sender] in regie.toml.")
    if now:
        lines.append(f"This workspace stands still on {now}: messages do not grow too old.")
    left = sorted(made.left_out.items())
    lines += [f"Left out, {why_left(reason)}: {count(n)}" for reason, n in left]
    rows = [
        [p["person"][:12], p["campaign"], f"{p['probability']:.0%}", p["reason"]]
        for p in made.people[:10]
    ]
    lines += ["", *table(["person", "campaign", "chance", "reason"], rows, "llrl")]
    shell.answer(made, lines)
