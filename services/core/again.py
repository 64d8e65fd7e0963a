"""Commands that rely on what was read of other streams: when one of them moves first, all is read again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.core.refusal import Unavailable
from services.core.step import GuardBroken

T = TypeVar("T")
READ_AGAIN_MAX = 16


async def reading_again(attempt: Callable[[], Awaitable[T]], tries: int = READ_AGAIN_MAX) -> T:
    """What `attempt` gives. It reads, then handles a command guarded by what it read, and wrote nothing when a guard
    broke. Raises Unavailable when the streams will not stand still."""
    for _ in range(tries):
        try:
            return await attempt()
        except GuardBroken:
            continue
    raise Unavailable(
        "An object that this request relies on is being changed by too many requests at once; send it again."
    )
