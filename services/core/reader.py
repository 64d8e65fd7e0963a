"""Reads the log back: the state of an object now or as of a moment, and any recorded events as facts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

from msgspec import Struct

from eventstore.store import NO_STREAM, EventStore, Head, Recorded
from eventstore.tenants import Tenant, Tenants
from eventstore.vault import DataKey, Vault
from services.core.clock import Clock
from services.core.decider import Decider, category_of
from services.core.event import Event, EventCodec, EventMeta, Fact, business_time, decode_meta

S = TypeVar("S")


class AsOf(Struct, frozen=True):
    """A moment in the past: up to a business time, or up to a position of the log (both inclusive)."""

    at: datetime | None = None
    position: int | None = None

    def includes(self, fact: Fact) -> bool:
        if self.position is not None:
            return fact.recorded.position <= self.position
        return self.at is None or fact.at <= self.at


class Loaded(Struct, Generic[S], frozen=True):
    """An object as its stream tells it. `state` is None when it does not exist (at that moment). Where it is known
    because it was just written, `facts` are not told."""

    state: S | None
    head: Head
    subject: str
    facts: Sequence[Fact] = ()


# Objects as they were when a command was granted, by the names of their streams. Others may have changed them since:
# whoever decides on them learns of that from the append.
Known = Mapping[str, Loaded[Any]]
NOTHING_KNOWN: Known = {}

NOTHING: Loaded[Any] = Loaded(None, NO_STREAM, "", ())


TimeOn = Callable[["Reader", Tenant, str], Awaitable[datetime]]


class Reader:
    """Objects and facts as the log tells them. `codecs` maps a category to its events' codec; `time_on` tells the time
    of a test clock; `public_url` is where clients reach the server."""

    def __init__(
        self,
        *,
        store: EventStore,
        vault: Vault,
        tenants: Tenants,
        clock: Clock,
        codecs: Mapping[str, EventCodec],
        time_on: TimeOn,
        public_url: str = "",
    ) -> None:
        self.store = store
        self.vault = vault
        self.tenants = tenants
        self.clock = clock
        self.codecs = codecs
        self.time_on = time_on
        self.public_url = public_url.rstrip("/")

    async def load(
        self, decider: Decider[S, Any, Any], tenant: Tenant, id: str, as_of: AsOf | None = None
    ) -> Loaded[S]:
        """The object `id` now, or as of a moment; always current, never from a read model."""
        return await self._loaded(decider, tenant, await self.store.read(tenant, decider.stream(id)), as_of)

    async def load_many(
        self, decider: Decider[S, Any, Any], tenant: Tenant, ids: Sequence[str]
    ) -> dict[str, Loaded[S]]:
        """Several objects of one kind with one query; ids that do not exist have no state."""
        streams = {id: decider.stream(id) for id in ids}
        recorded = await self.store.read_many(tenant, list(streams.values()))
        loaded = [await self._loaded(decider, tenant, recorded.get(stream, []), None) for stream in streams.values()]
        return dict(zip(streams, loaded, strict=True))

    async def facts(self, tenant: Tenant, streams: Sequence[str]) -> list[Fact]:
        """Every fact of these streams, in the order of the log."""
        read = await self.store.read_many(tenant, streams)
        return await self.decode(sorted((r for rs in read.values() for r in rs), key=attrgetter("position")))

    async def decode(self, recorded: Sequence[Recorded], *, opened: bool = True) -> list[Fact]:
        """Recorded events of any tenants and categories of one shard as facts, in the order given. Where they are not
        `opened`, what is personal in them reads as if it were erased."""
        metas = [decode_meta(event) for event in recorded]
        codecs = [self._codec(event) for event in recorded]
        keys = await self._keys(recorded, metas, codecs) if opened else {}
        return [
            Fact(
                codec.decode(event, keys.get((event.tenant, meta.subject))),
                business_time(event, meta),
                event,
                meta,
            )
            for event, meta, codec in zip(recorded, metas, codecs, strict=True)
        ]

    async def _keys(
        self, recorded: Sequence[Recorded], metas: Sequence[EventMeta], codecs: Sequence[EventCodec]
    ) -> dict[tuple[int, str], DataKey | None]:
        """The data keys of those that hold something personal."""
        wanted: dict[int, set[str]] = {}
        for event, meta, codec in zip(recorded, metas, codecs, strict=True):
            if meta.subject and codec.personal.get(codec.by_tag.get(event.type, Event)):
                wanted.setdefault(event.tenant, set()).add(meta.subject)
        keys: dict[tuple[int, str], DataKey | None] = {}
        for number, subjects in wanted.items():
            found = await self.vault.keys(Tenant(recorded[0].shard, number, ""), list(subjects))
            keys.update({(number, subject): key for subject, key in found.items()})
        return keys

    async def _loaded(
        self, decider: Decider[S, Any, Any], tenant: Tenant, recorded: Sequence[Recorded], as_of: AsOf | None
    ) -> Loaded[S]:
        if not recorded:
            return cast("Loaded[S]", NOTHING)
        facts = await self.decode(recorded)
        last = recorded[-1]
        seen = facts if as_of is None else [fact for fact in facts if as_of.includes(fact)]
        return Loaded(decider.fold(seen), Head(last.version, last.hash), facts[0].meta.subject, seen)

    def _codec(self, recorded: Recorded) -> EventCodec:
        codec = self.codecs.get(category_of(recorded.stream))
        if codec is None:
            raise LookupError(f"no capability owns the stream {recorded.stream!r}")
        return codec
