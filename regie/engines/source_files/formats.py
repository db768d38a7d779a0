"""What a workbook's number formats show beside a number: a currency, zeros in front; pure.

Why: a cell of 12.5 shown as $12.50, or of 1 shown as 00001, is what the person who made the book
saw, and what a CSV of the same sheet holds. The reader of workbooks gives values without formats.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import NamedTuple

STYLES = "xl/styles.xml"
MOST_STYLES_BYTES = 8 << 20
"""Formats that stand farther on are not looked at."""
_NAMED = re.compile(rb"<(?:\w+:)?numFmt [^>]*>")
_ID = re.compile(rb'numFmtId="([0-9]{1,6})"')
_CODE = re.compile(rb'formatCode="([^"]*)"')
_CELLS = re.compile(rb"<(?:\w+:)?cellXfs[ >].*?</(?:\w+:)?cellXfs>", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?xf [^>]*>")
_LITERAL = re.compile(r'\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|"([^"]*)"|[_*].|\\(.)|(.)', re.DOTALL)


class Styles(NamedTuple):
    """Of the styles of cells that tell something, by number: the text beside, the digits shown."""

    beside: dict[int, str]
    widths: dict[int, int]


def styles_of(xml: bytes) -> Styles:
    """The styles of a workbook whose format shows a text or zeros of its own.

    Examples
    --------
    >>> styles_of(b'<numFmts><numFmt numFmtId="164" formatCode="[$$-409]#,##0.00"/>'
    ...           b'<numFmt numFmtId="165" formatCode="00000"/></numFmts><cellXfs count="3">'
    ...           b'<xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>')
    Styles(beside={1: '$'}, widths={2: 5})
    """
    codes: dict[int, str] = {}
    for named in _NAMED.findall(xml):
        number, written = _ID.search(named), _CODE.search(named)
        if number and written:
            codes[int(number[1])] = unescape(written[1].decode("utf-8", "replace"))
    cells = _CELLS.search(xml)
    beside, widths = {}, {}
    for style, cell in enumerate(_CELL.findall(cells[0]) if cells else ()):
        by = _ID.search(cell)
        code = codes.get(int(by[1]), "") if by else ""
        if shown := text_beside(code):
            beside[style] = shown
        if re.fullmatch("0{2,30}", code.split(";")[0]):
            widths[style] = len(code.split(";")[0])
    return Styles(beside, widths)


def text_beside(code: str) -> str:
    """The text that a number format shows beside the number; empty where it names no money.

    Examples
    --------
    >>> codes = ('[$$-409]#,##0.00', '#,##0.00\\\\ "€";[Red]-0', "[$-409]d mmm yyyy", "[$USD] 0")
    >>> [text_beside(code) for code in codes]
    ['$', '€', '', 'USD']
    """
    parts = []
    for money, quoted, escaped, bare in _LITERAL.findall(code):
        # Letters that stand bare are the format's own: d, mmm, General.
        text = (
            money
            or quoted
            or escaped
            or (bare if unicodedata.category(bare or " ") == "Sc" else "")
        )
        parts.append(text or " ")
    shown = " ".join(dict.fromkeys("".join(parts).split()))
    tells = any(unicodedata.category(c) == "Sc" for c in shown) or re.search(r"[^\W\d_]{2}", shown)
    return shown if tells else ""


def column_place(letters: bytes) -> int:
    """The number of a column, from 1.

    Examples
    --------
    >>> column_place(b"A"), column_place(b"AB")
    (1, 28)
    """
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place


class Formats:
    """What the formats of a sheet's cells show, gathered while the sheet is unpacked.

    Attributes
    ----------
    beside : dict[int, dict[str, int]]
        Column, from 1, to the texts beside its numbers, each with its first row.
    padded : dict[int, bytearray]
        Column to the digits shown at least, a byte a row from row 0.
    """

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self.beside: dict[int, dict[str, int]] = {}
        self.padded: dict[int, bytearray] = {}
        told = sorted({*styles.beside, *styles.widths})
        numbers = b"|".join(str(style).encode() for style in told)
        # What is text already, or empty, is shown as it is.
        cell = rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="(%b)"| t="n")+ ?>'
        self._cell = re.compile(cell % numbers) if told else None

    @property
    def found(self) -> bool:
        """Whether any cell is shown so."""
        return bool(self.beside or self.padded)

    def look_at(self, window: bytes) -> None:
        """Take in the next part of the sheet."""
        if self._cell is None:
            return
        for letters, number, style in self._cell.findall(window):
            if not style:
                continue
            column, row = column_place(letters), int(number)
            if text := self._styles.beside.get(int(style)):
                self.beside.setdefault(column, {}).setdefault(text, row)
            if width := self._styles.widths.get(int(style)):
                widths = self.padded.setdefault(column, bytearray())
                widths.extend(bytes(max(0, row + 1 - len(widths))))
                widths[row] = width
