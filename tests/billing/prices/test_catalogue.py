"""Products and prices over HTTP."""

from typing import Any

import pytest

from tests.support.app import RunningApi

MONTHLY = {"interval": "MONTH"}


async def _post(api: RunningApi, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    response = await api.client.post(path, json=body)
    assert response.status_code == status, response.text
    return response.json()


async def _price(api: RunningApi, **more: Any) -> dict[str, Any]:
    body = {"currency": "usd", "unit_amount": 1000, "recurring": MONTHLY, "product_data": {"name": "Pro"}, **more}
    return await _post(api, "/v1/prices", body)


async def test_a_price_and_its_product_take_the_ids_that_the_client_chose(api: RunningApi) -> None:
    price = await _price(api, id="price_monthly_pro", product_data={"name": "Pro", "id": "prod_pro"})
    assert (price["id"], price["product"], price["unit_amount"]) == ("price_monthly_pro", "prod_pro", 1000)
    assert (price["recurring"], price["type"]) == ({"interval": "MONTH", "interval_count": 1}, "RECURRING")
    assert (await api.client.get("/v1/products/prod_pro")).json()["name"] == "Pro"
    again = await _post(
        api, "/v1/prices", {"id": "price_monthly_pro", "currency": "usd", "unit_amount": 1, "product": "prod_pro"}, 400
    )
    assert again["error"]["code"] == "resource_already_exists"
    listed = (await api.client.get("/v1/prices", params={"product": "prod_pro"})).json()
    assert [each["id"] for each in listed["data"]] == ["price_monthly_pro"]


async def test_a_lookup_key_names_one_price_at_a_time(api: RunningApi) -> None:
    first = await _price(api, lookup_key="pro")
    body = {"currency": "usd", "unit_amount": 2000, "product": first["product"], "lookup_key": "pro"}
    refused = await _post(api, "/v1/prices", body, 400)
    assert (refused["error"]["code"], refused["error"]["param"]) == ("lookup_key_taken", "lookup_key")
    second = await _post(api, "/v1/prices", body | {"transfer_lookup_key": True})
    assert second["lookup_key"] == "pro"
    assert (await api.client.get(f"/v1/prices/{first['id']}")).json()["lookup_key"] is None
    back = await api.client.put(f"/v1/prices/{first['id']}", json={"lookup_key": "pro", "transfer_lookup_key": True})
    assert back.json()["lookup_key"] == "pro"


async def test_prices_are_listed_by_what_they_are(api: RunningApi) -> None:
    monthly = await _price(api, lookup_key="monthly")
    once = await _price(api, recurring=None, lookup_key="once")
    other = await _price(api, active=False, currency="eur")

    async def listed(query: str) -> list[str]:
        answer = await api.client.get(f"/v1/prices?{query}")
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["data"]]

    assert await listed("type=one_time") == [once["id"]]
    assert await listed("type=RECURRING") == [other["id"], monthly["id"]]
    assert await listed("type=RECURRING&active=true") == [monthly["id"]]
    assert await listed(f"product={once['product']}") == [once["id"]]
    assert await listed("currency=eur") == [other["id"]]
    assert await listed("lookup_keys[]=monthly&lookup_keys[]=once&lookup_keys[]=none") == [once["id"], monthly["id"]]
    assert await listed("lookup_keys[]=monthly&lookup_keys[]=once&type=one_time") == [once["id"]]
    assert await listed("lookup_key=monthly") == [monthly["id"]]
    for name, most in (("lookup_keys", 10), ("products", 100)):
        many = [f"none_{number}" for number in range(most + 1)]
        fits, refused = [await api.client.get("/v1/prices", params={f"{name}[]": each}) for each in (many[1:], many)]
        assert (fits.status_code, refused.status_code) == (200, 400), name
    refused = await api.client.get("/v1/prices?type=weekly")
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        400,
        "'type' must be one of ONE_TIME, RECURRING.",
    )


async def test_tiers_and_decimals_come_back_as_they_were_given(api: RunningApi) -> None:
    tiers = [{"up_to": 10, "unit_amount": 500}, {"up_to": "inf", "unit_amount_decimal": "12.5", "flat_amount": 100}]
    price = await _price(api, unit_amount=None, billing_scheme="TIERED", tiers_mode="GRADUATED", tiers=tiers)
    assert [each["unit_amount_decimal"] for each in price["tiers"]] == ["500", "12.5"]
    assert [each["unit_amount"] for each in price["tiers"]] == [500, None]
    decimal = await _price(api, unit_amount=None, unit_amount_decimal="0.050")
    assert (decimal["unit_amount"], decimal["unit_amount_decimal"]) == (None, "0.05")


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"unit_amount": None}, "unit_amount"),
        ({"unit_amount": -1}, "unit_amount"),
        ({"unit_amount_decimal": "1"}, "unit_amount"),
        ({"unit_amount": None, "unit_amount_decimal": "1.1234567890123"}, "unit_amount_decimal"),
        ({"unit_amount": None, "unit_amount_decimal": "1e3"}, "unit_amount_decimal"),
        ({"product": "prod_a"}, "product"),
        ({"product": "prod_none", "product_data": None}, "product"),
        ({"recurring": {"interval": "MONTH", "interval_count": 37}}, "recurring[interval_count]"),
        ({"billing_scheme": "TIERED"}, "tiers"),
        ({"tiers_mode": "VOLUME"}, "billing_scheme"),
        ({"currency": "zzz"}, "currency"),
        ({"id": "a b"}, "id"),
        ({"id": "search"}, "id"),
    ],
)
async def test_what_makes_no_price_is_refused(api: RunningApi, more: dict[str, Any], param: str) -> None:
    body = {"currency": "usd", "unit_amount": 1000, "recurring": MONTHLY, "product_data": {"name": "Pro"}, **more}
    refused = await _post(api, "/v1/prices", body, 400)
    assert refused["error"]["param"] == param


async def test_a_price_never_changes_what_it_costs(api: RunningApi) -> None:
    price = await _price(api)
    refused = await api.client.put(f"/v1/prices/{price['id']}", json={"unit_amount": 5})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "unit_amount")
    changed = (await api.client.put(f"/v1/prices/{price['id']}", json={"nickname": "Old", "active": False})).json()
    assert (changed["nickname"], changed["active"], changed["unit_amount"]) == ("Old", False, 1000)


async def test_only_a_product_without_prices_can_be_deleted(api: RunningApi) -> None:
    price = await _price(api)
    refused = await api.client.delete(f"/v1/products/{price['product']}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "product_in_use")
    unused = await _post(api, "/v1/products", {"name": "Unused", "metadata": {"a": 1}})
    assert (await api.client.delete(f"/v1/products/{unused['id']}")).json()["deleted"]
    assert (await api.client.get(f"/v1/products/{unused['id']}")).status_code == 404
    body = {"currency": "usd", "unit_amount": 1, "product": unused["id"]}
    assert (await _post(api, "/v1/prices", body, 400))["error"]["param"] == "product"
