"""The HTML engine: the page is read back as a reader, a screen reader and an attacker would."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest

from regie.engines.html import HtmlDocuments
from regie.ports.document import Documents
from regie.terms.document import (
    LANGS,
    MOST_ROWS,
    NUMBER,
    Bar,
    BarFigure,
    Bars,
    Block,
    Change,
    Chart,
    Column,
    Definitions,
    Details,
    Document,
    Fact,
    Lang,
    MessagePreview,
    Notice,
    Paragraph,
    Point,
    Points,
    Row,
    Section,
    Source,
    Table,
    Tile,
    Tiles,
    to_json,
)
from tests.support.sample_document import sample

VOID = {"meta", "link", "br", "hr", "img", "path", "line", "rect", "circle"}
EVIL = '<script>alert(1)</script>" onload="x'


class Node:
    def __init__(self, tag: str, attributes: dict[str, str], parent: Node | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Node] = []
        self.parts: list[Node | str] = []

    def all(self, *tags: str) -> list[Node]:
        found = []
        for child in self.children:
            found += [child] if child.tag in tags else []
            found += child.all(*tags)
        return found

    def words(self) -> str:
        return "".join(p if isinstance(p, str) else p.words() for p in self.parts)

    def add(self, child: Node) -> None:
        self.children.append(child)
        self.parts.append(child)


class Page(HTMLParser):
    """The page as a tree; an element that is never closed is a failure."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.at = self.root = Node("root", {}, None)
        self.feed(text)
        assert self.at is self.root, f"<{self.at.tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {key: value or "" for key, value in attrs}, self.at)
        self.at.add(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.add(Node(tag, {k: v or "" for k, v in attrs}, self.at))

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.parts.append(data)


def rendered(*blocks: Section | Block, lang: Lang = "en") -> str:
    page = Document(title="T", lang=lang, blocks=blocks)
    return HtmlDocuments().render(page).decode()


@cache
def sample_text(lang: Lang) -> str:
    return HtmlDocuments().render(sample(lang)).decode()


@cache
def sample_page(lang: Lang) -> Node:
    return Page(sample_text(lang)).root


def test_it_is_the_port() -> None:
    engine: Documents = HtmlDocuments()
    assert engine.suffix == ".html"


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_says_its_language_title_and_landmarks(lang: Lang) -> None:
    [html] = sample_page(lang).all("html")
    assert html.attributes["lang"] == lang
    assert html.all("title")[0].words().startswith(sample(lang).title)
    for landmark in ("header", "main", "nav", "footer"):
        assert len(html.all(landmark)) == 1, landmark
    skip = html.all("a")[0]
    assert skip.attributes["href"] == "#" + html.all("main")[0].attributes["id"]


@pytest.mark.parametrize("lang", LANGS)
def test_headings_start_at_one_and_skip_none(lang: Lang) -> None:
    levels = [int(n.tag[1]) for n in sample_page(lang).all("h1", "h2", "h3", "h4", "h5", "h6")]
    main = levels[: levels.index(1) + 1]
    assert main == [1]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels)), levels


@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_is_named_and_has_its_table(lang: Lang) -> None:
    drawings = [n for n in sample_page(lang).all("svg") if n.attributes.get("role") == "img"]
    assert len(drawings) == 12  # six charts at two widths
    for svg in drawings:
        assert [child.tag for child in svg.children[:2]] == ["title", "desc"]
        assert svg.children[0].words()
        assert svg.children[1].words()
        assert svg.parent is not None
        card = svg.parent.parent
        assert card is not None
        assert card.all("details")[0].all("table"), svg.children[0].words()
    others = [n for n in sample_page(lang).all("svg") if n.attributes.get("role") != "img"]
    assert all(n.attributes["aria-hidden"] == "true" for n in others)


@pytest.mark.parametrize("lang", LANGS)
def test_tables_have_captions_and_their_headers_scopes(lang: Lang) -> None:
    tables = sample_page(lang).all("table")
    assert len(tables) > 8
    for table in tables:
        assert table.all("caption")[0].words()
        assert all(th.attributes.get("scope") in {"col", "row"} for th in table.all("th"))
        wide = {len(row.all("th", "td")) for row in table.all("tr")}
        assert len(wide) == 1, table.words()[:80]


@pytest.mark.parametrize("lang", LANGS)
def test_ids_are_unique_and_every_link_inside_leads_somewhere(lang: Lang) -> None:
    nodes = everything(sample_page(lang))
    ids = [n.attributes["id"] for n in nodes if "id" in n.attributes]
    assert len(ids) == len(set(ids))
    for link in sample_page(lang).all("a"):
        assert link.attributes["href"].removeprefix("#") in ids
    for node in nodes:
        for ident in node.attributes.get("aria-labelledby", "").split():
            assert ident in ids


def everything(node: Node) -> list[Node]:
    return [node, *(found for child in node.children for found in everything(child))]


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_asks_nothing_of_the_world(lang: Lang) -> None:
    page = sample_page(lang)
    assert not page.all("script", "object", "embed", "form", "img")
    policy = next(n for n in page.all("meta") if "http-equiv" in n.attributes)
    assert policy.attributes["content"].startswith("default-src 'none';")
    for node in everything(page):
        for name, value in node.attributes.items():
            if name in {"href", "src", "action", "data", "poster", "srcset"}:
                assert value.startswith(("#", "data:")), (node.tag, name, value)
            assert not name.startswith("on"), (node.tag, name)
    assert "@import" not in sample_text(lang)
    assert not re.search(r"url\((?!data:)", sample_text(lang))


def test_a_message_is_shown_where_it_can_do_nothing() -> None:
    [frame] = sample_page("en").all("iframe")
    # Neither scripts nor forms nor other pages; of the page's own origin, since a browser leaves a
    # foreign frame unpainted until it is scrolled to: a picture of the whole page showed it empty.
    assert frame.attributes["sandbox"] == "allow-same-origin"
    assert frame.attributes["title"]
    assert frame.attributes["srcdoc"].startswith("<!doctype html>")


def test_a_message_keeps_its_colours_on_paper() -> None:
    # A browser drops backgrounds when it prints, and a page's own rule stops at the frame.
    [frame] = sample_page("en").all("iframe")
    assert "print-color-adjust:exact" in frame.attributes["srcdoc"]


def evil_blocks() -> tuple[Block, ...]:
    """Every kind of block, with an attack in every text it takes."""
    source = Source(definition=EVIL, command=EVIL, sql=EVIL)
    table = Table(
        title=EVIL, columns=(Column(EVIL),), rows=((EVIL,),), footer=(EVIL,), note=EVIL,
        source=source,
    )  # fmt: skip
    figure = BarFigure(bars=(Bar(EVIL, 1, 2),), value_label=EVIL, mark_label=EVIL)
    change = Change(value=0.1, against=EVIL)
    points = Points(title=EVIL, points=(Point(EVIL, "warn"),))
    return (
        Tiles((Tile(label=EVIL, value=1, change=change, note=EVIL, source=source),)),
        Chart(title=EVIL, figure=figure, table=table, note=EVIL, source=source),
        Bars(title=EVIL, rows=(Bar(EVIL, 1),), total=Bar(EVIL, 1), note=EVIL, source=source),
        table,
        Paragraph(f"**{EVIL}** `{EVIL}`"),
        points,
        Notice(kind="warn", title=EVIL, text=EVIL),
        Details(title=EVIL, text=EVIL, source=source, table=table),
        Definitions(title=EVIL, facts=(Fact(EVIL, EVIL),)),
        MessagePreview(title=EVIL, subject=EVIL, preheader=EVIL, html=EVIL, beside=(points,)),
        Row((points, points)),
    )


def test_every_kind_of_block_is_tried() -> None:
    assert {type(block) for block in evil_blocks()} == set(Block.__args__)


def test_nothing_that_data_holds_becomes_markup() -> None:
    document = Document(
        title=EVIL, subtitle=EVIL, lang="fr", tags=(EVIL,), stamp=(Fact(EVIL, EVIL),),
        blocks=(Section(title=EVIL, anchor="a", lead=EVIL, blocks=evil_blocks()),),
    )  # fmt: skip
    text = HtmlDocuments().render(document).decode()
    assert "<script" not in text
    page = Page(text).root
    assert not page.all("script")
    assert not [n for n in everything(page) if "onload" in n.attributes]
    assert page.all("h1")[0].words() == EVIL  # and it still reads as it was written


def test_headings_are_in_order_without_sections_too() -> None:
    page = Page(rendered(*evil_blocks())).root
    levels = [int(n.tag[1]) for n in page.all("h1", "h2", "h3", "h4")]
    assert levels[:2] == [1, 2]
    assert all(b - a <= 1 for a, b in pairwise(levels)), levels
    assert not page.all("nav")


@pytest.mark.parametrize("n", [0, 3, MOST_ROWS, MOST_ROWS + 1])
def test_a_table_shows_what_it_can_and_says_what_it_leaves_out(n: int) -> None:
    rows = tuple((f"item {i}", i * 1_000_000) for i in range(n))
    table = Table(title="Items", columns=(Column("Item"), Column("Orders", NUMBER)), rows=rows)
    page = Page(rendered(table)).root
    assert sum(len(body.all("tr")) for body in page.all("tbody")) == min(n, MOST_ROWS)
    words = page.all("main")[0].words()
    assert ("The first 500 of 501 rows" in words) == (n > MOST_ROWS)
    assert ("Nothing to show" in words) == (n == 0)


@pytest.mark.parametrize("lang", LANGS)
def test_figures_are_written_in_the_reader_s_language(lang: Lang) -> None:
    words = sample_page(lang).all("main")[0].words()
    english, french = "£631,709", "631\u202f709\u00a0£"
    assert (english in words, french in words) == (lang == "en", lang == "fr")


def test_an_empty_document_is_a_page_and_no_block_is_too_empty() -> None:
    empty: tuple[Block, ...] = (
        Tiles(()), Bars(title="B", rows=()), Points(points=()), Row(()), Definitions(facts=()),
        Chart(title="C", figure=BarFigure(bars=()), table=Table(title="C", columns=(), rows=())),
    )  # fmt: skip
    assert Page(rendered()).root.all("h1")[0].words() == "T"
    assert "Aucun chiffre" in rendered(*empty, lang="fr")


def test_a_change_says_its_verdict_without_colour() -> None:
    change = Change(value=0.2, against="before", good=False)
    words = Page(rendered(Tiles((Tile(label="Complaints", value=12, change=change),)))).root.words()
    assert "▲ +20.0% (bad news)" in words


def test_the_same_document_gives_the_same_bytes() -> None:
    assert sample_text("fr") == HtmlDocuments().render(sample("fr")).decode()


@pytest.mark.parametrize("lang", LANGS)
def test_json_gives_the_document_back(lang: Lang) -> None:
    document = sample(lang)
    assert msgspec.json.decode(to_json(document), type=Document) == document


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_stays_light(lang: Lang) -> None:
    assert len(sample_text(lang).encode()) < 100_000


def test_a_table_of_words_names_its_cells_for_a_phone_and_one_of_figures_does_not() -> None:
    words = (Column("Store"), Column("Holds"), Column("Then"), Column("Days", NUMBER))
    text = rendered(Table(title="T", columns=words, rows=(("a", "b & c", "d", 7),)))
    assert '<table class="stacked">' in text
    assert '<td class="text" data-label="Holds">b &amp; c</td>' in text
    assert '<td class="num" data-label="Days">7</td>' in text
    figures = (Column("Item"), *(Column(name, NUMBER) for name in ("A", "B", "C")))
    text = rendered(Table(title="T", columns=figures, rows=(("a", 1, 2, 3),)))
    assert "data-label=" not in text.partition("<body")[2] and "<table>" in text
