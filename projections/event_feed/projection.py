"""Which events clients are told of, in the order of the log. No payload: it is made from the log when it is read, so
that what was erased since is in none."""

from collections.abc import Mapping, Sequence

from eventstore.pool import Connection
from projections.event_feed.published import BY_TAG
from projections.fold import columns
from projections.projection import sql_beside
from services.core.decider import category_of, object_id
from services.core.event import Fact

KEEP = """
insert into feed (shard, tenant, position, place, version, type, category, object_id, created_at)
select *
  from unnest($1::integer[], $2::integer[], $3::bigint[], $4::smallint[], $5::integer[], $6::text[], $7::text[],
              $8::text[], $9::timestamptz[])
    on conflict (shard, tenant, position, place) do nothing
"""


class EventFeed:
    """One row for each type under which an event is told."""

    name = "event_feed"
    revision = 1
    wants: frozenset[str] | None = frozenset(BY_TAG)
    schema = sql_beside(__file__, "schema.sql")
    indexes = sql_beside(__file__, "indexes.sql")
    compared: Mapping[str, str] = {"feed": "*"}

    async def project(self, connection: Connection, facts: Sequence[Fact]) -> None:
        rows: list[tuple[object, ...]] = []
        for fact in facts:
            recorded = fact.recorded
            stream = recorded.stream
            for place, type in enumerate(BY_TAG[recorded.type]):
                told = (recorded.position, place, recorded.version, type)
                about = (category_of(stream), object_id(stream), fact.at)
                rows.append((recorded.shard, recorded.tenant, *told, *about))
        if rows:
            await connection.execute(KEEP, *columns(rows))
