"""What is remembered of a price. What it costs never changes; a new price is made instead."""

from msgspec import UNSET, UnsetType

from services.billing.prices.terms import Terms
from services.core.event import Event, EventCodec, Published


class PriceCreated(Event, frozen=True, kw_only=True, tag="price.created"):
    """A product can be had for this."""

    id: str
    terms: Terms
    active: bool = True
    lookup_key: str | None = None
    metadata: dict[str, str] = {}


class PriceUpdated(Event, frozen=True, kw_only=True, tag="price.updated"):
    """Fields took new values; unset ones did not change. `metadata` is the whole map after the change."""

    nickname: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    lookup_key: str | UnsetType | None = UNSET
    metadata: dict[str, str] | UnsetType = UNSET


PriceEvent = PriceCreated | PriceUpdated
EVENTS = EventCodec(PriceCreated, PriceUpdated)
PUBLISHED: Published = {
    PriceCreated: ("price.created",),
    PriceUpdated: ("price.updated",),
}
