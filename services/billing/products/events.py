"""What is remembered of a product."""

from msgspec import UNSET, UnsetType

from services.core.event import Event, EventCodec, Published


class ProductCreated(Event, frozen=True, kw_only=True, tag="product.created"):
    """Something is for sale; what it costs is said by its prices."""

    id: str
    name: str
    description: str | None = None
    active: bool = True
    metadata: dict[str, str] = {}


class ProductUpdated(Event, frozen=True, kw_only=True, tag="product.updated"):
    """Fields took new values; unset ones did not change. `metadata` is the whole map after the change."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET


class ProductDeleted(Event, frozen=True, kw_only=True, tag="product.deleted"):
    """The product is gone; it never had a price."""


ProductEvent = ProductCreated | ProductUpdated | ProductDeleted
EVENTS = EventCodec(ProductCreated, ProductUpdated, ProductDeleted)
PUBLISHED: Published = {
    ProductCreated: ("product.created",),
    ProductUpdated: ("product.updated",),
    ProductDeleted: ("product.deleted",),
}
