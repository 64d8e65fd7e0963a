"""The book of invoice numbers has no calls of its own; numbers are given when invoices are finalized."""

from msgspec import Struct

from services.billing.invoice_numbers.decider import INVOICE_NUMBERS
from services.billing.invoice_numbers.events import PUBLISHED
from services.billing.invoice_numbers.state import NumberBook
from services.core.capability import Capability


class NumberBookObject(Struct, frozen=True, kw_only=True):
    """The last number that was given."""

    object: str = "invoice_number"
    last: int
    livemode: bool


def number_book_object(book: NumberBook, livemode: bool) -> NumberBookObject:
    """The book as the history shows it."""
    return NumberBookObject(last=book.last, livemode=livemode)


CAPABILITY = Capability(
    name="invoice_numbers",
    object="invoice_number",
    decider=INVOICE_NUMBERS,
    view=number_book_object,
    view_type=NumberBookObject,
    state_type=NumberBook,
    published=PUBLISHED,
    listed=False,
    readable=False,
)
