"""A race: 32 writers in four processes on the same and on different streams, while transactions are slow, backends
die and one process is killed. Afterwards the log is exactly what was promised, and a reader has missed nothing.

PEASWAP_TORTURE_SECONDS sets for how long.
"""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import msgspec
import pytest

from eventstore.store import EventStore, Recorded
from eventstore.tenants import Tenants
from eventstore.verify import verify
from tests.eventstore.observers import Chaos, Tailer
from tests.eventstore.race import Promise

SECONDS = float(os.environ.get("PEASWAP_TORTURE_SECONDS", "6"))
WRITERS = (8, 8, 8, 8)
START_SECONDS_MAX = 180
TORN_APPENDS = """
select count(*)
  from es.idempotency k
 where not exists (
         select
           from es.events e
          where e.shard = k.shard
            and e.position = k.position
       )
"""


async def start(database: str, shards: int, number: int, notes: Path) -> asyncio.subprocess.Process:
    """One process of the race."""
    arguments = [database, shards, WRITERS[number], SECONDS, 100 + number, notes]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.eventstore.race",
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def until_begun(notes: Path, process: asyncio.subprocess.Process) -> None:
    """Waits for the first promise of a process: Python is slow to start on a busy machine."""
    async with asyncio.timeout(START_SECONDS_MAX):
        while not notes.exists() or not notes.stat().st_size:
            assert process.returncode is None
            await asyncio.sleep(0.05)


async def outcome(process: asyncio.subprocess.Process, killed: bool) -> Counter[str]:
    """What the writers of a process met. A process that was not killed must end well."""
    said, complained = await process.communicate()
    if killed:
        return Counter()
    assert process.returncode == 0, complained.decode()
    return Counter(msgspec.json.decode(said, type=dict[str, int]))


def promises(notes: Sequence[Path]) -> list[Promise]:
    """Every promise that was written down in full."""
    lines = [line for path in notes for line in path.read_text().splitlines(keepends=True)]
    return [msgspec.json.decode(line, type=Promise) for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("shards", [1, 3])
async def test_the_log_is_what_was_promised_whatever_happens(
    store: EventStore, database: str, tmp_path: Path, shards: int
) -> None:
    tenants = [await Tenants(store.pool).open(f"racing-{shard}", shard) for shard in range(shards)]
    notes = [tmp_path / f"notes-{number}.jsonl" for number in range(len(WRITERS))]
    processes = [await start(database, shards, number, notes[number]) for number in range(len(WRITERS))]
    for path, process in zip(notes, processes, strict=True):
        await until_begun(path, process)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
    tailers = [Tailer(shard) for shard in range(shards)]
    finished = asyncio.Event()
    following = [asyncio.create_task(tailer.follow(store, finished)) for tailer in tailers]
    chaos = Chaos(database, time.monotonic() + SECONDS)
    disturbing = [
        asyncio.create_task(each)
        for each in (
            chaos.slow_transaction(),
            chaos.terminations(),
            *(chaos.slow_appends(tenant) for tenant in tenants),
        )
    ]
    await asyncio.sleep(SECONDS / 2)
    assert processes[-1].returncode is None, (await processes[-1].communicate())[1].decode()
    processes[-1].kill()
    counted = Counter[str]()
    for number, process in enumerate(processes):
        counted += await outcome(process, killed=number == len(WRITERS) - 1)
    await asyncio.gather(*disturbing)
    finished.set()
    await asyncio.gather(*following)

    sys.stdout.write(f"\n{shards} shards, {SECONDS:.0f} s: {dict(counted)} {dict(chaos.done)}\n")
    for kind in ("granted", "conflict", "claim taken", "replayed", "reused", "unknown"):
        assert counted[kind] > 0, f"the race never met: {kind}"
    assert chaos.done["backends terminated"] > 0
    for tailer in tailers:
        assert tailer.wrong == []
        assert len(tailer.seen) == await store.head(tailer.shard)
        assert len(set(tailer.seen)) == len(tailer.seen)
        recorded = [str(event.event_id) for event in await whole(store, tailer.shard)]
        assert tailer.seen == recorded
    assert_kept(promises(notes), tailers)
    await assert_nothing_torn(database)
    report = await verify(store, lambda _done, _total: None)
    assert report.holds, report.lines()


async def whole(store: EventStore, shard: int) -> list[Recorded]:
    """The whole log of a shard."""
    events: list[Recorded] = []
    while batch := await store.tail(shard, len(events), 5000):
        events += batch
    return events


def assert_kept(promised: Sequence[Promise], tailers: Sequence[Tailer]) -> None:
    """Acknowledged events stand where it was said, no key was granted twice, and no name to two owners."""
    assert promised
    names: dict[tuple[int, str], str] = {}
    keys: set[str] = set()
    for promise in promised:
        seen = tailers[promise.shard].seen
        assert seen[promise.position - len(promise.events) : promise.position] == promise.events
        if promise.key:
            assert promise.key not in keys
            keys.add(promise.key)
        if promise.name:
            assert names.setdefault((promise.shard, promise.name), promise.owner) == promise.owner


async def assert_nothing_torn(database: str) -> None:
    """Every key stands for an event that is there: what was granted was granted whole."""
    connection = await asyncpg.connect(database)
    assert await connection.fetchval(TORN_APPENDS) == 0
    await connection.close()
