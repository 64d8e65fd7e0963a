"""Those who watch a race, and those who disturb it."""

import asyncio
import time
from collections import Counter

import asyncpg

from eventstore.batch import Batch
from eventstore.ids import uuid7
from eventstore.store import EventStore, StoreError
from eventstore.tenants import Tenant
from tests.eventstore.examples import one

SLOW_TRANSACTION_SECONDS = 1.5
SLOW_APPEND_SECONDS = 0.15
KILL_EVERY_SECONDS = 0.6
TAIL_EVENTS = 500

AN_APPENDER = """
select pid
  from pg_stat_activity
 where datname = current_database()
   and query like 'select es.append%'
   and pid <> all ($1::integer[])
 -- One that is idle loses nothing by it.
 order by state = 'active' desc, random()
 limit 1
"""


class Tailer:
    """Reads one shard's log as it grows. Whatever it has passed by must never change or be joined by another."""

    def __init__(self, shard: int) -> None:
        self.shard = shard
        self.seen: list[str] = []
        self.wrong: list[str] = []
        self._versions: dict[tuple[int, str], int] = {}

    async def follow(self, store: EventStore, finished: asyncio.Event) -> None:
        """Until `finished` is set and nothing is left to read."""
        while True:
            last_round = finished.is_set()
            try:
                events = await store.tail(self.shard, len(self.seen), TAIL_EVENTS)
            except StoreError:
                continue
            for event in events:
                self._pass(event.position, (event.tenant, event.stream), event.version, str(event.event_id))
            if not events:
                if last_round:
                    return
                await asyncio.sleep(0.002)

    def _pass(self, position: int, stream: tuple[int, str], version: int, event_id: str) -> None:
        if position != len(self.seen) + 1:
            self.wrong.append(f"position {position} follows {len(self.seen)}")
        if version != self._versions.get(stream, 0) + 1:
            self.wrong.append(f"version {version} of {stream} follows {self._versions.get(stream, 0)}")
        self.seen.append(event_id)
        self._versions[stream] = version


class Chaos:
    """Slow transactions, appends that are long in committing or never do, and backends that die."""

    def __init__(self, url: str, until: float) -> None:
        self.url = url
        self.until = until
        self.done: Counter[str] = Counter()
        self._spared: list[int] = []

    async def slow_transaction(self) -> None:
        """Writes something else and stays open: it must hold up nobody, reader or writer."""
        connection = await self._connection()
        await connection.execute("create table public.noise (n integer)")
        while time.monotonic() < self.until:
            async with connection.transaction(isolation="repeatable_read"):
                await connection.execute("insert into public.noise values (1)")
                await asyncio.sleep(SLOW_TRANSACTION_SECONDS)
            self.done["slow transactions"] += 1
        await connection.close()

    async def slow_appends(self, tenant: Tenant) -> None:
        """Appends that keep their transaction open; every other one is rolled back."""
        connection = await self._connection()
        for n in range(1_000_000):
            if time.monotonic() >= self.until:
                break
            transaction = connection.transaction()
            await transaction.start()
            batch = Batch(tenant.shard, [one(tenant, f"slow-{uuid7().hex}", events=2)])
            await connection.fetchval(Batch.CALL, *batch.arguments())
            await asyncio.sleep(SLOW_APPEND_SECONDS)
            if n % 2:
                await transaction.rollback()
                self.done["slow appends rolled back"] += 1
            else:
                await transaction.commit()
                self.done["slow appends committed"] += 1
            await asyncio.sleep(SLOW_APPEND_SECONDS)
        await connection.close()

    async def terminations(self) -> None:
        """Ends the backend of some writer, again and again."""
        connection = await self._connection()
        while time.monotonic() < self.until:
            await asyncio.sleep(KILL_EVERY_SECONDS)
            victim = await connection.fetchval(AN_APPENDER, self._spared)
            if victim is not None and await connection.fetchval("select pg_terminate_backend($1)", victim):
                self.done["backends terminated"] += 1
        await connection.close()

    async def _connection(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self.url)
        self._spared.append(connection.get_server_pid())
        return connection
