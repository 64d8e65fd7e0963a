"""What is asked of the deliveries: pages of them, and one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventstore.pool import FairPool
from eventstore.tenants import Tenant
from eventstore.vault import Vault
from projections.webhook_deliveries.heads import opened_heads
from projections.webhook_deliveries.views import DeliveryAttempt, DeliveryObject, delivery_attempt, unix_or_none
from services.core.clock import unix

_DELIVERY = "d.id, d.endpoint, d.event, d.type, d.object_id, d.status, d.created_at, d.finished_at, d.due_at"

ONE = f"""
select {_DELIVERY}
  from webhooks.deliveries d
 where d.shard = $1
   and d.tenant = $2
   and d.id = $3
"""
ATTEMPTS = """
select a.delivery, a.try, a.response_head, a.attempted_at, a.duration_ms, a.status_code, a.error, a.request_headers
  from unnest($2::text[]) as wanted(delivery)
 cross join lateral (
         select *
           from webhooks.attempts
          where shard = $1
            and delivery = wanted.delivery
          order by try
          limit 100
       ) a
"""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which deliveries a page is to hold; `created` are SQL conditions on `t.created_at` with {} for the argument."""

    endpoint: str
    limit: int
    status: str | None = None
    event: str | None = None
    created: Sequence[tuple[str, datetime]] = ()
    starting_after: str | None = None
    ending_before: str | None = None


async def delivery(pool: FairPool, vault: Vault, tenant: Tenant, id: str, *, livemode: bool) -> DeliveryObject | None:
    """The delivery, or None when there is none (yet)."""
    rows = await pool.fetch(ONE, tenant.shard, tenant.number, id)
    return (await _views(pool, vault, tenant, rows, livemode))[0] if rows else None


async def page_of(
    pool: FairPool, vault: Vault, tenant: Tenant, wanted: Wanted, *, livemode: bool
) -> tuple[list[DeliveryObject], bool]:
    """A page, newest first, and whether there are more in the direction in which it was read."""
    values: list[Any] = [tenant.shard, tenant.number, wanted.endpoint]
    conditions = ["t.shard = $1", "t.tenant = $2", "t.endpoint = $3"]

    def demand(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if wanted.status is not None:
        demand("t.status = {}", wanted.status)
    if wanted.event is not None:
        demand("t.event = {}", wanted.event)
    for condition, at in wanted.created:
        demand(condition, at)
    if wanted.starting_after is not None:
        demand("t.id < {}", wanted.starting_after)
    if wanted.ending_before is not None:
        demand("t.id > {}", wanted.ending_before)
    backwards = wanted.ending_before is not None
    sql = f"""
    select {_DELIVERY.replace("d.", "t.")}
      from webhooks.deliveries t
     where {" and ".join(conditions)}
     order by t.id {"asc" if backwards else "desc"}
     limit {wanted.limit + 1}
    """
    rows = await pool.fetch(sql, *values)
    page = rows[: wanted.limit]
    views = await _views(pool, vault, tenant, page[::-1] if backwards else page, livemode)
    return views, len(rows) > wanted.limit


async def _views(
    pool: FairPool, vault: Vault, tenant: Tenant, rows: Sequence[Any], livemode: bool
) -> list[DeliveryObject]:
    tried = await pool.fetch(ATTEMPTS, tenant.shard, [row[0] for row in rows]) if rows else []
    heads = await opened_heads(vault, tenant, {(row[0], row[1]): row[2] for row in tried if row[2] is not None})
    attempts: dict[str, list[DeliveryAttempt]] = {}
    for id, number, _, *more in map(tuple, tried):
        attempts.setdefault(id, []).append(delivery_attempt((number, *more), heads.get((id, number))))
    return [
        DeliveryObject(
            id=id,
            webhook_endpoint=endpoint,
            event=event,
            event_type=type,
            object_id=object_id,
            status=status,
            created=unix(created_at),
            finished=unix_or_none(finished_at),
            next_attempt=unix_or_none(due_at),
            livemode=livemode,
            attempts=attempts.get(id, []),
        )
        for id, endpoint, event, type, object_id, status, created_at, finished_at, due_at in map(tuple, rows)
    ]
