"""Seals find what chains cannot: a tail that was cut off, and history written anew."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from eventstore import seals as module
from eventstore.chain import START, chain
from eventstore.seals import SealingKey, last_seal, leaf, merkle_root, missing_seals, seal
from eventstore.store import EventStore
from eventstore.tenants import Tenant
from eventstore.verify import Report, verify
from tests.eventstore.examples import head_of, one

KEY = SealingKey(bytes(32))
LATER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def small_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_A_SEAL", 10)


@pytest.fixture
async def owner(database: str, store: EventStore, tenant: Tenant) -> Any:
    """A hand that may change the database, and a log of 35 events that is sealed up to its end."""
    for number in range(7):
        await store.append(one(tenant, f"thing-{number}", events=5))
    await seal(store.pool, KEY, 0, datetime.now(UTC) + LATER)
    connection = await asyncpg.connect(database)
    await connection.execute("alter table es.events disable trigger events_are_append_only")
    await connection.execute("alter table es.seals disable trigger seals_are_append_only")
    yield connection
    await connection.close()


async def _verified(store: EventStore, key: SealingKey | None = KEY) -> Report:
    return await verify(store, lambda _done, _total: None, key)


async def test_full_seals_are_made_at_once_and_the_rest_after_a_while(store: EventStore, tenant: Tenant) -> None:
    now = datetime.now(UTC)
    await store.append(one(tenant, "thing-1", events=25))
    assert await seal(store.pool, KEY, 0, now) == 2
    assert await seal(store.pool, KEY, 0, now) == 0
    assert (await last_seal(store.pool, 0)).position == 20  # pyright: ignore[reportOptionalMemberAccess]
    assert await seal(store.pool, KEY, 0, now + LATER) == 1
    last = await last_seal(store.pool, 0)
    assert last is not None
    assert (last.number, last.position) == (3, 25)
    await store.append(one(tenant, "thing-1", await head_of(store, tenant, "thing-1"), events=12))
    assert await seal(store.pool, KEY, 0, now) == 1
    report = await _verified(store)
    assert (report.holds, report.events, [each.position for each in report.seals]) == (True, 37, [35])


async def test_many_that_seal_at_once_make_one_chain(store: EventStore, tenant: Tenant) -> None:
    await store.append(one(tenant, "thing-1", events=200))
    await asyncio.gather(*[seal(store.pool, KEY, 0, datetime.now(UTC)) for _ in range(6)])
    report = await _verified(store)
    assert (report.holds, report.seals[0].number, report.seals[0].position) == (True, 20, 200)


async def test_a_tail_that_was_cut_off_is_found(store: EventStore, owner: asyncpg.Connection) -> None:
    await owner.execute("delete from es.events where position > 33")
    assert (await _verified(store)).broken == (
        "Seal 4 of shard 0 covers the log up to position 35, but it ends at 33: its tail was cut off."
    )


async def test_the_whole_log_cut_off_is_found(store: EventStore, owner: asyncpg.Connection) -> None:
    await owner.execute("delete from es.events")
    assert "its tail was cut off" in str((await _verified(store)).broken)


async def test_a_chain_that_was_written_anew_is_found(store: EventStore, owner: asyncpg.Connection) -> None:
    """All hashes of the stream fit again; only the seal over them does not."""
    rows = await owner.fetch("select * from es.events where stream = 'thing-2' order by version")
    previous = START
    for row in rows:
        data = b'{"text":"never happened"}' if row["version"] == 2 else row["data"].encode()
        fields = {name: row[name] for name in ("tenant", "stream", "version", "type", "schema_version", "recorded_at")}
        previous = chain(previous, **fields, event_id=row["event_id"], meta=row["meta"].encode(), data=data)
        await owner.execute(
            "update es.events set data = $2::json, hash = $3 where position = $1",
            row["position"],
            data.decode(),
            previous,
        )
    broken = str((await _verified(store)).broken)
    assert broken.startswith("Seal 2 of shard 0, over positions 11 to 20,")
    assert "written anew" in broken


async def test_events_that_changed_places_are_found(store: EventStore, owner: asyncpg.Connection) -> None:
    """First events of two streams: versions and chains hold at their new positions too."""
    await owner.execute("update es.events set position = position + 1000 where stream in ('thing-3', 'thing-4')")
    await owner.execute("update es.events set position = position - 995 where stream = 'thing-3'")
    await owner.execute("update es.events set position = position - 1005 where stream = 'thing-4'")
    assert "written anew" in str((await _verified(store)).broken)


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("delete from es.seals where number = 2", "those between are missing"),
        ("update es.seals set sealed_at = sealed_at - interval '1 day' where number = 2", "its own hash"),
        ("update es.seals set position = 19 where number = 2", "written anew"),
        ("update es.seals set signature = (select signature from es.seals where number = 1)", "not signed"),
        ("update es.seals set root = hash where number = 3", "written anew"),
    ],
)
async def test_a_seal_that_was_tampered_with_is_found(
    store: EventStore, owner: asyncpg.Connection, tampering: str, found: str
) -> None:
    await owner.execute(tampering)
    assert found in str((await _verified(store)).broken)


async def test_a_seal_of_another_master_key_is_found(store: EventStore, owner: asyncpg.Connection) -> None:
    assert "not signed" in str((await _verified(store, SealingKey(os.urandom(32)))).broken)
    assert (await _verified(store, None)).holds


async def test_seals_cut_off_with_their_events_are_missed_by_whoever_kept_one(
    store: EventStore, owner: asyncpg.Connection
) -> None:
    last = await last_seal(store.pool, 0)
    assert last is not None
    kept = f"{last.number}:{last.hash.hex()}"
    assert await missing_seals(store.pool, [kept]) == []
    await owner.execute("delete from es.events where position > 30")
    await owner.execute("delete from es.seals where position > 30")
    assert (await _verified(store)).holds
    assert await missing_seals(store.pool, [kept]) == [kept]


async def test_the_server_cannot_change_a_seal(store: EventStore, owner: asyncpg.Connection) -> None:
    await owner.execute("alter table es.seals enable trigger seals_are_append_only")
    for sql in ("update es.seals set number = 9", "delete from es.seals", "truncate es.seals"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await store.pool.execute(sql)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(sql)


def test_a_root_tells_leaves_their_places_and_their_number() -> None:
    leaves = [leaf(number, bytes([number]) * 32) for number in range(1, 8)]
    roots = {merkle_root(leaves[:count]) for count in range(1, 8)}
    assert len(roots | {merkle_root(leaves[::-1]), merkle_root([*leaves, leaves[-1]])}) == 9
