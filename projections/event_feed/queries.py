"""What is asked of the feed: pages of it, one event, and what comes after a position.

Whoever delivers events (webhooks, the command line, the dashboard) asks `published_after`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventstore.pool import FairPool
from eventstore.store import Recorded
from eventstore.tenants import Tenant
from projections.event_feed.payload import EventObject, Mark, told
from projections.event_feed.published import BY_TAG, PLACES_MAX
from services.core.decider import category_of, object_id
from services.core.ids import parse_told_id
from services.core.reader import Reader

_MARK = "t.position, t.place, t.version, t.type, t.category, t.object_id"
AFTER = f"""
select {_MARK}
  from rm_event_feed.feed t
 where t.shard = $1
   and t.tenant = $2
   and t.position > $3
   and ($4::text[] is null or t.type = any ($4::text[]))
 order by t.position, t.place
 limit $5
"""


class Cursor(Struct, frozen=True):
    """Where a page begins: right after this event, in the direction in which the list is read."""

    position: int
    place: int
    backwards: bool


class Wanted(Struct, frozen=True, kw_only=True):
    """Which events a page is to hold. `created` are SQL conditions on `created_at` with {} for the argument."""

    limit: int
    types: Sequence[str] | None = None
    object_id: str | None = None
    created: Sequence[tuple[str, datetime]] = ()
    cursor: Cursor | None = None


async def published_after(
    reader: Reader, tenant: Tenant, position: int, limit: int, types: Sequence[str] | None = None
) -> list[EventObject]:
    """The events of a tenant after a position of the log, oldest first, about `limit` of them: of the last position
    all are there, so that the position of the last one is where to go on. Empty when the feed has none (yet)."""
    return await told(reader, tenant, await marks_after(reader.store.pool, tenant, position, limit, types))


async def marks_after(
    pool: FairPool, tenant: Tenant, position: int, limit: int, types: Sequence[str] | None = None
) -> list[Mark]:
    """As `published_after`, without what happened to the objects."""
    wanted = None if types is None else list(types)
    many = limit + PLACES_MAX
    found = [Mark(*row) for row in await pool.fetch(AFTER, tenant.shard, tenant.number, position, wanted, many)]
    whole = next((n for n in range(limit, len(found)) if found[n].position != found[n - 1].position), len(found))
    return found[:whole]


async def one(reader: Reader, tenant: Tenant, id: str) -> EventObject | None:
    """The event `evt_…`, straight from the log; None when there is none, or none that clients are told of."""
    mark = await mark_of(reader, tenant, id)
    return None if mark is None else (await told(reader, tenant, [mark]))[0]


async def mark_of(reader: Reader, tenant: Tenant, id: str) -> Mark | None:
    """Where the event `evt_…` stands in the feed."""
    parsed = parse_told_id(id)
    recorded = None if parsed is None else await reader.store.event(tenant, parsed[0])
    if parsed is None or recorded is None:
        return None
    marks = marks_of(recorded)
    return marks[parsed[1]] if parsed[1] < len(marks) else None


def marks_of(recorded: Recorded) -> list[Mark]:
    """The events that clients are told of when this is recorded."""
    stream = recorded.stream
    return [
        Mark(recorded.position, place, recorded.version, type, category_of(stream), object_id(stream))
        for place, type in enumerate(BY_TAG.get(recorded.type, ()))
    ]


async def page_of(pool: FairPool, tenant: Tenant, wanted: Wanted) -> tuple[list[Mark], bool]:
    """A page, newest first, and whether there are more in the direction in which it was read."""
    values: list[Any] = [tenant.shard, tenant.number]
    conditions = ["t.shard = $1", "t.tenant = $2"]

    def demand(condition: str, *more: Any) -> None:
        values.extend(more)
        conditions.append(condition.format(*(f"${len(values) - len(more) + n + 1}" for n in range(len(more)))))

    if wanted.object_id is not None:
        demand("t.object_id = {}", wanted.object_id)
    for condition, at in wanted.created:
        demand(condition, at)
    backwards = wanted.cursor is not None and wanted.cursor.backwards
    if wanted.cursor is not None:
        sign = ">" if backwards else "<"
        demand(f"(t.position, t.place) {sign} ({{}}, {{}})", wanted.cursor.position, wanted.cursor.place)
    order = "asc" if backwards else "desc"
    tail = f"order by t.position {order}, t.place {order} limit {wanted.limit + 1}"
    if wanted.types is None:
        sql = f"select {_MARK} from rm_event_feed.feed t where {' and '.join(conditions)} {tail}"
    else:
        # Each type is its own walk along the index: rare types are found as fast as common ones.
        demand("t.type = asked.type")
        values.append(list(wanted.types))
        each = f"select {_MARK} from rm_event_feed.feed t where {' and '.join(conditions)} {tail}"
        sql = f"select {_MARK} from unnest(${len(values)}::text[]) asked(type) cross join lateral ({each}) t {tail}"
    found = [Mark(*row) for row in await pool.fetch(sql, *values)]
    page = found[: wanted.limit]
    return (page[::-1] if backwards else page), len(found) > wanted.limit
