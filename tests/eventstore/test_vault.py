"""Data keys: one per subject for ever, until it is destroyed for everybody."""

import asyncio
from typing import Any

import asyncpg
import pytest

from eventstore import vault as module
from eventstore.pool import FairPool
from eventstore.store import Append, DataKeyDestroyed, DataKeyExists, DataKeyRow, EventStore, VersionConflict
from eventstore.tenants import Tenant, Tenants
from eventstore.vault import Tampered, Vault
from tests.eventstore.examples import to

MASTER = bytes(range(32))


async def kept(store: EventStore, vault: Vault, tenant: Tenant, subject: str) -> bytes:
    """Gives `subject` a data key and returns something sealed with it."""
    new: dict[str, DataKeyRow] = {}
    key = await vault.key_or_new(tenant, subject, new, fresh=True)
    assert key is not None
    await store.append(Append(tenant, [to(subject)], data_keys=list(new.values())))
    return key.seal(b"Ada", b"place")


async def test_another_process_opens_what_was_sealed(store: EventStore, tenant: Tenant) -> None:
    sealed = await kept(store, Vault(store.pool, MASTER), tenant, "cust_1")
    key = await Vault(store.pool, MASTER).key(tenant, "cust_1")
    assert key is not None
    assert key.open(sealed, b"place") == b"Ada"


async def test_the_same_text_is_sealed_differently_each_time(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    await kept(store, vault, tenant, "cust_1")
    key = await vault.key(tenant, "cust_1")
    assert key is not None
    assert key.seal(b"Ada", b"place") != key.seal(b"Ada", b"place")


async def test_of_two_first_keys_of_a_subject_one_is_recorded(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    rows: list[dict[str, DataKeyRow]] = [{}, {}]
    for new in rows:
        await vault.key_or_new(tenant, "cust_1", new, fresh=True)
    appends = [Append(tenant, [to(f"thing-{n}")], data_keys=list(new.values())) for n, new in enumerate(rows)]
    first, second = await asyncio.gather(*map(store.append, appends), return_exceptions=True)
    assert not isinstance(first, BaseException)
    assert isinstance(second, DataKeyExists)
    assert second.subject == "cust_1"
    assert await store.read(tenant, "thing-1") == []


async def test_a_key_that_was_never_recorded_is_never_used_again(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    given_up: dict[str, DataKeyRow] = {}
    await vault.key_or_new(tenant, "cust_1", given_up)
    again: dict[str, DataKeyRow] = {}
    await vault.key_or_new(tenant, "cust_1", again)
    assert list(again) == ["cust_1"]


async def test_a_key_shredded_elsewhere_is_forgotten_soon(
    store: EventStore, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED_SECONDS_MAX", 0.2)
    here, there = Vault(store.pool, MASTER), Vault(store.pool, MASTER)
    await kept(store, here, tenant, "cust_1")
    assert await here.key(tenant, "cust_1") is not None
    await there.shred(tenant, "cust_1")
    await asyncio.sleep(0.3)
    assert await here.key(tenant, "cust_1") is None


class Slow(FairPool):
    """Its answers arrive when they are let through."""

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        rows = await super().fetch(query, *arguments)
        self.fetched.set()
        await self.through.wait()
        return rows

    def hold(self) -> None:
        """From now on nothing arrives."""
        self.fetched, self.through = asyncio.Event(), asyncio.Event()


async def test_a_key_that_was_on_its_way_while_it_was_shredded_is_not_kept(
    store: EventStore, tenant: Tenant, database: str
) -> None:
    pool = await Slow.open(database, 2)
    assert isinstance(pool, Slow)
    pool.hold()
    vault = Vault(pool, MASTER)
    for n in range(2):
        await kept(store, vault, tenant, f"cust_{n}")
    on_their_way = asyncio.create_task(vault.keys(tenant, ["cust_0", "cust_1"]))
    await pool.fetched.wait()
    await vault.shred(tenant, "cust_0")
    pool.through.set()
    await on_their_way
    found = await vault.keys(tenant, ["cust_0", "cust_1"])
    assert found["cust_0"] is None
    assert found["cust_1"] is not None
    await pool.close()


async def test_a_shredded_key_is_gone_from_the_database(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    await kept(store, vault, tenant, "cust_1")
    await vault.shred(tenant, "cust_1")
    await vault.shred(tenant, "cust_1")
    [row] = await store.pool.fetch("select wrapped, shredded_at from es.data_keys")
    assert row["wrapped"] is None
    assert row["shredded_at"] is not None
    new: dict[str, DataKeyRow] = {}
    assert await vault.key_or_new(tenant, "cust_1", new) is None
    assert new == {}


async def test_a_wrapped_key_serves_its_own_subject_only(store: EventStore, tenant: Tenant, database: str) -> None:
    other = await Tenants(store.pool).open("acct_2/test")
    for each, subject in ((tenant, "cust_1"), (tenant, "cust_2"), (other, "cust_1")):
        await kept(store, Vault(store.pool, MASTER), each, subject)
    owner = await asyncpg.connect(database)
    await owner.execute(
        "update es.data_keys set wrapped = (select wrapped from es.data_keys where tenant = $1 and subject = 'cust_1')",
        tenant.number,
    )
    await owner.close()
    vault = Vault(store.pool, MASTER)
    assert await vault.key(tenant, "cust_1") is not None
    for each, subject in ((tenant, "cust_2"), (other, "cust_1")):
        with pytest.raises(Tampered):
            await vault.key(each, subject)


async def test_another_master_key_opens_nothing(store: EventStore, tenant: Tenant) -> None:
    await kept(store, Vault(store.pool, MASTER), tenant, "cust_1")
    with pytest.raises(Tampered, match="master key"):
        await Vault(store.pool, bytes(32)).key(tenant, "cust_1")


async def test_the_cache_stays_within_its_bound(
    store: EventStore, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED_KEYS_MAX", 3)
    vault = Vault(store.pool, MASTER)
    for n in range(6):
        await kept(store, vault, tenant, f"cust_{n}")
    for _ in range(2):
        assert len(await vault.keys(tenant, [f"cust_{n}" for n in range(6)])) == 6
        assert len(vault._cache) <= 3  # pyright: ignore[reportPrivateUsage]


async def test_an_append_destroys_keys_only_when_it_is_made(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    sealed = await kept(store, vault, tenant, "cust_1")
    with pytest.raises(VersionConflict):
        await store.append(Append(tenant, [to("cust_1")], shreds=["cust_1"]))
    key = await Vault(store.pool, MASTER).key(tenant, "cust_1")
    assert key is not None
    assert key.open(sealed, b"place") == b"Ada"
    await store.append(Append(tenant, [to("another")], shreds=["cust_1", "cust_unknown"]))
    assert await Vault(store.pool, MASTER).key(tenant, "cust_1") is None


async def test_what_was_sealed_with_a_key_that_is_gone_is_not_recorded(store: EventStore, tenant: Tenant) -> None:
    await kept(store, Vault(store.pool, MASTER), tenant, "cust_1")
    appends = [
        Append(tenant, [to("thing-1")], sealed=["cust_1"]),
        Append(tenant, [to("thing-2")], shreds=["cust_1"]),
        Append(tenant, [to("thing-3")], sealed=["cust_1"]),
    ]
    first, second, third = await asyncio.gather(*map(store.append, appends), return_exceptions=True)
    assert not isinstance(first, BaseException)
    assert not isinstance(second, BaseException)
    assert isinstance(third, DataKeyDestroyed)
    assert third.subject == "cust_1"
    assert await store.read(tenant, "thing-3") == []
