"""Stripe's Python library: the catalogue, subscriptions, invoices, payments, refunds and test clocks."""

import time
from typing import Any
from uuid import uuid4

import pytest
import stripe

from tests.stripe_sdk.conftest import refused

MONTH = {"currency": "usd", "unit_amount": 2000, "recurring": {"interval": "month"}}
JANUARY_2024, FEBRUARY_2024 = 1704067200, 1706745600
CLOCK_SECONDS_MAX = 300


@pytest.fixture
def price(client: Any) -> Any:
    return client.prices.create({**MONTH, "product_data": {"name": "Gold"}})


@pytest.fixture
def customer(client: Any) -> Any:
    made = client.customers.create({"name": "Ada", "email": "ada@example.com"})
    card = client.payment_methods.attach("pm_card_visa", {"customer": made.id})
    return client.customers.update(made.id, {"invoice_settings": {"default_payment_method": card.id}})


def test_the_catalogue(client: Any) -> None:
    key = uuid4().hex
    product = client.products.create({"name": "Starter", "metadata": {"key": key}})
    assert type(product).__name__ == "Product"
    renamed = client.products.update(product.id, {"name": "Starter Plan", "active": False})
    assert client.products.retrieve(product.id).to_dict() == renamed.to_dict()
    assert product.id in [each.id for each in client.products.list({"active": False}).auto_paging_iter()]
    tiers = [{"up_to": 10, "unit_amount": 500}, {"up_to": "inf", "unit_amount": 400}]
    tiered = client.prices.create(
        {
            "product": product.id,
            "currency": "USD",
            "recurring": {"interval": "year", "interval_count": 1, "usage_type": "licensed"},
            "billing_scheme": "tiered",
            "tiers_mode": "graduated",
            "tiers": tiers,
            "lookup_key": key,
        }
    )
    assert type(tiered).__name__ == "Price"
    assert (tiered.recurring.interval, tiered.tiers_mode, tiered.tiers[1].up_to) == ("YEAR", "GRADUATED", None)
    assert [each.id for each in client.prices.list({"lookup_keys": [key]}).data] == [tiered.id]
    changed = client.prices.update(tiered.id, {"nickname": "Yearly", "expand": ["product"]})
    assert (changed.nickname, changed.product.name) == ("Yearly", "Starter Plan")
    assert [each.id for each in client.products.search({"query": f'metadata["key"]:"{key}"'}).data] == [product.id]
    assert [each.id for each in client.prices.search({"query": f'lookup_key:"{key}"'}).data] == [tiered.id]
    assert refused(stripe.InvalidRequestError, client.products.delete, product.id).code == "product_in_use"
    assert client.products.delete(client.products.create({"name": "Unused"}).id).deleted


def test_a_subscription_lives_its_life(client: Any, customer: Any, price: Any) -> None:
    started = client.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id, "quantity": 2}],
            "payment_behavior": "allow_incomplete",
            "collection_method": "charge_automatically",
            "off_session": True,
            "expand": ["latest_invoice.payment_intent", "items.data.price.product"],
        }
    )
    assert type(started).__name__ == "Subscription"
    assert (started.status, started.latest_invoice.status) == ("ACTIVE", "PAID")
    assert started.latest_invoice.payment.amount_received == 4000
    (item,) = started.items.data
    assert (item.quantity, item.price.product.name) == (2, "Gold")
    changed = client.subscriptions.update(
        started.id,
        {"items": [{"id": item.id, "quantity": 3}], "proration_behavior": "none", "metadata": {"seats": 3}},
    )
    assert (changed.items.data[0].quantity, changed.metadata.seats) == (3, "3")
    assert client.subscriptions.retrieve(started.id).to_dict() == changed.to_dict()
    listed = client.subscriptions.list({"customer": customer.id, "status": "all", "price": price.id})
    assert [each.id for each in listed.auto_paging_iter()] == [started.id]
    found = client.subscriptions.search({"query": "status:'active' AND metadata['seats']:'3'"})
    assert started.id in [each.id for each in found.data]
    stopped = {"pause_collection": {"behavior": "void"}, "cancel_at_period_end": True}
    assert client.subscriptions.update(started.id, stopped).pause_collection.behavior == "VOID"
    assert client.subscriptions.cancel(started.id, {"prorate": False}).status == "CANCELED"
    assert [each.id for each in client.subscriptions.list({"status": "active", "customer": customer.id})] == []


def test_an_incomplete_subscription_is_paid_by_its_invoice(client: Any, customer: Any, price: Any) -> None:
    waiting = {"customer": customer.id, "items": [{"price": price.id}], "payment_behavior": "default_incomplete"}
    started = client.subscriptions.create({**waiting, "expand": ["latest_invoice"]})
    assert (started.status, started.latest_invoice.status) == ("INCOMPLETE", "OPEN")
    paid = client.invoices.pay(started.latest_invoice.id, {"off_session": True, "expand": ["subscription"]})
    assert (paid.status, paid.subscription.status) == ("PAID", "ACTIVE")


def test_an_invoice_lives_its_life(client: Any, customer: Any) -> None:
    for amount in (300, 1200):
        client.invoice_items.create(
            {"customer": customer.id, "amount": amount, "currency": "usd", "description": "Day"}
        )
    kept = client.invoice_items.create({"customer": customer.id, "amount": 500, "currency": "usd"})
    assert client.invoice_items.delete(kept.id).deleted
    draft = {"collection_method": "send_invoice", "days_until_due": 30, "pending_invoice_items_behavior": "include"}
    made = client.invoices.create({"customer": customer.id, **draft})
    assert type(made).__name__ == "Invoice"
    assert (made.status, made.total, made.lines.data[0].description) == ("DRAFT", 1500, "Day")
    assert client.invoices.update(made.id, {"description": "March"}).description == "March"
    final = client.invoices.finalize_invoice(made.id)
    assert (final.status, final.number is not None) == ("OPEN", True)
    lines = client.invoices.line_items.list(made.id, {"limit": 1})
    assert [each.amount for each in lines.auto_paging_iter()] == [300, 1200]
    assert client.invoices.pay(made.id, {"paid_out_of_band": True}).status == "PAID"
    assert [each.id for each in client.invoices.list({"customer": customer.id, "status": "paid"}).data] == [made.id]
    query = f"customer:'{customer.id}' AND status:'paid'"
    assert [each.id for each in client.invoices.search({"query": query}).auto_paging_iter()] == [made.id]
    assert refused(stripe.InvalidRequestError, client.invoices.void_invoice, made.id).http_status == 400
    client.invoice_items.create({"customer": customer.id, "amount": 700, "currency": "usd"})
    again = client.invoices.create({"customer": customer.id, "expand": ["customer"]})
    assert again.customer.email == "ada@example.com"
    client.invoices.finalize_invoice(again.id)
    assert client.invoices.mark_uncollectible(again.id).status == "UNCOLLECTIBLE"
    assert client.invoices.void_invoice(again.id).status == "VOID"


def test_payments_are_payment_intents(client: Any, customer: Any) -> None:
    made = client.payment_intents.create(
        {
            "amount": 2500,
            "currency": "usd",
            "customer": customer.id,
            "capture_method": "manual",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    assert (made.status, made.amount_received) == ("REQUIRES_CONFIRMATION", 0)
    assert client.payment_intents.update(made.id, {"description": "Order 7"}).description == "Order 7"
    held = client.payment_intents.confirm(
        made.id, {"payment_method": "pm_card_visa", "return_url": "https://a.example"}
    )
    assert (held.status, held.amount_capturable) == ("REQUIRES_CAPTURE", 2500)
    taken = client.payment_intents.capture(made.id, {"amount_to_capture": 2000})
    assert (taken.status, taken.amount_received) == ("SUCCEEDED", 2000)
    refund = client.refunds.create({"payment_intent": made.id, "amount": 500, "reason": "requested_by_customer"})
    assert type(refund).__name__ == "Refund"
    assert (refund.status, refund.reason) == ("SUCCEEDED", "REQUESTED_BY_CUSTOMER")
    assert client.refunds.update(refund.id, {"metadata": {"why": "late"}}).metadata.why == "late"
    assert [each.id for each in client.refunds.list({"payment_intent": made.id}).auto_paging_iter()] == [refund.id]
    found = client.payment_intents.retrieve(made.id, {"expand": ["customer"]})
    assert (found.amount_refunded, found.customer.name) == (500, "Ada")
    other = client.payment_intents.create({"amount": 900, "currency": "usd", "customer": customer.id})
    assert client.payment_intents.cancel(other.id).status == "CANCELED"
    listed = client.payment_intents.list({"customer": customer.id, "limit": 1})
    assert [each.id for each in listed.auto_paging_iter()] == [other.id, made.id]
    query = {"query": f"customer:'{customer.id}' AND status:'succeeded'"}
    assert [each.id for each in client.payment_intents.search(query).data] == [made.id]


def test_events_tell_what_happened(client: Any, customer: Any) -> None:
    client.payment_intents.create({"amount": 700, "currency": "usd", "customer": customer.id, "confirm": True})
    listed = client.events.list({"type": "payment_intent.succeeded", "limit": 1})
    (event,) = listed.data
    assert type(event).__name__ == "Event"
    assert (event.type, event.data.object.amount) == ("payment.succeeded", 700)
    assert client.events.retrieve(event.id).data.object.id == event.data.object.id
    types = {"types": ["customer.created", "customer.updated"], "limit": 2}
    told = {(each.type, each.data.object.id) for each in client.events.list(types).auto_paging_iter()}
    assert {("customer.created", customer.id), ("customer.updated", customer.id)} <= told


def test_time_passes_on_a_test_clock(client: Any) -> None:
    clocks = client.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": JANUARY_2024, "name": "renewal"})
    customer = client.customers.create({"name": "Ada", "email": "a@example.com", "test_clock": clock.id})
    price = client.prices.create({**MONTH, "product_data": {"name": "Silver"}})
    card = client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    subscription = client.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "default_payment_method": card.id,
            "payment_behavior": "error_if_incomplete",
        }
    )
    assert clocks.advance(clock.id, {"frozen_time": FEBRUARY_2024 + 60}).status in {"ADVANCING", "READY"}
    until = time.monotonic() + CLOCK_SECONDS_MAX
    while clocks.retrieve(clock.id).status != "READY" and time.monotonic() < until:
        time.sleep(0.1)
    invoices = client.invoices.list({"subscription": subscription.id}).data
    assert [(each.billing_reason, each.status, each.total) for each in invoices] == [
        ("SUBSCRIPTION_CYCLE", "PAID", 2000),
        ("SUBSCRIPTION_CREATE", "PAID", 2000),
    ]
    assert clock.id in [each.id for each in clocks.list({"limit": 1}).auto_paging_iter()]
    assert clocks.delete(clock.id).deleted
