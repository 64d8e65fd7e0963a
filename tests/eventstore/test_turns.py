"""A turn is one caller's, in this process and in all others."""

import asyncio

import asyncpg
import pytest

from eventstore.store import EventStore, StoreUnavailable
from eventstore.turns import Turns

# Of this database only: others beside it have appends under way.
HOLDERS_END = """
select pg_terminate_backend(pid)
  from pg_locks
 where locktype = 'advisory'
   and database = (select oid from pg_database where datname = current_database())
"""


async def test_a_turn_is_taken_by_one_at_a_time(store: EventStore) -> None:
    here, elsewhere = Turns(store.pool), Turns(store.pool)
    async with here.alone("1/clock_a") as first, here.alone("1/clock_a") as again, here.alone("1/clock_b") as other:
        assert (first, again, other) == (True, False, True)
        async with elsewhere.alone("1/clock_a") as taken, elsewhere.alone("1/clock_c") as free:
            assert (taken, free) == (False, True)
    async with elsewhere.alone("1/clock_a") as now, elsewhere.alone("1/clock_b") as both:
        assert (now, both) == (True, True)


async def test_a_turn_ends_with_the_connection_that_holds_it(store: EventStore, database: str) -> None:
    here, elsewhere = Turns(store.pool), Turns(store.pool)
    owner = await asyncpg.connect(database)
    done: list[str] = []

    async def hold(name: str) -> None:
        async with here.alone(name) as mine:
            assert mine
            done.append(name)
            await asyncio.sleep(600)
            done.append("too long")

    holders = [asyncio.create_task(hold(name)) for name in ("1/clock_a", "1/clock_b")]
    async with asyncio.timeout(120):
        while len(done) < 2:
            await asyncio.sleep(0.01)
        await owner.execute(HOLDERS_END)
        ended = await asyncio.gather(*holders, return_exceptions=True)
    assert [type(each) for each in ended] == [StoreUnavailable, StoreUnavailable]
    assert done == ["1/clock_a", "1/clock_b"]
    async with elsewhere.alone("1/clock_a") as theirs, here.alone("1/clock_a") as ours, here.alone("1/clock_b") as b:
        assert (theirs, ours, b) == (True, False, True)
    await owner.close()


async def test_a_turn_that_breaks_off_for_another_reason_says_so(store: EventStore) -> None:
    turns = Turns(store.pool)
    with pytest.raises(TimeoutError):
        async with turns.alone("1/clock_a"), asyncio.timeout(0.01):
            await asyncio.sleep(600)
    async with turns.alone("1/clock_a") as again:
        assert again
