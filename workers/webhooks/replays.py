"""Replays: an endpoint is sent once more, in order and a batch at a time, all that it wants of a stretch of the log."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from eventstore.pool import Connection
from eventstore.tenants import Tenant
from projections.event_feed.payload import Mark
from projections.event_feed.queries import marks_after
from projections.fold import columns
from services.core.engine import Engine
from services.core.ids import event_id_text
from workers.webhooks.endpoints import Endpoints
from workers.webhooks.queue import enqueue, new_delivery

BATCH_EVENTS_MAX = 500

ADD = """
insert into webhooks.replays (shard, tenant, id, endpoint, reached_position, until_position)
select $1, *
  from unnest($2::integer[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
    on conflict (shard, id) do nothing
"""
NEXT = """
select r.tenant, r.id, r.endpoint, r.reached_position, r.until_position
  from webhooks.replays r
 where r.shard = $1
 order by r.id
 limit 1
   for update skip locked
"""
MOVE = """
update webhooks.replays
   set reached_position = $3
 where shard = $1
   and id = $2
"""
END = """
delete from webhooks.replays
 where shard = $1
   and id = $2
"""
FEED = """
select c.position
  from es.checkpoints c
 where c.shard = $1
   and c.reader = 'event_feed'
"""


class NewReplay(Struct, frozen=True):
    """What stands in the log after one position and up to another is to be sent again."""

    tenant: int
    id: str
    endpoint: str
    after_position: int
    until_position: int


async def add_replays(connection: Connection, shard: int, new: Sequence[NewReplay]) -> None:
    """Begins replays."""
    rows = [(each.tenant, each.id, each.endpoint, each.after_position, each.until_position) for each in new]
    await connection.execute(ADD, shard, *columns(rows))


async def go_on(engine: Engine, shard: int) -> int:
    """Takes the oldest replay a batch further; returns how much there was to do. 0: nothing, or others are at it."""
    async with engine.store.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local synchronous_commit = off")
        row = await connection.fetchrow(NEXT, shard)
        if row is None:
            return 0
        tenant, id, endpoint, reached, until = row
        # The feed may lag behind the log: what it has not seen yet is not taken for what is not there.
        seen = await connection.fetchval(FEED, shard) or 0
        endpoints = await Endpoints.load(connection, shard)
        wants = endpoints.wants(endpoint) if endpoints.has(endpoint) else ()
        marks = await marks_after(engine.store.pool, Tenant(shard, tenant, ""), reached, BATCH_EVENTS_MAX, wants)
        inside = [mark for mark in marks if mark.position <= until]
        if inside:
            ids = [
                new_delivery(tenant, endpoint, mark, event_id_text(event_id, mark.place))
                for mark, event_id in zip(inside, await _event_ids(engine, shard, inside), strict=True)
            ]
            await enqueue(connection, shard, ids, engine.clock.now())
            await connection.execute(MOVE, shard, id, inside[-1].position)
        elif seen >= until or not wants:
            await connection.execute(END, shard, id)
            return 1
        return len(inside)


async def _event_ids(engine: Engine, shard: int, marks: Sequence[Mark]) -> list[UUID]:
    found = await engine.store.by_positions(shard, [mark.position for mark in marks])
    by_position = {event.position: event.event_id for event in found}
    return [by_position[mark.position] for mark in marks]
