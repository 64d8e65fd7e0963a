"""A price as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.prices.events import PriceCreated, PriceEvent, PriceUpdated
from services.billing.prices.terms import Terms
from services.billing.products.state import in_use
from services.core.decider import Hold


class Price(Struct, frozen=True, kw_only=True):
    """`terms` say what it costs, and are for ever."""

    id: str
    terms: Terms
    active: bool
    lookup_key: str | None
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime


def evolve(price: Price | None, event: PriceEvent, at: datetime) -> Price:
    """The price after `event`."""
    if isinstance(event, PriceCreated):
        return Price(
            id=event.id,
            terms=event.terms,
            active=event.active,
            lookup_key=event.lookup_key,
            metadata=event.metadata,
            created_at=at,
            updated_at=at,
        )
    assert price is not None, "the first event of a price is its creation"
    match event:
        case PriceUpdated():
            given = {name: value for name, value in asdict(event).items() if value is not UNSET}
            if "nickname" in given:
                given["terms"] = replace(price.terms, nickname=given.pop("nickname"))
            return replace(price, **given, updated_at=at)
        case _:
            assert_never(event)


def lookup_hold(key: str) -> Hold:
    """The name under which a lookup key is held, by one price at a time."""
    return Hold(f"price_lookup_key:{key}", exclusive=True)


def holds(price: Price) -> Iterable[Hold]:
    """Its product stays in use for ever; the lookup key can move to another price."""
    yield Hold(in_use(price.terms.product))
    if price.lookup_key is not None:
        yield lookup_hold(price.lookup_key)
