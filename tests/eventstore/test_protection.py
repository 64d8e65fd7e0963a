"""What was written stays as it was; and when somebody changes it all the same, it is found."""

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.chain import START, chain
from eventstore.ids import uuid7
from eventstore.migrate import migrate, migrations, pending
from eventstore.store import DataKeyRow, EventStore
from eventstore.tenants import Tenant, Tenants
from eventstore.vault import KeyMissing, Tampered, Vault
from eventstore.verify import verify
from tests.support.events import appending, happened

MASTER = bytes(range(32))


async def _owner(database: str) -> asyncpg.Connection:
    return await asyncpg.connect(database)


@pytest.mark.parametrize(
    "statement",
    [
        "update es.events set type = 'thing.changed'",
        "delete from es.events",
        "truncate es.events",
        "insert into es.events select * from es.events",
    ],
)
async def test_the_server_cannot_change_the_log(store: EventStore, tenant: Tenant, statement: str) -> None:
    await store.append(appending(tenant, "thing-1"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await store.pool.execute(statement)


async def test_its_owner_is_refused_by_the_trigger(store: EventStore, tenant: Tenant, database: str) -> None:
    await store.append(appending(tenant, "thing-1"))
    owner = await _owner(database)
    for statement in ("update es.events set type = 'x'", "delete from es.events", "truncate es.events"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owner.execute(statement)
    await owner.close()


CHANGES = {
    "a byte of the data": "update es.events set data = '{\"n\":2}' where position = 3",
    "its type": "update es.events set type = 'thing.changed' where position = 3",
    "who did it": 'update es.events set meta = \'{"actor":"me"}\' where position = 3',
    "when": "update es.events set recorded_at = recorded_at + interval '1 microsecond' where position = 3",
    "its tenant": "update es.events set tenant = 99 where position = 3",
    "an event removed": "delete from es.events where position = 3",
    "two events swapped": """update es.events set position = case position when 3 then 1003 else 1004 end
                              where position in (3, 4);
                             update es.events set position = case position when 1003 then 4 else 3 end
                              where position in (1003, 1004)""",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_verify_names_the_first_broken_event(
    store: EventStore, tenant: Tenant, database: str, change: str
) -> None:
    await store.append(appending(tenant, "thing-1", *(happened() for _ in range(6))))
    assert (await verify(store, lambda _done, _total: None)).holds
    owner = await _owner(database)
    await owner.execute("alter table es.events disable trigger events_are_append_only")
    await owner.execute(change)
    await owner.close()
    report = await verify(store, lambda _done, _total: None)
    assert not report.holds
    assert "osition 3" in str(report.broken)


async def test_migrating_again_does_nothing(database: str) -> None:
    assert await migrate(database) == []
    assert await pending(database) == []


async def test_a_migration_that_broke_off_is_done_again(database: str) -> None:
    owner = await _owner(database)
    await owner.execute("drop schema es, webhooks cascade")
    await owner.execute("delete from public.peaswap_migrations")
    await owner.close()
    names = [name for name, _ in migrations()]
    assert await pending(database) == names
    assert await migrate(database) == names


async def test_tenants_are_opened_once(store: EventStore) -> None:
    first, second = Tenants(store.pool), Tenants(store.pool)
    opened = await first.open("acct_x")
    assert await second.open("acct_x") == opened
    assert await second.by_number(opened.number) == opened
    assert await first.find("acct_none") is None


async def test_a_sealed_text_opens_with_its_key_and_place_only(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    new: dict[str, DataKeyRow] = {}
    key = await vault.key_or_new(tenant, "cust_1", new, fresh=True)
    assert key is not None
    sealed = key.seal(b"Ada", b"here")
    assert b"Ada" not in sealed
    assert key.open(sealed, b"here") == b"Ada"
    for changed, place in ((sealed, b"there"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"here")):
        with pytest.raises(Tampered):
            key.open(changed, place)


async def test_a_shredded_key_opens_nothing(store: EventStore, tenant: Tenant) -> None:
    vault = Vault(store.pool, MASTER)
    new: dict[str, DataKeyRow] = {}
    await vault.key_or_new(tenant, "cust_1", new, fresh=True)
    await store.append(appending(tenant, "thing-1"))
    append = appending(tenant, "thing-2")
    await store.append(type(append)(tenant=tenant, slices=append.slices, data_keys=list(new.values())))
    assert await vault.key(tenant, "cust_1") is not None
    await vault.shred(tenant, "cust_1")
    assert await vault.key(tenant, "cust_1") is None
    with pytest.raises(KeyMissing):
        await vault.key(tenant, "cust_2")


def test_blinded_names_tell_nothing_and_differ_between_tenants(tenant_pair: tuple[Tenant, Tenant]) -> None:
    vault = Vault(None, MASTER)  # pyright: ignore[reportArgumentType]
    one, other = tenant_pair
    assert vault.blind(one, "ada@example.com") == vault.blind(one, "ada@example.com")
    assert vault.blind(one, "ada@example.com") != vault.blind(other, "ada@example.com")
    assert "ada" not in vault.blind(one, "ada@example.com")


@pytest.fixture
def tenant_pair() -> tuple[Tenant, Tenant]:
    return Tenant(0, 1, "a"), Tenant(0, 2, "b")


@given(st.text(max_size=8), st.text(max_size=8), st.binary(max_size=8), st.binary(max_size=8))
def test_no_two_divisions_of_the_same_bytes_hash_alike(stream: str, kind: str, meta: bytes, data: bytes) -> None:
    moment, event_id = happened().recorded_at, uuid7()

    def link(stream: str, kind: str, meta: bytes, data: bytes) -> bytes:
        return chain(
            START,
            tenant=1,
            stream=stream,
            version=1,
            type=kind,
            schema_version=1,
            recorded_at=moment,
            event_id=event_id,
            meta=meta,
            data=data,
        )

    whole = link(stream, kind, meta, data)
    assert whole == link(stream, kind, meta, data)
    assert whole != link(stream + kind[:1], kind[1:], meta, data) or not kind
    assert whole != link(stream, kind, meta + data[:1], data[1:]) or not data
