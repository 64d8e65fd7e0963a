"""Jobs: long work that a person asked for. Asked for by one process, claimed by another, watched by all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from eventstore.pool import FairPool
from eventstore.tenants import Tenant

# Who has not been heard of for so long is taken for dead.
SILENT = timedelta(seconds=30)
KEPT_MAX = 200

ASK = """
insert into es.jobs (shard, tenant, id, kind, subject, asked_by, asked_at)
values ($1, $2, $3, $4, $5, $6, $7)
    on conflict do nothing
returning id
"""
FORGET = """
delete from es.jobs
 where finished_at is not null
   and asked_at < (select asked_at from es.jobs order by asked_at desc offset $1 limit 1)
"""
WAITING = "select exists (select from es.jobs where finished_at is null and (seen_at is null or seen_at < $1))"
CLAIM = """
with ready as (
  select shard, tenant, id
    from es.jobs
   where finished_at is null
     and (seen_at is null or seen_at < $2)
   order by asked_at
   limit 1
     for update skip locked
)
update es.jobs j
   set seen_at = $1,
       started_at = coalesce(j.started_at, $1),
       tries = j.tries + 1
  from ready
 where (j.shard, j.tenant, j.id) = (ready.shard, ready.tenant, ready.id)
returning j.shard, j.tenant, j.id, j.kind, j.subject, j.asked_by, j.asked_at, j.tries, j.started_at, j.seen_at,
          j.done, j.total, j.finished_at, j.succeeded, j.outcome
"""
# Each try has its number: whoever was taken for dead and is not can neither speak for the next one nor finish it.
SEEN = """
update es.jobs
   set seen_at = $5,
       done = $6,
       total = $7
 where (shard, tenant, id, tries) = ($1, $2, $3, $4)
   and finished_at is null
returning id
"""
GIVE_BACK = """
update es.jobs
   set tries = tries - 1,
       seen_at = $5
 where (shard, tenant, id, tries) = ($1, $2, $3, $4)
   and finished_at is null
"""
FINISH = """
update es.jobs
   set finished_at = $5,
       succeeded = $6,
       outcome = $7
 where (shard, tenant, id, tries) = ($1, $2, $3, $4)
   and finished_at is null
returning id
"""
LATEST = """
select shard, tenant, id, kind, subject, asked_by, asked_at, tries, started_at, seen_at, done, total, finished_at,
       succeeded, outcome
  from es.jobs
 order by asked_at desc, id desc
 limit $1
"""


class Job(Struct, frozen=True):
    """`done` of `total`: how far it is. `outcome` says in words what came of it."""

    shard: int
    tenant: int
    id: str
    kind: str
    subject: str
    asked_by: str
    asked_at: datetime
    tries: int
    started_at: datetime | None
    seen_at: datetime | None
    done: int
    total: int
    finished_at: datetime | None
    succeeded: bool | None
    outcome: str | None


async def ask(pool: FairPool, tenant: Tenant, id: str, kind: str, subject: str, by: str, now: datetime) -> bool:
    """Asks for a job; False when the same is under way. The oldest of many are forgotten."""
    await pool.execute(FORGET, KEPT_MAX)
    return bool(await pool.fetch(ASK, tenant.shard, tenant.number, id, kind, subject, by, now))


async def waiting(pool: FairPool, now: datetime) -> bool:
    """Whether there is a job that nobody works at."""
    return bool(await pool.fetchval(WAITING, now - SILENT))


async def claim(pool: FairPool, now: datetime) -> Job | None:
    """The next job that nobody works at; it is the caller's as long as it is heard of."""
    rows = await pool.fetch(CLAIM, now, now - SILENT)
    return Job(*rows[0]) if rows else None


async def heard(pool: FairPool, job: Job, now: datetime, done: int, total: int) -> bool:
    """Whoever works at it is alive, and so far. False when it is not the caller's any more."""
    return bool(await pool.fetch(SEEN, job.shard, job.tenant, job.id, job.tries, now, done, total))


async def give_back(pool: FairPool, job: Job, now: datetime | None) -> None:
    """The try does not count: somebody else is to do it, at once, or a while after `now`."""
    await pool.execute(GIVE_BACK, job.shard, job.tenant, job.id, job.tries, now)


async def finish(pool: FairPool, job: Job, now: datetime, *, succeeded: bool, outcome: str) -> bool:
    """It is done, or cannot be done. False when it is not the caller's any more, or was finished before."""
    return bool(await pool.fetch(FINISH, job.shard, job.tenant, job.id, job.tries, now, succeeded, outcome))


async def latest(pool: FairPool, count: int) -> Sequence[Job]:
    """The newest ones of all tenants."""
    return [Job(*row) for row in await pool.fetch(LATEST, count)]
