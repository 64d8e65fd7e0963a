"""Other stores' appends, each by its own code: the `eventsourcing` library, emmett, and message-db's functions."""

import asyncio
import os
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import asyncpg

from tests.bench.place import Place

PEERS = Path(__file__).resolve().parents[1] / "peers"
DATA = '{"text":"' + "x" * 238 + '"}'
WRITE = "select write_message($1, $2, 'thing.happened', $3::jsonb, null, -1)"
# As its own installer orders them; `pgcrypto`, which it also asks for, is part of Postgres itself by now.
MESSAGE_DB = (
    "schema/message-store",
    "tables/messages",
    "types/message",
    "functions/hash-64",
    "functions/acquire-lock",
    "functions/category",
    "functions/id",
    "functions/cardinal-id",
    "functions/stream-version",
    "functions/write-message",
    "indexes/messages-id",
    "indexes/messages-stream",
    "indexes/messages-category",
)


async def eventsourcing(place: Place, writers: int, seconds: float) -> float:
    """Events per second of its Postgres recorder, from threads."""
    command = [place.python, str(PEERS / "eventsourcing_append.py"), str(writers), str(seconds)]
    return await asyncio.to_thread(_program, place, command)


async def emmett(place: Place, writers: int, seconds: float) -> float:
    """Events per second of its Postgres store, in Node."""
    program = place.node / "emmett_append.mjs"
    program.write_text((PEERS / "emmett_append.mjs").read_text())
    return await asyncio.to_thread(_program, place, ["node", str(program), str(writers), str(seconds)])


async def message_db(place: Place, writers: int, seconds: float) -> float:
    """Events per second of `write_message`, over as many connections of asyncpg."""
    folder = place.node / "node_modules/@eventide/message-db/database"
    settings = {"search_path": "message_store"}
    async with asyncpg.create_pool(
        place.database_url, min_size=writers, max_size=writers, server_settings=settings
    ) as pool:
        for name in MESSAGE_DB:
            await pool.execute((folder / f"{name}.sql").read_text())
        begun = time.perf_counter()
        count = 0

        async def write() -> None:
            nonlocal count
            while time.perf_counter() < begun + seconds:
                id = str(uuid4())
                await pool.fetchval(WRITE, id, f"thing-{id}", DATA)
                count += 1

        await asyncio.gather(*(write() for _ in range(writers)))
        return count / (time.perf_counter() - begun)


def _program(place: Place, command: list[str]) -> float:
    environment = os.environ | {"BENCH_DATABASE_URL": place.database_url}
    done = subprocess.run(command, env=environment, cwd=place.folder, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
