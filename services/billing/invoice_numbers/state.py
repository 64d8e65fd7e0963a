"""The book of invoice numbers of one tenant, as its events tell it."""

from datetime import datetime

from msgspec import Struct

from services.billing.invoice_numbers.events import InvoiceNumberEvent


class NumberBook(Struct, frozen=True, kw_only=True):
    """`last` was given to `invoice`."""

    last: int
    invoice: str
    created_at: datetime
    updated_at: datetime


def evolve(book: NumberBook | None, event: InvoiceNumberEvent, at: datetime) -> NumberBook:
    """The book after `event`; the last event alone says all of it."""
    created_at = at if book is None else book.created_at
    return NumberBook(last=event.number, invoice=event.invoice, created_at=created_at, updated_at=at)
