"""An invoice item as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import asdict, replace

from services.billing.invoice_items.events import (
    InvoiceItemCreated,
    InvoiceItemDeleted,
    InvoiceItemEvent,
    InvoiceItemInvoiced,
    InvoiceItemReleased,
)
from services.core.decider import Hold


class InvoiceItem(Struct, frozen=True, kw_only=True):
    """`invoice` is None while it waits."""

    id: str
    customer: str
    currency: str
    amount: int
    exact: str
    period_start_at: datetime
    period_end_at: datetime
    quantity: int | None
    price: str | None
    product: str | None
    description: str
    metadata: dict[str, str]
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    invoice: str | None = None
    deleted_at: datetime | None = None


def evolve(item: InvoiceItem | None, event: InvoiceItemEvent, at: datetime) -> InvoiceItem:
    """The item after `event`."""
    if isinstance(event, InvoiceItemCreated):
        return InvoiceItem(**asdict(event), created_at=at, updated_at=at)
    assert item is not None, "the first event of an invoice item is its creation"
    match event:
        case InvoiceItemInvoiced(invoice=invoice):
            return replace(item, invoice=invoice, updated_at=at)
        case InvoiceItemReleased():
            return replace(item, invoice=None, updated_at=at)
        case InvoiceItemDeleted():
            return replace(item, deleted_at=at, updated_at=at)
        case _:
            assert_never(event)


def waiting_name(customer: str) -> str:
    """The name that every item of the customer holds while it waits."""
    return f"invoice_items_of:{customer}"


def holds(item: InvoiceItem) -> Iterable[Hold]:
    """What waits is found by its customer."""
    waits = item.invoice is None and item.deleted_at is None
    return (Hold(waiting_name(item.customer)),) if waits else ()
