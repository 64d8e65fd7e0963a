"""What read models keep of an erased customer is made anew from the log, which tells nothing personal of it.

Nobody knows how much that is. So the erasure is noted beside the states, and they are made anew piece by piece, each
in the transaction of the reader that keeps them: whoever dies has lost one piece, and the reader goes on in between.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from msgspec import Struct

from eventstore.pool import Connection
from eventstore.store import READ_UP_TO, Recorded
from projections.fold import Keyed, ObjectKey, capability_of, columns, encode
from services.billing.customers.events import CustomerErased
from services.billing.payment_methods.events import PaymentMethodErased
from services.billing.registry import BY_CATEGORY
from services.core.decider import object_id
from services.core.event import Fact, business_time, decode_meta

# Of one piece. An object with more events than that is a piece of its own.
PIECE_OBJECTS_MAX = 500
PIECE_EVENTS_MAX = 2_000

# Begun anew where it is noted already: a read model that is rebuilt may have met what was there before.
NOTE = """
insert into erasing (shard, tenant, subject)
select *
  from unnest($1::integer[], $2::integer[], $3::text[])
    on conflict (shard, tenant, subject) do update
   set category = '',
       id = ''
"""
# What the subject owns is found by it; what it is itself, by its own id.
NEXT = """
select next.tenant, next.subject, next.category, next.id, next.version
  from (
         select *
           from erasing
          where shard = $1
          order by tenant, subject
          limit $2
       ) e
 cross join lateral (
         (
           select kept.tenant, kept.subject, kept.category, kept.id, kept.version
             from {table} kept
            where kept.shard = $1
              and kept.tenant = e.tenant
              and kept.subject = e.subject
              and kept.subject <> kept.id
              and (kept.category, kept.id) > (e.category, e.id)
            order by kept.category, kept.id
            limit $2
         )
          union all
         select kept.tenant, kept.subject, kept.category, kept.id, kept.version
           from {table} kept
          where kept.shard = $1
            and kept.tenant = e.tenant
            and kept.category = any ($3::text[])
            and kept.id = e.subject
            and kept.subject = kept.id
            and (kept.category, kept.id) > (e.category, e.id)
       ) next
 order by next.tenant, next.subject, next.category, next.id
 limit $2
"""
REDACT = """
update {table} kept
   set state = told.state
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::json[])
       as told(shard, tenant, category, id, state)
 where (kept.shard, kept.tenant, kept.category, kept.id) = (told.shard, told.tenant, told.category, told.id)
"""
REACHED = """
update erasing
   set category = $4,
       id = $5
 where (shard, tenant, subject) = ($1, $2, $3)
"""
PASSED = """
delete from erasing
 where shard = $1
   and (tenant, subject) < ($2, $3)
"""
ALL_PASSED = """
delete from erasing
 where shard = $1
   and (tenant, subject) in (
         select tenant, subject
           from erasing
          where shard = $1
          order by tenant, subject
          limit $2
       )
"""
# By the table that keeps the states.
STATEMENTS: Mapping[str, tuple[str, str]] = {
    table: (NEXT.format(table=table), REDACT.format(table=table)) for table in ("objects", "states")
}


class Next(Struct, frozen=True):
    """A state that is to be made anew, and whose data key it was sealed with."""

    tenant: int
    subject: str
    category: str
    id: str
    version: int


def subjects_of(facts: Sequence[Keyed]) -> Mapping[ObjectKey, str]:
    """Whose data key seals what is personal in each object."""
    return {key: fact.meta.subject for key, fact in facts}


def _without_key(fact: Fact) -> Sequence[str]:
    """Whose data keys were destroyed together with this event."""
    if isinstance(fact.event, CustomerErased):
        return fact.event.subjects
    # What is sealed with the key of its customer stays readable until that is erased.
    alone = isinstance(fact.event, PaymentMethodErased) and fact.meta.subject == object_id(fact.recorded.stream)
    return [fact.meta.subject] if alone else []


async def note_erasures(connection: Connection, facts: Sequence[Fact]) -> None:
    """Notes whose states are to be made anew: those of customers and payment methods that are erased among these facts.
    These very facts may have been read with a key that this process still had cached."""
    noted = [(fact.recorded.shard, fact.recorded.tenant, subject) for fact in facts for subject in _without_key(fact)]
    if noted:
        await connection.execute(NOTE, *columns(list(dict.fromkeys(noted))))


async def forget_more(connection: Connection, table: str, shard: int) -> int:
    """A piece of what is noted to be forgotten in `table`, of most customers all of it; returns how many states were
    made anew. Only for whoever has the reader's checkpoint: nobody else may write these states meanwhile."""
    following, redact = STATEMENTS[table]
    rows = await connection.fetch(following, shard, PIECE_OBJECTS_MAX, list(BY_CATEGORY))
    found = [Next(*row) for row in rows]
    reached = list(accumulate(each.version for each in found))
    piece = [each for each, events in zip(found, reached, strict=True) if events <= PIECE_EVENTS_MAX] or found[:1]
    anew: list[tuple[Any, ...]] = []
    for tenant in dict.fromkeys(each.tenant for each in piece):
        anew += await _anew(connection, shard, tenant, [each for each in piece if each.tenant == tenant])
    if anew:
        await connection.execute(redact, *columns(anew))
    if len(piece) == len(found) < PIECE_OBJECTS_MAX:
        await connection.execute(ALL_PASSED, shard, PIECE_OBJECTS_MAX)
    else:
        last = piece[-1]
        await connection.execute(PASSED, shard, last.tenant, last.subject)
        await connection.execute(REACHED, shard, last.tenant, last.subject, last.category, last.id)
    return len(piece)


async def _anew(connection: Connection, shard: int, tenant: int, piece: Sequence[Next]) -> list[tuple[Any, ...]]:
    """The states of these objects as they read without a key."""
    keys = {
        capability_of(key).decider.stream(key[3]): key for key in ((shard, tenant, e.category, e.id) for e in piece)
    }
    rows = await connection.fetch(READ_UP_TO, shard, tenant, list(keys), [each.version for each in piece])
    recorded = sorted((Recorded(*row) for row in rows), key=lambda event: event.position)
    states: dict[str, Any] = {}
    for event in recorded:
        decider = capability_of(keys[event.stream]).decider
        told = decider.events.decode(event, None)
        states[event.stream] = decider.evolve(states.get(event.stream), told, business_time(event, decode_meta(event)))
    return [(*keys[stream], encode(state)) for stream, state in states.items()]
