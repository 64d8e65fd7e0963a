"""Reading your own writes: a read waits until the read models have what its tenant had written before it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from eventstore.pool import FairPool
from eventstore.store import EventStore
from eventstore.tenants import Tenant
from services.core.operation import Call

T = TypeVar("T")

WAIT_SECONDS = 2.0
POLL_SECONDS = 0.004

# The tenant's last event that one of the readers has not reached; null when they have reached all of them. Far behind,
# the end of the log stands for it: looking for the tenant's own last one would take longer than anybody waits.
BEHIND = """
select case
         when head.position - least.position > 10000
         then head.position
         else (
           select max(e.position)
             from es.events e
            where e.shard = $1
              and e.tenant = $2
              and e.position > least.position
         )
       end
  from (
         select coalesce(min(c.position), 0) as position
           from es.checkpoints c
          where c.shard = $1
            and c.reader = any ($3::text[])
       ) least,
       (
         select coalesce((select e.position from es.events e where e.shard = $1 order by e.position desc limit 1), 0)
                as position
       ) head
"""
RING = """
select coalesce((select e.position from es.events e where e.shard = $1 order by e.position desc limit 1), 0),
       (select c.position from es.checkpoints c where c.shard = $1 and c.reader = 'key_ring' limit 1)
"""
REACHED = """
select reader, position
  from es.checkpoints
 where shard = $1
"""


class ReadSide:
    """What reads need of the read models: a pool, and the word on whether they are fresh."""

    def __init__(self, store: EventStore, wait_seconds: float = WAIT_SECONDS) -> None:
        self._store = store
        self._wait_seconds = wait_seconds
        self._watches: dict[int, _Watch] = {}
        self._kept: dict[str, tuple[float, asyncio.Task[Any]]] = {}

    @property
    def pool(self) -> FairPool:
        """Where the read models are."""
        return self._store.pool

    async def now_and_then(self, query: str, seconds: float, form: Callable[[Sequence[Any]], T]) -> T:
        """What `form` makes of the rows of a query, which may have been asked so long ago. It is asked once for all
        who come meanwhile; what failed is asked again by the next."""

        async def ask() -> T:
            return form(await self.pool.fetch(query))

        now = time.monotonic()
        asked_at, asked = self._kept.get(query, (float("-inf"), None))
        failed = asked is not None and asked.done() and (asked.cancelled() or asked.exception() is not None)
        if asked is None or failed or asked_at + seconds < now:
            asked = asyncio.create_task(ask())
            self._kept[query] = (now, asked)
        # One who leaves does not take it away from the others.
        return await asyncio.shield(asked)

    async def fresh(self, tenant: Tenant, readers: Sequence[str]) -> bool:
        """Waits until these read models have the tenant's last event of this moment; False when that takes too long."""
        target = await self.pool.fetchval(BEHIND, tenant.shard, tenant.number, list(readers))
        return target is None or await self.reached(tenant.shard, readers, target)

    async def ring_fresh(self, shard: int) -> None:
        """Waits until the key ring has the whole shard as of this moment, or until that takes too long."""
        head, position = await self.pool.fetchrow(RING, shard)
        if head > (position or 0):
            await self.reached(shard, ("key_ring",), head)

    async def reached(self, shard: int, readers: Sequence[str], target: int) -> bool:
        """Waits until these read models have the event at `target`; False when that takes too long."""
        watch = self._watches.get(shard)
        if watch is None:
            watch = self._watches[shard] = _Watch(self.pool, shard)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await watch.reached(readers, target)
        except TimeoutError:
            return False
        return True


async def is_fresh(call: Call[Any, Any], readers: Sequence[str]) -> bool:
    """Whether these read models hold all that the caller may have seen; waits for it, unless asked not to."""
    if call.headers.get("peaswap-consistency") == "eventual":
        return True
    return await call.service(ReadSide).fresh(call.envelope.tenant, readers)


class _Watch:
    """One query for all who wait on a shard, repeated for as long as anybody does."""

    def __init__(self, pool: FairPool, shard: int) -> None:
        self._pool = pool
        self._shard = shard
        self._waiting: list[tuple[frozenset[str], int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def reached(self, readers: Sequence[str], position: int) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((frozenset(readers), position, future))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        await future

    async def _watch(self) -> None:
        try:
            while self._waiting:
                reached: dict[str, int] = dict(map(tuple, await self._pool.fetch(REACHED, self._shard)))
                still: list[tuple[frozenset[str], int, asyncio.Future[None]]] = []
                for readers, position, future in self._waiting:
                    if future.done():
                        continue
                    if all(reached.get(reader, 0) >= position for reader in readers):
                        future.set_result(None)
                    else:
                        still.append((readers, position, future))
                self._waiting = still
                if still:
                    await asyncio.sleep(POLL_SECONDS)
        except Exception as problem:  # Those who wait must hear of it.
            for _, _, future in self._waiting:
                if not future.done():
                    future.set_exception(problem)
            self._waiting = []
        finally:
            self._task = None
