"""One at a time, over all processes: who takes a turn has it alone until it ends, or until its process dies."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from eventstore.connection import LOST, Connection, connect
from eventstore.errors import StoreUnavailable
from eventstore.pool import STATEMENT_SETTINGS, FairPool

TAKE = "select pg_try_advisory_lock($1)"
GIVE_BACK = "select pg_advisory_unlock($1)"


class Turns:
    """Locks of Postgres on one connection of its own, which is open while any turn is taken. It is none of the pool's:
    who has a turn needs those."""

    def __init__(self, pool: FairPool) -> None:
        self._pool = pool
        self._connection: Connection | None = None
        self._taken: dict[int, asyncio.Timeout] = {}
        self._talking = asyncio.Lock()

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncGenerator[bool]:
        """Whether the turn `name` is the caller's; nobody waits for it. When the connection is lost, and the lock with
        it, somebody else may have the turn: what the caller does inside is broken off, and StoreUnavailable raised."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        if key in self._taken:
            yield False
            return
        turn = self._taken[key] = asyncio.timeout(None)
        try:
            async with turn:
                try:
                    yield await self._ask(TAKE, key)
                finally:
                    del self._taken[key]
                    await self._leave(key)
        except TimeoutError:
            if not turn.expired():
                raise
            raise StoreUnavailable(f"lost the connection to Postgres that held the turn {name!r}") from None

    async def _ask(self, query: str, key: int) -> bool:
        async with self._talking:
            if self._connection is None:
                self._connection = await connect(self._pool.url, STATEMENT_SETTINGS, self._pool.role)
                self._connection.add_termination_listener(self._lost)
            try:
                return bool(await self._connection.fetchval(query, key))
            except LOST as problem:
                raise StoreUnavailable(f"lost the connection to Postgres: {problem}") from None

    def _lost(self, connection: object) -> None:
        """All turns went with their connection."""
        if connection is not self._connection:
            return
        self._connection = None
        for turn in self._taken.values():
            if not turn.expired():
                turn.reschedule(0)

    async def _leave(self, key: int) -> None:
        async with self._talking:
            connection = self._connection
            if connection is None:
                return
            try:
                if self._taken:
                    await connection.execute(GIVE_BACK, key)
                    return
                self._connection = None
                # The locks go with their connection.
                await connection.close()
            except LOST:
                # So have they already.
                connection.terminate()
