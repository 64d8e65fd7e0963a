"""Claims that servers of an older version did not make: found in the log, a bounded step at a time."""

from eventstore.pool import FairPool

STEP_EVENTS_MAX = 10_000
CLAIM = "select es.claim_late($1, $2)"


async def claim_late(pool: FairPool, shard: int) -> int:
    """Makes those of the next events; returns how many events that were, 0 at the end of the log. Safe to repeat."""
    return await pool.fetchval(CLAIM, shard, STEP_EVENTS_MAX)
