"""`regie import` and `regie quality`."""

from __future__ import annotations

from typing import Any

import click

from regie.interfaces.cli.shell import NO, Shell, command, count, money, table

PLACES = ("unreadable", "erased", "repeat", "fee", "return", "adjustment", "order")


@command(
    "regie import orders.csv --as shop",
    name="import",
    parameters=(
        click.argument("files", nargs=-1, required=True, type=click.Path()),
        click.option("--as", "mapping", required=True, help="Name of the mapping."),
    ),
)
def import_command(shell: Shell, files: tuple[str, ...], mapping: str) -> None:
    """Import files by a mapping: every row goes to exactly one place, for one reason.

    The same file again adds nothing; a corrected file replaces its own orders only.
    """
    done = []
    with shell.open() as workspace:
        for file in files:
            with shell.progress(f"Importing {file}"):
                done.append(workspace.import_file(file, mapping))
    lines = [line for imported in done for line in _told(imported)]
    shell.answer(done, lines)


def _told(imported: Any) -> list[str]:
    lines = [f"{imported.file}: {count(imported.rows)} rows, {count(imported.added)} added."]
    lines += _placed_table(imported)
    if imported.corrected:
        lines.append(f"Replaced {count(imported.corrected)} orders by their corrected lines.")
    if not (imported.added or imported.corrected or imported.contacts or imported.consents):
        lines.append("Nothing new: what this file holds was here already.")
    lines += imported.said
    if imported.unreadable:
        lines.append("Set aside, kept encrypted in quarantine/:")
        lines += [f"  {_bad_told(bad)}" for bad in imported.unreadable[:5]]
        if imported.lines["unreadable"] > 5:
            lines.append(f"  … and {count(imported.lines['unreadable'] - 5)} more.")
    if imported.contacts or imported.consents:
        lines.append(
            f"Noted {count(imported.contacts)} contact values"
            f" and {count(imported.consents)} consents."
        )
    lines.append(f"Quality: {imported.quality} out of 100 (regie quality).")
    return lines


def _bad_told(bad: dict[str, Any]) -> str:
    what = "" if bad["field"] == "row" else f": {bad['field']}"
    return f'row {bad["row"]}{what} is "{bad["found"]}", expected {bad["expected"]}'


def _placed_table(placed: Any) -> list[str]:
    named = [p for p in PLACES if p in placed.lines]
    named += sorted(set(placed.lines) - set(PLACES))
    rows = [
        [
            name,
            count(placed.lines[name]),
            count(placed.held.get(name, 0)),
            money(placed.value_micros.get(name, 0), placed.currency),
        ]
        for name in named
    ]
    rows.append(
        [
            "in all",
            count(sum(placed.lines.values())),
            count(sum(placed.held.values())),
            money(sum(placed.value_micros.values()), placed.currency),
        ]
    )
    return table(["where", "rows", "held before", "value"], rows, "lrrr")


@command("regie quality", name="quality")
def quality_command(shell: Shell) -> None:
    """Where every row of every import went, to the row and to the micro, and the score."""
    with shell.open() as workspace:
        found = workspace.quality()
    lines: list[str] = []
    for source in found:
        lines += [f"{source.file} as {source.mapping}: quality {source.quality} out of 100"]
        lines += _placed_table(source)
        rules = [[rule, f"{share:.1%}"] for rule, share in source.kept.items()]
        lines += ["", *table(["rule", "kept by"], rules, "lr")] if rules else []
        lines += [f"corrected orders: {count(source.corrected)}"] if source.corrected else []
        lines.append("")
    if not found:
        lines = ["No import yet: regie import FILE --as MAPPING"]
    blocked = any(source.blocked for source in found[-1:])
    shell.answer(found, lines, NO if blocked else 0)
