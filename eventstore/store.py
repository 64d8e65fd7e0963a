"""The event store: append, read, tail. It knows nothing of what the events mean."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from eventstore.errors import (
    ClaimTaken,
    DataKeyDestroyed,
    DataKeyExists,
    KeyReplayed,
    KeyReused,
    OutcomeUnknown,
    StoreError,
    StoreUnavailable,
    VersionConflict,
)
from eventstore.gather import Gather
from eventstore.group_commit import GroupCommit
from eventstore.pool import FairPool
from eventstore.record import (
    NO_STREAM,
    Append,
    Appended,
    Claim,
    DataKeyRow,
    Head,
    Key,
    KeyRecord,
    NewEvent,
    Recorded,
    Release,
    Slice,
)
from eventstore.tenants import Tenant

TAIL_EVENTS_MAX = 10_000


# In the order of the fields of Recorded.
_EVENT = """e.shard, e.position, e.tenant, e.stream, e.version, e.type, e.schema_version, e.recorded_at, e.event_id,
       e.data, e.meta, e.hash"""

# A stream is read whole: versions are integers, so that the limit cuts nothing. It is there because a plain join,
# planned while the log was small, would go on to scan all of it; with a limit each stream is its own index look-up.
READ = f"""
select {_EVENT}
  from unnest($2::integer[], $3::text[]) as wanted(tenant, stream)
 cross join lateral (
         select *
           from es.events
          where shard = $1
            and tenant = wanted.tenant
            and stream = wanted.stream
          order by version
          limit 2147483647
       ) e
"""
READ_UP_TO = f"""
select {_EVENT}
  from unnest($3::text[], $4::integer[]) as wanted(stream, version)
 cross join lateral (
         select *
           from es.events
          where shard = $1
            and tenant = $2
            and stream = wanted.stream
            and version <= wanted.version
          order by version
          limit 2147483647
       ) e
"""
TAIL = f"""
select {_EVENT}
  from es.events e
 where e.shard = $1
   and e.position > $2
 order by e.position
 limit $3
"""
BETWEEN = f"""
select {_EVENT}
  from es.events e
 where e.shard = $1
   and e.position > $2
   and e.position <= $3
   and ($4::text[] is null or e.type = any ($4::text[]))
 order by e.position
"""
AT = f"""
select {_EVENT}
  from es.events e
 where e.shard = $1
   and e.position = any ($2::bigint[])
 order by e.position
"""
BY_ID = f"""
select {_EVENT}
  from es.events e
 where e.shard = $1
   and e.event_id = $3
   and e.tenant = $2
"""
KEYS = """
select k.tenant, k.key, k.stream, k.answer, k.position, k.recorded_at, k.request_hash
  from unnest($2::integer[], $3::text[]) as wanted(tenant, key)
 cross join lateral (
         select *
           from es.idempotency
          where shard = $1
            and tenant = wanted.tenant
            and key = wanted.key
          limit 1
       ) k
"""
HOLDERS = """
select wanted.tenant, wanted.name, wanted.owners_max, held.owner
  from unnest($2::integer[], $3::text[], $4::integer[]) as wanted(tenant, name, owners_max)
 cross join lateral (
   select h.owner, h.position
     from es.claims h
    where (h.shard, h.tenant, h.name) = ($1, wanted.tenant, wanted.name)
    order by h.position, h.owner
    limit wanted.owners_max
 ) held
 order by held.position, held.owner
"""
LAST = f"""
select {_EVENT}
  from es.events e
 where e.shard = $1
   and e.tenant = $2
   and e.stream = $3
 order by e.version desc
 limit 1
"""
HEAD = "select coalesce((select position from es.events where shard = $1 order by position desc limit 1), 0)"
PRUNE = """
delete from es.idempotency
 where (shard, tenant, key) in (
         select shard, tenant, key
           from es.idempotency
          where shard = $1
            and recorded_at < $2
          order by recorded_at
          limit $3
       )
"""


class EventStore:
    """The log on one Postgres. Every method raises StoreUnavailable when that is away."""

    def __init__(self, pool: FairPool) -> None:
        self.pool = pool
        self._appends = GroupCommit(pool.url, pool.role)
        self._streams: Gather[tuple[int, str], list[Recorded]] = Gather(self._read_now)
        self._keys: Gather[tuple[int, str], KeyRecord] = Gather(self._keys_now)
        self._holders: Gather[tuple[int, str, int], list[str]] = Gather(self._holders_now)

    @classmethod
    async def open(cls, database_url: str, *, pool_size: int) -> "EventStore":
        """A store with at most `pool_size` connections for reads, and one for appends per shard."""
        return cls(await FairPool.open(database_url, pool_size))

    async def append(self, append: Append) -> Appended:
        """Writes all of it or nothing, durable when this returns; see `eventstore.errors` for what it raises.

        A caller that is cancelled meanwhile cannot know whether it was written.
        """
        return await self._appends.append(append)

    async def read(self, tenant: Tenant, stream: str) -> list[Recorded]:
        """All events of a stream, oldest first; none when there is no such stream."""
        return await self._streams.get(tenant.shard, (tenant.number, stream)) or []

    async def read_many(self, tenant: Tenant, streams: Sequence[str]) -> dict[str, list[Recorded]]:
        """All events of these streams; streams that do not exist are left out."""
        wanted = [(tenant.number, stream) for stream in dict.fromkeys(streams)]
        found = await self._read_now(tenant.shard, wanted) if wanted else {}
        return {stream: events for (_, stream), events in found.items()}

    async def read_up_to(self, tenant: Tenant, versions: Mapping[str, int]) -> dict[str, list[Recorded]]:
        """The events of these streams, each up to and with the version named."""
        streams, last = list(versions), list(versions.values())
        rows = await self.pool.fetch(READ_UP_TO, tenant.shard, tenant.number, streams, last) if streams else []
        return {stream: events for (_, stream), events in _by_stream(rows).items()}

    async def key(self, tenant: Tenant, key: str) -> KeyRecord | None:
        """What came of the request with this idempotency key."""
        return await self._keys.get(tenant.shard, (tenant.number, key))

    async def last(self, tenant: Tenant, stream: str) -> Recorded | None:
        """The newest event of a stream."""
        row = await self.pool.fetchrow(LAST, tenant.shard, tenant.number, stream)
        return None if row is None else Recorded(*row)

    async def holders(self, tenant: Tenant, name: str, limit: int) -> list[str]:
        """Who has claimed this name and not released it, oldest claim first; as current as the log."""
        return await self._holders.get(tenant.shard, (tenant.number, name, limit)) or []

    async def tail(self, shard: int, after: int, limit: int) -> list[Recorded]:
        """The events that follow position `after`. A reader that has seen n has seen everything up to n."""
        return [Recorded(*row) for row in await self.pool.fetch(TAIL, shard, after, min(limit, TAIL_EVENTS_MAX))]

    async def between(self, shard: int, after: int, until: int, types: Collection[str] | None = None) -> list[Recorded]:
        """The events after `after` up to `until`, of these types only."""
        wanted = None if types is None else list(types)
        return [Recorded(*row) for row in await self.pool.fetch(BETWEEN, shard, after, until, wanted)]

    async def head(self, shard: int) -> int:
        """The position of the last event; 0 for an empty log."""
        return await self.pool.fetchval(HEAD, shard)

    async def event(self, tenant: Tenant, event_id: UUID) -> Recorded | None:
        """The event with this id, if the tenant has it."""
        row = await self.pool.fetchrow(BY_ID, tenant.shard, tenant.number, event_id)
        return None if row is None else Recorded(*row)

    async def by_positions(self, shard: int, positions: Sequence[int]) -> list[Recorded]:
        """The events at these positions, in the order of the log."""
        return [Recorded(*row) for row in await self.pool.fetch(AT, shard, list(positions))]

    async def prune_keys(self, shard: int, before: datetime, limit: int) -> int:
        """Forgets idempotency keys recorded before that instant, at most `limit`; returns how many."""
        return int((await self.pool.execute(PRUNE, shard, before, limit)).split()[-1])

    @property
    def flushed(self) -> tuple[int, int]:
        """How many batches were appended by this process, and how many appends they held."""
        return self._appends.flushes, self._appends.appends

    async def close(self) -> None:
        """Lets the appends under way finish, then closes every connection."""
        await self._appends.close()
        await self.pool.close()

    async def _read_now(self, shard: int, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[Recorded]]:
        rows = await self.pool.fetch(READ, shard, [tenant for tenant, _ in wanted], [stream for _, stream in wanted])
        return _by_stream(rows)

    async def _keys_now(self, shard: int, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], KeyRecord]:
        rows = await self.pool.fetch(KEYS, shard, [tenant for tenant, _ in wanted], [key for _, key in wanted])
        return {(row[0], row[1]): KeyRecord(*row[2:]) for row in map(tuple, rows)}

    async def _holders_now(
        self, shard: int, wanted: Sequence[tuple[int, str, int]]
    ) -> dict[tuple[int, str, int], list[str]]:
        found: dict[tuple[int, str, int], list[str]] = {}
        for *name, owner in await self.pool.fetch(HOLDERS, shard, *map(list, zip(*wanted, strict=True))):
            found.setdefault((name[0], name[1], name[2]), []).append(owner)
        return found


def _by_stream(rows: Iterable[Any]) -> dict[tuple[int, str], list[Recorded]]:
    """The events of each (tenant, stream), in the order of their versions."""
    found: dict[tuple[int, str], list[Recorded]] = {}
    for row in rows:
        event = Recorded(*row)
        found.setdefault((event.tenant, event.stream), []).append(event)
    for events in found.values():
        events.sort(key=attrgetter("version"))
    return found


__all__ = [
    "NO_STREAM",
    "Append",
    "Appended",
    "Claim",
    "ClaimTaken",
    "DataKeyDestroyed",
    "DataKeyExists",
    "DataKeyRow",
    "EventStore",
    "Head",
    "Key",
    "KeyRecord",
    "KeyReplayed",
    "KeyReused",
    "NewEvent",
    "OutcomeUnknown",
    "Recorded",
    "Release",
    "Slice",
    "StoreError",
    "StoreUnavailable",
    "VersionConflict",
]
