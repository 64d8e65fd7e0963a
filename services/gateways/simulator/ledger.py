"""The file that the provider's books lie in, and the one thread that works on it.

What waits is done in one transaction, so that many requests share one commit.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
WORK_A_COMMIT_MAX = 256

SCHEMA = """
create table if not exists requests (
  livemode integer not null,
  key text not null,
  parameters text not null,
  subject text not null,
  primary key (livemode, key)
) without rowid;
create table if not exists charges (
  id text primary key,
  livemode integer not null,
  reference text not null,
  currency text not null,
  method text not null,
  amount integer not null,
  captured integer not null default 0,
  refunded integer not null default 0,
  status text not null,
  settles_at real
) without rowid;
create index if not exists charges_of on charges (reference);
create index if not exists charges_waiting on charges (settles_at) where status = 'pending';
create table if not exists refunds (
  id text primary key,
  charge text not null references charges (id),
  amount integer not null
) without rowid;
create table if not exists failed_refunds (
  id text primary key references refunds (id)
) without rowid;
"""


class LedgerThread:
    """Runs pieces of work one after another; each is durable when `do` returns."""

    def __init__(self, path: Path) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]] | None]
        self._work = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, args=(path,), name="books", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Finishes what waits, then closes the file."""
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What the work returns or raises; work that raises leaves nothing behind."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._work.put((work, future))
        return await future

    def _run(self, path: Path) -> None:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        db.executescript(SCHEMA)
        while (first := self._work.get()) is not None:
            waiting = [first]
            while len(waiting) < WORK_A_COMMIT_MAX and not self._work.empty():
                more = self._work.get()
                if more is None:
                    self._work.put(None)
                    break
                waiting.append(more)
            outcomes: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
            db.execute("begin immediate")
            for work, future in waiting:
                db.execute("savepoint work")
                try:
                    outcomes.append((future, work(db), None))
                except Exception as problem:  # It belongs to the one who asked.
                    db.execute("rollback to work")
                    outcomes.append((future, None, problem))
                db.execute("release work")
            db.execute("commit")
            self._loop.call_soon_threadsafe(_tell, outcomes)
        db.close()


def _tell(outcomes: list[tuple[asyncio.Future[Any], Any, Exception | None]]) -> None:
    for future, result, problem in outcomes:
        if future.done():
            continue
        if problem is None:
            future.set_result(result)
        else:
            future.set_exception(problem)
