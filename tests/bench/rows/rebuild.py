"""Rebuilds of every read model from the log, compared row by row with the one that served."""

import time

from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from tests.bench.place import Place
from tests.bench.rows.customers import load_customers
from tests.bench.table import Figure

GOAL = 50_000
# Those that open nothing that is sealed.
SIMPLE = {"history", "due", "analytics", "payment_history", "key_ring"}
REASON = (
    "decoding each event in Python takes about half of the time, writing its row and its key's index in Postgres about "
    "the other half, on cores that the two share"
)


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Events a second, with indexes, comparison and swap."""
    engine = await place.engine()
    await load_customers(place, engine, 10_000 if quick else 100_000, models=[each.name for each in PROJECTIONS])
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
                goal=f"≥ {GOAL:,}" if simple else "",
                reached=rate >= GOAL if simple else None,
                reason=REASON,
            )
        )
    await engine.store.close()
    return figures
