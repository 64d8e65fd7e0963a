"""HTTP/1.1 to the simulated provider, over connections that are kept open: as much of it as asking that one server
needs, at a fraction of what a client for any server costs each charge."""

import asyncio
import time
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
from msgspec import Struct

IDLE_SECONDS_MAX = 30.0
ANSWER_BYTES_MAX = 1 << 20


class Lost(Exception):
    """The connection broke, or said something else than HTTP, before the answer was there."""


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class Wire:
    """The connections to the server at `url`. How many are open at once is for the caller to bound."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_secure else 80)
        self._base = parts.path.rstrip("/")
        self._host_header = parts.netloc.rpartition("@")[2]
        self._idle: list[_Connection] = []

    async def ask(self, method: str, path: str, headers: str, content: bytes) -> Answer:
        """The answer to a request; `headers` are lines of their own. Raises Lost, or the OSError of connecting."""
        head = f"{method} {self._base}{path} HTTP/1.1\r\nHost: {self._host_header}\r\n{headers}"
        head += f"Content-Length: {len(content)}\r\n\r\n"
        connection = self._taken() or await self._opened()
        answer = await connection.ask(head.encode("latin-1") + content)
        if connection.is_open:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        return answer

    async def close(self) -> None:
        """Closes those that are idle."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _taken(self) -> "_Connection | None":
        """The one that was used last, unless the server may have grown tired of it."""
        since = time.monotonic() - IDLE_SECONDS_MAX
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.idle_since > since:
                return connection
            connection.close()
        return None

    async def _opened(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            _Connection, self._host, self._port, ssl=True if self._is_secure else None
        )
        return connection


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self.idle_since = 0.0
        self._parser: Any = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._body = b""

    async def ask(self, request: bytes) -> Answer:
        if self._transport is None or not self.is_open:
            raise Lost("closed by the server")
        self._waiting, self._body = asyncio.get_running_loop().create_future(), b""
        self._transport.write(request)
        try:
            return await self._waiting
        except BaseException:
            # Whoever gave up leaves an answer on the way that must not be taken for that of the next request.
            self.close()
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has a class of its own for it.
        self._transport, self.is_open = cast(asyncio.Transport, transport), True

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Lost(f"{type(exc).__name__}: {exc}" if exc is not None else "closed by the server"))

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self._fail(Lost("an answer that nobody asked for"))
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as problem:
            self._fail(Lost(f"not an answer: {problem!r}"))

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > ANSWER_BYTES_MAX:
            self._fail(Lost("the answer is too large"))

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Answer(self._parser.get_status_code(), self._body))

    def _fail(self, problem: Lost) -> None:
        self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(problem)
