"""What was found in a file beside its rows, in sentences for whoever brought it; pure."""

from __future__ import annotations

from regie.ports.source import Line, Mojibake, SourceForm

_SHOWN_LETTERS = 60


def said_of(form: SourceForm) -> tuple[str, ...]:
    """The sentences: only of what a person would not expect of any file.

    Examples
    --------
    >>> for sentence in said_of(SourceForm(
    ...     kind="csv", columns=("city",), encoding="cp1252", preamble=(Line(1, "Sales of June"),),
    ...     mojibake=(Mojibake(column="city", row=3, found="OrlÃ©ans", meant="Orléans", rows=2),),
    ... )): print(sentence)
    Its text is in cp1252.
    1 line above the header was left out, from row 1: "Sales of June".
    Column city row 3 is "OrlÃ©ans", which probably was "Orléans" before it was decoded wrongly; 2 \
rows of the column are like that. It was kept as it is: correct it where the file was made.
    >>> said_of(SourceForm(kind="csv", columns=("id",), encoding="utf-8"))
    ()
    """
    said = []
    if form.encoding not in ("", "utf-8"):
        said.append(f"Its text is in {form.encoding}.")
    if form.preamble:
        were = _counted(len(form.preamble), "line above the header was", "lines above it were")
        said.append(f"{were} left out, from {_shown(form.preamble[0])}.")
    if form.footer:
        were = _counted(len(form.footer), "line below the table was", "lines below it were")
        said.append(f"{were} set aside, from {_shown(form.footer[0])}.")
    if form.undecoded:
        were = _counted(form.undecoded, "line is", "lines are")
        said.append(f"{were} not text in {form.encoding}, and set aside.")
    return (*said, *map(_mojibake, form.mojibake))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _shown(line: Line) -> str:
    return f'row {line.row}: "{line.text[:_SHOWN_LETTERS]}"'


def _mojibake(found: Mojibake) -> str:
    were = _counted(found.rows, "row of the column is", "rows of the column are")
    return (
        f'Column {found.column} row {found.row} is "{found.found[:_SHOWN_LETTERS]}", which probably'
        f' was "{found.meant[:_SHOWN_LETTERS]}" before it was decoded wrongly; {were} like that.'
        " It was kept as it is: correct it where the file was made."
    )
