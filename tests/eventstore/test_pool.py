"""The pool: first come, first served; nothing that one user leaves behind meets the next."""

import asyncio

import asyncpg
import pytest

from eventstore.pool import FairPool
from eventstore.store import EventStore, OutcomeUnknown, StoreUnavailable
from eventstore.tenants import Tenant

PATIENT_SECONDS = 60
OURS = "select pid from pg_stat_activity where application_name = 'peaswap' and datname = current_database()"


async def _only(owner: asyncpg.Connection, count: int) -> set[int]:
    """The backends of a pool, once they are so many: the connection by which it looked for its role may still end."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while len(found := {row["pid"] for row in await owner.fetch(OURS)}) != count:
            await asyncio.sleep(0.01)
    return found


async def test_waiters_are_served_in_the_order_of_their_coming(database: str) -> None:
    pool = await FairPool.open(database, 2)
    # Both connections are there: what is asked for is the order of those who wait, not of those who connect.
    await asyncio.gather(*[pool.execute("select pg_sleep(0.05)") for _ in range(2)])
    served: list[int] = []

    async def use(n: int) -> None:
        async with pool.acquire() as connection:
            served.append(n)
            await connection.execute("select pg_sleep(0.002)")

    await asyncio.gather(*[use(n) for n in range(60)])
    assert served == list(range(60))
    await pool.close()


async def test_there_are_never_more_connections_than_its_size(database: str) -> None:
    pool = await FairPool.open(database, 3)
    await asyncio.gather(*[pool.execute("select pg_sleep(0.005)") for _ in range(40)])
    owner = await asyncpg.connect(database)
    assert len(await _only(owner, 3)) == 3
    await owner.close()
    await pool.close()


async def test_a_full_pool_has_all_its_connections_before_anybody_asks(database: str, unused_tcp_port: int) -> None:
    pool = await FairPool.open(database, 3)
    await pool.fill()
    owner = await asyncpg.connect(database)
    there = await _only(owner, 3)
    await asyncio.gather(*[pool.execute("select pg_sleep(0.005)") for _ in range(9)])
    assert {row["pid"] for row in await owner.fetch(OURS)} == there
    await pool.close()
    busy = await FairPool.open(database, 3)
    await owner.execute("select pg_advisory_lock(1)")
    slow = asyncio.create_task(busy.execute("select pg_advisory_lock(1), pg_advisory_unlock(1)"))
    await asyncio.sleep(0)
    await busy.fill()
    assert not slow.done(), "nobody who is at work is waited for"
    await owner.close()
    await asyncio.gather(slow, *[busy.execute("select 1") for _ in range(9)])
    await busy.close()
    away = FairPool(f"postgresql://nobody:secret@127.0.0.1:{unused_tcp_port}/none?sslmode=disable", 2)
    await away.fill()
    with pytest.raises(StoreUnavailable):
        await away.fetchval("select 1")


async def test_a_cancelled_user_gives_its_connection_back(store: EventStore) -> None:
    for _ in range(20):
        users = [asyncio.ensure_future(store.pool.execute("select pg_sleep(5)")) for _ in range(8)]
        await asyncio.sleep(0.01)
        for user in users:
            user.cancel()
        ended = await asyncio.gather(*users, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended)
    values = await asyncio.wait_for(
        asyncio.gather(*[store.pool.fetchval("select 7") for _ in range(40)]), PATIENT_SECONDS
    )
    assert values == [7] * 40


async def test_an_open_transaction_is_not_handed_to_the_next(database: str) -> None:
    pool = await FairPool.open(database, 1)
    async with pool.acquire() as connection:
        await connection.execute("begin")
        await connection.execute("insert into es.tenants (shard, name) values (0, 'left behind')")
    assert await pool.fetchval("select count(*) from es.tenants") == 0
    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()
    await pool.close()


async def test_connections_that_died_are_replaced(store: EventStore, database: str) -> None:
    await asyncio.gather(*[store.pool.execute("select pg_sleep(0.01)") for _ in range(8)])
    owner = await asyncpg.connect(database)
    for (pid,) in await owner.fetch(OURS):
        await owner.execute("select pg_terminate_backend($1)", pid)
    await owner.close()
    assert await asyncio.gather(*[store.pool.fetchval("select 7") for _ in range(20)]) == [7] * 20


async def test_a_statement_that_takes_too_long_is_ended(store: EventStore) -> None:
    async with store.pool.acquire() as connection:
        assert await connection.fetchval("show statement_timeout") != "0"
        assert await connection.fetchval("show lock_timeout") != "0"


async def test_the_server_works_under_its_own_role(store: EventStore, tenant: Tenant) -> None:
    assert await store.pool.fetchval("select current_user") == "peaswap_app"


async def test_a_pool_without_postgres_says_so(unused_tcp_port: int) -> None:
    pool = FairPool(f"postgresql://nobody:secret@127.0.0.1:{unused_tcp_port}/none?sslmode=disable", 2)
    outcomes = await asyncio.wait_for(
        asyncio.gather(*[pool.fetchval("select 1") for _ in range(50)], return_exceptions=True), PATIENT_SECONDS
    )
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    await pool.close()


async def test_a_connection_that_dies_in_use_leaves_an_unknown_outcome(store: EventStore, database: str) -> None:
    owner = await asyncpg.connect(database)

    async def use() -> None:
        async with store.pool.acquire() as victim, victim.transaction():
            await owner.execute("select pg_terminate_backend($1)", victim.get_server_pid())
            await victim.execute("select pg_sleep(5)")

    with pytest.raises(OutcomeUnknown):
        await use()
    await owner.close()


async def test_what_a_user_raises_reaches_it_unchanged(store: EventStore) -> None:
    with pytest.raises(TimeoutError, match="of my own"):
        async with store.pool.acquire():
            raise TimeoutError("of my own")
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with store.pool.acquire() as connection:
            await connection.execute("select 1 / 0")
