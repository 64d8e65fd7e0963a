"""For people: what will happen and why, letting time pass, and how every figure came about."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, Fleet, fleet, until

JANUARY = 1706713445  # 2024-01-31T15:04:05Z


async def _run(running: Fleet, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(running.run, *arguments)


async def _post(api: Api, path: str, **body: Any) -> Any:
    answer = await api.client.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def _subscribed(api: Api) -> tuple[str, str, str]:
    """A clock, and a subscription on it that changed half-way through its first month."""
    clock = await _post(api, "/v1/test_helpers/test_clocks", frozen_time=JANUARY)
    customer = await _post(api, "/v1/customers", name="Ada", email="ada@example.com", test_clock=clock["id"])
    month: dict[str, Any] = {"currency": "usd", "recurring": {"interval": "MONTH"}, "product_data": {"name": "Pro"}}
    prices = [(await _post(api, "/v1/prices", unit_amount=amount, **month))["id"] for amount in (1000, 2000)]
    subscription = await _post(
        api, "/v1/subscriptions", customer=customer["id"], price=prices[0], payment_behavior="allow_incomplete"
    )
    return clock["id"], subscription["id"], prices[1]


async def test_what_comes_is_told_and_happens_and_is_explained(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        api = await running.api()
        running.start("worker")
        running.start("scheduler")
        clock, subscription, dear = await _subscribed(api)

        async def known() -> str | None:
            told = (await _run(running, "due", "--id", subscription)).stdout
            return told if subscription in told else None

        told = await until(known)
        assert "announces what comes at 2024-02-29 15:04:05 UTC" in " ".join(told.split())
        advanced = await _run(running, "clocks", "advance", clock, "2024-02-15T03:04:05Z")
        assert advanced.returncode == 0, advanced.stderr
        assert "shows 2024-02-15 03:04:05 UTC" in advanced.stdout
        await api.client.put(f"/v1/subscriptions/{subscription}", json={"price": dear})
        assert (await _run(running, "clocks", "advance", clock, "+3w")).returncode == 0
        explained = (await _run(running, "subscriptions", "explain", subscription)).stdout
        for words in (
            "anchor   2024-01-31 15:04:05 UTC",
            "boundary 1 = 2024-01-31 15:04:05 UTC + 1 month(s) = 2024-02-29 15:04:05 UTC",
            "-(1000 × 1/2) = -500",
            "(2000 × 1/2) = 1000",
            "-500 +1000 +2000 = 2500 usd",
        ):
            assert words in explained, explained
        whole = json.loads((await _run(running, "subscriptions", "explain", subscription, "--json")).stdout)
        assert whole["chapters"][0]["title"] == "subscription.created"
        assert (await _run(running, "clocks", "advance", clock, "2024-01-01")).returncode == 1
        assert (await _run(running, "clocks", "advance", "clock_none", "+1d")).returncode == 1
        assert (await _run(running, "clocks", "advance", clock, "soon")).returncode == 2
        assert (await _run(running, "subscriptions", "explain", "sub_none")).returncode == 1
        assert (await _run(running, "subscriptions", "explain", "cust_none")).returncode == 2
        parked = await _run(running, "due", "--parked")
        assert (parked.returncode, parked.stdout) == (0, "Nothing is parked.\n")
