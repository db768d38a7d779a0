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

    PERSON is a key or the identifier that the files carry.
    """
    with shell.open() as workspace:
        standing = workspace.consent(person, grant, withdraw)
    shell.answer(standing, _purposes(standing))


@command("regie object 17850", name="object", parameters=(_PERSON,))
def object_command(shell: Shell, person: str) -> None:
    """Note a person's objection: everything closes but what the law asks for."""
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
    """All that is held on a person: counts here, everything with --json or as a page with --out."""
    with shell.open() as workspace:
        held = workspace.access(person)
        written = workspace.write_access(held, lang, out) if out else None
    lines = [f"{place}: {_size(values)}" for place, values in held.items()]
    lines += [f"Page: {written}"] if written else ["Everything: --json, or --out page.html"]
    shell.answer(held, lines)


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
    """Erase a person: hidden at once, then destroyed; accounts keep their totals. No way back."""
    if not yes:
        if shell.as_json or not sys.stdin.isatty():
            raise SettingError("erase", "without --yes", "--yes where nobody can be asked",
                               "nothing was erased: add --yes to erase for good")  # fmt: skip
        click.confirm(f"Erase {person}? This cannot be undone", abort=True)
    with shell.open() as workspace, shell.progress("Erasing"):
        erased = workspace.erase(person)
    lines = [f"Hidden after {erased.hidden_s:.2f} s, destroyed after {erased.destroyed_s:.1f} s."]
    lines += [f"{place}: {count(n)} rows" for place, n in erased.rows.items()]
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
