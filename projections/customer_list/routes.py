"""Lists of customers: all of them, those that a search finds, and those that look like duplicates."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from projections.customer_list.projection import digits, search_text
from projections.freshness import ReadSide
from projections.pages import ListQuery, Page, Source, page
from services.billing.customers.views import CustomerObject
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok

URL = "/v1/customers"
TABLE = "rm_customer_list.customers"
READER = "customer_list"
SEARCH_CHARACTERS_MAX = 500
GROUPS_MAX = 100

_CLAUSE = re.compile(
    r"""\s*(\w+)(?:\[["'](\w{1,40})["']\])?\s*([:~])\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*"""
)
_STRUCTURED = re.compile(r"""^\s*\w+(\[.*?\])?\s*[:~]\s*["']""")

DUPLICATES = """
select 'email' as field, email_key as value, array_agg(id order by created_at, id) as ids
  from rm_customer_list.customers
 where shard = $1
   and tenant = $2
 group by email_key
having count(*) > 1
 union all
select 'phone', phone_key, array_agg(id order by created_at, id)
  from rm_customer_list.customers
 where shard = $1
   and tenant = $2
   and phone_key is not null
 group by phone_key
having count(*) > 1
 order by 1, 2
 limit $3
"""

Text = Annotated[str, Meta(max_length=SEARCH_CHARACTERS_MAX)]


class CustomersQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`email` finds the exact address, whatever its letter case; `q` any part of name, e-mail, phone or id."""

    email: Text | None = None
    q: Text | None = None


class SearchQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`query`: plain text, or clauses such as `email:"a@b.c" AND name~"joe"` (`:` is equal, `~` contains)."""

    query: Text


class DuplicateGroup(Struct, frozen=True, kw_only=True):
    """Customers that share an e-mail address or phone number, oldest first."""

    object: str = "customer.duplicates"
    field: str
    value: str
    customers: Sequence[str]


class NoQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This call takes no parameters."""


async def list_customers(call: Call[None, CustomersQuery]) -> Reply:
    """All customers that are not deleted, newest first."""
    query = call.query
    conditions: list[tuple[str, Any]] = []
    if query.email is not None:
        conditions.append(("t.email_key = {}", search_text(query.email)))
    if query.q:
        conditions.append(_contains(query.q))
    return await page(call, query, Source(TABLE, "customer", (READER,), conditions), URL)


async def search(call: Call[None, SearchQuery]) -> Reply:
    """The customers that a query finds, newest first."""
    query = call.query
    source = Source(TABLE, "customer", (READER,), _conditions(query.query))
    return await page(call, query, source, f"{URL}/search")


async def duplicates(call: Call[None, NoQuery]) -> Reply:
    """Groups of customers that share an address or a phone number; at most 100 groups."""
    read, tenant = call.service(ReadSide), call.envelope.tenant
    fresh = await read.fresh(tenant, (READER,))
    rows = await read.pool.fetch(DUPLICATES, tenant.shard, tenant.number, GROUPS_MAX + 1)
    groups = [DuplicateGroup(field=row[0], value=row[1], customers=row[2]) for row in rows[:GROUPS_MAX]]
    return Reply(ok(Page(url=f"{URL}/duplicates", has_more=len(rows) > GROUPS_MAX, data=groups)), stale=not fresh)


def _contains(text: str) -> tuple[str, Any]:
    return "t.search like {}", f"%{_escaped(search_text(text.strip()))}%"


def _conditions(query: str) -> list[tuple[str, Any]]:
    if not _STRUCTURED.match(query):
        if not query.strip():
            raise Invalid("'query' must not be empty.", code="parameter_missing", param="query")
        return [_contains(query)]
    return [_clause(clause) for clause in _split(query)]


def _split(query: str) -> list[re.Match[str]]:
    """The clauses of a query, which AND joins; quoted text may hold anything."""
    found: list[re.Match[str]] = []
    rest = query
    while True:
        clause = _CLAUSE.match(rest)
        if clause is None:
            break
        found.append(clause)
        rest = rest[clause.end() :]
        if not rest:
            return found
        joined = re.match(r"and\s+", rest, re.IGNORECASE)
        if joined is None:
            break
        rest = rest[joined.end() :]
    raise Invalid(
        '\'query\' is not understood: join clauses such as email:"a@b.c" or name~"joe" by AND.',
        code="query_invalid",
        param="query",
    )


def _clause(clause: re.Match[str]) -> tuple[str, Any]:
    field, key, operator = clause[1], clause[2], clause[3]
    quoted = clause[4] if clause[4] is not None else clause[5]
    value = re.sub(r"\\(.)", r"\1", quoted)
    exact = operator == ":"
    if field == "metadata" and key is not None and exact:
        return _METADATA.format(key=key, value="{}"), value
    if key is None and field == "email":
        return ("t.email_key = {}", search_text(value)) if exact else _like("t.email_key", value)
    if key is None and field == "name":
        return ("lower(t.name) = {}", value.lower()) if exact else _like("lower(t.name)", value)
    if key is None and field == "phone":
        number = digits(value)
        return ("t.phone_key = {}", number) if exact else _like("t.phone_key", number)
    raise Invalid(
        f"Customers cannot be searched by '{clause[0].strip()}'; there are email, name, phone and metadata[\"key\"].",
        code="query_invalid",
        param="query",
    )


_METADATA = """t.id in (
         select o.id from rm_objects.objects o
          where o.shard = t.shard and o.tenant = t.tenant and o.category = 'customer' and o.id = t.id
            and o.state -> 'metadata' ->> '{key}' = {value}
       )"""


def _like(column: str, value: str) -> tuple[str, Any]:
    # The index is on the whole text: what a field contains, the text contains too.
    return f"{column} like {{}}", f"%{_escaped(search_text(value))}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


OPERATIONS = (
    Operation(
        methods=("GET",),
        path=URL,
        summary="List customers",
        perform=list_customers,
        needs="customers:read",
        query=CustomersQuery,
        answers=Page[CustomerObject],
    ),
    Operation(
        methods=("GET",),
        path=f"{URL}/search",
        summary="Search customers",
        perform=search,
        needs="customers:read",
        query=SearchQuery,
        answers=Page[CustomerObject],
    ),
    Operation(
        methods=("GET",),
        path=f"{URL}/duplicates",
        summary="List likely duplicates of customers",
        perform=duplicates,
        needs="customers:read",
        query=NoQuery,
        answers=Page[DuplicateGroup],
    ),
)
