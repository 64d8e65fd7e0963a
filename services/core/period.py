"""Billing time: the boundaries of periods.

Boundary k is the anchor's local date plus k intervals, at the anchor's local time, in the billing zone. It is always
computed from the anchor and never from the boundary before it, so that a day clamped once (31 January, 28 February)
comes back (31 March). A local time that a change of the clocks skips moves forward by what was skipped; one that
happens twice is its first occurrence (RFC 5545, section 3.3.5). Periods are half-open: [start, end).
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

Interval = Literal["DAY", "WEEK", "MONTH", "YEAR"]
MONTHS_A_YEAR = 12
# The longest cycles that are taken: three years of each, as Stripe's API has it.
INTERVAL_COUNT_MAX = {"DAY": 1_095, "WEEK": 156, "MONTH": 36, "YEAR": 3}
# The calendar of the machine ends with the year 9999; nothing is billed beyond this instant.
LAST_AT = datetime(9999, 1, 1, tzinfo=UTC)


class Cycle(Struct, frozen=True):
    """How long a period is: `count` intervals of the calendar."""

    interval: Interval
    count: int = 1


class Period(Struct, frozen=True):
    """[start_at, end_at); `index` counts periods from the anchor, below zero before it."""

    index: int
    start_at: datetime
    end_at: datetime


class Billing(Struct, frozen=True):
    """What boundaries are computed from: an instant, an IANA zone, a cycle."""

    anchor_at: datetime
    zone: str
    cycle: Cycle

    def boundary(self, index: int) -> datetime:
        """The instant at which period `index` starts; 0 is the anchor itself. LAST_AT where the calendar ends."""
        if index == 0:
            return self.anchor_at
        local = self.anchor_at.astimezone(ZoneInfo(self.zone))
        try:
            day = _moved(local.date(), self.cycle, index)
            return local_instant(datetime.combine(day, local.time()), self.zone)
        except (OverflowError, ValueError):
            return LAST_AT

    def period_at(self, at: datetime) -> Period:
        """The period that `at` lies in."""
        index = self._guess(at)
        while self.boundary(index) > at:
            index -= 1
        while self.boundary(index + 1) <= at:
            index += 1
        return Period(index, self.boundary(index), self.boundary(index + 1))

    def after(self, period: Period) -> Period:
        """The period that starts when `period` ends.

        A zone that left out a whole day (Pacific/Apia had no 30 December 2011) has two boundaries of a daily cycle at
        one instant; the empty period between them is nobody's.
        """
        index = period.index + 1
        while self.boundary(index + 1) == period.end_at and period.end_at < LAST_AT:
            index += 1
        return Period(index, period.end_at, self.boundary(index + 1))

    def _guess(self, at: datetime) -> int:
        """An index near the one of `at`: the calendar's average length of a period is good to a few of them."""
        days = {"DAY": 1.0, "WEEK": 7.0, "MONTH": 30.436875, "YEAR": 365.2425}[self.cycle.interval]
        return int((at - self.anchor_at) / timedelta(days=days * self.cycle.count))


def local_instant(local: datetime, zone: str) -> datetime:
    """The instant of a wall-clock time: moved forward out of a gap, the first of two."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def days_later(at: datetime, days: int, zone: str) -> datetime:
    """The same wall-clock time `days` calendar days later."""
    local = at.astimezone(ZoneInfo(zone))
    return local_instant(datetime.combine(local.date() + timedelta(days=days), local.time()), zone)


def whole_second(at: datetime) -> datetime:
    """The instant without its fraction of a second: what clients see is exactly what is computed with."""
    return at.replace(microsecond=0)


def _moved(day: date, cycle: Cycle, index: int) -> date:
    count = cycle.count * index
    if cycle.interval == "DAY":
        return day + timedelta(days=count)
    if cycle.interval == "WEEK":
        return day + timedelta(weeks=count)
    months = count * (MONTHS_A_YEAR if cycle.interval == "YEAR" else 1)
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
