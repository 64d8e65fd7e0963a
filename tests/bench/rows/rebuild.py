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

# By the CPU time of each process, for an event that the read model wants, in a log of 80,000.
REASONS = {
    "payment_history": "Python takes 9 µs of an event (3 to read it, 3 to decode it) and Postgres 5",
    "history": "Python takes 7 µs of an event (3 to read it, 3 to decode it) and Postgres 4",
    "analytics": "Python takes 9 µs of an event (3 to read it, 3 to decode it) and Postgres 15: a contribution and a "
    "customer's total, each with its key, and an index of the contributions",
    "due": "Python takes 15 µs of an event (6 to read and decode it, the rest to fold it and for its state) and "
    "Postgres 12: going past what is not wanted, a state, what is due and their keys",
}
SHORT = "; where there are few events, making tables, indexes and the swap take the rest"


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
                reason=REASONS.get(projection.name, "") + SHORT,
            )
        )
    await engine.store.close()
    return figures
