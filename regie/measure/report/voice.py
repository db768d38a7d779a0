"""The report's words and formats in one language; pure."""

from __future__ import annotations

from typing import Any

from regie.measure.report.figures import ReportFigures
from regie.terms.document import Change, Format, Lang
from regie.terms.money import Money
from regie.words import formats
from regie.words.sentences import say, theme_sentences


class Voice:
    """Says the report's sentences in one language and currency.

    Examples
    --------
    >>> from datetime import date
    >>> from regie.measure.report import figures
    >>> period = figures.Period(date(2011, 8, 12), date(2011, 9, 8))
    >>> voice = Voice("en", figures.nothing_known("Shop", "EUR", period))
    >>> voice.exact(9_747_934_000), voice.country("FR"), voice.named("kind", "nobody named it")
    ('€9,747.934', 'France', 'nobody named it')
    >>> voice.change(110, 100, "last week").good, voice.change(110, 0, "last week")
    (True, None)
    """

    def __init__(self, lang: Lang, told: ReportFigures) -> None:
        self.lang, self.currency = lang, told.currency
        self.money = Format("money", told.currency, digits=0)
        self.pence = Format("money", told.currency)
        self.signed_money = Format("money", told.currency, digits=0, signed=True)

    def say(self, name: str, **values: Any) -> str:
        """A sentence of words/sentences/report.toml."""
        return say(f"report.{name}", self.lang, **values)

    def named(self, group: str, name: str) -> str:
        """The word for a name of a closed list; a name without a word is shown as it is."""
        code = f"{group}_{name}"
        return self.say(code) if code in theme_sentences("report") else name

    def amount(self, micros: int) -> Money:
        """Micros as an amount of the shop's currency."""
        return Money(micros, self.currency)

    def country(self, name: str) -> str:
        """A country's name in this language; as the file has it where it is not known."""
        return formats.country(name, self.lang) if name else self.say("no_country")

    def exact(self, micros: int) -> str:
        """An amount to the last micro that says anything: three decimals at least."""
        digits = 3 if micros % 1_000 == 0 else 6
        return formats.money(micros, self.currency, self.lang, digits=digits)

    def change(self, now: float, before: float, against: str) -> Change | None:
        """How a figure of which more is good moved; None where there was nothing to compare."""
        if not before:
            return None
        moved = now / before - 1
        return Change(value=moved, against=against, good=moved > 0 if moved else None)
