"""The queue of deliveries: put in, claimed, finished. Each statement is for as many as there are.

Of the open deliveries of one object to one endpoint only the first is due; the others wait, and whoever finishes it
makes the next one due. A claim moves `due_at` to the time at which the sender is taken for dead, and counts a try; a
result is only written for the try that it is of. Postgres may lose the last moments of this in a crash: what was sent
then is sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from eventstore.pool import Connection, FairPool
from projections.event_feed.payload import Mark
from projections.fold import columns
from services.core.ids import new_id

PREFIX = "wd"
# Longer than a try may take together with the writing of its result.
CLAIM_SECONDS = 20
# How many tries one worker has under way for one endpoint, and for one that has not answered well lately.
ROOM_MAX = 16
ROOM_FAILING_MAX = 2

Outcome = Literal["PENDING", "DELIVERED", "FAILED"]

ENQUEUE = """
insert into webhooks.deliveries (
  shard, tenant, id, endpoint, position, place, version, type, category, object_id, event, status, due_at, created_at
)
select $1, n.tenant, n.id, n.endpoint, n.position, n.place, n.version, n.type, n.category, n.object_id, n.event,
       'PENDING',
       case
         when n.is_first and not exists (
                select
                  from webhooks.deliveries earlier
                 where earlier.shard = $1
                   and earlier.endpoint = n.endpoint
                   and earlier.category = n.category
                   and earlier.object_id = n.object_id
                   and earlier.status = 'PENDING'
              )
         then $2::timestamptz
       end,
       $2::timestamptz
  from (
         select given.*,
                row_number() over (
                  partition by given.endpoint, given.category, given.object_id
                  order by given.position, given.place, given.id
                ) = 1 as is_first
           from unnest($3::integer[], $4::text[], $5::text[], $6::bigint[], $7::smallint[], $8::integer[], $9::text[],
                       $10::text[], $11::text[], $12::text[])
                as given(tenant, id, endpoint, position, place, version, type, category, object_id, event)
       ) n
    on conflict (shard, id) do nothing
"""
CANCEL = """
update webhooks.deliveries
   set status = 'CANCELED',
       due_at = null,
       finished_at = $3
 where shard = $1
   and endpoint = any ($2::text[])
   and status = 'PENDING'
"""
# The endpoints that have something due are found by leaping along the index, so that what waits for one is never read
# on behalf of another.
CLAIM = """
with recursive backlog(endpoint) as (
  (
    select d.endpoint
      from webhooks.deliveries d
     where d.shard = $1
       and d.due_at is not null
     order by d.endpoint
     limit 1
  )
  union all
  select (
           select d.endpoint
             from webhooks.deliveries d
            where d.shard = $1
              and d.due_at is not null
              and d.endpoint > b.endpoint
            order by d.endpoint
            limit 1
         )
    from backlog b
   where b.endpoint is not null
),
ready as (
  select found.id
    from backlog b
    left join webhooks.endpoints e
      on (e.shard, e.id) = ($1, b.endpoint)
    left join unnest($4::text[], $5::integer[]) as flying(endpoint, count)
      on flying.endpoint = b.endpoint
   cross join lateral (
           select d.id
             from webhooks.deliveries d
            where d.shard = $1
              and d.endpoint = b.endpoint
              and d.due_at <= $2
            order by d.due_at
            limit greatest(0, case when e.failing_since_at is null then $6::integer else $7::integer end
                              - coalesce(flying.count, 0))
              for update skip locked
         ) found
   where b.endpoint is not null
)
update webhooks.deliveries d
   set due_at = $2 + make_interval(secs => $3),
       tries = d.tries + 1
  from ready
 where d.shard = $1
   and d.id = ready.id
returning d.tenant, d.id, d.endpoint, d.event, d.tries, d.failures,
          d.position, d.place, d.version, d.type, d.category, d.object_id
"""
LOCK = """
select e.id
  from webhooks.endpoints e
 where e.shard = $1
   and e.id = any ($2::text[])
 order by e.id
   for no key update
"""
FINISH = """
with done as (
  update webhooks.deliveries d
     set status = result.status,
         due_at = result.due_at,
         failures = d.failures + case when result.status = 'DELIVERED' then 0 else 1 end,
         finished_at = case when result.status <> 'PENDING' then $2::timestamptz end
    from unnest($3::text[], $4::integer[], $5::text[], $6::timestamptz[]) as result(id, try, status, due_at)
   where d.shard = $1
     and d.id = result.id
     and d.tries = result.try
     and d.status = 'PENDING'
  returning d.endpoint, d.category, d.object_id, d.status
)
select distinct done.endpoint, done.category, done.object_id
  from done
 where done.status <> 'PENDING'
"""
RELEASE = """
update webhooks.deliveries d
   set due_at = $2
  from unnest($3::text[], $4::text[], $5::text[]) as lane(endpoint, category, object_id)
 cross join lateral (
         select w.id
           from webhooks.deliveries w
          where w.shard = $1
            and w.endpoint = lane.endpoint
            and w.category = lane.category
            and w.object_id = lane.object_id
            and w.status = 'PENDING'
          order by w.position, w.place, w.id
          limit 1
       ) next
 where d.shard = $1
   and d.id = next.id
   and d.due_at is null
"""


class NewDelivery(Struct, frozen=True):
    """An event that is to be sent to an endpoint."""

    tenant: int
    id: str
    endpoint: str
    mark: Mark
    event: str


class Claimed(Struct, frozen=True):
    """A delivery that is ours to try; `tries` counts this one, `failures` those that failed before it."""

    tenant: int
    id: str
    endpoint: str
    event: str
    tries: int
    failures: int
    mark: Mark


class Finished(Struct, frozen=True):
    """What became of try number `tries`; PENDING means that there is another one at `due_at`."""

    id: str
    endpoint: str
    tries: int
    outcome: Outcome
    due_at: datetime | None


def new_delivery(tenant: int, endpoint: str, mark: Mark, event: str, id: str | None = None) -> NewDelivery:
    """A delivery of the event `evt_…` that `mark` marks."""
    return NewDelivery(tenant, id or new_id(PREFIX), endpoint, mark, event)


async def enqueue(connection: Connection, shard: int, new: Sequence[NewDelivery], now: datetime) -> None:
    """Puts deliveries in. The caller's transaction holds the locks of their endpoints."""
    rows = [
        (
            each.tenant,
            each.id,
            each.endpoint,
            each.mark.position,
            each.mark.place,
            each.mark.version,
            each.mark.type,
            each.mark.category,
            each.mark.object_id,
            each.event,
        )
        for each in new
    ]
    await connection.execute(ENQUEUE, shard, now, *columns(rows))


async def cancel(connection: Connection, shard: int, endpoints: Sequence[str], now: datetime) -> None:
    """What waits for these endpoints will not be sent."""
    await connection.execute(CANCEL, shard, list(endpoints), now)


async def claim_due(pool: FairPool, shard: int, now: datetime, flying: Mapping[str, int]) -> list[Claimed]:
    """What is due, for each endpoint as much as there is room for beside what is `flying` to it already."""
    rows = await pool.fetch(
        CLAIM, shard, now, CLAIM_SECONDS, list(flying), list(flying.values()), ROOM_MAX, ROOM_FAILING_MAX
    )
    return [Claimed(*row[:6], mark=Mark(*row[6:])) for row in map(tuple, rows)]


async def lock_endpoints(connection: Connection, shard: int, endpoints: Sequence[str]) -> None:
    """Nobody else enqueues or finishes deliveries to these until the transaction ends."""
    await connection.execute(LOCK, shard, sorted(set(endpoints)))


async def finish(connection: Connection, shard: int, finished: Sequence[Finished], now: datetime) -> None:
    """Writes results and makes due what waited for them. The caller's transaction holds the locks of the endpoints."""
    rows = [(each.id, each.tries, each.outcome, each.due_at) for each in finished]
    lanes = [tuple(row) for row in await connection.fetch(FINISH, shard, now, *columns(rows))]
    if lanes:
        await connection.execute(RELEASE, shard, now, *columns(lanes))
