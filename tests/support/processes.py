"""The product's own programs as processes that can be killed: API servers, workers, schedulers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from projections.engine import advance
from projections.registry import PROJECTIONS
from services.core.settings import load_settings
from tests.support.app import MASTER_KEY, open_account, open_engine
from tests.support.gateway import TOKEN, SimulatorProcess
from tests.support.ports import Port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
ENDS_SECONDS_MAX = 300.0


class Program:
    """One process of the command line; what it says goes to `log`."""

    def __init__(self, words: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", *words], cwd=ROOT, env=environment, stdout=out, stderr=out
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def wait(self, seconds: float = ENDS_SECONDS_MAX) -> int:
        """Waits for its own end; returns its status."""
        return self._process.wait(seconds)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and the wait for its end."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.kill()


class Api(Program):
    """An API server; `client` carries the test key of the fleet's account."""

    def __init__(self, environment: dict[str, str], log: Path, key: str) -> None:
        self._port = Port()
        self.url = self._port.url
        super().__init__(["api"], environment | {"PEASWAP_PORT": str(self._port.number)}, log)
        headers = {"Authorization": f"Bearer {key}"}
        self.client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=180, trust_env=False)

    async def ready(self) -> "Api":
        """Returns once it answers."""
        async with asyncio.timeout(START_SECONDS_MAX):
            while True:
                try:
                    if (await self.client.get("/healthz")).is_success:
                        return self
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    async def worked_for(self) -> None:
        """Returns once a worker keeps read models up with what is written."""

        async def fresh() -> bool | None:
            (await self.client.post("/v1/products", json={"name": "Seen by the worker"})).raise_for_status()
            return True if "peaswap-stale" not in (await self.client.get("/v1/products")).headers else None

        await until(fresh)

    async def stop(self) -> None:
        await self.client.aclose()
        await super().stop()
        self._port.free()


class Fleet:
    """Programs on one database, one Redis, one gateway. All are ended when the fleet is."""

    def __init__(self, folder: Path, database: str, redis_url: str, gateway: SimulatorProcess) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PEASWAP_DATABASE_URL": database,
            "PEASWAP_REDIS_URL": redis_url,
            "PEASWAP_MASTER_KEY": MASTER_KEY,
            "PEASWAP_GATEWAY_URL": gateway.url,
            "PEASWAP_GATEWAY_TOKEN": TOKEN,
            "PEASWAP_GATEWAY_TIMEOUT_SECONDS": "9",
            "PEASWAP_TICK_SECONDS": "0.3",
            # A busy machine is not what these tests are about.
            "PEASWAP_READ_WAIT_SECONDS": "60",
            "PEASWAP_WEBHOOKS_ALLOW_LOOPBACK": "yes",
            "PEASWAP_LOG_FORMAT": "text",
        }
        self.key = ""
        self.account = ""
        self._programs: list[Program] = []

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=ENDS_SECONDS_MAX,
            check=False,
        )

    async def said(self, *words: str, code: int = 0) -> str:
        """What a command says that ends by itself, with this status and in its own words."""
        done = await asyncio.to_thread(self.run, *words)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    async def open_account(self) -> None:
        """An account whose test key the API clients of this fleet use; the servers know it from their start."""
        engine = await open_engine(load_settings(self.environment))
        try:
            account = await open_account(engine)
            self.account, self.key = account.id, account.test_key
            while await advance(engine, 0, PROJECTIONS):
                pass
        finally:
            await engine.store.close()

    async def api(self, **environment: str) -> Api:
        """One more API server."""
        if not self.key:
            await self.open_account()
        name = f"api-{len(self._programs)}.log"
        started = Api(self.environment | environment, self.folder / name, self.key)
        self._programs.append(started)
        return await started.ready()

    def start(self, name: str, **environment: str) -> Program:
        """One more worker or scheduler."""
        log = self.folder / f"{name}-{len(self._programs)}.log"
        started = Program([name], self.environment | environment, log)
        self._programs.append(started)
        return started

    def start_command(self, *words: str) -> Program:
        """A command that goes on until it is stopped, or has done what it is to do."""
        started = Program(words, self.environment, self.folder / f"{words[0]}-{len(self._programs)}.log")
        self._programs.append(started)
        return started

    def logs(self) -> str:
        """All that the programs said."""
        return "\n".join(program.log.read_text(errors="replace") for program in self._programs)

    async def stop(self) -> None:
        await asyncio.gather(*(program.stop() for program in self._programs))


@asynccontextmanager
async def fleet(folder: Path, database: str, redis_url: str, gateway: SimulatorProcess) -> AsyncGenerator[Fleet]:
    """A fleet without programs; ends those that were started."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Fleet(folder, database, redis_url, gateway)
    try:
        yield running
    finally:
        await running.stop()


async def until(what: Any, seconds: float = 120.0) -> Any:
    """The first answer of the asynchronous function `what` that is not None; it is asked again and again."""
    async with asyncio.timeout(seconds):
        while True:
            found = await what()
            if found is not None:
                return found
            await asyncio.sleep(0.1)
