"""Recurring revenue as it stood at the end of each day, week or month."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Literal

from eventstore.pool import FairPool
from eventstore.tenants import Tenant
from projections.recurring.figures import Metric

# What had happened before the first point comes as one row without a point.
CHANGES = """
select case when slot_at >= $5 then date_trunc($3, slot_at at time zone $4) end as point, metric, parts, sum(amount)
  from rm_recurring.slots
 where shard = $1
   and tenant = $2
   and currency = $7
   and slot_at < $6
 group by 1, 2, 3
"""
# What counts by itself in each point; the others are carried on from point to point.
FLOWS: frozenset[Metric] = frozenset({"churned"})


async def recurring(
    pool: FairPool,
    tenant: Tenant,
    currency: str,
    *,
    interval: Literal["day", "week", "month"],
    zone: str,
    starts: Sequence[datetime],
    until: datetime,
) -> list[Mapping[Metric, Fraction]]:
    """One mapping for each of `starts`, exact: the level at the end of that point, or what happened within it."""
    where = tenant.shard, tenant.number, interval, zone, starts[0], until, currency
    changes: dict[datetime | None, dict[Metric, Fraction]] = {}
    for point, metric, parts, amount in await pool.fetch(CHANGES, *where):
        of_point = changes.setdefault(point, {})
        of_point[metric] = of_point.get(metric, Fraction(0)) + Fraction(amount) / parts
    levels: dict[Metric, Fraction] = {
        metric: value for metric, value in changes.get(None, {}).items() if metric not in FLOWS
    }
    found: list[Mapping[Metric, Fraction]] = []
    for start in starts:
        of_point = changes.get(start.replace(tzinfo=None), {})
        for metric, change in of_point.items():
            if metric not in FLOWS:
                levels[metric] = levels.get(metric, Fraction(0)) + change
        of_now: dict[Metric, Fraction] = {metric: value for metric, value in of_point.items() if metric in FLOWS}
        found.append(levels | of_now)
    return found
