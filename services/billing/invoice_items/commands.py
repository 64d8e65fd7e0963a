"""What can be asked of an invoice item."""

from datetime import datetime

from msgspec import Struct


class CreateInvoiceItem(Struct, frozen=True, kw_only=True):
    """The amount is rounded already; `exact` writes out how it came about. With an `invoice` it is on that at once."""

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
    description: str = ""
    metadata: dict[str, str] = {}
    test_clock: str | None = None
    invoice: str | None = None


class InvoiceIt(Struct, frozen=True):
    """It goes onto this invoice."""

    invoice: str


class ReleaseIt(Struct, frozen=True):
    """This invoice, which it may stand on, comes to nothing."""

    invoice: str


class DeleteInvoiceItem(Struct, frozen=True):
    """It is not wanted any more."""


InvoiceItemCommand = CreateInvoiceItem | InvoiceIt | ReleaseIt | DeleteInvoiceItem
