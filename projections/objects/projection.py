"""The latest state of every object of every capability: what lists and pages are made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from eventstore.pool import Connection
from projections.erasing import note_erasures, subjects_of
from projections.fold import Kept, ObjectKey, capability_of, columns, created_at, encode, folded, kept_states, keyed
from projections.projection import sql_beside
from services.billing.registry import BY_CATEGORY
from services.core.event import Fact

KEEP = """
insert into objects (shard, tenant, category, id, created_at, gone, version, state, subject)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[], $7::integer[],
              $8::json[], $9::text[])
    on conflict (shard, tenant, category, id) do update
   set gone = excluded.gone,
       version = excluded.version,
       state = excluded.state
"""
FILTER = """
insert into filters (shard, tenant, category, id, field, value, created_at)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
    on conflict do nothing
"""
UNFILTER = """
delete from filters f
 using unnest($1::integer[], $2::integer[], $3::text[], $4::text[]) as changed(shard, tenant, category, id)
 where (f.shard, f.tenant, f.category, f.id) = (changed.shard, changed.tenant, changed.category, changed.id)
   and (f.shard, f.tenant, f.category, f.id, f.field, f.value) not in (
         select *
           from unnest($5::integer[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::text[])
       )
"""


class Objects:
    """Folds with each capability's own `evolve` from the state that it keeps."""

    name = "objects"
    revision = 8
    wants: frozenset[str] | None = None
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {
        "objects": "shard, tenant, category, id, created_at, gone, version, state::text, subject",
        "filters": "*",
    }

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        kept = keyed(facts, lambda category: BY_CATEGORY[category].kept)
        if not kept:
            return
        facts = [fact for _, fact in kept]
        after = folded(kept, await kept_states(connection, "objects", list(dict.fromkeys(key for key, _ in kept))))
        if after:
            subjects = subjects_of(kept)
            await connection.execute(KEEP, *columns([(*_row(key, kept), subjects[key]) for key, kept in after.items()]))
            await _filter(connection, after)
        await note_erasures(connection, facts)


async def _filter(connection: Connection, after: Mapping[ObjectKey, Kept]) -> None:
    values: list[tuple[int, int, str, str, str, str, datetime]] = []
    for key, kept in after.items():
        capability = capability_of(key)
        if capability.gone(kept.state) is not None:
            # What is gone is found by none of its fields any more.
            continue
        for field, value_of in capability.filters.items():
            found = value_of(kept.state)
            several = [found] if isinstance(found, str) else found or ()
            values.extend((*key, field, value, created_at(kept.state)) for value in dict.fromkeys(several))
    changed = [key for key, kept in after.items() if kept.version > 1 and capability_of(key).filters]
    if changed:
        wanted: list[list[object]] = columns([row[:6] for row in values]) if values else [[] for _ in range(6)]
        await connection.execute(UNFILTER, *columns(changed), *wanted)
    if values:
        await connection.execute(FILTER, *columns(values))


def _row(key: ObjectKey, kept: Kept) -> tuple[object, ...]:
    gone = capability_of(key).gone(kept.state) is not None
    return (*key, created_at(kept.state), gone, kept.version, encode(kept.state))
