"""Deliveries that the server really sent, as they came in, under every library that verifies: ours, and the official
ones of Standard Webhooks and of Stripe. What was changed, is old or is signed with another secret, none takes."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import standardwebhooks.webhooks
import stripe
from msgspec import Struct
from peaswap import AsyncPeaswap, Peaswap, SignatureVerificationError, verify_webhook
from standardwebhooks.webhooks import Webhook

from services.core.signing import new_signing_secret
from tests.support import javascript
from tests.support.receiver import Received, receiver
from tests.support.served import Served

FORMS = ["webhook-", "peaswap-"]
# A day after the delivery: older than any library takes.
LATE_SECONDS = 86_400
OTHER = new_signing_secret()

Verify = Callable[[str, dict[str, str], str], Any]


class Sent(Struct, frozen=True):
    """One delivery from before its endpoint's secret was rolled, and one from while it was."""

    customer: str
    before: Received
    while_rolling: Received
    old: str
    new: str


async def _sent(server: Served) -> Sent:
    async with receiver() as inbox, httpx.AsyncClient(trust_env=False) as http:
        client = AsyncPeaswap(server.key, base_url=server.url, http_client=http)
        endpoint = await client.webhook_endpoints.create(url=inbox.url(), enabled_events=["customer.created"])
        customer = await client.customers.create(name="Zoë 😀", email="zoe@example.com")
        await inbox.count(1)
        rolled = await client.webhook_endpoints.roll_secret(endpoint.id)
        await client.customers.create(name="Ada", email="ada@example.com")
        before, while_rolling, *_ = await inbox.count(2)
        await client.webhook_endpoints.delete(endpoint.id)
    assert isinstance(endpoint.secret, str)
    assert isinstance(rolled.secret, str)
    return Sent(customer.id, before, while_rolling, endpoint.secret, rolled.secret)


@pytest.fixture(scope="module")
def sent(server: Served) -> Sent:
    return asyncio.run(_sent(server))


def form(delivery: Received, prefix: str) -> dict[str, str]:
    """The headers of one of the two forms."""
    return {name.title(): value for name, value in delivery.headers.items() if name.startswith(prefix)}


@pytest.mark.parametrize("prefix", FORMS)
def test_a_good_delivery_is_the_event(sent: Sent, prefix: str) -> None:
    event = verify_webhook(sent.before.body, form(sent.before, prefix), sent.old)
    assert (event.type, event.data.object["id"]) == ("customer.created", sent.customer)
    assert event.data.object["name"] == "Zoë 😀"
    rolling = sent.while_rolling
    for secret in (sent.new, sent.old, [OTHER, sent.old]):
        assert verify_webhook(rolling.body, form(rolling, prefix), secret).data.object["name"] == "Ada"
    by_client = Peaswap("sk_test_1").webhooks.verify(rolling.body.decode(), form(rolling, prefix), sent.new)
    assert by_client.id == rolling.id


@pytest.mark.parametrize("prefix", FORMS)
def test_any_other_is_refused(sent: Sent, prefix: str) -> None:
    delivery, headers = sent.while_rolling, form(sent.while_rolling, prefix)
    at = int(delivery.headers["webhook-timestamp"])

    def refused(body: bytes, secret: Any, headers: dict[str, str], now: float | None = None) -> None:
        with pytest.raises(SignatureVerificationError):
            verify_webhook(body, headers, secret, now=now)

    refused(delivery.body.replace(b"Ada", b"Eve"), sent.new, headers)
    refused(delivery.body, OTHER, headers)
    refused(delivery.body, [], headers)
    refused(sent.before.body, sent.new, form(sent.before, prefix))
    refused(delivery.body, sent.new, headers, at + 301)
    refused(delivery.body, sent.new, headers, at - 301)
    refused(delivery.body, sent.new, {})
    assert verify_webhook(delivery.body, headers, sent.new, now=at + 301, tolerance=400).id == delivery.id


def by_standard_webhooks(body: str, headers: dict[str, str], secret: str) -> Any:
    """The official library of Standard Webhooks."""
    return Webhook(secret).verify(body, headers)


def by_stripe(body: str, headers: dict[str, str], secret: str) -> Any:
    """Stripe's own library."""
    return stripe.Webhook.construct_event(body, headers["peaswap-signature"], secret)  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("verify", [by_standard_webhooks, by_stripe])
def test_the_official_libraries_verify_what_was_sent(
    sent: Sent, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, body = sent.while_rolling, sent.while_rolling.body.decode()
    assert verify(sent.before.body.decode(), sent.before.headers, sent.old)["id"] == sent.before.id
    for secret in (sent.old, sent.new):
        assert verify(body, delivery.headers, secret)["id"] == delivery.id

    def refused(body: str, headers: dict[str, str], secret: str) -> None:
        with pytest.raises((standardwebhooks.webhooks.WebhookVerificationError, stripe.SignatureVerificationError)):
            verify(body, headers, secret)

    refused(body.replace("Ada", "Eve"), delivery.headers, sent.new)
    refused(body, delivery.headers, OTHER)
    refused(sent.before.body.decode(), sent.before.headers, sent.new)
    late = time.time() + LATE_SECONDS
    with monkeypatch.context() as patched:
        patched.setattr("stripe._webhook.time", SimpleNamespace(time=lambda: late))
        patched.setattr("standardwebhooks.webhooks.datetime", Late)
        refused(body, delivery.headers, sent.new)


class Late(datetime):
    """The class that tells the time to the official library of Standard Webhooks: a day ahead."""

    @classmethod
    def now(cls, tz: Any = None) -> "Late":
        return cls.fromtimestamp(time.time() + LATE_SECONDS, tz or UTC)


def test_the_libraries_of_javascript_see_it_the_same_way(sent: Sent) -> None:
    javascript.install()
    deliveries = {
        name: {"id": each.id, "body": each.body.decode(), "headers": each.headers}
        for name, each in (("before", sent.before), ("rolling", sent.while_rolling))
    }
    secrets = {"old": sent.old, "secret": sent.new, "other": OTHER}
    given = json.dumps({**deliveries, **secrets, "lateSeconds": LATE_SECONDS})
    done = javascript.run("--test", "webhooks.test.mjs", DELIVERIES=given)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "pass 6" in done.stdout
