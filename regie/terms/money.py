"""Money as integer micros and a currency; pure.

Why integers: a sum of floats depends on the order it was added in, and accounts may not.
"""

from __future__ import annotations

import msgspec

from regie.terms.errors import CurrencyMismatchError

MICROS = 1_000_000


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
