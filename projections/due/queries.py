"""What is due, when, and what stands in its way."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from eventstore.pool import FairPool
from projections.fold import decode_state
from services.billing.registry import BY_CATEGORY

UPCOMING = """
select d.shard, d.tenant, d.category, d.id, d.due_at, d.clock, d.tries, d.problem, d.claimed_until, s.state
  from rm_due.due d
  left join rm_due.states s
 using (shard, tenant, category, id)
 where d.shard = $1
   and ($2::timestamptz is null or d.due_at <= $2)
   and ($3::text is null or d.clock = $3)
   and (not $4 or d.problem is not null)
   and ($5::text is null or d.id = $5)
   and ($7::integer is null or d.tenant = $7)
 order by d.due_at, d.category, d.id
 limit $6
"""


class DueWork(Struct, frozen=True, kw_only=True):
    """Something that will happen by itself. `problem` says why it could not be done the last time, `again_at` when it
    is tried again."""

    shard: int
    tenant: int
    category: str
    id: str
    due_at: datetime
    why: str
    clock: str | None
    tries: int
    problem: str | None
    again_at: datetime | None


async def due_work(
    pool: FairPool,
    shard: int,
    *,
    until: datetime | None = None,
    clock: str | None = None,
    parked: bool = False,
    id: str | None = None,
    tenant: int | None = None,
    limit: int = 100,
) -> Sequence[DueWork]:
    """What is due, soonest first."""
    rows = await pool.fetch(UPCOMING, shard, until, clock, parked, id, limit, tenant)
    return [
        DueWork(
            shard=row[0],
            tenant=row[1],
            category=row[2],
            id=row[3],
            due_at=row[4],
            why="" if row[9] is None else BY_CATEGORY[row[2]].why(decode_state(row[2], row[9])),
            clock=row[5],
            tries=row[6],
            problem=row[7],
            again_at=row[8] if row[7] is not None else None,
        )
        for row in rows
    ]
