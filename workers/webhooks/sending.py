"""One try: a signed POST to where the endpoint lies, with a bound on everything.

The connection is made to the very address that was looked up and found public; name and certificate stay those of the
URL. Redirects are answers like any other and are not followed. No proxy and no cookie takes part.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

import httpcore
import httpx
from msgspec import Struct

from services.core.connections import Connections
from services.core.outbound import AddressRefused, NameUnknown, Outbound

TRY_SECONDS_MAX = 10.0
HEAD_BYTES_MAX = 4_096
USER_AGENT = "PeaSwap-Webhooks/1"
OK, REDIRECTS = 200, 300


class Result(Struct, frozen=True):
    """What came of a try. `status_code` None: there was no answer, and `error` says why. `head` is the beginning of the
    answer: its status, headers and body."""

    status_code: int | None
    error: str | None
    head: bytes
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.error is None


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that may be connected to, each looked up at this moment."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = await self._outbound.addresses(host)
        for address in others:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                continue
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Sender:
    """Connections to receivers, kept open between tries; those of live are apart, and never lead to this machine."""

    def __init__(self, outbound: Outbound, ssl_context: ssl.SSLContext | None = None) -> None:
        trusted = ssl_context or httpx.create_ssl_context()
        self._connections = {
            livemode: Connections(ssl_context=trusted, network_backend=GuardedBackend(allowed))
            for livemode, allowed in ((False, outbound), (True, outbound.public_only()))
        }

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, livemode: bool) -> Result:
        """Sends it; whatever happens is a result."""
        begun = time.monotonic()
        status: int | None = None
        head = b""
        try:
            async with asyncio.timeout(TRY_SECONDS_MAX):
                status, head = await self._answer(self._connections[livemode], url, headers, body)
            error = None if OK <= status < REDIRECTS else f"The endpoint answered {status}."
        except TimeoutError:
            error = f"There was no answer within {TRY_SECONDS_MAX:.0f} seconds."
        except AddressRefused:
            error = "The name leads to an address that is not of the public internet."
        except NameUnknown:
            error = "The name of the host is not known."
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
            error = f"The connection was not made: {_words(problem)}."
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as problem:
            error = f"The connection was lost: {_words(problem)}."
        except (httpx.InvalidURL, ValueError) as problem:
            error = f"The request could not be sent: {_words(problem)}."
        return Result(status, error, head, time.monotonic() - begun)

    async def sweep(self) -> None:
        """Closes connections that nobody has used for a while, or that their receivers have closed."""
        for each in self._connections.values():
            await each.sweep()

    async def close(self) -> None:
        """Closes every connection."""
        for each in self._connections.values():
            await each.close()

    async def _answer(
        self, connections: Connections, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        parts = httpx.URL(url)
        target = httpcore.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path)
        sent = [
            (b"Host", parts.netloc),
            *((name.encode(), value.encode()) for name, value in headers.items()),
            (b"Content-Length", str(len(body)).encode()),
        ]
        async with (
            connections.to(target.origin) as connection,
            connection.stream("POST", target, headers=sent, content=body) as response,
        ):
            head = bytearray(f"HTTP {response.status}\r\n".encode())
            for name, value in response.headers:
                head += name + b": " + value + b"\r\n"
            head += b"\r\n"
            async for chunk in response.aiter_stream():
                head += chunk
                if len(head) >= HEAD_BYTES_MAX:
                    # What follows is of no use; leaving closes the connection.
                    break
            return response.status, bytes(head[:HEAD_BYTES_MAX])


def _words(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
