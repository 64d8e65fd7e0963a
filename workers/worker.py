"""A worker process: Dramatiq's threads, one event loop, one engine."""

import signal
import threading
from typing import Any

import uvloop
from dramatiq import Worker
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from prometheus_client import start_http_server

from eventstore.checkpoints import ShardsMissing
from services.core.broker import make_broker
from services.core.garbage import collect_seldom
from services.core.log import get_logger
from services.core.settings import Settings
from workers.actors import AWAY, declare
from workers.workshop import Workshop

# The consumers wake by a token; this is only how long they wait for one before they look by themselves.
LOOK_MS = 1_000
START_SECONDS_MAX = 30.0
AGAIN_SECONDS = 1.0

log = get_logger("workers")


def run_worker(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT; what is under way is finished first. While Postgres is away, or not
    set up, it waits. Raises ShardsLeftOut when the log has more shards than it is to look after."""
    stop = threading.Event()

    def stop_soon(_signal: int, _frame: object) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop_soon)
    loop = _event_loop()
    try:
        _open_and_work(settings, loop, stop)
    finally:
        # Its thread would keep a process alive that has nothing left to do.
        loop.stop()


def _open_and_work(settings: Settings, loop: Any, stop: threading.Event) -> None:
    workshop = Workshop(settings, stop.is_set)
    while not stop.is_set():
        try:
            loop.run_coroutine(workshop.open())
        except (ShardsMissing, *AWAY) as problem:
            log.warning("worker_waits", reason=str(problem))
            stop.wait(AGAIN_SECONDS)
            continue
        try:
            _work(settings, workshop, stop)
        finally:
            loop.run_coroutine(workshop.close())
        break


def _work(settings: Settings, workshop: Workshop, stop: threading.Event) -> None:
    broker = make_broker(settings.redis_url)
    declare(broker, workshop)
    broker.emit_after("process_boot")
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, addr=settings.host)
    worker = Worker(broker, worker_threads=settings.worker_threads, worker_timeout=LOOK_MS)
    collect_seldom()
    worker.start()
    log.info("worker_started", threads=settings.worker_threads)
    stop.wait()
    worker.stop()
    broker.close()


def _event_loop() -> Any:
    """The loop on which Dramatiq runs actors: its own, but on uvloop, for a worker mostly talks to Postgres."""
    thread: Any = EventLoopThread(log)
    thread.loop.close()
    thread.loop = uvloop.new_event_loop()
    thread.start(timeout=START_SECONDS_MAX)
    set_event_loop_thread(thread)
    return thread
