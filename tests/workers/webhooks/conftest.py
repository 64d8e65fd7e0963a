"""What tests of deliveries may ask for: a receiver, and the engine of webhooks beside the API."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from projections.webhook_deliveries import routes
from services.core.outbound import Outbound
from tests.support.app import RunningApi
from tests.support.desk import LateClock
from tests.support.processes import until
from tests.support.receiver import Receiver, receiver
from workers.webhooks import queue, retries, sending
from workers.webhooks.deliverer import Deliverer
from workers.webhooks.sending import Sender

TICK_SECONDS = 0.02
# The first retry comes when the test lets time pass, however long that takes it.
RETRY_SECONDS = (600, *retries.RETRY_SECONDS[1:])
# When the first retry is due, whatever was added to spread them.
RETRIED = timedelta(seconds=RETRY_SECONDS[0] * (1 + retries.JITTER) + 1)


class Delivering:
    """The API with a worker's deliverer beside it. `clock` is the deliverer's."""

    def __init__(self, api: RunningApi, inbox: Receiver, sender: Sender) -> None:
        self.api = api
        self.inbox = inbox
        self.sender = sender
        self.clock = LateClock()
        api.engine.clock = self.clock
        self.deliverer = self.another()

    def another(self) -> Deliverer:
        """One more deliverer, not started."""
        return Deliverer(self.api.engine, self.sender, 0, TICK_SECONDS)

    async def endpoint(self, path: str = "/hook", **fields: Any) -> dict[str, Any]:
        """A new endpoint at a path of the receiver."""
        body = {"url": self.inbox.url(path), "enabled_events": ["customer.*"], **fields}
        response = await self.api.client.post("/v1/webhook_endpoints", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def done(self, endpoint: str, count: int, status: str = "DELIVERED") -> list[dict[str, Any]]:
        """The endpoint's deliveries of this status, once they are so many."""

        async def enough() -> list[dict[str, Any]] | None:
            found = await self.deliveries(endpoint, status=status)
            return found if len(found) >= count else None

        return await until(enough)

    async def attempted(self, endpoint: str, count: int) -> None:
        """Returns once so many tries have been written down, all deliveries of the endpoint together."""

        async def enough() -> bool | None:
            found = await self.deliveries(endpoint)
            return True if sum(len(each["attempts"]) for each in found) >= count else None

        await until(enough)

    async def deliveries(self, endpoint: str, **params: Any) -> list[dict[str, Any]]:
        """The endpoint's deliveries, newest first."""
        response = await self.api.client.get(
            f"/v1/webhook_endpoints/{endpoint}/deliveries", params={"limit": 100, **params}
        )
        assert response.status_code == 200, response.text
        return response.json()["data"]


@pytest.fixture
async def inbox() -> AsyncGenerator[Receiver]:
    async with receiver() as running:
        yield running


@pytest.fixture
async def delivering(api: RunningApi, inbox: Receiver, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Delivering]:
    # On a machine that is busy with other things nothing here must run out of time.
    monkeypatch.setattr(sending, "TRY_SECONDS_MAX", 60.0)
    monkeypatch.setattr(queue, "CLAIM_SECONDS", 300)
    monkeypatch.setattr(routes, "TEST_SECONDS_MAX", 60.0)
    monkeypatch.setattr(retries, "RETRY_SECONDS", RETRY_SECONDS)
    sender = Sender(Outbound(allow_loopback=True))
    running = Delivering(api, inbox, sender)
    running.deliverer.start()
    yield running
    await running.deliverer.stop()
    await sender.close()
