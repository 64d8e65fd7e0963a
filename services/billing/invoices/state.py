"""An invoice as its events tell it."""

from datetime import datetime
from typing import Literal, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.invoices.events import (
    AttemptKind,
    BillingReason,
    CollectionMethod,
    InvoiceCreated,
    InvoiceEvent,
    InvoiceFinalized,
    InvoiceLineAdded,
    InvoiceMarkedUncollectible,
    InvoiceOverdue,
    InvoicePaid,
    InvoicePaymentFailed,
    InvoicePaymentStarted,
    InvoiceRetriesEnded,
    InvoiceRetrySkipped,
    InvoiceUpdated,
    InvoiceVoided,
)
from services.billing.invoices.lines import Line

InvoiceStatus = Literal["DRAFT", "OPEN", "PAID", "VOID", "UNCOLLECTIBLE"]


class Invoice(Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`. `paying` is set while a payment has no outcome; `retries_at` are the
    attempts that will be made by themselves; `attempts` counts the first and those."""

    id: str
    customer: str
    currency: str
    billing_reason: BillingReason
    collection_method: CollectionMethod
    lines: tuple[Line, ...]
    period_start_at: datetime
    period_end_at: datetime
    subscription: str | None
    days_until_due: int | None
    payment_method: str | None
    dunned: bool
    description: str | None
    metadata: dict[str, str]
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    status: InvoiceStatus = "DRAFT"
    number: str | None = None
    total: int = 0
    starting_balance: int = 0
    ending_balance: int | None = None
    amount_due: int = 0
    amount_paid: int = 0
    out_of_band: bool = False
    due_at: datetime | None = None
    finalized_at: datetime | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    payment: str | None = None
    paying: AttemptKind | None = None
    attempts: int = 0
    retries_at: tuple[datetime, ...] = ()
    planned: bool = False
    held_method: str | None = None
    exhausted: bool = False
    overdue: bool = False
    last_error: str | None = None


def evolve(invoice: Invoice | None, event: InvoiceEvent, at: datetime) -> Invoice:
    """The invoice after `event`."""
    if isinstance(event, InvoiceCreated):
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in {"texts", "lines"}}
        lines = tuple(
            replace(line, description=event.texts.get(str(index), line.description))
            for index, line in enumerate(event.lines)
        )
        total = sum(line.amount for line in lines)
        return Invoice(**fields, lines=lines, total=total, amount_due=max(total, 0), created_at=at, updated_at=at)
    assert invoice is not None, "the first event of an invoice is its creation"
    return replace(_evolved(invoice, event, at), updated_at=at)


def _evolved(invoice: Invoice, event: InvoiceEvent, at: datetime) -> Invoice:
    match event:
        case InvoiceCreated():
            return invoice
        case InvoiceUpdated():
            return replace(invoice, **{k: v for k, v in asdict(event).items() if v is not UNSET})
        case InvoiceLineAdded(line=line, text=text):
            lines = (*invoice.lines, replace(line, description=text or line.description))
            total = invoice.total + line.amount
            return replace(invoice, lines=lines, total=total, amount_due=max(total, 0))
        case InvoiceFinalized():
            return replace(invoice, **asdict(event), status="OPEN", finalized_at=at)
        case InvoicePaymentStarted(payment=payment, kind=kind):
            return replace(_attempted(invoice, kind), payment=payment, paying=kind, last_error=None)
        case InvoicePaymentFailed(payment=payment, kind=kind):
            # Without a method to charge there was no payment that started.
            invoice = _attempted(invoice, kind) if payment is None else invoice
            return replace(
                invoice,
                paying=None,
                retries_at=event.retries_at,
                planned=invoice.planned or bool(event.retries_at),
                held_method=event.held_method,
                exhausted=event.exhausted,
                last_error=event.message,
            )
        case InvoiceRetrySkipped(retries_at=retries_at, exhausted=exhausted):
            return replace(invoice, retries_at=retries_at, exhausted=exhausted)
        case InvoiceRetriesEnded():
            return replace(invoice, retries_at=(), dunned=False)
        case InvoiceOverdue():
            return replace(invoice, overdue=True)
        case InvoicePaid(payment=payment, amount_paid=amount, out_of_band=out_of_band):
            ended = replace(invoice, paying=None, retries_at=(), payment=payment or invoice.payment, last_error=None)
            return replace(ended, status="PAID", amount_paid=amount, out_of_band=out_of_band, paid_at=at)
        case InvoiceVoided():
            return replace(invoice, status="VOID", retries_at=(), voided_at=at)
        case InvoiceMarkedUncollectible():
            return replace(invoice, status="UNCOLLECTIBLE", retries_at=())
        case _:
            assert_never(event)


def _attempted(invoice: Invoice, kind: AttemptKind) -> Invoice:
    """The first attempt counts, and those planned after it; what somebody tries in between does not."""
    counts = kind != "manual" or invoice.attempts == 0
    retries_at = invoice.retries_at[1:] if kind == "retry" else invoice.retries_at
    return replace(invoice, attempts=invoice.attempts + counts, retries_at=retries_at)
