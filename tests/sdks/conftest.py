"""The Python SDK on a running server."""

from collections.abc import AsyncGenerator, Generator

import httpx
import pytest
from peaswap import AsyncPeaswap, Peaswap

from tests.support.served import Served


@pytest.fixture
def peaswap(server: Served) -> Generator[Peaswap]:
    with httpx.Client(trust_env=False) as http, Peaswap(server.key, base_url=server.url, http_client=http) as client:
        yield client


@pytest.fixture
async def async_peaswap(server: Served) -> AsyncGenerator[AsyncPeaswap]:
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        AsyncPeaswap(server.key, base_url=server.url, http_client=http) as client,
    ):
        yield client
