"""A subscription as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.invoices.events import CollectionMethod
from services.billing.invoices.lines import Line
from services.billing.subscriptions.events import (
    CollectionPause,
    EndReason,
    Item,
    MissingMethod,
    PaymentBehavior,
    SubscriptionActivated,
    SubscriptionCanceled,
    SubscriptionChangeDropped,
    SubscriptionChangeWaiting,
    SubscriptionCreated,
    SubscriptionEvent,
    SubscriptionExpired,
    SubscriptionItemsChanged,
    SubscriptionPastDue,
    SubscriptionPaused,
    SubscriptionRenewalUpcoming,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionTrialWillEnd,
    SubscriptionUnpaid,
    SubscriptionUpdated,
    SubscriptionWithdrawn,
)
from services.core.decider import Hold
from services.core.period import Billing, Cycle, Period

SubscriptionStatus = Literal[
    "INCOMPLETE",
    "INCOMPLETE_EXPIRED",
    "TRIALING",
    "ACTIVE",
    "PAST_DUE",
    "UNPAID",
    "CANCELED",
    "PAUSED",
]
ENDED: frozenset[SubscriptionStatus] = frozenset({"INCOMPLETE_EXPIRED", "CANCELED"})


class Subscription(Struct, frozen=True, kw_only=True):
    """`pending` are lines that the next invoice takes up; `owed` the invoices that were not paid when they should have
    been. `waiting` is a change that waits for its payment, `declined` the invoice of one that came to nothing because
    its payment was declined. All items have one cycle and one currency."""

    id: str
    customer: str
    currency: str
    zone: str
    items: tuple[Item, ...]
    status: SubscriptionStatus
    start_at: datetime
    anchor_at: datetime
    period: Period
    payment_behavior: PaymentBehavior
    collection_method: CollectionMethod
    days_until_due: int | None
    trial_end_at: datetime | None
    missing_method: MissingMethod
    default_payment_method: str | None
    cancel_at_period_end: bool
    cancel_at: datetime | None
    metadata: dict[str, str]
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    latest_invoice: str | None = None
    trial_start_at: datetime | None = None
    pending: tuple[Line, ...] = ()
    owed: tuple[str, ...] = ()
    waiting: SubscriptionChangeWaiting | None = None
    declined: str | None = None
    collection_pause: CollectionPause | None = None
    collection_resumes_at: datetime | None = None
    trial_noted: bool = False
    renewal_noted: datetime | None = None
    canceled_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    withdrawn_at: datetime | None = None

    @property
    def cycle(self) -> Cycle:
        """The cycle of its items."""
        cycle = self.items[0].terms.cycle
        assert cycle is not None, "a subscription has recurring prices"
        return cycle

    @property
    def billing(self) -> Billing:
        """What its boundaries are computed from."""
        return Billing(self.anchor_at, self.zone, self.cycle)


def evolve(subscription: Subscription | None, event: SubscriptionEvent, at: datetime) -> Subscription:
    """The subscription after `event`."""
    if isinstance(event, SubscriptionCreated):
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "invoice"}
        trial_start_at = event.start_at if event.trial_end_at is not None else None
        return Subscription(
            **fields, latest_invoice=event.invoice, trial_start_at=trial_start_at, created_at=at, updated_at=at
        )
    assert subscription is not None, "the first event of a subscription is its creation"
    if (isinstance(event, SubscriptionChangeWaiting) and event.required) or (
        isinstance(event, SubscriptionChangeDropped) and event.reason == "declined"
    ):
        # Nothing of it changes unless the payment succeeds.
        return _evolved(subscription, event, at)
    return replace(_evolved(subscription, event, at), updated_at=at)


def _evolved(subscription: Subscription, event: SubscriptionEvent, at: datetime) -> Subscription:
    match event:
        case SubscriptionCreated():
            return subscription
        case SubscriptionUpdated():
            given = {name: value for name, value in asdict(event).items() if value is not UNSET}
            ends = event.cancel_at_period_end is True or (event.cancel_at is not UNSET and event.cancel_at is not None)
            stays = event.cancel_at_period_end is False or event.cancel_at is None
            canceled_at = at if ends else None if stays else subscription.canceled_at
            subscription = replace(subscription, **given, canceled_at=canceled_at)
            if isinstance(event.trial_end_at, datetime):
                # The trial's period ends where the trial does.
                period = replace(subscription.period, end_at=event.trial_end_at)
                return replace(subscription, period=period, anchor_at=event.trial_end_at, trial_noted=False)
            return subscription
        case SubscriptionItemsChanged(items=items, pending=pending, anchor_at=anchor_at, period=period):
            subscription = replace(subscription, items=items, pending=pending, waiting=None, declined=None)
            return _moved(subscription, anchor_at, period, event.invoice)
        case SubscriptionChangeWaiting(invoice=invoice, required=required):
            latest = subscription.latest_invoice if required else invoice
            return replace(subscription, waiting=event, declined=None, latest_invoice=latest)
        case SubscriptionChangeDropped(invoice=invoice, reason=reason):
            return replace(subscription, waiting=None, declined=invoice if reason == "declined" else None)
        case SubscriptionActivated(invoice=invoice):
            owed = tuple(each for each in subscription.owed if each != invoice)
            still = subscription.status == "PAUSED"
            return replace(subscription, status=subscription.status if still or owed else "ACTIVE", owed=owed)
        case SubscriptionRenewed(period=period, invoice=invoice, anchor_at=anchor_at):
            status = "ACTIVE" if subscription.status == "TRIALING" else subscription.status
            return _moved(replace(subscription, status=status, pending=()), anchor_at, period, invoice)
        case SubscriptionPastDue(invoice=invoice):
            return _owing(subscription, invoice, "PAST_DUE")
        case SubscriptionUnpaid(invoice=invoice):
            return _owing(subscription, invoice, "UNPAID")
        case SubscriptionPaused():
            return replace(subscription, status="PAUSED")
        case SubscriptionResumed(period=period, anchor_at=anchor_at, invoice=invoice):
            tries = period is None and subscription.trial_end_at is not None and at < subscription.trial_end_at
            status = "TRIALING" if tries else "PAST_DUE" if subscription.owed else "ACTIVE"
            # What waited stands on that invoice now.
            pending = subscription.pending if invoice is None else ()
            return _moved(replace(subscription, status=status, pending=pending), anchor_at, period, invoice)
        case SubscriptionTrialWillEnd():
            return replace(subscription, trial_noted=True)
        case SubscriptionRenewalUpcoming(renews_at=renews_at):
            return replace(subscription, renewal_noted=renews_at)
        case SubscriptionExpired():
            return replace(subscription, status="INCOMPLETE_EXPIRED", ended_at=at)
        case SubscriptionWithdrawn():
            return replace(subscription, status="INCOMPLETE_EXPIRED", ended_at=at, withdrawn_at=at)
        case SubscriptionCanceled(reason=reason):
            canceled_at = subscription.canceled_at or at
            ended = replace(subscription, status="CANCELED", canceled_at=canceled_at, ended_at=at, end_reason=reason)
            return _moved(replace(ended, pending=()), None, None, event.invoice)
        case _:
            assert_never(event)


def _moved(
    subscription: Subscription, anchor_at: datetime | None, period: Period | None, invoice: str | None
) -> Subscription:
    return replace(
        subscription,
        anchor_at=anchor_at or subscription.anchor_at,
        period=period or subscription.period,
        latest_invoice=invoice or subscription.latest_invoice,
    )


def _owing(subscription: Subscription, invoice: str, status: SubscriptionStatus) -> Subscription:
    """A paused one stays paused, and owes."""
    owed = subscription.owed if invoice in subscription.owed else (*subscription.owed, invoice)
    return replace(subscription, status="PAUSED" if subscription.status == "PAUSED" else status, owed=owed)


def running_name(customer: str) -> str:
    """The name that every subscription of the customer holds until it has ended."""
    return f"subscriptions_of:{customer}"


def holds(subscription: Subscription) -> Iterable[Hold]:
    """A running subscription is found by its customer."""
    return () if subscription.ended_at is not None else (Hold(running_name(subscription.customer)),)
