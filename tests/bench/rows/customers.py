"""Loading customers as fast as the store takes them: through the engine's own append in big batches, from two
processes; then the read models that lists need are made by the product's own rebuild, side by side.

python -m tests.bench.rows.customers append ACCOUNT START COUNT
python -m tests.bench.rows.customers rebuild NAME

Each prints how far it is, a number a line; appending ends with ids of some of what it made.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from services.billing.customers.commands import CreateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.garbage import collect_seldom
from services.core.ids import new_id
from services.core.settings import load_settings
from services.core.step import Step
from tests.bench.place import ROOT, Place
from tests.support.app import open_engine

BATCH = 500
LANES = 3
PROCESSES = 2
# Up to so many, following the log is as fast as making all anew.
FOLLOWED_MAX = 20_000
LISTED = ("objects", "customer_list")
FIRST = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Tony", "Frances", "Ken")
LAST = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Hoare", "Allen", "Thompson")


async def load_customers(
    place: Place, engine: Engine, count: int, *, start: int = 0, models: Sequence[str] = LISTED
) -> list[str]:
    """Adds customers numbered from `start`; returns a sample of their ids. Where there are many, only these read models
    are brought up to them."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        share = -(-count // PROCESSES)
        shares = [(first, min(share, start + count - first)) for first in range(start, start + count, share)]
        task = bar.add_task("appending customers", total=count)
        appending = [["append", place.fleet.account, str(first), str(many)] for first, many in shares]
        said = await _together(place, appending, bar, [task] * len(appending))
        if count > FOLLOWED_MAX:
            tasks = [bar.add_task(f"rebuilding {name}", total=start + count) for name in models]
            await _together(place, [["rebuild", name] for name in models], bar, tasks)
        else:
            await place.catch_up(engine)
    sample: list[str] = [id for line in said for id in json.loads(line)]
    return sample


async def _together(place: Place, works: Sequence[Sequence[str]], bar: Progress, tasks: Sequence[TaskID]) -> list[str]:
    """Does these in processes of their own; returns the last line that each said."""

    room = asyncio.Semaphore(PROCESSES)

    async def one(words: Sequence[str], task: TaskID) -> str:
        async with room:
            return await said_by(words, task)

    async def said_by(words: Sequence[str], task: TaskID) -> str:
        command = [sys.executable, "-m", "tests.bench.rows.customers", *words]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=place.fleet.environment, stdout=asyncio.subprocess.PIPE, limit=2**24
        )
        assert process.stdout is not None
        last = ""
        async for line in process.stdout:
            last = line.decode().strip()
            if last.isdigit():
                bar.advance(task, int(last))
        assert await process.wait() == 0, words
        return last

    return await asyncio.gather(*(one(words, task) for words, task in zip(works, tasks, strict=True)))


async def _append(engine: Engine, account: str, start: int, count: int) -> None:
    tenant = await engine.tenants.open(f"{account}/test")
    numbers = iter(range(start, start + count, BATCH))
    sample: list[str] = []

    async def lane() -> None:
        for first in numbers:
            envelope = Envelope(
                tenant=tenant,
                account=account,
                livemode=False,
                actor="system:bench",
                request_id="req_bench",
                at=engine.clock.now() - timedelta(seconds=1),
            )
            steps = [_creation(number) for number in range(first, min(first + BATCH, start + count))]
            await engine.handle(envelope, steps)
            sample.extend(step.id for step in steps[::100])
            _say(len(steps))

    await asyncio.gather(*(lane() for _ in range(LANES)))
    _say(json.dumps(sample))


async def _rebuild(engine: Engine, database_url: str, name: str) -> None:
    [projection] = [each for each in PROJECTIONS if each.name == name]
    reached = 0

    def on_progress(done: int, _all: int) -> None:
        nonlocal reached
        _say(done - reached)
        reached = done

    await rebuild(engine, database_url, projection, on_progress)


def _creation(number: int) -> Step:
    first, last = FIRST[number % 10], LAST[number // 10 % 10]
    id = new_id(CUSTOMERS.prefix)
    email = f"{first}.{last}.{number}@example.com".lower()
    command = CreateCustomer(id=id, name=f"{first} {last} {number}", email=email, phone=f"+1555{number:07d}")
    return Step(CUSTOMERS, id, command, fresh=True)


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


async def _main(words: Sequence[str]) -> None:
    collect_seldom()
    settings = load_settings()
    engine = await open_engine(settings)
    try:
        if words[0] == "append":
            await _append(engine, words[1], int(words[2]), int(words[3]))
        else:
            await _rebuild(engine, settings.migrate_database_url, words[1])
    finally:
        await engine.store.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
