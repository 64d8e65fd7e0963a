"""Reads at ten thousand, a hundred thousand and a million customers: one, a page, a page in the middle, a search."""

import time
from collections.abc import Mapping

import asyncpg

from tests.bench.place import Place
from tests.bench.rows.customers import LAST, load_customers
from tests.bench.table import Figure

GOAL_MS = 20
# With 64 connections that never pause, the mean is 64 divided by the rate. Processor time of the API process and of
# Postgres for one answer, and shares of a profile of the API process.
REASON = (
    "64 connections that never pause see a mean of 20 ms where 3,200 are answered a second, and one Python process "
    "answers all beside Postgres and the load generator, on two cores"
)
SPENT: Mapping[str, str] = {
    "GET one": "0.17 ms in the API and 0.02 in Postgres: to write the answer 24 % of the API's, to read and unseal the "
    "events 14, the line of the log 9, to ask Postgres 7",
    "list": "0.35 ms in the API and 0.2 in Postgres: to ask it 33 % of the API's, to make JSON of 20 objects 19, to "
    "write the answer 18",
    "search": "0.35 ms in the API, as for a list, and 0.25 in Postgres",
}
# How much slower than at the smallest size counts as flat still: what differs by less is the machine's own noise.
FLAT_TIMES = 1.5


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """The 99th percentile at 64 connections, at each size."""
    figures: list[Figure] = []
    sizes = (10_000,) if quick else (10_000, 100_000, 1_000_000)
    engine = await place.engine()
    api = await place.fleet.api()
    loaded = 0
    sample: list[str] = []
    first: dict[str, float] = {}
    for size in sizes:
        begun = time.perf_counter()
        sample += await load_customers(place, engine, size - loaded, start=loaded)
        took, loaded = time.perf_counter() - begun, size
        figures.append(Figure(row="reads", what=f"loading up to {size:,} customers", figure=f"{took:.0f} s"))
        await _settled(place)
        searched = [f"{last}%20{n * 7919 % size}" for n, last in enumerate(LAST * 20)]
        middle = sorted(sample)[len(sample) // 2]
        for what, path, ids in (
            ("GET one", "/v1/customers/{id}", sample),
            ("list", "/v1/customers?limit=20", []),
            ("list from the middle", f"/v1/customers?limit=20&starting_after={middle}", []),
            ("search that finds few", "/v1/customers/search?query={id}&limit=20", searched),
            ("search that finds a tenth", "/v1/customers?q={id}&limit=20", LAST),
        ):
            found = await place.load(api.url, "GET", path, seconds=2.0 if quick else 4.0, ids=ids)
            rate = found["requests"] / found["seconds"]
            first.setdefault(what, found["p50_ms"])
            times = found["p50_ms"] / first[what]
            reached = found["p99_ms"] < GOAL_MS and times < FLAT_TIMES
            figures.append(
                Figure(
                    row="reads",
                    what=f"{what}, {size:,} customers, p99 at 64 connections",
                    figure=f"{found['p99_ms']:.1f} ms ({rate:,.0f}/s, p50 {times:.1f}× of 10 k)",
                    goal=f"< {GOAL_MS} ms, flat",
                    reached=reached,
                    reason=_reason(what, times),
                )
            )
    await api.stop()
    await engine.store.close()
    return figures


def _reason(what: str, times: float) -> str:
    """Why the goal is not reached."""
    spent = next(words for name, words in SPENT.items() if what.startswith(name))
    slower = f"; and it is {times:.1f} times as slow as at 10 k" if times >= FLAT_TIMES else ""
    return f"{REASON}; one takes {spent}{slower}"


async def _settled(place: Place) -> None:
    """What autovacuum does within a minute of such a load, so that it does not run in the midst of what is measured."""
    connection = await asyncpg.connect(place.database_url)
    for table in ("rm_customer_list.customers", "rm_objects.objects", "es.events"):
        await connection.execute(f"vacuum (analyze) {table}")
    await connection.close()
