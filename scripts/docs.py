"""Makes the reference pages of docs/ from the code: glossary, commands, errors, tables, programs.

Reads the package; writes docs/glossary.md, commands.md, errors.md, tables.md and programs.md.

    .venv/bin/python scripts/docs.py

Why made and committed: a page is read where no Python runs, and a test fails as soon as a page is
not what this script makes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click
import msgspec

from regie.interfaces.cli import COMMANDS, main
from regie.interfaces.web.api.screens import SCREENS, WITHOUT
from regie.interfaces.web.api.table import ENTRIES
from regie.ports.tables import SCHEMAS
from regie.terms import errors
from regie.terms.decision import Decision
from regie.terms.event import Event
from regie.words.glossary import Term, glossary, terms_of

MADE = "<!-- Made by scripts/docs.py: change the code, then run it again. -->"

MEANINGS: dict[str, dict[str, str]] = {
    "events": {
        "at_us": "when it happened",
        "recorded_us": "when Régie could first have known",
        "key": "the person, as a keyed hash; empty where nobody is known",
        "order": "invoice or basket",
        "item": "product, article or programme, in capitals",
        "quantity": "units, negative when they come back",
        "value": "the row's total in micros, net of discounts, negative for returns",
        "session": "the visit; empty until a collector fills it",
        "kind": "what happened: order, return, fee, adjustment, send, open, click …",
        "currency": "ISO 4217 code of `value`",
        "utm": "campaign marks of a link; empty until a collector fills it",
        "click_id": "a platform's click identifier; empty until a collector fills it",
        "referrer": "the page before; empty until a collector fills it",
        "country": "as the source says",
        "device": "kind of device; empty until a collector fills it",
    },
    "decisions": {
        "run": "number of the run that took it",
        "at_us": "the instant the run looked from, microseconds UTC",
        "campaign": "the campaign that was chosen; empty for nothing",
        "policy": "the policy's name and the beginning of its hash",
        "versions": "models and template that were used",
        "chosen": "a campaign, or `nothing`; of a promotion the version",
        "seed": "names the draw of the exploration",
        "actor": "the policy, the rule or the person who decided",
        "salt": "seals the row in the ledger, and goes with it",
    },
    "quarantine": {
        "import_id": "the import that brought it",
        "source": "the mapping",
        "file": "name of the file",
        "row": "row of the file, as an editor or a spreadsheet counts it",
        "reason": "the first field that could not be read; `row` where the line cannot be split",
        "raw": "the row as it was, encrypted",
    },
}
"""What a column holds, where no docstring of a record says so."""

RECORDS: dict[str, type[msgspec.Struct]] = {"events": Event, "decisions": Decision}


def glossary_page() -> str:
    """Every term with its French word: the house's list, and records of the other storeys."""
    terms = {term.english: term for term in _records_terms()}
    terms |= {term.english: term for term in glossary()}
    rows = [f"| {t.english} | {_typeset(t.french)} | {t.meaning} |" for t in _sorted(terms)]
    lead = (
        "One term, one word, everywhere: on screens, in tables, in code. Un terme, un mot, "
        "partout\u202f: à l’écran, dans les tables, dans le code."
    )
    head = ["| English | Français | What it means |", "|---|---|---|"]
    return _page("Glossary · Glossaire", lead, [*head, *rows])


def _typeset(french: str) -> str:
    return french.replace("'", "’")


def _sorted(terms: dict[str, Term]) -> list[Term]:
    return sorted(terms.values(), key=lambda term: term.english)


def _records_terms() -> Iterator[Term]:
    for path in _modules(resources.files("regie")):
        yield from terms_of(path.read_text("utf-8"))


def _modules(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _modules(entry)
        elif entry.name.endswith(".py"):
            yield entry


def commands_page() -> str:
    """Every command with its help, as the terminal shows it."""
    lead = (
        "What `regie COMMAND --help` says. Every command takes `-w DIR` (else `REGIE_WORKSPACE`, "
        "else the current folder, else the only workspace in it) and `--json` (one JSON document "
        "on stdout). Exit code 0: done; 1: the answer is no; 2: it could not; 130: Ctrl-C."
    )
    lines = []
    for name, (_, words) in COMMANDS.items():
        lines += [f"## {name}", "", words, "", "```text", _help(name), "```", ""]
    return _page("Commands", lead, lines)


def _help(name: str) -> str:
    context = click.Context(main, info_name="regie", **main.context_settings)
    command = main.get_command(context, name)
    assert command is not None, "the menu names it"
    inside = click.Context(command, info_name=name, parent=context, terminal_width=92)
    return re.sub(r"[ \t]+$", "", command.get_help(inside), flags=re.MULTILINE)


def errors_page() -> str:
    """The tree of errors: code, exit code, who must act, words in both languages."""
    lead = (
        "Every message has one form: `<where> is <found>, expected <rule>; <next step>`. With "
        "`--json` the code and who must act stand beside it."
    )
    head = ["| Error | Code | Exit | Who acts | English | Français |", "|---|---|---|---|---|---|"]
    return _page("Errors", lead, [*head, *_error_rows(errors.RegieError, 0)])


def _error_rows(error: type[errors.RegieError], depth: int) -> list[str]:
    exit_code = 1 if issubclass(error, errors.RefusedError) else 2
    name = "\u2003" * depth + error.__name__
    words = f"{error.words['en']} | {error.words['fr']}"
    rows = [f"| {name} | `{error.code}` | {exit_code} | {error.acts} | {words} |"]
    for child in (one for one in error.__subclasses__() if not one.__name__.startswith("_")):
        rows += _error_rows(child, depth + 1)
    return rows


def tables_page() -> str:
    """The tables and their columns, for `regie sql`."""
    lead = (
        "What `regie sql` reads. Amounts are integer micros (1 EUR = 1,000,000), instants integer "
        "microseconds UTC; what has parts is JSON text. How to ask: [SQL](guides/sql.md)."
    )
    lines = []
    for table, columns in SCHEMAS.items():
        known = _documented(RECORDS[table]) if table in RECORDS else {}
        known |= MEANINGS[table]
        lines += [f"## {table}", "", "| Column | Type | What it holds |", "|---|---|---|"]
        lines += [f"| `{c}` | {kind} | {known[c]} |" for c, kind in columns.items()]
        lines.append("")
    return _page("Tables", lead, lines)


def _documented(record: type[msgspec.Struct]) -> dict[str, str]:
    """Field to what the record's docstring says of it."""
    doc = inspect.getdoc(record) or ""
    entries = re.findall(r"^(\w[\w, ]*) : [^\n]+\n((?:    [^\n]+\n?)+)", doc, re.MULTILINE)
    said: dict[str, str] = {}
    for names, text in entries:
        meaning = " ".join(text.split()).rstrip(".")
        if meaning[1:2].islower():  # an acronym keeps its capitals
            meaning = meaning[:1].lower() + meaning[1:]
        said |= dict.fromkeys(names.split(", "), meaning)
    return said


def _page(title: str, lead: str, lines: list[str]) -> str:
    return "\n".join([MADE, "", f"# {title}", "", lead, "", *lines]).rstrip() + "\n"


def programs_page() -> str:
    """What programs can do, by screen; and what only people do, with why."""
    does = {f"{entry.method} {entry.path}": entry for entry in ENTRIES}
    rows, told = [], set()
    for screen, entries in SCREENS.items():
        for name in entries:
            if name not in told:
                entry = does[name]
                rows.append(f"| `{screen}` | `{name}` | {entry.does} | `{entry.permission}` |")
            told.add(name)
    beside = [
        f"| | `{name}` | {entry.does} | `{entry.permission}` |"
        for name, entry in does.items()
        if name not in told
    ]
    without = [f"| `{screen}` | {why} |" for screen, why in WITHOUT.items()]
    return "\n".join(
        [
            MADE,
            "# What programs can do",
            "",
            "Below `/api/v1`, by the screen that says or does the same; how to begin:"
            " [the programming interface](guides/api.md). A role holds permissions as on the"
            " screens.",
            "",
            "| Screen | Entry | Does | Permission |",
            "|---|---|---|---|",
            *rows,
            *beside,
            "",
            "## What only people do",
            "",
            "| Screen | Why |",
            "|---|---|",
            *without,
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "glossary.md": glossary_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "tables.md": tables_page,
    "programs.md": programs_page,
}
"""File in docs/ to what makes it."""


def write(folder: Path) -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).resolve().parent.parent / "docs")
