"""Lists: their parameters, and pages by keyset on (created, id), newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from eventstore.tenants import Tenant
from projections.fold import decode_state
from projections.freshness import BEHIND, ReadSide
from services.billing.registry import BY_CATEGORY
from services.core.clock import from_unix
from services.core.operation import Call, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

T = TypeVar("T")
SECONDS_MAX = 253_402_300_799
Instant = Annotated[int, Meta(ge=0, le=SECONDS_MAX)]
SECOND = timedelta(seconds=1)
Condition = tuple[str, Any]


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


class Found(Struct, frozen=True):
    """The objects of a page; whether there are more; whether it lacks some of the caller's own writes."""

    data: Sequence[Struct]
    has_more: bool
    stale: bool


class Gathering(Struct, frozen=True):
    """A condition, also one of the list's in effect, that an index serves which knows no order: what it finds is
    gathered and then put in order.

    Where it finds more than `rows_max`, which statistics may not know yet, a page is likely to be full after `within`
    rows of the list; only when it is not, all are gathered. `many` says that so many are expected.
    """

    condition: Condition
    rows_max: int
    within: int
    many: bool


class Source(Struct, frozen=True):
    """Where a list comes from: a table with shard, tenant, created_at and id, and what its rows must fulfil.

    `conditions` are SQL with {} for the next argument's number; they and `table` are constants of the program.
    """

    table: str
    category: str
    readers: tuple[str, ...]
    conditions: Sequence[Condition] = ()
    gathering: Gathering | None = None


# Arguments: 1 the shard, 2 the tenant, 3 the readers, 4 the category. One snapshot tells whether the read models have
# all of the tenant's events, where the cursor stands, and what is on the page.
PAGE = """
with {gathered}found as materialized ({found})
select fresh.behind, fresh.mark, found.id, o.state{more}
  from (select ({behind}) as behind, ({mark}) as mark) fresh
  left join found on true
  left join rm_objects.objects o
    on o.shard = $1
   and o.tenant = $2
   and o.category = $4
   and o.id = found.id
 order by found.created_at {order}, found.id {order}
"""
ORDERED = """
  select t.created_at, t.id
    from {table} t
   where {where}
   order by t.created_at {order}, t.id {order}
   limit {limit}
"""
WITHIN = """
  (select w.*
     from {table} w
    where {where}
    order by w.created_at {order}, w.id {order}
    limit {within})
"""
GATHERED = """g as materialized (select * from {table} where {condition}{limit}),
     """
# The place in the list of an object that may be gone meanwhile.
MARK = "select created_at from rm_objects.objects where shard = $1 and tenant = $2 and category = $4 and id = {}"


# One more field that an object in the list by another one has.
ALSO = """exists (
         select from rm_objects.filters also
          where (also.shard, also.tenant, also.category, also.id) = (t.shard, t.tenant, t.category, t.id)
            and also.field = '{field}'
            and also.value = {value}
       )"""


def cursor_of(starting_after: str | None, ending_before: str | None) -> tuple[str | None, bool]:
    """The id beside which a page lies, and whether the page comes before it. Raises Invalid."""
    if starting_after is not None and ending_before is not None:
        raise Invalid("Use 'starting_after' or 'ending_before', not both.", param="ending_before")
    return ending_before or starting_after, ending_before is not None


def unknown_cursor(id: str, *, backwards: bool) -> Invalid:
    """The refusal of a page beside an object that is not in the list."""
    param = "ending_before" if backwards else "starting_after"
    return Invalid(f"'{param}' names no object of this list: '{id}'.", code="resource_missing", param=param)


async def page(call: Call[Any, Any], query: ListQuery, source: Source, url: str) -> Reply:
    """The page of `source` that `query` asks for, as fresh as the caller's own writes."""
    found = await look(call, query, source)
    return Reply(ok(Page(url=url, has_more=found.has_more, data=found.data)), stale=found.stale)


async def look(call: Call[Any, Any], query: ListQuery, source: Source) -> Found:
    """What stands on the page of `source` that `query` asks for."""
    read, tenant = call.service(ReadSide), call.envelope.tenant
    asked = _Asked(tenant, query, source)
    rows = await asked.rows(read)
    behind, stale = rows[0][0], False
    if behind is not None and call.headers.get("peaswap-consistency") != "eventual":
        stale = not await read.reached(tenant.shard, asked.readers, behind)
        rows = await asked.rows(read)
    if asked.cursor is not None and rows[0][1] is None:
        raise unknown_cursor(asked.cursor, backwards=asked.backwards)
    found = [row for row in rows if row[2] is not None]
    shown = found[: query.limit]
    if asked.backwards:
        shown.reverse()
    capability, livemode = BY_CATEGORY[source.category], call.envelope.livemode
    data: Sequence[Any] = [
        capability.shown(call.engine, tenant, decode_state(source.category, row[3]), livemode=livemode)
        for row in shown
        if row[3] is not None
    ]
    if capability.beside is not None:
        data = await capability.beside(call.engine, tenant, data)
    return Found(data, len(found) > query.limit, stale)


class _Asked:
    """A page as a statement and its arguments."""

    def __init__(self, tenant: Tenant, query: ListQuery, source: Source) -> None:
        self.readers = ("objects", *source.readers)
        self.cursor, self.backwards = cursor_of(query.starting_after, query.ending_before)
        self._source = source
        self._limit = query.limit + 1
        self._values: list[Any] = [tenant.shard, tenant.number, list(self.readers), source.category]
        self._place = ["shard = $1", "tenant = $2"]
        self._mark = "null::timestamptz"
        for condition, at in created_bounds(query.created):
            self._place.append(self._with(condition, at))
        if self.cursor is not None:
            self._mark = self._with(MARK, self.cursor)
            beyond = ">" if self.backwards else "<"
            self._place.append(f"(created_at, id) {beyond} (({self._mark}), ${len(self._values)})")
        self._conditions = [self._with(condition, value) for condition, value in source.conditions]
        self._gathered = "" if source.gathering is None else self._with(*source.gathering.condition)

    async def rows(self, read: ReadSide) -> list[Any]:
        """What PAGE gives; one row at least."""
        gathering, table = self._source.gathering, self._source.table
        if gathering is None:
            return await read.pool.fetch(self._page(table, [*self._place, *self._conditions]), *self._values)
        if not gathering.many:
            rows = await read.pool.fetch(self._gathering(gathering.rows_max), *self._values)
            if not rows[0][4]:
                return rows
        likely = WITHIN.format(table=table, where=_all(self._place), order=self._order, within=gathering.within)
        # The last argument is the gathered one's.
        rows = await read.pool.fetch(self._page(likely, self._conditions), *self._values[:-1])
        return rows if len(rows) == self._limit else await read.pool.fetch(self._gathering(), *self._values)

    @property
    def _order(self) -> str:
        return "asc" if self.backwards else "desc"

    def _gathering(self, rows_max: int | None = None) -> str:
        """The page of what was gathered; where not all may be, a last column tells whether there is more."""
        limit = "" if rows_max is None else f" limit {rows_max + 1}"
        gathered = GATHERED.format(table=self._source.table, condition=self._gathered, limit=limit)
        more = "" if rows_max is None else f", (select count(*) from g) > {rows_max}"
        return self._page("g", [*self._place, *self._conditions], gathered, more)

    def _page(self, table: str, conditions: Sequence[str], gathered: str = "", more: str = "") -> str:
        found = ORDERED.format(table=table, where=_all(conditions), order=self._order, limit=self._limit)
        return PAGE.format(found=found, behind=BEHIND, mark=self._mark, order=self._order, gathered=gathered, more=more)

    def _with(self, condition: str, value: Any) -> str:
        self._values.append(value)
        return condition.format(f"${len(self._values)}")


def _all(conditions: Sequence[str]) -> str:
    return "\n     and ".join(conditions)


def created_bounds(created: int | CreatedRange | None) -> list[tuple[str, datetime]]:
    """Bounds as instants: an object created at 12.7 s shows 12 on the wire, and is compared as 12."""
    if created is None:
        return []
    if isinstance(created, int):
        return [("created_at >= {}", from_unix(created)), ("created_at < {}", from_unix(created) + SECOND)]
    bounds: Mapping[str, tuple[str, bool]] = {
        "gt": ("created_at >= {}", True),
        "gte": ("created_at >= {}", False),
        "lt": ("created_at < {}", False),
        "lte": ("created_at < {}", True),
    }
    found: list[tuple[str, datetime]] = []
    for name, (condition, next_second) in bounds.items():
        value: int | None = getattr(created, name)
        if value is not None:
            at = from_unix(min(value, SECONDS_MAX - 1))
            found.append((condition, at + SECOND if next_second else at))
    return found


def query_type(
    name: str, filters: Sequence[str], view: type[Struct], plurals: Mapping[str, int] = {}
) -> type[ListQuery]:
    """The parameters of a list that can also be filtered by these fields of its objects; `plurals` take up to
    so many values, one of which is to fit."""
    fields = [(field, _filter_type(view, field), None) for field in filters]
    fields += [(field, Optional[_several(most)], None) for field, most in plurals.items()]  # noqa: UP045
    return msgspec.defstruct(  # pyright: ignore[reportReturnType]
        name, fields, bases=(ListQuery,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def _several(most: int) -> Any:
    return Annotated[list[str], Meta(min_length=1, max_length=most)]


def words_of(view: type[Struct], field: str) -> Sequence[str]:
    """The words that the field of an object can have, where it is one of words."""
    kind = _field_type(view, field)
    return get_args(kind) if get_origin(kind) is Literal else ()


def filter_value(value: str | bool) -> str:
    """The value of a filter as read models keep it."""
    return str(value).lower() if isinstance(value, bool) else value


def _filter_type(view: type[Struct], field: str) -> Any:
    words = words_of(view, field)
    if words:
        return Optional[Literal[words]]  # noqa: UP045
    return bool | None if _field_type(view, field) is bool else str | None


def _field_type(view: type[Struct], field: str) -> Any:
    return next((each.type for each in msgspec.structs.fields(view) if each.name == field), str)
