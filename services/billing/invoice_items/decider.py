"""Decides what may be done to an invoice item. It is invoiced once."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import asdict

from services.billing.invoice_items.commands import (
    CreateInvoiceItem,
    DeleteInvoiceItem,
    InvoiceIt,
    InvoiceItemCommand,
    ReleaseIt,
)
from services.billing.invoice_items.events import (
    EVENTS,
    InvoiceItemCreated,
    InvoiceItemDeleted,
    InvoiceItemEvent,
    InvoiceItemInvoiced,
    InvoiceItemReleased,
)
from services.billing.invoice_items.state import InvoiceItem, evolve, holds
from services.core.decider import Decider
from services.core.refusal import Conflict, Missing


class InvoiceItemExists(Conflict):
    """An invoice item with this id exists already."""

    code = "resource_already_exists"


class InvoiceItemMissing(Missing):
    """There is no such invoice item."""


class InvoiceItemInvoicedAlready(Conflict):
    """This item stands on an invoice already."""

    code = "invoice_item_invoiced"


def decide(item: InvoiceItem | None, command: InvoiceItemCommand, _at: datetime) -> Sequence[InvoiceItemEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateInvoiceItem):
        if item is not None:
            raise InvoiceItemExists
        return [InvoiceItemCreated(**asdict(command))]
    if item is None or item.deleted_at is not None:
        raise InvoiceItemMissing
    if isinstance(command, ReleaseIt):
        return [InvoiceItemReleased(invoice=command.invoice)] if item.invoice == command.invoice else []
    if item.invoice is not None:
        raise InvoiceItemInvoicedAlready(f"This item stands on the invoice '{item.invoice}'.")
    match command:
        case InvoiceIt(invoice=invoice):
            return [InvoiceItemInvoiced(invoice=invoice)]
        case DeleteInvoiceItem():
            return [InvoiceItemDeleted()]
        case _:
            assert_never(command)


INVOICE_ITEMS: Decider[InvoiceItem, InvoiceItemCommand, InvoiceItemEvent] = Decider(
    category="invoice_item",
    prefix="ii",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    holds=holds,
    subject=lambda command: command.customer if isinstance(command, CreateInvoiceItem) else None,
    clock=lambda item: item.test_clock,
)
