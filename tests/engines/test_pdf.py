"""The PDF engine: pages are read back by structure, by eye and by whoever looks for a person."""

from __future__ import annotations

import re
import zlib
from functools import cache

import pytest

from regie.engines.html import HtmlDocuments
from regie.engines.pdf import PdfDocuments
from regie.ports.document import Documents
from regie.terms.document import (
    LANGS,
    MOST_ROWS,
    NUMBER,
    Block,
    Column,
    Document,
    Lang,
    Paragraph,
    Section,
    Table,
    Tile,
    Tiles,
)
from tests.engines.test_html import evil_blocks
from tests.support.sample_document import sample

ENGINES: tuple[Documents, ...] = (HtmlDocuments(), PdfDocuments())


@cache
def sample_pdf(lang: Lang) -> bytes:
    return PdfDocuments().render(sample(lang))


def rendered(*blocks: Block) -> bytes:
    return PdfDocuments().render(Document(title="T", lang="en", blocks=blocks))


def streams(pdf: bytes) -> bytes:
    """Every object of the file, the compressed ones too."""
    found = [pdf]
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(raw))
        except zlib.error:
            continue
    return b"\n".join(found)


def letters(pdf: bytes) -> set[str]:
    """What glyphs can be copied out as, by the fonts' own tables."""
    content = streams(pdf)
    found: set[str] = set()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", content, re.DOTALL):
        for text in re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>", block):
            found |= set(bytes.fromhex(text.decode()).decode("utf-16-be"))
    return found


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.suffix)
@pytest.mark.parametrize("lang", LANGS)
def test_the_same_document_is_the_same_bytes_in_every_engine(engine: Documents, lang: Lang) -> None:
    assert engine.render(sample(lang)) == engine.render(sample(lang))


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.suffix)
@pytest.mark.parametrize("block", evil_blocks(), ids=lambda block: type(block).__name__)
def test_every_kind_of_block_is_drawn_by_every_engine(engine: Documents, block: Block) -> None:
    def drawn(*blocks: Block) -> int:
        return len(engine.render(Document(title="T", lang="fr", blocks=blocks)))

    assert drawn(block) > drawn() + 200


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_tagged_and_says_its_language(lang: Lang) -> None:
    content = streams(sample_pdf(lang))
    assert b"/MarkInfo" in content
    assert re.search(rb"/Marked true", content)
    assert b"/StructTreeRoot" in content
    assert re.search(rb"/Lang\s?\(" + lang.encode(), content)
    for tag in (b"/H1", b"/H2", b"/Table", b"/TH", b"/TD", b"/L", b"/LI", b"/Figure"):
        assert re.search(rb"/S" + tag + rb"\b", content), tag
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content


def test_every_chart_is_told_in_words() -> None:
    content = streams(sample_pdf("fr"))
    charts = len(re.findall(rb"/S/Figure|/S /Figure", content))
    assert charts >= 4
    assert len(re.findall(rb"/Alt\s?[(<]", content)) >= charts


def test_letters_can_be_copied_out() -> None:
    assert letters(sample_pdf("fr")) >= set("éà«»’£%−\u202f")


def test_no_day_of_today_and_no_file_of_this_machine_stands_in_it() -> None:
    content = streams(sample_pdf("en"))
    assert not re.search(rb"/(CreationDate|ModDate) ?\(D:20[2-9]", content)
    assert b"site-packages" not in content


def test_nothing_that_data_holds_becomes_a_command() -> None:
    evil = '#panic("x") $ * _ ` @a <b> #include "/etc/passwd" \\'
    document = Document(
        title=evil, subtitle=evil, lang="en", tags=(evil,),
        blocks=(Section(title=evil, anchor="a", lead=evil, blocks=(
            Paragraph(evil), Tiles((Tile(label=evil, value=1, note=evil),)),
            Table(title=evil, columns=(Column(evil),), rows=((evil,),)),
        )),),
    )  # fmt: skip
    assert PdfDocuments().render(document).startswith(b"%PDF-")
    assert rendered(*evil_blocks()).startswith(b"%PDF-")


def test_a_letter_no_font_has_is_a_box_and_no_fault() -> None:
    made = rendered(Paragraph("𓀀 猫"))
    assert b"/StructTreeRoot" in streams(made)
    assert b"pdfuaid" not in streams(made), "what is not so is not claimed"


def test_an_emoji_is_left_out_and_its_words_stay_readable_for_all() -> None:
    """No font that ships has one: a box in its place would say nothing, and end PDF/UA."""
    made = rendered(Paragraph("Winter sale \U0001f389\U0001f3fd\u200d\U0001f33b is on"))
    assert b"pdfuaid" in streams(made)
    assert b"pdfuaid" not in streams(rendered(Paragraph("\U0001f389 猫")))


def test_whom_it_names_is_found_in_its_bytes() -> None:
    ident = "0123456789abcdef" * 2
    assert ident.encode() in rendered(Paragraph(f"Opened by `regie explain {ident}`."))


@pytest.mark.parametrize("n", [0, 1, MOST_ROWS + 1])
def test_a_table_of_any_length(n: int) -> None:
    rows = tuple((f"item {i}", i) for i in range(n))
    table = Table(title="Items", columns=(Column("Item"), Column("Orders", NUMBER)), rows=rows)
    assert rendered(table).startswith(b"%PDF-")
