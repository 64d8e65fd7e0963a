"""The Python SDK against the real server."""

import copy
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import peaswap as sdk
import pytest
from peaswap import AsyncPeaswap, Object, Peaswap
from peaswap.generated.objects import Customer, Deleted, Payment, Subscription

from tests.support.served import Served

SDK = Path(__file__).resolve().parents[2] / "services" / "sdks" / "python"


def test_a_customer_lives_its_life(peaswap: Peaswap) -> None:
    made = peaswap.customers.create(name="Ada", email="ada@example.com", metadata={"user_id": 7})
    assert isinstance(made, Customer)
    assert (made.name, made.metadata, made["email"]) == ("Ada", {"user_id": "7"}, "ada@example.com")
    changed = peaswap.customers.update(made.id, phone="+1234567890", address={"city": "London"})
    assert peaswap.customers.retrieve(made.id) == changed
    assert changed.address is not None
    assert changed.address.city == "London"
    assert [entry.type for entry in peaswap.customers.history(made.id)] == ["customer.created", "customer.updated"]
    assert peaswap.customers.analytics(made.id).total_payments == 0
    deleted = peaswap.customers.delete(made.id)
    assert isinstance(deleted, Deleted)
    assert deleted.deleted
    with pytest.raises(sdk.NotFoundError) as missing:
        peaswap.customers.retrieve(made.id)
    assert (missing.value.status, missing.value.code) == (404, "resource_missing")
    assert missing.value.request_id is not None


def test_an_object_is_a_value() -> None:
    event = Object({"object": "event", "data": {"object": {"id": "cust_1"}}, "from": 1, "items": [{"object": "price"}]})
    assert copy.deepcopy(event) == pickle.loads(pickle.dumps(event)) == event
    assert (event.from_, event["from"], "from" in event, "to" in event) == (1, 1, True, False)
    assert [type(each).__name__ for each in event.items] == ["Price"]
    assert event.to_dict()["from"] == 1
    with pytest.raises(AttributeError):
        _ = event.to


def test_lists_and_searches_go_on_page_by_page(peaswap: Peaswap) -> None:
    tag = uuid4().hex
    start = datetime.now(UTC).replace(microsecond=0)
    made = [peaswap.customers.create(name="Ada", email=f"{tag}@example.com", metadata={"tag": tag}) for _ in range(5)]
    ids = [each.id for each in reversed(made)]
    listed = peaswap.customers.list(limit=2, email=f"{tag}@example.com", created={"gte": start})
    assert ([each.id for each in listed.data], listed.has_more) == (ids[:2], True)
    assert [each.id for each in listed] == ids
    second = listed.next_page()
    assert second is not None
    shown = repr(listed)
    assert shown.startswith("<Page of /v1/customers: 2 on this page, and there are more: [Customer({'id': 'cust_")
    assert [each.id for each in second.data] == ids[2:4]
    # The other way: towards newer ones, the nearest first.
    newer = peaswap.customers.list(limit=2, email=f"{tag}@example.com", ending_before=ids[-1])
    assert ([each.id for each in newer.data], newer.has_more) == (ids[2:4], True)
    assert [each.id for each in newer] == ids[-2::-1]
    found = peaswap.customers.search(query=f'metadata["tag"]:"{tag}"', limit=3)
    assert [each.id for each in found] == ids


def test_money_is_taken_and_given_back(peaswap: Peaswap) -> None:
    customer = peaswap.customers.create(name="Ada", email="ada@example.com")
    held = peaswap.payments.create(amount=2500, currency="usd", customer=customer.id, capture_method="MANUAL")
    assert held.status == "REQUIRES_CAPTURE"
    taken = peaswap.payments.capture(held.id, amount=2000, expand=["customer"])
    assert isinstance(taken, Payment)
    assert (taken.status, taken.amount_received) == ("SUCCEEDED", 2000)
    whole: Any = taken.customer
    assert isinstance(whole, Customer)
    assert whole.email == "ada@example.com"
    refund = peaswap.refunds.create(payment=held.id, amount=500, reason="DUPLICATE")
    assert (refund.status, refund.payment) == ("SUCCEEDED", held.id)
    other = peaswap.payments.create(amount=100, currency="usd", confirm=False, payment_method="pm_card_visa")
    assert peaswap.payments.cancel(other.id).status == "CANCELED"
    again = peaswap.payments.create(amount=100, currency="usd", confirm=False)
    assert peaswap.payments.confirm(again.id, payment_method="pm_card_visa").status == "SUCCEEDED"


def test_a_subscription_lives_its_life(peaswap: Peaswap) -> None:
    customer = peaswap.customers.create(name="Ada", email="ada@example.com")
    card = peaswap.payment_methods.attach("pm_card_visa", customer=customer.id)
    peaswap.customers.update(customer.id, default_payment_method=card.id)
    price = peaswap.prices.create(
        currency="usd", unit_amount=1000, recurring={"interval": "MONTH"}, product_data={"name": "Gold"}
    )
    started = peaswap.subscriptions.create(customer=customer.id, price=price.id, quantity=2)
    assert isinstance(started, Subscription)
    assert started.status == "INCOMPLETE"
    assert started.latest_invoice is not None
    assert peaswap.invoices.pay(started.latest_invoice).status == "PAID"
    assert [line.amount for line in peaswap.invoices.lines(started.latest_invoice)] == [2000]
    assert [each.price.id for each in peaswap.subscriptions.retrieve(started.id).items.data] == [price.id]
    assert peaswap.subscriptions.pause(started.id).status == "PAUSED"
    assert peaswap.subscriptions.resume(started.id).status == "ACTIVE"
    assert peaswap.subscriptions.cancel(started.id).status == "CANCELED"


def test_errors_come_by_class(peaswap: Peaswap, server: Served) -> None:
    wrong: Any = {"name": "Ada", "email": "ada@example.com", "shoe_size": 9}
    with pytest.raises(sdk.InvalidRequestError) as unknown:
        peaswap.customers.create(**wrong)
    assert (unknown.value.param, unknown.value.code) == ("shoe_size", "parameter_unknown")
    with pytest.raises(sdk.CardError) as declined:
        peaswap.payments.create(amount=100, currency="usd", payment_method="pm_card_visa_chargeDeclined")
    assert (declined.value.code, declined.value.decline_code) == ("card_declined", "generic_decline")
    assert isinstance(declined.value.payment, Payment)
    assert (declined.value.payment.status, declined.value.payment["amount"]) == ("FAILED", 100)
    with pytest.raises(sdk.AuthenticationError):
        peaswap.customers.list(options={"api_key": "sk_test_wrong"})
    key = uuid4().hex
    first = peaswap.customers.create(name="Ada", email="a@example.com", options={"idempotency_key": key})
    same = peaswap.customers.create(name="Ada", email="a@example.com", options={"idempotency_key": key})
    assert (same, same.last_headers["idempotent-replayed"]) == (first, "true")
    with pytest.raises(sdk.IdempotencyError):
        peaswap.customers.create(name="Bob", email="a@example.com", options={"idempotency_key": key})
    restricted = peaswap.api_keys.create(permissions={"customers": "read"})
    with pytest.raises(sdk.PermissionDenied):
        peaswap.payments.create(amount=1, currency="usd", options={"api_key": restricted.secret})
    with httpx.Client(trust_env=False) as http:
        nobody = Peaswap(server.key, base_url="http://127.0.0.1:9", max_retries=0, http_client=http)
        with pytest.raises(sdk.ConnectionLost):
            nobody.customers.list()


async def test_the_async_client_does_the_same(async_peaswap: AsyncPeaswap) -> None:
    tag = uuid4().hex
    made = [
        await async_peaswap.customers.create(name="Ada", email="a@example.com", metadata={"tag": tag}) for _ in range(3)
    ]
    ids = [each.id for each in reversed(made)]
    query = f'metadata["tag"]:"{tag}"'
    assert [each.id async for each in async_peaswap.customers.search(query=query, limit=2)] == ids
    newer = async_peaswap.customers.list(limit=1, ending_before=ids[-1])
    assert [each.id async for each in newer][:2] == ids[-2::-1]
    page = await async_peaswap.customers.search(query=query, limit=2)
    assert ([each.id for each in page.data], page.has_more) == (ids[:2], True)
    changed = await async_peaswap.customers.update(ids[0], name="Grace")
    assert (await async_peaswap.customers.retrieve(ids[0])) == changed
    clock = await async_peaswap.test_helpers.test_clocks.create(frozen_time=1640995200)
    assert (await async_peaswap.test_helpers.test_clocks.delete(clock.id)).deleted
    with pytest.raises(sdk.NotFoundError):
        await async_peaswap.customers.retrieve("cust_none")


def test_the_library_imports_nothing_of_the_server() -> None:
    program = "import peaswap, sys; print([m for m in sys.modules if m.split('.')[0] in {'services', 'eventstore'}])"
    environment = {"PYTHONPATH": str(SDK)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=SDK, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
