"""A TCP proxy before Postgres that can stop the world at a commit: before the statement arrives, or before its answer
does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 65_536


class CommitProxy:
    """Passes everything through until a client sends `marker`; from then on that connection is stopped: with `before`
    the statement never arrives, with `after` its answer never does."""

    def __init__(self, url: str, marker: bytes, when: Literal["before", "after"]) -> None:
        self._target = urlsplit(url)
        self._marker = marker
        self._when = when
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopped = asyncio.Event()

    @property
    def url(self) -> str:
        """How to connect through the proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        host = f"{self._target.username}:{self._target.password}@127.0.0.1:{port}"
        return urlunsplit(self._target._replace(netloc=host))

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        server_in, server_out = await asyncio.open_connection(self._target.hostname, self._target.port)
        mine = asyncio.Event()
        pumps = [
            asyncio.create_task(self._statements(client_in, server_out, mine)),
            asyncio.create_task(self._answers(server_in, client_out, mine)),
        ]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
            self._tasks.discard(pump)
        client_out.close()
        server_out.close()

    async def _statements(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
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

    async def _answers(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, mine: asyncio.Event) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            if mine.is_set():
                await asyncio.Event().wait()
            sink.write(chunk)
            await sink.drain()


@asynccontextmanager
async def commit_proxy(url: str, marker: bytes, when: Literal["before", "after"]) -> AsyncGenerator[CommitProxy]:
    """A running proxy; closed afterwards."""
    proxy = CommitProxy(url, marker, when)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
