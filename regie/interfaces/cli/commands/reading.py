"""`regie campaigns`, `models`, `report`, `sql`."""

from __future__ import annotations

import getpass
import shlex

import click

from regie.interfaces.cli.shell import COULD_NOT, DONE, Shell, command, count, money, table
from regie.terms.errors import NotFoundError, SettingError

_SEE_RUN = "models are fitted by a run: regie run"


@command("regie campaigns", name="campaigns")
def campaigns_command(shell: Shell) -> None:
    """List the campaigns of rules/campaigns/; one whose file is broken is named with its error."""
    with shell.open() as workspace:
        found, broken = workspace.rules.campaigns_read()
        language, currency = workspace.settings.language, workspace.settings.currency
    rows = [
        [
            c.name,
            c.title[language],
            c.selection,
            f"{c.starts} to {c.ends}",
            money(c.budget_micros, currency),
            c.priority,
        ]
        for c in found
    ]
    header = ["campaign", "title", "selection", "dates", "budget a run", "priority"]
    told = [*found, *({"name": name, "error": str(error)} for name, error in broken.items())]
    if broken and not shell.as_json:
        click.echo("\n".join(f"regie: {error}" for error in broken.values()), err=True)
    shell.answer(told, table(header, rows, "llllrr"), COULD_NOT if broken else DONE)


@command(
    "regie models response",
    name="models",
    parameters=(
        click.argument("name", required=False),
        click.option("--promote", metavar="VERSION", help="Let this version serve."),
    ),
)
def models_command(shell: Shell, name: str | None, promote: str | None) -> None:
    """List the models, read one's cards, or promote a version (a decision of yours)."""
    if promote is not None and name is None:
        raise SettingError(
            "--promote", promote, "a model's name before it", "see regie models --help"
        )
    with shell.open() as workspace:
        if promote is not None and name is not None:
            change = workspace.promote(name, promote, getpass.getuser())
            told = (
                f"waits for somebody else: regie approve --change {change.id}"
                if change.waits
                else "serves now"
            )
            shell.answer(change, [f"{name}: {promote} {told}."])
            return
        names = workspace.models.names()
        if name is not None and name not in names:
            raise NotFoundError(
                f"model {name}", "not there", f"one of {', '.join(names) or 'none yet'}", _SEE_RUN
            )
        names = [name] if name else names
        cards = {
            model: {
                version: workspace.models.load(model, version).card
                for version in workspace.models.versions(model)
            }
            for model in names
        }
        champions = {model: workspace.models.champion(model) for model in names}
    rows = []
    for model, versions in cards.items():
        for version, card in versions.items():
            judged = ", ".join(
                f"{k} {v:.3f}" for k, v in card["judged"].items() if isinstance(v, float)
            )
            rows.append([model, version, "serves" if version == champions[model] else "", judged])
    lines = table(["model", "version", "", "judged on the month after its fit"], rows)
    lines += ["", "Beside the version that served before it:"]
    lines += [
        f"  {model} {version}: {card['told']}"
        for model, versions in cards.items()
        for version, card in versions.items()
    ]
    shell.answer({"models": cards, "champions": champions}, lines)


@command(
    "regie report --lang fr",
    name="report",
    parameters=(
        click.option("--lang", type=click.Choice(["en", "fr"]), help="Language."),
        click.option(
            "--format", "form", type=click.Choice(["html", "pdf", "json"]), default="html"
        ),
        click.option(
            "--page",
            type=click.Choice(["report", "notice", "register"]),
            default="report",
            help="The report, the privacy notice or the article 30 register.",
        ),
        click.option("--number", metavar="NAME", help="Open one number here: revenue, auc …"),
        click.option("--run", type=int, help="Number of a run; else the newest."),
    ),
)
def report_command(
    shell: Shell, *, lang: str | None, form: str, page: str, number: str | None, run: int | None
) -> None:
    """Write the report into reports/: one self-contained page, a tagged PDF, or JSON.

    Also the privacy notice and the article 30 register, made from your purposes and holdings.
    With --number: what that number means, its SQL and the rows behind it.
    """
    if number is not None:
        _open_number(shell, number, lang, run)
        return
    with shell.open() as workspace, shell.progress("Writing"):
        path = workspace.write_report(lang, form, page, run)
    shell.answer({"path": str(path)}, [str(path)])


def _open_number(shell: Shell, name: str, lang: str | None, run: int | None) -> None:
    from regie.words.formats import show

    with shell.open() as workspace, shell.progress("Counting"):
        tile, rows = workspace.number(name, lang, run)
        spoken = lang or workspace.settings.language
    told = show(tile.value, tile.format, spoken)
    if tile.change is not None:
        moved = show(tile.change.value, tile.change.format, spoken)
        told = f"{told} ({moved} {tile.change.against})"
    every = [*rows.rows, *([rows.footer] if rows.footer else [])]
    cells = [
        [show(cell, c.format, spoken) for cell, c in zip(row, rows.columns, strict=True)]
        for row in every
    ]
    header = [column.label for column in rows.columns]
    right = "".join("r" if c.format.unit in ("number", "money", "share") else "l"
                    for c in rows.columns)  # fmt: skip
    lines = [f"{tile.label}: {told}", tile.source.definition, "", *table(header, cells, right)]
    if tile.source.sql:
        lines += ["", "The same from the tables:", f"  regie sql {shlex.quote(tile.source.sql)}"]
    shell.answer(
        {
            "number": name, "value": tile.value, "told": told, "means": tile.source.definition,
            "sql": tile.source.sql, "columns": header, "rows": every,
        },
        lines,
    )  # fmt: skip


@command(
    'regie sql "SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind"',
    name="sql",
    parameters=(
        click.argument("statement"),
        click.option("--rows", type=click.IntRange(1, 100_000), default=1000, show_default=True),
        click.option("--seconds", type=click.FloatRange(0.1, 600), default=30.0, show_default=True),
    ),
)
def sql_command(shell: Shell, statement: str, rows: int, seconds: float) -> None:
    """Ask the tables events, decisions, quarantine: one SELECT, read only, bounded."""
    with shell.open() as workspace:
        answer = workspace.sql(statement, rows, seconds)
    columns = {name: column.tolist() for name, column in answer.columns.items()}
    cells = list(zip(*columns.values(), strict=True))
    lines = table(list(columns), cells)
    lines += [f"… more than {count(rows)} rows: add --rows"] if answer.more else []
    told = [dict(zip(columns, row, strict=True)) for row in cells]
    shell.answer({"rows": told, "more": answer.more}, lines)
