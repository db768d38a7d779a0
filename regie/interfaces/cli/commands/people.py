"""`regie consent`, `object`, `access`, `rectify`, `erase`, `expire`."""

from __future__ import annotations

import sys
from typing import Any

import click

from regie.interfaces.cli.shell import Shell, command, count, table
from regie.terms.errors import SettingError

_PERSON = click.argument("person")


def _purposes(standing: dict[str, bool]) -> list[str]:
    rows = [[name, "open" if is_open else "closed"] for name, is_open in standing.items()]
    return table(["purpose", "stands"], rows)


@command(
    "regie consent 17850 --withdraw prospecting",
    name="consent",
    parameters=(
        _PERSON,
        click.option("--grant", multiple=True, metavar="PURPOSE", help="May be given again."),
        click.option("--withdraw", multiple=True, metavar="PURPOSE", help="May be given again."),
    ),
)
def consent_command(
    shell: Shell, person: str, grant: tuple[str, ...], withdraw: tuple[str, ...]
) -> None:
    """What a person allows, after noting an answer; it holds from the next read.

    PERSON is a key, the identifier that the files carry, or an address, which names everybody who
    has it. What is withdrawn is closed for everybody of the same address; what somebody of it
    refused stays closed until it is granted by the address.
    """
    with shell.open() as workspace:
        standing = workspace.consent(person, grant, withdraw)
    lines = _purposes(standing)
    closed = [purpose for purpose in grant if not standing[purpose]]
    if closed:
        lines.append(
            f"Still closed: {', '.join(closed)}. Somebody of the same address refused, or objected:"
            " to grant it for everybody who has it, name them by the address."
        )
    shell.answer(standing, lines)


@command("regie object 17850", name="object", parameters=(_PERSON,))
def object_command(shell: Shell, person: str) -> None:
    """Note a person's objection: everything closes but what the law asks for.

    It closes everybody of the same address too, whichever file made them.
    """
    with shell.open() as workspace:
        standing = workspace.object(person)
    shell.answer(standing, _purposes(standing))


@command(
    "regie access 17850",
    name="access",
    parameters=(
        _PERSON,
        click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the page."),
        click.option("--out", type=click.Path(dir_okay=False), help="Write a readable page there."),
    ),
)
def access_command(shell: Shell, person: str, lang: str | None, out: str | None) -> None:
    """All that is held on a person: counts here, everything with --json or as a page with --out.

    PERSON is a key, an identifier or an address, which names everybody who has it.
    """
    with shell.open() as workspace:
        who, held = workspace.people_named(person), workspace.access(person)
        written = workspace.write_access(held, lang, out) if out else None
    lines = _held_told(held)
    for name, other in zip(who[1:], held.get("same_address", ()), strict=False):
        lines += ["", f"Of the same address: {name}", *_held_told(other)]
    lines += [f"Page: {written}"] if written else ["Everything: --json, or --out page.html"]
    shell.answer(held, lines)


def _held_told(held: dict[str, Any]) -> list[str]:
    return [f"{place}: {_size(one)}" for place, one in held.items() if place != "same_address"]


def _size(values: Any) -> str:
    return f"{count(len(values))} entries" if isinstance(values, list | dict) else str(values)


@command(
    "regie rectify 17850 first_name Ada",
    name="rectify",
    parameters=(_PERSON, click.argument("field"), click.argument("value")),
)
def rectify_command(shell: Shell, person: str, field: str, value: str) -> None:
    """Change a value held on a person; earlier values stay in the history."""
    with shell.open() as workspace:
        held = workspace.rectify(person, field, value)
    shell.answer(held, [f"{name}: {text}" for name, text in held.items()])


@command(
    "regie erase 17850 --yes",
    name="erase",
    parameters=(_PERSON, click.option("--yes", is_flag=True, help="Do not ask.")),
)
def erase_command(shell: Shell, person: str, yes: bool) -> None:
    """Erase a person: hidden at once, then destroyed; accounts keep their totals. No way back.

    PERSON is a key, an identifier or an address. By an address everybody who has it is erased; by
    an identifier that one person, and whoever else has their address is told.
    """
    if not yes and (shell.as_json or not sys.stdin.isatty()):
        raise SettingError("erase", "without --yes", "--yes where nobody can be asked",
                           "nothing was erased: add --yes to erase for good")  # fmt: skip
    with shell.open() as workspace:
        who = workspace.people_named(person)
        if not yes:
            asked = person if len(who) == 1 else f"{len(who)} people, {', '.join(who)}"
            click.confirm(f"Erase {asked}? This cannot be undone", abort=True)
        with shell.progress("Erasing"):
            erased = workspace.erase(person)
    if erased.was_begun:
        told = f"Done: the erasure of {person} was begun before and cut short; it is finished now."
        shell.answer(erased, [told])
        return
    lines = [f"Erased {len(who)} people: {', '.join(who)}."] if len(who) > 1 else []
    lines.append(
        f"Hidden after {erased.hidden_s:.2f} s, destroyed after {erased.destroyed_s:.1f} s."
    )
    lines += [f"{place}: {count(n)} rows" for place, n in erased.rows.items()]
    if erased.left:
        lines.append(
            f"The same address is that of {', '.join(erased.left)} as well: not erased, but written"
            " to no more. To erase everybody who has it: regie erase ADDRESS"
        )
    shell.answer(erased, lines)


@command("regie expire", name="expire")
def expire_command(shell: Shell) -> None:
    """Let go of what no purpose may keep any more, and tell what went, and when.

    The same happens before every import and every run. Order lines become anonymous, so that the
    accounts keep their totals; everything else is destroyed. How long each purpose keeps data
    stands in rules/purposes.toml: see regie report --page register.
    """
    with shell.open() as workspace:
        with shell.progress("Looking"):
            went = workspace.expire()
        ever = workspace.expiries()
    rows = [[one.day, one.store, count(one.rows), one.entry] for one in ever]
    lines = [] if went else ["Nothing was too old."]
    if rows:
        lines += table(["day", "store", "rows", "ledger entry"], rows, "llrr")
    shell.answer({"went": went, "ever": ever}, lines)
