"""Rebuilding a read model beside the one that serves, and swapping them in one transaction.

The log goes on meanwhile. Indexes are made after the bulk of the events; what was written in the meantime is caught
up; then, while the live one stands still for a moment, both are brought to the same event, compared, and swapped.
"""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from msgspec import Struct

from eventstore.checkpoints import Checkpoint, add, move, remove
from eventstore.connection import APP_ROLE, connect
from eventstore.pool import Connection
from projections.engine import write
from projections.erasing import forget_more
from projections.projection import Projection, live_schema, next_schema
from projections.registry import KEEPING, UNOPENED
from projections.setup import create_tables
from services.core.engine import Engine
from services.core.event import Fact

BATCH_EVENTS = 5_000
# Closer than this to the head, the rest is done while the live one stands still.
NEAR_EVENTS = 1_000
# A live one that is further behind is not brought up to be compared: it would hold the log up for as long.
COMPARED_BEHIND_MAX = 20_000
# An index of many small entries is made several times as fast when it need not be merged again and again.
INDEX_MEMORY = "256MB"
LOCK = 1346716534

LIVE = """
select shard, reader, revision, position, state, reason, event_id, updated_at
  from es.checkpoints
 where reader = $1
 order by shard
   for update
"""

# Of all rows, whatever their order. A fifth of the work of putting them side by side, which is done where sums differ.
SUM = "select row(count(*), sum(hash_record_extended(each, 0))) from ({}) as each"

Progress = Callable[[int, int], Any]


class RebuildUnderWay(Exception):
    """Somebody else is rebuilding this read model at the moment."""


class Rebuilt(Struct, frozen=True, kw_only=True):
    """`differing`: rows that the rebuilt tables have and the live ones had not, or the other way round; none where
    there was nothing to compare them with: another revision, one that was far behind, or one in which an erasure was
    not done yet."""

    events: int
    differing: int


async def rebuild(engine: Engine, database_url: str, projection: Projection, on_progress: Progress) -> Rebuilt:
    """Rebuilds from an empty read model and swaps. Needs a user who may create schemas. Interrupted, it leaves the
    live one as it was and can be started again. Raises RebuildUnderWay."""
    connection = await connect(database_url, {})
    try:
        if not await connection.fetchval("select pg_try_advisory_lock($1, hashtext($2))", LOCK, projection.name):
            raise RebuildUnderWay(projection.name)
        return await _Rebuild(engine, connection, projection, on_progress).run()
    finally:
        await connection.close()


class _Rebuild:
    def __init__(self, engine: Engine, connection: Connection, projection: Projection, on_progress: Progress) -> None:
        self.engine = engine
        self.connection = connection
        self.projection = projection
        self.on_progress = on_progress
        self.schema = next_schema(projection.name)
        self.reached: dict[int, int] = {}
        self.total = 0

    async def run(self) -> Rebuilt:
        shards = await self._prepare()
        for shard in shards:
            self.reached[shard] = 0
        heads = {shard: await self.engine.store.head(shard) for shard in shards}
        self.total = sum(heads.values())
        for shard, head in heads.items():
            await self._up_to(shard, head)
        async with self.connection.transaction():
            await self.connection.execute(f"set local search_path to {self.schema}, public")
            await self.connection.execute(f"set local maintenance_work_mem = '{INDEX_MEMORY}'")
            await self.connection.execute(self.projection.indexes)
        await self._analyze()
        for shard in shards:
            while (head := await self.engine.store.head(shard)) - self.reached[shard] > NEAR_EVENTS:
                await self._up_to(shard, head)
            await self._forget(shard)
        return await self._swap()

    async def _prepare(self) -> list[int]:
        await self.connection.execute(f"drop schema if exists {self.schema} cascade")
        has_role = await self.connection.fetchval("select count(*) > 0 from pg_roles where rolname = $1", APP_ROLE)
        async with self.connection.transaction():
            await create_tables(self.connection, self.projection, self.schema, owner=has_role, indexes=False)
        rows = await self.connection.fetch(
            "select distinct shard from es.checkpoints where reader = $1 order by shard", self.projection.name
        )
        return [row[0] for row in rows]

    async def _analyze(self) -> None:
        """The swapped-in tables must not be planned for, nor searched, as if they were empty."""
        for table in self.projection.compared:
            await self.connection.execute(f"analyze {self.schema}.{table}")

    async def _up_to(self, shard: int, last: int) -> None:
        """Projects everything up to position `last` into the new tables. While a batch is written, the next is read."""
        bounds = [*range(self.reached[shard], last, BATCH_EVENTS), last]
        reading: asyncio.Task[list[Fact]] | None = None
        try:
            for after, until in pairwise(bounds):
                facts = await (reading or self._read(shard, after, until))
                ahead = min(last, until + BATCH_EVENTS)
                reading = asyncio.create_task(self._read(shard, until, ahead)) if ahead > until else None
                async with self.connection.transaction():
                    await self.connection.execute("set local synchronous_commit = off")
                    await write(self.connection, self.projection, self.schema, facts)
                self.reached[shard] = until
                self.on_progress(sum(self.reached.values()), max(self.total, sum(self.reached.values())))
        finally:
            if reading is not None:
                reading.cancel()

    async def _forget(self, shard: int) -> None:
        """Does what erasures that were met on the way have left to do; without indexes each would search everything."""
        table, forgotten = KEEPING.get(self.projection.name), 1
        while table is not None and forgotten:
            async with self.connection.transaction():
                await self.connection.execute(f"set local search_path to {self.schema}, public")
                forgotten = await forget_more(self.connection, table, shard)

    async def _read(self, shard: int, after: int, until: int) -> list[Fact]:
        recorded = await self.engine.store.between(shard, after, until, self.projection.wants)
        return await self.engine.decode(recorded, opened=self.projection.name not in UNOPENED)

    async def _write(self, shard: int, until: int) -> None:
        facts = await self._read(shard, self.reached[shard], until)
        await write(self.connection, self.projection, self.schema, facts)

    async def _swap(self) -> Rebuilt:
        name = self.projection.name
        async with self.connection.transaction():
            # Holding its checkpoints, the live one stands still; the projector passes over it until we are done.
            live = [Checkpoint(*row) for row in await self.connection.fetch(LIVE, name)]
            comparable = [await self._write_to(checkpoint) for checkpoint in live]
            comparing = all(comparable) and not await self._forgetting()
            differing = await self._differing() if comparing else 0
            await self.connection.execute(f"drop schema {live_schema(name)} cascade")
            await self.connection.execute(f"alter schema {self.schema} rename to {live_schema(name)}")
            for checkpoint in live:
                await remove(self.connection, checkpoint.shard, name, checkpoint.revision)
                await add(self.connection, checkpoint.shard, name, self.projection.revision, "live")
                moved = Checkpoint(
                    checkpoint.shard, name, self.projection.revision, 0, "live", None, None, checkpoint.updated_at
                )
                await move(self.connection, moved, self.reached[checkpoint.shard])
        return Rebuilt(events=sum(self.reached.values()), differing=differing)

    async def _write_to(self, checkpoint: Checkpoint) -> bool:
        """To the very event where the live one stands, or the live one to where we stand; where the live one stopped,
        to the end of the log. Returns whether both stand at the same event and are made by the same code."""
        shard = checkpoint.shard
        target = checkpoint.position
        behind = self.reached[shard] - target
        same_code = checkpoint.state == "live" and checkpoint.revision == self.projection.revision
        if checkpoint.state != "live":
            target = max(self.reached[shard], await self.engine.store.head(shard))
        elif 0 < behind <= COMPARED_BEHIND_MAX and same_code:
            missing = await self.engine.store.between(shard, target, self.reached[shard], self.projection.wants)
            live = live_schema(self.projection.name)
            await write(self.connection, self.projection, live, await self.engine.decode(missing))
        if target > self.reached[shard]:
            await self._write(shard, target)
            self.reached[shard] = target
        return same_code and behind <= COMPARED_BEHIND_MAX

    async def _forgetting(self) -> bool:
        """Whether one of the two has an erasure to go on with, which each does piece by piece at its own pace."""
        name = self.projection.name
        schemas = (live_schema(name), self.schema) if name in KEEPING else ()
        left = [await self.connection.fetchval(f"select exists (select from {each}.erasing)") for each in schemas]
        return any(left)

    async def _differing(self) -> int:
        return await differing(self.connection, self.projection, live_schema(self.projection.name), self.schema)


async def differing(connection: Connection, projection: Projection, one: str, other: str) -> int:
    """How many rows stand in the tables of one schema and not in those of the other, both ways."""
    count = 0
    for table, columns in projection.compared.items():
        a, b = f"select {columns} from {one}.{table}", f"select {columns} from {other}.{table}"
        if await connection.fetchval(f"select ({SUM.format(a)}) = ({SUM.format(b)})"):
            continue
        count += await connection.fetchval(
            f"select count(*) from (({a} except all {b}) union all ({b} except all {a})) as differing"
        )
    return count
