"""A product as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.products.events import ProductCreated, ProductDeleted, ProductEvent, ProductUpdated
from services.core.decider import Hold


class Product(Struct, frozen=True, kw_only=True):
    """Something that is for sale."""

    id: str
    name: str
    description: str | None
    active: bool
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


def evolve(product: Product | None, event: ProductEvent, at: datetime) -> Product:
    """The product after `event`."""
    if isinstance(event, ProductCreated):
        return Product(**asdict(event), created_at=at, updated_at=at)
    assert product is not None, "the first event of a product is its creation"
    match event:
        case ProductUpdated():
            given = {name: value for name, value in asdict(event).items() if value is not UNSET}
            return replace(product, **given, updated_at=at)
        case ProductDeleted():
            return replace(product, deleted_at=at)
        case _:
            assert_never(event)


def in_use(product: str) -> str:
    """The name that every price of the product holds."""
    return f"product_in_use:{product}"


def holds(product: Product) -> Iterable[Hold]:
    """A deleted product is the only one to hold its name: it cannot be deleted while a price holds it."""
    return () if product.deleted_at is None else (Hold(in_use(product.id), exclusive=True),)
