"""Decides what may be done to a product."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.products.commands import CreateProduct, DeleteProduct, ProductCommand, UpdateProduct
from services.billing.products.events import EVENTS, ProductCreated, ProductDeleted, ProductEvent, ProductUpdated
from services.billing.products.state import Product, evolve, holds
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing


class ProductExists(Conflict):
    """A product with this id exists already; choose another 'id', or leave it out."""

    code = "resource_already_exists"


class ProductMissing(Missing):
    """There is no such product."""


class ProductIsDeleted(Missing):
    """This product was deleted."""


def decide(product: Product | None, command: ProductCommand, _at: datetime) -> Sequence[ProductEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateProduct):
        if product is not None:
            raise ProductExists(
                f"A product with the id '{command.id}' exists already; choose another, or leave 'id' out.", param="id"
            )
        return [ProductCreated(**asdict(command))]
    if product is None:
        raise ProductMissing
    if product.deleted_at is not None:
        raise ProductIsDeleted(f"This product was deleted at {product.deleted_at:%Y-%m-%dT%H:%M:%SZ}.")
    match command:
        case UpdateProduct():
            wanted = asdict(command) | {"metadata": merged_metadata(product.metadata, command.metadata)}
            new = {k: v for k, v in wanted.items() if v is not UNSET and getattr(product, k) != v}
            return [ProductUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case DeleteProduct():
            return [ProductDeleted()]
        case _:
            assert_never(command)


PRODUCTS: Decider[Product, ProductCommand, ProductEvent] = Decider(
    category="product", prefix="prod", events=EVENTS, decide=decide, evolve=evolve, holds=holds
)
