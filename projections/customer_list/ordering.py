"""Customers in the order of their names or addresses, by keyset on (key, id); and oldest first."""

from typing import Any, Literal

from projections.fold import decode_state
from projections.freshness import ReadSide, is_fresh
from projections.pages import ListQuery, Page, cursor_of, unknown_cursor
from services.billing.customers.state import Customer
from services.billing.customers.views import customer_object
from services.core.operation import Call, Reply
from services.core.wire import ok

Sort = Literal["created", "name", "email"]
Direction = Literal["asc", "desc"]

# An index leads with the tenant and holds each of these beside the id.
KEYS: dict[Sort, str] = {"created": "t.created_at", "name": 'lower(t.name) collate "C"', "email": "t.email_key"}

MARK = """
select {key}
  from rm_customer_list.customers t
 where t.shard = $1
   and t.tenant = $2
   and t.id = $3
"""
ROWS = """
select o.state
  from (
    select t.id, {key} as key
      from rm_customer_list.customers t
     where t.shard = $1
       and t.tenant = $2
       {beyond}
     order by {key} {order}, t.id {order}
     limit $3
  ) found
  join rm_objects.objects o
    on o.shard = $1
   and o.tenant = $2
   and o.category = 'customer'
   and o.id = found.id
 order by found.key {order}, found.id {order}
"""


async def in_order(call: Call[Any, Any], query: ListQuery, sort: Sort, direction: Direction, url: str) -> Reply:
    """The page that `query` asks for, without filters. Letter case does not matter."""
    read, tenant, key = call.service(ReadSide), call.envelope.tenant, KEYS[sort]
    cursor, backwards = cursor_of(query.starting_after, query.ending_before)
    fresh = await is_fresh(call, ("objects", "customer_list"))
    order = "desc" if backwards == (direction == "asc") else "asc"
    values: list[Any] = [tenant.shard, tenant.number, query.limit + 1]
    beyond = ""
    if cursor is not None:
        mark = await read.pool.fetchval(MARK.format(key=key), tenant.shard, tenant.number, cursor)
        if mark is None:
            raise unknown_cursor(cursor, backwards=backwards)
        beyond = f"and ({key}, t.id) {'<' if order == 'desc' else '>'} ($4, $5)"
        values += [mark, cursor]
    rows = await read.pool.fetch(ROWS.format(key=key, beyond=beyond, order=order), *values)
    shown = rows[: query.limit]
    if backwards:
        shown.reverse()
    states: list[Customer] = [decode_state("customer", row[0]) for row in shown]
    data = [customer_object(state, call.envelope.livemode) for state in states]
    return Reply(ok(Page(url=url, has_more=len(rows) > query.limit, data=data)), stale=not fresh)
