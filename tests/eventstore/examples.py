"""Shapes of appends that the tests of the store ask for."""

from eventstore.store import NO_STREAM, Append, Claim, EventStore, Head, Slice
from eventstore.tenants import Tenant
from tests.support.events import happened


def to(stream: str, head: Head = NO_STREAM, events: int = 1) -> Slice:
    """So many events for a stream that stands at `head`."""
    return Slice(stream, head, [happened() for _ in range(events)])


def guard(stream: str, head: Head = NO_STREAM) -> Slice:
    """A stream that must still stand at `head`."""
    return Slice(stream, head, ())


def one(tenant: Tenant, stream: str, head: Head = NO_STREAM, events: int = 1) -> Append:
    """An append to one stream and nothing else."""
    return Append(tenant, [to(stream, head, events)])


def claiming(tenant: Tenant, owner: str, name: str, *, exclusive: bool) -> Append:
    """An append to the stream `owner`, which claims `name` for it."""
    return Append(tenant, [to(owner)], claims=[Claim(name, owner, exclusive)])


async def head_of(store: EventStore, tenant: Tenant, stream: str) -> Head:
    """Where the stream stands now."""
    events = await store.read(tenant, stream)
    return Head(events[-1].version, events[-1].hash) if events else NO_STREAM
