"""Customers that look alike: groups that share an e-mail address or a phone number, the latest group first.

Which values are shared is kept, not counted when somebody asks: whatever touches a customer looks again at the values
that it had and has. How many share one is not kept, so that a value that everybody has costs no more than another.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from msgspec import Struct

from eventstore.pool import Connection
from projections.fold import columns
from projections.freshness import ReadSide, is_fresh
from projections.pages import ListQuery, Page, created_bounds, cursor_of, unknown_cursor
from services.core.clock import unix
from services.core.operation import Call, Reply
from services.core.wire import ok

URL = "/v1/customers/duplicates"
READER = "customer_list"
MEMBERS_MAX = 100

# Shard, tenant, field and value.
Value = tuple[int, int, str, str]

# The indexes come after the bulk of a rebuild, and with them everything that is shared by then. Without them each
# look at a value would read all customers.
KEPT = "select to_regclass('customers_email') is not null"
# Who follows the log has the indexes, and takes no more at once; a rebuild mostly does, and need not look in vain.
FOLLOWED_MAX = 1_000

SHARED = """
with touched as (
  select *
    from unnest($1::integer[], $2::integer[], $3::text[], $4::text[]) as touched(shard, tenant, field, value)
   where to_regclass('customers_email') is not null
),
second as (
  select t.shard, t.tenant, t.field, t.value, c.created_at, 'dup_' || t.field || '_' || c.ids[1] as id
    from touched t
   cross join lateral (
         select array_agg(found.id order by found.created_at, found.id) as ids, max(found.created_at) as created_at
           from (
                select e.id, e.created_at
                  from customers e
                 where t.field = 'email'
                   and (e.shard, e.tenant, e.email_key) = (t.shard, t.tenant, t.value)
                 order by e.created_at, e.id
                 limit 2
                ) found
         having count(*) = 2
         ) c
   union all
  select t.shard, t.tenant, t.field, t.value, c.created_at, 'dup_' || t.field || '_' || c.ids[1] as id
    from touched t
   cross join lateral (
         select array_agg(found.id order by found.created_at, found.id) as ids, max(found.created_at) as created_at
           from (
                select p.id, p.created_at
                  from customers p
                 where t.field = 'phone'
                   and (p.shard, p.tenant, p.phone_key) = (t.shard, t.tenant, t.value)
                 order by p.created_at, p.id
                 limit 2
                ) found
         having count(*) = 2
         ) c
),
alone as (
  delete from duplicates d
   using touched t
   where (d.shard, d.tenant, d.field, d.value) = (t.shard, t.tenant, t.field, t.value)
     and (d.shard, d.tenant, d.field, d.value) not in (select s.shard, s.tenant, s.field, s.value from second s)
)
insert into duplicates (shard, tenant, field, value, created_at, id)
select *
  from second
    on conflict (shard, tenant, field, value) do update
   set created_at = excluded.created_at,
       id = excluded.id
"""
MARK = """
select created_at
  from rm_customer_list.duplicates
 where shard = $1
   and tenant = $2
   and id = $3
"""
GROUPS = """
select d.id, d.created_at, d.field, d.value,
       case d.field
         when 'email' then array(
           select c.id
             from rm_customer_list.customers c
            where (c.shard, c.tenant, c.email_key) = (d.shard, d.tenant, d.value)
            order by c.created_at, c.id
            limit {members}
         )
         else array(
           select c.id
             from rm_customer_list.customers c
            where (c.shard, c.tenant, c.phone_key) = (d.shard, d.tenant, d.value)
            order by c.created_at, c.id
            limit {members}
         )
       end
  from rm_customer_list.duplicates d
 where {where}
 order by d.created_at {order}, d.id {order}
 limit {limit}
"""


class DuplicateGroup(Struct, frozen=True, kw_only=True):
    """Customers that share an e-mail address or phone number, oldest first, at most 100 of them. `created` is when the
    second of them came."""

    id: str
    object: Literal["customer.duplicates"] = "customer.duplicates"
    created: int
    field: Literal["email", "phone"]
    value: str
    customers: Sequence[str]
    livemode: bool


async def are_kept(connection: Connection, events: int) -> bool:
    """Whether a batch of so many events is to look again at what its customers share."""
    return events <= FOLLOWED_MAX or await connection.fetchval(KEPT)


async def look_again(connection: Connection, values: Collection[Value]) -> None:
    """Keeps or drops the groups of these values, after customers that had or have them were written."""
    if values:
        await connection.execute(SHARED, *columns(list(values)))


async def duplicates(call: Call[None, ListQuery]) -> Reply:
    """Groups of customers that share an address or a phone number."""
    read, tenant, query = call.service(ReadSide), call.envelope.tenant, call.query
    cursor, backwards = cursor_of(query.starting_after, query.ending_before)
    fresh = await is_fresh(call, (READER,))
    values: list[Any] = [tenant.shard, tenant.number]
    where = ["d.shard = $1", "d.tenant = $2"]
    for condition, at in created_bounds(query.created):
        values.append(at)
        where.append(f"d.{condition.format(f'${len(values)}')}")
    if cursor is not None:
        mark = await read.pool.fetchval(MARK, tenant.shard, tenant.number, cursor)
        if mark is None:
            raise unknown_cursor(cursor, backwards=backwards)
        values += [mark, cursor]
        sign = ">" if backwards else "<"
        where.append(f"(d.created_at, d.id) {sign} (${len(values) - 1}, ${len(values)})")
    asked = GROUPS.format(
        members=MEMBERS_MAX,
        where="\n   and ".join(where),
        order="asc" if backwards else "desc",
        limit=query.limit + 1,
    )
    rows = await read.pool.fetch(asked, *values)
    shown = rows[: query.limit]
    if backwards:
        shown.reverse()
    groups = [
        DuplicateGroup(
            id=row[0],
            created=unix(row[1]),
            field=row[2],
            value=row[3],
            customers=row[4],
            livemode=call.envelope.livemode,
        )
        for row in shown
    ]
    return Reply(ok(Page(url=URL, has_more=len(rows) > query.limit, data=groups)), stale=not fresh)
