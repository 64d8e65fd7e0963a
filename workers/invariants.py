"""The laws of money, looked at on live data: money that was taken is money that invoices say was paid, balances are
what invoices made of them, numbers have no gap, and a period has one invoice. A law that is broken is an alarm."""

import time

from prometheus_client import Gauge

from projections.laws.queries import LAWS, Verdict, verdict
from services.core.engine import Engine
from services.core.log import get_logger

EVERY_SECONDS = 15.0

BROKEN = Gauge("peaswap_laws_broken", "Places where a law of money does not hold (at most 20)", ("law", "shard"))
POSITION = Gauge("peaswap_laws_position", "The position of the log up to which the laws were looked at", ("shard",))

log = get_logger("invariants")


class Invariants:
    """Looks now and then, and says what it finds in a log line and in the worker's metrics."""

    def __init__(self) -> None:
        self._next: dict[int, float] = {}

    async def look(self, engine: Engine, shard: int) -> None:
        """Looks, unless this process did so a moment ago."""
        now = time.monotonic()
        if now < self._next.get(shard, 0.0):
            return
        self._next[shard] = now + EVERY_SECONDS
        await check(engine, shard)


async def check(engine: Engine, shard: int) -> Verdict:
    """Looks at all laws in this shard and reports."""
    found = await verdict(engine.store.pool, shard)
    for law in LAWS:
        BROKEN.labels(law, str(shard)).set(sum(breach.law == law for breach in found.breaches))
    POSITION.labels(str(shard)).set(found.position)
    for breach in found.breaches:
        log.error("law_broken", law=breach.law, shard=shard, tenant=breach.tenant, id=breach.id, reason=breach.reason)
    log.info("laws_checked", shard=shard, position=found.position, broken=len(found.breaches))
    return found
