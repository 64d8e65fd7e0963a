"""Redis or Postgres goes away in the middle of traffic: nothing is lost, and everything resumes by itself."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deploy.dev.postgres import Postgres
from deploy.dev.valkey import Valkey
from eventstore.migrate import migrate
from projections.setup import set_up
from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, Fleet, fleet, until

ANSWERED_SECONDS_MAX = 180


@asynccontextmanager
async def _own_servers() -> AsyncGenerator[tuple[Postgres, Valkey]]:
    """A Postgres and a Valkey of this test alone, as safe against power cuts as in production."""
    with tempfile.TemporaryDirectory(prefix="peaswap-faults-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        postgres, valkey = Postgres(Path(home)), Valkey(Path(home))
        try:
            await asyncio.to_thread(postgres.up)
            await asyncio.to_thread(valkey.up)
            await migrate(postgres.url)
            await set_up(postgres.url, shards=1)
            yield postgres, valkey
        finally:
            await asyncio.to_thread(valkey.down)
            await asyncio.to_thread(postgres.down)


class Traffic:
    """Customers and payments, one after another, until told to stop; each is sent again under its own key until it is
    answered, as a client does."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._stop = asyncio.Event()
        self.statuses: Counter[int] = Counter()
        self.refused: list[httpx.Response] = []
        self.customers: list[str] = []
        self.payments: list[str] = []

    async def run(self, name: str) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            body = {"name": f"{name} {number}", "email": "ada@example.com"}
            customer = await self._sent("/v1/customers", body, f"{name}-c{number}")
            self.customers.append(customer)
            body = {"amount": 100, "currency": "usd", "customer": customer}
            self.payments.append(await self._sent("/v1/payments", body, f"{name}-p{number}"))

    def stop(self) -> None:
        self._stop.set()

    async def _sent(self, path: str, body: Mapping[str, object], key: str) -> str:
        async with asyncio.timeout(ANSWERED_SECONDS_MAX):
            while True:
                answer = await self._api.client.post(path, json=body, headers={"Idempotency-Key": key})
                self.statuses[answer.status_code] += 1
                if answer.is_success:
                    return answer.json()["id"]
                self.refused.append(answer)
                await asyncio.sleep(0.1)


async def _goes_on(traffic: Traffic) -> None:
    """Returns once commands that were sent after this moment were done."""
    before = len(traffic.customers)

    async def further() -> bool | None:
        # The four that were under way may have been answered already.
        return True if len(traffic.customers) > before + 20 else None

    await until(further)


async def _all_listed(api: Api, path: str) -> list[str]:
    ids: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = await api.client.get(path, params={"limit": 100, **after})
        page = answer.json()
        ids += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            return ids
        after = {"starting_after": ids[-1]}


async def _everything_is_there(running: Fleet, api: Api, traffic: Traffic, gateway: SimulatorProcess) -> None:
    async def listed() -> bool | None:
        seen = await _all_listed(api, "/v1/customers"), await _all_listed(api, "/v1/payments")
        return True if sorted(seen[0]) == sorted(traffic.customers) and len(seen[1]) == len(traffic.payments) else None

    await until(listed)
    statuses = {(await api.client.get(f"/v1/payments/{payment}")).json()["status"] for payment in traffic.payments}
    assert statuses == {"SUCCEEDED"}
    assert await gateway.captures() == (len(traffic.payments), 100 * len(traffic.payments))
    verified = await asyncio.to_thread(running.run, "verify")
    assert verified.returncode == 0, verified.stdout
    assert "Traceback" not in running.logs(), running.logs()


async def test_redis_killed_and_emptied_in_the_middle_of_traffic(gateway: SimulatorProcess, tmp_path: Path) -> None:
    async with _own_servers() as (postgres, valkey), fleet(tmp_path, postgres.url, valkey.url, gateway) as running:
        api = await running.api()
        running.start("worker")
        running.start("scheduler")
        traffic = Traffic(api)
        clients = [asyncio.create_task(traffic.run(f"client{n}")) for n in range(4)]
        await asyncio.sleep(2)
        await asyncio.to_thread(valkey.down)
        shutil.rmtree(valkey.data)
        valkey.data.mkdir(mode=0o700)
        await asyncio.sleep(1)
        await _goes_on(traffic)
        await asyncio.to_thread(valkey.up, moves=False)
        await asyncio.sleep(2)
        traffic.stop()
        await asyncio.gather(*clients)
        assert set(traffic.statuses) == {200}
        await _everything_is_there(running, api, traffic, gateway)
        # Wake-ups work again: a list shows what was written just before, without waiting in vain.
        for _ in range(20):
            created = (await api.client.post("/v1/customers", json={"name": "A", "email": "a@b.co"})).json()
            answer = await api.client.get("/v1/customers", params={"limit": 1})
            assert answer.json()["data"][0]["id"] == created["id"]
            assert "peaswap-stale" not in answer.headers


async def test_postgres_restarted_in_the_middle_of_traffic(gateway: SimulatorProcess, tmp_path: Path) -> None:
    async with _own_servers() as (postgres, valkey), fleet(tmp_path, postgres.url, valkey.url, gateway) as running:
        api = await running.api()
        worker = running.start("worker")
        running.start("scheduler")
        traffic = Traffic(api)
        clients = [asyncio.create_task(traffic.run(f"client{n}")) for n in range(4)]
        await asyncio.sleep(2)
        await asyncio.to_thread(postgres.down)
        await asyncio.sleep(1.5)
        away = await api.client.get("/readyz")
        alive = await api.client.get("/healthz")
        assert (away.status_code, alive.status_code) == (503, 200)
        # From here on there is only a worker that was started while there was nothing to work with.
        late = running.start("worker")
        worker.kill()

        async def waits() -> bool | None:
            return True if "worker_waits" in late.log.read_text() else None

        await until(waits)
        await asyncio.to_thread(postgres.up, moves=False)
        await _goes_on(traffic)
        traffic.stop()
        await asyncio.gather(*clients)
        assert {answer.status_code for answer in traffic.refused} <= {503, 409}
        unavailable = [answer for answer in traffic.refused if answer.status_code == 503]
        assert unavailable, "the outage was seen"
        for answer in unavailable:
            assert answer.headers["retry-after"]
            assert answer.json()["error"]["type"] == "api_error"
        await _everything_is_there(running, api, traffic, gateway)
