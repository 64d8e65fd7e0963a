"""What a price costs: exact rationals until a line of an invoice is rounded once. Pure."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from services.core.money import minor_units
from services.core.period import Cycle

BillingScheme = Literal["PER_UNIT", "TIERED"]
TiersMode = Literal["GRADUATED", "VOLUME"]


class Tier(Struct, frozen=True, kw_only=True):
    """Units up to `up_to` (None: all further ones) cost `unit_amount` each, a decimal number of minor units;
    `flat_amount` is added when the tier is reached."""

    up_to: int | None
    unit_amount: str = "0"
    flat_amount: str = "0"


class Terms(Struct, frozen=True, kw_only=True):
    """What was agreed, whole: a reader of an event that holds it needs no other. `unit_amount` is a decimal number of
    minor units of `currency`; a price without a cycle is paid once."""

    price: str
    product: str
    product_name: str
    currency: str
    unit_amount: str = "0"
    cycle: Cycle | None = None
    billing_scheme: BillingScheme = "PER_UNIT"
    tiers_mode: TiersMode | None = None
    tiers: tuple[Tier, ...] = ()
    nickname: str | None = None


class Part(Struct, frozen=True):
    """A number of units at one price each, and what is added once; `amount` is exact."""

    quantity: int
    unit_amount: str
    flat_amount: str

    @property
    def amount(self) -> Fraction:
        return self.quantity * Fraction(self.unit_amount) + Fraction(self.flat_amount)


def parts(terms: Terms, quantity: int) -> Sequence[Part]:
    """How `quantity` units are priced: one part, or with graduated tiers one for each tier that is reached."""
    if terms.billing_scheme == "PER_UNIT":
        return [Part(quantity, terms.unit_amount, "0")]
    if terms.tiers_mode == "VOLUME":
        tier = next(each for each in terms.tiers if each.up_to is None or quantity <= each.up_to)
        return [Part(quantity, tier.unit_amount, tier.flat_amount)] if quantity else []
    found: list[Part] = []
    below = 0
    for tier in terms.tiers:
        if quantity <= below:
            break
        reached = quantity if tier.up_to is None else min(quantity, tier.up_to)
        found.append(Part(reached - below, tier.unit_amount, tier.flat_amount))
        below = reached
    return found


def exact_amount(terms: Terms, quantity: int) -> Fraction:
    """What `quantity` units cost for one period, in minor units, not rounded."""
    return sum((part.amount for part in parts(terms, quantity)), Fraction(0))


def described(terms: Terms, quantity: int) -> str:
    """A line's words, such as `2 × Pro (at 10.00 USD / month)`."""
    product, nickname = terms.product_name, terms.nickname or ""
    # A nickname that says what it is of says it once.
    name = nickname if product.casefold() in nickname.casefold() else f"{product} – {nickname}" if nickname else product
    how = ""
    if terms.billing_scheme == "PER_UNIT":
        how = f" (at {in_units(terms.unit_amount, terms.currency)}{_every(terms.cycle)})"
    return f"{quantity} × {name}{how}"


def in_units(amount: str, currency: str) -> str:
    """A decimal number of minor units in the currency's own units, such as `10.00 USD` of 1000."""
    digits = minor_units(currency)
    whole, _, fraction = amount.partition(".")
    padded = whole.rjust(digits + 1, "0")
    units, minor = (padded[:-digits], padded[-digits:]) if digits else (padded, "")
    decimals = minor + fraction.rstrip("0")
    return f"{units}{'.' if decimals else ''}{decimals} {currency.upper()}"


def _every(cycle: Cycle | None) -> str:
    if cycle is None:
        return ""
    word = cycle.interval.lower()
    return f" / {word}" if cycle.count == 1 else f" every {cycle.count} {word}s"
