"""Keeps the read models up with the log: a batch is projected and its checkpoint moved in one transaction.

All projections that stand at the same place share one read and one decoding of the batch. One that cannot project
an event stops just before it, says so, and is tried again; the others go on.
"""

from collections.abc import Mapping, Sequence

import asyncpg

from eventstore.checkpoints import Checkpoint, claim, move, move_all, stop
from eventstore.connection import LOST
from eventstore.pool import Connection
from eventstore.store import Recorded
from projections.erasing import forget_more
from projections.projection import Projection, live_schema
from projections.registry import KEEPING
from services.core.engine import Engine
from services.core.event import Fact
from services.core.log import get_logger

BATCH_EVENTS_MAX = 1_000
STOPPED_RETRY_SECONDS = 5
REASON_CHARACTERS_MAX = 500

# Not the projection's fault: the batch is given up and done again.
PASSING = (*LOST, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError, asyncpg.SerializationError)

RETRY = """
update es.checkpoints
   set state = 'live'
 where shard = $1
   and state = 'stopped'
   and updated_at < clock_timestamp() - make_interval(secs => $2)
"""

log = get_logger("projections")


async def advance(engine: Engine, shard: int, projections: Sequence[Projection]) -> int:
    """Projects the next batch, and does a piece of what is to be forgotten; returns how much there was. 0: all is
    done, or others are at it."""
    by_name = {projection.name: projection for projection in projections}
    async with engine.store.pool.acquire() as connection, connection.transaction():
        # Losing the last moments in a crash only means to project them again: the checkpoint is lost with them.
        await connection.execute("set local synchronous_commit = off")
        # Tables that another version made are not ours to write: what is missing in them would never be noticed.
        held = [
            checkpoint
            for checkpoint in await claim(connection, shard, list(by_name))
            if checkpoint.revision == by_name[checkpoint.reader].revision
        ]
        if not held:
            return 0
        recorded = await engine.store.tail(shard, held[0].position, BATCH_EVENTS_MAX)
        reached: Mapping[str, int] = {}
        if recorded:
            reached = await _batch(engine, connection, by_name, held, recorded)
        forgotten = 0
        for checkpoint in await _forgetful(connection, shard, held):
            position = reached.get(checkpoint.reader, checkpoint.position)
            forgotten += await _forget(connection, checkpoint, position)
        return len(recorded) + forgotten


async def retry_stopped(engine: Engine, shard: int) -> None:
    """Lets projections that stopped a while ago try their event again: it may have been mended."""
    await engine.store.pool.execute(RETRY, shard, STOPPED_RETRY_SECONDS)


async def write(connection: Connection, projection: Projection, schema: str, facts: Sequence[Fact]) -> None:
    """Projects into `schema` what the projection wants of these facts."""
    wants = projection.wants
    wanted = facts if wants is None else [fact for fact in facts if fact.recorded.type in wants]
    if wanted:
        await connection.execute(f"set local search_path to {schema}, public")
        await projection.project(connection, wanted)


async def _batch(
    engine: Engine,
    connection: Connection,
    by_name: Mapping[str, Projection],
    held: Sequence[Checkpoint],
    recorded: Sequence[Recorded],
) -> Mapping[str, int]:
    """Returns where each stands after it. All at once, as almost always can be; where one fails, one by one."""
    facts, broken = await _decoded(engine, recorded)
    mine = {
        checkpoint.reader: [fact for fact in facts if fact.recorded.position > checkpoint.position]
        for checkpoint in held
    }
    together = [(by_name[reader], of) for reader, of in mine.items()]
    if broken is None and await _tried(connection, together) is None:
        last = recorded[-1].position
        await move_all(connection, held, last)
        return {checkpoint.reader: max(last, checkpoint.position) for checkpoint in held}
    return {
        checkpoint.reader: await _project(
            connection, by_name[checkpoint.reader], checkpoint, mine[checkpoint.reader], broken
        )
        for checkpoint in held
    }


async def _decoded(engine: Engine, recorded: Sequence[Recorded]) -> tuple[list[Fact], tuple[Recorded, str] | None]:
    """The facts up to the first event that cannot be read, and that event with the reason."""
    try:
        return await engine.decode(recorded), None
    except PASSING:
        raise
    except Exception:  # Which event it was is found one by one.
        facts: list[Fact] = []
        for event in recorded:
            try:
                facts += await engine.decode([event])
            except PASSING:
                raise
            except Exception as problem:
                return facts, (event, _words(problem))
        return facts, None


async def _project(
    connection: Connection,
    projection: Projection,
    checkpoint: Checkpoint,
    facts: Sequence[Fact],
    broken: tuple[Recorded, str] | None,
) -> int:
    """Returns where the projection stands after it."""
    if await _tried(connection, [(projection, facts)]) is None:
        last = max(facts[-1].recorded.position if facts else 0, checkpoint.position)
        if broken is None:
            await move(connection, checkpoint, last)
        elif broken[0].position > checkpoint.position:
            await _stopped(connection, checkpoint, last, *broken)
        return last
    done = checkpoint.position
    for fact in facts:
        problem = await _tried(connection, [(projection, [fact])])
        if problem is not None:
            await _stopped(connection, checkpoint, done, fact.recorded, _words(problem))
            return done
        done = fact.recorded.position
    await move(connection, checkpoint, done)
    return done


async def _forgetful(connection: Connection, shard: int, held: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Those of them that erasures left something to forget."""
    keeping = [checkpoint for checkpoint in held if checkpoint.reader in KEEPING]
    if not keeping:
        return []
    asked = ", ".join(f"exists (select from {live_schema(each.reader)}.erasing where shard = $1)" for each in keeping)
    found: Sequence[bool] = await connection.fetchval(f"select array[{asked}]", shard)
    return [checkpoint for checkpoint, some in zip(keeping, found, strict=True) if some]


async def _forget(connection: Connection, checkpoint: Checkpoint, position: int) -> int:
    """A piece of what erasures left to be forgotten; returns how many states were made anew."""
    try:
        async with connection.transaction():
            await connection.execute(f"set local search_path to {live_schema(checkpoint.reader)}, public")
            return await forget_more(connection, KEEPING[checkpoint.reader], checkpoint.shard)
    except PASSING:
        raise
    except Exception as problem:  # As with an event that cannot be projected.
        log.error("projection_stopped", projection=checkpoint.reader, position=position, reason=_words(problem))
        await stop(connection, checkpoint, position, f"erasing: {_words(problem)}", None)
        return 0


async def _tried(connection: Connection, pairs: Sequence[tuple[Projection, Sequence[Fact]]]) -> Exception | None:
    """Projects under a savepoint; returns what went wrong, with nothing of it written."""
    try:
        async with connection.transaction():
            for projection, facts in pairs:
                await write(connection, projection, live_schema(projection.name), facts)
    except PASSING:
        raise
    except Exception as problem:  # The projection's own fault, whatever it is; it stops and says so.
        return problem
    return None


async def _stopped(connection: Connection, checkpoint: Checkpoint, position: int, event: Recorded, reason: str) -> None:
    log.error("projection_stopped", projection=checkpoint.reader, position=event.position, reason=reason)
    await stop(connection, checkpoint, position, reason, event.event_id)


def _words(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:REASON_CHARACTERS_MAX]
