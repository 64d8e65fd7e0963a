"""The worker's side of the broker: an event loop, and an engine that lives as long as the worker."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.middleware import AsyncIO, Middleware

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

START_SECONDS_MAX = 30.0


class Workshop:
    """What the actors work with; opened before the first message and closed after the last."""

    engine: Engine
    gateways: Gateways
    numbers: Numbers
    deliverers: Sequence[Deliverer]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sealing_key = SealingKey(settings.master_key)

    async def open(self) -> None:
        """Connects to the log and the gateways."""
        settings = self.settings
        store = await EventStore.open(settings.database_url, pool_size=settings.worker_threads * 2 + 8)
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


class EventLoop(AsyncIO):
    """Dramatiq's event loop for actors, on uvloop: what a worker does is for the most part talking to Postgres."""

    def before_worker_boot(self, broker: Any, worker: Any) -> None:
        thread = EventLoopThread(self.logger)
        thread.loop.close()
        thread.loop = uvloop.new_event_loop()
        thread.start(timeout=START_SECONDS_MAX)
        set_event_loop_thread(thread)


def _engine(store: EventStore, settings: Settings) -> Engine:
    return Engine(
        store=store,
        vault=Vault(store.pool, settings.master_key),
        tenants=Tenants(store.pool),
        clock=SystemClock(),
        codecs=CODECS,
        time_on=time_on,
    )


@asynccontextmanager
async def open_engine(settings: Settings, pool_size: int) -> AsyncGenerator[Engine]:
    """An engine with connections of its own; closed at the end."""
    store = await EventStore.open(settings.database_url, pool_size=pool_size)
    try:
        yield _engine(store, settings)
    finally:
        await store.close()


class WorkshopMiddleware(Middleware):
    """Stands after EventLoop: it opens once the event loop runs, and closes before that ends."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def before_worker_boot(self, broker: Any, worker: Any) -> None:
        _on_loop(self._workshop.open())

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:
        _on_loop(self._workshop.close())


def _on_loop(work: Any) -> None:
    thread = get_event_loop_thread()
    assert thread is not None
    thread.run_coroutine(work)
