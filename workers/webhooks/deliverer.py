"""The engine of webhooks in one worker: takes new events to the queue, claims what is due, sends, writes results.

It looks when it is woken and at every tick; what it finds stands in Postgres, so that a wake-up that is lost costs a
tick and nothing else. Any number of workers may do this beside each other.
"""

import asyncio
from collections import Counter
from contextlib import suppress

from eventstore.connection import LOST
from eventstore.store import OutcomeUnknown, StoreUnavailable
from services.core.engine import Engine
from services.core.log import get_logger
from workers.webhooks.fan_out import fan_out, set_up
from workers.webhooks.metrics import count_backlog, count_try
from workers.webhooks.queue import claim_due
from workers.webhooks.replays import go_on
from workers.webhooks.results import Tried, prune, record
from workers.webhooks.sending import Sender
from workers.webhooks.trying import Prepared, prepared, tried

AWAY = (StoreUnavailable, OutcomeUnknown, *LOST)
AWAY_SECONDS = 1.0
# Results that come within this time are written together.
TOGETHER_SECONDS = 0.004
WRITE_TRIES_MAX = 5
# Tries under way in one worker, to all endpoints together.
FLYING_MAX = 1_000
STOP_SECONDS_MAX = 5.0
HOUSEKEEPING_SECONDS = 15.0

log = get_logger("webhooks")


class Deliverer:
    """Delivers what one shard has to tell."""

    def __init__(self, engine: Engine, sender: Sender, shard: int, tick_seconds: float) -> None:
        self._engine = engine
        self._sender = sender
        self._shard = shard
        self._tick_seconds = tick_seconds
        self._woken = asyncio.Event()
        self._flying: Counter[str] = Counter()
        self._tries: set[asyncio.Task[None]] = set()
        self._results: list[Tried] = []
        self._has_results = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins; must be called on the event loop."""
        loops = (self._look(), self._write(), self._keep_house())
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def stop(self) -> None:
        """Claims no more, lets what is under way come to its end if that is soon, and writes the results."""
        look, write, house = self._tasks
        for task in (look, house):
            task.cancel()
        if self._tries:
            await asyncio.wait(self._tries, timeout=STOP_SECONDS_MAX)
        for task in self._tries:
            task.cancel()
        write.cancel()
        await asyncio.gather(*self._tasks, *self._tries, return_exceptions=True)
        if self._results:
            with suppress(*AWAY):
                await record(self._engine, self._shard, self._results)

    async def turn(self) -> int:
        """One look: new events, replays, and what is due; returns how much there was."""
        moved = await fan_out(self._engine, self._shard)
        again = await go_on(self._engine, self._shard)
        return moved + again + await self._claim()

    async def _look(self) -> None:
        ready = False
        while True:
            self._woken.clear()
            found = 0
            try:
                if not ready:
                    await set_up(self._engine, self._shard)
                    ready = True
                found = await self.turn()
            except AWAY as problem:
                log.warning("webhooks_wait", shard=self._shard, reason=str(problem))
                await asyncio.sleep(AWAY_SECONDS)
            except Exception as problem:  # It must not stop for good, whatever it is.
                log.error("webhooks_failed", shard=self._shard, exc_info=problem)
                await asyncio.sleep(AWAY_SECONDS)
            if not found:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._tick_seconds)

    async def _claim(self) -> int:
        if len(self._tries) >= FLYING_MAX:
            return 0
        engine = self._engine
        flying = {endpoint: count for endpoint, count in self._flying.items() if count}
        claimed = await claim_due(engine.store.pool, self._shard, engine.clock.now(), flying)
        if not claimed:
            return 0
        for ready in await prepared(engine, claimed):
            self._flying[ready.claimed.endpoint] += 1
            task = asyncio.create_task(self._try(ready))
            self._tries.add(task)
            task.add_done_callback(self._tries.discard)
        return len(claimed)

    async def _try(self, ready: Prepared) -> None:
        try:
            result = await tried(self._engine, self._sender, ready)
        except AWAY as problem:
            # The claim runs out, and the delivery is tried again.
            log.warning("webhook_not_tried", delivery=ready.claimed.id, reason=str(problem))
        except Exception as problem:
            log.error("webhook_try_failed", delivery=ready.claimed.id, exc_info=problem)
        else:
            self._results.append(result)
            self._has_results.set()
            count_try(result)
        finally:
            self._flying[ready.claimed.endpoint] -= 1

    async def _write(self) -> None:
        while True:
            await self._has_results.wait()
            await asyncio.sleep(TOGETHER_SECONDS)
            self._has_results.clear()
            results, self._results = self._results, []
            for last_try in range(WRITE_TRIES_MAX - 1, -1, -1):
                try:
                    await record(self._engine, self._shard, results)
                    break
                except AWAY as problem:
                    # At worst the claims run out, and these are sent once more.
                    log.warning("webhook_results_wait", count=len(results), reason=str(problem), left=last_try)
                    await asyncio.sleep(AWAY_SECONDS)
                except Exception as problem:
                    log.error("webhook_results_lost", count=len(results), exc_info=problem)
                    break
            self.wake()

    async def _keep_house(self) -> None:
        while True:
            await self._sender.sweep()
            with suppress(*AWAY):
                await prune(self._engine.store.pool, self._shard, self._engine.clock.now())
                await count_backlog(self._engine.store.pool, self._shard)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
