"""How deliveries are doing, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from eventstore.pool import FairPool
from workers.webhooks.results import Tried

TRIES = Counter("peaswap_webhook_tries", "Tries to deliver an event, by what came of them", ("outcome",))
SECONDS = Histogram(
    "peaswap_webhook_try_seconds",
    "How long tries took",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BACKLOG = Gauge("peaswap_webhook_backlog", "Deliveries that are not done", ("shard",))

PENDING = """
select count(*)
  from webhooks.deliveries d
 where d.shard = $1
   and d.status = 'PENDING'
"""


def count_try(tried: Tried) -> None:
    """Counts a try."""
    outcome = "delivered" if tried.error is None else "refused" if tried.status_code is not None else "unreached"
    TRIES.labels(outcome).inc()
    SECONDS.observe(tried.seconds)


async def count_backlog(pool: FairPool, shard: int) -> None:
    """Counts what waits."""
    BACKLOG.labels(str(shard)).set(await pool.fetchval(PENDING, shard))
