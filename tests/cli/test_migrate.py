"""Upgrading: `peaswap migrate` brings the read models of an older version up to date."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.gateway import SimulatorProcess
from tests.support.processes import fleet

STATES = "select revision, state, position from es.checkpoints where reader = 'due'"


async def test_an_outdated_read_model_is_rebuilt(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        await running.open_account()
        connection = await asyncpg.connect(database)
        row: Any = await connection.fetchrow(STATES)
        revision, _, position = row
        await connection.execute("update es.checkpoints set revision = 0 where reader = 'due'")
        await connection.execute("alter table rm_due.due drop column clock")
        doctor = await asyncio.to_thread(running.run, "doctor")
        assert doctor.returncode == 1
        assert "An older version made read models (due): run `./peaswap migrate`." in doctor.stdout
        done = await asyncio.to_thread(running.run, "migrate")
        assert done.returncode == 0, done.stderr
        assert "rebuilt the read model due" in done.stdout
        row = await connection.fetchrow(STATES)
        assert tuple(row) == (revision, "live", position)
        again = await asyncio.to_thread(running.run, "migrate")
        assert "rebuilt" not in again.stdout
        await connection.close()
