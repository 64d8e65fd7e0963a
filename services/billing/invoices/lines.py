"""Lines of an invoice, and what they come to. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct


class Line(Struct, frozen=True, kw_only=True):
    """`amount` in minor units, rounded once; below zero it is a credit. `exact` writes the arithmetic out."""

    amount: int
    description: str
    period_start_at: datetime
    period_end_at: datetime
    exact: str = ""
    quantity: int | None = None
    price: str | None = None
    product: str | None = None
    proration: bool = False
    subscription_item: str | None = None
    invoice_item: str | None = None


class Bill(Struct, frozen=True):
    """What is to be paid of an invoice, and what becomes of the customer's balance (below zero: credit)."""

    total: int
    starting_balance: int
    amount_due: int
    ending_balance: int


def bill(lines: Sequence[Line], balance: int) -> Bill:
    """Credit is used up before anything is to be paid; what is over stays credit. An old debt is asked for too."""
    total = sum(line.amount for line in lines)
    left = total + balance
    return Bill(total, balance, max(left, 0), min(left, 0))
