"""What the actors of a worker work with: an engine and its collaborators, which live as long as the worker."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from eventstore.checkpoints import check_shards
from eventstore.seals import SealingKey
from eventstore.store import EventStore
from eventstore.tenants import Tenants
from eventstore.vault import Vault
from services.billing.accounts.choosing import GatewayChoices
from services.billing.invoice_numbers.lookup import Numbers
from services.billing.registry import CODECS
from services.billing.test_clocks.lookup import time_on
from services.core.clock import SystemClock
from services.core.engine import Engine
from services.core.outbound import Outbound
from services.core.settings import Settings
from services.gateways.gateways import Gateways
from workers.webhooks.deliverer import Deliverer
from workers.webhooks.sending import Sender


class Workshop:
    """What the actors work with; opened before the first message and closed after the last."""

    engine: Engine
    gateways: Gateways
    numbers: Numbers
    deliverers: Sequence[Deliverer]

    def __init__(self, settings: Settings, stopping: Callable[[], bool]) -> None:
        self.settings = settings
        # Whether the worker has been told to stop: what takes long asks again and again.
        self.stopping = stopping
        self.sealing_key = SealingKey(settings.master_key)

    async def open(self) -> None:
        """Connects to the log and the gateways. Raises StoreUnavailable when Postgres is away, ShardsMissing when it
        has not been set up, and ShardsLeftOut."""
        settings = self.settings
        store = await EventStore.open(settings.database_url, pool_size=settings.worker_threads * 2 + 8)
        try:
            await check_shards(store.pool, settings.shards)
        except BaseException:
            await store.close()
            raise
        self.engine = _engine(store, settings)
        self.numbers = Numbers()
        self.gateways = Gateways.open(
            simulator=settings.gateway_url,
            token=settings.gateway_token,
            stripe=settings.stripe_url,
            timeout_seconds=settings.gateway_timeout_seconds,
            choose=GatewayChoices(self.engine),
        )

        self.sender = Sender(Outbound(allow_loopback=settings.webhooks_allow_loopback))
        self.deliverers = [
            Deliverer(self.engine, self.sender, shard, settings.tick_seconds) for shard in range(settings.shards)
        ]
        for deliverer in self.deliverers:
            deliverer.start()

    async def close(self) -> None:
        """Ends what it holds."""
        await asyncio.gather(*(deliverer.stop() for deliverer in self.deliverers))
        await self.sender.close()
        await self.gateways.close()
        await self.engine.store.close()


def _engine(store: EventStore, settings: Settings) -> Engine:
    return Engine(
        store=store,
        vault=Vault(store.pool, settings.master_key),
        tenants=Tenants(store.pool),
        clock=SystemClock(),
        codecs=CODECS,
        time_on=time_on,
        public_url=settings.public_url,
    )


@asynccontextmanager
async def open_engine(settings: Settings, pool_size: int) -> AsyncGenerator[Engine]:
    """An engine with connections of its own; closed at the end."""
    store = await EventStore.open(settings.database_url, pool_size=pool_size)
    try:
        yield _engine(store, settings)
    finally:
        await store.close()
