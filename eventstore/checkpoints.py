"""Where each reader of the log stands. A checkpoint is moved in the transaction of what its reader has done."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg.exceptions import UndefinedTableError
from msgspec import Struct

from eventstore.errors import StoreError
from eventstore.pool import Connection, FairPool

_FIELDS = "shard, reader, revision, position, state, reason, event_id, updated_at"

CLAIM = f"""
select {_FIELDS}
  from es.checkpoints
 where shard = $1
   and reader = any ($2::text[])
   and state = $3
 order by position
   for update skip locked
"""
MOVE = """
update es.checkpoints
   set position = $4,
       state = $5,
       reason = null,
       event_id = null,
       updated_at = clock_timestamp()
 where shard = $1
   and reader = $2
   and revision = $3
"""
MOVE_ALL = """
update es.checkpoints c
   set position = greatest(c.position, $4),
       reason = null,
       event_id = null,
       updated_at = clock_timestamp()
  from unnest($2::text[], $3::integer[]) as done(reader, revision)
 where c.shard = $1
   and c.reader = done.reader
   and c.revision = done.revision
"""
STOP = """
update es.checkpoints
   set position = $4,
       state = 'stopped',
       reason = $5,
       event_id = $6,
       updated_at = clock_timestamp()
 where shard = $1
   and reader = $2
   and revision = $3
"""
ADD = """
insert into es.checkpoints (shard, reader, revision, state)
values ($1, $2, $3, $4)
    on conflict (shard, reader, revision) do nothing
"""
SHARDS = "select coalesce(max(shard) + 1, 0) from es.checkpoints"
REMOVE = """
delete from es.checkpoints
 where shard = $1
   and reader = $2
   and revision = $3
"""


class ShardsMissing(StoreError):
    """The log has fewer shards than the setting says, or none."""


class ShardsLeftOut(StoreError):
    """The log has more shards than the setting says; nobody would look after them."""


class Checkpoint(Struct, frozen=True):
    """A reader in a revision of itself; `stopped` at an event that it could not take, with the reason."""

    shard: int
    reader: str
    revision: int
    position: int
    state: str
    reason: str | None
    event_id: UUID | None
    updated_at: datetime


async def claim(connection: Connection, shard: int, readers: Sequence[str], state: str = "live") -> list[Checkpoint]:
    """The readers that nobody else is moving at the moment, locked until this transaction ends; rearmost first."""
    return [Checkpoint(*row) for row in await connection.fetch(CLAIM, shard, list(readers), state)]


async def move(connection: Connection, checkpoint: Checkpoint, position: int, state: str | None = None) -> None:
    """The reader has done all events up to `position`."""
    await connection.execute(
        MOVE, checkpoint.shard, checkpoint.reader, checkpoint.revision, position, state or checkpoint.state
    )


async def move_all(connection: Connection, checkpoints: Sequence[Checkpoint], position: int) -> None:
    """These readers, of one shard and claimed by us, have done all events up to `position`, or were past it."""
    readers = [each.reader for each in checkpoints]
    revisions = [each.revision for each in checkpoints]
    await connection.execute(MOVE_ALL, checkpoints[0].shard, readers, revisions, position)


async def stop(
    connection: Connection, checkpoint: Checkpoint, position: int, reason: str, event_id: UUID | None
) -> None:
    """The reader has done all events up to `position` and cannot take the next one, `event_id`."""
    await connection.execute(STOP, checkpoint.shard, checkpoint.reader, checkpoint.revision, position, reason, event_id)


async def add(connection: Connection, shard: int, reader: str, revision: int, state: str) -> None:
    """A reader that starts at the beginning of the log; nothing when it exists."""
    await connection.execute(ADD, shard, reader, revision, state)


async def remove(connection: Connection, shard: int, reader: str, revision: int) -> None:
    """Forgets a reader."""
    await connection.execute(REMOVE, shard, reader, revision)


async def positions(pool: FairPool | Connection, shard: int) -> list[Checkpoint]:
    """Every reader of the shard, by name."""
    rows = await pool.fetch(f"select {_FIELDS} from es.checkpoints where shard = $1 order by reader, revision", shard)
    return [Checkpoint(*row) for row in rows]


async def check_shards(pool: FairPool | Connection, declared: int) -> None:
    """Raises ShardsMissing or ShardsLeftOut unless the log has been set up with `declared` shards."""
    try:
        found: int = await pool.fetchval(SHARDS)
    except UndefinedTableError:
        found = 0
    if found < declared:
        raise ShardsMissing(f"PEASWAP_SHARDS is {declared}, the log has {found}: run `./peaswap migrate`.")
    if found > declared:
        raise ShardsLeftOut(f"PEASWAP_SHARDS is {declared}, but the log has {found}: it can only grow.")
