"""What a customer's going leaves of its money: a first invoice that is void by it gives back what it had used."""

from typing import Any

import pytest

from projections.laws.queries import verdict
from services.billing.customers import ending
from services.billing.customers.decider import CUSTOMERS
from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.models import run_down


@pytest.mark.parametrize("how", ["erase", "delete"])
async def test_a_void_first_invoice_gives_back_the_credit_that_it_used(api: RunningApi, how: str) -> None:
    shop = await _with_credit(api)
    path = f"/v1/customers/{shop.customer}"
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
    await _gone_with(api, shop, -200)


@pytest.mark.parametrize("at_once", [1, 100])
@pytest.mark.parametrize("meanwhile", ["void", "cancel"])
async def test_what_somebody_ends_meanwhile_is_ended_once(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch, at_once: int, meanwhile: str
) -> None:
    shop = await _with_credit(api)
    price = await shop.price(1000)
    [first, _] = [await shop.post("/v1/subscriptions", {"customer": shop.customer, "price": price}) for _ in range(2)]
    read, ends = ending.running_ended, 0

    async def beside(*about: Any) -> Any:
        nonlocal ends
        found, ends = await read(*about), ends + 1
        if ends == 1 and meanwhile == "void":
            await shop.post(f"/v1/invoices/{first['latest_invoice']}/void")
        elif ends == 1:
            await shop.send("DELETE", f"/v1/subscriptions/{first['id']}")
        return found

    monkeypatch.setattr(ending, "ENDED_AT_ONCE_MAX", at_once)
    monkeypatch.setattr(ending, "running_ended", beside)
    await shop.send("DELETE", f"/v1/customers/{shop.customer}")
    assert ends > 1
    for invoice in (await shop.get("/v1/invoices"))["data"]:
        assert (invoice["status"], invoice["starting_balance"]) in {("VOID", -500), ("VOID", 0), ("PAID", 0)}
    await _gone_with(api, shop, -500)


async def _with_credit(api: RunningApi) -> Shop:
    """A customer who has 5 dollars with us."""
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.post("/v1/invoice_items", {"customer": shop.customer, "currency": "usd", "amount": -500})
    credit = await shop.post("/v1/invoices", {"customer": shop.customer})
    await shop.post(f"/v1/invoices/{credit['id']}/finalize")
    assert (await shop.get(f"/v1/customers/{shop.customer}"))["balance"] == -500
    return shop


async def _gone_with(api: RunningApi, shop: Shop, balance: int) -> None:
    """The customer is deleted with this balance, and no money is made or lost."""
    gone = (await api.engine.load(CUSTOMERS, await api.tenant(), shop.customer)).state
    assert gone is not None
    assert (gone.balance, gone.deleted_at is not None) == (balance, True)
    await run_down(api)
    assert (await verdict(api.engine.store.pool, 0)).breaches == []
