"""The rate limit: so many requests per second and key over all processes, counted in Redis.

A process takes permits in small blocks, so that most requests are counted without asking Redis. When Redis is away
everything passes: an outage of a counter must not become an outage of billing.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from services.core.log import get_logger
from services.core.refusal import Limited

BLOCKS_A_SECOND = 50
AWAY_SECONDS = 1.0
COUNTER_SECONDS = 5
KEYS_MAX = 100_000
# How many keys at once can ask for a block.
TURNS = 64

log = get_logger("limits")


class RateLimit:
    """At most `per_second` requests per second with one key; 0 means no limit."""

    def __init__(self, client: redis.asyncio.Redis, per_second: int, seconds: Callable[[], float] = time.time) -> None:
        self._client: Any = client
        self._seconds = seconds
        self._per_second = per_second
        self._block = max(1, per_second // BLOCKS_A_SECOND)
        # The second of each key's permits, and how many are left in it.
        self._permits: dict[str, tuple[int, int]] = {}
        self._turns = [asyncio.Lock() for _ in range(TURNS)]
        self._away_until = 0.0

    async def spend(self, key_id: str) -> None:
        """Takes one permit. Raises Limited."""
        if not self._per_second or self._taken(key_id):
            return
        # Those who come while a block is on its way wait for it: each with a block of its own, a handful would use up
        # the second.
        async with self._turns[hash(key_id) % TURNS]:
            if self._taken(key_id):
                return
            now = int(self._seconds())
            left = await self._more(key_id, now)
            if len(self._permits) > KEYS_MAX:
                self._permits.clear()
            self._permits[key_id] = (now, left - 1)
        if not left:
            raise self._limited()

    def _taken(self, key_id: str) -> bool:
        """Whether there was a permit; False when a new block is needed. Raises Limited when this second has no more."""
        second, left = self._permits.get(key_id, (0, 0))
        if second != int(self._seconds()) or not left:
            return False
        if left < 0:
            raise self._limited()
        self._permits[key_id] = (second, left - 1)
        return True

    def _limited(self) -> Limited:
        message = f"Too many requests: this key may make {self._per_second} per second."
        return Limited(message, extra={"retry_after": 1})

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
