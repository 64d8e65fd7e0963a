"""The customers that are not deleted, to be listed and searched by any part of name, address, phone or id."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import UNSET, Struct, structs

from eventstore.pool import Connection
from projections.customer_list.duplicates import Value, are_kept, look_again
from projections.customer_list.pieces import digits, folded, pieces_of
from projections.projection import sql_beside
from services.billing.customers.events import CustomerCreated, CustomerDeleted, CustomerUpdated
from services.core.decider import object_id
from services.core.event import Fact

ROWS = """
select c.shard, c.tenant, c.id, c.created_at, c.name, c.email, c.phone, c.metadata
  from unnest($1::integer[], $2::integer[], $3::text[]) as wanted(shard, tenant, id)
  join customers c
 using (shard, tenant, id)
"""
KEEP = """
insert into customers (
  shard, tenant, id, created_at, name, email, phone, metadata, email_key, phone_key, search, pieces
)
select kept.shard, kept.tenant, kept.id, kept.created_at, kept.name, kept.email, kept.phone, kept.metadata,
       kept.email_key, kept.phone_key, kept.search, kept.pieces::integer[]
  from unnest($1::integer[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
              $8::jsonb[], $9::text[], $10::text[], $11::text[], $12::text[])
       as kept(shard, tenant, id, created_at, name, email, phone, metadata, email_key, phone_key, search, pieces)
    on conflict (shard, tenant, id) do update
   set name = excluded.name,
       email = excluded.email,
       phone = excluded.phone,
       metadata = excluded.metadata,
       email_key = excluded.email_key,
       phone_key = excluded.phone_key,
       search = excluded.search,
       pieces = excluded.pieces
"""
REMOVE = """
delete from customers c
 using unnest($1::integer[], $2::integer[], $3::text[]) as gone(shard, tenant, id)
 where (c.shard, c.tenant, c.id) = (gone.shard, gone.tenant, gone.id)
returning c.shard, c.tenant, c.email_key, c.phone_key
"""

# Of a row as it is written: its shard and tenant, address and number.
VALUED = itemgetter(0, 1, 8, 9)

SHOWN = ("name", "email", "phone", "metadata")

Key = tuple[int, int, str]


class Row(Struct, frozen=True):
    """What the list shows of a customer."""

    created_at: datetime
    name: str
    email: str
    phone: str | None
    metadata: dict[str, str]


class CustomerList:
    """Rows come with a customer and go with it."""

    name = "customer_list"
    revision = 7
    wants: frozenset[str] | None = frozenset({"customer.created", "customer.updated", "customer.deleted"})
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"customers": "*", "duplicates": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        rows: dict[Key, Row | None] = {}
        touched: set[Value] = set()
        updated = [_key(fact) for fact in facts if isinstance(fact.event, CustomerUpdated)]
        if updated:
            shards, tenants, ids = zip(*dict.fromkeys(updated), strict=True)
            for row in map(tuple, await connection.fetch(ROWS, list(shards), list(tenants), list(ids))):
                before = Row(row[3], row[4], row[5], row[6], msgspec.json.decode(row[7]))
                rows[(row[0], row[1], row[2])] = before
                touched |= _values(row[0], row[1], folded(before.email), _number(before))
        for fact in facts:
            key = _key(fact)
            rows[key] = _after(rows.get(key), fact)
        kept = [_columns(key, row) for key, row in rows.items() if row is not None]
        gone = [key for key, row in rows.items() if row is None]
        if kept:
            await connection.execute(KEEP, *(list(column) for column in zip(*kept, strict=True)))
        if gone:
            removed = await connection.fetch(REMOVE, *(list(column) for column in zip(*gone, strict=True)))
            for shard, tenant, email, number in map(tuple, removed):
                touched |= _values(shard, tenant, email, number)
        if await are_kept(connection, len(facts)):
            for shard, tenant, email, number in map(VALUED, kept):
                touched |= _values(shard, tenant, email, number)
            await look_again(connection, touched)


def _key(fact: Fact) -> Key:
    return fact.recorded.shard, fact.recorded.tenant, object_id(fact.recorded.stream)


def _after(row: Row | None, fact: Fact) -> Row | None:
    event = fact.event
    if isinstance(event, CustomerCreated):
        return Row(fact.at, event.name, event.email, event.phone, event.metadata)
    if isinstance(event, CustomerDeleted) or row is None:
        return None
    assert isinstance(event, CustomerUpdated)
    changes = {name: getattr(event, name) for name in SHOWN if getattr(event, name) is not UNSET}
    return structs.replace(row, **changes)


def _number(row: Row) -> str | None:
    return digits(row.phone) if row.phone else None


def _values(shard: int, tenant: int, email: str, number: str | None) -> set[Value]:
    """What a customer may share with others."""
    mail = (shard, tenant, "email", email)
    return {mail} if number is None else {mail, (shard, tenant, "phone", number)}


def _columns(key: Key, row: Row) -> tuple[Any, ...]:
    number = _number(row)
    email = folded(row.email)
    # The digits again, and nothing between them, so that a number is found however it is written.
    texts = [folded(row.name), email, *(part for part in (row.phone, number) if part)]
    return (
        *key,
        row.created_at,
        row.name,
        row.email,
        row.phone,
        msgspec.json.encode(row.metadata).decode(),
        email,
        number,
        "\n".join(texts),
        _array(pieces_of(key[1], texts, row.metadata.items())),
    )


def _array(numbers: list[int]) -> str:
    # As a list is shown: a third of the time of joining the words of a hundred numbers.
    return f"{{{str(numbers)[1:-1]}}}"
