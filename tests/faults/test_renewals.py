"""Renewals due at one instant, with two schedulers and three workers that are killed at random: one invoice and
one charge for each, whatever crashes, repeats or lags.

PEASWAP_RENEWALS sets how many.
"""

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path

import asyncpg

from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, Fleet, Program, fleet, until

COUNT = int(os.environ.get("PEASWAP_RENEWALS", "120"))
KILLS = 8
PAID = "select count(*) from es.events where type = 'invoice.paid'"
TYPES = "select type, count(*) from es.events group by type"


async def _subscribed(api: Api, count: int) -> list[str]:
    """Subscriptions whose trials all end at one instant, soon after the last of them was made."""
    price = await api.client.post(
        "/v1/prices",
        json={"currency": "usd", "unit_amount": 700, "recurring": {"interval": "MONTH"}, "product_data": {"name": "P"}},
    )
    room = asyncio.Semaphore(16)

    async def made(path: str, body: dict[str, object]) -> str:
        async with room:
            return (await api.client.post(path, json=body)).json()["id"]

    started = time.monotonic()
    people: list[dict[str, object]] = [{"name": "Ada", "email": f"ada{number}@example.com"} for number in range(count)]
    customers = await asyncio.gather(*(made("/v1/customers", body) for body in people))
    # A subscription costs a few times what a customer costs, on a machine as busy as this one is now.
    ends_at = int(time.time() + 8 + 8 * (time.monotonic() - started))
    wanted: list[dict[str, object]] = [
        {"customer": id, "price": price.json()["id"], "trial_end": ends_at} for id in customers
    ]
    return list(await asyncio.gather(*(made("/v1/subscriptions", body) for body in wanted)))


async def _kill_at_random(
    running: Fleet, working: list[Program], schedulers: list[Program], chance: random.Random
) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 0.7))
        victims, name = (working, "worker") if chance.random() < 0.75 else (schedulers, "scheduler")
        victim = victims.pop(chance.randrange(len(victims)))
        victim.kill()
        victims.append(running.start(name))


async def test_each_subscription_is_billed_once_whatever_is_killed(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        api = await running.api()
        subscriptions = await _subscribed(api, COUNT)
        workers = [running.start("worker") for _ in range(3)]
        schedulers = [running.start("scheduler") for _ in range(2)]
        connection = await asyncpg.connect(database)
        await until(lambda: _more_than(connection, 0), 180)
        await _kill_at_random(running, workers, schedulers, random.Random(7))
        # A worker that died gives what it had claimed back after half a minute.
        await until(lambda: _more_than(connection, COUNT - 1), 300)
        counted: Counter[str] = Counter({row[0]: row[1] for row in await connection.fetch(TYPES)})
        numbers = await connection.fetch("select data->>'number' from es.events where type = 'invoice.finalized'")
        await connection.close()
        for kind in ("subscription.renewed", "invoice.created", "invoice.paid", "payment.created", "payment.succeeded"):
            assert counted[kind] == COUNT, kind
        assert sorted(row[0] for row in numbers) == [f"INV-{n + 1:06d}" for n in range(COUNT)]
        assert await gateway.captures() == (COUNT, 700 * COUNT)
        renewed = [(await api.client.get(f"/v1/subscriptions/{id}")).json() for id in subscriptions[:10]]
        assert {each["status"] for each in renewed} == {"ACTIVE"}
        verified = await asyncio.to_thread(running.run, "verify")
        assert verified.returncode == 0, verified.stdout


async def _more_than(connection: asyncpg.Connection, count: int) -> bool | None:
    return True if await connection.fetchval(PAID) > count else None
