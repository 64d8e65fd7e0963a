"""Reads: those that arrive together leave together, and each sees everything that was recorded before it began."""

import asyncio
import time

import asyncpg
import pytest

from eventstore.ids import uuid7
from eventstore.store import Append, EventStore, Key
from eventstore.tenants import Tenant, Tenants
from tests.eventstore.examples import one, to

QUICK_MS = 4
TIMES_MAX = 500


async def test_a_stream_that_does_not_exist_has_no_events(store: EventStore, tenant: Tenant) -> None:
    assert await store.read(tenant, "thing-1") == []


async def test_streams_are_read_together(store: EventStore, tenant: Tenant) -> None:
    other = await Tenants(store.pool).open("acct_2/test")
    for n in range(1, 4):
        await store.append(one(tenant, f"thing-{n}", events=n))
    await store.append(one(other, "thing-4"))
    read = await store.read_many(tenant, ["thing-3", "thing-1", "thing-4"])
    assert {stream: [event.version for event in events] for stream, events in read.items() if events} == {
        "thing-1": [1],
        "thing-3": [1, 2, 3],
    }


async def test_a_thousand_readers_at_once_each_get_their_own(store: EventStore, tenant: Tenant) -> None:
    await asyncio.gather(*[store.append(one(tenant, f"thing-{n}", events=1 + n % 3)) for n in range(300)])
    read = await asyncio.gather(*[store.read(tenant, f"thing-{n % 300}") for n in range(1000)])
    for n, events in enumerate(read):
        assert [event.stream for event in events] == [f"thing-{n % 300}"] * (1 + n % 300 % 3)


async def test_whoever_has_appended_reads_it(store: EventStore, tenant: Tenant) -> None:
    async def append_and_read(n: int) -> int:
        await store.append(one(tenant, f"thing-{n}"))
        return len(await store.read(tenant, f"thing-{n}"))

    assert await asyncio.gather(*[append_and_read(n) for n in range(300)]) == [1] * 300


async def test_a_reader_that_goes_away_takes_nobody_with_it(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1"))
    readers = [asyncio.ensure_future(store.read(tenant, "thing-1")) for _ in range(20)]
    await asyncio.sleep(0)
    for reader in readers[::2]:
        reader.cancel()
    read = await asyncio.gather(*readers, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in read[::2])
    assert all(isinstance(each, list) and len(each) == 1 for each in read[1::2])


async def test_the_tail_starts_after_a_position_and_ends_at_a_limit(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1", events=10))
    assert [event.position for event in await store.tail(0, 3, 4)] == [4, 5, 6, 7]
    assert await store.tail(0, 10, 4) == []
    assert await store.tail(1, 0, 4) == []


async def test_an_event_is_found_by_its_id_in_its_tenant_only(store: EventStore, tenant: Tenant) -> None:
    other = await Tenants(store.pool).open("acct_2/test")
    await store.append(one(tenant, "thing-1"))
    [event] = await store.read(tenant, "thing-1")
    assert await store.event(tenant, event.event_id) == event
    assert await store.event(other, event.event_id) is None
    assert await store.event(tenant, uuid7()) is None


async def test_events_are_found_by_their_positions(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1", events=5))
    assert [event.position for event in await store.by_positions(0, [4, 2, 99])] == [2, 4]


@pytest.mark.parametrize("analyzed", [False, True])
async def test_reads_stay_quick_when_a_log_that_was_small_has_grown(
    store: EventStore, tenant: Tenant, analyzed: bool
) -> None:
    # Fewer than fifty rows are never analyzed by Postgres itself.
    for n in range(60):
        await store.append(Append(tenant, [to(f"first-{n}")], Key(f"first-{n}", b"h" * 32, "first", b"a")))
    connection = await asyncpg.connect(store.pool.url)
    for table in ("es.events", "es.idempotency"):
        await connection.execute(f"alter table {table} set (autovacuum_enabled = off)")
        if analyzed:
            await connection.execute(f"analyze {table}")
    await connection.close()
    # Plans are made, and kept, by every connection of the pool while there is little to read.
    for n in range(64):
        await asyncio.gather(*[store.read(tenant, f"none-{n}-{m}") for m in range(4)], store.key(tenant, f"none-{n}"))
        await asyncio.gather(*[store.tail(0, 0, 10) for _ in range(4)], *[store.head(0) for _ in range(4)])
        await store.event(tenant, uuid7())
    for n in range(60):
        appends = [
            Append(tenant, [to(f"thing-{n}-{m}", events=20)], Key(f"k-{n}-{m}", b"h" * 32, "s", b"a" * 100))
            for m in range(50)
        ]
        await asyncio.gather(*map(store.append, appends))
    head = await store.head(0)
    assert head == 60_060
    [last] = await store.tail(0, head - 1, 10)
    reads = {
        "read": lambda: store.read(tenant, "thing-7-7"),
        "key": lambda: store.key(tenant, "k-7-7"),
        "tail": lambda: store.tail(0, head - 10, 10),
        "head": lambda: store.head(0),
        "event": lambda: store.event(tenant, last.event_id),
    }
    took_ms: dict[str, float] = {}
    for name, read in reads.items():
        # However busy the machine is, some read is not interrupted; a scan is slow each time.
        for _ in range(TIMES_MAX):
            started = time.perf_counter()
            await read()
            took_ms[name] = (time.perf_counter() - started) * 1000
            if took_ms[name] < QUICK_MS:
                break
    # An index look-up takes well under a millisecond, a scan of all this ten.
    assert {name: ms for name, ms in took_ms.items() if ms >= QUICK_MS} == {}
