"""Makes the read models that do not exist yet."""

from collections.abc import Sequence

from eventstore.checkpoints import ShardsLeftOut, ShardsMissing, add, check_shards
from eventstore.connection import APP_ROLE, connect
from eventstore.migrate import pending
from eventstore.pool import Connection, FairPool
from projections.projection import Projection, live_schema
from projections.registry import PROJECTIONS

LOCK = 1346716533

REVISIONS = """
select reader, max(revision)
  from es.checkpoints
 where reader = any ($1::text[])
 group by reader
"""


async def set_up(database_url: str, *, shards: int) -> list[str]:
    """Creates what is missing, for this many shards. Returns the names of read models of an older revision, which
    are to be rebuilt. Needs a user who may create schemas; safe to repeat, and at once. Raises ShardsLeftOut when there
    are more shards already."""
    connection = await connect(database_url, {})
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        has_role = await connection.fetchval("select count(*) > 0 from pg_roles where rolname = $1", APP_ROLE)
        for projection in PROJECTIONS:
            async with connection.transaction():
                await create_tables(connection, projection, live_schema(projection.name), owner=has_role)
                if await connection.fetchval("select count(*) from es.checkpoints where reader = $1", projection.name):
                    revision = await connection.fetchval(
                        "select max(revision) from es.checkpoints where reader = $1", projection.name
                    )
                else:
                    revision = projection.revision
                for shard in range(shards):
                    await add(connection, shard, projection.name, revision, "live")
        await check_shards(connection, shards)
        return await outdated(connection, PROJECTIONS)
    finally:
        await connection.close()


async def outdated(connection: Connection, projections: Sequence[Projection]) -> list[str]:
    """The names of read models whose live tables were made by an older revision of their projection."""
    live = await _revisions(connection, projections)
    return [each.name for each in projections if live.get(each.name, each.revision) != each.revision]


async def lacking(database_url: str, pool: FairPool, shards: int) -> str | None:
    """What is to be done before a server works with this database, in words; None when nothing is."""
    missing = await pending(database_url)
    if missing:
        return f"The database lacks migrations ({', '.join(missing)}): run `./peaswap migrate`."
    try:
        await check_shards(pool, shards)
    except (ShardsMissing, ShardsLeftOut) as problem:
        return str(problem)
    old = await behind(pool, PROJECTIONS)
    return f"An older version made read models ({', '.join(old)}): run `./peaswap migrate`." if old else None


async def behind(connection: Connection | FairPool, projections: Sequence[Projection]) -> list[str]:
    """The names of read models that nobody keeps up before they are made anew. Those of a newer revision are kept up by
    the workers of the version that made them."""
    live = await _revisions(connection, projections)
    return [each.name for each in projections if live.get(each.name, each.revision) < each.revision]


async def _revisions(connection: Connection | FairPool, projections: Sequence[Projection]) -> dict[str, int]:
    names = [projection.name for projection in projections]
    return {row[0]: row[1] for row in await connection.fetch(REVISIONS, names)}


async def create_tables(
    connection: Connection, projection: Projection, schema: str, *, owner: bool, indexes: bool = True
) -> None:
    """Creates the schema with the projection's tables, unless it exists."""
    if await connection.fetchval("select count(*) from pg_namespace where nspname = $1", schema):
        return
    await connection.execute(f"create schema {schema}")
    await connection.execute(f"set local search_path to {schema}, public")
    await connection.execute(projection.schema)
    if indexes:
        await connection.execute(projection.indexes)
    if owner:
        await connection.execute(f"grant usage on schema {schema} to {APP_ROLE}")
        await connection.execute(
            f"grant select, insert, update, delete, truncate on all tables in schema {schema} to {APP_ROLE}"
        )
