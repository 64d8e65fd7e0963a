"""Jobs that people asked for: rebuilding a read model, verifying the log. The same engines as on the command line."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
from msgspec import Struct

from eventstore import jobs
from eventstore.jobs import Job
from eventstore.seals import SealingKey
from eventstore.verify import verify
from projections.rebuild import RebuildUnderWay, rebuild
from projections.registry import PROJECTIONS
from services.core.engine import Engine
from services.core.log import get_logger
from services.core.settings import Settings
from workers.workshop import open_engine

HEARD_SECONDS = 0.5
TRIES_MAX = 3
BY_NAME = {each.name: each for each in PROJECTIONS}

log = get_logger("jobs")

Progress = Callable[[int, int], None]


class Outcome(Struct, frozen=True):
    """What came of a job, in words."""

    succeeded: bool
    words: str


def work_on_jobs(settings: Settings) -> None:
    """Does all jobs that wait, on a loop and connections of its own: whatever else the worker does goes on."""
    asyncio.run(_work_on_jobs(settings))


async def _work_on_jobs(settings: Settings) -> None:
    async with open_engine(settings, pool_size=4) as engine:
        while await do_next_job(engine, settings):
            pass


async def do_next_job(engine: Engine, settings: Settings) -> bool:
    """Does the next job that nobody works at; False when there is none."""
    pool, clock = engine.store.pool, engine.clock
    job = await jobs.claim(pool, clock.now())
    if job is None:
        return False
    reached = [job.done, job.total]

    def progress(done: int, total: int) -> None:
        reached[:] = done, total

    async def be_heard() -> None:
        while True:
            await asyncio.sleep(HEARD_SECONDS)
            await jobs.heard(pool, job, clock.now(), *reached)

    hearing = asyncio.create_task(be_heard())
    try:
        outcome = await _outcome(engine, settings, job, progress)
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing
    await jobs.heard(pool, job, clock.now(), *reached)
    await jobs.finish(pool, job, clock.now(), succeeded=outcome.succeeded, outcome=outcome.words)
    log.info("job_done", kind=job.kind, subject=job.subject, asked_by=job.asked_by, succeeded=outcome.succeeded)
    return True


async def _outcome(engine: Engine, settings: Settings, job: Job, progress: Progress) -> Outcome:
    if job.tries > TRIES_MAX:
        return Outcome(False, f"Given up: the worker died at it {TRIES_MAX} times. Its log says why.")
    try:
        return await (_verified if job.kind == "verify" else _rebuilt)(engine, settings, job, progress)
    except RebuildUnderWay:
        return Outcome(False, "It is being rebuilt from the command line at the moment.")
    except asyncpg.InsufficientPrivilegeError:
        return Outcome(
            False,
            "The database user of the workers may not create tables. Give workers PEASWAP_MIGRATE_DATABASE_URL, or "
            f"rebuild on the server: peaswap projections rebuild {job.subject}",
        )
    except Exception as problem:
        log.error("job_failed", kind=job.kind, subject=job.subject, exc_info=problem)
        return Outcome(False, f"It broke off: {type(problem).__name__}. The log of the worker says why.")


async def _rebuilt(engine: Engine, settings: Settings, job: Job, progress: Progress) -> Outcome:
    projection = BY_NAME.get(job.subject)
    if projection is None:
        return Outcome(False, "There is no such read model any more.")
    done = await rebuild(engine, settings.migrate_database_url, projection, progress)
    differed = f"{done.differing:,} rows differed" if done.differing else "no row differed"
    return Outcome(True, f"Rebuilt from {done.events:,} events; {differed} from what had served until then.")


async def _verified(engine: Engine, settings: Settings, _job: Job, progress: Progress) -> Outcome:
    report = await verify(engine.store, progress, SealingKey(settings.master_key))
    return Outcome(report.holds, "\n".join(report.lines()))
