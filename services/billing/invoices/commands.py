"""What can be asked of an invoice."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.billing.invoices.events import AttemptKind, BillingReason, CollectionMethod
from services.billing.invoices.lines import Line
from services.core.fields import MetadataPatch


class Finalization(Struct, frozen=True, kw_only=True):
    """The number to give, and the customer's balance as it stands."""

    number: str
    balance: int


class Attempt(Struct, frozen=True, kw_only=True):
    """A payment that starts, or (`payment` None) the lack of a method to charge. `retry_days` are counted from the
    first failure. `planned_at` is the planned attempt that this one is."""

    kind: AttemptKind
    payment: str | None
    payment_method: str | None
    retry_days: tuple[int, ...] = ()
    planned_at: datetime | None = None


class CreateInvoice(Struct, frozen=True, kw_only=True):
    """With a finalization it is open at once, with an attempt its payment starts at once; `ends` says that it comes to
    nothing, while collection is paused."""

    id: str
    customer: str
    currency: str
    billing_reason: BillingReason
    lines: tuple[Line, ...]
    period_start_at: datetime
    period_end_at: datetime
    collection_method: CollectionMethod = "CHARGE_AUTOMATICALLY"
    subscription: str | None = None
    days_until_due: int | None = None
    payment_method: str | None = None
    dunned: bool = True
    texts: dict[str, str] = {}
    description: str | None = None
    metadata: dict[str, str] = {}
    test_clock: str | None = None
    finalization: Finalization | None = None
    attempt: Attempt | None = None
    ends: Literal["void", "uncollectible"] | None = None


class UpdateInvoice(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is."""

    payment_method: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET


class AddLine(Struct, frozen=True):
    """Another line for a draft; `text` are the client's own words for it."""

    line: Line
    text: str


class FinalizeInvoice(Struct, frozen=True, kw_only=True):
    """From now on it can be paid and no longer changed."""

    finalization: Finalization
    attempt: Attempt | None = None


class StartAttempt(Struct, frozen=True):
    """A payment starts in the same append, or there is none to start."""

    attempt: Attempt


class SkipRetry(Struct, frozen=True):
    """The planned attempt is not made: its method was declined for good."""

    planned_at: datetime


class RecordPaid(Struct, frozen=True):
    """The payment under way succeeded, with `amount`."""

    payment: str
    amount: int


class RecordFailure(Struct, frozen=True, kw_only=True):
    """The payment under way failed. `hard`: this method will never work. `voids`: without it the invoice is nothing."""

    payment: str
    payment_method: str
    code: str
    message: str
    hard: bool
    retry_days: tuple[int, ...] = ()
    voids: bool = False


class PayOutOfBand(Struct, frozen=True):
    """It was paid in some other way."""


class EndRetries(Struct, frozen=True):
    """Nothing more is to be tried by itself."""


class NoteOverdue(Struct, frozen=True):
    """The due date has come."""


class VoidInvoice(Struct, frozen=True):
    """It was a mistake, or is not wanted any more."""


class MarkUncollectible(Struct, frozen=True):
    """Nobody expects to be paid."""


InvoiceCommand = (
    CreateInvoice
    | UpdateInvoice
    | AddLine
    | FinalizeInvoice
    | StartAttempt
    | SkipRetry
    | RecordPaid
    | RecordFailure
    | PayOutOfBand
    | EndRetries
    | NoteOverdue
    | VoidInvoice
    | MarkUncollectible
)
