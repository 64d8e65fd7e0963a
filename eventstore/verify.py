"""Proves that the log is what was written: the chain of every stream, and no position missing."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from eventstore.chain import START, chain
from eventstore.store import EventStore, Recorded

EVENTS_A_READ = 5_000

SHARDS = "select distinct shard from es.tenants order by shard"


class Report(Struct, frozen=True, kw_only=True):
    """`broken` says what is wrong with the first event that does not hold; None when all do."""

    events: int
    streams: int
    shards: int
    broken: str | None

    @property
    def holds(self) -> bool:
        return self.broken is None

    def lines(self) -> list[str]:
        """The report in words."""
        counted = f"{self.events} events of {self.streams} streams in {self.shards} shards"
        if self.broken is None:
            return [f"The log holds: {counted} verified."]
        return [f"The log does NOT hold. {self.broken}", f"Up to there, {counted} were verified."]


class _Walk:
    """Heads of the streams met so far: some 400 bytes for each, so that a walk needs one pass over the log."""

    def __init__(self) -> None:
        self.heads: dict[tuple[int, str], tuple[int, bytes]] = {}
        self.position = 0

    def step(self, event: Recorded) -> str | None:
        """What is wrong with the next event of the shard, or None."""
        where = f"shard {event.shard}, position {event.position}, {event.stream} version {event.version} ({event.type})"
        if event.position != self.position + 1:
            return f"Position {self.position + 1} of shard {event.shard} is missing; the next event is {where}."
        self.position = event.position
        version, previous = self.heads.get((event.tenant, event.stream), (0, START))
        if event.version != version + 1:
            return f"A version is missing: {where} follows version {version}."
        if event.hash != _hash(previous, event):
            return f"The first broken event is {where}: its content does not match its hash."
        self.heads[(event.tenant, event.stream)] = (event.version, event.hash)
        return None


async def verify(store: EventStore, on_progress: Callable[[int, int], Any]) -> Report:
    """Walks the whole log, shard by shard. `on_progress` hears how many events of how many are done."""
    shards = [row[0] for row in await store.pool.fetch(SHARDS)]
    # Events written while we walk belong to the next walk.
    heads = {shard: await store.head(shard) for shard in shards}
    total = sum(heads.values())
    events = streams = 0
    for shard in shards:
        walk = _Walk()
        while walk.position < heads[shard]:
            batch = await store.tail(shard, walk.position, EVENTS_A_READ)
            if not batch:
                # The log was cut off while we walked.
                broken = f"Position {walk.position + 1} of shard {shard} is missing, and all that followed it."
                return Report(events=events, streams=streams + len(walk.heads), shards=len(shards), broken=broken)
            for event in batch:
                broken = walk.step(event)
                if broken is not None:
                    return Report(events=events, streams=streams + len(walk.heads), shards=len(shards), broken=broken)
                events += 1
            on_progress(events, total)
        streams += len(walk.heads)
    return Report(events=events, streams=streams, shards=len(shards), broken=None)


def _hash(previous: bytes, event: Recorded) -> bytes:
    return chain(
        previous,
        tenant=event.tenant,
        stream=event.stream,
        version=event.version,
        type=event.type,
        schema_version=event.schema_version,
        recorded_at=event.recorded_at,
        event_id=event.event_id,
        meta=event.meta,
        data=event.data,
    )
