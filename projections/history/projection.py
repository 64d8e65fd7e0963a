"""Which streams belong to which customer, so that an auditor sees everything that happened to one."""

from collections.abc import Mapping, Sequence

from eventstore.pool import Connection
from projections.projection import sql_beside
from services.billing.customers.events import CustomerCreated
from services.core.event import Event, Fact

KEEP = """
insert into streams (shard, tenant, customer, stream, since_position)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::bigint[])
    on conflict (shard, tenant, customer, stream) do nothing
"""


class History:
    """Any event that names a customer makes its stream one of the customer's."""

    name = "history"
    revision = 1
    wants: frozenset[str] | None = None
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"streams": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        rows: dict[tuple[int, int, str, str], int] = {}
        for fact in facts:
            customer = _customer(fact.event)
            if customer is not None:
                recorded = fact.recorded
                key = (recorded.shard, recorded.tenant, customer, recorded.stream)
                rows.setdefault(key, recorded.position)
        if rows:
            found = [(*key, position) for key, position in rows.items()]
            await connection.execute(KEEP, *(list(column) for column in zip(*found, strict=True)))


def _customer(event: Event) -> str | None:
    named = getattr(event, "customer", None)
    if named is None and type(event) is CustomerCreated:
        return event.id
    return named if isinstance(named, str) else None
