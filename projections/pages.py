"""Lists: their parameters, and pages by keyset on (created, id), newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from eventstore.tenants import Tenant
from projections.fold import decode_state
from projections.freshness import ReadSide
from services.billing.registry import BY_CATEGORY
from services.core.clock import from_unix
from services.core.operation import Call, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

T = TypeVar("T")
SECONDS_MAX = 253_402_300_799
Instant = Annotated[int, Meta(ge=0, le=SECONDS_MAX)]
SECOND = timedelta(seconds=1)


class CreatedRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds in Unix seconds, `created[gte]=…`."""

    gt: Instant | None = None
    gte: Instant | None = None
    lt: Instant | None = None
    lte: Instant | None = None


class ListQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every list takes. `starting_after` and `ending_before` are ids of objects of the list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Instant | CreatedRange | None = None


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list, newest first."""

    object: Literal["list"] = "list"
    url: str
    has_more: bool
    data: Sequence[T]


class Source(Struct, frozen=True):
    """Where a list comes from: a table with shard, tenant, created_at and id, and what its rows must fulfil.

    `conditions` are SQL with {} for the next argument's number; they and `table` are constants of the program.
    """

    table: str
    category: str
    readers: tuple[str, ...]
    conditions: Sequence[tuple[str, Any]] = ()


BODIES = """
select id, state
  from rm_objects.objects
 where shard = $1
   and tenant = $2
   and category = $3
   and id = any ($4::text[])
"""


async def page(call: Call[Any, Any], query: ListQuery, source: Source, url: str) -> Reply:
    """The page of `source` that `query` asks for, as fresh as the caller's own writes."""
    if query.starting_after is not None and query.ending_before is not None:
        raise Invalid("Use 'starting_after' or 'ending_before', not both.", param="ending_before")
    read, tenant = call.service(ReadSide), call.envelope.tenant
    eventual = call.headers.get("peaswap-consistency") == "eventual"
    fresh = eventual or await read.fresh(tenant, ("objects", *source.readers))
    ids, has_more = await _ids(read, tenant, query, source)
    capability = BY_CATEGORY[source.category]
    bodies = {
        row[0]: capability.view(decode_state(source.category, row[1]), call.envelope.livemode)
        for row in (await read.pool.fetch(BODIES, tenant.shard, tenant.number, source.category, ids) if ids else ())
    }
    data = [bodies[id] for id in ids if id in bodies]
    return Reply(ok(Page(url=url, has_more=has_more, data=data)), stale=not fresh)


async def _ids(read: ReadSide, tenant: Tenant, query: ListQuery, source: Source) -> tuple[list[str], bool]:
    conditions = ["t.shard = $1", "t.tenant = $2"]
    values: list[Any] = [tenant.shard, tenant.number]

    def demand(condition: str, *more: Any) -> None:
        values.extend(more)
        conditions.append(condition.format(*(f"${len(values) - len(more) + n + 1}" for n in range(len(more)))))

    for condition, value in source.conditions:
        demand(condition, value)
    for condition, at in _created(query.created):
        demand(condition, at)
    backwards = query.ending_before is not None
    cursor = query.ending_before or query.starting_after
    if cursor is not None:
        at = await _cursor(read, tenant, source, cursor, "ending_before" if backwards else "starting_after")
        demand("(t.created_at, t.id) > ({}, {})" if backwards else "(t.created_at, t.id) < ({}, {})", at, cursor)
    order = "asc" if backwards else "desc"
    where = "\n   and ".join(conditions)
    sql = f"""
    select t.id
      from {source.table} t
     where {where}
     order by t.created_at {order}, t.id {order}
     limit {query.limit + 1}
    """
    found = [row[0] for row in await read.pool.fetch(sql, *values)]
    ids = found[: query.limit]
    return (ids[::-1] if backwards else ids), len(found) > query.limit


def _created(created: int | CreatedRange | None) -> list[tuple[str, datetime]]:
    """Bounds as instants: an object created at 12.7 s shows 12 on the wire, and is compared as 12."""
    if created is None:
        return []
    if isinstance(created, int):
        return [("t.created_at >= {}", from_unix(created)), ("t.created_at < {}", from_unix(created) + SECOND)]
    bounds: Mapping[str, tuple[str, bool]] = {
        "gt": ("t.created_at >= {}", True),
        "gte": ("t.created_at >= {}", False),
        "lt": ("t.created_at < {}", False),
        "lte": ("t.created_at < {}", True),
    }
    found: list[tuple[str, datetime]] = []
    for name, (condition, next_second) in bounds.items():
        value: int | None = getattr(created, name)
        if value is not None:
            at = from_unix(min(value, SECONDS_MAX - 1))
            found.append((condition, at + SECOND if next_second else at))
    return found


async def _cursor(read: ReadSide, tenant: Tenant, source: Source, id: str, param: str) -> datetime:
    """Where the object `id` stands in the list. One that was deleted since still marks its place."""
    sql = """
    select created_at
      from rm_objects.objects
     where shard = $1
       and tenant = $2
       and category = $3
       and id = $4
    """
    at = await read.pool.fetchval(sql, tenant.shard, tenant.number, source.category, id)
    if at is None:
        raise Invalid(f"'{param}' names no object of this list: '{id}'.", code="resource_missing", param=param)
    return at


def query_type(name: str, filters: Sequence[str]) -> type[ListQuery]:
    """The parameters of a list that can also be filtered by these fields."""
    fields = [(field, str | None, None) for field in filters]
    return msgspec.defstruct(  # pyright: ignore[reportReturnType]
        name, fields, bases=(ListQuery,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )
