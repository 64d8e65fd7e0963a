"""Each operation sent twice: with the same key it is one operation and one answer, whatever came of it."""

from typing import Any

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.gateway import SimulatorProcess

FAILING = "pm_card_chargeCustomerFail"


def _but_for_its_id(body: Any) -> Any:
    """A refusal names the request that it answers."""
    if "error" not in body:
        return body
    return {"error": {name: value for name, value in body["error"].items() if name != "request_id"}}


class Twice:
    """Sends each request twice with one key and holds the second to the first."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._sent = 0

    async def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        self._sent += 1
        headers = {"Idempotency-Key": f"key-{self._sent}"}
        client, store = self.shop.api.client, self.shop.api.engine.store
        first = await client.request(method, path, json=body, headers=headers)
        assert first.status_code == status, first.text
        head = await store.head(0)
        again = await client.request(method, path, json=body, headers=headers)
        assert (again.status_code, _but_for_its_id(again.json())) == (status, _but_for_its_id(first.json())), path
        assert again.headers["idempotent-replayed"] == "true"
        assert await store.head(0) == head
        return first.json()


async def test_every_operation_of_a_subscriptions_life_happens_once(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    twice, price, dear = Twice(shop), await shop.price(1000), await shop.price(2000)
    body: dict[str, Any] = {"customer": shop.customer, "price": price}
    waiting = await twice("POST", "/v1/subscriptions", body)
    await twice("POST", f"/v1/invoices/{waiting['latest_invoice']}/pay")
    charged = await twice("POST", "/v1/subscriptions", {**body, "payment_behavior": "allow_incomplete"})
    path = f"/v1/subscriptions/{charged['id']}"
    await shop.until("2024-06-16T00:00:00Z")
    for behavior, name in (("allow_incomplete", dear), ("error_if_incomplete", await shop.price(3000))):
        change = {"price": name, "proration_behavior": "always_invoice", "payment_behavior": behavior}
        assert (await twice("PUT", path, change))["price"] == name
    await twice("POST", f"{path}/pause")
    await twice("POST", f"{path}/resume", {"billing_cycle_anchor": "now"})
    await twice("POST", "/v1/invoices/create_preview", {"subscription": charged["id"]})
    await shop.send("PUT", path, {"quantity": 2})
    ended = await twice("DELETE", path, {"prorate": True})
    assert ended["status"] == "CANCELED"
    await twice("POST", "/v1/invoice_items", {"customer": shop.customer, "amount": 9000, "currency": "usd"})
    draft = await twice("POST", "/v1/invoices", {"customer": shop.customer})
    await twice("POST", f"/v1/invoices/{draft['id']}/finalize")
    await twice("POST", f"/v1/invoices/{draft['id']}/void")
    plan = {"customer": shop.customer, "currency": "usd", "payments": [{"amount": 5, "date": 1735689600}]}
    schedule = await twice("POST", "/v1/payment_schedules", plan)
    await twice("POST", f"/v1/payment_schedules/{schedule['id']}/cancel")
    await twice("POST", f"/v1/test_helpers/test_clocks/{shop.clock}/advance", {"frozen_time": 1718582400})


async def test_a_decline_is_answered_again_and_charges_nobody(api: RunningApi, gateway: SimulatorProcess) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    twice, price, dear = Twice(shop), await shop.price(1000), await shop.price(2000)
    subscription = await shop.subscribe(price)
    await shop.card(FAILING)
    body = {"customer": shop.customer, "price": price}
    incomplete = await twice("POST", "/v1/subscriptions", {**body, "payment_behavior": "allow_incomplete"})
    await twice("POST", f"/v1/invoices/{incomplete['latest_invoice']}/pay", status=402)
    await twice("POST", "/v1/subscriptions", {**body, "payment_behavior": "error_if_incomplete"}, 402)
    await shop.until("2024-06-16T00:00:00Z")
    path = f"/v1/subscriptions/{subscription['id']}"
    change = {"price": dear, "proration_behavior": "always_invoice"}
    await twice("PUT", path, {**change, "payment_behavior": "error_if_incomplete"}, 402)
    pending = await twice("PUT", path, {**change, "payment_behavior": "pending_if_incomplete"})
    await shop.card()
    await twice("POST", f"/v1/invoices/{pending['pending_update']['invoice']}/pay")
    assert await gateway.captures() == (2, 1500)


@pytest.mark.parametrize("anchor", ["now", "unchanged"])
async def test_resuming_bills_what_waited_once(api: RunningApi, anchor: str) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    path = f"/v1/subscriptions/{subscription['id']}"
    await shop.until("2024-06-16T00:00:00Z")
    await shop.send("PUT", path, {"price": await shop.price(2000)})
    await shop.post(f"{path}/pause")
    await shop.post(f"{path}/resume", {"billing_cycle_anchor": anchor})
    await shop.until("2024-08-20T00:00:00Z")
    amounts = [line["amount"] for each in await shop.invoices(subscription["id"]) for line in each["lines"]["data"]]
    assert sorted(amounts) == [-500, 1000, 1000, *[2000] * (len(amounts) - 3)]


async def test_a_paused_one_that_owes_is_past_due_when_it_is_resumed(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    path = f"/v1/subscriptions/{subscription['id']}"
    await shop.card(FAILING)
    await shop.send("PUT", "/v1/account", {"dunning": {"end_state": "UNPAID"}})
    await shop.until("2024-07-02T00:00:00Z")
    assert (await shop.post(f"{path}/pause"))["status"] == "PAUSED"
    await shop.until("2024-07-20T00:00:00Z")
    assert (await shop.subscription(subscription["id"]))["status"] == "PAUSED"
    assert (await shop.post(f"{path}/resume", {}))["status"] == "PAST_DUE"
    trial = await shop.subscribe(await shop.price(500), trial_period_days=30)
    await shop.post(f"/v1/subscriptions/{trial['id']}/pause")
    assert (await shop.post(f"/v1/subscriptions/{trial['id']}/resume", {}))["status"] == "TRIALING"
