"""`regie init`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from regie.interfaces.cli.shell import Shell, command

_BASES = "consent, existing-customer (opt-out for similar products, L34-5 CPCE), none"


@command(
    "regie init shop --zone Europe/Paris --currency EUR --language fr --basis consent",
    name="init",
    parameters=(
        click.argument("folder", type=click.Path()),
        click.option("--zone", help="Time zone, an IANA name."),
        click.option("--currency", help="ISO 4217 code."),
        click.option("--language", help="en or fr."),
        click.option("--basis", help=f"Legal basis of your list: {_BASES}."),
        click.option("--name", help="The advertiser's name; else the folder's."),
    ),
)
def init_command(  # noqa: PLR0917 (one parameter an option)
    shell: Shell,
    folder: str,
    zone: str | None,
    currency: str | None,
    language: str | None,
    basis: str | None,
    name: str | None,
) -> None:
    """Make a workspace: three campaigns and an orders mapping with the common column names."""
    from regie.workspace.making import BASES, check_settings, make_workspace

    path = Path(folder)
    said = (zone, currency, language, basis)
    if not all(said) and (shell.as_json or not sys.stdin.isatty()):
        # What is missing and what is wrong, at once: nobody should need a second try to learn it.
        check_settings(zone=zone, currency=currency, language=language, basis=basis)
    make_workspace(
        path,
        time_zone=zone or click.prompt("Time zone", default="Europe/Paris"),
        currency=currency or click.prompt("Currency", default="EUR"),
        language=language or click.prompt("Language (en, fr)", default="en"),
        basis=basis or click.prompt(f"Legal basis of your list ({', '.join(BASES)})"),
        name=name or path.resolve().name,
    )
    mapping = path.resolve().name
    lines = [
        f"Made {folder}: settings in regie.toml, rules in rules/.",
        f"Next: regie import orders.csv --as {shlex.quote(mapping)}, then regie run.",
    ]
    shell.answer({"workspace": str(path), "mapping": mapping}, lines)
