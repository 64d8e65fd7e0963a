"""A worker process: Dramatiq's threads, one event loop, one engine."""

import signal
import threading

from dramatiq import Worker
from prometheus_client import start_http_server

from services.core.broker import make_broker
from services.core.log import get_logger
from services.core.settings import Settings
from workers.actors import declare
from workers.broker import EventLoop, Workshop, WorkshopMiddleware

# The consumers wake by a token; this is only how long they wait for one before they look by themselves.
LOOK_MS = 1_000

log = get_logger("workers")


def run_worker(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT; what is under way is finished first."""
    workshop = Workshop(settings)
    broker = make_broker(settings.redis_url, EventLoop(), WorkshopMiddleware(workshop))
    declare(broker, workshop)
    broker.emit_after("process_boot")
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, addr=settings.host)
    worker = Worker(broker, worker_threads=settings.worker_threads, worker_timeout=LOOK_MS)
    stop = threading.Event()

    def stop_soon(_signal: int, _frame: object) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop_soon)
    worker.start()
    log.info("worker_started", threads=settings.worker_threads)
    stop.wait()
    worker.stop()
    broker.close()
