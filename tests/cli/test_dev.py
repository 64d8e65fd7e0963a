"""`peaswap dev`, as somebody uses it: it starts everything, ends everything, and remembers."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

from tests.support.processes import ROOT, until

SECONDS_MAX = 300.0


class Dev:
    """One run of it, in a process group of its own."""

    def __init__(self, home: Path, port: int, said: Path, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PEASWAP_")}
        self._home = home
        with said.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "dev"],
                cwd=ROOT,
                env=kept
                | {"PEASWAP_HOME": str(home), "PEASWAP_PORT": str(port), "PYTHONPATH": str(ROOT)}
                | environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    async def ready(self) -> dict[str, str]:
        """What it wrote for others once it was ready."""

        async def written() -> str | None:
            assert self._process.poll() is None, "it ended by itself"
            file = self._home / "dev.env"
            return file.read_text() if file.exists() else None

        text: str = await until(written, SECONDS_MAX)
        sourced = 'set -a; . "$1"; set +a; exec "$2" -c "import os; print(os.environ[\'PEASWAP_API_KEY\'])"'
        shell = ["sh", "-c", sourced, "sh", str(self._home / "dev.env"), sys.executable]
        said = subprocess.run(shell, capture_output=True, text=True, check=True)
        assert f"PEASWAP_API_KEY={said.stdout.strip()}\n" in text
        assert (self._home / "dev.env").stat().st_mode & 0o777 == 0o600
        return dict(line.split("=", 1) for line in text.splitlines())

    async def interrupt(self) -> list[psutil.Process]:
        """Ctrl-C; returns what is left of it afterwards."""
        started = psutil.Process(self._process.pid).children(recursive=True)
        assert len(started) > 5
        self._process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(self._process.wait, SECONDS_MAX)
        assert code == 0
        return [each for each in started if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]

    def kill_servers(self) -> None:
        """Ends Postgres and Redis as an accident would."""
        found = [each for each in psutil.Process(self._process.pid).children() if "python" not in each.name()]
        assert {each.name() for each in found} == {"postgres", "valkey-server"}
        for each in found:
            each.kill()
            each.wait(SECONDS_MAX)

    async def ended(self) -> int:
        """Waits for its own end."""
        return await asyncio.to_thread(self._process.wait, SECONDS_MAX)

    def kill(self) -> None:
        """Ends it whatever state it is in; its children end with it."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(SECONDS_MAX)


async def _answer(client: httpx.AsyncClient, path: str) -> httpx.Response | None:
    """The answer, once it is there and of now."""
    answer = await client.get(path)
    return answer if answer.is_success and "peaswap-stale" not in answer.headers else None


def _client(found: dict[str, str]) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {found['PEASWAP_API_KEY']}"}
    return httpx.AsyncClient(base_url=found["PEASWAP_URL"], headers=headers, timeout=120, trust_env=False)


async def test_keys_and_data_survive_and_processes_do_not(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """All the while a second copy runs beside it, with a home and a port of its own."""
    unused_tcp_port, other_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    home, said = tmp_path / "a home with spaces", tmp_path / "said"
    running, beside = Dev(home, unused_tcp_port, said, PEASWAP_SHARDS="2"), Dev(tmp_path / "beside", other_port, said)
    try:
        first, other = await running.ready(), await beside.ready()
        assert other["PEASWAP_URL"] != first["PEASWAP_URL"]
        async with _client(first) as client:
            made = await client.post("/v1/customers", json={"name": "Ada", "email": "ada@example.com"})
            assert made.is_success, made.text
        assert await running.interrupt() == []
        assert not (home / "dev.env").exists()
        # What the log refuses is said, and not asked of it again by itself.
        running = Dev(home, unused_tcp_port, said, PEASWAP_SHARDS="1")
        assert await running.ended() == 1
        assert "PEASWAP_SHARDS is 1, but the log has 2: it can only grow." in said.read_text()
        running = Dev(home, unused_tcp_port, said)
        second = await running.ready()
        keys = ("PEASWAP_URL", "PEASWAP_API_KEY", "PEASWAP_LIVE_API_KEY")
        assert [second[key] for key in keys] == [first[key] for key in keys]
        async with _client(second) as client:
            listed = await until(lambda: _answer(client, "/v1/customers"), SECONDS_MAX)
            assert [each["id"] for each in listed.json()["data"]] == [made.json()["id"]]
        assert await running.interrupt() == []
        beside.kill_servers()
        async with _client(other) as client:
            await until(lambda: _answer(client, "/readyz"), SECONDS_MAX)
            made = await client.post("/v1/customers", json={"name": "Bob", "email": "bob@example.com"})
            listed = await until(lambda: _answer(client, "/v1/customers"), SECONDS_MAX)
            assert listed.json()["data"] == [made.json()], "what the first one had is not here"
            made = await client.post(
                "/v1/payments", json={"amount": 2500, "currency": "usd", "customer": made.json()["id"]}
            )
            assert made.json()["status"] == "SUCCEEDED"
        assert await beside.interrupt() == []
        assert {"Postgres has ended; it is started again.", "Redis has ended; it is started again."} <= {
            line.partition(" Its log")[0] for line in said.read_text().splitlines()
        }
    finally:
        running.kill()
        beside.kill()
    assert "Traceback" not in said.read_text()
