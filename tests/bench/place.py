"""Where a benchmark runs: its own Postgres (as durable as in production), Valkey, gateway and programs, all ended and
removed afterwards."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.dev.postgres import Postgres
from deploy.dev.valkey import Valkey
from eventstore.migrate import migrate
from projections.engine import advance
from projections.registry import PROJECTIONS
from projections.setup import set_up
from services.core.engine import Engine
from services.core.settings import load_settings
from tests.bench.peers_venv import peers_node, peers_python
from tests.support.app import open_engine
from tests.support.gateway import simulator
from tests.support.processes import Fleet, fleet

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 30.0


class Place:
    """Everything that a row may use."""

    def __init__(self, running: Fleet, database_url: str, folder: Path) -> None:
        self.fleet = running
        self.database_url = database_url
        self.folder = folder
        self.python = ""
        self.node = Path()
        self.no_peers = ""
        self.no_node = ""

    def find_peers(self) -> None:
        """Makes the peers' own environment; where that fails the rows go without them and say why."""
        try:
            self.python = str(peers_python())
        except (OSError, subprocess.CalledProcessError) as problem:
            self.no_peers = f"the peers could not be installed: {problem}"
        try:
            self.node = peers_node()
        except (OSError, subprocess.CalledProcessError) as problem:
            self.no_node = f"it comes by npm, which failed: {problem}"

    async def engine(self) -> Engine:
        """An engine of this process on the place's database."""
        return await open_engine(load_settings(self.fleet.environment))

    async def load(
        self,
        url: str,
        method: str,
        path: str,
        body: str = "",
        *,
        connections: int = 64,
        seconds: float = 3.0,
        ids: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Runs the load generator; every answer must be a 200."""
        arguments = [url, self.fleet.key, str(connections), str(seconds), method, path, body]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.load",
            *arguments,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        out, _ = await process.communicate("\n".join(ids).encode())
        measured: dict[str, Any] = json.loads(out)
        assert set(measured["statuses"]) <= {"200", "201"}, measured["statuses"]
        return measured

    @asynccontextmanager
    async def peer(self, *arguments: str, port: int) -> AsyncGenerator[str]:
        """A peer's server on `port`; ended afterwards."""
        environment = os.environ | {"BENCH_DATABASE_URL": self.database_url}
        log = (self.folder / "peer.log").open("ab")
        process = subprocess.Popen(
            [self.python, *arguments], cwd=Path(__file__).parent / "peers", env=environment, stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await _answers(url)
            yield url
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait)
            log.close()

    async def catch_up(self, engine: Engine) -> None:
        """Brings all read models to the head of the log."""
        while await advance(engine, 0, PROJECTIONS):
            pass


async def _answers(url: str) -> None:
    async with asyncio.timeout(START_SECONDS_MAX), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                await client.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


@asynccontextmanager
async def place() -> AsyncGenerator[Place]:
    """A fresh place."""
    with tempfile.TemporaryDirectory(prefix="peaswap-bench-", ignore_cleanup_errors=True) as home:
        folder = Path(home)
        folder.chmod(0o755)
        postgres, valkey = Postgres(folder, {"shared_buffers": "1GB"}), Valkey(folder)
        try:
            await asyncio.to_thread(postgres.up)
            await asyncio.to_thread(valkey.up)
            await migrate(postgres.url)
            await set_up(postgres.url, shards=1)
            async with (
                simulator(folder / "gateway") as gateway,
                fleet(folder / "logs", postgres.url, valkey.url, gateway) as running,
            ):
                running.environment |= {"PEASWAP_RATE_LIMIT_PER_SECOND": "0", "PEASWAP_LOG_FORMAT": "json"}
                await running.open_account()
                yield Place(running, postgres.url, folder)
        finally:
            await asyncio.to_thread(valkey.down)
            await asyncio.to_thread(postgres.down)
