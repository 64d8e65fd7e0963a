"""kill -9 around the commit of an erasure: afterwards the customer is not erased, or wholly."""

import asyncio
from pathlib import Path
from typing import Literal

import httpx
import pytest

from tests.support.gateway import SimulatorProcess
from tests.support.models import project_all
from tests.support.privacy import PHONE, WORD, places_with
from tests.support.processes import fleet, until
from tests.support.proxy import commit_proxy


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_erasure_killed_around_its_commit_is_whole_or_not_at_all(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path, when: Literal["before", "after"]
) -> None:
    async with (
        commit_proxy(database, b"customer.erased", when) as proxy,
        fleet(tmp_path, database, redis_url, gateway) as running,
    ):
        other = await running.api()
        body = {"name": WORD, "email": f"{WORD}@example.com", "phone": PHONE, "metadata": {"a": WORD}}
        customer = (await other.client.post("/v1/customers", json=body)).json()["id"]
        path, key = f"/v1/customers/{customer}", {"Idempotency-Key": "erase-1"}
        attached = await other.client.post("/v1/payment_methods/pm_card_visa/attach", json={"customer": customer})
        await project_all(running.environment)
        api = await running.api(PEASWAP_DATABASE_URL=proxy.url)
        request = asyncio.create_task(api.client.post(f"{path}/erase", json={}, headers=key))
        await asyncio.wait_for(proxy.stopped.wait(), 120)

        async def decided() -> int | None:
            """What stands, once Postgres has done or dropped what it was sent; it is committed before the proxy
            stops its answer, or never arrives."""
            status = (await other.client.get(path)).status_code
            return status if status == (200 if when == "before" else 404) else None

        assert await until(decided)
        api.kill()
        with pytest.raises(httpx.TransportError):
            await request
        method = f"/v1/payment_methods/{attached.json()['id']}"
        if when == "before":
            # Not at all: all of it can be read.
            assert (await other.client.get(path)).json()["name"] == WORD
        expected = (customer, "4242") if when == "before" else (None, "[erased]")

        async def shown() -> bool | None:
            """Another server may have its key cached for a second."""
            found = (await other.client.get(method)).json()
            return True if (found["customer"], found["card"]["last4"]) == expected else None

        assert await until(shown)
        receipt = await other.client.post(f"{path}/erase", json={}, headers=key)
        assert (receipt.status_code, receipt.json()["payment_methods"]) == (200, 1)
        assert receipt.headers.get("idempotent-replayed") == (None if when == "before" else "true")
        running.start("worker")
        running.start("scheduler")

        async def forgotten() -> bool | None:
            told = (await other.client.get(f"{path}/history")).json()["data"]
            return True if any(each["type"] == "erasure.finished" for each in told) else None

        assert await until(forgotten)
        replayed = await asyncio.to_thread(running.run, "replay", customer, "--json")
        assert (replayed.returncode, WORD in replayed.stdout) == (0, False)
        await project_all(running.environment)
        assert await places_with(database, redis_url) == []
        assert WORD not in running.logs()
        assert PHONE not in running.logs()
        verified = await asyncio.to_thread(running.run, "verify")
        assert verified.returncode == 0, verified.stdout
