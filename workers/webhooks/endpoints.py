"""The endpoints of a shard as the reader of the log holds them while it goes through a batch."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import replace

from eventstore.pool import Connection
from projections.event_feed.published import TYPES
from projections.fold import columns
from services.billing.webhook_endpoints.events import (
    WebhookEndpointCreated,
    WebhookEndpointDeleted,
    WebhookEndpointDisabled,
    WebhookEndpointEvent,
    WebhookEndpointTested,
    WebhookEndpointUpdated,
    WebhookReplayRequested,
    WebhookResendRequested,
    WebhookSecretRolled,
)
from services.core.event_types import EventTypes

# Locked until the transaction ends: whoever writes down results takes the same locks, so that no delivery comes to wait
# for one that is being finished at this moment.
LOAD = """
select tenant, id, enabled, enabled_events
  from webhooks.endpoints
 where shard = $1
 order by id
   for no key update
"""
KEEP = """
insert into webhooks.endpoints as kept (shard, tenant, id, enabled, enabled_events)
select $1, new.tenant, new.id, new.enabled, string_to_array(new.enabled_events, ' ')
  from unnest($2::integer[], $3::text[], $4::boolean[], $5::text[]) as new(tenant, id, enabled, enabled_events)
    on conflict (shard, id) do update
   set enabled = excluded.enabled,
       enabled_events = excluded.enabled_events,
       failing_since_at = case when kept.enabled then kept.failing_since_at end
"""
FORGET = """
delete from webhooks.endpoints
 where shard = $1
   and id = any ($2::text[])
"""


class Subscriber(Struct, frozen=True):
    """An endpoint and what it wants to be told of."""

    tenant: int
    id: str
    enabled: bool
    enabled_events: tuple[str, ...]


class Endpoints:
    """All endpoints of one shard, as they are at one place of the log. `stopped` are those to which nothing is sent any
    more that was waiting."""

    def __init__(self, subscribers: Sequence[Subscriber]) -> None:
        self._types = EventTypes(TYPES)
        self._by_id = {each.id: each for each in subscribers}
        self._wants = {each.id: self._types.named_by_any(each.enabled_events) for each in subscribers}
        self._changed: set[str] = set()
        self.stopped: set[str] = set()

    @classmethod
    async def load(cls, connection: Connection, shard: int) -> "Endpoints":
        """The endpoints as they were left, locked until the transaction ends."""
        rows = await connection.fetch(LOAD, shard)
        return cls([Subscriber(tenant, id, enabled, tuple(events)) for tenant, id, enabled, events in rows])

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def has(self, id: str) -> bool:
        """Whether the endpoint is there and enabled."""
        return id in self._by_id and self._by_id[id].enabled

    def wanting(self, tenant: int, type: str) -> Iterator[str]:
        """The endpoints of a tenant that are to be told of an event of this type."""
        for each in self._by_id.values():
            if each.tenant == tenant and each.enabled and type in self._wants[each.id]:
                yield each.id

    def wants(self, id: str) -> Sequence[str]:
        """The types that this endpoint is told of."""
        return sorted(self._wants.get(id, ()))

    def apply(self, tenant: int, id: str, event: WebhookEndpointEvent) -> None:
        """What an event of an endpoint changes about whom is told what."""
        was = self._by_id.get(id)
        match event:
            case WebhookEndpointCreated():
                self._set(Subscriber(tenant, id, True, event.enabled_events))
            case WebhookEndpointUpdated() if was is not None:
                enabled = was.enabled if event.enabled is UNSET else bool(event.enabled)
                events = event.enabled_events
                wanted = was.enabled_events if not isinstance(events, tuple) else events
                self._set(replace(was, enabled=enabled, enabled_events=wanted))
            case WebhookEndpointDisabled() if was is not None:
                self._set(replace(was, enabled=False))
            case WebhookEndpointDeleted():
                self._by_id.pop(id, None)
                self._changed.add(id)
                self.stopped.add(id)
            case WebhookEndpointUpdated() | WebhookEndpointDisabled() | WebhookSecretRolled():
                pass
            case WebhookEndpointTested() | WebhookResendRequested() | WebhookReplayRequested():
                pass
            case _:
                assert_never(event)

    async def save(self, connection: Connection, shard: int) -> None:
        """Leaves what changed for the next batch."""
        kept = [self._by_id[id] for id in sorted(self._changed) if id in self._by_id]
        gone = [id for id in sorted(self._changed) if id not in self._by_id]
        if kept:
            rows = [(each.tenant, each.id, each.enabled, " ".join(each.enabled_events)) for each in kept]
            await connection.execute(KEEP, shard, *columns(rows))
        if gone:
            await connection.execute(FORGET, shard, gone)

    def _set(self, subscriber: Subscriber) -> None:
        self._by_id[subscriber.id] = subscriber
        self._wants[subscriber.id] = self._types.named_by_any(subscriber.enabled_events)
        self._changed.add(subscriber.id)
        if not subscriber.enabled:
            self.stopped.add(subscriber.id)
