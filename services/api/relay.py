"""Wake-ups for the workers, after the commit and outside of any request.

A Dramatiq send is synchronous and takes a good tenth of a millisecond, so a thread of its own does it. Wake-ups for
the same shard that come together leave as one. One that is lost costs at most a tick of the scheduler.
"""

import queue
import threading
import time

from dramatiq.errors import BrokerConnectionError
from redis.exceptions import RedisError

from services.core.broker import ADVANCE, PROJECTIONS_QUEUE, make_broker, wake_up
from services.core.log import get_logger

# A wake-up leaves after this time, together with those that came meanwhile; under load they are further apart, for each
# costs as much as a request.
TOGETHER_SECONDS = 0.002
APART_SECONDS = 0.02
AWAY_SECONDS = 0.5

log = get_logger("relay")


class Relay:
    """Never blocks and never fails whoever wakes."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._wanted: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._pending: set[int] = set()
        self._thread: threading.Thread | None = None

    def wake(self, shard: int) -> None:
        """Asks for a look at the log of this shard."""
        # A wake-up that has not left yet covers this one: the workers read all that is there.
        if shard not in self._pending:
            self._pending.add(shard)
            self._wanted.put(shard)

    def start(self) -> None:
        """Starts sending."""
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Sends what waits, and ends."""
        self._wanted.put(None)
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _run(self) -> None:
        broker = make_broker(self._redis_url)
        away, sent_at = False, 0.0
        while (shard := self._wanted.get()) is not None:
            time.sleep(max(TOGETHER_SECONDS, sent_at + APART_SECONDS - time.monotonic()))
            self._pending.discard(shard)
            try:
                broker.enqueue(wake_up(ADVANCE, PROJECTIONS_QUEUE, shard))
                away, sent_at = False, time.monotonic()
            except (RedisError, BrokerConnectionError, OSError) as problem:
                if not away:
                    log.warning("wake_ups_lost", reason=str(problem))
                away = True
                time.sleep(AWAY_SECONDS)
        broker.close()
