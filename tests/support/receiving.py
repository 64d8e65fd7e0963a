"""A program on this machine that is sent webhooks, and keeps what it got."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

END_OF_HEAD = b"\r\n\r\n"


class Receiver:
    """`got` holds the headers (in lower case) and the body of each request; each is answered with `status`."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while True:
                head = (await reader.readuntil(END_OF_HEAD)).decode("latin-1").split("\r\n")[1:-2]
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.got.append((headers, body))
                writer.write(f"HTTP/1.1 {self.status} Said\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks"
    try:
        yield receiver
    finally:
        server.close()
