"""Events for tests of the store, which does not care what they mean."""

from collections.abc import Sequence
from datetime import UTC, datetime

from eventstore.ids import uuid7
from eventstore.store import NO_STREAM, Append, Claim, Head, Key, NewEvent, Slice
from eventstore.tenants import Tenant


def happened(data: bytes = b'{"n":1}') -> NewEvent:
    """An event that nobody has to understand."""
    return NewEvent(type="thing.happened", data=data, meta=b"{}", event_id=uuid7(), recorded_at=datetime.now(UTC))


def appending(
    tenant: Tenant,
    stream: str,
    *events: NewEvent,
    after: Head = NO_STREAM,
    key: Key | None = None,
    claims: Sequence[Claim] = (),
) -> Append:
    """An append to one stream; one event unless others are named."""
    return Append(tenant=tenant, slices=[Slice(stream, after, events or (happened(),))], key=key, claims=claims)
