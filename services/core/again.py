"""Commands that were overtaken: when a stream that one relies on moves first, it reads all again, in line."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar
from weakref import WeakValueDictionary

from services.core.refusal import Unavailable
from services.core.step import GuardBroken

T = TypeVar("T")
READ_AGAIN_MAX = 16
# What a request may spend on standing in lines, all of them together.
PATIENCE_SECONDS = 2.0

# A line is there for as long as somebody stands in it.
_lines: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
_patience: ContextVar[float | None] = ContextVar("patience", default=None)


async def reading_again(attempt: Callable[[], Awaitable[T]], tries: int = READ_AGAIN_MAX) -> T:
    """What `attempt` gives. It reads, then handles a command guarded by what it read, and wrote nothing when a guard
    broke. Raises Unavailable when the streams will not stand still."""
    overtaken: Hashable = None
    until = patience()
    token = _patience.set(until)
    try:
        for _ in range(tries):
            try:
                async with in_line(overtaken, until):
                    return await attempt()
            except GuardBroken as broken:
                overtaken = "guarded", broken.tenant, broken.stream
    finally:
        _patience.reset(token)
    raise Unavailable(
        "An object that this request relies on is being changed by too many requests at once; send it again."
    )


def patience() -> float:
    """Until when, by the event loop's clock, the request under way stands in line."""
    given = _patience.get()
    return asyncio.get_running_loop().time() + PATIENCE_SECONDS if given is None else given


def in_line(overtaken: Hashable, until: float) -> AbstractAsyncContextManager[None]:
    """One after another, those of this process that were overtaken at the same place; nobody waits at None.

    Without a line all of them would try again at once, and one would succeed. It is a courtesy, not a lock: whoever
    has waited long enough goes on, so that nobody stands still who waits for somebody that waits for him.
    """
    return nullcontext() if overtaken is None else _in_line(overtaken, until)


@asynccontextmanager
async def _in_line(overtaken: Hashable, until: float) -> AsyncGenerator[None]:
    line = _lines.setdefault(overtaken, asyncio.Lock())
    try:
        async with asyncio.timeout_at(until):
            await line.acquire()
    except TimeoutError:
        yield
        return
    try:
        yield
    finally:
        line.release()
