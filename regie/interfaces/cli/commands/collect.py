"""`regie import` and `regie quality`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from regie.interfaces.cli.shell import NO, Shell, command, count, day, money, table
from regie.interfaces.cli.usage import CallError
from regie.terms.errors import RegieError


@command(
    "regie import orders.csv --as shop",
    name="import",
    parameters=(
        click.argument("files", nargs=-1, required=True, type=click.Path()),
        click.option("--as", "mapping", help="The mapping to read them by."),
        click.option(
            "--propose",
            "new",
            metavar="NAME",
            help="Import nothing; write how the file seems to be read as rules/mappings/NAME.toml.",
        ),
        click.option(
            "--again", is_flag=True, help="Let an older export undo what a newer one corrected."
        ),
    ),
)
def import_command(
    shell: Shell, files: tuple[str, ...], mapping: str | None, new: str | None, again: bool
) -> None:
    """Import files by a mapping: every row goes to exactly one place, for one reason.

    The same file again adds nothing; a corrected file replaces its own orders only, and the export
    it corrected is refused when it comes back, unless --again is said. Of several files those
    before one that is refused are in, and told. Without --as,
    shows how the file would be read: which column is which field, how sure that is, and ten rows
    as understood.
    """
    if mapping is not None and new is None:
        _import(shell, files, mapping, again=again)
        return
    if mapping is not None or len(files) > 1:
        raise CallError(
            "import",
            "with --as and --propose" if mapping is not None else f"of {len(files)} files",
            "files and --as MAPPING, or one file and --propose NAME",
            "nothing was read: type one or the other",
        )
    if new is not None:
        with shell.open() as workspace:
            written = workspace.write_proposal(files[0], new)
        lines = [
            f"Wrote {written}. Read it, then: regie import {_typed(files[0])} --as {_typed(new)}"
        ]
        shell.answer({"mapping": new, "written": str(written)}, lines)
        return
    with shell.open() as workspace:
        proposed = workspace.propose(files[0])
        step = _next_step(workspace, proposed, files[0])
    shell.answer(proposed, [*_proposal_told(proposed), "", step])
    chosen = proposed.fits or Path(files[0]).stem
    if shell.as_json or not sys.stdin.isatty() or not (proposed.fits or proposed.mapping):
        return
    if _refusals(proposed):
        return  # whoever knows the list says which it is, in a command of their own
    asked = f"Import by {chosen}?" if proposed.fits else f"Write the mapping {chosen} and import?"
    if click.confirm(asked, default=False):
        if not proposed.fits:
            with shell.open() as workspace:
                workspace.write_proposal(files[0], chosen)
        _import(shell, files, chosen)


def _import(shell: Shell, files: tuple[str, ...], mapping: str, *, again: bool = False) -> None:
    done: list[Any] = []
    with shell.open() as workspace:
        folder, now = workspace.folder.resolve().name, workspace.settings.now
        still = f" It stands still on {now}: later rows are of no day yet (now in regie.toml)."
        into = f"Into the workspace {folder}.{still if now else ''}"
        for file in files:
            try:
                with shell.progress(f"Importing {file}"):
                    done.append(workspace.import_file(file, mapping, again=again))
            except RegieError as error:
                if done and not shell.as_json:  # they are in, whatever became of this one
                    shell.answer(done, [into, *(line for one in done for line in _told(one))])
                raise _with_those_before(error, done) from error
    shell.answer(done, [into, *(line for one in done for line in _told(one))])


def _with_those_before(error: RegieError, done: list[Any]) -> RegieError:
    """The same error, which says what came in before it."""
    if done:
        error.args = (f"{error}; before it came in: {', '.join(one.file for one in done)}",)
    return error


def _next_step(workspace: Any, proposed: Any, file: str) -> str:
    typed = _typed(file)
    if proposed.fits:
        told = f"Nothing was imported yet. {_refusals_first(proposed, typed)}"
        told += f"To go on: regie import {typed} --as {_typed(proposed.fits)}"
        return told + _who_they_are(proposed, typed)
    if not proposed.mapping:
        return "Nothing was imported: write a mapping by hand, see docs/guides/import.md"
    name = Path(file).stem
    free = name if name not in workspace.rules.mappings() else f"{name}-2"
    return (
        f"Nothing was imported yet. To go on: regie import {typed} --propose {_typed(free)}, read"
        f" rules/mappings/{free}.toml, then regie import {typed} --as {_typed(free)}"
    )


def _refusals(proposed: Any) -> list[str]:
    """Mappings by which everybody in the file refuses, where the file does not say so itself."""
    return [fit.mapping for fit in proposed.fitting if fit.says_no and not fit.known]


def _refusals_first(proposed: Any, typed: str) -> str:
    return "".join(
        "The file does not say whether these people refused; if it is a list of those who did,"
        f" first: regie import {typed} --as {_typed(name)}. "
        for name in _refusals(proposed)
    )


def _who_they_are(proposed: Any, typed: str) -> str:
    """The mapping that reads who they are, beside one that reads what they answered."""
    first, *others = proposed.fitting
    contacts = [f.mapping for f in others if f.kind == "contacts" and f.known]
    if not (first.answers and contacts):
        return ""
    return f", then, for who they are: regie import {typed} --as {_typed(contacts[0])}"


def _typed(name: str) -> str:
    """As a shell takes it."""
    return shlex.quote(name)


def _proposal_told(proposed: Any) -> list[str]:
    from regie.collect.mapping import told

    found = proposed.found
    lines = [f"{proposed.file} seems to hold {found.kind or 'nothing that was recognised'}."]
    if proposed.fits:
        how = "Its header is exactly that of" if proposed.exact else "It is read by"
        lines.append(f"{how} the mapping {proposed.fits}.")
    lines += proposed.said
    rows = [
        [guess.column, told(guess.field), guess.sure, f"{guess.share:.2f}",
         "; ".join(guess.evidence)]
        for guess in found.guesses
    ]  # fmt: skip
    if rows:
        lines += ["", *table(["column", "is", "", "share", "because"], rows, "lllrl")]
    if found.missing:
        lines.append(f"Not found: {', '.join(told(f) for f in found.missing)}.")
    if found.lacking:
        lines.append("Not found: person. Its orders would count, and belong to nobody.")
    if found.unknown:
        lines.append(f"Not read: {', '.join(found.unknown)}.")
    habits = [f"times are of {proposed.zone}"]
    habits += [f"dates like {' or '.join(proposed.dates)}"] if proposed.dates else []
    if found.kind == "orders":
        marks = " or ".join(f'"{mark}"' for mark in found.decimal)
        habits += [f"amounts in {proposed.currency}", f"decimal mark {marks}"]
    lines.append(f"Taken: {'; '.join(habits)}.")
    if proposed.refused:
        lines += ["", f"It would not come in as it is: {proposed.refused}"]
    if proposed.rows:
        names = list(dict.fromkeys(name for row in proposed.rows for name in row))
        cells = [[str(row.get(name, ""))[:28] for name in names] for row in proposed.rows]
        lines += ["", "Its first rows, as understood:", *table(names, cells)]
    return lines


def _told(imported: Any) -> list[str]:
    noted = (imported.contacts, imported.consents, imported.items)
    # A contacts file adds no event; what it brought is noted below.
    added = f", {count(imported.added)} added" if imported.added or not any(noted) else ""
    lines = [f"{imported.file}: {count(imported.rows)} rows{added}."]
    lines += _placed_table(imported)
    if imported.corrected:
        were = _counted(
            imported.corrected, "order by its corrected lines", "orders by their corrected lines"
        )
        lines.append(f"Replaced {were}.")
    if not (imported.added or imported.corrected or any(noted)):
        apart = ("erased", "unreadable", "footer")
        others = sum(n for place, n in imported.lines.items() if place not in apart)
        if others:
            what = "what" if others == imported.rows else "what else"
            lines.append(f"Nothing new: {what} this file holds was here already.")
    erased = imported.lines.get("erased", 0)
    if erased:
        lines.append(f"Left out, of people who were erased: {_counted(erased, 'row', 'rows')}.")
    lines += imported.said
    # What stands below the table is told above already, by its own sentence.
    bad_rows = [bad for bad in imported.unreadable if bad["field"] != "footer"]
    if bad_rows:
        lines.append("Set aside, kept encrypted in quarantine/:")
        lines += [f"  {_bad_told(bad)}" for bad in bad_rows[:5]]
        more = imported.lines.get("unreadable", 0) - imported.unkept - 5
        if more > 0:
            lines.append(f"  … and {count(more)} more.")
    if any(noted):
        named = zip(("contact value", "consent", "item"), noted, strict=True)
        told = ", ".join(_counted(n, what, f"{what}s") for what, n in named if n)
        lines.append(f"Noted: {told}.")
    lines.append(f"Quality: {imported.quality} out of 100 (regie quality).")
    return lines


def _counted(n: int, one: str, many: str) -> str:
    return f"{count(n)} {one if n == 1 else many}"


def _bad_told(bad: dict[str, Any]) -> str:
    what = "" if bad["field"] == "row" else f": {bad['field']}"
    return f'row {bad["row"]}{what} is "{bad["found"]}", expected {bad["expected"]}'


def _placed_table(placed: Any) -> list[str]:
    from regie.collect.intake import PLACES

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
    columns = 4 if any(placed.value_micros.values()) else 3  # contacts have no value
    headings = ["where", "rows", "held before", "value"][:columns]
    return table(headings, [row[:columns] for row in rows], "lrrr"[:columns])


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
            count(one.added),
            count(one.lines.get("unreadable", 0)),
            count(one.corrected),
            one.quality,
        ]
        for one in imports
    ]
    header = ["imported", "file", "rows", "added", "set aside", "corrected orders", "quality"]
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
