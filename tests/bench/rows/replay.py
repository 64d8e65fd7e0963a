"""Replay: a customer with a thousand events, folded from the log."""

import time
from statistics import median

from services.billing.customers.commands import UpdateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.core.envelope import Envelope
from services.core.step import Step
from tests.bench.place import Place
from tests.bench.rows.customers import load_customers
from tests.bench.table import Figure

EVENTS = 1_000
TIMES = 20


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """The time to read, open and fold all of its events; the median."""
    engine = await place.engine()
    (id,) = await load_customers(place, engine, 1)
    account = place.fleet.account
    tenant = await engine.tenants.open(f"{account}/test")
    for number in range(EVENTS - 1):
        envelope = Envelope(
            tenant=tenant,
            account=account,
            livemode=False,
            actor="system:bench",
            request_id="req_bench",
            at=engine.clock.now(),
        )
        await engine.handle(envelope, Step(CUSTOMERS, id, UpdateCustomer(metadata={"number": number})))
    took: list[float] = []
    for _ in range(5 if quick else TIMES):
        begun = time.perf_counter()
        loaded = await engine.load(CUSTOMERS, tenant, id)
        took.append((time.perf_counter() - begun) * 1000)
        assert len(loaded.facts) == EVENTS
    await engine.store.close()
    figure = median(took)
    return [
        Figure(
            row="replay",
            what=f"a customer of {EVENTS:,} events",
            figure=f"{figure:.0f} ms",
            goal="< 50 ms",
            reached=figure < 50,
        )
    ]
