"""Sentences by code, in French and English; reads its own TOML tables, nothing else.

`regie/words/sentences/THEME.toml` holds a table per code with both languages side by side, so that
a translator sees at once what is missing:

    [revenue]
    en = "{n:plural|One order|# orders} brought {amount:money}."
    fr = "{n:plural|Une commande a|# commandes ont} rapporté {amount:money}."

A placeholder is `{name}` for text, or `{name:format}`: number, decimal, share, points,
signed_share, money, whole_money, signed_money (a `Money`), day, short_day, days (two days),
duration; `{name:plural|one|other}` chooses by the language's plural rule, `#` being the number.

Why not gettext: a sentence about figures needs formats, and a missing value must be an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from regie.terms.errors import NotFoundError, RuleError, SettingError
from regie.terms.money import Money
from regie.words import formats

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+)(?:\|([^|{}]*)\|([^|{}]*))?)?\}")
_FOLDER = "sentences"


class Placeholder(msgspec.Struct, frozen=True):
    """Where a value goes, and how it is written."""

    name: str
    format: str
    one: str = ""
    other: str = ""


Piece = str | Placeholder


def _money(value: Money, lang: str, *, digits: int | None = None, signed: bool = False) -> str:
    return formats.money(value.micros, value.currency, lang, digits=digits, signed=signed)


FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "text": lambda value, lang: str(value),
    "number": formats.number,
    "decimal": lambda value, lang: formats.number(value, lang, digits=1),
    "share": formats.share,
    "percent": lambda value, lang: formats.share(value, lang, digits=0),
    "signed_share": lambda value, lang: formats.share(value, lang, signed=True),
    "points": formats.points,
    "money": _money,
    "whole_money": lambda value, lang: _money(value, lang, digits=0),
    "signed_money": lambda value, lang: _money(value, lang, digits=0, signed=True),
    "day": formats.day,
    "short_day": lambda value, lang: formats.day(value, lang, "short"),
    "days": lambda value, lang: formats.days(value[0], value[1], lang),
    "duration": formats.duration,
}
"""How a placeholder's value is written; `plural` is the one that is not a function of the value."""


def say(code: str, lang: str, **values: Any) -> str:
    """The sentence of a code, with its values written as the language writes them.

    Parameters
    ----------
    code : str
        `theme.name`: a table of regie/words/sentences/theme.toml.
    lang : str
        `en` or `fr`.
    **values
        One for each placeholder; others are left aside, so that a caller may offer all it knows.

    Returns
    -------
    str
        Typeset: French spaces and apostrophes are in place.

    Raises
    ------
    NotFoundError
        If there is no such code.
    SettingError
        If a placeholder has no value, or the language is neither of the two.

    Examples
    --------
    >>> say("document.rows_shown", "en", shown=500, total=3_000_000)[:35]
    'The first 500 of 3,000,000 rows; th'
    >>> say("charts.bars", "fr", n=1, label="France", value="12") == (
    ...     "Une barre. La plus longue\\u202f: France, 12. Le tableau suit.")
    True
    >>> say("document.rows_shown", "en", shown=500)
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: sentence document.rows_shown is without a value for total, \
expected one for each placeholder; give total=…
    """
    written = []
    for piece in pieces(code, lang):
        if isinstance(piece, str):
            written.append(piece)
        elif piece.name not in values:
            raise SettingError(
                f"sentence {code}",
                f"without a value for {piece.name}",
                "one for each placeholder",
                f"give {piece.name}=…",
            )
        else:
            written.append(_write(piece, values[piece.name], lang))
    return "".join(written)


@cache
def pieces(code: str, lang: str) -> tuple[Piece, ...]:
    """A sentence's literal parts and placeholders in order, the literal ones typeset.

    Raises
    ------
    NotFoundError
        If there is no such code.
    RuleError
        If a placeholder's format is unknown.

    Examples
    --------
    >>> pieces("charts.perfect", "en")
    ('perfect forecast',)
    """
    formats.locale_of(lang)
    theme, _, name = code.partition(".")
    sentence = theme_sentences(theme).get(name, {}).get(lang)
    if sentence is None:
        raise NotFoundError(
            f"sentence {code}",
            f"not written in {lang}",
            f"a table [{name}] with en and fr in words/sentences/{theme}.toml",
            "add it, or correct the code",
        )
    return parse_sentence(sentence, lang, f"words/sentences/{theme}.toml [{name}] {lang}")


@cache
def theme_sentences(theme: str) -> Mapping[str, Mapping[str, str]]:
    """Every code of a theme with its sentences by language; empty where there is no such theme.

    Examples
    --------
    >>> theme_sentences("charts")["perfect"]["fr"]
    'prévision parfaite'
    """
    path = resources.files("regie.words").joinpath(_FOLDER, f"{theme}.toml")
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def themes() -> tuple[str, ...]:
    """The themes there are sentences for, sorted.

    Examples
    --------
    >>> {"charts", "document"} <= set(themes())
    True
    """
    folder = resources.files("regie.words").joinpath(_FOLDER)
    names = [path.name for path in folder.iterdir() if path.name.endswith(".toml")]
    return tuple(sorted(name.removesuffix(".toml") for name in names))


def parse_sentence(sentence: str, lang: str, where: str) -> tuple[Piece, ...]:
    """A sentence's pieces.

    Examples
    --------
    >>> parse_sentence("{n:plural|one row|# rows}.", "en", "here")
    (Placeholder(name='n', format='plural', one='one row', other='# rows'), '.')
    >>> parse_sentence("{n:nmuber}", "en", "here")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: here is {n:nmuber}, expected a format among text, number, \
decimal, share, percent, signed_share, points, money, whole_money, signed_money, day, short_day, \
days, duration, plural; see regie/words/sentences.py
    """
    found: list[Piece] = []
    end = 0
    for match in _PLACEHOLDER.finditer(sentence):
        found.append(typeset(sentence[end : match.start()], lang))
        end = match.end()
        name, form, one, other = match.groups()
        if form is not None and form not in FORMATS and (form != "plural" or other is None):
            known = ", ".join([*FORMATS, "plural"])
            raise RuleError(
                where, match.group(), f"a format among {known}", "see regie/words/sentences.py"
            )
        one, other = typeset(one or "", lang), typeset(other or "", lang)
        found.append(Placeholder(name, form or "text", one, other))
    found.append(typeset(sentence[end:], lang))
    if any("{" in piece or "}" in piece for piece in found if isinstance(piece, str)):
        raise RuleError(where, f'"{sentence}"', "placeholders that close", "see regie/words")
    return tuple(piece for piece in found if piece != "")


def typeset(text: str, lang: str) -> str:
    """Text with the apostrophes and, in French, the no-break spaces that printers use.

    What stands between back-ticks is code and is left alone.

    Examples
    --------
    >>> print(typeset("it's `a 'b'`", "en"))
    it’s `a 'b'`
    >>> typeset("« Vos favoris » : l'essentiel !", "fr") == (
    ...     "«\\u202fVos favoris\\u202f»\\u202f: l’essentiel\\u202f!")
    True
    """
    parts = text.split("`")
    for i in range(0, len(parts), 2):
        part = parts[i].replace("'", "’")
        if lang == "fr":
            part = re.sub(r"[ \u00a0]([;:!?»%])", "\u202f\\1", part)
            part = re.sub(r"«[ \u00a0]", "«\u202f", part)
        parts[i] = part
    return "`".join(parts)


def _write(piece: Placeholder, value: Any, lang: str) -> str:
    if piece.format != "plural":
        return FORMATS[piece.format](value, lang)
    chosen = formats.plural(value, piece.one, piece.other, lang)
    return chosen.replace("#", formats.number(value, lang))
