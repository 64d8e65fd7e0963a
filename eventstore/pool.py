"""A pool of connections: first come, first served, no query on release, lost connections replaced when next needed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from eventstore.connection import LOST, Connection, app_role, connect
from eventstore.errors import OutcomeUnknown, StoreUnavailable

WAITING_MAX = 10_000
ACQUIRE_SECONDS_MAX = 10.0
STATEMENT_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    # Statements are planned once and kept. A table of three rows is best scanned, and would still be scanned by that
    # plan when it has grown to millions. Where no index serves, Postgres scans all the same.
    "enable_seqscan": "off",
}


class FairPool:
    """At most `size` connections. All methods raise StoreUnavailable when Postgres is away."""

    def __init__(self, url: str, size: int, role: str | None = None) -> None:
        self.url = url
        self.size = size
        self.role = role
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(size)
        self._taken = 0
        self._waiting = 0
        self._closed = False

    @classmethod
    async def open(cls, url: str, size: int) -> "FairPool":
        """A pool whose connections work under the server's role, where that exists."""
        return cls(url, size, await app_role(url))

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Connection]:
        """A connection for a while; whoever takes it ends its transactions.

        Raises OutcomeUnknown when the connection is lost meanwhile.
        """
        connection = await self._take()
        try:
            yield connection
        except LOST as problem:
            # What the user raised for reasons of its own is none of ours.
            if not connection.is_closed():
                raise
            raise OutcomeUnknown(f"lost the connection to Postgres: {problem}") from problem
        finally:
            self._give_back(connection)

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """The rows of a query. A read that met a dead connection is sent once more on a fresh one."""
        return await self._once_more("fetch", query, arguments)

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        """The first row of a query, or None."""
        return await self._once_more("fetchrow", query, arguments)

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """The first value of the first row of a query, or None."""
        return await self._once_more("fetchval", query, arguments)

    async def execute(self, query: str, *arguments: Any) -> str:
        """Runs a statement that may safely be run twice."""
        return await self._once_more("execute", query, arguments)

    async def fill(self) -> None:
        """Opens the connections that the pool may have and has not, so that nobody waits for that later. One after
        another: it never has more than one place, and none that somebody waits for. Those that cannot be had now are
        opened when they are needed."""
        while not self._closed and not self._places.locked() and len(self._idle) + self._taken < self.size:
            await self._places.acquire()
            self._taken += 1
            try:
                self._give_back(await self._connected())
            except StoreUnavailable:
                return

    async def close(self) -> None:
        """Closes what is idle now; what is in use is closed when it is given back."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.terminate()

    async def _once_more(self, method: str, query: str, arguments: tuple[Any, ...]) -> Any:
        for last_try in (False, True):
            connection = await self._take()
            try:
                return await getattr(connection, method)(query, *arguments)
            except LOST as problem:
                connection.terminate()
                if last_try or isinstance(problem, asyncpg.QueryCanceledError):
                    raise StoreUnavailable(f"lost the connection to Postgres: {problem}") from None
                # After a restart of the server every idle connection is as dead as this one.
                self._drop_idle()
            finally:
                self._give_back(connection)
        raise AssertionError("unreachable")

    async def _take(self) -> Connection:
        if self._waiting >= WAITING_MAX:
            raise StoreUnavailable("too many requests wait for a database connection")
        self._waiting += 1
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS_MAX):
                await self._places.acquire()
        except TimeoutError:
            raise StoreUnavailable("no database connection became free in time") from None
        finally:
            self._waiting -= 1
        self._taken += 1
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await self._connected()

    async def _connected(self) -> Connection:
        """A new connection for a place that was taken, which is free again when there is none."""
        try:
            return await connect(self.url, STATEMENT_SETTINGS, self.role)
        except BaseException:
            self._free()
            raise

    def _give_back(self, connection: Connection) -> None:
        if connection.is_closed():
            pass
        elif self._closed or connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)
        self._free()

    def _free(self) -> None:
        self._taken -= 1
        self._places.release()

    def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.terminate()
