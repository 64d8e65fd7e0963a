"""A subscription as clients see it."""

from msgspec import Struct

from services.billing.invoices.events import CollectionMethod
from services.billing.prices.views import RecurringObject, recurring_object, whole
from services.billing.subscriptions.events import (
    CollectionPause,
    EndReason,
    Item,
    MissingMethod,
    PaymentBehavior,
    SubscriptionChangeWaiting,
)
from services.billing.subscriptions.state import Subscription, SubscriptionStatus
from services.core.clock import unix


class ItemPriceObject(Struct, frozen=True, kw_only=True):
    """The price of an item, as it was agreed."""

    id: str
    object: str = "price"
    currency: str
    nickname: str | None
    product: str
    recurring: RecurringObject | None
    unit_amount: int | None
    unit_amount_decimal: str | None


class ItemObject(Struct, frozen=True, kw_only=True):
    """A number of units of a price."""

    id: str
    object: str = "subscription_item"
    price: ItemPriceObject
    quantity: int


class ItemList(Struct, frozen=True, kw_only=True):
    """All items of the subscription."""

    object: str = "list"
    url: str
    has_more: bool = False
    data: list[ItemObject]


class EndBehaviorObject(Struct, frozen=True):
    """What happens when a trial ends and there is no payment method."""

    missing_payment_method: MissingMethod


class TrialSettingsObject(Struct, frozen=True):
    """How a trial ends."""

    end_behavior: EndBehaviorObject


class PauseObject(Struct, frozen=True):
    """What becomes of invoices while collection is paused, and until when (Unix seconds)."""

    behavior: CollectionPause
    resumes_at: int | None


class PendingUpdateObject(Struct, frozen=True, kw_only=True):
    """A change that is made once `invoice` is paid, and forgotten at `expires_at`. The anchor is set where a new cycle
    would begin."""

    billing_cycle_anchor: int | None
    expires_at: int
    invoice: str
    subscription_items: list[ItemObject]


class SubscriptionObject(Struct, frozen=True, kw_only=True):
    """Instants in Unix seconds. `price` and `quantity` are those of the first item; `cancel_at` is the end of the
    period where it ends with that."""

    id: str
    object: str = "subscription"
    billing_cycle_anchor: int
    cancel_at: int | None
    cancel_at_period_end: bool
    canceled_at: int | None
    collection_method: CollectionMethod
    created: int
    updated: int
    currency: str
    current_period_end: int
    current_period_start: int
    customer: str
    days_until_due: int | None
    default_payment_method: str | None
    end_reason: EndReason | None
    ended_at: int | None
    items: ItemList
    latest_invoice: str | None
    livemode: bool
    metadata: dict[str, str]
    pause_collection: PauseObject | None
    payment_behavior: PaymentBehavior
    pending_update: PendingUpdateObject | None
    price: str
    quantity: int
    start_date: int
    status: SubscriptionStatus
    test_clock: str | None
    timezone: str
    trial_end: int | None
    trial_settings: TrialSettingsObject
    trial_start: int | None


def subscription_object(subscription: Subscription, livemode: bool) -> SubscriptionObject:
    """The wire form of a subscription."""
    first, pause = subscription.items[0], subscription.collection_pause
    resumes_at = subscription.collection_resumes_at
    cancel_at = subscription.period.end_at if subscription.cancel_at_period_end else subscription.cancel_at
    return SubscriptionObject(
        id=subscription.id,
        billing_cycle_anchor=unix(subscription.anchor_at),
        cancel_at=unix(cancel_at) if cancel_at else None,
        cancel_at_period_end=subscription.cancel_at_period_end,
        canceled_at=unix(subscription.canceled_at) if subscription.canceled_at else None,
        collection_method=subscription.collection_method,
        created=unix(subscription.created_at),
        updated=unix(subscription.updated_at),
        currency=subscription.currency,
        current_period_end=unix(subscription.period.end_at),
        current_period_start=unix(subscription.period.start_at),
        customer=subscription.customer,
        days_until_due=subscription.days_until_due,
        default_payment_method=subscription.default_payment_method,
        end_reason=subscription.end_reason,
        ended_at=unix(subscription.ended_at) if subscription.ended_at else None,
        items=ItemList(url=f"/v1/subscriptions/{subscription.id}", data=[_item(item) for item in subscription.items]),
        latest_invoice=subscription.latest_invoice,
        livemode=livemode,
        metadata=subscription.metadata,
        pause_collection=PauseObject(pause, unix(resumes_at) if resumes_at else None) if pause else None,
        payment_behavior=subscription.payment_behavior,
        pending_update=_pending_update(subscription.waiting) if subscription.waiting else None,
        price=first.terms.price,
        quantity=first.quantity,
        start_date=unix(subscription.start_at),
        status=subscription.status,
        test_clock=subscription.test_clock,
        timezone=subscription.zone,
        trial_end=unix(subscription.trial_end_at) if subscription.trial_end_at else None,
        trial_settings=TrialSettingsObject(EndBehaviorObject(subscription.missing_method)),
        trial_start=unix(subscription.trial_start_at) if subscription.trial_start_at else None,
    )


def _pending_update(waiting: SubscriptionChangeWaiting) -> PendingUpdateObject:
    return PendingUpdateObject(
        billing_cycle_anchor=unix(waiting.anchor_at) if waiting.anchor_at else None,
        expires_at=unix(waiting.expires_at),
        invoice=waiting.invoice,
        subscription_items=[_item(item) for item in waiting.items],
    )


def _item(item: Item) -> ItemObject:
    terms = item.terms
    tiered = terms.billing_scheme == "TIERED"
    return ItemObject(
        id=item.id,
        price=ItemPriceObject(
            id=terms.price,
            currency=terms.currency,
            nickname=terms.nickname,
            product=terms.product,
            recurring=recurring_object(terms),
            unit_amount=None if tiered else whole(terms.unit_amount),
            unit_amount_decimal=None if tiered else terms.unit_amount,
        ),
        quantity=item.quantity,
    )
