"""The wire to the simulated provider: connections are used again, and no request is given the answer of another."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from services.gateways.simulator.wire import Lost, Wire

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


@asynccontextmanager
async def _server(answers: Sequence[bytes | None]) -> AsyncGenerator[tuple[str, list[int]]]:
    """Answers one after another, nothing at all for None; with how many requests came on each connection."""
    left, requests = list(answers), list[int]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = len(requests)
        requests.append(0)
        while left and await reader.readline():
            while (await reader.readline()).strip():
                pass
            requests[mine] += 1
            answer = left.pop(0)
            if answer is None:
                continue
            writer.write(answer)
            if b"close" in answer:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
    finally:
        server.close()


async def test_one_connection_serves_one_request_after_another() -> None:
    chunked = b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n2\r\nyo\r\n1\r\n!\r\n0\r\n\r\n"
    async with _server([OK, chunked, OK]) as (url, requests):
        wire = Wire(url)
        answers = [await wire.ask("GET", "/", "", b"") for _ in range(3)]
        assert [(each.status, each.body) for each in answers] == [(200, b"hi"), (201, b"yo!"), (200, b"hi")]
        assert requests == [3]
        await wire.close()


async def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    closing = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"
    async with _server([closing, OK]) as (url, requests):
        wire = Wire(url)
        assert [(await wire.ask("GET", "/", "", b"")).body for _ in range(2)] == [b"hi", b"hi"]
        assert requests == [1, 1]
        await wire.close()


@pytest.mark.parametrize("answer", [b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nclose"])
async def test_what_is_no_whole_answer_is_none(answer: bytes) -> None:
    async with _server([answer]) as (url, _):
        wire = Wire(url)
        with pytest.raises(Lost):
            await wire.ask("GET", "/", "", b"")
        await wire.close()


async def test_whoever_gives_up_takes_its_connection_along() -> None:
    async with _server([None, OK]) as (url, requests):
        wire = Wire(url)
        asking = asyncio.create_task(wire.ask("GET", "/", "", b""))
        while requests != [1]:
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert (await wire.ask("GET", "/", "", b"")).body == b"hi"
        assert requests == [1, 1]
        await wire.close()
