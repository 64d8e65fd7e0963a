"""The scheduler: ticks. Postgres knows what is due; the ticks only make the workers look. Any number may run."""

import signal
import threading

from dramatiq.errors import BrokerConnectionError
from redis.exceptions import RedisError

from services.core.broker import make_broker
from services.core.log import get_logger
from services.core.settings import Settings
from workers.actors import ticks

log = get_logger("scheduler")


def run_scheduler(settings: Settings) -> None:
    """Ticks until SIGTERM or SIGINT."""
    broker = make_broker(settings.redis_url)
    stop = threading.Event()

    def stop_soon(_signal: int, _frame: object) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop_soon)
    log.info("scheduler_started", tick_seconds=settings.tick_seconds)
    away = False
    while not stop.wait(settings.tick_seconds):
        try:
            for message in ticks(settings.shards):
                broker.enqueue(message)
        except (RedisError, BrokerConnectionError, OSError) as problem:
            if not away:
                log.warning("redis_away", reason=str(problem))
            away = True
            continue
        if away:
            log.info("redis_back")
        away = False
    broker.close()
