"""Appends: the store with chain and keys, against other stores and bare inserts of rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg

from eventstore.ids import uuid7
from eventstore.store import NO_STREAM, Append, EventStore, Key, NewEvent, Slice
from eventstore.tenants import Tenants
from tests.bench.place import Place
from tests.bench.rows.append_peers import emmett, eventsourcing, message_db
from tests.bench.table import Figure

WRITERS = 32
DATA = b'{"text":"' + b"x" * 238 + b'"}'
TABLE = "create table if not exists bare (id uuid primary key, type text, at timestamptz, data text)"
INSERT = "insert into bare (id, type, at, data) values ($1, $2, $3, $4)"
MULTI = "insert into bare select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])"
MULTI_ROWS = 512

# By the CPU time of each process, on 2 cores; a call alone takes 330 µs in Postgres and 200 µs here.
REASON = (
    "bare inserts take 7 µs of CPU for a row with one index, 512 at a time. In a flush of 32, all that the writers "
    "have in hand, an event of ours takes 21 µs in Python (6 to put its 23 values into arrays, 3 to hash it and lay it "
    "out, 6 are its share of the call, the rest is its caller's) and 23 in Postgres: 10 are its share of the call, its "
    "statements and its commit, the others two rows, five indexes and two look-ups; in flushes of 500 it is 17 and 13"
)
ONE_BY_ONE = (
    "so that it has an fsync for each event; a flush of ours shares one among 32 events at most, and takes about 45 µs "
    "of CPU for each; client and server share the cores"
)
LOCKS_TABLE = f"the peer locks its table against other writers until its commit, {ONE_BY_ONE}"
LOCKS_CATEGORY = f"the peer holds an advisory lock of the stream's category until its commit, {ONE_BY_ONE}"
LOCKS_STREAM = (
    "a flush of ours holds 32 events at most, and the peer's appends wait for nothing but their own stream, so that "
    "its connections share their fsyncs by Postgres' own group commit; client and server share the cores"
)
WHAT = "append, 32 writers, one event, chain and key"


async def measure(place: Place, *, quick: bool) -> list[Figure]:
    """Appends of one event of 250 bytes a second, with 32 concurrent writers."""
    seconds = 2.0 if quick else 5.0
    ours = await _ours(place, seconds)
    figures: list[Figure] = []
    for name, peer, there, times, reason in (
        ("eventsourcing", eventsourcing, place.python, 10, LOCKS_TABLE),
        ("message-db", message_db, place.node.name, 4, LOCKS_CATEGORY),
        ("emmett", emmett, place.node.name, 4, LOCKS_STREAM),
    ):
        theirs = await peer(place, WRITERS, seconds) if there else None
        figures.append(
            Figure(
                row="append",
                what=WHAT,
                figure=f"{ours:,.0f}/s",
                peer=name if theirs is None else f"{name} {theirs:,.0f}/s",
                ratio=None if theirs is None else ours / theirs,
                goal=f"≥ {times}×",
                reached=None if theirs is None else ours / theirs >= times,
                reason=reason,
                note="" if there else f"{name} is not there: {place.no_peers or place.no_node}",
            )
        )
    bare, multi = await _bare(place, seconds), await _multi(place, seconds)
    figures += [
        Figure(row="append", what=WHAT, figure=f"{ours:,.0f}/s", peer=f"bare inserts {bare:,.0f}/s", ratio=ours / bare),
        Figure(
            row="append",
            what=WHAT,
            figure=f"{ours:,.0f}/s",
            peer=f"bare inserts of {MULTI_ROWS} rows {multi:,.0f}/s",
            ratio=ours / multi,
            goal="≥ 1/4",
            reached=ours / multi >= 0.25,
            reason=REASON,
        ),
    ]
    return figures


async def _ours(place: Place, seconds: float) -> float:
    store = await EventStore.open(place.database_url, pool_size=2)
    tenant = await Tenants(store.pool).open("acct_bench/test")

    async def write(_number: int) -> None:
        id = uuid7()
        event = NewEvent("thing.happened", DATA, b"{}", id, datetime.now(UTC))
        stream = f"thing-{id.hex}"
        key = Key(id.hex, id.bytes * 2, stream, None, False)
        await store.append(Append(tenant=tenant, slices=[Slice(stream, NO_STREAM, [event])], key=key))

    try:
        return await _rate(write, seconds)
    finally:
        await store.close()


async def _bare(place: Place, seconds: float) -> float:
    async with asyncpg.create_pool(place.database_url, min_size=WRITERS, max_size=WRITERS) as pool:
        await pool.execute(TABLE)

        async def write(_number: int) -> None:
            await pool.execute(INSERT, uuid7(), "thing.happened", datetime.now(UTC), DATA.decode())

        return await _rate(write, seconds)


async def _multi(place: Place, seconds: float) -> float:
    connection = await asyncpg.connect(place.database_url)
    count, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        rows = [(uuid7(), "thing.happened", datetime.now(UTC), DATA.decode()) for _ in range(MULTI_ROWS)]
        await connection.execute(MULTI, *(list(column) for column in zip(*rows, strict=True)))
        count += MULTI_ROWS
    took = time.perf_counter() - begun
    await connection.close()
    return count / took


async def _rate(write: Callable[[int], Awaitable[None]], seconds: float) -> float:
    begun = time.perf_counter()
    counts = [0] * WRITERS

    async def writer(number: int) -> None:
        while time.perf_counter() < begun + seconds:
            await write(number)
            counts[number] += 1

    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    return sum(counts) / (time.perf_counter() - begun)
