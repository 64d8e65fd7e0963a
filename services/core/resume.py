"""Requests in two steps: the first append begins the idempotency key, the last one finishes it.

A repeat that comes in between either waits its turn (409), or, when the first request died, takes its work over.
"""

from datetime import datetime, timedelta

from services.core.decider import object_id
from services.core.refusal import InProgress
from services.core.step import Replayed

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
