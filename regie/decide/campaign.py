"""Campaigns as a CRM manager writes them, read from TOML; pure.

Why so strict: a misspelt key that is silently ignored is a budget that does not hold. Every mistake
names the file, the key and the next step, and a key that looks like another is told so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from regie.terms.campaign import Campaign, MessageWords
from regie.terms.document import LANGS
from regie.terms.errors import RuleError, meant
from regie.terms.money import MICROS, MOST_DIGITS, micros_of
from regie.terms.rule import parse_rule

SELECTIONS = ("favourites", "new", "popular")
"""How a campaign's items are chosen: bought before, never bought, most bought by all."""


SUBJECT_AT_MOST = 150
"""Characters a subject may have; mail programs show 40 to 70."""

TITLE_AT_MOST = 100
"""Characters a campaign's title may have: it heads pages and stands in tables."""

WORD_AT_MOST = 5000
"""Characters of any other word: a message is read on a phone."""

COST_AT_MOST_MICROS = 1_000_000 * MICROS
"""A message never costs more: what a million of them cost can still be added up."""

_KEYS = (
    "title", "whom", "selection", "words", "starts", "ends", "budget", "cost_per_message",
    "priority", "paused",
)  # fmt: skip
WORDS = ("subject", "preheader", "title", "body", "button", "offer")
"""What a message says, in each language."""
_MAY_LACK = frozenset({"preheader", "offer", "priority", "paused"})


def campaign_from(toml: Mapping[str, Any], where: str) -> Campaign:
    """The campaign a TOML file describes.

    Parameters
    ----------
    toml : Mapping[str, Any]
        The parsed file. `budget` (the most one run may spend) and `cost_per_message` are decimal
        text in currency units, "80.00"; `starts` and `ends` are dates, both included.
    where : str
        The file, for messages; its name without ending is the campaign's.

    Returns
    -------
    Campaign
        With words in every language of `LANGS`; amounts in micros.

    Raises
    ------
    RuleError
        If a key is unknown, missing or not what it takes.

    Examples
    --------
    >>> words = {"subject": "Hello", "title": "Again?", "body": "Yes.", "button": "See"}
    >>> toml = {"title": {"en": "Again", "fr": "Encore"}, "whom": {"count": "order", "at_least": 2},
    ...         "selection": "favourites", "words": {"en": words, "fr": words},
    ...         "starts": date(2011, 1, 1), "ends": date(2011, 12, 31), "budget": "80.00",
    ...         "cost_per_message": "0.05"}
    >>> campaign = campaign_from(toml, "rules/campaigns/again.toml")
    >>> campaign.name, campaign.budget_micros, campaign.cost_micros, campaign.priority
    ('again', 80000000, 50000, 0.0)
    >>> campaign_from(toml | {"paused": True}, "again.toml").paused
    True
    >>> campaign_from(toml | {"buget": "80.00"}, "again.toml")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: again.toml is with the unknown key "buget", expected title, \
whom, selection, words, starts, ends, budget, cost_per_message, priority, paused; \
did you mean \
budget?
    """
    _check_keys(toml, _KEYS, where)
    selection = toml["selection"]
    if selection not in SELECTIONS:
        raise RuleError(
            f"{where}, selection", f'"{selection}"', _any_of(SELECTIONS),
            meant(str(selection), SELECTIONS, "choose one of them"),
        )  # fmt: skip
    starts, ends = _day(toml, "starts", where), _day(toml, "ends", where)
    if ends < starts:
        raise RuleError(
            f"{where}, ends", str(ends), f"a day from {starts} on", "swap starts and ends"
        )
    whom = _table(toml["whom"], f"{where}, whom", 'a rule, as { count = "order", at_least = 2 }')
    return Campaign(
        name=PurePath(where).stem,
        title=_title(toml["title"], where),
        whom=parse_rule(whom, f"{where}, whom"),
        selection=selection,
        words=words_from(toml["words"], where),
        starts=starts,
        ends=ends,
        budget_micros=_micros(toml, "budget", where),
        cost_micros=_cost(toml, where),
        priority=_priority(toml.get("priority", 0.0), where),
        paused=_paused(toml.get("paused", False), where),
    )


def _title(value: object, where: str) -> dict[str, str]:
    here = f"{where}, title"
    titles = _table(value, here, 'a name in each language, { en = "…", fr = "…" }')
    _check_keys(titles, LANGS, here)
    told: dict[str, str] = {x: _text(titles[x], f"{here}.{x}") for x in LANGS}
    for language, text in told.items():
        _check_line(text, TITLE_AT_MOST, f"{here}.{language}", "shorten it")
    return told


def words_from(value: object, where: str) -> dict[str, MessageWords]:
    """A message's words in every language, as a campaign or somebody who amends it writes them.

    Parameters
    ----------
    value : object
        Language to a table of words.

    Raises
    ------
    RuleError
        If a language or a word is missing, unknown, or not what it takes.

    Examples
    --------
    >>> said = {"subject": "Hello", "title": "Again?", "body": "Yes.", "button": "See"}
    >>> words_from({"en": said, "fr": said}, "c.toml")["fr"].title
    'Again?'
    >>> words_from({"en": said, "fr": said | {"button": ""}}, "c.toml")
    Traceback (most recent call last):
        ...
    regie.terms.errors.RuleError: c.toml, words.fr.button is empty, expected words; write what \
people should read
    """
    here = f"{where}, words"
    tables = _table(value, here, "a table per language, [words.en] and [words.fr]")
    _check_keys(tables, LANGS, here)
    return {language: _words_of(tables[language], f"{here}.{language}") for language in LANGS}


def _words_of(value: object, here: str) -> MessageWords:
    table = _table(value, here, "a table of words: " + ", ".join(WORDS))
    _check_keys(table, WORDS, here)
    said = {
        name: _text(table.get(name, ""), f"{here}.{name}", may_be_empty=name in _MAY_LACK)
        for name in WORDS
    }
    _check_line(
        said["subject"], SUBJECT_AT_MOST, f"{here}.subject", "shorten it: screens show 40 to 70"
    )
    return MessageWords(**said)


def _check_line(text: str, most: int, here: str, step: str) -> None:
    if len(text) > most or "\n" in text:
        raise RuleError(here, f"{len(text)} characters long", f"one line of at most {most}", step)


def _text(value: object, here: str, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str):
        raise RuleError(here, repr(value), "text", "put it in quotes")
    text = value.strip()
    if not text and not may_be_empty:
        raise RuleError(here, "empty", "words", "write what people should read")
    if len(text) > WORD_AT_MOST:
        raise RuleError(
            here, f"{len(text)} characters long", f"at most {WORD_AT_MOST}", "shorten it"
        )
    strange = [place for place in re.findall(r"\{[^{}]*\}", text) if place != "{first_name}"]
    if strange:
        raise RuleError(
            here, f"with {strange[0]}", "no place to fill but {first_name}",
            meant(strange[0], ("{first_name}",), "take it out"),
        )  # fmt: skip
    return text


def _day(toml: Mapping[str, Any], key: str, where: str) -> date:
    value = toml[key]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise RuleError(
            f"{where}, {key}", f'"{value}"', "a day as YYYY-MM-DD", "write for example 2011-12-31"
        ) from error


def _micros(toml: Mapping[str, Any], key: str, where: str) -> int:
    value = toml[key]
    # A float has already lost what was written: 80.10 is not 80.1 hundredths.
    written = str(value) if isinstance(value, str | int) else ""
    micros = micros_of(written)
    if micros is None:
        raise RuleError(
            f"{where}, {key}", f'"{value}"' if isinstance(value, str) else repr(value),
            'an amount in quotes, zero or more, in digits with a point, at most 6 decimals and'
            f' {MOST_DIGITS} digits before them: "80.00"',
            "write it that way, without a currency sign",
        )  # fmt: skip
    return micros


def _cost(toml: Mapping[str, Any], where: str) -> int:
    micros = _micros(toml, "cost_per_message", where)
    if micros > COST_AT_MOST_MICROS:
        raise RuleError(
            f"{where}, cost_per_message", f'"{toml["cost_per_message"]}"',
            f"at most {COST_AT_MOST_MICROS // MICROS} a message", "write what one message costs",
        )  # fmt: skip
    return micros


def _priority(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
        raise RuleError(
            f"{where}, priority", repr(value), "a number of points", "write for example 0.5"
        )
    return float(value)


def _paused(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise RuleError(f"{where}, paused", repr(value), "true or false", "write it so")
    return value


def _table(value: object, here: str, rule: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RuleError(here, repr(value), rule, "write it that way")
    return value


def _check_keys(table: Mapping[str, Any], keys: Collection[str], here: str) -> None:
    known = ", ".join(keys)
    for key in table:
        if key not in keys:
            raise RuleError(
                here, f'with the unknown key "{key}"', known, meant(key, keys, "take it out")
            )
    for key in keys:
        if key not in table and key not in _MAY_LACK:
            raise RuleError(here, f'without "{key}"', known, f"add {key}")


def _any_of(names: Collection[str]) -> str:
    return "one of " + ", ".join(names)
