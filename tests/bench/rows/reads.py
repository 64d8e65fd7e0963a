"""Reads at ten thousand, a hundred thousand and a million customers: one, a page, a page in the middle, a search."""

import time

import asyncpg

from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from tests.bench.place import Place
from tests.bench.rows.customers import LAST, load_customers
from tests.bench.table import Figure

EVENTUAL_GOAL_MS = 20
REBUILD_GOAL = 50_000
# With 64 connections that never pause, the mean is 64 divided by the rate.
REASON = "one Python process answers all; API, Postgres and the load generator share the cores"
# Those that open nothing that is sealed.
SIMPLE = {"history", "due", "analytics", "payment_history", "key_ring"}


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """The 99th percentile at 64 connections, at each size; and how fast the read models are rebuilt."""
    figures: list[Figure] = []
    sizes = (10_000,) if quick else (10_000, 100_000, 1_000_000)
    engine = await place.engine()
    api = await place.fleet.api()
    loaded = 0
    sample: list[str] = []
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
            figures.append(
                Figure(
                    row="reads",
                    what=f"{what}, {size:,} customers, p99 at 64 connections",
                    figure=f"{found['p99_ms']:.1f} ms ({rate:,.0f}/s)",
                    goal=f"< {EVENTUAL_GOAL_MS} ms",
                    reached=found["p99_ms"] < EVENTUAL_GOAL_MS,
                    reason=REASON,
                )
            )
        if size == sizes[min(1, len(sizes) - 1)]:
            figures += await _rebuilds(place)
    await api.stop()
    await engine.store.close()
    return figures


async def _settled(place: Place) -> None:
    """What autovacuum does within a minute of such a load, so that it does not run in the midst of what is measured."""
    connection = await asyncpg.connect(place.database_url)
    for table in ("rm_customer_list.customers", "rm_objects.objects", "es.events"):
        await connection.execute(f"vacuum (analyze) {table}")
    await connection.close()


async def _rebuilds(place: Place) -> list[Figure]:
    engine = await place.engine()
    figures: list[Figure] = []
    for projection in PROJECTIONS:
        begun = time.perf_counter()
        done = await rebuild(engine, place.database_url, projection, lambda _done, _all: None)
        rate = done.events / (time.perf_counter() - begun)
        simple = projection.name in SIMPLE
        assert done.differing == 0, f"{projection.name}: {done.differing} rows differ"
        figures.append(
            Figure(
                row="rebuild",
                what=f"{projection.name}, {done.events:,} events",
                figure=f"{rate:,.0f} events/s",
                goal=f"≥ {REBUILD_GOAL:,}" if simple else "",
                reached=rate >= REBUILD_GOAL if simple else None,
                reason="decoding events in Python and Postgres' upserts take about half each, and share the cores",
            )
        )
    await engine.store.close()
    return figures
