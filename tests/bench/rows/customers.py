"""Loading customers through the store's own append in batches, and bringing the read models up to them."""

import asyncio
from datetime import timedelta

from services.billing.customers.commands import CreateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.step import Step
from tests.bench.place import Place

BATCH = 100
LANES = 8
FIRST = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Tony", "Frances", "Ken")
LAST = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Hoare", "Allen", "Thompson")


async def load_customers(place: Place, engine: Engine, count: int, *, start: int = 0) -> list[str]:
    """Adds customers numbered from `start`; returns a sample of their ids."""
    account = place.fleet.account
    tenant = await engine.tenants.open(f"{account}/test")
    numbers = iter(range(start, start + count, BATCH))
    sample: list[str] = []

    async def lane() -> None:
        for first in numbers:
            envelope = Envelope(
                tenant=tenant,
                account=account,
                livemode=False,
                actor="system:bench",
                request_id="req_bench",
                at=engine.clock.now() - timedelta(seconds=1),
            )
            steps = [_creation(number) for number in range(first, min(first + BATCH, start + count))]
            await engine.handle(envelope, steps)
            sample.append(steps[0].id)

    await asyncio.gather(*(lane() for _ in range(LANES)))
    await place.catch_up(engine)
    return sample


def _creation(number: int) -> Step:
    first, last = FIRST[number % 10], LAST[number // 10 % 10]
    id = new_id(CUSTOMERS.prefix)
    email = f"{first}.{last}.{number}@example.com".lower()
    command = CreateCustomer(id=id, name=f"{first} {last} {number}", email=email, phone=f"+1555{number:07d}")
    return Step(CUSTOMERS, id, command, fresh=True)
