"""The server as its clients meet it, for a whole folder of tests: an API, a worker and a scheduler as processes."""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.support.gateway import simulator
from tests.support.processes import Fleet, fleet
from tests.support.servers import Servers

READY_SECONDS_MAX = 300


class Served(Struct, frozen=True):
    """Where the server listens, the test key of its account, and what its programs said."""

    url: str
    key: str
    fleet: Fleet


@contextmanager
def served(running: Servers, folder: Path) -> Generator[Served]:
    """A server on a database of its own, in a thread of its own; ended afterwards."""
    redis = running.redis_url("served")
    started: Future[Served] = Future()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def live(database: str) -> None:
        async with simulator(folder / "gateway") as gateway, fleet(folder, database, redis, gateway) as programs:
            programs.environment |= {"PEASWAP_RATE_LIMIT_PER_SECOND": "0", "PEASWAP_WEBHOOKS_ALLOW_LOOPBACK": "yes"}
            api = await programs.api()
            programs.start("worker")
            programs.start("scheduler")
            await api.worked_for()
            started.set_result(Served(api.url, programs.key, programs))
            await end.wait()

    def run(database: str) -> None:
        try:
            loop.run_until_complete(live(database))
        except BaseException as problem:
            if not started.done():
                started.set_exception(problem)
            raise
        finally:
            loop.close()

    with running.database() as database:
        thread = threading.Thread(target=run, args=(database,), name="served")
        thread.start()
        try:
            yield started.result(READY_SECONDS_MAX)
        finally:
            loop.call_soon_threadsafe(end.set)
            thread.join()
