"""`regie requests`: what people ask for, until when, and each step until they are answered."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import Any

import click

from regie.interfaces.cli.shell import Shell, command, table
from regie.interfaces.cli.usage import CallError
from regie.terms.errors import SettingError
from regie.terms.request import ANSWERS, CHANNELS, CHECKS, KINDS, WHYS

_VALUES = ("by", "why", "field", "value", "answer")


@command(
    "regie requests receive erase 17850 --channel mail --day 2011-12-01",
    name="requests",
    parameters=(
        click.argument("what", default="list", metavar="[list|show|receive|act]"),
        click.argument("about", nargs=-1),
        click.option("--channel", default="mail", show_default=True,
                     help=f"receive: how it came, {', '.join(CHANNELS[1:])}."),
        click.option("--day", default="", help="receive: when it came; else today."),
        click.option("--by", help=f"identify: {', '.join(CHECKS[1:])}."),
        click.option("--why", help=f"extend: {', '.join(WHYS)}."),
        click.option("--field", help="rectify: which field."),
        click.option("--value", help="rectify: its new value."),
        click.option("--answer", help=f"answer: {', '.join(ANSWERS)}."),
        click.option("--out", type=click.Path(dir_okay=False), help="access: the page to send."),
        click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of that page."),
        click.option("--yes", is_flag=True, help="erase: do not ask."),
    ),
)  # fmt: skip
def requests_command(shell: Shell, what: str, about: tuple[str, ...], **options: Any) -> None:
    """What people ask for and until when, the most urgent first; receive one, act on it.

    \b
    regie requests                                   every request, with its clock
    regie requests show REQUEST                      one, with its steps and what seals them
    regie requests receive KIND PERSON               access, rectify, erase, object
    regie requests act REQUEST identify --by document
    regie requests act REQUEST extend --why complex
    regie requests act REQUEST access --out page.html
    regie requests act REQUEST rectify --field first_name --value Ada
    regie requests act REQUEST object
    regie requests act REQUEST erase --yes
    regie requests act REQUEST answer --answer done
    """
    doing: dict[str, tuple[str, Callable[..., None]]] = {
        "list": ("", _list), "show": ("REQUEST", _show), "receive": ("KIND PERSON", _receive),
        "act": ("REQUEST DEED", _act),
    }  # fmt: skip
    if what not in doing:
        raise SettingError("requests", f'"{what}"', "one of " + ", ".join(doing), "choose one")
    takes, do = doing[what]
    if len(about) != len(takes.split()):
        lacking = " and ".join(takes.split()[len(about) :])
        raise CallError(
            f"requests {what}",
            f"without {lacking}" if lacking else f"followed by {' '.join(about)}",
            f"regie requests {what} {takes}".strip(), "see regie requests --help",
        )  # fmt: skip
    do(shell, options, *about)


def _list(shell: Shell, options: dict[str, Any]) -> None:
    with shell.open() as workspace:
        found = workspace.requests()
    rows = [
        [one.request.id, one.request.kind, one.request.received, one.due, _clock(one),
         one.request.answer]
        for one in found
    ]  # fmt: skip
    header = ["request", "asks for", "came", "until", "clock", "answer"]
    shell.answer(found, table(header, rows) if rows else ["Nobody asked for anything."])


def _clock(one: Any) -> str:
    if one.request.answer:
        return str(one.clock)
    return f"{one.days_left} days left" if one.days_left >= 0 else f"{-one.days_left} days late"


def _show(shell: Shell, options: dict[str, Any], request: str) -> None:
    with shell.open() as workspace:
        found = workspace.show_request(request)
    shell.answer(found, _told(found))


def _told(found: Any) -> list[str]:
    one = found.told.request
    lines = [
        f"{one.id}: {one.kind}, by {one.channel}, {one.received}; until {found.told.due},"
        f" {_clock(found.told)}.",
        f"Person: {one.key or 'erased'}{'' if found.held else ', nothing held'}.",
    ]
    for step in found.steps:
        facts = ", ".join(f"{name} {value}" for name, value in step.facts.items() if value)
        lines.append(f"  {step.step}{f': {facts}' if facts else ''} ({step.actor or 'the person'})")
    if found.change:
        lines.append(f"Waits for somebody else: regie approve --change {found.change}")
    return lines


def _receive(shell: Shell, options: dict[str, Any], kind: str, person: str) -> None:
    if kind not in KINDS:
        raise SettingError("kind", f'"{kind}"', "one of " + ", ".join(KINDS), "choose one")
    with shell.open() as workspace:
        found = workspace.receive_request(
            kind, person, channel=options["channel"], day=options["day"], actor=getpass.getuser()
        )
    lines = _told(found)
    if found.told.request.key and not found.held:
        lines.append(f"Nobody here has that number or address: is {person} mistyped? It is kept.")
    shell.answer(found, lines)


def _act(shell: Shell, options: dict[str, Any], request: str, deed: str) -> None:
    if deed == "erase" and not options["yes"]:
        if shell.as_json or not sys.stdin.isatty():
            raise SettingError("erase", "without --yes", "--yes where nobody can be asked",
                               "nothing was erased: add --yes to erase for good")  # fmt: skip
        click.confirm(f"Erase the person of {request}? This cannot be undone", abort=True)
    given = {name: options[name] for name in _VALUES if options[name] is not None}
    out, lang = options["out"], options["lang"]
    with shell.open() as workspace, shell.progress("Working"):
        found = workspace.act_on_request(request, deed, actor=getpass.getuser(), **given)
        if deed == "access" and out:
            workspace.write_access(workspace.request_pack(request), lang, out)
    lines = [*_told(found), f"Page: {out}"] if deed == "access" and out else _told(found)
    shell.answer(found, lines)
