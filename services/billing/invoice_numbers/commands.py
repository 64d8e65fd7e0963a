"""What can be asked of the book of numbers."""

from msgspec import Struct


class GiveNumbers(Struct, frozen=True):
    """`first` must be the number after the last; it and those after it go to the invoices in their order."""

    first: int
    invoices: tuple[str, ...]


InvoiceNumberCommand = GiveNumbers
