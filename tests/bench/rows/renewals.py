"""Renewals due at one instant: how many subscriptions are billed a second, with invoice, number, charge and events."""

import asyncio
import resource
import time

import asyncpg

from tests.bench.place import Place
from tests.bench.table import Figure

LEAD_SECONDS = 20
PAID = "select count(*) from es.events where type = 'invoice.paid'"
GOAL = 500


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Subscriptions whose trials all end at one second; two workers and a scheduler; the simulated gateway."""
    count = 500 if quick else 5_000
    api = await place.fleet.api()
    price = await api.client.post(
        "/v1/prices",
        json={
            "currency": "usd",
            "unit_amount": 1000,
            "recurring": {"interval": "MONTH"},
            "product_data": {"name": "Pro"},
        },
    )
    ends_at = int(time.time()) + LEAD_SECONDS + count // 100
    room = asyncio.Semaphore(32)

    async def subscribe(number: int) -> None:
        async with room:
            body: dict[str, object] = {"name": "Ada", "email": f"ada{number}@example.com"}
            customer = (await api.client.post("/v1/customers", json=body)).json()["id"]
            body = {"customer": customer, "price": price.json()["id"], "trial_end": ends_at}
            answer = await api.client.post("/v1/subscriptions", json=body)
            assert answer.is_success, answer.text

    await asyncio.gather(*(subscribe(number) for number in range(count)))
    engine = await place.engine()
    await place.catch_up(engine)
    await engine.store.close()
    programs = [api, place.fleet.start("worker"), place.fleet.start("worker"), place.fleet.start("scheduler")]
    connection = await asyncpg.connect(place.database_url)
    late = time.time() > ends_at
    while not await connection.fetchval(PAID):
        await asyncio.sleep(0.01)
    begun, first = time.perf_counter(), await connection.fetchval(PAID)
    while await connection.fetchval(PAID) < count:
        await asyncio.sleep(0.05)
    took = time.perf_counter() - begun
    await connection.close()
    for program in programs:
        await program.stop()
    rate = (count - first) / took
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return [
        Figure(
            row="renewals",
            what=f"{count:,} subscriptions due at once, two workers",
            figure=f"{rate:,.0f}/s",
            goal=f"≥ {GOAL}/s",
            reached=rate >= GOAL,
            note=f"the largest process had {memory} MiB"
            + ("; some were due before the workers started" if late else ""),
        )
    ]
