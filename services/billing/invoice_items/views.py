"""An invoice item as clients see it."""

from msgspec import Struct

from services.billing.invoice_items.state import InvoiceItem
from services.core.clock import unix


class InvoiceItemObject(Struct, frozen=True, kw_only=True):
    """`amount` in minor units of `currency`; `invoice` is null while it waits."""

    id: str
    object: str = "invoice_item"
    amount: int
    created: int
    updated: int
    currency: str
    customer: str
    description: str
    invoice: str | None
    livemode: bool
    metadata: dict[str, str]
    price: str | None
    quantity: int | None


def invoice_item_object(item: InvoiceItem, livemode: bool) -> InvoiceItemObject:
    """The wire form of an invoice item."""
    return InvoiceItemObject(
        id=item.id,
        amount=item.amount,
        created=unix(item.created_at),
        updated=unix(item.updated_at),
        currency=item.currency,
        customer=item.customer,
        description=item.description,
        invoice=item.invoice,
        livemode=livemode,
        metadata=item.metadata,
        price=item.price,
        quantity=item.quantity,
    )
