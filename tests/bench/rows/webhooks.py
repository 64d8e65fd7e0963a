"""Webhooks: deliveries a second to fast endpoints, and what an endpoint that hangs costs the others."""

import asyncio
import time

import asyncpg

from tests.bench.place import Place
from tests.bench.table import Figure
from tests.support.processes import Api
from tests.support.receiver import Received, Receiver, Reply, receiver

ENDPOINTS = 5
PER_SECOND_GOAL = 500
APART_MS_GOAL = 100
EVENTS_APART_SECONDS = 0.02


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Two workers and a scheduler; the receivers are in this process, and verify nothing."""
    count = 400 if quick else 2_000
    async with receiver() as inbox:
        api = await place.fleet.api()
        for number in range(ENDPOINTS):
            await _endpoint(api, inbox.url(f"/fast{number}"))
        room = asyncio.Semaphore(32)

        async def create(number: int) -> None:
            async with room:
                await _create(api, number)

        await asyncio.gather(*(create(number) for number in range(count)))
        programs = [place.fleet.start("worker"), place.fleet.start("worker"), place.fleet.start("scheduler")]
        connection = await asyncpg.connect(place.database_url)
        rate = await _rate(inbox, connection, count * ENDPOINTS)
        alone = await _p99(api, inbox, quick=quick)
        inbox.behaviours["/hangs"] = _hangs
        await _endpoint(api, inbox.url("/hangs"))
        beside = await _p99(api, inbox, quick=quick)
        await connection.close()
        for program in (api, *programs):
            await program.stop()
    return [
        Figure(
            row="webhooks",
            what=f"{count * ENDPOINTS:,} deliveries to {ENDPOINTS} fast endpoints, two workers",
            figure=f"{rate:,.0f}/s",
            goal=f"> {PER_SECOND_GOAL}/s",
            reached=rate > PER_SECOND_GOAL,
        ),
        Figure(
            row="webhooks",
            what="from commit to arrival, p99, while another endpoint hangs for 10 s",
            figure=f"{beside:.0f} ms",
            goal=f"< {APART_MS_GOAL} ms more than without it",
            reached=beside - alone < APART_MS_GOAL,
            note=f"{alone:.0f} ms without it",
        ),
    ]


async def _hangs(_received: Received) -> Reply:
    await asyncio.sleep(15)
    return Reply()


async def _endpoint(api: Api, url: str) -> None:
    body = {"url": url, "enabled_events": ["customer.created"]}
    response = await api.client.post("/v1/webhook_endpoints", json=body)
    assert response.is_success, response.text


async def _create(api: Api, number: int) -> str:
    body = {"name": "Ada", "email": f"ada{number}@example.com"}
    return (await api.client.post("/v1/customers", json=body)).json()["id"]


async def _rate(inbox: Receiver, connection: asyncpg.Connection, count: int) -> float:
    """From the first arrival until every result is written."""
    while not inbox.received:
        await asyncio.sleep(0.005)
    begun = time.perf_counter()
    while await connection.fetchval("select count(*) from webhooks.deliveries where status = 'DELIVERED'") < count:
        await asyncio.sleep(0.05)
    return count / (time.perf_counter() - begun)


async def _p99(api: Api, inbox: Receiver, *, quick: bool) -> float:
    """Milliseconds from the answer to a create until its event is at the first of the fast endpoints."""
    arrived: dict[str, float] = {}

    async def notes(received: Received) -> Reply:
        arrived[received.event["data"]["object"]["id"]] = time.perf_counter()
        return Reply()

    inbox.behaviours["/fast0"] = notes
    created: dict[str, float] = {}
    for number in range(150 if quick else 750):
        id = await _create(api, number)
        created[id] = time.perf_counter()
        await asyncio.sleep(EVENTS_APART_SECONDS)
    async with asyncio.timeout(60):
        while not created.keys() <= arrived.keys():
            await asyncio.sleep(0.01)
    took = sorted(arrived[id] - created[id] for id in created)
    return took[int(len(took) * 0.99) - 1] * 1000
