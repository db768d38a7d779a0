"""Law: every sentence is there in both languages, with the same values, set as a printer would."""

from __future__ import annotations

import re

from regie.terms.document import LANGS
from regie.words.sentences import Placeholder, pieces, theme_sentences, themes

# All in one test each: of thousands of sentences, a test for each takes longer than the laws.
CODES = [f"{theme}.{name}" for theme in themes() for name in theme_sentences(theme)]


def test_there_are_sentences() -> None:
    assert len(CODES) > 20


def test_both_languages_and_nothing_else() -> None:
    spoken = {
        f"{theme}.{name}": set(texts)
        for theme in themes()
        for name, texts in theme_sentences(theme).items()
    }
    assert {code: langs for code, langs in spoken.items() if langs != set(LANGS)} == {}


def test_both_languages_take_the_same_values() -> None:
    names = {
        code: [
            {piece.name for piece in pieces(code, lang) if isinstance(piece, Placeholder)}
            for lang in LANGS
        ]
        for code in CODES
    }
    assert {code: (a, b) for code, (a, b) in names.items() if a != b} == {}


def test_no_brace_is_left_and_quotes_are_set() -> None:
    prose = {(code, lang): _prose(code, lang) for code in CODES for lang in LANGS}
    assert {which: said for which, said in prose.items() if set("{}\"'") & set(said)} == {}
    badly_set = re.compile(r"(?<=\w)[;!?»]|«\w| [;:!?»]")
    assert {which: said for which, said in prose.items()
            if which[1] == "fr" and badly_set.search(said)} == {}  # fmt: skip


def _prose(code: str, lang: str) -> str:
    """What a sentence says, without its values and what stands in backticks."""
    words = "".join(
        piece if isinstance(piece, str) else piece.one + piece.other for piece in pieces(code, lang)
    )
    return re.sub(r"`[^`]*`", "", words)
