"""Requests in two steps: the first append begins the idempotency key, the last one finishes it.

A repeat that comes in between either waits its turn (409), or, when the first request died, takes its work over.
"""

from datetime import datetime, timedelta

from eventstore.store import Append, Key, KeyReplayed, KeyReused
from services.core.decider import object_id
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import InProgress
from services.core.step import KeyUsedOtherwise, Replayed

# A client gets its answer within ten seconds; what the gateway may not use of them is for the database.
GATEWAY_SECONDS_MAX = 9.0
# Longer than any request may take: after this the process that began the request is gone.
TURN_SECONDS = 15
# A worker has nobody waiting for it, yet must not be held for ever.
ATTEND_SECONDS_MAX = 20.0


def begun_object(replay: Replayed, now: datetime, *, settled: bool | None = None) -> str:
    """The object that the first request with this key was about, once it is a repeat's turn to finish it.

    `settled` says that the object waits for nothing any more. Raises the replay itself when the key is finished,
    and InProgress while the first request may still be at work.
    """
    if replay.answer is not None:
        raise replay
    if not settled and now - replay.record.recorded_at < timedelta(seconds=TURN_SECONDS):
        raise InProgress
    return object_id(replay.record.stream)


async def first_id(engine: Engine, envelope: Envelope, id: str) -> str:
    """The id that the first try of this request gave to what it makes; `id` when this is the first. Raises the replay
    when the request was finished."""
    try:
        await engine.look_up(envelope)
    except Replayed as replay:
        return begun_object(replay, envelope.at, settled=True)
    return id


async def begin_object(engine: Engine, envelope: Envelope, stream: str) -> None:
    """Records that this request makes the object of `stream`, before anything outside is told of it: whoever asks again
    makes the same one. Raises InProgress when a twin of the request was quicker."""
    if envelope.key is None:
        return
    key = Key(envelope.key.key, envelope.key.request_hash, stream, None)
    try:
        await engine.store.append(Append(tenant=envelope.tenant, slices=[], key=key))
    except KeyReplayed as replay:
        if replay.record.answer is not None or replay.record.stream != stream:
            raise InProgress from None
    except KeyReused:
        raise KeyUsedOtherwise from None
