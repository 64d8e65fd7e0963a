"""Group commit: the appends of many callers share one statement and one fsync.

While a flush is in Postgres the next batch forms. One lane per shard and process: the shard's lock serialises
flushes anyway, and bigger batches cost less per append.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

import asyncpg

from eventstore.batch import Batch, Outcome
from eventstore.connection import Connection, certain, connect
from eventstore.errors import OutcomeUnknown, StoreUnavailable
from eventstore.record import Append, Appended

EVENTS_A_FLUSH_MAX = 512
WAITING_MAX = 20_000
RECONNECT_SECONDS_FIRST = 0.02
RECONNECT_SECONDS_MAX = 1.0

# The lane runs one statement only: its plan is pinned to nested loops over the unique indexes. A plan made while
# the log was empty would otherwise scan the whole of it later.
LANE_SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "lock_timeout": "5s",
    "statement_timeout": "10s",
}

Waiting = tuple[Append, "asyncio.Future[Appended]"]
Touch = tuple[int, str, str]


class GroupCommit:
    """Takes appends for any shard; each caller hears of its own alone."""

    def __init__(self, url: str, role: str | None) -> None:
        self._url = url
        self._role = role
        self._lanes: dict[int, _Lane] = {}

    def append(self, append: Append) -> "asyncio.Future[Appended]":
        """A future of the append; cancelling it does not take back what was sent."""
        lane = self._lanes.get(append.tenant.shard)
        if lane is None:
            lane = self._lanes[append.tenant.shard] = _Lane(append.tenant.shard, self._url, self._role)
        return lane.add(append)

    @property
    def flushes(self) -> int:
        """How many batches were sent so far, over all shards."""
        return sum(lane.flushes for lane in self._lanes.values())

    @property
    def appends(self) -> int:
        """How many appends those batches held."""
        return sum(lane.appends for lane in self._lanes.values())

    async def close(self) -> None:
        """Lets what is under way finish."""
        for lane in self._lanes.values():
            await lane.close()


class _Lane:
    def __init__(self, shard: int, url: str, role: str | None) -> None:
        self.shard = shard
        self.flushes = 0
        self.appends = 0
        self._url = url
        self._role = role
        self._waiting: deque[Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._statement: Any = None
        self._pause_seconds = 0.0

    def add(self, append: Append) -> "asyncio.Future[Appended]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Appended] = loop.create_future()
        if len(self._waiting) >= WAITING_MAX:
            future.set_exception(StoreUnavailable("too many appends are waiting"))
            return future
        self._waiting.append((append, future))
        if self._task is None:
            # It starts with the next turn of the loop, so that all callers of this turn share its first flush.
            self._task = loop.create_task(self._drain())
        return future

    async def close(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _drain(self) -> None:
        batch: Sequence[Waiting] = ()
        try:
            while self._waiting:
                batch = self._take()
                for (_, future), outcome in zip(batch, await self._flush([append for append, _ in batch]), strict=True):
                    if future.done():
                        continue
                    if isinstance(outcome, Appended):
                        future.set_result(outcome)
                    else:
                        future.set_exception(outcome)
        finally:
            self._task = None
            # Whatever ends this lane, nobody is left waiting for an answer that will not come.
            for _, future in (*batch, *self._waiting):
                if not future.done():
                    future.set_exception(OutcomeUnknown("the append lane ended"))
            self._waiting.clear()

    def _take(self) -> list[Waiting]:
        """The next batch. What cannot be decided beside an earlier append waits for the next one, in order."""
        taken: list[Waiting] = []
        later: list[Waiting] = []
        changed: set[Touch] = set()
        relied_on: set[Touch] = set()
        events = 0
        while self._waiting and events < EVENTS_A_FLUSH_MAX:
            append, future = self._waiting.popleft()
            if future.cancelled():
                continue
            changes, relies_on = _touches(append)
            if (
                changed.isdisjoint(changes)
                and relied_on.isdisjoint(changes)
                and (not relies_on or changed.isdisjoint(relies_on))
            ):
                taken.append((append, future))
                events += max(1, append.events)
            else:
                later.append((append, future))
            # What waits counts as well: nobody overtakes it.
            changed.update(changes)
            relied_on.update(relies_on)
        self._waiting.extendleft(reversed(later))
        return taken

    async def _flush(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        self.flushes += 1
        self.appends += len(appends)
        try:
            await self._connected()
        except StoreUnavailable as problem:
            return [problem] * len(appends)
        batch = Batch(self.shard, appends)
        try:
            arguments = batch.arguments()
        except Exception as problem:  # An append that cannot even be put into bytes: nothing was sent.
            return [problem] if len(appends) == 1 else await self._one_by_one(appends)
        try:
            return batch.outcomes(await self._statement.fetchval(*arguments))
        except asyncpg.LockNotAvailableError:
            return [StoreUnavailable("the log is busy")] * len(appends)
        except Exception as problem:  # Every caller must hear of it; a lane that dies would leave them hanging.
            if not certain(problem):
                self._disconnect()
                return [OutcomeUnknown(f"lost the connection during an append: {problem!r}")] * len(appends)
            if len(appends) == 1:
                return [problem]
        # Rolled back for certain, because of one of them.
        return await self._one_by_one(appends)

    async def _one_by_one(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Sent alone, each hears of its own fault only."""
        return [(await self._flush([append]))[0] for append in appends]

    async def _connected(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        if self._pause_seconds:
            await asyncio.sleep(self._pause_seconds)
        try:
            self._connection = await connect(self._url, LANE_SETTINGS, self._role)
            self._statement = await self._connection.prepare(Batch.CALL)
        except StoreUnavailable:
            self._slow_down()
            raise
        except Exception as problem:  # asyncpg has many words for a connection that died while it was made ready.
            self._disconnect()
            self._slow_down()
            raise StoreUnavailable(f"cannot prepare to append: {problem}") from None
        self._pause_seconds = 0.0

    def _slow_down(self) -> None:
        self._pause_seconds = min(RECONNECT_SECONDS_MAX, self._pause_seconds * 2 or RECONNECT_SECONDS_FIRST)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None


def _touches(append: Append) -> tuple[list[Touch], list[Touch]]:
    """What the append changes or must have to itself, and what it only relies on, which others may do beside it."""
    tenant = append.tenant.number
    # Most appends have one or two of these, so that no more is made than is needed.
    changes: list[Touch] = []
    relies_on: list[Touch] = []
    for each in append.slices:
        (changes if each.events else relies_on).append((tenant, "stream", each.stream))
    if append.key is not None:
        changes.append((tenant, "key", append.key.key))
    for claim in append.claims:
        # Shared claims stand beside each other, but an exclusive one must see those that came before it.
        (changes if claim.exclusive else relies_on).append((tenant, "name", claim.name))
    for release in append.releases:
        changes.append((tenant, "name", release.name))
    for row in append.data_keys:
        changes.append((tenant, "subject", row.subject))
    for subject in append.shreds:
        changes.append((tenant, "subject", subject))
    for subject in append.sealed:
        relies_on.append((tenant, "subject", subject))
    return changes, relies_on
