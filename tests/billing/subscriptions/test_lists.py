"""Lists of subscriptions, by customer, by status and by any of their prices."""

from typing import Any

from tests.support.app import RunningApi
from tests.support.billing import Shop
from tests.support.models import run_down

EXPLAIN = """
explain
select t.id
  from rm_objects.filters t
 where t.shard = 0
   and t.tenant = 3
   and t.category = 'subscription'
   and t.field = $1
   and t.value = 'x'
 order by t.created_at desc, t.id desc
 limit 11
"""


async def _ids(shop: Shop, **filters: Any) -> list[str]:
    return [each["id"] for each in (await shop.get("/v1/subscriptions", **filters))["data"]]


async def test_a_subscription_is_found_by_each_of_its_prices_and_by_no_other(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-06-01T00:00:00Z")
    base, seats, other = await shop.price(1000), await shop.price(300), await shop.price(400)
    items = [{"price": base}, {"price": seats, "quantity": 4}]
    body = {"customer": shop.customer, "items": items, "payment_behavior": "allow_incomplete"}
    both = await shop.post("/v1/subscriptions", body)
    one = await shop.subscribe(seats)
    await shop.send("PUT", f"/v1/prices/{base}", {"lookup_key": "base", "active": False})
    assert await _ids(shop, price=base) == await _ids(shop, price="base") == [both["id"]]
    unknown = await shop.send("GET", "/v1/subscriptions?price=none", status=400)
    assert (unknown["error"]["code"], unknown["error"]["param"]) == ("resource_missing", "price")
    assert sorted(await _ids(shop, price=seats)) == sorted([both["id"], one["id"]])
    seat = both["items"]["data"][1]["id"]
    change = {"items": [{"id": seat, "price": other}]}
    await shop.send("PUT", f"/v1/subscriptions/{both['id']}", change)
    assert await _ids(shop, price=seats) == [one["id"]]
    assert await _ids(shop, price=other, customer=shop.customer, status="ACTIVE") == [both["id"]]
    await shop.send("DELETE", f"/v1/subscriptions/{both['id']}")
    assert await _ids(shop, price=other, status="CANCELED") == [both["id"]]
    assert await _ids(shop, price=other, status="ACTIVE") == []


async def test_each_filter_is_served_by_an_index(api: RunningApi) -> None:
    await Shop.open(api, "2024-06-01T00:00:00Z")
    await run_down(api)
    for field in ("customer", "status", "price"):
        async with api.engine.store.pool.acquire() as connection:
            await connection.execute("set enable_seqscan = off")
            plan = "\n".join(row[0] for row in await connection.fetch(EXPLAIN, field))
        assert "filters_newest" in plan, plan
        assert "Sort" not in plan, plan
