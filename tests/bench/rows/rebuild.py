"""Rebuilds of every read model from the log, compared row by row with the one that served."""

import time

from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from services.core.garbage import collect_seldom
from tests.bench.place import Place
from tests.bench.rows.customers import load_customers
from tests.bench.table import Figure

GOAL = 50_000
# Those that open nothing that is sealed, and of which there is enough here to tell a rate.
SIMPLE = {"history", "due", "analytics", "payment_history"}
WANTED = "select count(*) from es.events where $1::text[] is null or type = any ($1::text[])"
REASON = (
    "decoding each event in Python takes about half of the time, writing its row and its key's index in Postgres about "
    "the other half, on cores that the two share"
)


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Events a second that the read model wants, with indexes, comparison with what the projector made, and swap."""
    engine = await place.engine()
    [customer, *_] = await load_customers(place, engine, 10_000 if quick else 100_000, models=())
    api = await place.fleet.api()
    body = f'{{"amount": 2500, "currency": "usd", "customer": "{customer}"}}'
    await place.load(api.url, "POST", "/v1/payments", body, connections=16, seconds=2.0 if quick else 30.0)
    await api.stop()
    await place.catch_up(engine)
    # As the command line does.
    collect_seldom()
    figures: list[Figure] = []
    for projection in PROJECTIONS:
        begun = time.perf_counter()
        done = await rebuild(engine, place.database_url, projection, lambda _done, _all: None)
        took = time.perf_counter() - begun
        types = None if projection.wants is None else list(projection.wants)
        wanted = await engine.store.pool.fetchval(WANTED, types)
        rate = wanted / took
        simple = projection.name in SIMPLE
        assert done.differing == 0, f"{projection.name}: {done.differing} rows differ"
        figures.append(
            Figure(
                row="rebuild",
                what=f"{projection.name}, {wanted:,} of {done.events:,} events",
                figure=f"{rate:,.0f} events/s",
                goal=f"≥ {GOAL:,}" if simple else "",
                reached=rate >= GOAL if simple else None,
                reason=REASON,
            )
        )
    await engine.store.close()
    return figures
