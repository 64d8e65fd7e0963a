"""Is it alive, is it ready, how is it doing."""

import msgspec
from redis.exceptions import RedisError

from eventstore.errors import StoreError
from projections.laws.queries import LAWS, verdict
from projections.setup import lacking
from projections.system import statuses
from services.api.endpoint import JSON, Sent
from services.api.house import House

TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
READY, NOT_READY = 200, 503


class Health:
    """The three calls that take no key."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._migrated = False

    async def alive(self) -> Sent:
        """200 while the process answers at all."""
        return Sent(READY, b'{"status":"alive"}', [JSON])

    async def ready(self) -> Sent:
        """200 when Postgres and Redis answer and the schema is up to date; else 503, saying which is not."""
        parts = {"postgres": await self._postgres(), "migrations": await self._schema(), "redis": await self._redis()}
        good = all(word == "ok" for word in parts.values())
        body = msgspec.json.encode({"status": "ready" if good else "not ready", **parts})
        retry = [] if good else [(b"retry-after", b"2")]
        return Sent(READY if good else NOT_READY, body, [JSON, *retry])

    async def metrics(self) -> Sent:
        """For Prometheus."""
        house = self._house
        try:
            for status in await statuses(house.engine.store.pool, house.settings.shards):
                house.metrics.projection(
                    status.name, status.shard, status.lag_events, stopped=status.state == "stopped"
                )
            for shard in range(house.settings.shards):
                breaches = (await verdict(house.engine.store.pool, shard)).breaches
                house.metrics.laws(shard, {law: sum(breach.law == law for breach in breaches) for law in LAWS})
            house.metrics.appended(*house.engine.store.flushed)
        except StoreError:
            # The rest is still worth knowing while Postgres is away.
            pass
        return Sent(READY, house.metrics.text(), [TEXT])

    async def _postgres(self) -> str:
        try:
            await self._house.engine.store.pool.fetchval("select 1")
        except StoreError:
            return "away"
        return "ok"

    async def _schema(self) -> str:
        if self._migrated:
            return "ok"
        try:
            settings = self._house.settings
            lacks = await lacking(settings.database_url, self._house.engine.store.pool, settings.shards)
        except StoreError:
            return "unknown"
        self._migrated = lacks is None
        return lacks or "ok"

    async def _redis(self) -> str:
        try:
            await self._house.redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
        except (RedisError, OSError):
            return "away"
        return "ok"
