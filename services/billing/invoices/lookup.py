"""Finding an invoice that a path or another object names."""

from msgspec import Struct

from services.billing.customers.lookup import CurrencyMismatch
from services.billing.invoices.decider import INVOICES, InvoiceMissing
from services.billing.invoices.state import Invoice
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Invalid
from services.core.step import Guard

# What a draft can grow to, one line after another.
LINES_MAX = 250


class InvoiceUnknown(Invalid):
    """There is no such invoice."""

    code = "resource_missing"


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


async def draft_of(engine: Engine, envelope: Envelope, id: str, customer: str, currency: str) -> FoundInvoice:
    """The invoice `id` of this customer, in this currency, with room for another line; its decider says whether it is
    still a draft. Raises Invalid naming the parameter `invoice`."""
    loaded = await engine.load(INVOICES, envelope.tenant, id)
    invoice = loaded.state
    if invoice is None:
        raise InvoiceUnknown(f"No such invoice: '{id}'.", param="invoice")
    if invoice.customer != customer:
        raise Invalid(f"The invoice '{id}' is not one of this customer's.", param="invoice")
    if invoice.currency != currency:
        raise CurrencyMismatch(f"The invoice '{id}' is in {invoice.currency}, not in {currency}.", param="invoice")
    if len(invoice.lines) >= LINES_MAX:
        raise Invalid(f"An invoice has at most {LINES_MAX} lines that are added to it.", param="invoice")
    return FoundInvoice(invoice, Guard(INVOICES.stream(id), loaded.head))
