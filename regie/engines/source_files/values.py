"""What the values of a relation show: decimal marks, and text that was decoded wrongly once.

Reads a relation, changes nothing. Why only told: "2,500" is two and a half in one country and two
thousand five hundred in another, and "Ã©" may be what somebody meant; a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
from duckdb import ConstantExpression, FunctionExpression

from regie.engines.source_files.records import column
from regie.ports.source import Mojibake

SAMPLE_ROWS = 1_000
_POINT = re.compile(r"[-+]?\d{1,3}(,\d{3})+\.\d+|[-+]?\d*\.(\d{1,2}|\d{4,})")
_COMMA = re.compile(r"[-+]?\d{1,3}([. \u00a0\u202f]\d{3})+,\d+|[-+]?\d*,(\d{1,2}|\d{4,})")
_SIGNS = re.compile(r"[\s€$£%]+|EUR|USD|GBP")
_STARTS = ("Ã", "Â", "â€")
_PIECE = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
    "|[\u00e0-\u00ef][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}"
)


def decimal_marks(relation: duckdb.DuckDBPyRelation, columns: Sequence[str]) -> dict[str, str]:
    """Column that holds numbers with a fraction to the mark it uses, from its first rows.

    Examples
    --------
    >>> decimal_marks(duckdb.sql("SELECT '2,55' AS price, 'a' AS name"), ["price", "name"])
    {'price': ','}
    """
    texts = _text_columns(relation, columns)
    if not texts:
        return {}
    rows = relation.select(*map(column, texts)).limit(SAMPLE_ROWS).fetchall()
    marks = {}
    for name, cells in zip(texts, zip(*rows, strict=True), strict=False):
        mark = _mark([cell for cell in cells if cell])
        if mark:
            marks[name] = mark
    return marks


def _mark(cells: Sequence[str]) -> str | None:
    numbers = [_SIGNS.sub("", cell) for cell in cells]
    points = sum(bool(_POINT.fullmatch(number)) for number in numbers)
    commas = sum(bool(_COMMA.fullmatch(number)) for number in numbers)
    digits = sum(bool(re.fullmatch(r"[-+]?[\d.,]*\d", number)) for number in numbers)
    # Most cells must be numbers: one "2,5" in a text column is no decimal mark.
    if points == commas or digits < 0.8 * len(cells):
        return None
    return "." if points > commas else ","


def mojibake_in(relation: duckdb.DuckDBPyRelation, columns: Sequence[str]) -> tuple[Mojibake, ...]:
    """The columns whose text was UTF-8 and was read as cp1252 once, each with its first example."""
    found = (_in_column(relation, name) for name in _text_columns(relation, columns))
    return tuple(one for one in found if one is not None)


def _in_column(relation: duckdb.DuckDBPyRelation, name: str) -> Mojibake | None:
    cell = column(name)
    starts = [FunctionExpression("contains", cell, ConstantExpression(s)) for s in _STARTS]
    suspects = relation.filter(starts[0] | starts[1] | starts[2])
    rows = suspects.select(cell, column("row")).order("row").fetchall()
    hits = [(row, text, meant) for text, row in rows if (meant := meant_by(text)) is not None]
    if not hits:
        return None
    row, text, meant = hits[0]
    return Mojibake(column=name, row=row, found=text, meant=meant, rows=len(hits))


def meant_by(text: str) -> str | None:
    """What text was before its UTF-8 was read as cp1252; None where it was not.

    Examples
    --------
    >>> meant_by("CafÃ© de lâ€™Ã‰toile"), meant_by("Café"), meant_by("SÃO PAULO")
    ('Café de l’Étoile', None, None)
    """
    mended = _PIECE.sub(lambda piece: _decoded(piece[0]), text)
    return mended if mended != text else None


def _decoded(piece: str) -> str:
    try:
        return b"".join(map(_byte, piece)).decode()
    except UnicodeError:
        return piece


def _byte(letter: str) -> bytes:
    # Five bytes have no letter in cp1252; programs let them through as control characters.
    return letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252")


def _text_columns(relation: duckdb.DuckDBPyRelation, columns: Sequence[str]) -> list[str]:
    types = dict(zip(relation.columns, relation.types, strict=True))
    return [name for name in columns if str(types[name]) == "VARCHAR"]
