"""Lag: from the answer to a create until the customer stands in the list, idle and under load."""

import asyncio
import time

import asyncpg

from tests.bench.place import Place
from tests.bench.table import Figure

IDLE = 100
LOADED = 200
SEEN = "select exists (select from rm_customer_list.customers where id = $1)"


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """The 99th percentile, with one API process, one worker and the scheduler."""
    api = await place.fleet.api()
    worker, scheduler = place.fleet.start("worker"), place.fleet.start("scheduler")
    connection = await asyncpg.connect(place.database_url)

    async def lag(number: int) -> float:
        body = {"name": "Ada", "email": f"lag{number}@example.com"}
        created = (await api.client.post("/v1/customers", json=body)).json()
        begun = time.perf_counter()
        while not await connection.fetchval(SEEN, created["id"]):
            await asyncio.sleep(0.001)
        return (time.perf_counter() - begun) * 1000

    for number in range(10):
        await lag(number)
    idle = sorted([await lag(number) for number in range(IDLE)])
    body = '{"name": "Ada Lovelace {n}", "email": "ada{n}@example.com"}'
    seconds = 4.0 if quick else 8.0
    # Eight connections write about as fast as the goal says; what is measured is written beside them.
    load = asyncio.create_task(place.load(api.url, "POST", "/v1/customers", body, connections=4, seconds=seconds))
    await asyncio.sleep(1)
    busy: list[float] = []
    while not load.done() and len(busy) < LOADED:
        busy.append(await lag(len(busy)))
    found = await load
    busy.sort()
    await connection.close()
    for program in (api, worker, scheduler):
        await program.stop()
    rate = found["requests"] / found["seconds"]
    return [_figure("idle", idle, 50), _figure(f"at {rate:,.0f} creates/s", busy, 100)]


def _figure(when: str, milliseconds: list[float], goal: int) -> Figure:
    p99 = milliseconds[int(len(milliseconds) * 0.99) - 1]
    return Figure(
        row="lag",
        what=f"from commit to list, {when}, p99",
        figure=f"{p99:.0f} ms",
        goal=f"< {goal} ms",
        reached=p99 < goal,
    )
