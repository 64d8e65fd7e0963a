"""HTTP connections that are kept open between requests, each for one request at a time."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

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
        self._backend = _AtOnce(network_backend or cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend()))
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


class _AtOnce(httpcore.AsyncNetworkBackend):
    """Sends a request's head and body by one write: each write costs a call of the system and a turn of the loop."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return _Held(await self._inner.connect_tcp(*args, **kwargs))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Held(httpcore.AsyncNetworkStream):
    """Holds what is written until the answer is read."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._held = bytearray()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        self._held += buffer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        if self._held:
            request, self._held = bytes(self._held), bytearray()
            await self._inner.write(request, timeout)
        return await self._inner.read(max_bytes, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return _Held(await self._inner.start_tls(*args, **kwargs))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
