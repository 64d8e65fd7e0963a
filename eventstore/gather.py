"""Point reads that arrive together leave together: one query for all that were asked for in the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
KEYS_A_QUERY_MAX = 256


class Gather(Generic[K, V]):
    """Calls `fetch(shard, keys)` for the keys of many callers. While one query runs, the next batch forms."""

    def __init__(self, fetch: Callable[[int, Sequence[K]], Awaitable[Mapping[K, V]]], lanes: int = 4) -> None:
        self._fetch = fetch
        self._idle_lanes = lanes
        self._waiting: dict[int, dict[K, asyncio.Future[V | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, shard: int, key: K) -> V | None:
        """The value of `key`; None when it has none. Callers of one key share one answer."""
        waiting = self._waiting.setdefault(shard, {})
        future = waiting.get(key)
        if future is None:
            future = waiting[key] = asyncio.get_running_loop().create_future()
            self._start_lane()
        # A caller that goes away must not take the answer from the others.
        return await asyncio.shield(future)

    def _start_lane(self) -> None:
        if self._idle_lanes:
            self._idle_lanes -= 1
            task = asyncio.get_running_loop().create_task(self._lane())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _lane(self) -> None:
        try:
            while self._waiting:
                shard, waiting = next(iter(self._waiting.items()))
                keys = list(waiting)[:KEYS_A_QUERY_MAX]
                batch = {key: waiting.pop(key) for key in keys}
                if not waiting:
                    del self._waiting[shard]
                await self._answer(shard, batch)
        finally:
            self._idle_lanes += 1

    async def _answer(self, shard: int, batch: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._fetch(shard, list(batch))
        except Exception as problem:  # Each caller gets it: one lane must not die of one query.
            for future in batch.values():
                if not future.done():
                    future.set_exception(problem)
                    # Where every caller has gone away, nobody is left to look at it.
                    future.exception()
            return
        for key, future in batch.items():
            if not future.done():
                future.set_result(found.get(key))
