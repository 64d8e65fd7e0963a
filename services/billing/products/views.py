"""A product as clients see it."""

from msgspec import Struct

from services.billing.products.state import Product
from services.core.clock import unix


class ProductObject(Struct, frozen=True, kw_only=True):
    """Instants are Unix seconds."""

    id: str
    object: str = "product"
    active: bool
    created: int
    updated: int
    description: str | None
    livemode: bool
    metadata: dict[str, str]
    name: str


def product_object(product: Product, livemode: bool) -> ProductObject:
    """The wire form of a product."""
    return ProductObject(
        id=product.id,
        active=product.active,
        created=unix(product.created_at),
        updated=unix(product.updated_at),
        description=product.description,
        livemode=livemode,
        metadata=product.metadata,
        name=product.name,
    )
