"""Splitting an amount into instalments, and their dates. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.core.period import Billing, Cycle


def split(total: int, count: int) -> list[int]:
    """`count` parts that add up to exactly `total` and differ by at most one; the larger ones come first."""
    part, more = divmod(total, count)
    return [part + 1] * more + [part] * (count - more)


def dates(start_at: datetime, zone: str, cycle: Cycle, count: int) -> Sequence[datetime]:
    """The local date and time of the start, and of each cycle after it; days are clamped to their month."""
    billing = Billing(start_at, zone, cycle)
    return [billing.boundary(index) for index in range(count)]
