"""Proves that the log is what was written: the chain of every stream, no position missing, every seal unbroken."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from eventstore.chain import START, chain
from eventstore.seals import Seal, SealingKey, leaf, merkle_root, seal_hash, seals_after
from eventstore.store import EventStore, Recorded

EVENTS_A_READ = 5_000

SHARDS = "select distinct shard from es.tenants order by shard"


class Report(Struct, frozen=True, kw_only=True):
    """`broken` says what is wrong with the first event or seal that does not hold; None when all do. `seals` has the
    last one of each shard."""

    events: int
    streams: int
    shards: int
    seals: Sequence[Seal]
    broken: str | None

    @property
    def holds(self) -> bool:
        return self.broken is None

    def lines(self) -> list[str]:
        """The report in words."""
        numbers = ((self.events, "event"), (self.streams, "stream"), (self.shards, "shard"))
        events, streams, shards = (f"{count} {word}{'' if count == 1 else 's'}" for count, word in numbers)
        counted = f"{events} of {streams} in {shards}"
        if self.broken is None:
            sealed = [
                f"Shard {seal.shard} is sealed up to position {seal.position} by seal {seal.number}:{seal.hash.hex()}"
                for seal in self.seals
            ]
            return [f"The log holds: {counted} verified.", *sealed]
        return [f"The log does NOT hold. {self.broken}", f"Up to there, {counted} were verified."]


class _Broken(Exception):
    """What is wrong with the first event or seal that does not hold."""


class _Walk:
    """One pass over a shard. Heads of the streams met so far cost some 400 bytes each."""

    def __init__(self, store: EventStore, shard: int, key: SealingKey | None) -> None:
        self.heads: dict[tuple[int, str], tuple[int, bytes]] = {}
        self.position = 0
        self.sealed: Seal | None = None
        self._store = store
        self._shard = shard
        self._key = key
        self._leaves: list[bytes] = []
        self._seals: deque[Seal] = deque()

    async def over(self, batch: Sequence[Recorded]) -> None:
        """Walks the next events of the shard. Raises _Broken."""
        if not self._seals:
            await self._more_seals()
        for event in batch:
            self._step(event)
            self._leaves.append(leaf(event.position, event.hash))
            if self._seals and self._seals[0].position == event.position:
                self._check(self._seals.popleft())
                if not self._seals:
                    await self._more_seals()

    async def end(self) -> None:
        """Raises _Broken when a seal covers more than there is. What was written and sealed while we walked is there,
        and belongs to the next walk."""
        if not self._seals:
            await self._more_seals()
        # Only whoever has seen a seal asks where the log ends: it was sealed up to an end that stood before.
        ends_at = await self._store.head(self._shard) if self._seals else 0
        for seal in self._seals:
            if seal.position > ends_at:
                raise _Broken(
                    f"Seal {seal.number} of shard {self._shard} covers the log up to position {seal.position}, but it "
                    f"ends at {ends_at}: its tail was cut off."
                )

    def _step(self, event: Recorded) -> None:
        where = f"shard {event.shard}, position {event.position}, {event.stream} version {event.version} ({event.type})"
        if event.position != self.position + 1:
            raise _Broken(f"Position {self.position + 1} of shard {event.shard} is missing; the next event is {where}.")
        self.position = event.position
        version, previous = self.heads.get((event.tenant, event.stream), (0, START))
        if event.version != version + 1:
            raise _Broken(f"A version is missing: {where} follows version {version}.")
        if event.hash != _hash(previous, event):
            raise _Broken(f"The first broken event is {where}: its content does not match its hash.")
        self.heads[(event.tenant, event.stream)] = (event.version, event.hash)

    def _check(self, seal: Seal) -> None:
        number, previous = (self.sealed.number, self.sealed.hash) if self.sealed else (0, START)
        first = seal.position - len(self._leaves) + 1
        where = f"Seal {seal.number} of shard {seal.shard}, over positions {first} to {seal.position},"
        if seal.number != number + 1:
            raise _Broken(f"{where} follows seal {number}: those between are missing.")
        if merkle_root(self._leaves) != seal.root:
            raise _Broken(f"{where} does not match the events there: they were written anew after they were sealed.")
        if seal.hash != seal_hash(previous, seal.shard, seal.number, seal.position, seal.sealed_at, seal.root):
            raise _Broken(f"{where} does not match its own hash.")
        if self._key is not None and not self._key.signed(seal):
            raise _Broken(f"{where} was not signed with a key of this master key.")
        self.sealed = seal
        self._leaves.clear()

    async def _more_seals(self) -> None:
        number = self.sealed.number if self.sealed else 0
        self._seals.extend(await seals_after(self._store.pool, self._shard, number))


async def verify(store: EventStore, on_progress: Callable[[int, int], Any], key: SealingKey | None = None) -> Report:
    """Walks the whole log, shard by shard. `on_progress` hears how many events of how many are done. Without a `key`
    the signatures of seals are taken on trust."""
    shards = [row[0] for row in await store.pool.fetch(SHARDS)]
    # Events written while we walk belong to the next walk; seals are read later than these heads.
    heads = {shard: await store.head(shard) for shard in shards}
    total = sum(heads.values())
    events = streams = 0
    seals: list[Seal] = []
    broken: str | None = None
    for shard in shards:
        walk = _Walk(store, shard, key)
        try:
            while walk.position < heads[shard]:
                batch = await store.tail(shard, walk.position, EVENTS_A_READ)
                if not batch:
                    # The log was cut off while we walked.
                    raise _Broken(
                        f"Position {walk.position + 1} of shard {shard} is missing, and all that followed it."
                    )
                await walk.over(batch)
                on_progress(events + walk.position, total)
            await walk.end()
        except _Broken as problem:
            broken = str(problem)
        events, streams = events + walk.position, streams + len(walk.heads)
        if walk.sealed is not None:
            seals.append(walk.sealed)
        if broken is not None:
            break
    return Report(events=events, streams=streams, shards=len(shards), seals=seals, broken=broken)


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
