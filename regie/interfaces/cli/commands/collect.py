"""`regie import` and `regie quality`."""

from __future__ import annotations

from typing import Any

import click

from regie.interfaces.cli.shell import NO, Shell, command, count, day, money, table

PLACES = ("footer", "unreadable", "erased", "repeat", "fee", "return", "adjustment", "order")


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
    noted = (imported.contacts, imported.consents, imported.items)
    if not (imported.added or imported.corrected or any(noted)):
        lines.append("Nothing new: what this file holds was here already.")
    lines += imported.said
    if imported.unreadable:
        lines.append("Set aside, kept encrypted in quarantine/:")
        lines += [f"  {_bad_told(bad)}" for bad in imported.unreadable[:5]]
        more = sum(imported.lines.get(p, 0) for p in ("footer", "unreadable")) - 5
        if more > 0:
            lines.append(f"  … and {count(more)} more.")
    if any(noted):
        named = zip(("contact values", "consents", "items"), noted, strict=True)
        told = ", ".join(f"{count(n)} {what}" for what, n in named if n)
        lines.append(f"Noted: {told}.")
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


@command(
    "regie quality",
    name="quality",
    parameters=(
        click.option(
            "--conflicts", is_flag=True, help="List the items that were described in several ways."
        ),
    ),
)
def quality_command(shell: Shell, conflicts: bool) -> None:
    """Where every row of every import went, to the row and to the micro, and the score.

    One block for each mapping: every import in a line, then where the rows of all of them went.
    """
    with shell.open() as workspace:
        zone = workspace.settings.zone
        found = workspace.quality()
        several = workspace.item_conflicts()
    if conflicts:
        rows = [[one.item, one.settled, " | ".join(one.names)] for one in several]
        told = table(["item", "stands", "was called"], rows, "lll") if rows else ["None."]
        shell.answer(several, [*told, _SETTLED_BY])
        return
    lines: list[str] = []
    for mapping in dict.fromkeys(source.mapping for source in found):
        lines += _mapping_told([s for s in found if s.mapping == mapping], zone)
    if not found:
        lines = ["No import yet: regie import FILE --as MAPPING"]
    if several:
        lines.append(f"{count(len(several))} items were described in several ways. {_SETTLED_BY}")
        lines.append("List them: regie quality --conflicts")
    blocked = any(source.blocked for source in found[-1:])
    shell.answer(found, lines, NO if blocked else 0)


_SETTLED_BY = (
    "The description on most sale lines stands (on a tie the latest, then the first by alphabet)."
)


def _mapping_told(imports: list[Any], zone: str) -> list[str]:
    """The imports of one mapping: a line each, their rules, and where all their rows went."""
    newest = imports[-1]
    lines = [f"{newest.mapping}: quality {newest.quality} out of 100", ""]
    rows = [
        [
            day(one.at_us, zone),
            one.file,
            count(one.rows),
            count(one.rows - sum(one.held.values())),
            count(one.lines.get("unreadable", 0)),
            count(one.corrected),
            one.quality,
        ]
        for one in imports
    ]
    header = ["imported", "file", "rows", "new", "set aside", "corrected orders", "quality"]
    lines += table(header, rows, "llrrrrr")
    rules = [[rule, f"{share:.1%}"] for rule, share in newest.kept.items()]
    lines += ["", *table(["rule (newest import)", "kept by"], rules, "lr")] if rules else []
    return [*lines, "", *_placed_table(_Together(imports)), ""]


class _Together:
    """Where the rows of several imports of one mapping went."""

    def __init__(self, imports: list[Any]) -> None:
        self.currency = imports[0].currency
        self.lines = _added([one.lines for one in imports])
        self.held = _added([one.held for one in imports])
        self.value_micros = _added([one.value_micros for one in imports])


def _added(tables: list[dict[str, int]]) -> dict[str, int]:
    return {
        name: sum(each.get(name, 0) for each in tables)
        for name in dict.fromkeys(name for each in tables for name in each)
    }
