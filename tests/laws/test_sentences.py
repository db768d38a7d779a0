"""Law: every sentence is there in both languages, with the same values, set as a printer would."""

from __future__ import annotations

import re

import pytest

from regie.terms.document import LANGS
from regie.words.sentences import Placeholder, pieces, theme_sentences, themes

CODES = [f"{theme}.{name}" for theme in themes() for name in theme_sentences(theme)]


def test_there_are_sentences() -> None:
    assert len(CODES) > 20


@pytest.mark.parametrize("code", CODES)
def test_both_languages_and_nothing_else(code: str) -> None:
    theme, _, name = code.partition(".")
    assert set(theme_sentences(theme)[name]) == set(LANGS), code


@pytest.mark.parametrize("code", CODES)
def test_both_languages_take_the_same_values(code: str) -> None:
    names = [
        {piece.name for piece in pieces(code, lang) if isinstance(piece, Placeholder)}
        for lang in LANGS
    ]
    assert names[0] == names[1], code


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", CODES)
def test_no_brace_is_left_and_quotes_are_set(code: str, lang: str) -> None:
    words = "".join(
        piece if isinstance(piece, str) else piece.one + piece.other for piece in pieces(code, lang)
    )
    prose = re.sub(r"`[^`]*`", "", words)
    assert not set("{}\"'") & set(prose), (code, lang, prose)
    if lang == "fr":
        assert not re.search(r"(?<=\w)[;!?»]|«\w| [;:!?»]", prose), (code, prose)
