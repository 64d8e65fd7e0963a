"""What can be asked of the book of numbers."""

from msgspec import Struct


class GiveNumber(Struct, frozen=True):
    """`number` must be the one after the last."""

    number: int
    invoice: str


InvoiceNumberCommand = GiveNumber
