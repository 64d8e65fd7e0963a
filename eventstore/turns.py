"""One at a time, over all processes: who takes a turn has it alone until it ends, or until its process dies."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from eventstore.connection import Connection, connect
from eventstore.pool import STATEMENT_SETTINGS, FairPool

TAKE = "select pg_try_advisory_lock($1)"
GIVE_BACK = "select pg_advisory_unlock($1)"


class Turns:
    """Locks of Postgres on one connection of its own, which is open while any turn is taken. It is none of the pool's:
    who has a turn needs those."""

    def __init__(self, pool: FairPool) -> None:
        self._pool = pool
        self._connection: Connection | None = None
        self._taken: set[int] = set()
        self._talking = asyncio.Lock()

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncGenerator[bool]:
        """Whether the turn `name` is the caller's; nobody waits for it."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        if key in self._taken:
            yield False
            return
        self._taken.add(key)
        try:
            yield await self._ask(TAKE, key)
        finally:
            self._taken.discard(key)
            await self._leave(key)

    async def _ask(self, query: str, key: int) -> bool:
        async with self._talking:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect(self._pool.url, STATEMENT_SETTINGS, self._pool.role)
            return bool(await self._connection.fetchval(query, key))

    async def _leave(self, key: int) -> None:
        async with self._talking:
            connection = self._connection
            if connection is None:
                return
            if self._taken:
                await connection.execute(GIVE_BACK, key)
                return
            self._connection = None
            # The locks go with their connection.
            await connection.close()
