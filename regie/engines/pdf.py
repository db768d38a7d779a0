"""Documents as PDF: tagged, for a screen reader as for a meeting; reads its template and fonts.

The document becomes plain data, every value written out in its language, and one Typst template
draws it. Data never becomes markup, so nothing a file brought can become a command. The same
document gives the same bytes: no date of today stands in it.

Why the tables of charts stand together at the end: no picture goes without its table, and a page
that people turn in a meeting shows the picture. SQL and commands are left to the HTML form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

import msgspec

from regie.charts.draw import draw
from regie.charts.style import plain_style
from regie.terms.document import (
    MOST_ROWS,
    Bars,
    Cell,
    Chart,
    Column,
    Definitions,
    Details,
    Document,
    Fact,
    MessagePreview,
    Notice,
    Paragraph,
    Points,
    Row,
    Section,
    Source,
    Table,
    Tile,
    Tiles,
)
from regie.terms.errors import ExtraMissingError
from regie.words import formats
from regie.words.sentences import say

_CHART_WIDTH = 760
_FONT = "Lato"
_ID = re.compile(r"\b[0-9a-f]{32}\b")

Drawn = dict[str, Any]
"""A block as the template takes it: its kind and what that kind shows, all of it text."""


class PdfDocuments:
    """The port `Documents` in PDF.

    Examples
    --------
    >>> page = PdfDocuments().render(Document(title="R&D", lang="fr", blocks=()))
    >>> page[:5], page == PdfDocuments().render(Document(title="R&D", lang="fr", blocks=()))
    (b'%PDF-', True)
    """

    suffix = ".pdf"

    def render(self, document: Document) -> bytes:
        """The whole document as one file: PDF/UA-1, where the fonts have all its letters.

        Raises
        ------
        ExtraMissingError
            If the extra `pdf` is not installed.
        """
        try:
            import fontpkg_lato
            import typst
        except ImportError as error:
            raise ExtraMissingError(
                "package typst", "not installed", "the extra pdf", "pip install 'regie[pdf]'"
            ) from error
        fonts = resources.files(fontpkg_lato).joinpath("files")
        drawn = _Pages(document).drawn()
        # Pages are compressed, keywords are not: whoever looks for an id in the file's bytes, as an
        # erasure does, must find it.
        drawn["ids"] = sorted(set(_ID.findall(msgspec.json.encode(drawn).decode())))
        data = msgspec.json.encode(drawn).decode()
        with resources.as_file(fonts) as folder:
            # No font here has emoji: they are left out where a document has some, and its words
            # stay. A letter that no font has is shown as a box, tagged all the same.
            for said in (data, _EMOJI.sub("", data)):
                compiler = typst.Compiler(
                    font_paths=[str(folder)], ignore_system_fonts=True,
                    sys_inputs={"document": said},
                )  # fmt: skip
                try:
                    made = compiler.compile(_template(), pdf_standards=["ua-1"], timestamp=0)
                    break
                except typst.TypstError as error:
                    if "could not be displayed" not in str(error):
                        raise
            else:
                made = compiler.compile(_template(), timestamp=0)
        assert isinstance(made, bytes), "one document is one file"
        return made


_EMOJI = re.compile("[\U0001f000-\U0001faff\U000e0020-\U000e007f\u200d\ufe0f\u20e3]+")
"""Emoji, and what joins and varies them."""


@cache
def _template() -> bytes:
    return resources.files("regie.engines").joinpath("pdf.typ").read_bytes()


class _Pages:
    """One rendering: the language, and the charts met so far, whose tables stand at the end."""

    def __init__(self, document: Document) -> None:
        self.document, self.lang = document, document.lang
        self.tables: list[Table] = []
        self._numbers = count(1)

    def say(self, name: str, **values: Any) -> str:
        return say(f"document.{name}", self.lang, **values)

    def ident(self) -> str:
        return f"chart-{next(self._numbers)}"

    def drawn(self) -> Drawn:
        document = self.document
        parts = [
            self._section(block) if isinstance(block, Section) else self.block(block)
            for block in document.blocks
        ]
        return {
            "title": document.title,
            "subtitle": document.subtitle,
            "lang": document.lang,
            "font": _FONT,
            "tags": list(document.tags),
            "parts": parts,
            "tables": {
                "title": self.say("chart_tables"),
                "blocks": [_table(table, self) for table in self.tables],
            },
            "stamp": {"title": self.say("made_from"), "facts": _facts(document.stamp)},
            "made_by": self.say("made_by"),
        }

    def _section(self, section: Section) -> Drawn:
        blocks = [self.block(block) for block in section.blocks]
        return {
            "kind": "section", "title": section.title, "lead": _prose(section.lead),
            "blocks": blocks,
        }  # fmt: skip

    def block(self, block: Any) -> Drawn:
        return _BLOCKS[type(block)](block, self)


def _prose(text: str) -> list[Drawn]:
    """Text as runs: plain, `**strong**`, and code between back-ticks."""
    runs = []
    for piece in re.split(r"(\*\*.+?\*\*|`.+?`)", text):
        if piece.startswith("**") and piece.endswith("**") and len(piece) > 4:
            runs.append({"as": "strong", "text": piece[2:-2]})
        elif piece.startswith("`") and piece.endswith("`") and len(piece) > 2:
            runs.append({"as": "code", "text": piece[1:-1]})
        elif piece:
            runs.append({"as": "plain", "text": piece})
    return runs


def _facts(facts: Sequence[Fact]) -> list[Drawn]:
    return [{"name": fact.name, "text": _prose(fact.text)} for fact in facts]


def _means(source: Source | None) -> list[Drawn]:
    return _prose(source.definition) if source else []


def _paragraph(block: Paragraph, pages: _Pages) -> Drawn:
    return {"kind": "paragraph", "text": _prose(block.text)}


def _tiles(block: Tiles, pages: _Pages) -> Drawn:
    return {"kind": "tiles", "tiles": [_tile(tile, pages) for tile in block.tiles]}


def _tile(tile: Tile, pages: _Pages) -> Drawn:
    change = tile.change
    verdict = {True: "good", False: "bad", None: ""}[change.good if change else None]
    return {
        "label": tile.label,
        "value": formats.show(tile.value, tile.format, pages.lang),
        "arrow": "" if not change or not change.value else "▲" if change.value > 0 else "▼",
        "change": formats.show(change.value, change.format, pages.lang) if change else "",
        "verdict": verdict,
        "against": change.against if change else "",
        "note": _prose(tile.note),
    }


def _chart(block: Chart, pages: _Pages) -> Drawn:
    drawn = str(
        draw(
            block.figure, title=block.title, lang=pages.lang, ident=pages.ident(),
            width=_CHART_WIDTH,
        )
    )  # fmt: skip
    told = re.search(r"<desc[^>]*>(.*?)</desc>", drawn)
    pages.tables.append(block.table)
    head, tail = drawn.split(">", 1)
    style = plain_style(_FONT)
    return {
        "kind": "chart",
        "title": block.title,
        "note": _prose(block.note),
        "svg": f'{head} xmlns="http://www.w3.org/2000/svg"><style>{style}</style>{tail}',
        "alt": f"{block.title}. {_unescaped(told.group(1)) if told else ''}",
        "means": _means(block.source),
    }


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def _table(block: Table, pages: _Pages) -> Drawn:
    shown = block.rows[:MOST_ROWS]
    rows = [_cells(row, block.columns, pages) for row in shown]
    footer = _cells(block.footer, block.columns, pages) if block.footer else []
    left = len(block.rows) - len(shown)
    more = pages.say("rows_shown", shown=MOST_ROWS, total=len(block.rows)) if left else ""
    return {
        "kind": "table",
        "title": block.title,
        "note": _prose(block.note),
        "columns": _columns(block.columns, [*rows, *([footer] if footer else [])]),
        "rows": rows,
        "footer": footer,
        "more": more if block.rows else pages.say("no_rows"),
        "means": _means(block.source),
    }


def _columns(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[Drawn]:
    """How each column stands and how wide it is: as its cells ask, headings wrap, prose shares."""
    drawn = []
    for i, column in enumerate(columns):
        longest = max((len(row[i]) for row in rows), default=0)
        word = max(map(len, column.label.split()), default=0)
        letters = max(longest, word, min(len(column.label), _HEADING_LETTERS))
        right = column.format.unit not in {"text", "code", "day"}
        drawn.append(
            {
                "label": column.label,
                "right": right,
                "letters": letters,
                "shares": i == 0 or (not right and letters > _LONG_LETTERS),
            }
        )
    return drawn


_HEADING_LETTERS, _LONG_LETTERS = 13, 22


def _cells(row: Sequence[Cell], columns: Sequence[Column], pages: _Pages) -> list[str]:
    return [
        formats.show(value, column.format, pages.lang)
        for value, column in zip(row, columns, strict=True)
    ]


def _bars(block: Bars, pages: _Pages) -> Drawn:
    values = [bar.value for bar in block.rows]
    low, high = min(0, *values, 0), max(0, *values, 0)
    span = (high - low) or 1
    return {
        "kind": "bars",
        "title": block.title,
        "note": _prose(block.note),
        "zero": -low / span,
        "rows": [
            {
                "label": _prose(bar.label),
                "value": formats.show(bar.value, block.format, pages.lang),
                "start": (min(0, bar.value) - low) / span,
                "length": abs(bar.value) / span,
                "down": bar.value < 0,
            }
            for bar in block.rows
        ],
        "total": [block.total.label, formats.show(block.total.value, block.format, pages.lang)]
        if block.total
        else [],
        "more": "" if block.rows else pages.say("no_rows"),
        "means": _means(block.source),
    }


def _points(block: Points, pages: _Pages) -> Drawn:
    points = [
        {
            "mark": point.mark,
            "told": pages.say(f"mark_{point.mark}") if point.mark else "",
            "text": _prose(point.text),
        }
        for point in block.points
    ]
    return {"kind": "points", "title": block.title, "lead": block.lead, "points": points}


def _notice(block: Notice, pages: _Pages) -> Drawn:
    title = block.title or pages.say(f"notice_{block.kind}")
    return {"kind": "notice", "tone": block.kind, "title": title, "text": _prose(block.text)}


def _details(block: Details, pages: _Pages) -> Drawn:
    return {
        "kind": "details",
        "title": block.title,
        "text": _prose(block.text),
        "means": _means(block.source),
        "table": [_table(block.table, pages)] if block.table else [],
    }


def _definitions(block: Definitions, pages: _Pages) -> Drawn:
    return {"kind": "definitions", "title": block.title, "facts": _facts(block.facts)}


def _message(block: MessagePreview, pages: _Pages) -> Drawn:
    head = [[pages.say("subject"), block.subject]]
    head += [[pages.say("preheader"), block.preheader]] if block.preheader else []
    return {
        "kind": "message",
        "title": block.title,
        "head": head,
        "text": [part.split("\n") for part in re.split(r"\n\s*\n", block.text.strip()) if part],
        "beside": [pages.block(part) for part in block.beside],
    }


def _row(block: Row, pages: _Pages) -> Drawn:
    return {"kind": "row", "blocks": [pages.block(part) for part in block.blocks]}


_BLOCKS: dict[type, Callable[[Any, _Pages], Drawn]] = {
    Tiles: _tiles,
    Chart: _chart,
    Table: _table,
    Bars: _bars,
    Paragraph: _paragraph,
    Points: _points,
    Notice: _notice,
    Details: _details,
    Definitions: _definitions,
    MessagePreview: _message,
    Row: _row,
}
"""Each kind of block and the function that makes it data."""
