"""The latest requests of each environment, for people who look for one: what was called, how it was answered, by which
key, how long it took. No bodies, no queries, nothing that somebody typed; in Redis, capped, gone after a week.

Noting one costs a request an append to a list. Under pressure the rest is dropped: it is a window, not a record.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import redis.asyncio
from msgspec import Struct
from redis.exceptions import RedisError

from eventstore.tenants import Tenant
from services.billing.registry import CAPABILITIES
from services.core.cards import holds_card_number
from services.core.log import get_logger

FLUSH_SECONDS = 0.25
CLOSING_SECONDS_MAX = 2.0
# Of one flush; failures find room longer.
ROOM = 100
ROOM_FOR_FAILURES = 150
KEPT_MAX = 1_000
KEPT_SECONDS = 7 * 86_400
FAILURE = 400
# Ids as they begin with us; what else stands in a path might be anything, a secret or the number of a card.
ID = re.compile(r"([a-z]{2,8})_[A-Za-z0-9_-]{1,80}")
PREFIXES = frozenset({"evt", "wd", *(each.decider.prefix for each in CAPABILITIES)})

log = get_logger("requests")


class Noted(Struct, frozen=True, array_like=True):
    """A request and its answer; `at` in Unix milliseconds, `path` with ids but without a query."""

    id: str
    at: int
    method: str
    path: str
    status: int
    ms: float
    key: str


def path_of(route: str, ids: Mapping[str, str]) -> str:
    """The route with the ids that it was called with; what has not the form of one is left out."""
    path = route
    for name, value in ids.items():
        found = ID.fullmatch(value)
        if found and found[1] in PREFIXES and not holds_card_number(value):
            path = path.replace(f"{{{name}}}", value)
    return path


class RequestLog:
    """`note` never waits and never fails; between `start` and `close` it writes."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._noted: list[tuple[Tenant, Noted]] = []
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def has_room(self, status: int) -> bool:
        """Whether a request that was answered so would be remembered; most are not where thousands come in a second."""
        return len(self._noted) < (ROOM if status < FAILURE else ROOM_FOR_FAILURES)

    def note(self, tenant: Tenant, noted: Noted) -> None:
        """Remembers a request, unless too many came at once."""
        if self.has_room(noted.status):
            self._noted.append((tenant, noted))

    def start(self) -> None:
        """Writes what was noted, again and again, until it is closed."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._closed:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def close(self) -> None:
        """Nothing more is written."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CLOSING_SECONDS_MAX)

    async def flush(self) -> None:
        """Writes what was noted; with Redis away it is lost. Afterwards what another flush had taken is written too."""
        async with self._writing:
            taken, self._noted = self._noted, []
            if taken:
                await self._write(taken)

    async def _write(self, taken: Sequence[tuple[Tenant, Noted]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for tenant, noted in taken:
            pipeline.lpush(_name(tenant), msgspec.msgpack.encode(noted))
        for tenant in {tenant for tenant, _ in taken}:
            pipeline.ltrim(_name(tenant), 0, KEPT_MAX - 1)
            pipeline.expire(_name(tenant), KEPT_SECONDS)
        try:
            await pipeline.execute()
        except (RedisError, OSError) as problem:
            log.debug("requests_not_noted", count=len(taken), reason=str(problem))

    async def latest(self, tenant: Tenant, fits: Callable[[Noted], bool]) -> Sequence[Noted]:
        """Those that fit, newest first. Raises RedisError while Redis is away."""
        kept: Any = await self._client.lrange(_name(tenant), 0, KEPT_MAX - 1)  # pyright: ignore[reportGeneralTypeIssues]
        found = [msgspec.msgpack.decode(each, type=Noted) for each in kept]
        return [each for each in found if fits(each)]


def _name(tenant: Tenant) -> str:
    return f"peaswap:requests:{tenant.shard}:{tenant.number}"
