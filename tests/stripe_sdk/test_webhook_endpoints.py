"""Stripe's Python library: webhook endpoints."""

from typing import Any

import stripe

from tests.stripe_sdk.conftest import refused

# An address of the public internet that nothing is ever sent to: no event happens while the endpoint is enabled.
URL = "https://93.184.215.14/stripe"


def test_a_webhook_endpoint_lives_its_life(client: Any) -> None:
    wanted = ["invoice.voided", "customer.subscription.deleted"]
    made = client.webhook_endpoints.create({"url": URL, "enabled_events": wanted, "connect": False})
    assert type(made).__name__ == "WebhookEndpoint"
    assert made.enabled_events == ["invoice.voided", "subscription.deleted"]
    assert (made.status, made.secret[:6]) == ("ENABLED", "whsec_")
    stopped = client.webhook_endpoints.update(made.id, {"disabled": True, "description": "Old", "metadata": {"a": "b"}})
    assert (stopped.status, stopped.description, stopped.metadata.a) == ("DISABLED", "Old", "b")
    found = client.webhook_endpoints.retrieve(made.id)
    assert found.to_dict() == stopped.to_dict()
    assert "secret" not in found.to_dict()
    assert made.id in [each.id for each in client.webhook_endpoints.list({"limit": 1}).auto_paging_iter()]
    inside = {"url": "http://169.254.169.254/", "enabled_events": ["*"]}
    unreachable: Any = refused(stripe.InvalidRequestError, client.webhook_endpoints.create, inside)
    assert unreachable.param == "url"
    assert client.webhook_endpoints.delete(made.id).deleted
    assert refused(stripe.InvalidRequestError, client.webhook_endpoints.retrieve, made.id).http_status == 404
