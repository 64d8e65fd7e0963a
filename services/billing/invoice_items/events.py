"""What is remembered of an invoice item."""

from datetime import datetime

from services.core.event import Event, EventCodec, Personal, Published


class InvoiceItemCreated(Event, frozen=True, kw_only=True, tag="invoice_item.created"):
    """`amount` (minor units, below zero for a credit) waits for the customer's next invoice, or stands on `invoice`."""

    id: str
    customer: str
    currency: str
    amount: int
    exact: str
    period_start_at: datetime
    period_end_at: datetime
    quantity: int | None = None
    price: str | None = None
    product: str | None = None
    description: Personal[str] = ""
    metadata: Personal[dict[str, str]] = {}
    test_clock: str | None = None
    invoice: str | None = None


class InvoiceItemInvoiced(Event, frozen=True, kw_only=True, tag="invoice_item.invoiced"):
    """It stands on this invoice."""

    invoice: str


class InvoiceItemReleased(Event, frozen=True, kw_only=True, tag="invoice_item.released"):
    """The invoice that it stood on came to nothing; it waits again."""

    invoice: str


class InvoiceItemDeleted(Event, frozen=True, kw_only=True, tag="invoice_item.deleted"):
    """It will not be invoiced."""


InvoiceItemEvent = InvoiceItemCreated | InvoiceItemInvoiced | InvoiceItemReleased | InvoiceItemDeleted
EVENTS = EventCodec(InvoiceItemCreated, InvoiceItemInvoiced, InvoiceItemReleased, InvoiceItemDeleted)
PUBLISHED: Published = {
    InvoiceItemCreated: (),
    InvoiceItemInvoiced: (),
    InvoiceItemReleased: (),
    InvoiceItemDeleted: (),
}
