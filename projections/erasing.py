"""What read models keep of an erased customer is made anew from the log, which tells nothing personal of it."""

from collections.abc import Mapping, Sequence

from eventstore.pool import Connection
from eventstore.store import READ_UP_TO, Recorded
from projections.fold import ObjectKey, capability_of, columns, encode, key_of
from services.billing.customers.events import CustomerErased
from services.core.event import Fact, business_time, decode_meta

KEPT = """
select category, id, version
  from {table}
 where shard = $1
   and tenant = $2
   and subject = any ($3::text[])
   and subject <> id
 union all
select category, id, version
  from {table}
 where shard = $1
   and tenant = $2
   and id = any ($3::text[])
"""
REDACT = """
update {table} kept
   set state = told.state
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::json[])
       as told(shard, tenant, category, id, state)
 where (kept.shard, kept.tenant, kept.category, kept.id) = (told.shard, told.tenant, told.category, told.id)
"""


def subjects_of(facts: Sequence[Fact]) -> Mapping[ObjectKey, str]:
    """Whose data key seals what is personal in each object."""
    return {key_of(fact): fact.meta.subject for fact in facts}


async def forget_erased(connection: Connection, table: str, facts: Sequence[Fact]) -> None:
    """Takes what is personal out of the states that `table` keeps of customers who are erased among these facts.

    To be called when the facts are projected: they may have been read with a key that this process still had cached.
    """
    for fact in facts:
        if isinstance(fact.event, CustomerErased):
            await _forget(connection, table, fact, fact.event.subjects)


async def _forget(connection: Connection, table: str, fact: Fact, subjects: Sequence[str]) -> None:
    shard, tenant = fact.recorded.shard, fact.recorded.tenant
    found = await connection.fetch(KEPT.format(table=table), shard, tenant, list(subjects))
    keys: dict[str, ObjectKey] = {}
    versions: dict[str, int] = {}
    for category, id, version in map(tuple, found):
        key = (shard, tenant, category, id)
        stream = capability_of(key).decider.stream(id)
        keys[stream], versions[stream] = key, version
    if not keys:
        return
    rows = await connection.fetch(READ_UP_TO, shard, tenant, list(versions), list(versions.values()))
    recorded = sorted((Recorded(*row) for row in rows), key=lambda event: event.position)
    states: dict[str, object] = {}
    for event in recorded:
        decider = capability_of(keys[event.stream]).decider
        told = decider.events.decode(event, None)
        states[event.stream] = decider.evolve(states.get(event.stream), told, business_time(event, decode_meta(event)))
    redacted = [(*keys[stream], encode(state)) for stream, state in states.items()]
    await connection.execute(REDACT.format(table=table), *columns(redacted))
