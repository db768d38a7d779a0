"""What a file that somebody brought looks like inside; plain records, pure.

Why a record of its own: whoever reads the file (an engine) finds these things anyway, and whoever
proposes a mapping or tells a person what was read (collect, workspace, interfaces) needs them.
"""

from __future__ import annotations

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A line of the file that is no row of its table.

    Parameters
    ----------
    row : int
        The number a person sees in an editor, from 1.
    text : str
        What stands there.
    """

    row: int
    text: str


class Mojibake(msgspec.Struct, frozen=True, kw_only=True):
    """Text that was UTF-8 and was once read as another encoding: "CafÃ©" for "Café".

    fr: texte mal décodé

    Parameters
    ----------
    column : str
        Where it was seen.
    row : int
        The first row of that column that has it.
    found, meant : str
        That cell as it is, and what it probably was.
    rows : int
        How many rows of the column have it.
    """

    column: str
    row: int
    found: str
    meant: str
    rows: int


class SourceForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a file: told to a person, never a reason to alter a value.

    Parameters
    ----------
    kind : str
        `csv` (with any delimiter), `json`, `excel` or `parquet`.
    columns : tuple[str, ...]
        The names of its columns as the relation has them.
    compressed : bool
        Whether it was read through gzip.
    encoding : str
        Of csv and json: as Python names it (`utf-8`, `utf-16-le`, `cp1252`, `mac_roman` …).
    delimiter : str
        Of csv.
    decimals : dict[str, str]
        Column that looks like numbers with a fraction to the mark it uses, `.` or `,`.
    sheet : str
        Of excel: the one that was read.
    sheets : tuple[str, ...]
        Of excel: the others, which were not.
    beside : dict[str, dict[str, int]]
        Of excel: column to the texts that number formats show beside its numbers (a currency), each
        with its first row.
    header_row : int
        The line the columns' names stand in; 0 where the format has none.
    preamble : tuple[Line, ...]
        Lines before the header (a title, a period): skipped.
    footer : tuple[Line, ...]
        Lines after the rows (totals, "Exported on …"): set aside in the relation.
    undecoded : int
        Lines that are not text in that encoding: set aside in the relation.
    mojibake : tuple[Mojibake, ...]
        By column; nothing is altered.

    Examples
    --------
    >>> SourceForm(kind="csv", columns=("id", "price"), delimiter=";", decimals={"price": ","}).kind
    'csv'
    """

    kind: str
    columns: tuple[str, ...]
    compressed: bool = False
    encoding: str = ""
    delimiter: str = ""
    decimals: dict[str, str] = {}
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    beside: dict[str, dict[str, int]] = {}
    header_row: int = 0
    preamble: tuple[Line, ...] = ()
    footer: tuple[Line, ...] = ()
    undecoded: int = 0
    mojibake: tuple[Mojibake, ...] = ()
