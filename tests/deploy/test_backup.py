"""A backup is restored into an empty database by the scripts that operators run, and proves itself there."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.dev.programs import postgres_programs
from services.billing.customers.commands import CreateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.core.envelope import Envelope
from services.core.step import Step
from tests.support.app import MASTER_KEY, open_engine, settings_for
from tests.support.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
OTHER_KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


@pytest.fixture
def empty_database(running_servers: Servers) -> Generator[str]:
    name = f"restored_{uuid4().hex[:12]}"
    asyncio.run(_statement(running_servers, f'create database "{name}"'))
    yield running_servers.database_url(name)
    asyncio.run(_statement(running_servers, f'drop database "{name}" with (force)'))


async def _statement(servers: Servers, sql: str) -> None:
    connection = await asyncpg.connect(servers.database_url("postgres"))
    await connection.execute(sql)
    await connection.close()


def _run(script: str, folder: Path, database: str, redis_url: str, key: str = MASTER_KEY) -> tuple[int, str]:
    environment = os.environ | {
        "PATH": f"{postgres_programs()}:{os.environ['PATH']}",
        "PEASWAP_DATABASE_URL": database,
        "PEASWAP_REDIS_URL": redis_url,
        "PEASWAP_MASTER_KEY": key,
        "PROGRAM": str(_program(folder.parent)),
    }
    done = subprocess.run(
        [ROOT / "deploy" / script, folder], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


def _program(folder: Path) -> Path:
    """The command line with the Python of this run, so that no environment is made for another one."""
    program = folder / "peaswap"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m services.cli "$@"\n')
    program.chmod(0o755)
    return program


async def _with_a_customer(database: str, redis_url: str) -> None:
    engine = await open_engine(settings_for(database, redis_url, None))
    tenant = await engine.tenants.open("acct_a/test")
    envelope = Envelope(
        tenant=tenant, account="acct_a", livemode=False, actor="system:test", request_id="req_1", at=engine.clock.now()
    )
    ada = CreateCustomer(id="cust_1", name="Ada Lovelace", email="ada@example.com")
    await engine.handle(envelope, Step(CUSTOMERS, "cust_1", ada, fresh=True))
    await engine.store.close()


async def _name_in(database: str, redis_url: str) -> str:
    engine = await open_engine(settings_for(database, redis_url, None))
    tenant = await engine.tenants.find("acct_a/test")
    assert tenant is not None
    customer = (await engine.load(CUSTOMERS, tenant, "cust_1")).state
    await engine.store.close()
    assert customer is not None
    return customer.name


def test_a_backup_comes_back(database: str, empty_database: str, redis_url: str, tmp_path: Path) -> None:
    asyncio.run(_with_a_customer(database, redis_url))
    folder = tmp_path / "backup"
    assert _run("backup.sh", folder, database, redis_url)[0] == 0
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"Lovelace" not in kept
    assert MASTER_KEY.encode() not in kept

    code, said = _run("restore.sh", folder, empty_database, redis_url, key=OTHER_KEY)
    assert (code, "not the one of this backup" in said) == (1, True), said
    code, said = _run("restore.sh", folder, database, redis_url)
    assert (code, "is not empty" in said) == (1, True), said
    code, said = _run("restore.sh", folder, empty_database, redis_url)
    assert code == 0, said
    assert asyncio.run(_name_in(empty_database, redis_url)) == "Ada Lovelace"

    with (folder / "database.dump").open("ab") as dump:
        dump.write(b"!")
    assert _run("restore.sh", folder, empty_database, redis_url)[0] != 0
    assert _run("backup.sh", folder, database, redis_url)[0] != 0
