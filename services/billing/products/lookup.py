"""Finding the product that a client named as a parameter of something else."""

from msgspec import Struct

from services.billing.products.decider import PRODUCTS
from services.billing.products.state import Product
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Invalid
from services.core.step import Guard


class ProductUnknown(Invalid):
    """There is no such product."""

    code = "resource_missing"


class Found(Struct, frozen=True):
    """A product, and the guard by which a command relies on it standing still."""

    product: Product
    guard: Guard


async def existing_product(engine: Engine, envelope: Envelope, id: str) -> Found:
    """The product `id`, which is there and not deleted. Raises Invalid naming the parameter `product`."""
    loaded = await engine.load(PRODUCTS, envelope.tenant, id)
    if loaded.state is None or loaded.state.deleted_at is not None:
        raise ProductUnknown(f"No such product: '{id}'.", param="product")
    return Found(loaded.state, Guard(PRODUCTS.stream(id), loaded.head))
