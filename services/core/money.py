"""Money: integers in the currency's ISO 4217 minor unit."""

from fractions import Fraction

import iso4217
from msgspec import Struct

AMOUNT_MAX = 99_999_999

# What has no minor unit (gold, XXX, XTS, units of account) is not money that anybody can be charged.
_MINOR_UNITS: dict[str, int] = {
    currency.code.lower(): currency.exponent
    for currency in iso4217.Currency
    if currency.code and currency.exponent is not None
}


class Money(Struct, frozen=True, order=True):
    """`amount` in minor units of `currency`, a lower-case ISO 4217 code."""

    amount: int
    currency: str


def is_currency(code: str) -> bool:
    """Whether `code` (lower case) is a currency of ISO 4217 that amounts can be in."""
    return code in _MINOR_UNITS


def minor_units(currency: str) -> int:
    """How many decimals the currency has: 2 for usd, 0 for jpy, 3 for kwd."""
    return _MINOR_UNITS.get(currency, 0)


def round_half_away(value: Fraction) -> int:
    """The nearest integer; a half goes away from zero, so that rounding is symmetric in sign."""
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude
