"""Finding what waits for a customer's next invoice."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from services.billing.invoice_items.commands import CreateInvoiceItem, InvoiceIt
from services.billing.invoice_items.decider import INVOICE_ITEMS
from services.billing.invoice_items.state import InvoiceItem, waiting_name
from services.billing.invoices.lines import Line
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.reader import Loaded
from services.core.step import Guard, Step

# What an invoice takes up at once; more wait for the one after it.
ITEMS_AN_INVOICE_MAX = 250
# Among so many of the oldest that wait, in any currency: those of others stand under the same name.
LOOKED_AT = (ITEMS_AN_INVOICE_MAX, 2_000, 16_000)


class Pending(Struct, frozen=True):
    """Items that wait, as they were read: they can only be invoiced as they are."""

    items: Sequence[Loaded[InvoiceItem]]

    @property
    def lines(self) -> list[Line]:
        """A line for each item; its words are the client's own, and in `texts`."""
        return [line_of(loaded.state) for loaded in self.items if loaded.state is not None]

    def texts_from(self, index: int) -> dict[str, str]:
        """The words by the lines' places on an invoice, where the first of them stands at `index`."""
        return {str(index + place): text for place, text in enumerate(self.texts)}

    @property
    def described(self) -> list[Line]:
        """The lines with the client's own words."""
        return [replace(line, description=text) for line, text in zip(self.lines, self.texts, strict=True)]

    @property
    def texts(self) -> list[str]:
        """The words for each of the lines."""
        return [loaded.state.description for loaded in self.items if loaded.state is not None]

    @property
    def guards(self) -> list[Guard]:
        """The guards by which they still wait: whoever is overtaken looks again at what there is."""
        return [
            Guard(INVOICE_ITEMS.stream(loaded.state.id), loaded.head)
            for loaded in self.items
            if loaded.state is not None
        ]

    def invoiced(self, invoice: str) -> list[Step]:
        """The steps that put them onto this invoice."""
        return [
            Step(INVOICE_ITEMS, loaded.state.id, InvoiceIt(invoice), known=loaded)
            for loaded in self.items
            if loaded.state is not None
        ]


async def pending_items(engine: Engine, envelope: Envelope, customer: str, currency: str) -> Pending:
    """The customer's items in this currency that stand on no invoice yet."""
    waiting: list[Loaded[InvoiceItem]] = []
    for looked_at in LOOKED_AT:
        ids = await engine.store.holders(envelope.tenant, waiting_name(customer), looked_at)
        if not ids:
            break
        found = await engine.load_many(INVOICE_ITEMS, envelope.tenant, ids)
        waiting = [each for each in found.values() if each.state is not None and _waits(each.state, currency)]
        if len(waiting) >= ITEMS_AN_INVOICE_MAX or len(ids) < looked_at:
            break
    return Pending(waiting[:ITEMS_AN_INVOICE_MAX])


def _waits(item: InvoiceItem, currency: str) -> bool:
    """Another invoice may have taken it since its name was read; then the customer has moved too, and whoever reads on
    is told so by the guards."""
    return item.invoice is None and item.deleted_at is None and item.currency == currency


def line_of(item: InvoiceItem | CreateInvoiceItem) -> Line:
    """The line for it; its words are the client's own and kept apart."""
    return Line(
        amount=item.amount,
        description="",
        period_start_at=item.period_start_at,
        period_end_at=item.period_end_at,
        exact=item.exact,
        quantity=item.quantity,
        price=item.price,
        product=item.product,
        invoice_item=item.id,
    )
