"""What came of tries, written down together: the deliveries, the log of tries, and how the endpoints are doing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from eventstore.pool import Connection, FairPool
from eventstore.tenants import Tenant
from projections.fold import columns
from services.billing.webhook_endpoints.commands import DisableFailingWebhookEndpoint
from services.billing.webhook_endpoints.decider import WEBHOOK_ENDPOINTS
from services.core.engine import Engine
from services.core.step import Step
from workers.attention import worker_envelope
from workers.webhooks.queue import Claimed, Finished, Outcome, finish, lock_endpoints
from workers.webhooks.retries import is_given_up, next_try_at

KEPT = timedelta(days=30)
PRUNED_MAX = 2_000

ATTEMPTS = """
insert into webhooks.attempts (
  shard, delivery, try, attempted_at, duration_ms, status_code, error, request_headers, response_head
)
select $1, *
  from unnest($2::text[], $3::integer[], $4::timestamptz[], $5::integer[], $6::integer[], $7::text[], $8::json[],
              $9::bytea[])
    on conflict (shard, delivery, try) do nothing
"""
# A success among the results ends the failing; failures alone begin it, or go on with it.
HEALTH = """
update webhooks.endpoints e
   set failing_since_at = case when not result.succeeded then coalesce(e.failing_since_at, result.attempted_at) end
  from unnest($2::text[], $3::boolean[], $4::timestamptz[]) as result(endpoint, succeeded, attempted_at)
 where e.shard = $1
   and e.id = result.endpoint
   and (e.failing_since_at is not null or not result.succeeded)
returning e.tenant, e.id, e.failing_since_at
"""
PRUNE = """
with old as (
  delete from webhooks.deliveries
   where (shard, id) in (
           select shard, id
             from webhooks.deliveries
            where shard = $1
              and finished_at < $2
            order by finished_at
            limit $3
         )
  returning id
)
delete from webhooks.attempts
 where shard = $1
   and delivery in (select id from old)
"""


class Tried(Struct, frozen=True):
    """A try that is over. `headers` are those that went with it, without signatures; `head` is sealed."""

    claimed: Claimed
    at: datetime
    seconds: float
    status_code: int | None
    error: str | None
    headers: Mapping[str, str]
    head: bytes | None
    fraction: float

    def finished(self) -> Finished:
        """What is to become of the delivery."""
        ended_at = self.at + timedelta(seconds=self.seconds)
        due_at = None if self.error is None else next_try_at(self.claimed.failures + 1, ended_at, self.fraction)
        outcome: Outcome = "DELIVERED" if self.error is None else "FAILED" if due_at is None else "PENDING"
        return Finished(self.claimed.id, self.claimed.endpoint, self.claimed.tries, outcome, due_at)


async def record(engine: Engine, shard: int, tried: Sequence[Tried]) -> None:
    """Writes it all in one transaction, then disables endpoints that have done nothing but fail for days."""
    async with engine.store.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local synchronous_commit = off")
        await lock_endpoints(connection, shard, [each.claimed.endpoint for each in tried])
        await finish(connection, shard, [each.finished() for each in tried], engine.clock.now())
        await connection.execute(ATTEMPTS, shard, *columns([_attempt(each) for each in tried]))
        failing = await _health(connection, shard, tried)
    for number, endpoint, since_at in failing:
        if is_given_up(since_at, engine.clock.now()):
            await _disable(engine, number, endpoint, since_at)


async def prune(pool: FairPool, shard: int, now: datetime) -> None:
    """Forgets deliveries that were done long ago, a bounded number of them."""
    await pool.execute(PRUNE, shard, now - KEPT, PRUNED_MAX)


def _attempt(tried: Tried) -> tuple[object, ...]:
    return (
        tried.claimed.id,
        tried.claimed.tries,
        tried.at,
        round(tried.seconds * 1000),
        tried.status_code,
        tried.error,
        msgspec.json.encode(tried.headers),
        tried.head,
    )


async def _health(connection: Connection, shard: int, tried: Sequence[Tried]) -> list[tuple[int, str, datetime | None]]:
    succeeded: dict[str, bool] = {}
    first_at: dict[str, datetime] = {}
    for each in tried:
        endpoint = each.claimed.endpoint
        succeeded[endpoint] = succeeded.get(endpoint, False) or each.error is None
        first_at[endpoint] = min(first_at.get(endpoint, each.at), each.at)
    rows = [(endpoint, good, first_at[endpoint]) for endpoint, good in succeeded.items()]
    return [tuple(row) for row in await connection.fetch(HEALTH, shard, *columns(rows))]


async def _disable(engine: Engine, number: int, endpoint: str, since_at: datetime | None) -> None:
    tenant: Tenant | None = await engine.tenants.by_number(number)
    assert tenant is not None
    assert since_at is not None
    command = DisableFailingWebhookEndpoint(since_at)
    await engine.handle(worker_envelope(engine, tenant), Step(WEBHOOK_ENDPOINTS, endpoint, command))
