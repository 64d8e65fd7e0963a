"""What becomes of subscriptions when their customer goes."""

import asyncio

from tests.support.app import RunningApi
from tests.support.billing import Shop


async def test_deleting_a_customer_ends_its_subscriptions(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-31T00:00:00Z")
    price = await shop.price(1000)
    paid = await shop.subscribe(price)
    waiting = await shop.subscribe(price, payment_behavior="default_incomplete")
    deleted = await shop.send("DELETE", f"/v1/customers/{shop.customer}")
    assert deleted["deleted"]
    for id in (paid["id"], waiting["id"]):
        ended = await shop.subscription(id)
        assert (ended["status"], ended["end_reason"]) == ("CANCELED", "customer_deleted")
    assert (await shop.get(f"/v1/invoices/{waiting['latest_invoice']}"))["status"] == "VOID"
    await shop.until("2024-06-01T00:00:00Z")
    assert len(await shop.invoices(paid["id"])) == 1
    refused = await shop.subscribe(price, 400)
    assert refused["error"]["code"] == "customer_deleted"
    await shop.send("DELETE", f"/v1/customers/{shop.customer}", status=404)


async def test_a_customer_with_running_subscriptions_is_kept_when_that_is_asked_for(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-31T00:00:00Z")
    running = await shop.subscribe(await shop.price(1000))
    path = f"/v1/customers/{shop.customer}?if_active=error"
    refused = await shop.send("DELETE", path, status=400)
    assert refused["error"]["code"] == "customer_active"
    assert (await shop.subscription(running["id"]))["status"] == "ACTIVE"
    await shop.send("DELETE", f"/v1/subscriptions/{running['id']}")
    assert (await shop.send("DELETE", path))["deleted"]


async def test_a_subscription_started_while_its_customer_is_deleted_never_runs_on(api: RunningApi) -> None:
    for _ in range(6):
        shop = await Shop.open(api, "2024-01-31T00:00:00Z")
        price = await shop.price(1000)
        await shop.subscribe(price)
        body = {"customer": shop.customer, "price": price, "payment_behavior": "allow_incomplete"}
        started, deleted = await asyncio.gather(
            api.client.post("/v1/subscriptions", json=body), api.client.delete(f"/v1/customers/{shop.customer}")
        )
        assert deleted.status_code == 200
        assert started.status_code in {200, 400}, started.text
        listed = await shop.get("/v1/subscriptions", customer=shop.customer)
        assert {each["status"] for each in listed["data"]} == {"CANCELED"}
