"""What needs attention without being asked: each capability says when, the workers see to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from eventstore.pool import Connection
from projections.erasing import note_erasures, subjects_of
from projections.fold import Kept, ObjectKey, capability_of, columns, encode, folded, kept_states, keyed
from projections.projection import sql_beside
from services.billing.registry import BY_CATEGORY, CAPABILITIES
from services.core.capability import Capability, never
from services.core.event import Fact

KEEP_STATES = """
insert into states (shard, tenant, category, id, version, state, subject)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::json[],
              $7::text[])
    on conflict (shard, tenant, category, id) do update
   set version = excluded.version,
       state = excluded.state
"""
KEEP = """
insert into due as kept (shard, tenant, category, id, due_at, version, clock)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[],
              $7::text[])
    on conflict (shard, tenant, category, id) do update
   set due_at = excluded.due_at,
       version = excluded.version,
       clock = excluded.clock,
       claimed_until = null,
       tries = 0,
       problem = null
 where kept.version < excluded.version
"""
DONE = """
delete from due d
 using unnest($1::integer[], $2::integer[], $3::text[], $4::text[]) as done(shard, tenant, category, id)
 where (d.shard, d.tenant, d.category, d.id) = (done.shard, done.tenant, done.category, done.id)
"""


class Due:
    """Follows only the capabilities that ever need attention."""

    name = "due"
    revision = 4
    wants: frozenset[str] | None = frozenset(
        tag for each in CAPABILITIES if each.due is not never for tag in each.decider.events.by_tag
    ) | {"customer.erased"}
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"due": "shard, tenant, category, id, due_at, version, clock"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        followed = keyed(facts, lambda category: BY_CATEGORY[category].due is not never)
        last = dict(followed)
        kept = await kept_states(connection, "states", list(last)) if last else {}
        after = folded(followed, kept)
        waiting: dict[ObjectKey, tuple[datetime, str | None, Kept]] = {}
        for key, one in after.items():
            when = _when(capability_of(key), one.state, last[key])
            if when is not None:
                waiting[key] = (*when, one)
        settled = [key for key in after if key not in waiting]
        if waiting:
            rows = [(*key, due_at, one.version, clock) for key, (due_at, clock, one) in waiting.items()]
            await connection.execute(KEEP, *columns(rows))
        if after:
            subjects = subjects_of(followed)
            states = [(*key, one.version, encode(one.state), subjects[key]) for key, one in after.items()]
            await connection.execute(KEEP_STATES, *columns(states))
        if settled:
            await connection.execute(DONE, *columns(settled))
        await note_erasures(connection, facts)


def _when(capability: Capability, state: Any, last: Fact) -> tuple[datetime, str | None] | None:
    """When it is due, and by which test clock."""
    due_at = capability.due(state)
    if due_at is None:
        return None
    if capability.live:
        # What waits for the world outside does so in real time, whatever the clock says.
        return due_at + (last.recorded.recorded_at - last.at), None
    return due_at, capability.decider.clock(state)
