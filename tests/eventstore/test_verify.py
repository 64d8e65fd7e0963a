"""An audit ends, and says what it found, also when the log changes under its hands."""

import asyncio
import subprocess
from datetime import UTC, datetime

import asyncpg
import pytest

from deploy.dev.programs import postgres_programs
from eventstore import verify as module
from eventstore.seals import SEALED_AFTER, SealingKey, seal
from eventstore.store import EventStore
from eventstore.tenants import Tenant, Tenants
from eventstore.verify import verify
from tests.eventstore.examples import head_of, one

CUT_OFF_THE_TAIL = """
alter table es.events disable trigger events_are_append_only;
delete from es.events where position > 4
"""


async def test_an_untouched_log_holds_in_every_shard(store: EventStore) -> None:
    for shard in range(3):
        tenant = await Tenants(store.pool).open(f"acct_{shard}", shard)
        for n in range(4):
            await store.append(one(tenant, f"thing-{n}", events=1 + n))
            await store.append(one(tenant, f"thing-{n}", await head_of(store, tenant, f"thing-{n}")))
    report = await verify(store, lambda _done, _total: None)
    assert (report.holds, report.events, report.streams, report.shards) == (True, 42, 12, 3)


async def test_progress_ends_at_the_whole(store: EventStore, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_A_READ", 3)
    await store.append(one(tenant, "thing-1", events=10))
    heard: list[tuple[int, int]] = []
    await verify(store, lambda done, total: heard.append((done, total)))
    assert heard == [(3, 10), (6, 10), (9, 10), (10, 10)]


async def test_events_written_meanwhile_do_not_disturb(
    store: EventStore, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENTS_A_READ", 3)
    await store.append(one(tenant, "thing-1", events=10))
    auditing = asyncio.create_task(verify(store, lambda _done, _total: None))
    await asyncio.gather(*[store.append(one(tenant, f"new-{n}")) for n in range(20)])
    assert (await auditing).holds


async def test_what_is_sealed_meanwhile_does_not_disturb(
    store: EventStore, tenant: Tenant, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENTS_A_READ", 3)
    key, later = SealingKey(bytes(32)), datetime.now(UTC) + SEALED_AFTER * 2
    await store.append(one(tenant, "thing-1", events=10))
    await seal(store.pool, key, 0, later)
    heads = store.head

    async def written_since(shard: int) -> int:
        """Where the log ended when it was asked: at once it has gone on, and is sealed."""
        head = await heads(shard)
        if head == 10:
            for n in range(2):
                await store.append(one(tenant, f"new-{n}", events=4))
                await seal(store.pool, key, 0, later)
        return head

    monkeypatch.setattr(store, "head", written_since)
    report = await verify(store, lambda _done, _total: None, key)
    assert (report.broken, report.events) == (None, 12)
    owner = await asyncpg.connect(database)
    await owner.execute("alter table es.events disable trigger all; delete from es.events where position > 15")
    await owner.close()
    assert "it ends at 15" in str((await verify(store, lambda _done, _total: None, key)).broken)


async def test_a_tail_cut_off_meanwhile_is_missed(
    store: EventStore, tenant: Tenant, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENTS_A_READ", 4)
    await store.append(one(tenant, "thing-1", events=10))
    psql = str(postgres_programs() / "psql")

    def cut(done: int, _total: int) -> None:
        if done == 4:
            subprocess.run([psql, database, "-qc", CUT_OFF_THE_TAIL], check=True)

    report = await asyncio.wait_for(verify(store, cut), 120)
    assert not report.holds
    assert "osition 5" in str(report.broken)
