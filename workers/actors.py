"""The actors: each is told to look, and does whatever it finds to do. Doing so twice does nothing."""

import time
from datetime import timedelta
from typing import Any

import dramatiq

from eventstore.connection import LOST
from eventstore.jobs import waiting
from eventstore.late_claims import claim_late
from eventstore.seals import seal
from eventstore.store import OutcomeUnknown, StoreUnavailable
from projections.engine import advance, retry_stopped
from projections.registry import PROJECTIONS
from services.billing.invoice_numbers.lookup import Numbers
from services.core.broker import (
    ADVANCE,
    ATTENTION_QUEUE,
    JOBS_QUEUE,
    PROJECTIONS_QUEUE,
    SETTLE,
    WORK,
    wake_up,
)
from services.core.log import get_logger
from services.gateways.gateways import Gateways
from workers.agenda import with_agenda
from workers.attention import attend
from workers.invariants import Invariants
from workers.jobs import work_on_jobs
from workers.workshop import Workshop

# An actor hands on to a fresh message after this time, so that none runs into its time limit.
STINT_SECONDS = 20.0
# All that an actor does is done again by the next one, so that an unknown outcome is no worse than none.
AWAY = (StoreUnavailable, OutcomeUnknown, *LOST)
KEYS_KEPT = timedelta(hours=48)
KEYS_PRUNED_MAX = 5_000
# A rebuild of a log of hundreds of millions; what is broken off then is begun anew.
JOB_LIMIT_MS = 12 * 3_600_000

log = get_logger("workers")


def declare(broker: Any, workshop: Workshop) -> None:
    """Declares the actors on this broker."""

    invariants = Invariants()
    settings = workshop.settings

    def work_on_what_was_asked(_shard: int) -> None:
        work_on_jobs(settings, workshop.stopping)

    async def look_at_log(shard: int) -> None:
        until = time.monotonic() + STINT_SECONDS
        workshop.deliverers[shard].wake()
        try:
            while await advance(workshop.engine, shard, PROJECTIONS):
                if time.monotonic() > until:
                    broker.enqueue(wake_up(ADVANCE, PROJECTIONS_QUEUE, shard))
                    return
        except AWAY as problem:
            # The next tick looks again; a retry of this message would only come on top of it.
            log.warning("log_not_read", shard=shard, reason=str(problem))

    async def look_at_due(shard: int) -> None:
        engine = workshop.engine
        services = with_agenda(engine, {Gateways: workshop.gateways, Numbers: workshop.numbers})
        until = time.monotonic() + STINT_SECONDS
        try:
            await retry_stopped(engine, shard)
            while await attend(engine, services, shard) and time.monotonic() < until:
                await look_at_log(shard)
            await seal(engine.store.pool, workshop.sealing_key, shard, engine.clock.now())
            await claim_late(engine.store.pool, shard)
            await engine.store.prune_keys(shard, engine.clock.now() - KEYS_KEPT, KEYS_PRUNED_MAX)
            await look_at_log(shard)
            await invariants.look(engine, shard)
            if shard == 0 and await waiting(engine.store.pool, engine.clock.now()):
                broker.enqueue(wake_up(WORK, JOBS_QUEUE, shard))
        except AWAY as problem:
            log.warning("due_work_not_done", shard=shard, reason=str(problem))

    dramatiq.actor(broker=broker, actor_name=ADVANCE, queue_name=PROJECTIONS_QUEUE)(look_at_log)
    dramatiq.actor(broker=broker, actor_name=SETTLE, queue_name=ATTENTION_QUEUE)(look_at_due)
    dramatiq.actor(
        broker=broker,
        actor_name=WORK,
        queue_name=JOBS_QUEUE,
        max_retries=0,
        time_limit=JOB_LIMIT_MS,
    )(work_on_what_was_asked)


def ticks(shards: int) -> list[Any]:
    """What the scheduler sends each time: a look at the log and at what is due, for every shard."""
    return [
        message
        for shard in range(shards)
        for message in (wake_up(ADVANCE, PROJECTIONS_QUEUE, shard), wake_up(SETTLE, ATTENTION_QUEUE, shard))
    ]
