"""A receiver of webhooks on loopback, which behaves as a test wants it to."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

from tests.support.processes import until


class Received(Struct, frozen=True):
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The event's id, as the header has it."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The event."""
        return msgspec.json.decode(self.body)


class Reply(Struct, frozen=True):
    """What the receiver answers; status 0 closes the connection without a word."""

    status: int = 200
    body: bytes = b"thanks"
    headers: tuple[str, ...] = ()


Behaviour = Callable[[Received], Awaitable[Reply]]


async def _takes_it(_received: Received) -> Reply:
    return Reply()


class Receiver:
    """Listens; `behaviours` say what becomes of requests by path, those of other paths are taken."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    def url(self, path: str = "/hook") -> str:
        """Where it takes requests."""
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str = "/hook") -> list[Received]:
        """What came in at a path, in order."""
        return [each for each in self.received if each.path == path]

    async def count(self, count: int, path: str = "/hook") -> list[Received]:
        """What came in at a path, once it is so many."""

        async def enough() -> list[Received] | None:
            found = self.at(path)
            return found if len(found) >= count else None

        return await until(enough)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._writers.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                reply = await self.behaviours.get(request.path, _takes_it)(request)
                if not reply.status:
                    break
                lines = [f"HTTP/1.1 {reply.status} Whatever", f"content-length: {len(reply.body)}", *reply.headers]
                writer.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The sender went away, or the test is over while an answer is still being made up.
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Closes every connection."""
        for writer in self._writers:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode().rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split(" ")[1], headers, body)


@asynccontextmanager
async def receiver() -> AsyncGenerator[Receiver]:
    """A receiver that listens until the end."""
    running = Receiver()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        running.hang_up()
        # Their handlers see the end of their connections.
        await asyncio.sleep(0)
