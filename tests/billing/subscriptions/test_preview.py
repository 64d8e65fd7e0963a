"""What would be invoiced is what is invoiced, and asking changes nothing."""

from typing import Any

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso

SAME = ("total", "amount_due", "starting_balance", "ending_balance", "period_start", "period_end", "billing_reason")


def _figures(invoice: Any) -> Any:
    lines = [{k: v for k, v in line.items() if k != "id"} for line in invoice["lines"]["data"]]
    return {name: invoice[name] for name in SAME}, lines


async def test_the_preview_is_the_invoice_that_comes(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    path, dear = f"/v1/subscriptions/{subscription['id']}", await shop.price(2000)
    await shop.until("2024-06-16T00:00:00Z")
    await shop.post("/v1/invoice_items", {"customer": shop.customer, "amount": 70, "currency": "usd"})
    head = await api.engine.store.head(0)

    async def preview(**details: Any) -> Any:
        body = {"subscription": subscription["id"], "subscription_details": details}
        return await shop.post("/v1/invoices/create_preview", body)

    assert [line["amount"] for line in (await preview())["lines"]["data"]] == [70, 1000]
    later = await preview(price=dear)
    assert [line["amount"] for line in later["lines"]["data"]] == [-500, 1000, 70, 2000]
    assert (later["status"], later["number"]) == ("DRAFT", None)
    now = await preview(price=dear, proration_behavior="always_invoice")
    yearly = await shop.price(9000, "YEAR")
    restarted = await preview(price=yearly)
    assert [line["amount"] for line in restarted["lines"]["data"]] == [70, -500, 9000]
    assert iso(restarted["period_end"]) == "2025-06-16T00:00:00Z"
    assert await api.engine.store.head(0) - head <= 3, "only the yearly price and its product are new"
    await shop.send("PUT", path, {"price": dear, "proration_behavior": "always_invoice"})
    assert _figures((await shop.invoices(subscription["id"]))[-1]) == _figures(now)
    upcoming = await preview()
    await shop.until("2024-07-02T00:00:00Z")
    assert _figures((await shop.invoices(subscription["id"]))[-1]) == _figures(upcoming)


async def test_a_new_subscription_and_what_waits_can_be_previewed(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    none = await shop.post("/v1/invoices/create_preview", {"customer": shop.customer}, 400)
    assert none["error"]["code"] == "invoice_upcoming_none"
    item = {"customer": shop.customer, "amount": 70, "currency": "usd", "description": "Setup"}
    await shop.post("/v1/invoice_items", item)
    waits = await shop.post("/v1/invoices/create_preview", {"customer": shop.customer})
    assert [(line["amount"], line["description"]) for line in waits["lines"]["data"]] == [(70, "Setup")]
    price = await shop.price(300)
    body = {"customer": shop.customer, "subscription_details": {"items": [{"price": price, "quantity": 3}]}}
    preview = await shop.post("/v1/invoices/create_preview", body)
    subscription = await shop.post(
        "/v1/subscriptions",
        {"customer": shop.customer, "items": [{"price": price, "quantity": 3}], "payment_behavior": "allow_incomplete"},
    )
    made = await shop.get(f"/v1/invoices/{subscription['latest_invoice']}")
    assert (made["total"], made["period_end"]) == (preview["total"], preview["period_end"]) == (970, made["period_end"])


async def test_what_has_ended_or_does_not_exist_has_no_preview(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    subscription = await shop.subscribe(await shop.price(1000))
    path, preview = f"/v1/subscriptions/{subscription['id']}", {"subscription": subscription["id"]}
    await shop.send("PUT", path, {"cancel_at_period_end": True})
    ends = await shop.post("/v1/invoices/create_preview", preview, 400)
    assert ends["error"]["code"] == "invoice_upcoming_none"
    await shop.send("DELETE", path)
    ended = await shop.post("/v1/invoices/create_preview", preview, 400)
    assert ended["error"]["code"] == "subscription_unexpected_state"
    nobody = await shop.post("/v1/invoices/create_preview", {"subscription": "sub_none"}, 400)
    assert (nobody["error"]["code"], nobody["error"]["param"]) == ("resource_missing", "subscription")
