"""Search everywhere: ids of every kind, invoice numbers, e-mail addresses and names."""

import re
from typing import Any

import pytest

from eventstore.tenants import Tenant
from services.core.engine import Engine
from services.core.reader import AsOf
from services.dashboard.searching import BY_PREFIX, numbers_meant
from tests.dashboard.test_every_page import world_of
from tests.support.app import RunningApi
from tests.support.browser import signed_in, signed_in_beside

AT = "/dashboard/test/search?q="


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("INV-000012", ["INV-000012"]),
        ("inv-12", ["INV-12", "INV-000012"]),
        ("12", ["INV-000012"]),
        ("OLD-7", ["OLD-7", "OLD-000007"]),
        ("INV-", []),
        ("ada", []),
        ("1" * 13, []),
        ("٣", []),
    ],
)
def test_numbers_that_a_text_may_stand_for(typed: str, meant: list[str]) -> None:
    assert numbers_meant(typed, "INV") == meant


async def test_everything_is_found_by_its_id(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await signed_in_beside(api)
    stranger = await signed_in(api, (await api.open_account()).id, email="stranger@example.com")
    world = await world_of(api, "user_1")
    invoices = (await api.client.get("/v1/invoices")).json()["data"]
    ids = {**world.ids, "il": invoices[0]["lines"]["data"][0]["id"]}
    assert set(BY_PREFIX) - {"acct"} <= set(ids), "give tests/support/world.py one of each kind"
    found: dict[str, bool] = {}
    for prefix, id in ids.items():
        if prefix != "user":
            await here.open(AT + id)
            found[id] = 'class="results"' in here.page and "<img" not in here.page
            await stranger.open(AT + id)
            assert "Nothing found" in stranger.page
    assert [id for id, there in found.items() if not there] == []
    await api.client.post("/v1/products", json={"id": "gold.plan", "name": "Ours"})
    await here.open(AT + "gold.plan")
    assert 'class="results"' in here.page
    assert "Ours" in here.page
    [finalized] = [each for each in invoices if each["number"]]
    await here.open(AT + finalized["number"])
    assert 'class="results"' in here.page
    assert f"/invoices/{finalized['id']}" in here.page
    await api.create_customer(name=f"Like {ids['cust']}")
    for of in ("customers", "products", "prices"):
        id = ids[{"customers": "cust", "products": "prod", "prices": "price"}[of]]
        await here.open(f"{AT}{id}&of={of}")
        assert re.findall(r'data-id="(\w+)"', here.page) == [id], here.page
    loaded: list[tuple[str, str]] = []
    load = Engine.load

    async def noted(engine: Engine, decider: Any, tenant: Tenant, id: str, as_of: AsOf | None = None) -> Any:
        loaded.append((decider.category, id))
        return await load(engine, decider, tenant, id, as_of)

    monkeypatch.setattr(Engine, "load", noted)
    for category, prefix in (("product", "prod"), ("price", "price"), ("customer", "cust")):
        await here.open(AT + ids[prefix])
        assert loaded.count((category, ids[prefix])) == 1, category
    await here.open(AT + "req_00000000000000000000")
    assert "/requests?id=req_" in here.page


async def test_an_invoice_is_found_by_its_number_and_a_customer_by_its_address(api: RunningApi) -> None:
    here = await signed_in_beside(api)
    customer = (await api.create_customer(name="Grace Hopper", email="grace@cobol.example"))["id"]
    item = {"customer": customer, "amount": 4200, "currency": "usd"}
    await api.client.post("/v1/invoice_items", json=item)
    invoice = (await api.client.post("/v1/invoices", json={"customer": customer})).json()["id"]
    number = (await api.client.post(f"/v1/invoices/{invoice}/finalize")).json()["number"]
    for typed in (number, number.lower(), number.replace("-0", "-").replace("-0", "-"), number.rpartition("-")[2]):
        await here.open(AT + typed)
        assert f"/invoices/{invoice}" in here.page, typed
    assert "Grace Hopper · $42.00 · Open" in here.page
    for typed in ("cobol", "GRACE@cobol.example", "hop"):
        await here.open(AT + typed)
        assert f"/customers/{customer}" in here.page, typed
    listed = await api.client.get("/v1/invoices", params={"number": number})
    assert [each["id"] for each in listed.json()["data"]] == [invoice]
