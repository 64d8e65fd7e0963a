"""The calls that create, change and delete products."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.billing.products.commands import CreateProduct, DeleteProduct, UpdateProduct
from services.billing.products.decider import PRODUCTS
from services.billing.products.events import PUBLISHED
from services.billing.products.state import Product
from services.billing.products.views import ProductObject, product_object
from services.core.capability import Capability
from services.core.fields import LongText, MetadataDraft, Name, chosen_id, cleared, merged_metadata, required_text
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict
from services.core.step import HoldTaken, Step
from services.core.wire import DeletedObject, ok


class ProductInUse(Conflict):
    """This product has prices and cannot be deleted; set 'active' to false instead."""

    code = "product_in_use"


class ProductDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new product; `id` may be chosen."""

    name: Name
    id: str | None = None
    description: LongText | None = None
    active: bool = True
    metadata: MetadataDraft | Literal[""] | None = None


class ProductPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a product; what is absent stays as it is."""

    name: Name | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


async def create(call: Call[ProductDraft, None]) -> Reply:
    """Creates a product."""
    draft, livemode = call.body, call.envelope.livemode
    command = CreateProduct(
        id=chosen_id(draft.id, PRODUCTS.prefix),
        name=required_text(draft.name, "name"),
        description=draft.description or None,
        active=draft.active,
        metadata=merged_metadata({}, draft.metadata),
    )
    step = Step(PRODUCTS, command.id, command, fresh=draft.id is None)
    return Reply.of(
        await call.engine.handle(call.envelope, step, settles=lambda product: ok(product_object(product, livemode)))
    )


async def update(call: Call[ProductPatch, None]) -> Reply:
    """Changes a product."""
    patch, livemode = call.body, call.envelope.livemode
    command = UpdateProduct(
        name=UNSET if isinstance(patch.name, UnsetType) else required_text(patch.name, "name"),
        description=cleared(patch.description),
        active=patch.active,
        metadata=patch.metadata,
    )
    step = Step(PRODUCTS, call.path["id"], command)
    return Reply.of(
        await call.engine.handle(call.envelope, step, settles=lambda product: ok(product_object(product, livemode)))
    )


async def delete(call: Call[None, None]) -> Reply:
    """Deletes a product that has no price."""
    id = call.path["id"]
    answer = ok(DeletedObject(id=id, object="product"))
    try:
        handled = await call.engine.handle(
            call.envelope, Step(PRODUCTS, id, DeleteProduct()), settles=lambda _product: answer
        )
    except HoldTaken as taken:
        raise ProductInUse(
            f"The price '{taken.owner}' belongs to this product; set 'active' to false instead."
        ) from None
    return Reply.of(handled)


CAPABILITY = Capability(
    name="products",
    object="product",
    decider=PRODUCTS,
    view=product_object,
    view_type=ProductObject,
    state_type=Product,
    published=PUBLISHED,
    filters={"active": lambda product: "true" if product.active else "false"},
    texts={"name": ("name",)},
    gone=lambda product: product.deleted_at,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/products",
            summary="Create a product",
            perform=create,
            needs="products:write",
            body=ProductDraft,
            answers=ProductObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/products/{id}",
            summary="Update a product",
            perform=update,
            needs="products:write",
            body=ProductPatch,
            answers=ProductObject,
        ),
        Operation(
            methods=("DELETE",),
            path="/v1/products/{id}",
            summary="Delete a product without prices",
            perform=delete,
            needs="products:write",
            answers=DeletedObject,
        ),
    ),
)
