"""When something was last seen in use, to the minute. It stands beside the log: nothing is decided by it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from eventstore.pool import FairPool
from eventstore.tenants import Tenant

# Shard, number of the tenant, name.
Place = tuple[int, int, str]

KEEP = """
insert into es.seen (shard, tenant, name, seen_at)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::timestamptz[])
    on conflict (shard, tenant, name) do update
   set seen_at = excluded.seen_at
 where es.seen.seen_at < excluded.seen_at
"""
SEEN = """
select name, seen_at
  from es.seen
 where shard = $1
   and tenant = $2
   and name = any ($3::text[])
"""


async def keep_seen(pool: FairPool, seen: Mapping[Place, datetime]) -> None:
    """Remembers these, in one statement; what was seen later stays."""
    # In one order in all processes, so that none waits for another in a circle.
    rows = [(*place, at) for place, at in sorted(seen.items())]
    await pool.execute(KEEP, *(list(column) for column in zip(*rows, strict=True)))


async def last_seen(pool: FairPool, tenant: Tenant, names: Sequence[str]) -> dict[str, datetime]:
    """When each of these was last seen; names that never were are left out."""
    return dict(map(tuple, await pool.fetch(SEEN, tenant.shard, tenant.number, list(names))))
