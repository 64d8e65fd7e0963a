"""The load generator: a process of its own that sends HTTP requests over kept-alive connections and times them.

python -m tests.bench.load URL KEY CONNECTIONS SECONDS METHOD PATH [BODY]

PATH and BODY may hold `{n}`, the number of the request, or `{id}`, a line of the standard input in turn. Prints one
JSON object: requests, seconds, p50_ms, p99_ms, statuses.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

HEADER_END = b"\r\n\r\n"


class Measured:
    """What all connections measured together."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.statuses: Counter[int] = Counter()


class Requests:
    """The requests to send, without end."""

    def __init__(self, url: str, key: str, method: str, path: str, body: str, ids: list[str]) -> None:
        self._host = urlsplit(url).netloc
        self._key, self._method, self._path, self._body = key, method, path, body
        self._numbers = itertools.count()
        self._ids: Iterator[str] = itertools.cycle(ids or [""])

    def next(self) -> bytes:
        """The bytes of the next request."""
        values = {"{n}": str(next(self._numbers)), "{id}": next(self._ids)}
        path, body = self._path, self._body
        for mark, value in values.items():
            path, body = path.replace(mark, value), body.replace(mark, value)
        kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
        content = f"Content-Type: {kind}\r\nContent-Length: {len(body.encode())}\r\n" if body else ""
        line = f"{self._method} {path} HTTP/1.1\r\nHost: {self._host}"
        head = f"{line}\r\nAuthorization: Bearer {self._key}\r\n{content}\r\n"
        return (head + body).encode()


async def _connection(host: str, port: int, requests: Requests, until: float, measured: Measured) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while time.perf_counter() < until:
            begun = time.perf_counter()
            writer.write(requests.next())
            head = await reader.readuntil(HEADER_END)
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), None
            )
            if length is None:
                raise ValueError(f"an answer without a length: {head!r}")
            await reader.readexactly(length)
            measured.milliseconds.append((time.perf_counter() - begun) * 1000)
            measured.statuses[int(head[9:12])] += 1
    finally:
        writer.close()


async def run(url: str, connections: int, seconds: float, requests: Requests) -> dict[str, object]:
    """Sends requests for so long; returns what was measured."""
    parts, measured = urlsplit(url), Measured()
    begun = time.perf_counter()
    until = begun + seconds
    host, port = parts.hostname or "", parts.port or 80
    await asyncio.gather(*(_connection(host, port, requests, until, measured) for _ in range(connections)))
    took = sorted(measured.milliseconds)
    return {
        "requests": len(took),
        "seconds": time.perf_counter() - begun,
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[int(len(took) * 0.99)],
        "statuses": dict(measured.statuses),
    }


if __name__ == "__main__":
    url, key, connections, seconds, method, path = sys.argv[1:7]
    body = sys.argv[7] if len(sys.argv) > 7 else ""
    ids = [line.strip() for line in sys.stdin] if "{id}" in path + body else []
    to_send = Requests(url, key, method, path, body, ids)
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    print(json.dumps(asyncio.run(run(url, int(connections), float(seconds), to_send))))
