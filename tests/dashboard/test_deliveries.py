"""What was sent of an event, as the dashboard shows it: the request with its body, and what came back."""

import html
from collections.abc import AsyncGenerator

import pytest

from services.core.outbound import Outbound
from tests.support.app import RunningApi
from tests.support.browser import signed_in_beside
from tests.support.processes import until
from tests.support.receiver import Received, Receiver, Reply, receiver
from workers.webhooks import retries
from workers.webhooks.deliverer import Deliverer
from workers.webhooks.sending import Sender

AT = "/dashboard/test"
TICK_SECONDS = 0.02


@pytest.fixture
async def inbox(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Receiver]:
    """A receiver, and a worker that delivers to it; what fails is not tried again in the time that a test takes."""
    monkeypatch.setattr(retries, "RETRY_SECONDS", (3_600, *retries.RETRY_SECONDS[1:]))
    sender = Sender(Outbound(allow_loopback=True))
    deliverer = Deliverer(api.engine, sender, 0, TICK_SECONDS)
    async with receiver() as running:
        deliverer.start()
        yield running
        await deliverer.stop()
        await sender.close()


async def test_a_delivery_shows_what_was_sent_and_what_came_back(api: RunningApi, inbox: Receiver) -> None:
    async def refuses(_received: Received) -> Reply:
        return Reply(status=418, body=b"<b>short and stout</b>")

    inbox.behaviours["/hook"] = refuses
    wanted = {"url": inbox.url("/hook"), "enabled_events": ["customer.created"]}
    endpoint = (await api.client.post("/v1/webhook_endpoints", json=wanted)).json()["id"]
    await api.create_customer(name="Ada <i>Byron")
    [received] = await inbox.count(1)
    path = f"/v1/webhook_endpoints/{endpoint}"

    async def written() -> bool | None:
        found = (await api.client.get(f"{path}/deliveries")).json()["data"]
        return True if found and found[0]["attempts"] else None

    await until(written)
    moved = await api.client.post(path, json={"url": inbox.url("/elsewhere")})
    assert moved.status_code == 200
    here = await signed_in_beside(api)
    await here.open(f"{AT}/webhook_endpoints/{endpoint}")
    told = f"{AT}/events/{received.id}/deliveries?endpoint={endpoint}"
    assert (told in here.page, "<code>418</code>" in here.page) == (True, True)
    for address in (told, f"{AT}/events/{received.id}/deliveries"):
        await here.open(address)
        shown = html.unescape(here.page)
        kept = [name for name in received.headers if name.startswith(("webhook-", "user-agent", "content-type"))]
        for name in kept:
            if name != "webhook-signature":
                assert f"{name}: {received.headers[name]}" in shown, name
        assert f"POST {inbox.url('/hook')}" in shown
        assert f"peaswap-signature: t={received.headers['webhook-timestamp']},v1=…" in shown
        assert received.headers["webhook-signature"] not in shown
        assert "They are not kept." in shown
        assert "HTTP 418" in shown
        assert "&lt;b&gt;short and stout" in here.page
        assert received.body.decode() in shown
        assert "<i>Byron" not in here.page
    assert (await api.client.delete(path)).status_code == 200
    await here.open(f"{AT}/events/{received.id}/deliveries")
    assert f"{inbox.url('/elsewhere')} (deleted)" in here.page
    assert f"POST {inbox.url('/hook')}" in here.page
    await here.open(f"{AT}/events/{(await api.client.get('/v1/events')).json()['data'][0]['id']}/deliveries")
    assert "Nothing was sent" in here.page
