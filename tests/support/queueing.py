"""Webhooks are queued, as a worker does it, and go nowhere: who looks at deliveries need not wait for a worker."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from tests.support.app import RunningApi
from workers.webhooks.fan_out import fan_out, set_up

LOOK_SECONDS = 0.02


@asynccontextmanager
async def queueing(api: RunningApi) -> AsyncGenerator[None]:
    """Queues them until the end."""

    async def work() -> None:
        await set_up(api.engine, 0)
        while True:
            if not await fan_out(api.engine, 0):
                await asyncio.sleep(LOOK_SECONDS)

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
