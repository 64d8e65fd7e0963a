"""Commands that were overtaken: when a stream that one relies on moves first, it reads all again, in line."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypeVar
from weakref import WeakValueDictionary

from services.core.refusal import Unavailable
from services.core.step import GuardBroken

T = TypeVar("T")
READ_AGAIN_MAX = 16
IN_LINE_SECONDS_MAX = 1.0

# A line is there for as long as somebody stands in it.
_lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def reading_again(attempt: Callable[[], Awaitable[T]], tries: int = READ_AGAIN_MAX) -> T:
    """What `attempt` gives. It reads, then handles a command guarded by what it read, and wrote nothing when a guard
    broke. Raises Unavailable when the streams will not stand still."""
    overtaken: str | None = None
    for _ in range(tries):
        try:
            async with in_line(overtaken):
                return await attempt()
        except GuardBroken as broken:
            overtaken = f"guarded by {broken.stream}"
    raise Unavailable(
        "An object that this request relies on is being changed by too many requests at once; send it again."
    )


def in_line(overtaken: str | None) -> AbstractAsyncContextManager[None]:
    """One after another, those of this process that were overtaken at the same place; nobody waits at None.

    Without a line all of them would try again at once, and one would succeed. It is a courtesy, not a lock: whoever has
    waited for a second goes on, so that nobody stands still who waits for somebody that waits for him.
    """
    return nullcontext() if overtaken is None else _in_line(overtaken)


@asynccontextmanager
async def _in_line(overtaken: str) -> AsyncGenerator[None]:
    line = _lines.setdefault(overtaken, asyncio.Lock())
    try:
        async with asyncio.timeout(IN_LINE_SECONDS_MAX):
            await line.acquire()
    except TimeoutError:
        yield
        return
    try:
        yield
    finally:
        line.release()
