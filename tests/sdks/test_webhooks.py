"""What the server signs, both libraries verify; what was changed, is old or is signed with another secret, neither."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from peaswap import AsyncPeaswap, Peaswap, SignatureVerificationError, verify_webhook
from standardwebhooks.webhooks import Webhook

from services.core.clock import SystemClock, unix
from services.core.signing import new_signing_secret, signed_headers
from tests.support import javascript
from tests.support.receiver import receiver

AT = datetime(2022, 1, 1, tzinfo=UTC)
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {"name": "Ada"}}})
SECRET, OLD, OTHER = (new_signing_secret() for _ in range(3))
HEADERS = signed_headers([SECRET, OLD], "evt_1", AT, BODY.encode())
FORMS = ["webhook-", "peaswap-"]


def form(prefix: str) -> dict[str, str]:
    """The headers of one of the two forms."""
    return {name.title(): value for name, value in HEADERS.items() if name.startswith(prefix)}


@pytest.mark.parametrize("prefix", FORMS)
def test_a_good_delivery_is_the_event(prefix: str) -> None:
    for secret in (SECRET, OLD, [OTHER, OLD]):
        event = verify_webhook(BODY.encode(), form(prefix), secret, now=unix(AT))
        assert (event.type, event.data.object["name"]) == ("customer.created", "Ada")
    assert Peaswap("sk_test_1").webhooks.verify(BODY, form(prefix), SECRET, now=unix(AT)).id == "evt_1"


@pytest.mark.parametrize("prefix", FORMS)
def test_any_other_is_refused(prefix: str) -> None:
    def refused(body: str, secret: Any, now: float | None, headers: dict[str, str]) -> None:
        with pytest.raises(SignatureVerificationError):
            verify_webhook(body, headers, secret, now=now)

    refused(BODY.replace("Ada", "Eve"), SECRET, unix(AT), form(prefix))
    refused(BODY, OTHER, unix(AT), form(prefix))
    refused(BODY, [], unix(AT), form(prefix))
    refused(BODY, SECRET, unix(AT + timedelta(seconds=301)), form(prefix))
    refused(BODY, SECRET, unix(AT - timedelta(seconds=301)), form(prefix))
    refused(BODY, SECRET, None, form(prefix))
    refused(BODY, SECRET, unix(AT), {})
    late = unix(AT + timedelta(seconds=301))
    assert verify_webhook(BODY, form(prefix), SECRET, now=late, tolerance=400).id == "evt_1"


def test_the_javascript_library_sees_it_the_same_way() -> None:
    javascript.install()
    fresh = signed_headers([SECRET, OLD], "evt_1", SystemClock().now(), BODY.encode())
    secrets = {"secret": SECRET, "old": OLD, "other": OTHER}
    delivery = {"body": BODY, "headers": HEADERS, "fresh": fresh, "at": unix(AT), **secrets}
    done = javascript.run("--test", "webhooks.test.mjs", DELIVERY=json.dumps(delivery))
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


async def test_a_real_delivery_is_verified_by_every_library(async_peaswap: AsyncPeaswap) -> None:
    async with receiver() as inbox:
        events = ["customer.created"]
        endpoint = await async_peaswap.webhook_endpoints.create(url=inbox.url(), enabled_events=events)
        customer = await async_peaswap.customers.create(name="Ada", email="ada@example.com")
        delivery, *_ = await inbox.count(1)
        await async_peaswap.webhook_endpoints.delete(endpoint.id)
    event = async_peaswap.webhooks.verify(delivery.body, delivery.headers, endpoint.secret)
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
    standard: Any = Webhook(endpoint.secret).verify(delivery.body, delivery.headers)
    header = delivery.headers["peaswap-signature"]
    stripes: Any = stripe.Webhook.construct_event(delivery.body, header, endpoint.secret)  # pyright: ignore[reportUnknownMemberType]
    assert standard["id"] == stripes.id == event.id
