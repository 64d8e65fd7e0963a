"""Due work: what a capability wants looked at is claimed by one worker and attended to."""

import asyncio
from collections.abc import Mapping
from typing import Any

from eventstore.tenants import Tenant
from services.billing.registry import BY_CATEGORY
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.log import get_logger

CLAIM_MAX = 100
CONCURRENT_MAX = 16
# Longer than a gateway may take; a worker that dies gives its claims back after this time.
CLAIM_SECONDS = 30
# What was attended to and is still open is looked at again, each time later.
AGAIN_SECONDS_FIRST = 1
AGAIN_SECONDS_MAX = 3_600

CLAIM = """
with ready as (
  select shard, tenant, category, id
    from rm_due.due
   where shard = $1
     and due_at <= $2
     and (claimed_until is null or claimed_until <= $2)
   order by due_at
   limit $3
     for update skip locked
)
update rm_due.due d
   set claimed_until = $2 + make_interval(secs => $4),
       tries = d.tries + 1
  from ready
 where (d.shard, d.tenant, d.category, d.id) = (ready.shard, ready.tenant, ready.category, ready.id)
returning d.tenant, d.category, d.id, d.tries
"""
LATER = """
update rm_due.due
   set claimed_until = $5 + make_interval(secs => $6)
 where (shard, tenant, category, id) = ($1, $2, $3, $4)
"""

log = get_logger("attention")


async def attend(engine: Engine, services: Mapping[type, Any], shard: int) -> int:
    """Attends to what is due in this shard, a bounded batch of it; returns how much there was."""
    now = engine.clock.now()
    claimed = await engine.store.pool.fetch(CLAIM, shard, now, CLAIM_MAX, CLAIM_SECONDS)
    room = asyncio.Semaphore(CONCURRENT_MAX)

    async def one(tenant: int, category: str, id: str, tries: int) -> None:
        async with room:
            await _attend_to(engine, services, shard, tenant, category, id, tries)

    await asyncio.gather(*(one(*row) for row in claimed))
    return len(claimed)


async def _attend_to(
    engine: Engine, services: Mapping[type, Any], shard: int, number: int, category: str, id: str, tries: int
) -> None:
    capability = BY_CATEGORY[category]
    tenant = await engine.tenants.by_number(number)
    assert tenant is not None
    assert capability.attend is not None
    try:
        await capability.attend(engine, services, _envelope(engine, tenant), id)
    except Exception as problem:  # One object must not keep the others waiting; it is tried again, later.
        log.error("attention_failed", category=category, id=id, tries=tries, exc_info=problem)
    later = min(AGAIN_SECONDS_MAX, AGAIN_SECONDS_FIRST * 2 ** min(tries - 1, 12))
    await engine.store.pool.execute(LATER, shard, number, category, id, engine.clock.now(), later)


def _envelope(engine: Engine, tenant: Tenant) -> Envelope:
    account, _, environment = tenant.name.partition("/")
    return Envelope(
        tenant=tenant,
        account=account,
        livemode=environment == "live",
        actor="system:worker",
        request_id=new_id("req"),
        at=engine.clock.now(),
    )
