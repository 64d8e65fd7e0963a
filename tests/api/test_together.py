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
