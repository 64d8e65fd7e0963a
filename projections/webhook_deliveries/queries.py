"""What is asked of the deliveries: pages of them, and one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventstore.pool import FairPool
from eventstore.tenants import Tenant
from eventstore.vault import Vault
from projections.webhook_deliveries.heads import opened_heads
from projections.webhook_deliveries.views import DeliveryObject, delivery_attempt, unix_or_none
from services.core.clock import unix

# With its tries, in one statement: a delivery and what came of it are always those of the same moment.
DELIVERIES = """
select d.id, d.endpoint, d.event, d.type, d.object_id, d.status, d.created_at, d.finished_at, d.due_at,
       array(
         select row(a.try, a.response_head, a.attempted_at, a.duration_ms, a.status_code, a.error, a.request_headers)
           from webhooks.attempts a
          where a.shard = d.shard
            and a.delivery = d.id
          order by a.try
          limit 100
       )
"""
ONE = f"""
{DELIVERIES}
  from webhooks.deliveries d
 where d.shard = $1
   and d.tenant = $2
   and d.id = $3
"""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which deliveries a page is to hold; `created` are SQL conditions on `t.created_at` with {} for the argument.
    One of `endpoint` and `event` is given: an index serves either."""

    endpoint: str | None = None
    limit: int
    status: str | None = None
    event: str | None = None
    created: Sequence[tuple[str, datetime]] = ()
    starting_after: str | None = None
    ending_before: str | None = None


async def delivery(pool: FairPool, vault: Vault, tenant: Tenant, id: str, *, livemode: bool) -> DeliveryObject | None:
    """The delivery, or None when there is none (yet)."""
    rows = await pool.fetch(ONE, tenant.shard, tenant.number, id)
    return (await _views(vault, tenant, rows, livemode))[0] if rows else None


async def page_of(
    pool: FairPool, vault: Vault, tenant: Tenant, wanted: Wanted, *, livemode: bool
) -> tuple[list[DeliveryObject], bool]:
    """A page, newest first, and whether there are more in the direction in which it was read."""
    values: list[Any] = [tenant.shard, tenant.number]
    conditions = ["t.shard = $1", "t.tenant = $2"]

    def demand(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if wanted.endpoint is not None:
        demand("t.endpoint = {}", wanted.endpoint)
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
    way = "asc" if backwards else "desc"
    sql = f"""
    {DELIVERIES}
      from (
             select *
               from webhooks.deliveries t
              where {" and ".join(conditions)}
              order by t.id {way}
              limit {wanted.limit + 1}
           ) d
     order by d.id {way}
    """
    rows = await pool.fetch(sql, *values)
    page = rows[: wanted.limit]
    views = await _views(vault, tenant, page[::-1] if backwards else page, livemode)
    return views, len(rows) > wanted.limit


async def _views(vault: Vault, tenant: Tenant, rows: Sequence[Any], livemode: bool) -> list[DeliveryObject]:
    sealed = {(row[0], number): head for row in rows for number, head, *_ in row[9] if head is not None}
    heads = await opened_heads(vault, tenant, sealed)
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
            attempts=[delivery_attempt((each[0], *each[2:]), heads.get((id, each[0]))) for each in attempts],
        )
        for id, endpoint, event, type, object_id, status, created_at, finished_at, due_at, attempts in map(tuple, rows)
    ]
