"""Money as integer micros and a currency; pure.

Why integers: a sum of floats depends on the order it was added in, and accounts may not.
"""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from regie.terms.errors import CurrencyMismatchError

MICROS = 1_000_000
MOST_DIGITS = 12
"""Of an amount's whole units: more does not fit the tables once it is millionths."""

_AMOUNT = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,6}})?")


def micros_of(written: str) -> int | None:
    """An amount as people write it, in digits with a point; None where it is anything else.

    Examples
    --------
    >>> micros_of("80.10"), micros_of("0"), micros_of("1e3"), micros_of("9" * 13)
    (80100000, 0, None, None)
    """
    return int(Decimal(written) * MICROS) if _AMOUNT.fullmatch(written) else None


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount of one currency.

    fr: montant

    Parameters
    ----------
    micros : int
        Millionths of the currency unit (1 EUR = 1_000_000).
    currency : str
        ISO 4217 code.

    Examples
    --------
    >>> Money(2_550_000, "GBP") + Money(450_000, "GBP")
    Money(micros=3000000, currency='GBP')
    >>> Money(1, "GBP") + Money(1, "EUR")
    Traceback (most recent call last):
        ...
    regie.terms.errors.CurrencyMismatchError: sum is of GBP and EUR, expected one currency; \
convert with a dated rate first
    """

    micros: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatchError(
                "sum",
                f"of {self.currency} and {other.currency}",
                "one currency",
                "convert with a dated rate first",
            )
        return Money(self.micros + other.micros, self.currency)
