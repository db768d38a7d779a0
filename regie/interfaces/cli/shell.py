"""What every command shares: workspace, one JSON document, exit codes, plain tables, progress.

Exit codes: 0 done, 1 the answer is no, 2 could not; Ctrl-C has its own (130).
"""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from regie.terms.errors import DiskFullError, RefusedError, RegieError, SettingError, WorkspaceError

if TYPE_CHECKING:
    from regie.workspace import Workspace

DONE, NO, COULD_NOT = 0, 1, 2


class Shell:
    """One call of a command.

    Parameters
    ----------
    workspace_option : str or None
        What -w said.
    as_json : bool
        Whether the answer is one JSON document.
    """

    def __init__(self, workspace_option: str | None, as_json: bool) -> None:
        self.workspace_option, self.as_json = workspace_option, as_json

    def open(self) -> Workspace:
        """The workspace: -w, else REGIE_WORKSPACE, else this folder, else the only one in it."""
        from regie.workspace import open_workspace

        return open_workspace(workspace_folder(self.workspace_option))

    def answer(self, value: Any, lines: Sequence[str], exit_code: int = DONE) -> None:
        """Print the answer, as JSON or as lines, and end with the exit code."""
        if self.as_json:
            import msgspec

            sys.stdout.write(msgspec.json.encode(value, order="sorted").decode() + "\n")
            sys.stdout.flush()  # here, where what the disk says of it is told
        else:
            for line in lines:
                click.echo(line)
        if exit_code:
            sys.exit(exit_code)

    @contextmanager
    def progress(self, words: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
        """A progress bar on stderr, where somebody looks at it."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda name: None
            return
        with _bar(words, total) as told:
            yield told


@contextmanager
def _bar(words: str, total: int | None) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)

        def told(name: str) -> None:
            bar.update(task, description=f"{words}: {name}", advance=1 if total else 0)

        yield told


def workspace_folder(option: str | None) -> Path:
    """The folder a command works on."""
    named = option or os.environ.get("REGIE_WORKSPACE")
    if named:
        return Path(named)
    if Path("regie.toml").is_file():
        return Path()
    # A newcomer's next command after `regie init shop` should find shop/.
    found = [path.parent for path in Path().glob("*/regie.toml")]
    if len(found) == 1:
        return found[0]
    raise SettingError(
        "workspace",
        f"one of {', '.join(sorted(map(str, found)))}" if found else "not named",
        "a folder with regie.toml",
        "add -w FOLDER, or make one: regie init shop",
    )


def command(example: str, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with -w and --json, an example in its help, and errors in one form."""

    def wrap(function: Callable[..., Any]) -> click.Command:
        @functools.wraps(function)
        def run(workspace_option: str | None, as_json: bool, **values: Any) -> None:
            before = click.get_current_context().find_root().params.get("workspace")
            try:
                function(Shell(workspace_option or before, as_json), **values)
            except RegieError as error:
                fail(error, as_json)
            except BrokenPipeError:
                sys.exit(DONE)
            except OSError as error:
                fail(of_the_machine(error), as_json)
            except (click.exceptions.Exit, click.ClickException, click.Abort):
                raise
            except Exception as error:
                if os.environ.get("REGIE_TRACE"):
                    raise
                fail(_own_fault(error), as_json)

        run = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(
            run
        )
        run = click.option(
            "-w",
            "--workspace",
            "workspace_option",
            metavar="DIR",
            help="The workspace's folder; else REGIE_WORKSPACE, else the current folder.",
        )(run)
        for parameter in reversed(settings.pop("parameters", ())):
            run = parameter(run)
        settings.setdefault("epilog", f"Example: {example}")
        made: click.Command = click.command(**settings)(run)
        return made

    return wrap


def of_the_machine(error: OSError) -> RegieError:
    """What a system says of a file or a disk, in the one form."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) and not error.filename:
        return DiskFullError(
            "the disk that the answer is written to", "full", "room for it",
            "free some room, or send the answer elsewhere, and run the command again",
        )  # fmt: skip
    if error.errno == errno.EISDIR:
        return WorkspaceError(
            str(error.filename), "a folder", "a file", "give the folder another name"
        )
    where = str(error.filename or "this machine")
    found = (error.strerror or str(error)).lower()
    return WorkspaceError(where, found, "a file or folder that can be used", "check it, try again")


def _own_fault(error: Exception) -> RegieError:
    found = f"stopped by {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return RegieError(
        "this command", found, "no fault of Régie's own", "run it with REGIE_TRACE=1 and report it"
    )


def fail(error: RegieError, as_json: bool) -> NoReturn:
    """Tell an error in its one form; 1 where a rule says no, else 2."""
    if as_json:
        import json

        told = {"error": str(error), "code": error.code, "who_acts": error.acts}
        with suppress(OSError):  # where the answer cannot go the line below is all there is
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    click.echo(f"regie: {error}", err=True)
    drop_unwritten()
    sys.exit(NO if isinstance(error, RefusedError) else COULD_NOT)


def drop_unwritten() -> None:
    """Let go of what could not be written: Python would try again at the end, and fail aloud."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], right: str = "") -> list[str]:
    """Lines of a plain table; columns named in `right` by their first letters' places align right.

    Parameters
    ----------
    right : str
        One letter a column: `r` right, anything else left.

    Examples
    --------
    >>> table(["who", "n"], [["a", 1], ["bc", 20]], "lr")
    ['who   n', 'a     1', 'bc   20']
    """
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if right[i : i + 1] == "r" else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def count(n: int) -> str:
    """A whole number with thin groups: 541,909.

    Examples
    --------
    >>> count(541_909)
    '541,909'
    """
    return f"{n:,}"


def money(micros: int, currency: str) -> str:
    """An amount to the micro where it has one, else to the cent: 9,747,747.934 GBP.

    Examples
    --------
    >>> money(9_747_747_934_000, "GBP"), money(-2_500_000, "EUR"), money(1, "EUR")
    ('9,747,747.934 GBP', '-2.50 EUR', '0.000001 EUR')
    """
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    digits = f"{micros % 1_000_000:06d}"
    digits = digits.rstrip("0").ljust(2, "0")
    return f"{sign}{micros // 1_000_000:,}.{digits} {currency}"


def day(at_us: int, zone: str) -> str:
    """The day of an instant in a zone: 2011-06-09.

    Examples
    --------
    >>> day(1_307_620_800_000_000, "Europe/Paris")
    '2011-06-09'
    """
    from regie.terms.instant import day_of

    return day_of(at_us, zone).isoformat()
