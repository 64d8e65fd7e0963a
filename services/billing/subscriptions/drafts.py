"""What clients say of a subscription, checked. Each check raises `Invalid` naming the parameter."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.invoices.events import CollectionMethod
from services.billing.prices.lookup import existing_price
from services.billing.subscriptions.events import CollectionPause, Item, MissingMethod, PaymentBehavior
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.fields import MetadataDraft, one_of
from services.core.ids import new_id
from services.core.period import LAST_AT
from services.core.refusal import Invalid

ITEMS_MAX = 20
QUANTITY_MAX = 1_000_000
TRIAL_DAYS_MAX = 730
SECONDS_MAX = int(LAST_AT.timestamp())

Seconds = Annotated[int, Meta(ge=0, le=SECONDS_MAX)]
Quantity = Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]
Days = Annotated[int, Meta(ge=0, le=TRIAL_DAYS_MAX)]
Proration = Literal["CREATE_PRORATIONS", "ALWAYS_INVOICE", "NONE"]


class ItemDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of units of a price. With `id` it is an item that is there already; `deleted` takes it away."""

    price: str | None = None
    quantity: Quantity | None = None
    id: str | None = None
    deleted: bool = False


class EndBehaviorDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens when a trial ends and there is no payment method."""

    missing_payment_method: MissingMethod


class TrialSettingsDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a trial ends."""

    end_behavior: EndBehaviorDraft


class PauseDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of invoices while collection is paused: KEEP_AS_DRAFT, MARK_UNCOLLECTIBLE or VOID."""

    behavior: CollectionPause
    resumes_at: Seconds | None = None


class SubscriptionDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new subscription of a customer to `price`, or to several `items`."""

    customer: str
    price: str | None = None
    quantity: Quantity | None = None
    items: Sequence[ItemDraft] | None = None
    payment_behavior: PaymentBehavior = "DEFAULT_INCOMPLETE"
    default_payment_method: str | None = None
    trial_period_days: Days | None = None
    trial_end: Seconds | Literal["now"] | None = None
    trial_settings: TrialSettingsDraft | None = None
    billing_cycle_anchor: Seconds | None = None
    backdate_start_date: Seconds | None = None
    proration_behavior: Proration = "CREATE_PRORATIONS"
    cancel_at_period_end: bool = False
    cancel_at: Seconds | None = None
    collection_method: CollectionMethod = "CHARGE_AUTOMATICALLY"
    days_until_due: Annotated[int, Meta(ge=0, le=730)] | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class SubscriptionPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a subscription; what is absent stays as it is."""

    price: str | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    items: Sequence[ItemDraft] | UnsetType = UNSET
    payment_behavior: PaymentBehavior | UnsetType = UNSET
    proration_behavior: Proration = "CREATE_PRORATIONS"
    billing_cycle_anchor: Literal["now", "unchanged"] | UnsetType = UNSET
    default_payment_method: str | UnsetType | None = UNSET
    trial_end: Seconds | Literal["now"] | UnsetType = UNSET
    trial_settings: TrialSettingsDraft | UnsetType = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancel_at: Seconds | UnsetType | Literal[""] | None = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    days_until_due: Annotated[int, Meta(ge=0, le=730)] | UnsetType | None = UNSET
    pause_collection: PauseDraft | UnsetType | Literal[""] | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


async def new_items(engine: Engine, envelope: Envelope, draft: SubscriptionDraft) -> tuple[Item, ...]:
    """The items of a new subscription."""
    if (draft.price is None) == (not draft.items):
        raise one_of("price", "items", both=draft.price is not None)
    if draft.items and draft.quantity is not None:
        raise Invalid("With 'items' each item has its own 'quantity'.", param="quantity")
    wanted = draft.items or [ItemDraft(price=draft.price, quantity=draft.quantity)]
    items: list[Item] = []
    for index, each in enumerate(wanted):
        param = f"items[{index}][price]" if draft.items else "price"
        if each.id is not None or each.deleted or each.price is None:
            raise Invalid("Each item of a new subscription names a 'price'.", code="parameter_missing", param=param)
        items.append(await _item(engine, envelope, each.price, 1 if each.quantity is None else each.quantity, param))
    return checked_items(items)


async def changed_items(
    engine: Engine, envelope: Envelope, before: Sequence[Item], patch: SubscriptionPatch
) -> tuple[Item, ...]:
    """The items after the patch: those named by id or price change, new ones come, others stay."""
    if isinstance(patch.items, UnsetType):
        return await _only_item(engine, envelope, before, patch)
    if patch.price is not UNSET or patch.quantity is not UNSET:
        raise Invalid("Give 'price' and 'quantity', or 'items'.", param="items")
    items = {item.id: item for item in before}
    for index, each in enumerate(patch.items):
        param = f"items[{index}][price]"
        old = items.get(each.id) if each.id is not None else None
        if each.id is not None and old is None:
            raise Invalid(f"This subscription has no item '{each.id}'.", param=f"items[{index}][id]")
        if each.deleted:
            if each.id is None:
                raise Invalid("An item is deleted by its 'id'.", code="parameter_missing", param=f"items[{index}][id]")
            del items[each.id]
            continue
        if old is None and each.price is not None:
            # The same update sent twice must find the item that the first one made.
            old = next((item for item in items.values() if item.terms.price == each.price), None)
        quantity = each.quantity if each.quantity is not None else old.quantity if old else 1
        if old is not None and (each.price is None or each.price == old.terms.price):
            items[old.id] = Item(id=old.id, terms=old.terms, quantity=quantity)
            continue
        if each.price is None:
            raise Invalid("A new item names a 'price'.", code="parameter_missing", param=param)
        made = await _item(engine, envelope, each.price, quantity, param)
        id = old.id if old is not None else made.id
        items[id] = Item(id=id, terms=made.terms, quantity=quantity)
    return checked_items(list(items.values()))


async def _only_item(
    engine: Engine, envelope: Envelope, before: Sequence[Item], patch: SubscriptionPatch
) -> tuple[Item, ...]:
    if patch.price is UNSET and patch.quantity is UNSET:
        return tuple(before)
    if len(before) > 1:
        raise Invalid("This subscription has several items; change them with 'items'.", param="items")
    (old,) = before
    quantity = old.quantity if isinstance(patch.quantity, UnsetType) else patch.quantity
    if isinstance(patch.price, UnsetType) or patch.price == old.terms.price:
        return checked_items([Item(id=old.id, terms=old.terms, quantity=quantity)])
    made = await _item(engine, envelope, patch.price, quantity, "price")
    return checked_items([Item(id=old.id, terms=made.terms, quantity=quantity)])


async def _item(engine: Engine, envelope: Envelope, name: str, quantity: int, param: str) -> Item:
    price = await existing_price(engine, envelope, name, param=param)
    if price.terms.cycle is None:
        raise Invalid(f"The price '{name}' is paid once; a subscription needs a recurring one.", param=param)
    return Item(id=new_id("si"), terms=price.terms, quantity=quantity)


def checked_items(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items, when they can be billed together."""
    if not items:
        raise Invalid("A subscription has at least one item.", param="items")
    if len(items) > ITEMS_MAX:
        raise Invalid(f"A subscription has at most {ITEMS_MAX} items.", param="items")
    if len({item.terms.currency for item in items}) > 1:
        raise Invalid("All prices of a subscription have one currency.", code="currency_mismatch", param="items")
    if len({item.terms.cycle for item in items}) > 1:
        raise Invalid("All prices of a subscription have one interval.", code="interval_mismatch", param="items")
    if len({item.terms.price for item in items}) < len(items):
        raise Invalid("Each price stands once in a subscription; change its 'quantity'.", param="items")
    return tuple(items)
