"""Lines of a subscription: for a whole period, for a part of one, and for a change in the middle. Pure.

A part of a period costs amount × seconds left / seconds of the period, exactly, and is rounded once, half away from
zero. A credit is the negative of what the same charge would be, so that credit and charge of the same are nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from services.billing.invoices.lines import Line
from services.billing.prices.terms import described, exact_amount
from services.billing.subscriptions.events import Item
from services.core.money import round_half_away
from services.core.period import Period

SECOND = timedelta(seconds=1)


def period_lines(items: Sequence[Item], period: Period) -> list[Line]:
    """A line for each item, for the whole period."""
    return [_line(item, period.start_at, period.end_at, Fraction(1)) for item in items]


def part_lines(items: Sequence[Item], start_at: datetime, period: Period) -> list[Line]:
    """A line for each item, for what is left of `period` from `start_at` on."""
    share = left(period, start_at)
    return [_line(item, start_at, period.end_at, share, proration=share != 1) for item in items]


def change_lines(before: Sequence[Item], after: Sequence[Item], period: Period, at: datetime) -> list[Line]:
    """Credits for what is given up and charges for what takes its place, for what is left of the period. What stays as
    it is has no line."""
    share = left(period, at)
    kept = {item.id: item for item in after}
    had = {item.id: item for item in before}
    credits = [
        _line(item, at, period.end_at, share, proration=True, sign=-1)
        for item in before
        if not _same(item, kept.get(item.id))
    ]
    charges = [
        _line(item, at, period.end_at, share, proration=True) for item in after if not _same(item, had.get(item.id))
    ]
    return [*credits, *charges]


def left(period: Period, at: datetime) -> Fraction:
    """Which share of the period is left at `at`: 1 at its start, 0 at its end."""
    whole = (period.end_at - period.start_at) // SECOND
    return Fraction((period.end_at - at) // SECOND, whole) if whole else Fraction(0)


def _same(one: Item, other: Item | None) -> bool:
    return other is not None and one.terms.price == other.terms.price and one.quantity == other.quantity


def _line(
    item: Item, start_at: datetime, end_at: datetime, share: Fraction, *, proration: bool = False, sign: int = 1
) -> Line:
    amount = exact_amount(item.terms, item.quantity)
    words = described(item.terms, item.quantity)
    if proration:
        words = f"{'Unused time' if sign < 0 else 'Remaining time'} on {words} after {start_at:%Y-%m-%d %H:%M:%S} UTC"
    return Line(
        amount=sign * round_half_away(amount * share),
        description=words,
        period_start_at=start_at,
        period_end_at=end_at,
        exact=_arithmetic(amount, share, sign),
        quantity=item.quantity,
        price=item.terms.price,
        product=item.terms.product,
        proration=proration,
        subscription_item=item.id,
    )


def _arithmetic(amount: Fraction, share: Fraction, sign: int) -> str:
    """How the amount came about, before it was rounded: `-(1000 × 1296000/2592000) = -500`."""
    exact = amount * share
    if share == 1:
        return f"{'-' if sign < 0 else ''}{amount}"
    return f"{'-' if sign < 0 else ''}({amount} × {share}) = {sign * exact}"
