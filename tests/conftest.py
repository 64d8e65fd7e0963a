"""What every test may ask for: real servers, a database of its own, a Redis of its own."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
import redis

from eventstore.store import EventStore
from eventstore.tenants import Tenant, Tenants
from tests.support.servers import Servers, servers


@pytest.fixture(scope="session")
def running_servers() -> Generator[Servers]:
    with servers() as running:
        yield running


@pytest.fixture
def database(running_servers: Servers) -> Generator[str]:
    """The URL of a fresh, migrated database."""
    with running_servers.database() as url:
        yield url


@pytest.fixture
def redis_url(running_servers: Servers) -> str:
    """The URL of the run's Redis, emptied."""
    url = running_servers.valkey.url
    client: Any = redis.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    client.flushall()
    client.close()
    return url


@pytest.fixture
async def store(database: str) -> AsyncGenerator[EventStore]:
    opened = await EventStore.open(database, pool_size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def tenant(store: EventStore) -> Tenant:
    return await Tenants(store.pool).open("acct_a/test")
