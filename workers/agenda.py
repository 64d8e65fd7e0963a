"""What is due on test clocks: the read model of due work, kept up with the log while a clock advances."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from eventstore.tenants import Tenant
from eventstore.turns import Turns
from projections.engine import advance
from projections.registry import PROJECTIONS
from services.core.agenda import Agenda
from services.core.engine import Engine
from services.core.envelope import Envelope
from workers.attention import CONCURRENT_MAX, Problem, again_in, attend_to

AT_ONCE_MAX = 200
LOOK_SECONDS = 0.005
CAUGHT_UP_SECONDS_MAX = 10.0

NEXT = """
select min(due_at)
  from rm_due.due
 where shard = $1
   and tenant = $2
   and clock = $3
   and due_at <= $4
   and (problem is null or claimed_until <= $5)
"""
DUE = """
select category, id, version, tries
  from rm_due.due
 where shard = $1
   and tenant = $2
   and clock = $3
   and due_at <= $4
   and (problem is null or claimed_until <= $5)
 order by due_at, category, id
 limit $6
"""
ASIDE = """
update rm_due.due
   set problem = $6,
       tries = tries + 1,
       claimed_until = $7::timestamptz + make_interval(secs => $8)
 where (shard, tenant, category, id, version) = ($1, $2, $3, $4, $5)
"""
REACHED = """
select position
  from es.checkpoints
 where shard = $1
   and reader = 'due'
"""


class WorkersAgenda(Agenda):
    """The agenda of every test clock."""

    def __init__(self, engine: Engine, services: Mapping[type, Any]) -> None:
        self._engine = engine
        self._services = services
        self._turns = Turns(engine.store.pool)

    def alone(self, tenant: Tenant, clock: str) -> AbstractAsyncContextManager[bool]:
        return self._turns.alone(f"{tenant.number}/{clock}")

    async def next_at(self, tenant: Tenant, clock: str, until: datetime) -> datetime | None:
        await self._caught_up(tenant.shard)
        now = self._engine.clock.now()
        return await self._engine.store.pool.fetchval(NEXT, tenant.shard, tenant.number, clock, until, now)

    async def attend(self, envelope: Envelope, clock: str, at: datetime) -> bool:
        tenant, pool, now = envelope.tenant, self._engine.store.pool, self._engine.clock.now()
        rows = await pool.fetch(DUE, tenant.shard, tenant.number, clock, at, now, AT_ONCE_MAX)
        room = asyncio.Semaphore(CONCURRENT_MAX)

        async def one(category: str, id: str) -> Problem | None:
            async with room:
                return await attend_to(self._engine, self._services, envelope, category, id)

        problems = await asyncio.gather(*(one(row[0], row[1]) for row in rows))
        await self._caught_up(tenant.shard)
        for (*row, tries), problem in zip(rows, problems, strict=True):
            if problem is not None and problem.unsettled:
                continue
            # A row that still stands at its version was not moved on: it would come up for ever.
            reason = problem.reason if problem is not None else "It was attended to, and nothing came of it."
            later = again_in(tries + 1)
            await pool.execute(ASIDE, tenant.shard, tenant.number, *row, reason, self._engine.clock.now(), later)
        return not any(problem is not None and problem.unsettled for problem in problems)

    async def _caught_up(self, shard: int) -> None:
        store = self._engine.store
        head = await store.head(shard)
        async with asyncio.timeout(CAUGHT_UP_SECONDS_MAX):
            while (await store.pool.fetchval(REACHED, shard) or 0) < head:
                if not await advance(self._engine, shard, PROJECTIONS):
                    await asyncio.sleep(LOOK_SECONDS)


def with_agenda(engine: Engine, services: Mapping[type, Any]) -> Mapping[type, Any]:
    """The collaborators of a worker, and the agenda beside them."""
    return {**services, Agenda: WorkersAgenda(engine, services)}
