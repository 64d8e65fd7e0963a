"""Recurring revenue over time: how many subscriptions are active or on trial, and what they bring a month."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from msgspec.structs import replace

from eventstore.pool import Connection
from projections.fold import Kept, ObjectKey, columns, encode, kept_states, key_of
from projections.projection import sql_beside
from projections.recurring.figures import Metric, steps
from services.billing.subscriptions.decider import SUBSCRIPTIONS
from services.billing.subscriptions.events import SubscriptionEvent
from services.core.event import Fact

COUNT = """
with counted as (
  insert into steps (shard, tenant, event_id, metric, parts, currency, subscription, amount, happened_at)
  select *
    from unnest($1::integer[], $2::integer[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::text[],
                $8::numeric[], $9::timestamptz[])
      on conflict (shard, tenant, event_id, metric, parts) do nothing
  returning *
)
insert into slots as kept (shard, tenant, currency, metric, parts, slot_at, amount)
select shard, tenant, currency, metric, parts, date_bin('15 minutes', happened_at, 'epoch'), sum(amount)
  from counted
 group by 1, 2, 3, 4, 5, 6
    on conflict (shard, tenant, currency, metric, parts, slot_at) do update
   set amount = kept.amount + excluded.amount
"""
KEEP_STATES = """
insert into states (shard, tenant, category, id, version, state)
select *
  from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::json[])
    on conflict (shard, tenant, category, id) do update
   set version = excluded.version,
       state = excluded.state
"""

Step = tuple[int, int, UUID, Metric, int, str, str, Decimal, datetime]


class Recurring:
    """Steps of the figures, and their sums per quarter of an hour."""

    name = "recurring"
    revision = 1
    wants: frozenset[str] | None = frozenset(SUBSCRIPTIONS.events.by_tag)
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"steps": "*", "slots": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        states = dict(await kept_states(connection, "states", list(dict.fromkeys(key_of(fact) for fact in facts))))
        changed: set[ObjectKey] = set()
        counted: list[Step] = []
        for fact in facts:
            key, recorded = key_of(fact), fact.recorded
            was = states.get(key) or Kept(0, None)
            if recorded.version <= was.version:
                continue
            # Its stream holds no other events.
            evolved = SUBSCRIPTIONS.evolve(was.state, cast("SubscriptionEvent", fact.event), fact.at)
            now = replace(evolved, metadata={}, waiting=None)
            states[key] = Kept(recorded.version, now)
            changed.add(key)
            for (metric, parts), amount in steps(was.state, now).items():
                where = key[0], key[1], recorded.event_id
                counted.append((*where, metric, parts, now.currency, now.id, amount, fact.at))
        if counted:
            await connection.execute(COUNT, *columns(counted))
        if changed:
            rows = [(*key, states[key].version, encode(states[key].state)) for key in sorted(changed)]
            await connection.execute(KEEP_STATES, *columns(rows))
