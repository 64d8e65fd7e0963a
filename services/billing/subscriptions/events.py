"""What is remembered of a subscription. Each event holds what was agreed, whole."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.billing.invoices.events import CollectionMethod
from services.billing.invoices.lines import Line
from services.billing.prices.terms import Terms
from services.core.event import Event, EventCodec, Personal, Published
from services.core.period import Period

MissingMethod = Literal["CREATE_INVOICE", "CANCEL", "PAUSE"]
PaymentBehavior = Literal["DEFAULT_INCOMPLETE", "ALLOW_INCOMPLETE", "ERROR_IF_INCOMPLETE", "PENDING_IF_INCOMPLETE"]
InitialStatus = Literal["INCOMPLETE", "TRIALING", "ACTIVE"]
CollectionPause = Literal["KEEP_AS_DRAFT", "MARK_UNCOLLECTIBLE", "VOID"]
# Why a subscription ended.
EndReason = Literal["asked", "period_end", "cancel_at", "dunning", "trial_without_method", "customer_deleted"]


# Why a change that waited for its payment came to nothing.
DropReason = Literal["declined", "expired", "replaced", "voided", "paused", "ended"]


class Item(Struct, frozen=True, kw_only=True):
    """A number of units of a price."""

    id: str
    terms: Terms
    quantity: int


class SubscriptionCreated(Event, frozen=True, kw_only=True, tag="subscription.created"):
    """A customer will be billed for these items, by boundaries computed from `anchor_at` in `zone`."""

    id: str
    customer: str
    currency: str
    zone: str
    items: tuple[Item, ...]
    status: InitialStatus
    start_at: datetime
    anchor_at: datetime
    period: Period
    payment_behavior: PaymentBehavior
    collection_method: CollectionMethod
    days_until_due: int | None = None
    trial_end_at: datetime | None = None
    missing_method: MissingMethod = "CREATE_INVOICE"
    default_payment_method: str | None = None
    cancel_at_period_end: bool = False
    cancel_at: datetime | None = None
    invoice: str | None = None
    metadata: Personal[dict[str, str]] = {}
    test_clock: str | None = None


class SubscriptionUpdated(Event, frozen=True, kw_only=True, tag="subscription.updated"):
    """Fields took new values; unset ones did not change."""

    default_payment_method: str | UnsetType | None = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    days_until_due: int | UnsetType | None = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancel_at: datetime | UnsetType | None = UNSET
    trial_end_at: datetime | UnsetType | None = UNSET
    missing_method: MissingMethod | UnsetType = UNSET
    collection_pause: CollectionPause | UnsetType | None = UNSET
    collection_resumes_at: datetime | UnsetType | None = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET


class SubscriptionItemsChanged(Event, frozen=True, kw_only=True, tag="subscription.items_changed"):
    """Other items from now on. `pending` are the lines that the next invoice takes up; where the cycle became another
    one, it starts now with a new anchor and period. `invoice` was made at once."""

    items: tuple[Item, ...]
    pending: tuple[Line, ...]
    anchor_at: datetime | None = None
    period: Period | None = None
    invoice: str | None = None


class SubscriptionChangeWaiting(Event, frozen=True, kw_only=True, tag="subscription.change_waiting"):
    """A change that applies once `invoice` is paid, and comes to nothing at `expires_at`; with `required` already when
    the first payment is declined. Fields of the subscription that change with the items are set."""

    invoice: str
    items: tuple[Item, ...]
    expires_at: datetime
    required: bool
    anchor_at: datetime | None = None
    period: Period | None = None
    default_payment_method: str | UnsetType | None = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    days_until_due: int | UnsetType | None = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancel_at: datetime | UnsetType | None = UNSET
    trial_end_at: datetime | UnsetType | None = UNSET
    missing_method: MissingMethod | UnsetType = UNSET
    collection_pause: CollectionPause | UnsetType | None = UNSET
    collection_resumes_at: datetime | UnsetType | None = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET


class SubscriptionChangeDropped(Event, frozen=True, kw_only=True, tag="subscription.change_dropped"):
    """The change that waited for `invoice` will not be made."""

    invoice: str
    reason: DropReason


class SubscriptionActivated(Event, frozen=True, kw_only=True, tag="subscription.activated"):
    """All that was owed is paid."""

    invoice: str


class SubscriptionRenewed(Event, frozen=True, kw_only=True, tag="subscription.renewed"):
    """A new period began; `invoice` bills it. After a trial the anchor is the trial's end."""

    period: Period
    invoice: str | None
    anchor_at: datetime | None = None


class SubscriptionPastDue(Event, frozen=True, kw_only=True, tag="subscription.past_due"):
    """An invoice was not paid when it should have been."""

    invoice: str


class SubscriptionUnpaid(Event, frozen=True, kw_only=True, tag="subscription.unpaid"):
    """The last attempt to collect an invoice failed; further ones are left as drafts."""

    invoice: str


class SubscriptionPaused(Event, frozen=True, kw_only=True, tag="subscription.paused"):
    """Nothing is billed until it is resumed."""


class SubscriptionResumed(Event, frozen=True, kw_only=True, tag="subscription.resumed"):
    """A new period begins now; `invoice` bills it with all that waited, or nothing does while the old period lasts."""

    period: Period | None = None
    anchor_at: datetime | None = None
    invoice: str | None = None


class SubscriptionTrialWillEnd(Event, frozen=True, kw_only=True, tag="subscription.trial_will_end"):
    """The trial ends in three days."""

    trial_end_at: datetime


class SubscriptionRenewalUpcoming(Event, frozen=True, kw_only=True, tag="subscription.renewal_upcoming"):
    """The next invoice is made at `renews_at`."""

    renews_at: datetime


class SubscriptionExpired(Event, frozen=True, kw_only=True, tag="subscription.expired"):
    """Its first invoice was not paid in time."""


class SubscriptionWithdrawn(Event, frozen=True, kw_only=True, tag="subscription.withdrawn"):
    """Its first payment was declined, and it was to exist only if that succeeded: it never began."""


class SubscriptionCanceled(Event, frozen=True, kw_only=True, tag="subscription.canceled"):
    """It ended; `invoice` bills what waited for the next one."""

    reason: EndReason
    invoice: str | None = None


SubscriptionEvent = (
    SubscriptionCreated
    | SubscriptionUpdated
    | SubscriptionItemsChanged
    | SubscriptionChangeWaiting
    | SubscriptionChangeDropped
    | SubscriptionActivated
    | SubscriptionRenewed
    | SubscriptionPastDue
    | SubscriptionUnpaid
    | SubscriptionPaused
    | SubscriptionResumed
    | SubscriptionTrialWillEnd
    | SubscriptionRenewalUpcoming
    | SubscriptionExpired
    | SubscriptionWithdrawn
    | SubscriptionCanceled
)
EVENTS = EventCodec(
    SubscriptionCreated,
    SubscriptionUpdated,
    SubscriptionItemsChanged,
    SubscriptionChangeWaiting,
    SubscriptionChangeDropped,
    SubscriptionActivated,
    SubscriptionRenewed,
    SubscriptionPastDue,
    SubscriptionUnpaid,
    SubscriptionPaused,
    SubscriptionResumed,
    SubscriptionTrialWillEnd,
    SubscriptionRenewalUpcoming,
    SubscriptionExpired,
    SubscriptionWithdrawn,
    SubscriptionCanceled,
)
PUBLISHED: Published = {
    SubscriptionCreated: ("subscription.created",),
    SubscriptionUpdated: ("subscription.updated",),
    SubscriptionItemsChanged: ("subscription.updated",),
    SubscriptionChangeWaiting: ("subscription.updated",),
    SubscriptionChangeDropped: ("subscription.updated",),
    SubscriptionActivated: ("subscription.updated",),
    SubscriptionRenewed: ("subscription.updated",),
    SubscriptionPastDue: ("subscription.past_due", "subscription.updated"),
    SubscriptionUnpaid: ("subscription.updated",),
    SubscriptionPaused: ("subscription.paused", "subscription.updated"),
    SubscriptionResumed: ("subscription.resumed", "subscription.updated"),
    SubscriptionTrialWillEnd: ("subscription.trial_will_end",),
    SubscriptionRenewalUpcoming: ("invoice.upcoming",),
    SubscriptionExpired: ("subscription.updated",),
    SubscriptionWithdrawn: ("subscription.deleted",),
    SubscriptionCanceled: ("subscription.deleted",),
}
