"""Decides which number comes next."""

from collections.abc import Sequence
from datetime import datetime

from services.billing.invoice_numbers.commands import InvoiceNumberCommand
from services.billing.invoice_numbers.events import EVENTS, InvoiceNumbered, InvoiceNumberEvent
from services.billing.invoice_numbers.state import NumberBook, evolve
from services.core.decider import Decider
from services.core.refusal import Conflict

# There is one book in every tenant.
BOOK = "numbers"


class NumberTaken(Conflict):
    """This invoice number was given already."""

    code = "invoice_number_taken"


def decide(book: NumberBook | None, command: InvoiceNumberCommand, _at: datetime) -> Sequence[InvoiceNumberEvent]:
    """The numbers, when the first is the one after the last."""
    if command.first != (0 if book is None else book.last) + 1:
        raise NumberTaken
    return [
        InvoiceNumbered(number=command.first + index, invoice=invoice) for index, invoice in enumerate(command.invoices)
    ]


INVOICE_NUMBERS: Decider[NumberBook, InvoiceNumberCommand, InvoiceNumberEvent] = Decider(
    category="invoice_number", prefix="invoice_number", events=EVENTS, decide=decide, evolve=evolve
)
