"""The rate limit: so many requests per second and key over all processes, counted in Redis.

A process takes permits in small blocks, so that most requests are counted without asking Redis. When Redis is away
everything passes: an outage of a counter must not become an outage of billing.
"""

import time
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from services.core.log import get_logger
from services.core.refusal import Limited

BLOCKS_A_SECOND = 50
AWAY_SECONDS = 1.0
COUNTER_SECONDS = 5
KEYS_MAX = 100_000

log = get_logger("limits")


class RateLimit:
    """At most `per_second` requests per second with one key; 0 means no limit."""

    def __init__(self, client: redis.asyncio.Redis, per_second: int) -> None:
        self._client: Any = client
        self._per_second = per_second
        self._block = max(1, per_second // BLOCKS_A_SECOND)
        self._permits: dict[str, tuple[int, int]] = {}
        self._away_until = 0.0

    async def spend(self, key_id: str) -> None:
        """Takes one permit. Raises Limited."""
        if not self._per_second:
            return
        now = int(time.time())
        second, left = self._permits.get(key_id, (0, 0))
        if second != now or not left:
            left = await self._more(key_id, now)
            if not left:
                raise Limited(
                    f"Too many requests: this key may make {self._per_second} per second.", extra={"retry_after": 1}
                )
            # Others may have taken permits while Redis was asked.
            kept = self._permits.get(key_id, (0, 0))
            left += kept[1] if kept[0] == now else 0
            if len(self._permits) > KEYS_MAX:
                self._permits.clear()
        self._permits[key_id] = (now, left - 1)

    async def _more(self, key_id: str, second: int) -> int:
        if time.monotonic() < self._away_until:
            return self._block
        counter = f"peaswap:limit:{key_id}:{second}"
        try:
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.incrby(counter, self._block)
                pipeline.expire(counter, COUNTER_SECONDS)
                taken, _ = await pipeline.execute()
        except (RedisError, OSError) as problem:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("rate_limit_open", reason=str(problem))
            return self._block
        return max(0, min(self._block, self._per_second - (int(taken) - self._block)))
