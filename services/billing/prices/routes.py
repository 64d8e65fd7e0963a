"""The calls that create and change prices."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.prices.commands import CreatePrice, LetGoLookupKey, UpdatePrice
from services.billing.prices.decider import PRICES
from services.billing.prices.drafts import ProductData, RecurringDraft, TierDraft, cycle_of, terms_of, tiers_of
from services.billing.prices.events import PUBLISHED
from services.billing.prices.state import Price, lookup_hold
from services.billing.prices.terms import BillingScheme, TiersMode
from services.billing.prices.views import PriceObject, price_object, price_type
from services.billing.products.commands import CreateProduct
from services.billing.products.decider import PRODUCTS
from services.billing.products.lookup import existing_product
from services.core.again import reading_again
from services.core.capability import Capability, Plural
from services.core.fields import (
    MetadataDraft,
    ShortText,
    chosen_id,
    cleared,
    currency_code,
    merged_metadata,
    one_of,
    required_text,
)
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict
from services.core.step import Guard, GuardBroken, Handled, HoldTaken, Step
from services.core.wire import ok

LookupKey = Annotated[str, Meta(max_length=200)]


class LookupKeyTaken(Conflict):
    """Another price has this lookup key; 'transfer_lookup_key' takes it over."""

    code = "lookup_key_taken"


class PriceDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new price of `product`, or of a product made of `product_data`. What it costs can never change."""

    currency: str
    id: str | None = None
    product: str | None = None
    product_data: ProductData | None = None
    unit_amount: int | None = None
    unit_amount_decimal: str | int | float | None = None
    recurring: RecurringDraft | None = None
    billing_scheme: BillingScheme = "PER_UNIT"
    tiers_mode: TiersMode | None = None
    tiers: Sequence[TierDraft] | None = None
    lookup_key: LookupKey | None = None
    transfer_lookup_key: bool = False
    nickname: ShortText | None = None
    active: bool = True
    metadata: MetadataDraft | Literal[""] | None = None


class PricePatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a price; the amount and the cycle are not among them."""

    nickname: ShortText | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    lookup_key: LookupKey | UnsetType | None = UNSET
    transfer_lookup_key: bool = False
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


async def create(call: Call[PriceDraft, None]) -> Reply:
    """Creates a price and, from `product_data`, its product."""
    draft, envelope = call.body, call.envelope
    id, made = chosen_id(draft.id, PRICES.prefix), new_id(PRODUCTS.prefix)
    if (draft.product is None) == (draft.product_data is None):
        raise one_of("product", "product_data", both=draft.product is not None)
    tiers = tiers_of(draft.tiers, draft.tiers_mode, draft.billing_scheme)

    async def handled() -> Handled[Price]:
        steps: list[Step] = []
        guards: list[Guard] = []
        data = draft.product_data
        if data is not None:
            product = chosen_id(data.id, PRODUCTS.prefix) if data.id else made
            name = required_text(data.name, "product_data[name]")
            steps.append(Step(PRODUCTS, product, CreateProduct(id=product, name=name), fresh=product == made))
        else:
            found = await existing_product(call.engine, envelope, draft.product or "")
            product, name = found.product.id, found.product.name
            guards.append(found.guard)
        terms = terms_of(
            price=id,
            product=product,
            product_name=name,
            currency=currency_code(draft.currency),
            unit_amount=draft.unit_amount,
            unit_amount_decimal=draft.unit_amount_decimal,
            cycle=cycle_of(draft.recurring),
            tiers=tiers,
            tiers_mode=draft.tiers_mode,
            nickname=draft.nickname or None,
        )
        command = CreatePrice(
            id=id,
            terms=terms,
            active=draft.active,
            lookup_key=draft.lookup_key or None,
            metadata=merged_metadata({}, draft.metadata),
        )
        step = Step(PRICES, id, command, fresh=draft.id is None)
        return await _naming(call, [step, *steps], guards, draft.lookup_key or None, draft.transfer_lookup_key)

    await call.engine.look_up(envelope)
    return Reply.of(await reading_again(handled))


async def update(call: Call[PricePatch, None]) -> Reply:
    """Changes what of a price can change."""
    patch = call.body
    command = UpdatePrice(
        nickname=cleared(patch.nickname),
        active=patch.active,
        lookup_key=cleared(patch.lookup_key),
        metadata=patch.metadata,
    )
    key = command.lookup_key if isinstance(command.lookup_key, str) else None

    async def handled() -> Handled[Price]:
        return await _naming(call, [Step(PRICES, call.path["id"], command)], [], key, patch.transfer_lookup_key)

    return Reply.of(await reading_again(handled))


async def _naming(
    call: Call[PriceDraft, None] | Call[PricePatch, None],
    steps: list[Step],
    guards: list[Guard],
    key: str | None,
    transfer: bool,
) -> Handled[Price]:
    """Handles the steps; the first of them takes the lookup key, from whoever has it when that is asked for."""
    engine, envelope = call.engine, call.envelope
    if key is not None and transfer:
        owners = await engine.store.holders(envelope.tenant, lookup_hold(key).name, 1)
        steps += [Step(PRICES, owner, LetGoLookupKey(key)) for owner in owners if owner != steps[0].id]
    try:
        return await engine.handle(
            envelope, steps, guards=guards, settles=lambda price: ok(price_object(price, envelope.livemode))
        )
    except HoldTaken as taken:
        if transfer:
            # Somebody else took it over meanwhile: then it is taken over from there.
            raise GuardBroken(envelope.tenant, taken.name) from None
        raise LookupKeyTaken(
            f"The price '{taken.owner}' has this lookup key; 'transfer_lookup_key' takes it over.", param="lookup_key"
        ) from None


CAPABILITY = Capability(
    name="prices",
    object="price",
    decider=PRICES,
    view=price_object,
    view_type=PriceObject,
    state_type=Price,
    published=PUBLISHED,
    filters={
        "product": lambda price: price.terms.product,
        "active": lambda price: "true" if price.active else "false",
        "currency": lambda price: price.terms.currency,
        "lookup_key": lambda price: price.lookup_key,
        "type": lambda price: price_type(price.terms),
    },
    plurals={"lookup_keys": Plural("lookup_key"), "products": Plural("product", 100)},
    texts={"nickname": ("terms", "nickname")},
    expands={"product": "product"},
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/prices",
            summary="Create a price",
            perform=create,
            needs="prices:write",
            body=PriceDraft,
            answers=PriceObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/prices/{id}",
            summary="Update a price",
            perform=update,
            needs="prices:write",
            body=PricePatch,
            answers=PriceObject,
        ),
    ),
)
