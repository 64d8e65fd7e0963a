"""The whole server on a port, in a thread of this process: for what must be reached from outside, such as a browser."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from services.billing.users.events import Role
from services.dashboard.guarding import SESSION_COOKIE
from services.dashboard.sessions import Sessions
from tests.support.app import Account, RunningApi, running_api, settings_for
from tests.support.browser import new_user
from tests.support.gateway import simulator
from tests.support.ports import Port
from tests.support.queueing import queueing

T = TypeVar("T")
SECONDS_MAX = 120.0


class House:
    """A running server. `run` does something in its loop and waits for it."""

    def __init__(self, database: str, redis_url: str, folder: Path) -> None:
        self._port = Port()
        self.url = self._port.url
        self.api: RunningApi
        self._given = database, redis_url, folder
        self._loop: asyncio.AbstractEventLoop
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="house")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS_MAX)

    def start(self) -> None:
        """Returns once it answers."""
        self._thread.start()
        self._ready.wait(SECONDS_MAX)
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """Ends it and everything that it started."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS_MAX)
        self._port.free()

    def call(self, method: str, path: str, key: str, **more: Any) -> dict[str, Any]:
        """A call of the API, which must be granted."""
        answer = self.run(self.api.call(method, path, key, **more))
        assert answer.is_success, answer.text
        return answer.json()

    def session(self, account: Account, email: str, role: Role = "OWNER", password_hash: str = "") -> dict[str, Any]:
        """A cookie by which a new user of the account is signed in."""

        async def work() -> str:
            user = await new_user(self.api, account.id, email, role, password_hash)
            return (await Sessions(self.api.redis).begin(user.id, user.epoch)).token

        return {"name": SESSION_COOKIE, "value": self.run(work()), "url": f"{self.url}/dashboard"}

    def _main(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as problem:  # The thread that waits must hear of it.
            self._problem = problem
        finally:
            self._ready.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        database, redis_url, folder = self._given
        async with simulator(folder / "gateway") as gateway:
            settings = settings_for(database, redis_url, gateway, public_url=self.url, port=str(self._port.number))
            async with running_api(settings) as api, queueing(api):
                self.api = api
                config = uvicorn.Config(
                    api.app, host="127.0.0.1", port=self._port.number, lifespan="off", log_config=None, access_log=False
                )
                server = uvicorn.Server(config)
                serving = asyncio.create_task(server.serve())
                while not server.started:
                    await asyncio.sleep(0.01)
                self._ready.set()
                await self._stop.wait()
                server.should_exit = True
                await serving


@contextmanager
def house(database: str, redis_url: str, folder: Path) -> Generator[House]:
    """A running server; ended afterwards."""
    running = House(database, redis_url, folder)
    running.start()
    try:
        yield running
    finally:
        running.stop()
