"""What the cells of a column look like, told from a sample of them; pure.

Why shares and not one type: a column of prices with one "n/a" is still a column of prices, and how
sure a proposal is follows from how many cells agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import msgspec

DATE_FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
    "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d",
    "%d/%m/%y %H:%M", "%d/%m/%y", "%m/%d/%y %H:%M", "%m/%d/%y", "%b %d, %Y %I:%M %p", "%b %d, %Y",
    "%d %b %Y", "%Y%m%d", "%d.%m.%y %H:%M", "%d.%m.%y", "%d-%m-%y", "%d-%b-%Y %H:%M", "%d-%b-%Y",
    "%d-%b-%y", "%d %B %Y %H:%M", "%d %B %Y à %H:%M", "%d %B %Y", "%d. %B %Y", "%d de %B de %Y",
    "%B %d, %Y",
)  # fmt: skip
"""Formats a proposal tries beside ISO, those with a time first. A month's name (%b, %B) may be in
any language of `MONTHS`."""

COUNTED = ("epoch_s", "unix_s", "unix_ms", "excel_days")
"""Formats that are a number: seconds of the zone's wall clock; seconds, and thousandths of them,
since 1970 in UTC; days of a spreadsheet, wall clock."""

_MONTHS = (
    "jan january janv janvier januar jänner enero ene gennaio gen janeiro januari янв января"
    " январь",
    "feb february févr fév février fevrier februar febrero febbraio fevereiro fev februari фев"
    " февраля февраль",
    "mar march mars märz maerz mär mrz marzo março marco maart mrt мар марта март",
    "apr april avr avril abril abr aprile апр апреля апрель",
    "may mai mayo maggio mag maio mei мая май",
    "jun june juin juni junio giugno giu junho июн июня июнь",
    "jul july juil juillet juli julio luglio lug julho июл июля июль",
    "aug august août aout agosto ago augustus авг августа август",
    "sep sept september septembre septiembre settembre set setembro сен сент сентября сентябрь",
    "oct october octobre octubre ottobre ott okt oktober outubro out окт октября октябрь",
    "nov november novembre noviembre novembro ноя ноября ноябрь",
    "dec december déc décembre decembre dez dezember diciembre dic dicembre dezembro дек декабря"
    " декабрь",
)
MONTHS = {word: words.split()[0] for words in _MONTHS for word in words.split()}
"""Names of months, whole and short, to what English writes for short."""

_PARTS = {
    "%d": "(0?[1-9]|[12][0-9]|3[01])", "%m": "(0?[1-9]|1[0-2])", "%Y": "(19|[2-9][0-9])[0-9]{2}",
    "%y": "[0-9]{2}", "%H": "([01]?[0-9]|2[0-3])", "%I": "(0?[1-9]|1[0-2])", "%M": "[0-5]?[0-9]",
    "%S": "[0-5]?[0-9]", "%p": "[AP]M",
    "%b": f"({'|'.join(sorted(MONTHS, key=len, reverse=True))})[.]?",
    "%B": f"({'|'.join(sorted(MONTHS, key=len, reverse=True))})[.]?",
}  # fmt: skip
"""What a date's part looks like. Why no calendar: a column of dates with one 31 February is one."""
_PACKED = {**_PARTS, "%d": "(0[1-9]|[12][0-9]|3[01])", "%m": "(0[1-9]|1[0-2])"}
"""Without signs between them parts are whole: 536365 is an order, and no 5 June 5363."""

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-](0\d|1[0-4])(:?[0-5]\d)?))?)?",
    re.ASCII,
)
_MAYBE_DATE = re.compile(
    r"(?=.*\d.*\d)[\d/.,: \-]+( ?[AP]M)?|[^\W\d_]{3,}\.? \d+.*|\d+(er|\.)?[ -][^\W\d_].*\d"
)
_POINT = re.compile(
    r"[-+]?(\d+|[1-9]\d{0,2}((,\d{3})+|([ \u00a0\u2009\u202f]\d{3})+|(['\u2019]\d{3})+))(\.\d+)?",
    re.ASCII,
)
_COMMA = re.compile(
    r"[-+]?(\d+|[1-9]\d{0,2}((\.\d{3})+|([ \u00a0\u2009\u202f]\d{3})+|(['\u2019]\d{3})+))(,\d+)?",
    re.ASCII,
)
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_FRACTION = {".": re.compile(r"\.\d*[1-9]"), ",": re.compile(r",\d*[1-9]")}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CODE = re.compile(r"[^\s@]{1,40}")
_FIRST_S, _LAST_S = 946_684_800, 4_102_444_800  # 2000 to 2100, in seconds
_FIRST_DAY, _LAST_DAY = 36_526, 73_050  # 2000 to 2100, in days since 1899-12-30
_TRIED = 200
YES_NO = ("true", "false", "1", "0", "yes", "no", "oui", "non", "y", "n", "ja", "nein", "si", "sí")
CURRENCIES = (
    "EUR", "GBP", "USD", "CHF", "CAD", "AUD", "NZD", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN",
    "CZK", "HUF", "RON", "BGN", "TRY", "BRL", "MXN", "INR", "ZAR", "SGD", "HKD", "KRW", "ILS",
    "AED", "SAR", "MAD", "TND", "XOF", "XAF",
)  # fmt: skip


SIGNS = {
    "€": ("EUR",), "£": ("GBP",), "$": ("USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD"),
    "¥": ("JPY", "CNY"), "kr": ("SEK", "NOK", "DKK"), "zł": ("PLN",), "Kč": ("CZK",),
    "Ft": ("HUF",), "lei": ("RON",), "₺": ("TRY",), "R$": ("BRL",), "₹": ("INR",), "₩": ("KRW",),
    "₪": ("ILS",), "Fr.": ("CHF",),
}  # fmt: skip
"""Sign beside an amount to the currencies that write it."""


def signs_of(currency: str) -> tuple[str, ...]:
    """What may stand beside an amount of a currency: its code and its signs.

    Examples
    --------
    >>> signs_of("EUR"), signs_of("sek")
    (('EUR', '€'), ('SEK', 'kr'))
    """
    code = currency.upper()
    return (code, *(sign for sign, codes in SIGNS.items() if code in codes))


def beside(signs: Sequence[str]) -> str:
    """A pattern of one of these signs before or after a number; group 1 is a minus before it.

    Examples
    --------
    >>> [re.sub(beside(["EUR", "€"]), r"\\1", text) for text in ("9,90 €", "-€2", "2 pcs")]
    ['9,90', '-2', '2 pcs']
    """
    named = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    blank = "[ \u00a0\u202f]*"
    return f"^(-?)(?:{named}){blank}|{blank}(?:{named})$"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a column holds; shares are of its filled cells, 0..1, unless said otherwise.

    Parameters
    ----------
    filled : float
        Share of rows with a cell that is not empty.
    distinct : float
        Different values per filled cell.
    variety : int
        Different values.
    numbers, whole, fractions : float
        That are numbers, with a currency's sign or without; whole ones without; the other numbers.
    mark : str
        Decimal mark that more of them speak for; empty where none does: 1,250 does for neither.
    serials : bool
        Whether all are days of this century as a spreadsheet counts them (45839 is 1 July 2025);
        any number of five digits is like that, so only under a date's name.
    dates : float
        That have the form of one date format (or of ISO), days that do not exist too.
    formats : tuple[str, ...]
        That format; two where day first and month first read as many.
    mails, codes, worded, letters, digits : float
        Mail addresses; one word without blanks; several words; that hold a letter; a digit.
    of : dict[str, float]
        Closed list (`country`, `currency`, `language`, `yes_no`) to the share it holds.
    """

    filled: float
    distinct: float
    variety: int
    numbers: float
    whole: float
    fractions: float
    mark: str
    serials: bool
    dates: float
    formats: tuple[str, ...]
    mails: float
    codes: float
    worded: float
    letters: float
    digits: float
    of: dict[str, float]


def facts_of(cells: Sequence[str | None]) -> Facts:
    """Facts on one column.

    Examples
    --------
    >>> prices = facts_of(["2,55", "1 204,00", None, "3"])
    >>> prices.numbers, prices.mark, prices.filled
    (1.0, ',', 0.75)
    >>> facts_of(["31/08/2025", "01/09/2025"]).formats
    ('%d/%m/%Y',)
    >>> facts_of(["01/08/2025", "01/09/2025"]).formats
    ('%d/%m/%Y', '%m/%d/%Y')
    >>> facts_of([]).filled
    0.0
    """
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    n = max(len(filled), 1)
    bare = [_ANY_SIGN.sub(r"\1", cell) for cell in filled]
    point, comma = _share(bare, _POINT.fullmatch), _share(bare, _COMMA.fullmatch)
    mark = "," if comma > point else "." if point > comma else ""
    numbers = max(point, comma)
    whole = _whole(filled, mark)
    dates, formats = _dates(filled)
    lowered = [cell.casefold() for cell in filled]
    return Facts(
        filled=len(filled) / max(len(cells), 1),
        distinct=len(set(filled)) / n,
        variety=len(set(filled)),
        numbers=numbers,
        whole=whole,
        fractions=max(numbers - whole, 0.0),
        mark=mark,
        serials=bool(filled)
        and all(_SECONDS.fullmatch(c) and _FIRST_DAY < float(c) < _LAST_DAY for c in filled),
        dates=dates,
        formats=formats,
        mails=_share(filled, _MAIL.fullmatch),
        codes=_share(filled, _CODE.fullmatch),
        worded=_share(filled, lambda cell: " " in cell),
        letters=_share(filled, lambda cell: any(c.isalpha() for c in cell)),
        digits=_share(filled, lambda cell: any(c.isdigit() for c in cell)),
        of={
            "country": sum(cell in countries() for cell in lowered) / n,
            "currency": sum(cell.upper() in CURRENCIES for cell in filled) / n,
            "language": sum(cell in _languages() for cell in lowered) / n,
            "yes_no": sum(cell in YES_NO for cell in lowered) / n,
        },
    )


def _whole(cells: Sequence[str], mark: str) -> float:
    """The share that are whole numbers; "1,250" is one where nothing says that it has decimals."""
    form = _COMMA if mark == "," else _POINT
    fraction = _FRACTION[mark or "."]
    return _share(cells, lambda cell: form.fullmatch(cell) and not fraction.search(cell))


_ANY_SIGN = re.compile(beside((*CURRENCIES, *SIGNS)))


def _share(cells: Sequence[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(cell)) for cell in cells) / max(len(cells), 1)


def _dates(cells: Sequence[str]) -> tuple[float, tuple[str, ...]]:
    """The share that the best format reads, and that format; both orders where they tie."""
    if not cells:
        return 0.0, ()
    iso = sum(bool(_ISO.fullmatch(cell)) for cell in cells) / len(cells)
    if iso > 0.5:
        return iso, ("iso",)
    counted = _counted(cells)
    if counted:
        return 1.0, counted
    # Every distinct date counts once: a 31 among ten thousand equal ones must not drown; but a few
    # that are none do not hide a column that else holds dates on every row.
    distinct = list(dict.fromkeys(cells))[: 5 * _TRIED]
    maybe = max(_share(some, _MAYBE_DATE.fullmatch) for some in (distinct[:_TRIED], cells[:_TRIED]))
    if maybe < 0.8:
        return 0.0, ()
    read: dict[str, float] = {}
    for form in DATE_FORMATS:
        formed = _form(form).fullmatch
        if any(formed(cell) for cell in distinct[:_TRIED]):
            read[form] = _share(distinct, formed)
    if not read:
        return 0.0, ()
    best = max(read.values())
    tied = [form for form, share in read.items() if share == best]
    best = max(best, _share(cells, _form(tied[0]).fullmatch))
    return best, tuple(tied[:2] if len(tied) > 1 and _turned(tied[0]) == tied[1] else tied[:1])


def _counted(cells: Sequence[str]) -> tuple[str, ...]:
    """The format of instants that are numbers: seconds since 1970, or thousandths of them."""
    if all(map(_SECONDS.fullmatch, cells)):
        for form, times in (("unix_s", 1), ("unix_ms", 1000)):
            if all(_FIRST_S < float(cell) / times < _LAST_S for cell in cells):
                return (form,)
    return ()


def _turned(form: str) -> str:
    return form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")


@cache
def _form(form: str) -> re.Pattern[str]:
    """The form of a format's dates, whether their day exists or not."""
    parts = _PACKED if form == "%Y%m%d" else _PARTS
    pattern = re.sub("%[a-zA-Z]", lambda part: parts[part[0]], re.escape(form).replace("\\ ", " +"))
    pattern = pattern.replace("(0?[1-9]|[12]", "(1er|0?[1-9]|[12]", int("%B" in form))
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


@cache
def countries() -> frozenset[str]:
    """Names of countries in five languages, and their codes, folded.

    Examples
    --------
    >>> "royaume-uni" in countries(), "deutschland" in countries(), "lilas" in countries()
    (True, True, False)
    """
    from babel import Locale

    names = {"uk", "usa", "eire", "channel islands", "czech republic", "great britain"}
    for tongue in ("en", "fr", "de", "es", "it"):
        for code, name in Locale(tongue).territories.items():
            if len(code) == 2 and code.isalpha():
                names |= {name.casefold(), code.casefold()}
    return frozenset(names)


@cache
def _languages() -> frozenset[str]:
    from babel import Locale

    tongues = ("en", "fr", "de", "es", "it", "nl", "pt")
    names = {
        name.casefold() for t in tongues for name in map(Locale(t).languages.get, tongues) if name
    }
    regions = {f"{t}{between}{r}" for t in tongues for r in tongues for between in "-_"}
    return frozenset(names | set(tongues) | regions | {"en-us", "en_us", "en-gb", "en_gb"})
