"""What is remembered of an invoice."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from services.billing.invoices.lines import Line
from services.core.event import Event, EventCodec, Personal, Published

BillingReason = Literal["SUBSCRIPTION_CREATE", "SUBSCRIPTION_CYCLE", "SUBSCRIPTION_UPDATE", "MANUAL"]
CollectionMethod = Literal["CHARGE_AUTOMATICALLY", "SEND_INVOICE"]
# `first`: when the invoice was finalized. `retry`: as planned after a failure. `manual`: because somebody asked for it.
AttemptKind = Literal["first", "retry", "manual"]


class InvoiceCreated(Event, frozen=True, kw_only=True, tag="invoice.created"):
    """Somebody is to pay for this. `texts` are the client's own words for lines, by the line's index."""

    id: str
    customer: str
    currency: str
    billing_reason: BillingReason
    collection_method: CollectionMethod
    lines: tuple[Line, ...]
    period_start_at: datetime
    period_end_at: datetime
    subscription: str | None = None
    days_until_due: int | None = None
    payment_method: str | None = None
    dunned: bool = True
    texts: Personal[dict[str, str]] = {}
    description: Personal[str | None] = None
    metadata: Personal[dict[str, str]] = {}
    test_clock: str | None = None


class InvoiceUpdated(Event, frozen=True, kw_only=True, tag="invoice.updated"):
    """Fields took new values; unset ones did not change."""

    payment_method: str | UnsetType | None = UNSET
    description: Personal[str | UnsetType | None] = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET


class InvoiceLineAdded(Event, frozen=True, kw_only=True, tag="invoice.line_added"):
    """The draft has another line. `text` are the client's own words for it."""

    line: Line
    text: Personal[str] = ""


class InvoiceFinalized(Event, frozen=True, kw_only=True, tag="invoice.finalized"):
    """It has its number and can no longer change. Of the total, the customer's balance took its part."""

    number: str
    total: int
    starting_balance: int
    ending_balance: int
    amount_due: int
    due_at: datetime | None = None


class InvoicePaymentStarted(Event, frozen=True, kw_only=True, tag="invoice.payment_started"):
    """A payment is under way; until it has an outcome there will be no other."""

    payment: str
    payment_method: str
    kind: AttemptKind


class InvoicePaymentFailed(Event, frozen=True, kw_only=True, tag="invoice.payment_failed"):
    """It was not paid. `retries_at` are the attempts that are still planned; `held_method` was declined for good and is
    not charged again by itself. `payment` is None when there was no method to charge."""

    kind: AttemptKind
    payment: str | None
    code: str
    message: str
    retries_at: tuple[datetime, ...] = ()
    held_method: str | None = None
    exhausted: bool = False


class InvoiceRetrySkipped(Event, frozen=True, kw_only=True, tag="invoice.retry_skipped"):
    """The attempt planned for `planned_at` was not made, because the method was declined for good."""

    planned_at: datetime
    retries_at: tuple[datetime, ...] = ()
    exhausted: bool = False


class InvoiceRetriesEnded(Event, frozen=True, kw_only=True, tag="invoice.retries_ended"):
    """No further attempt will be made by itself."""


class InvoiceOverdue(Event, frozen=True, kw_only=True, tag="invoice.overdue"):
    """It was sent, and its due date has passed without it being paid."""


class InvoicePaid(Event, frozen=True, kw_only=True, tag="invoice.paid"):
    """All of it is paid: by a payment, by credit (`payment` None), or outside of the system."""

    payment: str | None
    amount_paid: int
    out_of_band: bool = False


class InvoiceVoided(Event, frozen=True, kw_only=True, tag="invoice.voided"):
    """It will not be paid and counts for nothing; credit that it used is given back."""


class InvoiceMarkedUncollectible(Event, frozen=True, kw_only=True, tag="invoice.marked_uncollectible"):
    """It is owed, but nobody expects to be paid."""


InvoiceEvent = (
    InvoiceCreated
    | InvoiceUpdated
    | InvoiceLineAdded
    | InvoiceFinalized
    | InvoicePaymentStarted
    | InvoicePaymentFailed
    | InvoiceRetrySkipped
    | InvoiceRetriesEnded
    | InvoiceOverdue
    | InvoicePaid
    | InvoiceVoided
    | InvoiceMarkedUncollectible
)
EVENTS = EventCodec(
    InvoiceCreated,
    InvoiceUpdated,
    InvoiceLineAdded,
    InvoiceFinalized,
    InvoicePaymentStarted,
    InvoicePaymentFailed,
    InvoiceRetrySkipped,
    InvoiceRetriesEnded,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceVoided,
    InvoiceMarkedUncollectible,
)
PUBLISHED: Published = {
    InvoiceCreated: ("invoice.created",),
    InvoiceUpdated: (),
    InvoiceLineAdded: (),
    InvoiceFinalized: ("invoice.finalized",),
    InvoicePaymentStarted: (),
    InvoicePaymentFailed: ("invoice.payment_failed",),
    InvoiceRetrySkipped: (),
    InvoiceRetriesEnded: (),
    InvoiceOverdue: (),
    InvoicePaid: ("invoice.paid",),
    InvoiceVoided: ("invoice.voided",),
    InvoiceMarkedUncollectible: ("invoice.marked_uncollectible",),
}
