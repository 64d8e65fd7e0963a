"""Read models as tests look at them."""

from collections.abc import Mapping
from typing import Any

from projections.engine import advance, write
from projections.projection import Projection, live_schema
from projections.registry import PROJECTIONS
from services.core.engine import Engine
from services.core.settings import load_settings
from tests.support.app import RunningApi, open_engine

# The reader that sends webhooks is a worker's, and stands still without one.
BEHIND = """
select (select min(position) from es.checkpoints where shard = 0 and reader <> 'webhooks')
     < (select max(position) from es.events where shard = 0)
"""


async def run_down(api: RunningApi) -> None:
    """Projects all that is there, by ourselves."""
    while await api.engine.store.pool.fetchval(BEHIND):
        await advance(api.engine, 0, PROJECTIONS)


async def project_all(environment: Mapping[str, str]) -> None:
    """Brings the read models of a database up to the end of its log, beside whoever else does."""
    engine = await open_engine(load_settings(environment))
    try:
        while await engine.store.pool.fetchval(BEHIND):
            await advance(engine, 0, PROJECTIONS)
    finally:
        await engine.store.close()


async def rows_of(engine: Engine, projection: Projection) -> dict[str, list[Any]]:
    """All rows of a read model, in what a rebuild must reproduce of them."""
    found: dict[str, list[Any]] = {}
    for table, columns in projection.compared.items():
        rows = f"select {columns} from {live_schema(projection.name)}.{table}"
        sql = f"select row_to_json(r)::text from ({rows}) r order by 1"
        found[table] = [row[0] for row in await engine.store.pool.fetch(sql)]
    return found


async def written_twice(engine: Engine, projection: Projection) -> None:
    """Projects the whole log once more into the live tables."""
    facts = await engine.decode(await engine.store.tail(0, 0, 10_000))
    async with engine.store.pool.acquire() as connection, connection.transaction():
        await write(connection, projection, live_schema(projection.name), facts)
