"""What is remembered of the numbers that invoices were given."""

from services.core.event import Event, EventCodec, Published


class InvoiceNumbered(Event, frozen=True, kw_only=True, tag="invoice_number.given"):
    """The invoice has this number; no other ever will, and none is left out."""

    number: int
    invoice: str


InvoiceNumberEvent = InvoiceNumbered
EVENTS = EventCodec(InvoiceNumbered)
PUBLISHED: Published = {
    InvoiceNumbered: (),
}
