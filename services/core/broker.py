"""Dramatiq on Redis, tuned: workers pick a message up within milliseconds, and none is lost without a word.

Messages are wake-ups only; Postgres has the truth. Actors are idempotent, and a lost message costs one tick.
"""

import threading
import time
from typing import Any

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer  # pyright: ignore[reportPrivateUsage]
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import (
    AgeLimit,
    Callbacks,
    CurrentMessage,
    Middleware,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)
from redis.exceptions import NoScriptError

PROJECTIONS_QUEUE = "projections"
ATTENTION_QUEUE = "attention"
JOBS_QUEUE = "jobs"
ADVANCE = "advance"
SETTLE = "settle"
WORK = "work"

TIME_LIMIT_MS = 60_000
# A worker that died is taken for dead after this time, and its messages go to the others.
HEARTBEAT_TIMEOUT_MS = 5_000
MAINTENANCE_CHANCE = 50_000
RETRIES_MAX = 3
AGE_MAX_MS = 60_000
WAKE_TOKENS_MAX = 15
SOCKET_SECONDS_MAX = 5.0


class SafeRetries(Retries):
    """The stock middleware loses a message for good when it fails while Redis is away; this one lets it be parked."""

    def after_process_message(self, broker: Any, message: Any, *, result: Any = None, exception: Any = None) -> None:
        try:
            super().after_process_message(broker, message, result=result, exception=exception)
        except Exception:
            message.fail()
            raise


class NotifyConsumer(_RedisConsumer):
    """Waits for a token that each enqueue leaves, instead of looking again and again. `timeout` stays as a net."""

    def __init__(self, broker: Any, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self._is_delayed = queue_name.endswith(".DQ")
        self._wake = f"{broker.namespace}:{queue_name}.wake"
        self._is_dry = False
        self._room = threading.Event()
        self._look_seconds = timeout / 1000

    def ack(self, message: Any) -> None:
        super().ack(message)
        self._room.set()

    def nack(self, message: Any) -> None:
        super().nack(message)
        self._room.set()

    def __next__(self) -> Any:
        if not self._is_delayed and not self.message_cache and not self._fetch():
            return None
        return super().__next__()

    def _fetch(self) -> bool:
        broker: Any = self.broker
        if self.outstanding_message_count >= self.prefetch:
            self._room.clear()
            if self.outstanding_message_count >= self.prefetch:
                self._room.wait(self._look_seconds)
            if self.outstanding_message_count >= self.prefetch:
                return False
        try:
            if self._is_dry:
                broker.client.blpop(self._wake, timeout=self._look_seconds)
            self.message_cache = broker.do_fetch(self.queue_name, self.prefetch - self.outstanding_message_count)
        except redis.ConnectionError as problem:
            raise ConnectionClosed(problem) from None
        self._is_dry = not self.message_cache
        return bool(self.message_cache)


class NotifyBroker(RedisBroker):
    """Leaves a token for sleeping consumers, in the same round trip as the message."""

    @property
    def consumer_class(self) -> type[NotifyConsumer]:
        return NotifyConsumer

    def do_enqueue(self, queue_name: str, message_id: str, data: bytes) -> None:
        broker: Any = self
        script = broker.scripts["dispatch"]
        arguments = (
            "enqueue",
            int(time.time() * 1000),
            queue_name,
            broker.broker_id,
            broker.heartbeat_timeout,
            broker.dead_message_ttl,
            broker._should_do_maintenance("enqueue"),
            broker._max_unpack_size(),
            message_id,
            data,
        )
        if queue_name.endswith(".DQ"):
            script(keys=[broker.namespace], args=arguments)
            return
        wake = f"{broker.namespace}:{queue_name}.wake"
        pipeline = broker.client.pipeline(transaction=False)
        # Script(client=pipeline) would ask whether the script is there: one more round trip each time.
        pipeline.execute_command("EVALSHA", script.sha, 1, broker.namespace, *arguments)
        pipeline.lpush(wake, b"1")
        pipeline.ltrim(wake, 0, WAKE_TOKENS_MAX)
        try:
            pipeline.execute()
        except NoScriptError:
            # Redis was restarted or flushed and has forgotten the script.
            script(keys=[broker.namespace], args=arguments)
            broker.client.lpush(wake, b"1")


def wake_up(actor: str, queue: str, shard: int) -> Any:
    """The message that tells `actor` to look at a shard."""
    message: Any = Message(queue_name=queue, actor_name=actor, args=(shard,), kwargs={}, options={})  # pyright: ignore[reportUnknownVariableType]
    return message


def make_broker(redis_url: str, *more: Middleware) -> Any:
    """A broker on this Redis; it connects when it is first used."""
    return NotifyBroker(
        url=redis_url,
        namespace="peaswap",
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
        socket_connect_timeout=SOCKET_SECONDS_MAX,
        middleware=[
            AgeLimit(max_age=AGE_MAX_MS),
            TimeLimit(time_limit=TIME_LIMIT_MS),
            ShutdownNotifications(),
            Callbacks(),
            SafeRetries(max_retries=RETRIES_MAX, min_backoff=200, max_backoff=5_000),
            CurrentMessage(),
            *more,
        ],
    )
