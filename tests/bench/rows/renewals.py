"""Renewals due at one instant: how many subscriptions are billed a second, with invoice, number, charge and events."""

import asyncio
import time

import asyncpg
import psutil

from tests.bench.place import Place
from tests.bench.table import Figure

LEAD_SECONDS = 20
# Only what is new since the last look: counting all of it would be a good part of the work that is measured.
PAID = "select count(*) from es.events where shard = 0 and position > $1 and position <= $2 and type = 'invoice.paid'"
HEAD = "select coalesce(max(position), 0) from es.events where shard = 0"
GOAL = 500
# Of CPU seconds by process over some thousand renewals, and what Postgres counted of its statements.
REASON = (
    "two cores are full: of about 3 ms a subscription until it is paid the workers take 1.9 (a sixth of it to ask the "
    "gateway over HTTP), Postgres 0.9 (half of it the two appends) and the gateway 0.2; the read models take 1.4 more, "
    "of the same cores"
)


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Subscriptions whose trials all end at one second; two workers and a scheduler; the simulated gateway."""
    count = 500 if quick else 50_000
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
    ends_at = int(time.time()) + LEAD_SECONDS + count // 120
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
    workers = [place.fleet.start("worker"), place.fleet.start("worker")]
    programs = [api, *workers, place.fleet.start("scheduler")]
    connection = await asyncpg.connect(place.database_url)
    late = time.time() > ends_at
    paid = _Paid(connection)
    while not await paid.look():
        await asyncio.sleep(0.01)
    begun, first = time.perf_counter(), paid.count
    memory = [0, 0]
    while await paid.look() < count:
        # Of the larger worker, in the first tenth and after it.
        part = int(paid.count > count // 10)
        memory[part] = max([memory[part], *(_mebibytes(each.pid) for each in workers)])
        await asyncio.sleep(0.05 if quick else 0.5)
    took = time.perf_counter() - begun
    await connection.close()
    for program in programs:
        await program.stop()
    rate = (count - first) / took
    return [
        Figure(
            row="renewals",
            what=f"{count:,} subscriptions due at once, two workers",
            figure=f"{rate:,.0f}/s",
            goal=f"≥ {GOAL}/s",
            reached=rate >= GOAL,
            note=f"the larger worker had {memory[0]} MiB in the first tenth and at most {memory[1]} MiB after it"
            + ("; some were due before the workers started" if late else ""),
            reason=REASON,
        )
    ]


class _Paid:
    """How many invoices are paid; each look reads only what was appended since the last one."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._position = 0
        self.count = 0

    async def look(self) -> int:
        head = await self._connection.fetchval(HEAD)
        self.count += await self._connection.fetchval(PAID, self._position, head)
        self._position = head
        return self.count


def _mebibytes(pid: int) -> int:
    return psutil.Process(pid).memory_info().rss >> 20
