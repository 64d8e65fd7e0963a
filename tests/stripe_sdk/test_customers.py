"""Stripe's Python library: customers, payment methods, and the errors by class."""

from typing import Any
from uuid import uuid4

import stripe

from tests.stripe_sdk.conftest import refused
from tests.support.served import Served

PARAMS = {"name": "Jenny Rosen", "email": "jenny@example.com", "metadata": {"order_id": "6735"}}


def test_a_customer_lives_its_life(client: Any) -> None:
    made = client.customers.create({**PARAMS, "address": {"line1": "510 Townsend St", "country": "US"}})
    assert type(made).__name__ == "Customer"
    changed = client.customers.update(made.id, {"phone": "+1234567890", "metadata": {"order_id": "", "tier": "gold"}})
    found = client.customers.retrieve(made.id)
    assert (found.name, found.address.line1, found.phone) == ("Jenny Rosen", "510 Townsend St", "+1234567890")
    assert found.to_dict() == changed.to_dict()
    assert found.metadata.to_dict() == {"tier": "gold"}
    deleted = client.customers.delete(made.id)
    assert (deleted.id, deleted.deleted) == (made.id, True)
    missing = refused(stripe.InvalidRequestError, client.customers.retrieve, made.id)
    assert (missing.http_status, missing.code) == (404, "resource_missing")


def test_lists_are_paged_by_the_library(client: Any) -> None:
    tag = uuid4().hex
    ids = [client.customers.create({**PARAMS, "email": f"{tag}@example.com"}).id for _ in range(7)]
    listed = client.customers.list({"email": f"{tag}@example.com", "limit": 3})
    assert (listed.url, listed.has_more, len(listed.data)) == ("/v1/customers", True, 3)
    assert [each.id for each in listed.auto_paging_iter()] == ids[::-1]
    created = client.customers.list({"created": {"gte": 1}, "limit": 1})
    assert created.data[0].id == ids[-1]


def test_searches_are_paged_by_the_library(client: Any) -> None:
    tag = uuid4().hex
    ids = [client.customers.create({**PARAMS, "metadata": {"tag": tag}}).id for _ in range(5)]
    found = client.customers.search({"query": f"metadata['tag']:'{tag}' AND created>1", "limit": 2})
    assert type(found).__name__ == "SearchResultObject"
    assert [each.id for each in found.auto_paging_iter()] == ids[::-1]


def test_payment_methods_are_saved_and_become_the_default(client: Any) -> None:
    customer = client.customers.create(PARAMS)
    card = client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert type(card).__name__ == "PaymentMethod"
    attached = client.payment_methods.attach(card.id, {"customer": customer.id})
    assert (attached.customer, attached.card.brand, attached.card.last4) == (customer.id, "visa", "4242")
    test_card = client.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    default = {"invoice_settings": {"default_payment_method": card.id}, "expand": ["default_payment_method"]}
    assert client.customers.update(customer.id, default).default_payment_method.card.last4 == "4242"
    listed = client.payment_methods.list({"customer": customer.id, "type": "card"})
    assert [each.id for each in listed.data] == [test_card.id, card.id]
    of_customer = client.customers.payment_methods.list(customer.id, {"type": "card", "limit": 1})
    assert [each.id for each in of_customer.auto_paging_iter()] == [test_card.id, card.id]
    renewed = client.payment_methods.update(card.id, {"card": {"exp_month": 4, "exp_year": 2040}})
    assert (renewed.card.exp_month, client.payment_methods.retrieve(card.id).card.exp_year) == (4, 2040)
    assert client.payment_methods.detach(card.id).customer is None


def test_errors_come_as_the_classes_of_the_library(client: Any, server: Served) -> None:
    unknown: Any = refused(stripe.InvalidRequestError, client.customers.create, {**PARAMS, "shoe_size": 9})
    assert (unknown.param, unknown.http_status) == ("shoe_size", 400)
    assert unknown.request_id.startswith("req_")
    bad = {"amount": 2500, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    declined: Any = refused(stripe.CardError, client.payment_intents.create, bad)
    assert (declined.code, declined.http_status) == ("card_declined", 402)
    assert declined.error.decline_code == "generic_decline"
    other = stripe.StripeClient("sk_test_wrong", base_addresses={"api": server.url}, max_network_retries=0)
    assert refused(stripe.AuthenticationError, other.v1.customers.list).http_status == 401
    key = {"idempotency_key": uuid4().hex}
    once = client.customers.create(PARAMS, key)
    assert client.customers.create(PARAMS, key).id == once.id
    mismatch = refused(stripe.IdempotencyError, client.customers.create, {**PARAMS, "name": "Other"}, key)
    assert mismatch.http_status == 400
