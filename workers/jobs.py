"""Jobs that people asked for: rebuilding a read model, verifying the log. The same engines as on the command line."""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
from msgspec import Struct

from eventstore import jobs
from eventstore.connection import LOST
from eventstore.jobs import Job
from eventstore.seals import SealingKey
from eventstore.store import StoreUnavailable
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


def never() -> bool:
    """Nobody asks to stop."""
    return False


def work_on_jobs(settings: Settings, stopping: Callable[[], bool]) -> None:
    """Does all jobs that wait, on a loop and connections of its own: whatever else the worker does goes on. When it is
    to stop, the one in hand is given back."""
    asyncio.run(_work_on_jobs(settings, stopping))


async def _work_on_jobs(settings: Settings, stopping: Callable[[], bool]) -> None:
    async with open_engine(settings, pool_size=4) as engine:
        while not stopping() and await do_next_job(engine, settings, stopping):
            pass


async def do_next_job(engine: Engine, settings: Settings, stopping: Callable[[], bool] = never) -> bool:
    """Does the next job that nobody works at; False when there is none."""
    pool, clock = engine.store.pool, engine.clock
    job = await jobs.claim(pool, clock.now())
    if job is None:
        return False
    reached = [job.done, job.total]

    def progress(done: int, total: int) -> None:
        reached[:] = done, total

    working = asyncio.create_task(_outcome(engine, settings, job, progress))
    hearing = asyncio.create_task(_be_heard(engine, job, reached, stopping))
    try:
        done, _ = await asyncio.wait([working, hearing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, hearing):
            task.cancel()
        await asyncio.gather(working, hearing, return_exceptions=True)
    if working not in done:
        # Raises what hearing broke off with, if it did.
        hearing.result()
        # Where another worker has taken it over, nothing is given back.
        await jobs.give_back(pool, job, None)
        log.info("job_left", kind=job.kind, subject=job.subject, stopping=stopping())
        return True
    outcome = working.result()
    if outcome is None:
        await jobs.give_back(pool, job, clock.now())
        return True
    await jobs.heard(pool, job, clock.now(), *reached)
    if await jobs.finish(pool, job, clock.now(), succeeded=outcome.succeeded, outcome=outcome.words):
        log.info("job_done", kind=job.kind, subject=job.subject, asked_by=job.asked_by, succeeded=outcome.succeeded)
    return True


async def _be_heard(engine: Engine, job: Job, reached: Sequence[int], stopping: Callable[[], bool]) -> None:
    """Says again and again how far the job is; returns when it is to be left, or is somebody else's."""
    while not stopping():
        await asyncio.sleep(HEARD_SECONDS)
        try:
            if not await jobs.heard(engine.store.pool, job, engine.clock.now(), reached[0], reached[1]):
                return
        except (StoreUnavailable, asyncpg.PostgresError, *LOST) as problem:
            # Postgres may be back before anybody takes this worker for dead.
            log.warning("job_not_heard_of", kind=job.kind, subject=job.subject, reason=str(problem))


async def _outcome(engine: Engine, settings: Settings, job: Job, progress: Progress) -> Outcome | None:
    """What came of it; None when it must wait for somebody else."""
    if job.tries > TRIES_MAX:
        return Outcome(False, f"Given up: the worker died at it {TRIES_MAX} times. Its log says why.")
    try:
        return await (_verified if job.kind == "verify" else _rebuilt)(engine, settings, job, progress)
    except RebuildUnderWay:
        log.info("job_waits", kind=job.kind, subject=job.subject, reason="it is being rebuilt at the moment")
        return None
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
