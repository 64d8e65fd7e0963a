"""What every test may ask for: real servers, a database of its own, a Redis of its own."""

import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import redis
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import HealthCheck, settings

from eventstore.store import EventStore
from eventstore.tenants import Tenant, Tenants
from tests.support.app import RunningApi, running_api, settings_for
from tests.support.gateway import SimulatorProcess, simulator
from tests.support.patience import be_patient
from tests.support.ports import Port
from tests.support.served import Served, served
from tests.support.servers import Servers, servers

# What takes longest, in this order, is begun first, so that no process is left alone with it at the end.
LONGEST = ("tests/faults/", "tests/browser/", "tests/cli/")

HANGS_SECONDS = 300

be_patient()
# The same examples in every run, however long each takes: a run says something of the code, not of the dice and not of
# how busy the machine is. HYPOTHESIS_PROFILE=default throws them anew.
settings.register_profile(
    "house", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((rank for rank, folder in enumerate(LONGEST) if item.nodeid.startswith(folder)), len(LONGEST))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Says which test goes on and on. The stacks that are written then name none that waits on an event loop."""
    words = f"{item.nodeid} has not ended after {HANGS_SECONDS} s.\n".encode()
    saying = threading.Timer(HANGS_SECONDS, os.write, (item.config.stash[fault_handler_stderr_fd_key], words))
    saying.daemon = True
    saying.start()
    try:
        return (yield)
    finally:
        saying.cancel()


@pytest.fixture(scope="session")
def running_servers() -> Generator[Servers]:
    with servers() as running:
        yield running


@pytest.fixture(scope="session")
def server(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """One server as processes, for all tests that only need to be its clients."""
    with served(running_servers, tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def database(running_servers: Servers) -> Generator[str]:
    """The URL of a fresh, migrated database."""
    with running_servers.database() as url:
        yield url


@pytest.fixture
def unused_tcp_port_factory() -> Generator[Callable[[], int]]:
    """Ports that nobody listens on and nobody else is given. pytest-asyncio's own are taken by whoever comes next."""
    ports: list[Port] = []

    def another() -> int:
        ports.append(Port())
        return ports[-1].number

    yield another
    for port in ports:
        port.free()


@pytest.fixture
def unused_tcp_port(unused_tcp_port_factory: Callable[[], int]) -> int:
    return unused_tcp_port_factory()


@pytest.fixture
def redis_url(running_servers: Servers) -> str:
    """The URL of the tests' own database in the run's Redis, emptied."""
    url = running_servers.redis_url("tests")
    client: Any = redis.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    client.flushdb()
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


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncGenerator[SimulatorProcess]:
    """The simulated payment provider, with empty books."""
    async with simulator(tmp_path / "gateway") as running:
        yield running


@pytest.fixture
async def api(database: str, redis_url: str, gateway: SimulatorProcess) -> AsyncGenerator[RunningApi]:
    """The whole API on real servers, with read models kept up beside it."""
    async with running_api(settings_for(database, redis_url, gateway)) as running:
        yield running
