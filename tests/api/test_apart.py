"""Every route of one object, asked for one of another account, of the other environment, and for one that is gone."""

from typing import Any

import httpx
import msgspec
import pytest

from services.api.app import OPERATIONS
from services.core.ids import event_id_text
from services.core.operation import Operation
from tests.support.app import RunningApi, make_key
from tests.support.billing import Shop, seconds
from tests.support.models import run_down

ROUTES = [(each, method) for each in OPERATIONS if "{id}" in each.path for method in each.methods]
# What required parameters may be; a route that requires another one must be thought of here.
REQUIRED: dict[str, Any] = {"frozen_time": seconds("2024-03-01T00:00:00Z"), "currency": "usd", "endpoint": "we_none"}
# Where one of several parameters is required.
ONE_OF: dict[str, dict[str, Any]] = {"/v1/webhook_endpoints/{id}/replay": {"from_position": 1}}
# What no event tells, so that no moment of the past has it.
BESIDE = {"last_used": None}
# What is told of a deleted customer: its past stays readable; and it can be erased.
PAST = ("/analytics", "/analytics/explain", "/history", "/payment_methods", "/erase")


async def _one_of_each(api: RunningApi) -> dict[str, str]:
    """The id of an object by the URL of its kind, all of the test environment of the client's account."""
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.card()
    price = await shop.price(1000)
    subscription = await shop.subscribe(price)
    product = (await shop.get(f"/v1/prices/{price}"))["product"]
    payment = await shop.post("/v1/payments", {"amount": 900, "currency": "usd", "customer": shop.customer})
    refund = await shop.post("/v1/refunds", {"payment": payment["id"], "amount": 100})
    item = await shop.post("/v1/invoice_items", {"customer": shop.customer, "amount": 5, "currency": "usd"})
    planned = [{"amount": 100, "date": seconds("2030-01-01T00:00:00Z")}]
    body = {"customer": shop.customer, "currency": "usd", "payments": planned}
    schedule = await shop.post("/v1/payment_schedules", body)
    await run_down(api)
    found = {
        "/v1/customers": shop.customer,
        "/v1/payment_methods": (await shop.get(f"/v1/customers/{shop.customer}"))["default_payment_method"],
        "/v1/payments": payment["id"],
        "/v1/refunds": refund["id"],
        "/v1/test_helpers/refunds": refund["id"],
        "/v1/products": product,
        "/v1/prices": price,
        "/v1/test_helpers/test_clocks": shop.clock,
        "/v1/subscriptions": subscription["id"],
        "/v1/invoices": subscription["latest_invoice"],
        "/v1/invoice_items": item["id"],
        "/v1/payment_schedules": schedule["id"],
        "/v1/api_keys": (await shop.get("/v1/api_keys"))["data"][0]["id"],
    }
    for url, make in MADE_BY_POST.items():
        if any(operation.path == url for operation in OPERATIONS):
            found[url] = (await shop.post(url, make))["id"]
    if any(operation.path == "/v1/events/{id}" for operation in OPERATIONS):
        found["/v1/events"] = (await shop.get("/v1/events"))["data"][0]["id"]
    return found


# Kinds that need nothing but themselves.
MADE_BY_POST: dict[str, dict[str, Any]] = {
    "/v1/webhook_endpoints": {"url": "https://example.com/hook", "enabled_events": ["*"]},
}


def _asked(operation: Operation, method: str, ids: dict[str, str], customer: str) -> tuple[str, dict[str, Any]]:
    """The path of an existing object, and what the operation requires; `customer` is one that the key may see."""
    path = operation.path.replace("{id}", ids[operation.path.partition("/{id}")[0]])
    kind = operation.body or operation.query
    fields = msgspec.structs.fields(kind) if kind else ()
    required = {
        field.encode_name: customer if field.encode_name == "customer" else REQUIRED[field.encode_name]
        for field in fields
        if field.required
    }
    return path, {"params" if method == "GET" else "json": required | ONE_OF.get(operation.path, {})}


async def _customer(api: RunningApi, key: str) -> str:
    answer = await api.call("POST", "/v1/customers", key, json={"name": "Eve", "email": "eve@example.com"})
    return answer.json()["id"]


@pytest.fixture
async def ids(api: RunningApi) -> dict[str, str]:
    return await _one_of_each(api)


async def test_objects_of_others_do_not_exist(api: RunningApi, ids: dict[str, str]) -> None:
    other = await api.open_account()
    keys = {key: await _customer(api, key) for key in (other.test_key, other.live_key)}
    head = await api.engine.store.head(0)
    unknown = {url: f"{id.partition('_')[0]}_0000000000000000000000" for url, id in ids.items()}
    for operation, method in ROUTES:
        answers: list[httpx.Response] = []
        for key, customer in keys.items():
            path, more = _asked(operation, method, ids, customer)
            answers.append(await api.call(method, path, key, **more))
        path, more = _asked(operation, method, ids, keys[other.test_key])
        nothing, _ = _asked(operation, method, unknown, "")
        answers.append(await api.call(method, nothing, other.test_key, **more))
        for answer in answers:
            assert answer.status_code == 404, (method, path, answer.text)
            assert answer.json()["error"]["code"] == "resource_missing"
        # Another account's object cannot be told from one that does not exist.
        kind = operation.path.partition("/{id}")[0]
        told = [answer.json()["error"]["message"] for answer in answers]
        assert told[0].replace(ids[kind], "X") == told[2].replace(unknown[kind], "X"), (method, path)
    assert await api.engine.store.head(0) == head


async def test_objects_of_the_other_environment_do_not_exist(api: RunningApi, ids: dict[str, str]) -> None:
    account = (await api.client.get("/v1/account")).json()["id"]
    live = await make_key(api.engine, account, livemode=True)
    customer = await _customer(api, live)
    for operation, method in ROUTES:
        path, more = _asked(operation, method, ids, customer)
        answer = await api.call(method, path, live, **more)
        assert answer.status_code == 404, (method, path, answer.text)
        if method == "GET" and operation.path.endswith("/{id}"):
            assert "exists in test" in answer.json()["error"]["message"], path


async def test_a_deleted_customer_is_gone_but_for_its_past(api: RunningApi, ids: dict[str, str]) -> None:
    assert (await api.client.delete(f"/v1/customers/{ids['/v1/customers']}")).status_code == 200
    for operation, method in ROUTES:
        if operation.path.startswith("/v1/customers/{id}"):
            path, more = _asked(operation, method, ids, "")
            answer = await api.client.request(method, path, **more)
            expected = 200 if operation.path.endswith(PAST) else 404
            assert answer.status_code == expected, (method, path, answer.text)
            if expected == 404:
                assert "was deleted at" in answer.json()["error"]["message"], (method, path)


async def test_every_object_can_be_seen_as_it_was(api: RunningApi, ids: dict[str, str]) -> None:
    for operation, method in ROUTES:
        if method != "GET" or not operation.path.endswith("/{id}") or operation.path == "/v1/events/{id}":
            continue
        path, _ = _asked(operation, method, ids, "")
        now = await api.client.get(path)
        assert now.status_code == 200, now.text
        later = await api.client.get(path, params={"as_of": 32_503_680_000})
        assert later.json() | BESIDE == now.json() | BESIDE, path
        before = await api.client.get(path, params={"as_of": now.json()["created"] - 1})
        assert before.status_code == 404, path
        assert "did not exist at that moment" in before.json()["error"]["message"], path
        first = "select event_id from es.events where stream like '%-' || $1 and version = 1"
        event = event_id_text(await api.engine.store.pool.fetchval(first, path.rpartition("/")[2]))
        then = await api.client.get(path, params={"as_of": event})
        assert then.json()["created"] == now.json()["created"], path
        assert then.json()["updated"] <= now.json()["updated"], path
