"""TCP proxies that misbehave on demand. One stands before Postgres and stops the world at a commit: before the
statement arrives, or before its answer does. Another stands before an HTTP server and loses requests and answers."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 65_536


class Proxy:
    """Passes everything through between its clients and the server at `url`. What is particular about a connection is
    kept in `mine`, one for each of them."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """How to connect through the proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        user = f"{self._target.username}:{self._target.password}@" if self._target.username else ""
        return urlunsplit(self._target._replace(netloc=f"{user}127.0.0.1:{port}"))

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._serving)

    async def _accept(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(client_in, client_out))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        server_in, server_out = await asyncio.open_connection(self._target.hostname, self._target.port)
        mine = asyncio.Event()
        pumps = {
            asyncio.create_task(self._forth(client_in, server_out, mine)),
            asyncio.create_task(self._back(server_in, client_out, mine)),
        }
        self._pumps |= pumps
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        self._pumps -= pumps
        for writer in (client_out, server_out):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _forth(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()

    async def _back(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()


class CommitProxy(Proxy):
    """Passes everything through until a client sends `marker`; from then on that connection is stopped: with `before`
    the statement never arrives, with `after` its answer never does."""

    def __init__(self, url: str, marker: bytes, when: Literal["before", "after"]) -> None:
        super().__init__(url)
        self._marker = marker
        self._when = when
        self.stopped = asyncio.Event()

    async def _forth(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        seen = b""
        while chunk := await source.read(CHUNK_BYTES):
            seen = (seen + chunk)[-2 * CHUNK_BYTES :]
            if self._marker in seen and not self.stopped.is_set():
                mine.set()
                self.stopped.set()
                if self._when == "before":
                    await asyncio.Event().wait()
            sink.write(chunk)
            await sink.drain()

    async def _back(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            if mine.is_set():
                await asyncio.Event().wait()
            sink.write(chunk)
            await sink.drain()


Fault = Literal["reset_before", "hold_before", "reset_after", "hold_after", "cut_after", "error_500_after"]
ERROR = b"HTTP/1.1 500 .\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nconnection: close\r\n\r\nlost"


class FaultProxy(Proxy):
    """A proxy before an HTTP server. The next request that holds an armed marker never arrives (`before`), or is done
    and its answer lost (`after`): the connection is reset, held without a word, cut, or answered with a 500."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._armed: list[tuple[Fault, bytes]] = []
        self._after: dict[asyncio.Event, Fault] = {}
        self.fired = 0

    def arm(self, fault: Fault, marker: bytes) -> None:
        """The next request that holds `marker` meets this fault."""
        self._armed.append((fault, marker))

    async def _forth(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            for each in self._armed:
                if each[1] in chunk:
                    self._armed.remove(each)
                    self.fired += 1
                    self._after[mine] = each[0]
                    mine.set()
                    break
            fault = self._after.get(mine, "")
            if fault == "hold_before":
                await asyncio.Event().wait()
            if fault == "reset_before":
                return
            sink.write(chunk)
            await sink.drain()

    async def _back(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        try:
            while chunk := await source.read(CHUNK_BYTES):
                match self._after.get(mine):
                    case "hold_after":
                        await asyncio.Event().wait()
                    case "reset_after":
                        return
                    case "cut_after":
                        sink.write(chunk[: len(chunk) // 2])
                        await sink.drain()
                        mine.clear()
                        return
                    case "error_500_after":
                        sink.write(ERROR)
                        await sink.drain()
                        mine.clear()
                        return
                    case _:
                        sink.write(chunk)
                        await sink.drain()
        finally:
            self._after.pop(mine, None)
            if mine.is_set():
                _reset(sink)


def _reset(sink: asyncio.StreamWriter) -> None:
    """Ends a connection as a crashed server would: with RST instead of FIN."""
    raw: socket.socket = sink.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sink.transport.abort()


@asynccontextmanager
async def commit_proxy(url: str, marker: bytes, when: Literal["before", "after"]) -> AsyncGenerator[CommitProxy]:
    """A running proxy; closed afterwards."""
    proxy = CommitProxy(url, marker, when)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()


@asynccontextmanager
async def fault_proxy(url: str) -> AsyncGenerator[FaultProxy]:
    """A running proxy; closed afterwards."""
    proxy = FaultProxy(url)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
