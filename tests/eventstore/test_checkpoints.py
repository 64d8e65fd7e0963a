"""Checkpoints: a reader stands where its own transaction left it, and is moved by one process at a time."""

import asyncio

import pytest

from eventstore import checkpoints
from eventstore.ids import uuid7
from eventstore.store import EventStore


@pytest.fixture
async def readers(store: EventStore) -> EventStore:
    async with store.pool.acquire() as connection:
        # The read models have theirs here already.
        await connection.execute("delete from es.checkpoints")
        for name in ("objects", "history"):
            await checkpoints.add(connection, 0, name, 1, "live")
        await checkpoints.add(connection, 0, "objects", 2, "building")
        await checkpoints.add(connection, 1, "objects", 1, "live")
    return store


async def test_readers_start_before_the_first_event_and_are_added_once(readers: EventStore) -> None:
    async with readers.pool.acquire() as connection, connection.transaction():
        [first] = await checkpoints.claim(connection, 0, ["objects"])
        await checkpoints.move(connection, first, 7)
    async with readers.pool.acquire() as connection:
        await checkpoints.add(connection, 0, "objects", 1, "live")
    found = {(each.reader, each.revision): each.position for each in await checkpoints.positions(readers.pool, 0)}
    assert found == {("history", 1): 0, ("objects", 1): 7, ("objects", 2): 0}


async def test_a_move_that_is_rolled_back_never_happened(readers: EventStore) -> None:
    async with readers.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        [claimed] = await checkpoints.claim(connection, 0, ["objects"])
        await checkpoints.move(connection, claimed, 7)
        await transaction.rollback()
    assert {each.position for each in await checkpoints.positions(readers.pool, 0)} == {0}


async def test_what_one_moves_another_does_not_wait_for(readers: EventStore) -> None:
    async with readers.pool.acquire() as one, one.transaction():
        assert [each.reader for each in await checkpoints.claim(one, 0, ["objects"])] == ["objects"]
        async with readers.pool.acquire() as other, other.transaction():
            both = ["objects", "history"]
            claimed = await asyncio.wait_for(checkpoints.claim(other, 0, both), 60)
            assert [each.reader for each in claimed] == ["history"]
            [elsewhere] = await checkpoints.claim(other, 1, both)
            assert (elsewhere.shard, elsewhere.reader) == (1, "objects")


async def test_a_reader_that_cannot_go_on_says_why_until_it_does(readers: EventStore) -> None:
    event_id = uuid7()
    async with readers.pool.acquire() as connection, connection.transaction():
        [claimed] = await checkpoints.claim(connection, 0, ["objects"])
        await checkpoints.stop(connection, claimed, 4, "division by zero", event_id)
        assert await checkpoints.claim(connection, 0, ["objects"]) == []
        [stopped] = await checkpoints.claim(connection, 0, ["objects"], "stopped")
        assert (stopped.position, stopped.reason, stopped.event_id) == (4, "division by zero", event_id)
        await checkpoints.move(connection, stopped, 5, "live")
        [again] = await checkpoints.claim(connection, 0, ["objects"])
        assert (again.position, again.reason, again.event_id) == (5, None, None)


async def test_a_reader_that_is_removed_is_gone(readers: EventStore) -> None:
    async with readers.pool.acquire() as connection:
        await checkpoints.remove(connection, 0, "objects", 2)
    assert [(each.reader, each.revision) for each in await checkpoints.positions(readers.pool, 0)] == [
        ("history", 1),
        ("objects", 1),
    ]
