"""An event as clients are told of it, made from the log: the object as it was right after that event.

A page of events costs one read of their streams, however many there are. The data keys of erased customers are gone,
so that nothing of them is told, in old events either.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from eventstore.tenants import Tenant
from services.billing.registry import BY_CATEGORY
from services.core.capability import Capability
from services.core.clock import unix
from services.core.event import Fact
from services.core.ids import event_id_text
from services.core.reader import Reader
from services.core.wire import API_VERSION

# Every event moves `updated`; saying so each time tells a reader nothing.
UNTOLD = frozenset({"updated"})


class Mark(Struct, frozen=True):
    """An event of the feed: where it stands, under which of its types it is told, and which object it is about."""

    position: int
    place: int
    version: int
    type: str
    category: str
    object_id: str

    @property
    def stream(self) -> str:
        """The stream of the object."""
        return BY_CATEGORY[self.category].decider.stream(self.object_id)


class EventData(Struct, frozen=True, kw_only=True):
    """`object` is the object as it was right after the event, `previous_attributes` the former values of what changed;
    absent where nothing did, or where the object is new."""

    object: dict[str, Any]
    previous_attributes: dict[str, Any] | UnsetType = UNSET


class EventRequest(Struct, frozen=True):
    """The request that caused it; null where the system did."""

    id: str | None
    idempotency_key: str | None


class EventObject(Struct, frozen=True, kw_only=True):
    """Something that happened. `created` is in Unix seconds, by the test clock for objects that live on one;
    `position` says where it stands in the log."""

    id: str
    object: Literal["event"] = "event"
    type: str
    created: int
    livemode: bool
    position: int
    api_version: str = API_VERSION
    data: EventData
    request: EventRequest


async def told(reader: Reader, tenant: Tenant, marks: Sequence[Mark]) -> list[EventObject]:
    """These events as clients are told of them, in the order given."""
    last: dict[str, int] = {}
    wanted: dict[str, set[int]] = {}
    for mark in marks:
        last[mark.stream] = max(last.get(mark.stream, 0), mark.version)
        wanted.setdefault(mark.stream, set()).add(mark.version)
    read = await reader.store.read_up_to(tenant, last)
    facts = await reader.decode([event for events in read.values() for event in events])
    by_stream: dict[str, list[Fact]] = {}
    for fact in facts:
        by_stream.setdefault(fact.recorded.stream, []).append(fact)
    moments = {stream: _moments(of, wanted[stream]) for stream, of in by_stream.items()}
    return [_told(reader, tenant, mark, *moments[mark.stream][mark.version]) for mark in marks]


def _moments(facts: Sequence[Fact], versions: set[int]) -> dict[int, tuple[Fact, Any, Any]]:
    """For each of these versions the fact, the state before it and the state after it."""
    found: dict[int, tuple[Fact, Any, Any]] = {}
    state: Any = None
    for fact in facts:
        before, state = state, _decider(fact).evolve(state, fact.event, fact.at)
        if fact.recorded.version in versions:
            found[fact.recorded.version] = fact, before, state
    return found


def _decider(fact: Fact) -> Any:
    return BY_CATEGORY[fact.recorded.stream.partition("-")[0]].decider


def _told(reader: Reader, tenant: Tenant, mark: Mark, fact: Fact, before: Any, after: Any) -> EventObject:
    livemode = _is_live(tenant)
    other = BY_CATEGORY[mark.category].told_as.get(mark.type)
    return EventObject(
        id=event_id_text(fact.recorded.event_id, mark.place),
        type=mark.type,
        created=unix(fact.at),
        livemode=livemode,
        position=mark.position,
        data=EventData(object=msgspec.to_builtins(other(after, livemode)))
        if other is not None
        else _data(reader, tenant, BY_CATEGORY[mark.category], before, after),
        request=EventRequest(fact.meta.request or None, fact.meta.key or None),
    )


def _data(reader: Reader, tenant: Tenant, capability: Capability, before: Any, after: Any) -> EventData:
    def shown(state: Any) -> dict[str, Any]:
        return msgspec.to_builtins(capability.shown(reader, tenant, state, livemode=_is_live(tenant)))

    now = shown(after)
    if before is None:
        return EventData(object=now)
    was = _former(shown(before), now)
    return EventData(object=now, previous_attributes=was or UNSET)


def _former(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The former values of the fields that changed. Of a map only the parts that changed are told; null stands for
    a part that was not there."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*now, *was]):
        old, new = was.get(name), now.get(name)
        if old == new or name in UNTOLD:
            continue
        found[name] = _former(old, new) if isinstance(old, dict) and isinstance(new, dict) else old  # pyright: ignore[reportUnknownArgumentType]
    return found


def _is_live(tenant: Tenant) -> bool:
    return tenant.name.endswith("/live")
