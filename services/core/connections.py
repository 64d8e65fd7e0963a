"""HTTP connections that are kept open between requests, each for one request at a time."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpcore

IDLE_CONNECTIONS_MAX = 200
IDLE_SECONDS_MAX = 30.0


class Connections:
    """The pool that comes with httpcore looks at all of its connections for each request; this takes the one that was
    used last. How many are open at once is for the caller to bound."""

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        network_backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._ssl_context = ssl_context
        self._backend = network_backend
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = {}
        self._idle_count = 0

    @asynccontextmanager
    async def to(self, origin: httpcore.Origin) -> AsyncGenerator[httpcore.AsyncHTTPConnection]:
        """A connection of nobody else's."""
        found = None
        while found is None and (idle := self._idle.get(str(origin))):
            found = idle.pop()
            self._idle_count -= 1
            if found.has_expired():
                await found.aclose()
                found = None
        connection = found or httpcore.AsyncHTTPConnection(
            origin=origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=IDLE_SECONDS_MAX,
            network_backend=self._backend,
        )
        try:
            yield connection
        finally:
            if connection.is_idle() and self._idle_count < IDLE_CONNECTIONS_MAX:
                self._idle.setdefault(str(origin), []).append(connection)
                self._idle_count += 1
            else:
                await connection.aclose()

    async def sweep(self) -> None:
        """Closes connections that nobody has used for a while, or that the other side has closed."""
        for origin, idle in list(self._idle.items()):
            for connection in [each for each in idle if each.has_expired()]:
                idle.remove(connection)
                self._idle_count -= 1
                await connection.aclose()
            if not idle:
                self._idle.pop(origin, None)

    async def close(self) -> None:
        """Closes those that are idle."""
        idle = [each for connections in self._idle.values() for each in connections]
        self._idle.clear()
        self._idle_count = 0
        for connection in idle:
            await connection.aclose()
