"""What one API process holds: the engine, the gateways, the read side, the key ring, the limit, the relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio

from eventstore.store import EventStore
from eventstore.tenants import Tenants
from eventstore.vault import Vault
from projections.event_feed.published import TYPES
from projections.freshness import ReadSide
from services.api.key_ring import KeyRing
from services.api.limits import RateLimit
from services.api.metrics import Metrics
from services.api.relay import Relay
from services.api.request_log import RequestLog
from services.billing.accounts.choosing import GatewayChoices
from services.billing.invoice_numbers.lookup import Numbers
from services.billing.registry import CODECS
from services.billing.test_clocks.lookup import time_on
from services.core.clock import SystemClock
from services.core.engine import Engine
from services.core.event_types import EventTypes
from services.core.outbound import Outbound
from services.core.settings import Settings
from services.gateways.gateways import Gateways

REDIS_SECONDS_MAX = 0.5
# A process that has just started is asked whether it is ready first, and by few.
FILL_AFTER_SECONDS = 1.0


class House:
    """Opened before the first request, closed after the last."""

    engine: Engine
    keys: KeyRing
    limit: RateLimit
    requests: RequestLog
    services: Mapping[type, Any]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.relay = Relay(settings.redis_url)

    def wake(self, shard: int) -> None:
        """Tells the workers to look at the log; never waits and never fails."""
        self.relay.wake(shard)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Holds everything open."""
        settings = self.settings
        store = await EventStore.open(settings.database_url, pool_size=settings.pool_size)
        tenants, read = Tenants(store.pool), ReadSide(store, settings.read_wait_seconds)
        self.redis = client = _redis(settings.redis_url)
        self.read = read
        self.engine = Engine(
            store=store,
            vault=Vault(store.pool, settings.master_key),
            tenants=tenants,
            clock=SystemClock(),
            codecs=CODECS,
            time_on=time_on,
            public_url=settings.public_url,
        )
        gateways = Gateways.open(
            simulator=settings.gateway_url,
            token=settings.gateway_token,
            stripe=settings.stripe_url,
            timeout_seconds=settings.gateway_timeout_seconds,
            choose=GatewayChoices(self.engine),
        )
        self.keys = KeyRing(store.pool, tenants, read, settings.shards)
        self.limit = RateLimit(client, settings.rate_limit_per_second)
        self.requests = RequestLog(client)
        self.services = {
            Gateways: gateways,
            Numbers: Numbers(),
            ReadSide: read,
            Outbound: Outbound(allow_loopback=settings.webhooks_allow_loopback),
            EventTypes: EventTypes(TYPES),
        }
        watching = self.keys.watch(settings.key_ring_refresh_seconds)
        tasks = [asyncio.create_task(each) for each in (watching, _fill(store))]
        self.requests.start()
        self.relay.start()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.requests.close()
            await self.keys.close()
            self.relay.stop()
            await gateways.close()
            await client.aclose()
            await store.close()


async def _fill(store: EventStore) -> None:
    """A page of the dashboard asks for a dozen lists at once: its first visitor would wait for as many connections."""
    await asyncio.sleep(FILL_AFTER_SECONDS)
    await store.pool.fill()


def _redis(url: str) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url, socket_timeout=REDIS_SECONDS_MAX, socket_connect_timeout=REDIS_SECONDS_MAX
    )
