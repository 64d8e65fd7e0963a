"""A price as clients see it."""

from fractions import Fraction
from typing import Literal

from msgspec import Struct

from services.billing.prices.state import Price
from services.billing.prices.terms import BillingScheme, Terms, TiersMode
from services.core.clock import unix
from services.core.period import Interval

PriceType = Literal["ONE_TIME", "RECURRING"]


class RecurringObject(Struct, frozen=True, kw_only=True):
    """A period lasts `interval_count` intervals."""

    interval: Interval
    interval_count: int


class TierObject(Struct, frozen=True, kw_only=True):
    """Amounts in minor units: whole ones, and beside them the same as decimals."""

    flat_amount: int | None
    flat_amount_decimal: str
    unit_amount: int | None
    unit_amount_decimal: str
    up_to: int | None


class PriceObject(Struct, frozen=True, kw_only=True):
    """`unit_amount` is null where the price is not a whole number of minor units, or depends on the quantity."""

    id: str
    object: str = "price"
    active: bool
    billing_scheme: BillingScheme
    created: int
    updated: int
    currency: str
    livemode: bool
    lookup_key: str | None
    metadata: dict[str, str]
    nickname: str | None
    product: str
    recurring: RecurringObject | None
    tiers: list[TierObject] | None
    tiers_mode: TiersMode | None
    type: PriceType
    unit_amount: int | None
    unit_amount_decimal: str | None


def price_object(price: Price, livemode: bool) -> PriceObject:
    """The wire form of a price."""
    terms = price.terms
    tiered = terms.billing_scheme == "TIERED"
    return PriceObject(
        id=price.id,
        active=price.active,
        billing_scheme=terms.billing_scheme,
        created=unix(price.created_at),
        updated=unix(price.updated_at),
        currency=terms.currency,
        livemode=livemode,
        lookup_key=price.lookup_key,
        metadata=price.metadata,
        nickname=terms.nickname,
        product=terms.product,
        recurring=recurring_object(terms),
        tiers=_tiers(terms) if tiered else None,
        tiers_mode=terms.tiers_mode,
        type=price_type(terms),
        unit_amount=None if tiered else whole(terms.unit_amount),
        unit_amount_decimal=None if tiered else terms.unit_amount,
    )


def price_type(terms: Terms) -> PriceType:
    """Whether it is paid once or again and again."""
    return "ONE_TIME" if terms.cycle is None else "RECURRING"


def recurring_object(terms: Terms) -> RecurringObject | None:
    """The cycle of a price, none of one that is paid once."""
    cycle = terms.cycle
    return None if cycle is None else RecurringObject(interval=cycle.interval, interval_count=cycle.count)


def whole(amount: str) -> int | None:
    """A decimal number of minor units where it is a whole one."""
    value = Fraction(amount)
    return value.numerator if value.denominator == 1 else None


def _tiers(terms: Terms) -> list[TierObject]:
    return [
        TierObject(
            flat_amount=whole(tier.flat_amount),
            flat_amount_decimal=tier.flat_amount,
            unit_amount=whole(tier.unit_amount),
            unit_amount_decimal=tier.unit_amount,
            up_to=tier.up_to,
        )
        for tier in terms.tiers
    ]
