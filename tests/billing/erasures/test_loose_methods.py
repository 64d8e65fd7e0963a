"""A method that nobody has, and the erasure of those who use it."""

import asyncio
from typing import Any

import pytest

from services.billing.customers import erasing
from services.billing.invoices import effects
from services.billing.payments import charging
from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.privacy import SAVED, WORD


async def _open_invoice(here: Shop) -> str:
    await here.post("/v1/invoice_items", {"customer": here.customer, "amount": 900, "currency": "usd"})
    invoice = await here.post("/v1/invoices", {"customer": here.customer})
    return (await here.post(f"/v1/invoices/{invoice['id']}/finalize"))["id"]


async def test_who_is_erased_takes_no_method_into_use(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await Shop.open(api, "2024-01-01T00:00:00Z")
    method = (await here.post("/v1/payment_methods", SAVED))["id"]
    invoice = await _open_invoice(here)
    waits = await here.post(
        "/v1/payments", {"amount": 5, "currency": "usd", "customer": here.customer, "confirm": False}
    )
    choose, erased = effects.chosen_method, 0

    async def erase_meanwhile(*about: Any, **more: Any) -> Any:
        nonlocal erased
        chosen = await choose(*about, **more)
        await here.post(f"/v1/customers/{here.customer}/erase")
        erased += 1
        return chosen

    # The next attempt writes nothing that is sealed, so that no key is missed.
    await here.post(f"/v1/invoices/{invoice}/pay", {"payment_method": "pm_card_visa_chargeDeclined"}, status=402)
    monkeypatch.setattr(effects, "chosen_method", erase_meanwhile)
    body = {"payment_method": method}
    beside = await here.post(f"/v1/invoices/{invoice}/pay", body, status=400)
    after = await here.post(f"/v1/invoices/{invoice}/pay", body, status=400)
    changed = await api.client.put(f"/v1/payments/{waits['id']}", json=body)
    codes = [each["error"]["code"] for each in (beside, after, changed.json())]
    assert (codes, erased) == (["customer_deleted"] * 3, 1)
    used = "select count(*) from es.events where type = 'payment_method.used'"
    assert await api.engine.store.pool.fetchval(used) == 0


async def test_what_has_become_another_customers_is_not_erased(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await Shop.open(api, "2024-01-01T00:00:00Z")
    method = (await here.post("/v1/payment_methods", SAVED))["id"]
    body = {"amount": 700, "currency": "usd", "customer": here.customer, "payment_method": method}
    await here.post("/v1/payments", body)
    other = (await api.create_customer())["id"]
    read, reads = erasing.methods_ever_of, 0

    async def attach_meanwhile(*about: Any) -> Any:
        nonlocal reads
        found, reads = await read(*about), reads + 1
        await here.post(f"/v1/payment_methods/{method}/attach", {"customer": other})
        return found

    monkeypatch.setattr(erasing, "methods_ever_of", attach_meanwhile)
    receipt = await here.post(f"/v1/customers/{here.customer}/erase")
    assert (receipt["payment_methods"], reads) == (0, 2)
    kept = await here.get(f"/v1/payment_methods/{method}")
    assert (kept["customer"], kept["billing_details"]["name"]) == (other, WORD)


async def test_many_customers_use_one_method_at_once_and_no_more_than_there_may(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 20
    monkeypatch.setattr(charging, "USERS_MAX", many)
    method = (await api.client.post("/v1/payment_methods", json=SAVED)).json()["id"]
    customers = [(await api.create_customer(email=f"a{n}@example.com"))["id"] for n in range(many + 1)]

    async def pay(customer: str) -> Any:
        body = {"amount": 700, "currency": "usd", "customer": customer, "payment_method": method}
        return await api.client.post("/v1/payments", json=body)

    answers = await asyncio.gather(*[pay(each) for each in customers[:many]])
    assert [each.status_code for each in answers] == [200] * many
    refused = await pay(customers[many])
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "payment_method_customers_limit")
    assert (await pay(customers[0])).status_code == 200
