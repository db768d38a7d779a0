"""Figures in words: numbers, money, shares, days, durations in French and English; pure.

Separators, months and plural rules come from the Unicode CLDR through Babel, imported when the
first figure is written. English is British (`8 September 2011`, `£1,234.56`); French keeps its
no-break spaces (`1 234,56 £`) and its `1er`. A minus is a minus sign, not a hyphen, so that it is
as wide as a plus in a column of figures.

Why not the locale of the machine: the same report must read the same everywhere.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from regie.terms.document import Cell, Format
from regie.terms.errors import SettingError

if TYPE_CHECKING:
    from babel import Locale

DASH = "–"
"""What stands where there is no value."""

MINUS = "\u2212"
NARROW = "\u202f"
MICROS_DIGITS = 6
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}
_SYMBOLS = {("fr", "GBP"): "£", ("fr", "USD"): "$"}
"""Where CLDR writes £GB and $US, which a report in one currency does not need."""

DayForm = Literal["long", "medium", "short", "month", "year"]
_PATTERNS = {
    "long": "d MMMM y",
    "medium": "d MMM y",
    "short": "d MMM",
    "month": "MMM y",
    "year": "y",
}
"""The same order of parts in both languages; only the words differ."""


@cache
def locale_of(lang: str) -> Locale:
    """The CLDR locale of a language of the house.

    Raises
    ------
    SettingError
        If it is neither `en` nor `fr`.

    Examples
    --------
    >>> str(locale_of("fr"))
    'fr_FR'
    >>> locale_of("de")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: language is "de", expected en or fr; choose one of the two
    """
    from babel import Locale

    if lang not in _LOCALES:
        raise SettingError("language", f'"{lang}"', "en or fr", "choose one of the two")
    return Locale.parse(_LOCALES[lang])


def number(value: float, lang: str, *, digits: int | None = None, signed: bool = False) -> str:
    """A number with the language's separators.

    Parameters
    ----------
    value : int or float
    digits : int or None
        Decimals; None gives 0 to an integer and 2 to a float.
    signed : bool
        Whether a plus is written.

    Examples
    --------
    >>> number(1234567, "en"), number(-1.5, "en", digits=1), number(2, "en", signed=True)
    ('1,234,567', '−1.5', '+2')
    >>> number(1234.5, "fr", digits=1) == "1\\u202f234,5"
    True
    >>> number(-0.004, "en"), number(float("nan"), "en")
    ('0.00', '–')
    """
    if digits is None:
        digits = 0 if float(value).is_integer() and not isinstance(value, float) else 2
    return _written(value, _pattern(digits), digits, lang, signed=signed)


def share(value: float, lang: str, *, digits: int = 1, signed: bool = False) -> str:
    """A share 0..1 as a percentage.

    Examples
    --------
    >>> share(0.1234, "en"), share(-0.108, "en", signed=True), share(1, "en", digits=0)
    ('12.3%', '−10.8%', '100%')
    >>> share(0.1234, "fr") == "12,3\\u202f%"
    True
    """
    space = NARROW if lang == "fr" else ""
    return _written(value, f"{_pattern(digits)}{space}%", digits + 2, lang, signed=signed)


def points(difference: float, lang: str, *, digits: int = 1) -> str:
    """A difference of two shares, in points, with its sign.

    Examples
    --------
    >>> points(0.046, "en")
    '+4.6 pts'
    >>> points(-0.009, "fr") == "−0,9\\u00a0pt"
    True
    """
    unit = "\u00a0pt" if lang == "fr" else " pts"
    return number(difference * 100, lang, digits=digits, signed=True) + unit


def money(
    micros: int | float,
    currency: str,
    lang: str,
    *,
    compact: bool = False,
    digits: int | None = None,
    signed: bool = False,
) -> str:
    """An amount in its currency.

    Parameters
    ----------
    micros : int
        Millionths of the currency unit.
    currency : str
        ISO 4217 code.
    compact : bool
        Thousands and millions shortened, with at most `digits` decimals (1 by default).
    digits : int or None
        Decimals; None for the currency's own. With 0 an amount of less than `SMALL` units keeps
        its own, where it has any: of £3.20 the pence are no detail.

    Examples
    --------
    >>> money(3_200_000, "GBP", "en", digits=0), money(99_999_000, "GBP", "en", digits=0)
    ('£3.20', '£100')
    >>> money(1_234_560_000, "GBP", "en"), money(-79_986_000_000, "GBP", "en", digits=0)
    ('£1,234.56', '−£79,986')
    >>> money(1_234_560_000, "GBP", "fr") == "1\\u202f234,56\\u00a0£"
    True
    >>> money(1_250_000_000_000, "GBP", "en", compact=True), money(0, "JPY", "en")
    ('£1.2M', 'JP¥0')
    """
    from babel.numbers import format_compact_currency, get_currency_precision, get_currency_symbol

    locale = locale_of(lang)
    units = _units(micros)
    symbol = get_currency_symbol(currency, locale)
    if compact:
        places = 1 if digits is None else digits
        text = format_compact_currency(units, currency, locale=locale, fraction_digits=places)
        text = _signed(text.replace("-", MINUS), signed and units > 0)
    else:
        own = get_currency_precision(currency)
        places = own if digits is None or (digits == 0 and _is_small(units, own)) else digits
        pattern = locale.currency_formats["standard"].pattern
        pattern = re.sub(r"[#0,.]+", _pattern(places), pattern)
        text = _written(units, pattern, places, lang, signed=signed, currency=currency)
    return text.replace(symbol, _SYMBOLS.get((lang, currency), symbol))


SMALL = 100
"""Below so many units of a currency its hundredths are told where whole units are enough else."""


def _is_small(units: Decimal | float, places: int) -> bool:
    """Whether an amount, to its currency's own decimals, is small and not of whole units."""
    shown = round(float(units), places)
    return abs(shown) < SMALL and not shown.is_integer()


def day(value: date | str, lang: str, form: DayForm = "long") -> str:
    """A day, from a date or ISO text.

    Examples
    --------
    >>> day("2011-09-08", "en"), day(date(2011, 9, 1), "fr"), day("2011-09-08", "en", "short")
    ('8 September 2011', '1er septembre 2011', '8 Sept')
    >>> day("2011-09-08", "fr", "month")
    'sept. 2011'
    """
    from babel.dates import format_date

    moment = date.fromisoformat(value) if isinstance(value, str) else value
    text = format_date(moment, _PATTERNS[form], locale=locale_of(lang))
    # French says 1er of the first day, and of no other.
    return re.sub(r"^1 ", "1er ", text) if lang == "fr" else text


def days(first: date | str, last: date | str, lang: str) -> str:
    """A range of days, both included, without saying anything twice.

    Examples
    --------
    >>> days("2011-08-12", "2011-09-08", "en"), days("2011-09-01", "2011-09-08", "fr")
    ('12 August – 8 September 2011', '1er–8 septembre 2011')
    >>> days("2011-09-08", "2011-09-08", "en")
    '8 September 2011'
    """
    start, end = (date.fromisoformat(d) if isinstance(d, str) else d for d in (first, last))
    if start == end:
        return day(start, lang)
    whole, until = day(start, lang), day(end, lang)
    if start.year != end.year:
        return f"{whole} – {until}"
    day_name, month_name, _ = whole.split(" ")
    if start.month != end.month:
        return f"{day_name} {month_name} – {until}"
    return f"{day_name}–{until}"


def duration(seconds: float, lang: str) -> str:
    """A length of time, with the two units that matter.

    Examples
    --------
    >>> [duration(s, "en") for s in (0.0042, 3.21, 125, 3720, 90_000)]
    ['4 ms', '3.2 s', '2 min 5 s', '1 h 2 min', '1 d 1 h']
    >>> duration(3.21, "fr") == "3,2\\u202fs"
    True
    """
    space = NARROW if lang == "fr" else " "
    if seconds < 0.9995:
        return f"{number(round(seconds * 1000), lang)}{space}ms"
    if seconds < 59.95:
        return f"{number(seconds, lang, digits=1)}{space}s"
    # Rounded before the unit is chosen, so that nobody reads 60 s or 60 min.
    whole_s = round(seconds)
    units = ((86_400, "j" if lang == "fr" else "d"), (3_600, "h"), (60, "min"), (1, "s"))
    at = next(i for i, (size, _) in enumerate(units) if whole_s >= size)
    (big, big_name), (small, small_name) = units[at], units[at + 1]
    whole, rest = divmod(round(whole_s / small) * small, big)
    parts = [f"{whole}{space}{big_name}"] + ([f"{rest // small}{space}{small_name}"] * bool(rest))
    return " ".join(parts)


def count(n: int, one: str, other: str, lang: str) -> str:
    """A number and its noun, by the language's plural rule (in French zero is singular).

    Examples
    --------
    >>> count(1, "order", "orders", "en"), count(0, "order", "orders", "en")
    ('1 order', '0 orders')
    >>> count(0, "commande", "commandes", "fr") == "0\\u00a0commande"
    True
    """
    space = "\u00a0" if lang == "fr" else " "
    return f"{number(n, lang)}{space}{plural(n, one, other, lang)}"


def country(name: str, lang: str) -> str:
    """A country's name in a language, from its name in English or French or its ISO 3166 code.

    Parameters
    ----------
    name : str
        As a file has it. What is no territory of CLDR, nor one of the few other names below, is
        given back as it is.

    Examples
    --------
    >>> country("United Kingdom", "fr"), country("EIRE", "en"), country("de", "fr")
    ('Royaume-Uni', 'Ireland', 'Allemagne')
    >>> country("Channel Islands", "fr"), country("Unspecified", "fr")
    ('Îles Anglo-Normandes', 'Pays non précisé')
    """
    if (known := name.strip().casefold()) in _NO_TERRITORY:
        return _NO_TERRITORY[known][lang]
    code = _country_codes().get(name.strip().casefold())
    shown = locale_of(lang).territories.get(code) if code else None
    return shown or name


_NO_TERRITORY = {
    "channel islands": {"en": "Channel Islands", "fr": "Îles Anglo-Normandes"},
    "european community": {"en": "European Community", "fr": "Communauté européenne"},
    "unspecified": {"en": "Unspecified", "fr": "Pays non précisé"},
}
"""What shops' files have for a country and is none of one code."""
_OTHER_NAMES = {
    "eire": "IE", "usa": "US", "u.s.a.": "US", "rsa": "ZA", "uk": "GB", "czech republic": "CZ",
    "hong kong": "HK",
}  # fmt: skip
"""Names that shops' files have and CLDR does not."""


@cache
def _country_codes() -> dict[str, str]:
    codes = dict(_OTHER_NAMES)
    for lang in ("en", "fr"):
        for code, name in locale_of(lang).territories.items():
            if len(code) == 2 and code.isalpha():
                codes |= {str(name).casefold(): code, code.casefold(): code}
    return codes


def plural(n: float, one: str, other: str, lang: str) -> str:
    """The form of a word that goes with a number.

    Examples
    --------
    >>> plural(1, "row", "rows", "en"), plural(0, "ligne", "lignes", "fr")
    ('row', 'ligne')
    """
    return one if locale_of(lang).plural_form(n) == "one" else other


def show(value: Cell, form: Format, lang: str) -> str:
    """A document's value as its reader should see it.

    Examples
    --------
    >>> show(8_601_000_000, Format("money", "GBP", digits=0), "en"), show(None, Format(), "en")
    ('£8,601', '–')
    >>> show("2011-09-08", Format("day"), "en"), show(0.5, Format("share"), "en")
    ('8 Sept 2011', '50.0%')
    >>> show("12", Format("number"), "en")
    Traceback (most recent call last):
        ...
    regie.terms.errors.SettingError: document value is '12', expected a number for its format \
number; give the raw figure
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if form.unit in {"text", "code"}:
        return str(value)
    if form.unit == "day":
        return day(str(value), lang, "medium")
    if isinstance(value, str):
        raise SettingError(
            "document value", repr(value), f"a number for its format {form.unit}", "give the raw"
            " figure",
        )  # fmt: skip
    return _show_figure(value, form, lang)


def _show_figure(value: float, form: Format, lang: str) -> str:
    digits, signed = form.digits, form.signed
    match form.unit:
        case "money":
            return money(
                value, form.currency, lang, compact=form.compact, digits=digits, signed=signed
            )
        case "share":
            return share(value, lang, digits=1 if digits is None else digits, signed=signed)
        case "points":
            return points(value, lang, digits=1 if digits is None else digits)
        case "duration":
            return duration(value, lang)
    if form.compact:
        return _compact(value, lang, digits)
    return number(value, lang, digits=digits, signed=signed)


def _compact(value: float, lang: str, digits: int | None) -> str:
    from babel.numbers import format_compact_decimal

    if abs(value) < 1000 and not float(value).is_integer():
        return number(value, lang, digits=2 if digits is None else digits)
    places = 1 if digits is None else digits
    text: str = format_compact_decimal(value, locale=locale_of(lang), fraction_digits=places)
    return text.replace("-", MINUS)


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


@lru_cache(8_192)
def _written(
    value: float | Decimal,
    pattern: str,
    digits: int,
    lang: str,
    *,
    signed: bool,
    currency: str | None = None,
) -> str:
    """The value in a CLDR pattern; rounded first, so that nothing is ever written as minus zero."""
    from babel.numbers import parse_pattern

    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        return DASH
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    if rounded == 0:
        rounded = abs(rounded)
    text: str = parse_pattern(pattern).apply(
        rounded,
        locale_of(lang),
        currency=currency,
        currency_digits=False,
        decimal_quantization=False,
    )
    return _signed(text.replace("-", MINUS), signed and rounded > 0)


def _signed(text: str, plus: bool) -> str:
    return f"+{text}" if plus else text


def _units(micros: float) -> Decimal:
    return Decimal(str(micros)).scaleb(-MICROS_DIGITS)
