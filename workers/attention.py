"""Due work: what a capability wants looked at is claimed by one worker and attended to."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventstore.connection import LOST
from eventstore.gather import Gather
from eventstore.store import OutcomeUnknown, StoreUnavailable
from eventstore.tenants import Tenant
from services.billing.registry import BY_CATEGORY
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.log import get_logger
from services.core.refusal import Refusal, Unsettled

CONCURRENT_MAX = 32
# All that is claimed is begun at once, so that each is done while its claim stands.
CLAIM_MAX = CONCURRENT_MAX
# Longer than a gateway may take; a worker that dies gives its claims back after this time.
CLAIM_SECONDS = 30
# What was attended to and is still open is looked at again, each time later.
AGAIN_SECONDS_FIRST = 1
AGAIN_SECONDS_MAX = 3_600
PROBLEM_CHARACTERS_MAX = 500

# Whether a row has yet to come to know of what was done. While the read model is stopped it never will; where a stopped
# one is tried again, the reason stays until it has moved.
MOVED = """(
     exists (
       select
         from es.events e
        where e.shard = d.shard
          and e.tenant = d.tenant
          and e.stream = d.category || '-' || d.id
          and e.version > d.version
     )
 and exists (
       select
         from es.checkpoints c
        where c.shard = d.shard
          and c.reader = 'due'
          and c.state = 'live'
          and c.reason is null
     )
)"""
CLAIM = f"""
with ready as (
  select shard, tenant, category, id
    from rm_due.due
   where shard = $1
     and clock is null
     and due_at <= $2
     and (claimed_until is null or claimed_until <= $2)
   order by due_at
   limit $3
     for update skip locked
)
update rm_due.due d
   set claimed_until = $2 + make_interval(secs => $4),
       tries = d.tries + case when {MOVED} then 0 else 1 end
  from ready
 where (d.shard, d.tenant, d.category, d.id) = (ready.shard, ready.tenant, ready.category, ready.id)
returning d.tenant, d.category, d.id, d.version, d.tries, not {MOVED}
"""
# What was moved on is not put off: the read model gives it free when it comes to know. Until then the claim stands, or
# what was done would be attended to again and again while the read model has a backlog.
# What the read model is moving on at this very moment need not be put off either, and nobody waits for anybody.
# What somebody else has claimed since is his.
LATER = f"""
with later as (
  select d.shard, d.tenant, d.category, d.id, attended.again_seconds, attended.problem
    from unnest($2::integer[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::double precision[], $8::text[])
      as attended(tenant, category, id, version, tries, again_seconds, problem)
    join rm_due.due d
      on (d.shard, d.tenant, d.category, d.id, d.version, d.tries)
       = ($1, attended.tenant, attended.category, attended.id, attended.version, attended.tries)
   where not {MOVED}
     for update of d skip locked
)
update rm_due.due d
   set claimed_until = $9::timestamptz + make_interval(secs => later.again_seconds),
       problem = later.problem
  from later
 where (d.shard, d.tenant, d.category, d.id) = (later.shard, later.tenant, later.category, later.id)
"""

# Tenant, category, id and version of what was attended to, how often it was, seconds until it is looked at again, and
# what went wrong.
Attended = tuple[int, str, str, int, int, float, str | None]

log = get_logger("attention")


class Problem(Struct, frozen=True):
    """Why something could not be done. `unsettled`: it depends on an outcome that is not known yet. It is tried again
    after `again_seconds_max` at the latest."""

    reason: str
    unsettled: bool = False
    again_seconds_max: int = AGAIN_SECONDS_MAX


async def attend(engine: Engine, services: Mapping[type, Any], shard: int) -> int:
    """Attends to what is due in this shard, a bounded batch of it; returns how much there was."""
    now = engine.clock.now()
    claimed = await engine.store.pool.fetch(CLAIM, shard, now, CLAIM_MAX, CLAIM_SECONDS)

    async def put_off(shard: int, attended: Sequence[Attended]) -> Mapping[Attended, None]:
        await engine.store.pool.execute(LATER, shard, *map(list, zip(*attended, strict=True)), engine.clock.now())
        return {}

    # Each is put off when it is done; those that are done together, by one statement.
    later: Gather[Attended, None] = Gather(put_off, lanes=1)

    async def one(number: int, category: str, id: str, version: int, tries: int) -> None:
        problem = await _attend_for(engine, services, number, category, id)
        reason = None if problem is None else problem.reason
        await later.get(shard, (number, category, id, version, tries, float(_later(tries, problem)), reason))

    # What others have moved on since the read model looked is due by something that is no more.
    done = await asyncio.gather(*(one(*row) for *row, stands in claimed if stands), return_exceptions=True)
    # Nobody is left behind by one that could not be put off.
    for problem in done:
        if problem is not None:
            raise problem
    return len(claimed)


async def _attend_for(
    engine: Engine, services: Mapping[type, Any], number: int, category: str, id: str
) -> Problem | None:
    try:
        tenant = await engine.tenants.by_number(number)
    except (StoreUnavailable, *LOST) as problem:
        return Problem(_reason(problem))
    assert tenant is not None
    return await attend_to(engine, services, worker_envelope(engine, tenant), category, id)


def again_in(tries: int) -> int:
    """Seconds until what was tried so often is tried again."""
    return min(AGAIN_SECONDS_MAX, AGAIN_SECONDS_FIRST * 2 ** min(tries - 1, 12))


def _later(tries: int, problem: Problem | None) -> int:
    return again_in(tries) if problem is None else min(again_in(tries), problem.again_seconds_max)


async def attend_to(
    engine: Engine, services: Mapping[type, Any], envelope: Envelope, category: str, id: str
) -> Problem | None:
    """Attends to one object; returns what went wrong. It must not keep others waiting, and is tried again later."""
    attend_to_it = BY_CATEGORY[category].attend
    assert attend_to_it is not None, f"{category} is due but nobody attends to it"
    try:
        await attend_to_it(engine, services, envelope, id)
    except Unsettled as problem:
        log.warning("attention_refused", category=category, id=id, reason=str(problem))
        return Problem(_reason(problem), True, problem.again_seconds_max or AGAIN_SECONDS_MAX)
    except (StoreUnavailable, OutcomeUnknown, Refusal) as problem:
        log.warning("attention_refused", category=category, id=id, reason=str(problem))
        return Problem(_reason(problem))
    except Exception as problem:
        log.error("attention_failed", category=category, id=id, exc_info=problem)
        return Problem(_reason(problem))
    return None


def _reason(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:PROBLEM_CHARACTERS_MAX]


def worker_envelope(engine: Engine, tenant: Tenant) -> Envelope:
    """The envelope of what happens by itself."""
    account, _, environment = tenant.name.partition("/")
    return Envelope(
        tenant=tenant,
        account=account,
        livemode=environment == "live",
        actor="system:worker",
        request_id=new_id("req"),
        at=engine.clock.now(),
    )
