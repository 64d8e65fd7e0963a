"""A log of three shards: accounts are spread over them, and in each of them everything works."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, Fleet, fleet, until
from tests.support.receiver import Receiver, receiver

SHARDS = 3
START = int(datetime(2024, 1, 31, tzinfo=UTC).timestamp())
END = int(datetime(2024, 4, 15, tzinfo=UTC).timestamp())


async def test_accounts_lie_in_all_shards_and_are_served_in_each(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running, receiver() as listening:
        running.environment["PEASWAP_SHARDS"] = str(SHARDS)
        assert "up to date" in await running.said("migrate")
        made = [await running.said("keys", "create", "--new-account", f"Shop {n}") for n in range(SHARDS)]
        running.start("worker")
        running.start("scheduler")
        api = await running.api()
        await api.worked_for()
        keys = [_found(r"sk_test_\w+", text) for text in made]
        await asyncio.gather(*(_business(api, key, listening, f"/{n}") for n, key in enumerate(keys)))
        assert f"in {SHARDS} shards verified" in await running.said("verify")
        await _too_few(running)


async def _business(api: Api, key: str, listening: Receiver, path: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, timeout=180, trust_env=False) as client:

        async def post(path: str, **body: Any) -> dict[str, Any]:
            answer = await client.post(path, json=body)
            assert answer.is_success, answer.text
            return answer.json()

        await post("/v1/webhook_endpoints", url=listening.url(path), enabled_events=["invoice.paid"])
        clock = (await post("/v1/test_helpers/test_clocks", frozen_time=START))["id"]
        customer = (await post("/v1/customers", name="Ada", email="ada@example.com", test_clock=clock))["id"]
        listed = (await client.get("/v1/customers?q=ada")).json()["data"]
        assert [each["id"] for each in listed] == [customer]
        method = (await post("/v1/payment_methods/pm_card_visa/attach", customer=customer))["id"]
        await post(f"/v1/customers/{customer}", default_payment_method=method)
        price = {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "MONTH"}}
        await post("/v1/prices", id="price_monthly_pro", product_data={"name": "Pro"}, **price)
        await post(
            "/v1/subscriptions", customer=customer, price="price_monthly_pro", payment_behavior="ALLOW_INCOMPLETE"
        )
        await post(f"/v1/test_helpers/test_clocks/{clock}/advance", frozen_time=END)

        async def ready() -> bool | None:
            status = (await client.get(f"/v1/test_helpers/test_clocks/{clock}")).json()["status"]
            return True if status == "READY" else None

        await until(ready)
        invoices = (await client.get("/v1/invoices")).json()["data"]
        assert [(each["number"], each["status"]) for each in invoices] == [(f"INV-00000{n}", "PAID") for n in (3, 2, 1)]
        told = (await client.get(f"/v1/customers/{customer}/analytics")).json()
        assert (told["total_payments"], told["total_volume"]) == (3, 3000)

        async def all_told() -> bool | None:
            heard = {each.event["data"]["object"]["id"] for each in listening.at(path)}
            return True if heard == {each["id"] for each in invoices} else None

        await until(all_told)
        mine = (await client.get("/v1/api_keys")).json()["data"][0]["id"]
        await post(f"/v1/api_keys/{mine}/revoke")

        async def closed() -> bool | None:
            return True if (await client.get("/v1/customers")).status_code == 401 else None

        await until(closed)


async def _too_few(running: Fleet) -> None:
    """Where the setting is too small, nobody starts to look after a part only."""
    running.environment["PEASWAP_SHARDS"] = "1"
    told = f"PEASWAP_SHARDS is 1, but the log has {SHARDS}: it can only grow."
    for command in ("migrate", "worker", "doctor"):
        assert told in await running.said(command, code=1)
    half = await running.api()
    ready = await half.client.get("/readyz")
    assert (ready.status_code, ready.json()["migrations"]) == (503, told)
    running.environment["PEASWAP_SHARDS"] = str(SHARDS + 1)
    assert "run `./peaswap migrate`" in await running.said("doctor", code=1)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[0]
