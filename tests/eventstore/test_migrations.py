"""Migrations: once each, in order, whole or not at all, however many migrate at once."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.dev.programs import postgres_programs
from eventstore import migrate as module
from eventstore.ids import uuid7
from eventstore.migrate import migrate, migrations, pending
from eventstore.store import EventStore, StoreUnavailable
from eventstore.tenants import Tenants
from tests.eventstore.examples import one
from tests.support.servers import Servers

SCHEMA = Path(module.__file__).parent / "schema.sql"


@pytest.fixture
async def empty(running_servers: Servers) -> AsyncIterator[str]:
    """The URL of a database with nothing in it."""
    name = f"empty_{uuid7().hex}"
    server = await asyncpg.connect(running_servers.database_url("postgres"))
    await server.execute(f"create database {name}")
    yield running_servers.database_url(name)
    await server.execute(f"drop database {name} with (force)")
    await server.close()


def dumped(url: str) -> list[str]:
    """The schema of the store as Postgres itself writes it down, without what differs from run to run."""
    command = [
        str(postgres_programs() / "pg_dump"),
        "--schema-only",
        "--schema=es",
        "--schema=webhooks",
        f"--dbname={url}",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


async def test_all_migrations_are_applied_in_order(empty: str) -> None:
    names = [name for name, _ in migrations()]
    assert names == sorted(names)
    assert await pending(empty) == names
    assert await migrate(empty) == names
    assert await pending(empty) == []


async def test_many_that_migrate_at_once_apply_each_migration_once(empty: str) -> None:
    applied = await asyncio.gather(*[migrate(empty) for _ in range(5)])
    assert sorted(applied, key=len) == [[], [], [], [], [name for name, _ in migrations()]]


async def test_databases_of_one_server_are_migrated_at_once(running_servers: Servers) -> None:
    server = await asyncpg.connect(running_servers.database_url("postgres"))
    names = [f"beside_{uuid7().hex}" for _ in range(4)]
    for name in names:
        await server.execute(f"create database {name}")
    # Roles belong to the whole server: all of these want to make the same one.
    await asyncio.gather(*[migrate(running_servers.database_url(name)) for name in names])
    for name in names:
        assert await pending(running_servers.database_url(name)) == []
        await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.mark.parametrize("applied", range(len(migrations())))
async def test_a_database_left_half_way_is_brought_up_to_date(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, applied: int
) -> None:
    every = migrations()
    for name, sql in every[:applied]:
        (tmp_path / f"{name}.sql").write_text(sql)
    (tmp_path / "9999_broken.sql").write_text("create table es_half_done (n integer); select 1 / 0;")
    with monkeypatch.context() as patched:
        patched.setattr(module, "FOLDER", tmp_path)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(empty)
    assert await pending(empty) == [name for name, _ in every[applied:]]
    owner = await asyncpg.connect(empty)
    assert await owner.fetchval("select to_regclass('es_half_done')") is None
    await owner.close()
    assert await migrate(empty) == [name for name, _ in every[applied:]]
    store = await EventStore.open(empty, pool_size=1)
    tenant = await Tenants(store.pool).open("acct_1")
    assert (await store.append(one(tenant, "thing-1"))).position == 1
    await store.close()


async def test_the_written_schema_is_the_sum_of_the_migrations(empty: str, database: str) -> None:
    owner = await asyncpg.connect(empty)
    await owner.execute(SCHEMA.read_text())
    await owner.close()
    assert dumped(empty) == dumped(database)


async def test_without_postgres_there_is_nothing_to_migrate(unused_tcp_port: int) -> None:
    with pytest.raises(StoreUnavailable):
        await migrate(f"postgresql://nobody:secret@127.0.0.1:{unused_tcp_port}/none?sslmode=disable")
