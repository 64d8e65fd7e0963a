"""Many who change the same object at once stand in line: nobody is sent away, nothing is lost."""

import asyncio

from tests.support.app import RunningApi
from tests.support.billing import Shop

# More than the times that a command is tried.
MANY = 40


async def test_changes_of_one_customer_all_happen(api: RunningApi) -> None:
    customer = await api.create_customer()
    path = f"/v1/customers/{customer['id']}"
    changes = [{"metadata": {f"key{number}": "there"}} for number in range(MANY)]
    answers = await asyncio.gather(*(api.client.put(path, json=change) for change in changes))
    assert [answer.status_code for answer in answers] == [200] * MANY
    assert len((await api.client.get(path)).json()["metadata"]) == MANY


async def test_subscriptions_of_one_customer_all_begin(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-31T15:04:05Z")
    await shop.card()
    price = await shop.price(1000)
    body = {"customer": shop.customer, "price": price, "payment_behavior": "ALLOW_INCOMPLETE"}
    made = await asyncio.gather(*(shop.post("/v1/subscriptions", body) for _ in range(MANY)))
    assert {each["status"] for each in made} == {"ACTIVE"}
    assert len({each["latest_invoice"] for each in made}) == MANY


async def test_a_lookup_key_is_taken_over_by_each_in_turn(api: RunningApi) -> None:
    body = {"currency": "usd", "unit_amount": 1, "product_data": {"name": "Pro"}, "lookup_key": "pro"}
    wanted = (api.client.post("/v1/prices", json={**body, "transfer_lookup_key": True}) for _ in range(MANY))
    made = await asyncio.gather(*wanted)
    assert [answer.status_code for answer in made] == [200] * MANY
    held = (await api.client.get("/v1/prices?limit=100")).json()["data"]
    assert [price["lookup_key"] for price in held].count("pro") == 1
