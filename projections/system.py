"""`GET /v1/system/projections`: where each read model stands."""

from typing import Any

from msgspec import Struct

from eventstore.checkpoints import Checkpoint, positions
from eventstore.pool import FairPool
from projections.freshness import ReadSide
from projections.pages import Page
from services.core.ids import event_id_text
from services.core.operation import Call, Operation, Reply
from services.core.wire import ok

WAITING = """
select coalesce(max(e.position), 0), extract(epoch from clock_timestamp() - min(e.recorded_at))
  from (
         select position, recorded_at
           from es.events
          where shard = $1
            and position > $2
          order by position
          limit 1
       ) e
"""
HEAD = "select coalesce((select position from es.events where shard = $1 order by position desc limit 1), 0)"


class ProjectionStatus(Struct, frozen=True, kw_only=True):
    """`lag_seconds`: how long the next event has been waiting. `stopped` names the event that cannot be projected."""

    name: str
    object: str = "projection"
    version: int
    shard: int
    position: int
    lag_events: int
    lag_seconds: float
    state: str
    reason: str | None
    event: str | None


async def statuses(pool: FairPool, shards: int) -> list[ProjectionStatus]:
    """The status of every read model in every shard."""
    found: list[ProjectionStatus] = []
    for shard in range(shards):
        head = await pool.fetchval(HEAD, shard)
        for checkpoint in await positions(pool, shard):
            found.append(await _status(pool, checkpoint, head))
    return found


async def _status(pool: FairPool, checkpoint: Checkpoint, head: int) -> ProjectionStatus:
    seconds = 0.0
    if head > checkpoint.position:
        seconds = max(0.0, float((await pool.fetchrow(WAITING, checkpoint.shard, checkpoint.position))[1] or 0))
    return ProjectionStatus(
        name=checkpoint.reader,
        version=checkpoint.revision,
        shard=checkpoint.shard,
        position=checkpoint.position,
        lag_events=max(0, head - checkpoint.position),
        lag_seconds=round(seconds, 3),
        state=checkpoint.state,
        reason=checkpoint.reason,
        event=event_id_text(checkpoint.event_id) if checkpoint.event_id else None,
    )


async def list_statuses(call: Call[Any, Any]) -> Reply:
    """Where each read model stands, in the shard of this account."""
    read, shard = call.service(ReadSide), call.envelope.tenant.shard
    data = [status for status in await statuses(read.pool, shard + 1) if status.shard == shard]
    return Reply(ok(Page(url="/v1/system/projections", has_more=False, data=data)))


OPERATIONS = (
    Operation(
        methods=("GET",),
        path="/v1/system/projections",
        summary="Where each read model stands",
        perform=list_statuses,
        needs="system:read",
        answers=Page[ProjectionStatus],
    ),
)
