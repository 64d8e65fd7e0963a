"""Many callers share a flush, and none of them hears of, or suffers from, what is wrong with another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from deploy.dev.postgres import Postgres
from eventstore.ids import uuid7
from eventstore.migrate import migrate
from eventstore.store import (
    NO_STREAM,
    Append,
    Appended,
    Claim,
    EventStore,
    Key,
    KeyReplayed,
    NewEvent,
    OutcomeUnknown,
    Slice,
    StoreUnavailable,
)
from eventstore.tenants import Tenant, Tenants
from tests.eventstore.examples import head_of, one, to
from tests.support.events import happened

APPENDING = """
select pid
  from pg_stat_activity
 where datname = current_database()
   and query like 'select es.append%'
   and pid <> pg_backend_pid()
"""
END_ANY = """
select pg_terminate_backend(pid)
  from pg_stat_activity
 where datname = current_database()
   and application_name = 'peaswap'
   and pid <> pg_backend_pid()
"""
# What es.append takes: whoever holds it keeps every appender of shard 0 waiting.
LOCK_SHARD_0 = "select pg_advisory_xact_lock(1346716531, 0)"


@pytest.fixture
async def operator(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner of the database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


def broken(tenant: Tenant, stream: str, event: NewEvent) -> Append:
    """An append whose one event is not fit to be recorded."""
    return Append(tenant, [Slice(stream, NO_STREAM, [event])])


POISON = {
    "data that is not JSON": happened(b"{"),
    "data that is not text": happened(b'{"n":"\xff"}'),
    "data with a NUL byte": happened(b'{"n":"\x00"}'),
    "a type with a NUL": NewEvent("thing\x00", b"{}", b"{}", uuid7(), happened().recorded_at),
    "a type with half a character": NewEvent("thing\ud800", b"{}", b"{}", uuid7(), happened().recorded_at),
    "an instant without a zone": NewEvent("thing", b"{}", b"{}", uuid7(), datetime(2026, 1, 1)),
    "a schema version beyond all bounds": NewEvent("thing", b"{}", b"{}", uuid7(), happened().recorded_at, 2**40),
}


@pytest.mark.parametrize("event", POISON.values(), ids=POISON.keys())
async def test_an_append_that_cannot_be_recorded_fails_alone(
    store: EventStore, tenant: Tenant, event: NewEvent
) -> None:
    appends = [one(tenant, f"before-{n}") for n in range(5)]
    appends += [broken(tenant, "bad", event), *(one(tenant, f"after-{n}") for n in range(5))]
    outcomes = await asyncio.gather(*map(store.append, appends), return_exceptions=True)
    assert [isinstance(outcome, Appended) for outcome in outcomes] == [True] * 5 + [False] + [True] * 5
    assert not isinstance(outcomes[5], OutcomeUnknown | StoreUnavailable)
    assert [outcome.position for outcome in outcomes if isinstance(outcome, Appended)] == list(range(1, 11))


async def test_concurrent_appends_share_flushes(store: EventStore, tenant: Tenant, database: str) -> None:
    await store.append(one(tenant, "warm"))
    connection = await asyncpg.connect(database)
    before = await connection.fetchval("select xact_commit from pg_stat_database where datname = current_database()")
    await asyncio.gather(*[store.append(one(tenant, f"thing-{n}")) for n in range(500)])
    distinct = await connection.fetchval("select count(distinct xmin::text) from es.events where position > 1")
    await connection.close()
    assert before is not None
    assert distinct <= 5


async def test_a_stream_twice_in_a_moment_is_appended_to_in_order(store: EventStore, tenant: Tenant) -> None:
    keys = [Append(tenant, [to(f"thing-{n}")], Key("k", b"h" * 32, f"thing-{n}", b"%d" % n)) for n in range(20)]
    names = [
        Append(tenant, [to(f"named-{n}")], claims=[Claim("name", f"named-{n}", exclusive=True)]) for n in range(20)
    ]
    outcomes = await asyncio.gather(*map(store.append, [*keys, *names]), return_exceptions=True)
    granted = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
    assert granted == [0, 20]


async def test_a_cancelled_caller_takes_nobody_with_it(
    store: EventStore, tenant: Tenant, operator: asyncpg.Connection
) -> None:
    await store.append(one(tenant, "warm"))
    async with operator.transaction():
        await operator.execute(LOCK_SHARD_0)
        flushing = [asyncio.ensure_future(store.append(one(tenant, f"flushing-{n}"))) for n in range(4)]
        await asyncio.sleep(0.1)
        waiting = [asyncio.ensure_future(store.append(one(tenant, f"waiting-{n}"))) for n in range(4)]
        await asyncio.sleep(0.1)
        for task in (flushing[0], waiting[0]):
            task.cancel()
    outcomes = await asyncio.gather(*flushing, *waiting, return_exceptions=True)
    assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [True, False, False, False] * 2
    # What was under way is recorded all the same; what had not been sent never is.
    assert len(await store.read(tenant, "flushing-0")) == 1
    assert await store.read(tenant, "waiting-0") == []
    assert await store.head(0) == 8


async def test_a_backend_that_dies_under_an_append_leaves_its_outcome_unknown(
    store: EventStore, tenant: Tenant, operator: asyncpg.Connection
) -> None:
    await store.append(one(tenant, "warm"))
    async with operator.transaction():
        await operator.execute(LOCK_SHARD_0)
        key = Key("k", b"h" * 32, "thing-0", b"answer")
        appends = [Append(tenant, [to("thing-0")], key), *(one(tenant, f"thing-{n}") for n in range(1, 5))]
        tasks = [asyncio.ensure_future(store.append(each)) for each in appends]
        await asyncio.sleep(0.1)
        [(pid,)] = await operator.fetch(APPENDING)
        await operator.execute("select pg_terminate_backend($1)", pid)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown] * 5
    # With its key the request is safely sent again; nothing was sent again on its behalf.
    assert await store.head(0) == 1
    assert (await store.append(appends[0])).position == 2
    with pytest.raises(KeyReplayed):
        await store.append(appends[0])


async def test_a_connection_lost_while_idle_costs_no_append(
    store: EventStore, tenant: Tenant, operator: asyncpg.Connection
) -> None:
    await store.append(one(tenant, "warm"))
    [(pid,)] = await operator.fetch(APPENDING)
    connection = store._appends._lanes[0]._connection  # pyright: ignore[reportPrivateUsage]
    assert connection is not None
    await operator.execute("select pg_terminate_backend($1)", pid)
    async with asyncio.timeout(60):
        while not connection.is_closed():
            await asyncio.sleep(0.01)
    assert (await store.append(one(tenant, "thing-1"))).position == 2


async def test_backends_that_die_while_they_are_made_ready_keep_nobody_waiting(
    store: EventStore, tenant: Tenant, operator: asyncpg.Connection
) -> None:
    outcomes: list[Appended | BaseException] = []
    async with asyncio.timeout(120):
        for n in range(8):
            append = asyncio.ensure_future(store.append(one(tenant, f"thing-{n}")))
            while not append.done():
                await operator.execute(END_ANY)
                await asyncio.sleep(0.001 * (n % 4))
            outcomes += await asyncio.gather(append, return_exceptions=True)
        assert {type(each) for each in outcomes} <= {Appended, OutcomeUnknown, StoreUnavailable}
        assert any(isinstance(each, StoreUnavailable | OutcomeUnknown) for each in outcomes)
        assert (await store.append(one(tenant, "after"))).position > 0


async def test_a_log_that_stays_locked_is_unavailable_and_nothing_was_recorded(
    store: EventStore, tenant: Tenant, operator: asyncpg.Connection
) -> None:
    await store.append(one(tenant, "warm"))
    async with operator.transaction():
        await operator.execute(LOCK_SHARD_0)
        with pytest.raises(StoreUnavailable):
            await store.append(one(tenant, "thing-1"))
    assert (await store.append(one(tenant, "thing-1"))).position == 2


async def test_another_shard_does_not_wait(store: EventStore, operator: asyncpg.Connection) -> None:
    there = await Tenants(store.pool).open("acct_there/test", 1)
    async with operator.transaction():
        await operator.execute(LOCK_SHARD_0)
        assert (await asyncio.wait_for(store.append(one(there, "thing-1")), 60)).position == 1


async def test_closing_waits_for_what_is_under_way(database: str) -> None:
    store = await EventStore.open(database, pool_size=1)
    tenant = await Tenants(store.pool).open("acct_1")
    tasks = [asyncio.ensure_future(store.append(one(tenant, f"thing-{n}"))) for n in range(600)]
    await asyncio.sleep(0)
    await store.close()
    assert sorted(task.result().position for task in tasks) == list(range(1, 601))


async def test_without_postgres_nothing_is_recorded_and_it_resumes_by_itself(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path)
    url = postgres.up()
    try:
        await migrate(url)
        store = await EventStore.open(url, pool_size=2)
        tenant = await Tenants(store.pool).open("acct_1")
        await store.append(one(tenant, "thing-1"))
        head = await head_of(store, tenant, "thing-1")
        await asyncio.to_thread(postgres.down)
        with pytest.raises(StoreUnavailable):
            await store.append(one(tenant, "thing-1", head))
        with pytest.raises(StoreUnavailable):
            await store.read(tenant, "thing-1")
        with pytest.raises(StoreUnavailable):
            await store.pool.fetchval("select 1")
        await asyncio.to_thread(postgres.up, moves=False)
        assert (await store.append(one(tenant, "thing-1", head))).position == 2
        assert len(await store.read(tenant, "thing-1")) == 2
        await store.close()
    finally:
        postgres.down()
