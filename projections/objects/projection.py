"""The latest state of every object of every capability: what lists and pages are made of."""

from collections.abc import Mapping, Sequence

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
# By the primary key: with plain equality Postgres may take the index by values, and a value such as a status has very
# many rows.
UNFILTER = """
delete from filters f
 using unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
       as gone(shard, tenant, category, id, field, value)
 where (f.shard, f.tenant, f.category, f.id) = (gone.shard, gone.tenant, gone.category, gone.id)
   and f.field is not distinct from gone.field
   and f.value is not distinct from gone.value
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
        before = await kept_states(connection, "objects", list(dict.fromkeys(key for key, _ in kept)))
        after = folded(kept, before)
        if after:
            subjects = subjects_of(kept)
            await connection.execute(KEEP, *columns([(*_row(key, kept), subjects[key]) for key, kept in after.items()]))
            await _filter(connection, before, after)
        await note_erasures(connection, facts)


async def _filter(connection: Connection, before: Mapping[ObjectKey, Kept], after: Mapping[ObjectKey, Kept]) -> None:
    """Writes the difference: most of what an object can be found by stays the same through all of its life."""
    gone: list[tuple[object, ...]] = []
    new: list[tuple[object, ...]] = []
    for key, kept in after.items():
        was = before.get(key)
        old, values = {} if was is None else _values(key, was), _values(key, kept)
        gone.extend((*key, *each) for each in old if each not in values)
        new.extend((*key, *each, created_at(kept.state)) for each in values if each not in old)
    if gone:
        await connection.execute(UNFILTER, *columns(gone))
    if new:
        await connection.execute(FILTER, *columns(new))


def _values(key: ObjectKey, kept: Kept) -> dict[tuple[str, str], None]:
    """The fields that an object can be found by, each with its value; none of them is personal. What is gone is found
    by none any more."""
    capability = capability_of(key)
    if capability.gone(kept.state) is not None:
        return {}
    values: dict[tuple[str, str], None] = {}
    for field, value_of in capability.filters.items():
        found = value_of(kept.state)
        values.update(((field, each), None) for each in ([found] if isinstance(found, str) else found or ()))
    return values


def _row(key: ObjectKey, kept: Kept) -> tuple[object, ...]:
    gone = capability_of(key).gone(kept.state) is not None
    return (*key, created_at(kept.state), gone, kept.version, encode(kept.state))
