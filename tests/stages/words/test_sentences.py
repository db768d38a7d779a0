"""Sentences: values are written as the language writes them, and nothing missing stays silent."""

from __future__ import annotations

import subprocess
import sys

import pytest

from regie.terms.errors import NotFoundError, RuleError, SettingError
from regie.words.sentences import Placeholder, parse_sentence, say, typeset


def test_french_spaces_are_set_for_the_translator() -> None:
    assert typeset("« Oui » : l'été ; vraiment ? Oui ! 12 %", "fr") == (
        "«\u202fOui\u202f»\u202f: l’été\u202f; vraiment\u202f? Oui\u202f! 12\u202f%"
    )


def test_english_keeps_its_spaces_and_code_its_quotes() -> None:
    assert typeset("it's here: `regie sql 'x'` ; done", "en") == (
        "it’s here: `regie sql 'x'` ; done"
    )


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(SettingError, match="without a value for total"):
        say("document.rows_shown", "fr", shown=1)


@pytest.mark.parametrize("code", ["document.nowhere", "nowhere.contents", "contents"])
def test_an_unknown_code_is_an_error(code: str) -> None:
    with pytest.raises(NotFoundError, match="not written in en"):
        say(code, "en")


def test_a_third_language_is_an_error() -> None:
    with pytest.raises(SettingError, match="expected en or fr"):
        say("document.contents", "de")


@pytest.mark.parametrize("sentence", ["{a:mony}", "{a:plural}", "{a:plural|one}"])
def test_a_placeholder_that_cannot_be_written_is_an_error(sentence: str) -> None:
    with pytest.raises(RuleError, match=r"^here is"):
        parse_sentence(sentence, "en", "here")


def test_plural_and_money_in_one_sentence() -> None:
    pieces = parse_sentence("{n:plural|# order|# orders}, {paid:whole_money}", "en", "here")
    assert [p.format for p in pieces if isinstance(p, Placeholder)] == ["plural", "whole_money"]
    told = say(
        "charts.line",
        "fr",
        n=0,
        first="2011-09-01",
        last="2011-09-08",
        high="9",
        high_day="2011-09-01",
        low="1",
        low_day="2011-09-08",
    )
    assert told.startswith("Un point, du 1er septembre 2011 au 8 septembre 2011.")


def test_babel_is_not_loaded_before_a_figure_is_written() -> None:
    code = (
        "import sys, regie.words.sentences, regie.words.formats, regie.charts.draw;"
        "assert 'babel' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
