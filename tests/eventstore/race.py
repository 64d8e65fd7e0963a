"""One process of the race: writers that append to hot and to fresh streams, and note what they were promised.

Run as a program: `python -m tests.eventstore.race URL SHARDS WRITERS SECONDS SEED NOTES`. The seconds begin with a line
on its standard input. It is killed by some tests, so that every promise is a line of its own, written as soon as it was
made.
"""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path
from typing import TextIO

import msgspec
import uvloop

from eventstore.ids import uuid7
from eventstore.store import (
    NO_STREAM,
    Append,
    Claim,
    ClaimTaken,
    EventStore,
    Head,
    Key,
    KeyReplayed,
    KeyReused,
    OutcomeUnknown,
    Slice,
    StoreUnavailable,
    VersionConflict,
)
from eventstore.tenants import Tenant, Tenants
from tests.support.events import happened

HOT_STREAMS = 12
NAMES = 200


class Promise(msgspec.Struct):
    """An append that was acknowledged: these events, the last of them at this position. `name` was got exclusively."""

    shard: int
    events: list[str]
    position: int
    key: str = ""
    name: str = ""
    owner: str = ""


class Racer:
    """Appends until the time is over. Every outcome is counted."""

    def __init__(self, store: EventStore, tenants: list[Tenant], seed: int, notes: TextIO) -> None:
        self.store = store
        self.tenants = tenants
        self.random = random.Random(seed)
        self.notes = notes
        self.counted: Counter[str] = Counter()

    async def run(self, over: asyncio.Event) -> None:
        """One writer."""
        while not over.is_set():
            tenant = self.random.choice(self.tenants)
            append = await self._next(tenant)
            if append is not None:
                await self._send(append)

    async def _next(self, tenant: Tenant) -> Append | None:
        fresh = self.random.random() < 0.3
        stream = f"fresh-{uuid7().hex}" if fresh else f"hot-{self.random.randrange(HOT_STREAMS)}"
        try:
            read = [] if fresh else await self.store.read(tenant, stream)
        except StoreUnavailable:
            self.counted["unavailable"] += 1
            return None
        head = Head(read[-1].version, read[-1].hash) if read else NO_STREAM
        slices = [Slice(stream, head, [happened() for _ in range(self.random.randint(1, 3))])]
        if self.random.random() < 0.1:
            slices.append(Slice(f"beside-{uuid7().hex}", NO_STREAM, [happened()]))
        key = Key(uuid7().hex, b"h" * 32, stream, b"answer") if self.random.random() < 0.5 else None
        claims: list[Claim] = []
        if fresh and self.random.random() < 0.5:
            claims = [Claim(f"name-{self.random.randrange(NAMES)}", stream, exclusive=True)]
        return Append(tenant, slices, key, claims)

    async def _send(self, append: Append) -> None:
        while True:
            try:
                position = (await self.store.append(append)).position
            except VersionConflict:
                self.counted["conflict"] += 1
                return
            except ClaimTaken:
                self.counted["claim taken"] += 1
                return
            except StoreUnavailable:
                self.counted["unavailable"] += 1
                return
            except KeyReplayed as replay:
                # The append whose outcome was unknown had been recorded: its answer is the answer.
                self.counted["replayed"] += 1
                position = replay.record.position
            except OutcomeUnknown:
                self.counted["unknown"] += 1
                if append.key is None:
                    return
                continue
            await self._note(append, position)
            return

    async def _note(self, append: Append, position: int) -> None:
        self.counted["granted"] += 1
        events = [str(event.event_id) for each in append.slices for event in each.events]
        claim = append.claims[0] if append.claims else None
        promise = Promise(
            append.tenant.shard,
            events,
            position,
            append.key.key if append.key else "",
            claim.name if claim else "",
            claim.owner if claim else "",
        )
        self.notes.write(msgspec.json.encode(promise).decode() + "\n")
        if append.key is not None and self.random.random() < 0.05:
            await self._repeat(append, position)

    async def _repeat(self, append: Append, position: int) -> None:
        """What was promised once is promised again, and a key serves no other request."""
        assert append.key is not None
        try:
            await self.store.append(append)
            raise AssertionError("a key was granted twice")
        except KeyReplayed as replay:
            if replay.record.position != position:
                raise AssertionError("a replay tells another position") from None
            self.counted["replayed"] += 1
        except (OutcomeUnknown, StoreUnavailable):
            self.counted["unknown"] += 1
            return
        other = msgspec.structs.replace(append, key=msgspec.structs.replace(append.key, request_hash=b"x" * 32))
        try:
            await self.store.append(other)
            raise AssertionError("a key was granted to another request")
        except KeyReused:
            self.counted["reused"] += 1
        except (OutcomeUnknown, StoreUnavailable):
            self.counted["unknown"] += 1


async def race(url: str, shards: int, writers: int, seconds: float, seed: int, notes: Path) -> None:
    """Runs the writers of this process; prints what came of their appends as one line of JSON."""
    store = await EventStore.open(url, pool_size=4)
    tenants = [await Tenants(store.pool).open(f"racing-{shard}", shard) for shard in range(shards)]
    over = asyncio.Event()

    async def end() -> None:
        # All processes are there when the first second begins: Python is slow to start on a busy machine.
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.sleep(seconds)
        over.set()

    with notes.open("w", buffering=1) as lines:
        racer = Racer(store, tenants, seed, lines)
        await asyncio.gather(end(), *[racer.run(over) for _ in range(writers)])
    await store.close()
    sys.stdout.write(msgspec.json.encode(racer.counted).decode() + "\n")


if __name__ == "__main__":
    _, given_url, given_shards, given_writers, given_seconds, given_seed, given_notes = sys.argv
    uvloop.run(
        race(
            given_url,
            int(given_shards),
            int(given_writers),
            float(given_seconds),
            int(given_seed),
            Path(given_notes),
        )
    )
