"""The command line: `regie COMMAND`.

Each command lives in a module that is imported when it is called: `regie --help` imports none.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any, NoReturn

import click

COMMANDS = {
    "demo": ("demo", "Run the whole loop on a real shop's log, into demo/."),
    "init": ("making", "Make a workspace for your own data."),
    "import": ("collect", "Import files by a mapping."),
    "quality": ("collect", "Where every row went, and how good the data is."),
    "run": ("running", "Run the loop: understand, decide, write the messages."),
    "runs": ("running", "List the runs."),
    "decisions": ("deciding", "List decisions."),
    "explain": ("deciding", "Why a decision was taken."),
    "replay": ("deciding", "Run a decision, or a whole run, again."),
    "compare": ("deciding", "What another policy would have chosen."),
    "approve": ("approving", "Approve the messages of a campaign."),
    "reject": ("approving", "Reject the messages of a campaign."),
    "undo": ("approving", "Take back an approval or a rejection."),
    "verify": ("governing", "Check that nothing recorded was changed since."),
    "export": ("delivering", "Files for your mail tool, and messages as .eml."),
    "consent": ("people", "What a person allows; note an answer."),
    "object": ("people", "Note a person's objection."),
    "access": ("people", "All that is held on a person."),
    "rectify": ("people", "Change what is held on a person."),
    "erase": ("people", "Erase a person."),
    "requests": ("requests", "What people ask for and until when; receive, act, answer."),
    "expire": ("people", "Let go of what is too old to be kept."),
    "campaigns": ("reading", "List the campaigns."),
    "models": ("reading", "List models, read a card, promote a version."),
    "report": ("reading", "Write the report."),
    "tick": ("running", "Do what the schedule says is due."),
    "serve": ("serving", "Open the control room in a browser."),
    "sql": ("reading", "Ask the tables a question in SQL (read only)."),
}
"""Command to the module that holds it and its one line in the menu."""


class Menu(click.Group):
    """A group that imports a command's module when the command is called."""

    def main(self, args: Sequence[str] | None = None, *given: Any, **more: Any) -> Any:
        """Run what was typed; Ctrl-C ends it at once."""
        if args is None:
            signal.signal(signal.SIGINT, _stop)
        try:
            return super().main(args, *given, **more)
        except OSError as error:  # what is written before any command: help, the version
            from regie.interfaces.cli.shell import fail, of_the_machine

            fail(of_the_machine(error), as_json=False)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the loop."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module = import_module(f"regie.interfaces.cli.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """What comes before the command's name; a wrong call is told in the one form."""
        asked = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            _fail(error, asked)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a wrong call is told in the one form, with --json as one document."""
        asked = list(ctx.args)
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            _fail(error, asked)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The menu, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command is answered with the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from regie.interfaces.cli.shell import fail
            from regie.interfaces.cli.usage import CallError
            from regie.terms.errors import meant

            step = meant(args[0], COMMANDS, "see regie --help")
            fail(CallError("command", f'"{args[0]}"', "one of the menu", step), "--json" in args)
        return super().resolve_command(ctx, args)


def _stop(*_: object) -> NoReturn:
    """End the process there and then, as a kill would: a workspace is made to bear that.

    Python's own way raises wherever the program stands. Raised in the middle of an import it leaves
    Python's lock on imports taken, and raised inside a library it may be lost: DuckDB then waited
    for ever.
    """
    show_cursor = "\x1b[?25h" if os.isatty(2) else ""
    os.write(2, f"{show_cursor}\nStopped. Nothing is half done: type it again to go on.\n".encode())
    os._exit(STOPPED)


STOPPED = 130
"""The exit code of what Ctrl-C ended, as shells have it: 128 and the signal's number."""


def _fail(error: click.UsageError, asked: Sequence[str]) -> NoReturn:
    from regie.interfaces.cli.shell import fail
    from regie.interfaces.cli.usage import in_form

    fail(in_form(error), "--json" in asked)


@click.group(name="regie", cls=Menu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="regie", prog_name="regie")
@click.option("-w", "--workspace", metavar="DIR", help="The workspace's folder, as after COMMAND.")
def main(workspace: str | None) -> None:
    """Régie: the open control room for AI media marketing.

    One loop on your own data: collect, understand, decide, deliver, measure, learn. Start with
    `regie demo`, or with your own file: `regie init shop`.
    """
