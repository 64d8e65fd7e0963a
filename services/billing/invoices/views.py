"""An invoice as clients see it."""

from msgspec import Struct
from msgspec.structs import replace

from services.billing.invoices.events import BillingReason, CollectionMethod
from services.billing.invoices.lines import Line
from services.billing.invoices.state import Invoice, InvoiceStatus
from services.core.clock import unix
from services.core.ids import part_id


class PeriodObject(Struct, frozen=True):
    """From `start` on, and before `end`; Unix seconds."""

    start: int
    end: int


class LineObject(Struct, frozen=True, kw_only=True):
    """`amount` in minor units, below zero for a credit; `arithmetic` writes out how it came about."""

    id: str
    object: str = "line_item"
    amount: int
    arithmetic: str | None
    currency: str
    description: str
    invoice_item: str | None
    period: PeriodObject
    price: str | None
    product: str | None
    proration: bool
    quantity: int | None
    subscription_item: str | None


class LineList(Struct, frozen=True, kw_only=True):
    """All lines of the invoice."""

    object: str = "list"
    url: str
    has_more: bool = False
    data: list[LineObject]


class InvoiceObject(Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`; instants in Unix seconds. `attempt_count` counts the first attempt and
    those that were planned after it. From its finalization on whoever has `hosted_invoice_url` sees the invoice as a
    page, and with `invoice_pdf` as a PDF, without a key."""

    id: str
    object: str = "invoice"
    amount_due: int
    amount_paid: int
    amount_remaining: int
    attempt_count: int
    billing_reason: BillingReason
    collection_method: CollectionMethod
    created: int
    updated: int
    currency: str
    customer: str
    description: str | None
    due_date: int | None
    ending_balance: int | None
    finalized_at: int | None
    hosted_invoice_url: str | None = None
    invoice_pdf: str | None = None
    last_error: str | None
    lines: LineList
    livemode: bool
    metadata: dict[str, str]
    next_payment_attempt: int | None
    number: str | None
    paid_at: int | None
    paid_out_of_band: bool
    payment: str | None
    payment_method: str | None
    period_end: int
    period_start: int
    starting_balance: int
    status: InvoiceStatus
    subscription: str | None
    subtotal: int
    test_clock: str | None
    total: int


def invoice_object(invoice: Invoice, livemode: bool) -> InvoiceObject:
    """The wire form of an invoice."""
    unpaid = invoice.status in {"DRAFT", "OPEN", "UNCOLLECTIBLE"}
    return InvoiceObject(
        id=invoice.id,
        amount_due=invoice.amount_due,
        amount_paid=invoice.amount_paid,
        amount_remaining=invoice.amount_due if unpaid else 0,
        attempt_count=invoice.attempts,
        billing_reason=invoice.billing_reason,
        collection_method=invoice.collection_method,
        created=unix(invoice.created_at),
        updated=unix(invoice.updated_at),
        currency=invoice.currency,
        customer=invoice.customer,
        description=invoice.description,
        due_date=unix(invoice.due_at) if invoice.due_at else None,
        ending_balance=invoice.ending_balance,
        finalized_at=unix(invoice.finalized_at) if invoice.finalized_at else None,
        last_error=invoice.last_error,
        lines=line_list(invoice.id, invoice.lines, invoice.currency),
        livemode=livemode,
        metadata=invoice.metadata,
        next_payment_attempt=unix(invoice.retries_at[0]) if invoice.retries_at else None,
        number=invoice.number,
        paid_at=unix(invoice.paid_at) if invoice.paid_at else None,
        paid_out_of_band=invoice.out_of_band,
        payment=invoice.payment,
        payment_method=invoice.payment_method,
        period_end=unix(invoice.period_end_at),
        period_start=unix(invoice.period_start_at),
        starting_balance=invoice.starting_balance,
        status=invoice.status,
        subscription=invoice.subscription,
        subtotal=invoice.total,
        test_clock=invoice.test_clock,
        total=invoice.total,
    )


def linked(view: InvoiceObject, page: str) -> InvoiceObject:
    """The invoice with the address of its page; a draft has none."""
    return view if view.number is None else replace(view, hosted_invoice_url=page, invoice_pdf=f"{page}/pdf")


def line_list(invoice: str, lines: tuple[Line, ...], currency: str) -> LineList:
    """The lines of an invoice; their ids are made of its id and their place."""
    data = [
        LineObject(
            id=part_id("il", invoice, index),
            amount=line.amount,
            arithmetic=line.exact or None,
            currency=currency,
            description=line.description,
            invoice_item=line.invoice_item,
            period=PeriodObject(unix(line.period_start_at), unix(line.period_end_at)),
            price=line.price,
            product=line.product,
            proration=line.proration,
            quantity=line.quantity,
            subscription_item=line.subscription_item,
        )
        for index, line in enumerate(lines)
    ]
    return LineList(url=f"/v1/invoices/{invoice}/lines", data=data)
