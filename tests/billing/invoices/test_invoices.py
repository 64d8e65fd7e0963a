"""Invoices that people make: items, drafts, numbers, payment, and what cannot be undone."""

import asyncio
from typing import Any

import pytest

from tests.support.app import RunningApi
from tests.support.billing import Shop, iso


async def _item(shop: Shop, amount: int, **more: Any) -> Any:
    return await shop.post(
        "/v1/invoice_items", {"customer": shop.customer, "amount": amount, "currency": "usd", **more}
    )


async def _invoice(shop: Shop, *amounts: int, **more: Any) -> Any:
    """A finalized invoice of these amounts."""
    for amount in amounts:
        await _item(shop, amount)
    draft = await shop.post("/v1/invoices", {"customer": shop.customer, **more})
    return await shop.post(f"/v1/invoices/{draft['id']}/finalize")


async def test_items_wait_for_the_next_invoice_and_stand_on_one_only(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    kept = await _item(shop, 1200, description="Consulting", metadata={"order": 7})
    gone = await _item(shop, 999)
    assert (await shop.send("DELETE", f"/v1/invoice_items/{gone['id']}"))["deleted"]
    await _item(shop, 50, currency="eur")
    draft = await shop.post("/v1/invoices", {"customer": shop.customer, "currency": "usd", "description": "January"})
    assert (draft["status"], draft["number"], draft["total"]) == ("DRAFT", None, 1200)
    (line,) = draft["lines"]["data"]
    assert (line["description"], line["invoice_item"], line["amount"]) == ("Consulting", kept["id"], 1200)
    assert (await shop.get(f"/v1/invoice_items/{kept['id']}"))["invoice"] == draft["id"]
    refused = await shop.send("DELETE", f"/v1/invoice_items/{kept['id']}", status=400)
    assert refused["error"]["code"] == "invoice_item_invoiced"
    empty = await shop.post("/v1/invoices", {"customer": shop.customer, "currency": "usd"})
    assert empty["total"] == 0
    assert (await shop.get(f"/v1/invoices/{draft['id']}/lines"))["data"] == draft["lines"]["data"]


async def test_items_are_put_onto_a_draft(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await _item(shop, 900)
    excluding = {"customer": shop.customer, "currency": "usd", "pending_invoice_items_behavior": "exclude"}
    draft = (await shop.post("/v1/invoices", excluding))["id"]
    first = await _item(shop, 1200, invoice=draft, description="Consulting")
    assert (first["invoice"], len((await shop.get("/v1/invoice_items", pending="true"))["data"])) == (draft, 1)
    await asyncio.gather(*(_item(shop, amount, invoice=draft) for amount in (-200, 50, 7)))
    grown = await shop.get(f"/v1/invoices/{draft}")
    assert (grown["status"], grown["total"], len(grown["lines"]["data"])) == ("DRAFT", 1057, 4)
    line = grown["lines"]["data"][0]
    assert (line["description"], line["invoice_item"], line["amount"]) == ("Consulting", first["id"], 1200)
    other = await api.create_customer(email="other@example.com")
    others = (await shop.post("/v1/invoices", {"customer": other["id"], "currency": "usd"}))["id"]
    dear = {"amount": 99_999_999}
    for more in ({"invoice": "in_none"}, {"invoice": others}, {"invoice": draft, "currency": "eur"}):
        refused = await shop.post(
            "/v1/invoice_items", {"customer": shop.customer, "currency": "usd", **dear, **more}, 400
        )
        assert refused["error"]["param"] == "invoice"
    full = await shop.post(
        "/v1/invoice_items", {"customer": shop.customer, "currency": "usd", "invoice": draft, **dear}, 400
    )
    assert full["error"]["code"] == "amount_too_large"
    finalized = await shop.post(f"/v1/invoices/{draft}/finalize")
    assert (finalized["amount_due"], finalized["lines"]) == (1057, grown["lines"])
    closed = {"customer": shop.customer, "amount": 1, "currency": "usd", "invoice": draft}
    assert (await shop.post("/v1/invoice_items", closed, 400))["error"]["code"] == "invoice_unexpected_state"
    assert (await shop.post(f"/v1/invoices/{draft}/pay"))["amount_paid"] == 1057


async def test_a_one_time_price_is_invoiced_by_quantity(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    body = {"currency": "usd", "unit_amount_decimal": "0.5", "product_data": {"name": "Page"}}
    price = (await shop.post("/v1/prices", body | {"lookup_key": "page"}))["id"]
    item = await shop.post("/v1/invoice_items", {"customer": shop.customer, "price": "page", "quantity": 3})
    assert (item["amount"], item["description"], item["price"]) == (2, "3 × Page (at 0.005 USD)", price)


async def test_an_invoice_is_finalised_paid_and_then_closed(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    invoice = await _invoice(shop, 1200, -200)
    assert (invoice["status"], invoice["number"], invoice["amount_due"]) == ("OPEN", "INV-000001", 1000)
    paid = await shop.post(f"/v1/invoices/{invoice['id']}/pay")
    assert (paid["status"], paid["amount_paid"], iso(paid["paid_at"])) == ("PAID", 1000, "2024-01-01T00:00:00Z")
    for action in ("finalize", "pay", "void", "mark_uncollectible"):
        refused = await shop.post(f"/v1/invoices/{invoice['id']}/{action}", status=400)
        assert refused["error"]["code"] == "invoice_unexpected_state"
    assert await shop.get(f"/v1/invoices/{invoice['id']}") == paid


async def test_credit_is_used_and_given_back_when_the_invoice_is_voided(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    credit = await _invoice(shop, -500)
    assert (credit["status"], credit["amount_due"], credit["ending_balance"]) == ("PAID", 0, -500)
    invoice = await _invoice(shop, 700)
    assert (invoice["amount_due"], invoice["starting_balance"], invoice["ending_balance"]) == (200, -500, 0)
    assert (await shop.get(f"/v1/customers/{shop.customer}"))["balance"] == 0
    voided = await shop.post(f"/v1/invoices/{invoice['id']}/void")
    assert (voided["status"], voided["amount_remaining"]) == ("VOID", 0)
    assert (await shop.get(f"/v1/customers/{shop.customer}"))["balance"] == -500
    assert await shop.post(f"/v1/invoices/{invoice['id']}/void") == voided


async def test_what_is_written_off_can_still_be_paid_elsewhere(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    invoice = await _invoice(shop, 700)
    written_off = await shop.post(f"/v1/invoices/{invoice['id']}/mark_uncollectible")
    assert (written_off["status"], written_off["amount_remaining"]) == ("UNCOLLECTIBLE", 700)
    paid = await shop.post(f"/v1/invoices/{invoice['id']}/pay", {"paid_out_of_band": True})
    assert (paid["status"], paid["paid_out_of_band"], paid["payment"]) == ("PAID", True, None)


async def test_what_is_written_off_can_still_be_charged_and_plans_nothing_when_that_fails(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.card("pm_card_chargeCustomerFail")
    invoice = await _invoice(shop, 700, auto_advance=True)
    path = f"/v1/invoices/{invoice['id']}"
    await shop.post(f"{path}/mark_uncollectible")
    await shop.post(f"{path}/pay", status=402)
    failed = await shop.get(path)
    assert (failed["status"], failed["next_payment_attempt"]) == ("UNCOLLECTIBLE", None)
    await shop.card()
    paid = await shop.post(f"{path}/pay")
    assert (paid["status"], paid["amount_paid"], paid["amount_remaining"]) == ("PAID", 700, 0)


async def test_an_invoice_that_advances_by_itself_is_charged_when_it_is_finalised(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.card()
    invoice = await _invoice(shop, 700, auto_advance=True)
    assert invoice["status"] == "OPEN"
    await shop.until("2024-01-01T00:00:01Z")
    assert (await shop.get(f"/v1/invoices/{invoice['id']}"))["status"] == "PAID"


async def test_a_customer_is_invoiced_in_one_currency(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await _invoice(shop, 700)
    refused = await shop.post("/v1/invoices", {"customer": shop.customer, "currency": "eur"}, 400)
    assert refused["error"]["code"] == "currency_mismatch"


async def test_thirty_invoices_finalised_at_once_have_thirty_numbers_in_a_row(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    drafts: list[str] = []
    for number in range(30):
        customer = await api.create_customer(email=f"ada{number}@example.com")
        body = {"customer": customer["id"], "amount": 100, "currency": "usd"}
        await shop.post("/v1/invoice_items", body)
        drafts.append((await shop.post("/v1/invoices", {"customer": customer["id"]}))["id"])
    finalized = await asyncio.gather(*(shop.post(f"/v1/invoices/{id}/finalize") for id in drafts))
    assert sorted(each["number"] for each in finalized) == [f"INV-{n + 1:06d}" for n in range(30)]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"amount": 1}, "parameter_missing", "currency"),
        ({}, "parameter_missing", "amount"),
        ({"amount": 1, "currency": "usd", "price": "price_a"}, "parameters_exclusive", "amount"),
        ({"price": "price_none"}, "resource_missing", "price"),
        ({"amount": 1, "currency": "usd", "customer": "cust_none"}, "resource_missing", "customer"),
    ],
)
async def test_what_is_no_item_is_refused(api: RunningApi, body: dict[str, Any], code: str, param: str) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    refused = await shop.post("/v1/invoice_items", {"customer": shop.customer, **body}, 400)
    assert (refused["error"]["code"], refused["error"]["param"]) == (code, param)
