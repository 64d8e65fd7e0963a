"""Items that wait are taken up by the customer's next invoice, whichever that is, and by no other."""

import asyncio
from typing import Any

import pytest

from services.billing.invoice_items.lookup import ITEMS_AN_INVOICE_MAX
from tests.support.app import RunningApi
from tests.support.billing import Shop

START = "2024-01-31T15:04:05Z"


async def _item(shop: Shop, amount: int = 250, description: str = "Set-up") -> Any:
    body = {"customer": shop.customer, "amount": amount, "currency": "usd", "description": description}
    return await shop.post("/v1/invoice_items", body)


async def _stands_on(shop: Shop, item: Any) -> str | None:
    return (await shop.get(f"/v1/invoice_items/{item['id']}"))["invoice"]


async def test_the_first_invoice_of_a_subscription_takes_them_and_the_next_does_not_again(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    await shop.card()
    item, price = await _item(shop), await shop.price(1000)
    details = {"customer": shop.customer, "subscription_details": {"price": price}}
    preview = await shop.post("/v1/invoices/create_preview", details)
    created = await shop.subscribe(price)
    (first,) = await shop.invoices(created["id"])
    lines = [(line["description"], line["amount"], line["invoice_item"]) for line in first["lines"]["data"]]
    assert lines[0] == ("Set-up", 250, item["id"])
    assert (first["total"], first["status"], created["status"]) == (1250, "PAID", "ACTIVE")
    assert [line["amount"] for line in preview["lines"]["data"]] == [line["amount"] for line in first["lines"]["data"]]
    assert await _stands_on(shop, item) == first["id"]
    await shop.until("2024-03-01T00:00:00Z")
    assert [each["total"] for each in await shop.invoices(created["id"])] == [1250, 1000]


async def test_of_two_first_invoices_one_takes_them(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    item, price = await _item(shop), await shop.price(1000)
    body = {"customer": shop.customer, "price": price}
    made = await asyncio.gather(*(shop.post("/v1/subscriptions", body) for _ in range(2)))
    totals = [(await shop.invoices(each["id"]))[0]["total"] for each in made]
    assert sorted(totals) == [1000, 1250]
    assert await _stands_on(shop, item) is not None


async def test_a_trial_leaves_them_to_the_invoice_after_it(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    await shop.card()
    item = await _item(shop)
    created = await shop.subscribe(await shop.price(1000), trial_period_days=7)
    assert await _stands_on(shop, item) is None
    await shop.until("2024-02-08T00:00:00Z")
    assert [each["total"] for each in await shop.invoices(created["id"])] == [1250]


async def test_a_change_that_is_invoiced_at_once_takes_them(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    await shop.card()
    created = await shop.subscribe(await shop.price(1000))
    item = await _item(shop)
    wanted = {"price": await shop.price(3000), "proration_behavior": "ALWAYS_INVOICE"}
    preview = {"subscription": created["id"], "subscription_details": wanted}
    foretold = (await shop.post("/v1/invoices/create_preview", preview))["total"]
    await shop.post(f"/v1/subscriptions/{created['id']}", wanted)
    assert sorted(each["total"] for each in await shop.invoices(created["id"])) == [1000, 2250]
    assert foretold == 2250
    assert await _stands_on(shop, item) is not None


async def test_they_wait_on_when_the_first_payment_is_declined_and_nothing_made(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    item, price = await _item(shop), await shop.price(1000)
    declined = {"default_payment_method": "pm_card_visa_chargeDeclined", "payment_behavior": "error_if_incomplete"}
    await shop.subscribe(price, 402, **declined)
    assert await _stands_on(shop, item) is None


@pytest.mark.parametrize("how", ["time", "void"])
async def test_they_wait_again_when_the_subscription_or_the_change_is_not_paid_for(api: RunningApi, how: str) -> None:
    shop = await Shop.open(api, START)

    async def end(invoice: str, at: str) -> None:
        """Time passes until nobody can pay it any more, or somebody voids it."""
        await (shop.until(at) if how == "time" else shop.post(f"/v1/invoices/{invoice}/void"))

    item, price = await _item(shop), await shop.price(1000)
    await shop.subscribe(price, payment_behavior="default_incomplete")
    first = await _stands_on(shop, item)
    assert first is not None
    await end(first, "2024-02-01T15:00:00Z")
    assert await _stands_on(shop, item) is None
    created = await shop.subscribe(price, default_payment_method=await shop.card())
    assert (await shop.invoices(created["id"]))[0]["total"] == 1250
    bad = await shop.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", {"customer": shop.customer})
    path, other = f"/v1/subscriptions/{created['id']}", await _item(shop, 70)
    await shop.post(path, {"default_payment_method": bad["id"]})
    change = {"price": await shop.price(5000), "proration_behavior": "ALWAYS_INVOICE"}
    waiting = (await shop.post(path, {**change, "payment_behavior": "PENDING_IF_INCOMPLETE"}))["pending_update"]
    assert await _stands_on(shop, other) == waiting["invoice"]
    await end(waiting["invoice"], "2024-02-03T00:00:00Z")
    assert await _stands_on(shop, other) is None
    assert await _stands_on(shop, item) is not None


async def test_a_period_that_is_forgiven_forgives_no_items(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    await shop.card()
    created = await shop.subscribe(await shop.price(1000))
    item = await _item(shop)
    await shop.post(f"/v1/subscriptions/{created['id']}", {"pause_collection": {"behavior": "VOID"}})
    await shop.until("2024-03-01T00:00:00Z")
    assert await _stands_on(shop, item) is None
    await shop.post(f"/v1/subscriptions/{created['id']}", {"pause_collection": ""})
    await shop.until("2024-04-01T00:00:00Z")
    assert [each["total"] for each in await shop.invoices(created["id"])] == [1000, 1000, 1250]


async def test_those_of_another_currency_hide_none(api: RunningApi) -> None:
    shop = await Shop.open(api, START)
    body = {"customer": shop.customer, "amount": 1, "currency": "eur"}
    await asyncio.gather(*(shop.post("/v1/invoice_items", body) for _ in range(ITEMS_AN_INVOICE_MAX)))
    item = await _item(shop)
    created = await shop.subscribe(await shop.price(1000))
    assert await _stands_on(shop, item) == created["latest_invoice"]
