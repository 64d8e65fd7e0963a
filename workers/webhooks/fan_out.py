"""From the log to deliveries: each event that clients are told of becomes one delivery for each endpoint that wants it.

A batch of the log, what it means for the endpoints themselves, and the checkpoint are one transaction: exactly once,
however many workers try. Since endpoints change by events of the same log, what an event leads to is decided by the
endpoints as they were at its place in the log, however late it is read.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from eventstore.checkpoints import add, claim, move
from eventstore.pool import Connection
from eventstore.store import Recorded
from eventstore.tenants import Tenant
from projections.event_feed.payload import Mark
from projections.event_feed.queries import mark_of, marks_of
from services.billing.webhook_endpoints.decider import WEBHOOK_ENDPOINTS
from services.billing.webhook_endpoints.events import (
    WebhookEndpointEvent,
    WebhookEndpointTested,
    WebhookReplayRequested,
    WebhookResendRequested,
)
from services.core.decider import category_of, object_id
from services.core.engine import Engine
from services.core.ids import event_id_text
from workers.webhooks.endpoints import Endpoints
from workers.webhooks.queue import NewDelivery, cancel, enqueue, new_delivery
from workers.webhooks.replays import NewReplay, add_replays

READER = "webhooks"
REVISION = 1
BATCH_EVENTS_MAX = 1_000


async def set_up(engine: Engine, shard: int) -> None:
    """The reader's checkpoint, at the beginning of the log when it never ran. Safe to repeat."""
    async with engine.store.pool.acquire() as connection:
        await add(connection, shard, READER, REVISION, "live")


async def fan_out(engine: Engine, shard: int) -> int:
    """Takes the next batch of the log; returns how many events it had. 0: all is done, or others are at it."""
    async with engine.store.pool.acquire() as connection, connection.transaction():
        # What a crash undoes is done again: the checkpoint is undone with it.
        await connection.execute("set local synchronous_commit = off")
        held = await claim(connection, shard, [READER])
        if not held:
            return 0
        recorded = await engine.store.tail(shard, held[0].position, BATCH_EVENTS_MAX)
        if not recorded:
            return 0
        batch = _Batch(engine, await Endpoints.load(connection, shard))
        await batch.take(recorded)
        await batch.write(connection, shard)
        await move(connection, held[0], recorded[-1].position)
        return len(recorded)


class _Batch:
    def __init__(self, engine: Engine, endpoints: Endpoints) -> None:
        self._engine = engine
        self._endpoints = endpoints
        self._deliveries: list[NewDelivery] = []
        self._replays: list[NewReplay] = []

    async def take(self, recorded: Sequence[Recorded]) -> None:
        """Goes through the events in order."""
        about = await self._about_endpoints(recorded)
        if not about and not self._endpoints:
            return
        for event in recorded:
            changed = about.get(event.position)
            for mark in marks_of(event):
                self._tell(event, mark, changed)
            if changed is not None:
                await self._change(event, changed)

    async def write(self, connection: Connection, shard: int) -> None:
        """Writes it all down."""
        await self._endpoints.save(connection, shard)
        if self._endpoints.stopped:
            await cancel(connection, shard, sorted(self._endpoints.stopped), self._engine.clock.now())
        if self._deliveries:
            await enqueue(connection, shard, self._deliveries, self._engine.clock.now())
        if self._replays:
            await add_replays(connection, shard, self._replays)

    async def _about_endpoints(self, recorded: Sequence[Recorded]) -> Mapping[int, WebhookEndpointEvent]:
        mine = [event for event in recorded if category_of(event.stream) == WEBHOOK_ENDPOINTS.category]
        facts = await self._engine.decode(mine) if mine else []
        return {fact.recorded.position: cast("WebhookEndpointEvent", fact.event) for fact in facts}

    def _tell(self, event: Recorded, mark: Mark, changed: WebhookEndpointEvent | None) -> None:
        text = event_id_text(event.event_id, mark.place)
        if isinstance(changed, WebhookEndpointTested):
            # A test goes to the endpoint that is tested, whatever it wants to be told of, and to no other.
            id = object_id(event.stream)
            if self._endpoints.has(id):
                self._deliveries.append(new_delivery(event.tenant, id, mark, text, changed.delivery))
            return
        for id in self._endpoints.wanting(event.tenant, mark.type):
            self._deliveries.append(new_delivery(event.tenant, id, mark, text))

    async def _change(self, event: Recorded, changed: WebhookEndpointEvent) -> None:
        id = object_id(event.stream)
        self._endpoints.apply(event.tenant, id, changed)
        if not self._endpoints.has(id):
            # It was disabled or deleted before any of this was sent.
            self._deliveries = [each for each in self._deliveries if each.endpoint != id]
        if isinstance(changed, WebhookResendRequested) and self._endpoints.has(id):
            mark = await mark_of(self._engine, Tenant(event.shard, event.tenant, ""), changed.event)
            if mark is not None:
                self._deliveries.append(new_delivery(event.tenant, id, mark, changed.event, changed.delivery))
        if isinstance(changed, WebhookReplayRequested) and self._endpoints.has(id):
            self._replays.append(
                NewReplay(event.tenant, changed.replay, id, changed.after_position, event.position - 1)
            )
