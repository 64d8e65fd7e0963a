"""Finding an invoice that a path or another object names."""

from msgspec import Struct

from services.billing.invoices.decider import INVOICES, InvoiceMissing
from services.billing.invoices.state import Invoice
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.step import Guard


class FoundInvoice(Struct, frozen=True):
    """An invoice, and the guard by which a command relies on it standing still."""

    invoice: Invoice
    guard: Guard


async def existing_invoice(engine: Engine, envelope: Envelope, id: str) -> FoundInvoice:
    """The invoice `id`. Raises InvoiceMissing."""
    loaded = await engine.load(INVOICES, envelope.tenant, id)
    if loaded.state is None:
        raise InvoiceMissing(f"No such invoice: '{id}'.", param="id")
    return FoundInvoice(loaded.state, Guard(INVOICES.stream(id), loaded.head))
