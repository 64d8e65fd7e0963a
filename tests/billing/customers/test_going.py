"""What a customer's going leaves of its money: a first invoice that is void by it gives back what it had used."""

import pytest

from projections.laws.queries import verdict
from services.billing.customers.decider import CUSTOMERS
from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.models import run_down


@pytest.mark.parametrize("how", ["erase", "delete"])
async def test_a_void_first_invoice_gives_back_the_credit_that_it_used(api: RunningApi, how: str) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.post("/v1/invoice_items", {"customer": shop.customer, "currency": "usd", "amount": -500})
    credit = await shop.post("/v1/invoices", {"customer": shop.customer})
    await shop.post(f"/v1/invoices/{credit['id']}/finalize")
    path = f"/v1/customers/{shop.customer}"
    assert (await shop.get(path))["balance"] == -500
    bodies = [{"customer": shop.customer, "price": await shop.price(amount)} for amount in (300, 1000)]
    first, second = [await shop.post("/v1/subscriptions", body) for body in bodies]
    assert {each["status"] for each in (first, second)} == {"INCOMPLETE", "ACTIVE"}
    assert (await shop.get(path))["balance"] == 0
    if how == "erase":
        await shop.post(f"{path}/erase")
    else:
        await shop.send("DELETE", path)
    invoice = await shop.get(f"/v1/invoices/{second['latest_invoice']}")
    assert (invoice["status"], invoice["starting_balance"]) == ("VOID", -200)
    tenant = await api.engine.tenants.find(f"{(await api.client.get('/v1/account')).json()['id']}/test")
    assert tenant is not None
    gone = (await api.engine.load(CUSTOMERS, tenant, shop.customer)).state
    assert gone is not None
    assert (gone.balance, gone.deleted_at is not None) == (-200, True)
    await run_down(api)
    assert (await verdict(api.engine.store.pool, 0)).breaches == []
