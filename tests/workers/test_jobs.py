"""Jobs that people ask for: done once, by a worker, with an outcome in words; taken over from one that died."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from eventstore import jobs
from eventstore.connection import LOST
from eventstore.jobs import SILENT, Job
from eventstore.store import EventStore, StoreUnavailable
from eventstore.tenants import Tenants
from projections.rebuild import LOCK
from services.core.engine import Engine
from tests.support.app import RunningApi, open_engine, settings_for
from tests.support.served import Served
from workers import jobs as working
from workers.jobs import TRIES_MAX, do_next_job

SECONDS_MAX = 120
REBUILDING = """
select count(*) > 0
  from pg_stat_activity
 where datname = $1
   and wait_event_type = 'Lock'
"""
OTHERS_END = """
select pg_terminate_backend(pid)
  from pg_stat_activity
 where datname = $1
   and application_name = 'peaswap'
   and wait_event_type is distinct from 'Lock'
"""


async def _ask(engine: Engine, kind: str, subject: str, id: str = "job_1") -> bool:
    tenant = await Tenants(engine.store.pool).open("acct_a/test")
    return await jobs.ask(engine.store.pool, tenant, id, kind, subject, "user_1", engine.clock.now())


async def _only(engine: Engine) -> Job:
    [job] = await jobs.latest(engine.store.pool, 10)
    return job


async def test_a_read_model_is_rebuilt_and_the_log_verified(api: RunningApi) -> None:
    await api.create_customer()
    assert await _ask(api.engine, "rebuild", "customer_list")
    assert not await _ask(api.engine, "rebuild", "customer_list", "job_2"), "it is under way"
    assert await jobs.waiting(api.engine.store.pool, api.engine.clock.now())
    assert await do_next_job(api.engine, api.settings)
    job = await _only(api.engine)
    assert (job.succeeded, job.tries) == (True, 1)
    assert "no row differed" in (job.outcome or "")
    assert job.done == job.total > 0
    assert not await do_next_job(api.engine, api.settings)
    assert await _ask(api.engine, "verify", "log", "job_3")
    assert await do_next_job(api.engine, api.settings)
    [verified, _] = await jobs.latest(api.engine.store.pool, 10)
    assert verified.succeeded
    assert "The log holds" in (verified.outcome or "")


async def test_a_changed_log_is_told(api: RunningApi, database: str) -> None:
    await api.create_customer()
    owner = await asyncpg.connect(database)
    await owner.execute("alter table es.events disable trigger all; update es.events set type = 'thing.changed'")
    await owner.close()
    await _ask(api.engine, "verify", "log")
    assert await do_next_job(api.engine, api.settings)
    job = await _only(api.engine)
    assert job.succeeded is False
    assert "The log does NOT hold. The first broken event is" in (job.outcome or "")


@pytest.mark.parametrize(("kind", "subject"), [("rebuild", "gone"), ("nonsense", "log")])
async def test_what_cannot_be_done_says_so(api: RunningApi, kind: str, subject: str) -> None:
    await _ask(api.engine, kind, subject)
    assert await do_next_job(api.engine, api.settings)
    job = await _only(api.engine)
    assert (job.succeeded, job.outcome) == (False, "There is no such read model any more.")


async def test_a_job_is_claimed_by_one_and_taken_over_from_the_dead(store: EventStore) -> None:
    tenant = await Tenants(store.pool).open("acct_a/test")
    now = (await store.pool.fetchrow("select now()"))[0]
    await jobs.ask(store.pool, tenant, "job_1", "verify", "log", "user_1", now)
    claimed = await asyncio.gather(*(jobs.claim(store.pool, now) for _ in range(4)))
    [job] = [each for each in claimed if each is not None]
    later = now + SILENT
    await jobs.heard(store.pool, job, later, 5, 10)
    assert await jobs.claim(store.pool, later + timedelta(seconds=1)) is None, "it was heard of"
    at = later + SILENT + timedelta(seconds=1)
    again = await jobs.claim(store.pool, at)
    assert again is not None
    assert (again.tries, again.done) == (2, 5)
    assert not await jobs.heard(store.pool, job, at, 6, 10), "it is another one's now"
    assert not await jobs.finish(store.pool, job, at, succeeded=False, outcome="Late.")
    await jobs.give_back(store.pool, job, None)
    assert await jobs.claim(store.pool, at) is None
    assert await jobs.finish(store.pool, again, at, succeeded=True, outcome="Done.")
    [done] = await jobs.latest(store.pool, 10)
    assert (done.tries, done.done, done.succeeded, done.outcome) == (2, 5, True, "Done.")


async def test_what_kills_its_workers_is_given_up(api: RunningApi) -> None:
    await _ask(api.engine, "verify", "log")
    await api.engine.store.pool.execute("update es.jobs set tries = $1", TRIES_MAX)
    assert await do_next_job(api.engine, api.settings)
    assert "Given up" in ((await _only(api.engine)).outcome or "")


@asynccontextmanager
async def _held_up(database: str) -> AsyncGenerator[None]:
    """A rebuild of `recurring` waits inside, just before its end."""
    owner = await asyncpg.connect(database)
    await owner.execute("begin")
    await owner.execute("select from es.checkpoints where reader = 'recurring' for update")
    try:
        yield
    finally:
        await owner.close()


async def test_a_worker_that_stops_gives_its_job_back_and_loses_no_try(api: RunningApi, database: str) -> None:
    await _ask(api.engine, "rebuild", "recurring")
    stop = asyncio.Event()
    async with _held_up(database), asyncio.timeout(SECONDS_MAX):
        doing = asyncio.create_task(do_next_job(api.engine, api.settings, stop.is_set))
        while (await _only(api.engine)).tries == 0:
            await asyncio.sleep(0.02)
        stop.set()
        await doing
    left = await _only(api.engine)
    assert (left.tries, left.seen_at, left.finished_at) == (0, None, None)
    assert await do_next_job(api.engine, api.settings)
    assert (await _only(api.engine)).succeeded


async def test_what_somebody_else_rebuilds_is_waited_for(
    api: RunningApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ask(api.engine, "rebuild", "recurring")
    owner = await asyncpg.connect(database)
    await owner.execute("select pg_advisory_lock($1, hashtext('recurring'))", LOCK)
    assert await do_next_job(api.engine, api.settings)
    left = await _only(api.engine)
    assert (left.tries, left.finished_at) == (0, None)
    assert not await do_next_job(api.engine, api.settings), "it is tried again after a while"
    await owner.close()
    monkeypatch.setattr(jobs, "SILENT", timedelta())
    assert await do_next_job(api.engine, api.settings)
    assert (await _only(api.engine)).succeeded


async def test_a_worker_is_heard_of_again_once_postgres_is_back(
    database: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "HEARD_SECONDS", 0.02)
    hear, unheard = jobs.heard, asyncio.Event()

    async def hear_or_tell(*about: Any) -> bool:
        try:
            return await hear(*about)
        except (StoreUnavailable, asyncpg.PostgresError, *LOST):
            unheard.set()
            raise

    monkeypatch.setattr(jobs, "heard", hear_or_tell)
    settings = settings_for(database, redis_url, None)
    engine = await open_engine(settings)
    await _ask(engine, "rebuild", "recurring")
    owner, name = await asyncpg.connect(database, database="postgres"), urlsplit(database).path[1:]
    async with _held_up(database), asyncio.timeout(SECONDS_MAX):
        doing = asyncio.create_task(do_next_job(engine, settings))
        while not await owner.fetchval(REBUILDING, name):
            await asyncio.sleep(0.02)
        await owner.execute(f'alter database "{name}" with allow_connections false')
        # Not the rebuild itself, which waits.
        await owner.execute(OTHERS_END, name)
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await engine.store.pool.fetchval("select 1")
        # From here on whatever it says is not heard.
        unheard.clear()
        await unheard.wait()
        await owner.execute(f'alter database "{name}" with allow_connections true')
        silent = (await _only(engine)).seen_at
        while (await _only(engine)).seen_at == silent:
            await asyncio.sleep(0.02)
    assert await doing
    assert (await _only(engine)).succeeded
    await owner.close()
    await engine.store.close()


async def test_a_worker_takes_it_from_the_queue(server: Served) -> None:
    store = await EventStore.open(server.fleet.environment["PEASWAP_DATABASE_URL"], pool_size=1)
    try:
        tenant = await Tenants(store.pool).open("acct_jobs/test")
        now = (await store.pool.fetchrow("select now()"))[0]
        await jobs.ask(store.pool, tenant, "job_queued", "rebuild", "recurring", "user_1", now)
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                job = next(each for each in await jobs.latest(store.pool, 10) if each.id == "job_queued")
                if job.finished_at is not None:
                    break
                await asyncio.sleep(0.1)
        assert job.succeeded, job.outcome
    finally:
        await store.close()
