"""The simulated payment provider as a process of its own, with faults on demand."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from services.gateways.gateways import Gateways
from tests.support.ports import Port

TOKEN = "test-token"
NOWHERE = "http://127.0.0.1:9"
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
ANSWER_SECONDS_MAX = 60.0
ROOT = Path(__file__).resolve().parents[2]


class SimulatorProcess:
    """One provider; its books lie in `data` and survive being killed."""

    def __init__(self, data: Path, settle_seconds: float = 0.2) -> None:
        self._port = Port()
        self.url = self._port.url
        self._data = data
        self._settle_seconds = settle_seconds
        self._process: subprocess.Popen[bytes] | None = None
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._client = httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=ANSWER_SECONDS_MAX, trust_env=False
        )

    def spawn(self) -> None:
        """Starts it; it answers a moment later."""
        arguments = ["--port", str(self._port.number), "--data", str(self._data), "--token", TOKEN]
        arguments += ["--settle-seconds", str(self._settle_seconds)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.gateways.simulator", *arguments], cwd=ROOT, stderr=subprocess.DEVNULL
        )

    async def start(self) -> None:
        """Starts it and waits until it answers."""
        self.spawn()
        async with asyncio.timeout(START_SECONDS_MAX):
            while True:
                try:
                    await self._client.get("/healthz")
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                else:
                    return

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def stop(self) -> None:
        """Asks it to end."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self._process.wait, STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.kill()
        self._port.free()
        await self._client.aclose()

    async def arm(self, kind: str, **more: Any) -> None:
        """The next matching request meets this fault."""
        response = await self._client.post("/faults", json={"kind": kind, **more})
        assert response.status_code == httpx.codes.OK, response.text

    async def clear(self) -> None:
        """Disarms everything and lets held requests go on."""
        await self._client.delete("/faults")

    async def held(self) -> int:
        """How many requests are held at the moment."""
        report: dict[str, Any] = (await self._client.get("/faults")).json()
        return report["held"]

    async def books(self, reference: str | None = None) -> Mapping[str, Any]:
        """The provider's own books, of one payment or of all."""
        parameters = {"reference": reference} if reference else {}
        return (await self._client.get("/books", params=parameters)).json()

    async def captures(self, reference: str | None = None) -> tuple[int, int]:
        """How many charges were captured, and for how much in all."""
        totals = (await self.books(reference))["totals"]
        return sum(each["captures"] for each in totals), sum(each["captured"] for each in totals)


def simulated(url: str, token: str, timeout_seconds: float) -> Gateways:
    """The simulated provider for whoever asks, and a Stripe that is not there."""
    return Gateways.open(simulator=url, token=token, stripe=NOWHERE, timeout_seconds=timeout_seconds)


@asynccontextmanager
async def simulator(data: Path) -> AsyncGenerator[SimulatorProcess]:
    """A running provider; ended afterwards."""
    running = SimulatorProcess(data)
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
