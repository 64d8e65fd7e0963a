"""Lists: fresh, in order, page by page, and as of any moment."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from services.billing.registry import CAPABILITIES
from tests.support.app import RunningApi, running_api, settings_for
from tests.support.gateway import SimulatorProcess


async def test_a_list_shows_what_was_just_written(api: RunningApi) -> None:
    for number in range(200):
        customer = await api.create_customer(email=f"c{number}@example.com")
        response = await api.client.get("/v1/customers", params={"limit": 1})
        assert response.json()["data"][0]["id"] == customer["id"]
        assert "peaswap-stale" not in response.headers


@pytest.fixture
async def impatient(database: str, redis_url: str, gateway: SimulatorProcess) -> AsyncGenerator[RunningApi]:
    """An API whose lists do not wait long for their read model."""
    async with running_api(settings_for(database, redis_url, gateway, read_wait_seconds="5")) as running:
        yield running


async def test_a_list_says_when_it_is_stale(impatient: RunningApi) -> None:
    api = impatient
    await api.create_customer()
    await api.client.get("/v1/customers")
    await api.stop_projecting()
    customer = await api.create_customer()
    stale = await api.client.get("/v1/customers")
    eventual = await api.client.get("/v1/customers", headers={"Peaswap-Consistency": "eventual"})
    assert stale.headers["peaswap-stale"] == "true"
    assert customer["id"] not in {each["id"] for each in stale.json()["data"]}
    assert "peaswap-stale" not in eventual.headers
    one = await api.client.get(f"/v1/customers/{customer['id']}")
    assert one.json() == customer


async def test_pages_neither_repeat_nor_skip_while_customers_are_added(api: RunningApi) -> None:
    ids = [(await api.create_customer())["id"] for _ in range(25)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await api.client.get("/v1/customers", params={"limit": 4, **after})).json()
        seen += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        after = {"starting_after": seen[-1]}
        await api.create_customer()
    assert seen == ids[::-1]
    back = (await api.client.get("/v1/customers", params={"limit": 3, "ending_before": ids[0]})).json()
    assert [each["id"] for each in back["data"]] == [ids[3], ids[2], ids[1]]


async def test_search_finds_any_part(api: RunningApi) -> None:
    grace = await api.create_customer(name="Grace Hopper", email="grace@navy.example.com", phone="+1 (555) 010-99")
    await api.create_customer(name="100% Ada_x", email="ada@example.com", metadata={"plan": "pro"})

    async def found(**params: str) -> list[str]:
        return [each["name"] for each in (await api.client.get("/v1/customers", params=params)).json()["data"]]

    async def searched(query: str) -> list[str]:
        answer = await api.client.get("/v1/customers/search", params={"query": query})
        return [each["name"] for each in answer.json()["data"]]

    for text in ("grace", "HOPP", "navy", "555", "155501099", grace["id"], grace["id"][:14]):
        assert await found(q=text) == ["Grace Hopper"], text
    assert await found(q="0% ada_") == ["100% Ada_x"]
    assert await found(q="%") == ["100% Ada_x"]
    assert await found(q="nobody") == []
    assert await found(email="GRACE@navy.example.com") == ["Grace Hopper"]
    assert await searched('email:"grace@navy.example.com" AND name~"hop"') == ["Grace Hopper"]
    assert await searched("metadata['plan']:'pro'") == ["100% Ada_x"]
    assert await searched('phone:"+155501099"') == ["Grace Hopper"]
    wrong = await api.client.get("/v1/customers/search", params={"query": 'shoe:"9"'})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "query_invalid")


async def test_updates_and_deletions_reach_the_list(api: RunningApi) -> None:
    customer = await api.create_customer(name="Before")
    await api.client.put(f"/v1/customers/{customer['id']}", json={"name": "After", "phone": "123 456"})
    assert (await api.client.get("/v1/customers", params={"q": "before"})).json()["data"] == []
    assert (await api.client.get("/v1/customers", params={"q": "123456"})).json()["data"][0]["name"] == "After"
    await api.client.delete(f"/v1/customers/{customer['id']}")
    assert (await api.client.get("/v1/customers")).json()["data"] == []


async def test_duplicates_are_grouped(api: RunningApi) -> None:
    ids = [(await api.create_customer(email=email))["id"] for email in ("a@b.co", "A@B.co", "c@d.co")]
    groups = (await api.client.get("/v1/customers/duplicates")).json()["data"]
    assert [(group["field"], group["value"], group["customers"]) for group in groups] == [("email", "a@b.co", ids[:2])]
    phones = ("+1 555 0100", "0555", "(1) 555-0100")
    called = [(await api.create_customer(email=f"p{n}@b.co", phone=phone))["id"] for n, phone in enumerate(phones)]
    groups = (await api.client.get("/v1/customers/duplicates")).json()["data"]
    found = [(group["field"], group["value"], group["customers"]) for group in groups]
    assert found == [("phone", "15550100", [called[0], called[2]]), ("email", "a@b.co", ids[:2])]


async def test_duplicates_come_page_by_page_and_go_with_what_made_them(api: RunningApi) -> None:
    pairs = [[(await api.create_customer(email=f"g{n}@b.co"))["id"] for _ in range(2)] for n in range(3)]

    async def listed(**params: str | int) -> dict[str, Any]:
        answer = await api.client.get("/v1/customers/duplicates", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = await listed(limit=2)
    assert ([each["customers"] for each in first["data"]], first["has_more"]) == ([pairs[2], pairs[1]], True)
    last = await listed(limit=2, starting_after=first["data"][1]["id"])
    assert ([each["customers"] for each in last["data"]], last["has_more"]) == ([pairs[0]], False)
    assert (await listed(ending_before=last["data"][0]["id"]))["data"] == first["data"]
    assert (await listed(**{"created[lt]": last["data"][0]["created"]}))["data"] == []
    wrong = await api.client.get("/v1/customers/duplicates?starting_after=dup_none")
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "starting_after")

    # Whose ids stand in addresses of pages, where nothing may tell, or be tried against, what they share.
    assert [each["id"] for each in first["data"]] == [f"dup_email_{pairs[n][0]}" for n in (2, 1)]
    # One that is the oldest of the group it leaves and of the one it joins.
    await api.client.put(f"/v1/customers/{pairs[0][0]}", json={"email": "g2@b.co"})
    joined = [(each["id"], each["customers"]) for each in (await listed())["data"]]
    assert (f"dup_email_{pairs[0][0]}", [pairs[0][0], *pairs[2]]) in joined
    await api.client.put(f"/v1/customers/{pairs[0][0]}", json={"email": "g0@b.co"})
    await api.client.put(f"/v1/customers/{pairs[2][0]}", json={"email": "G1@b.co"})
    await api.client.delete(f"/v1/customers/{pairs[0][1]}")
    assert [each["customers"] for each in (await listed())["data"]] == [[*pairs[1], pairs[2][0]]]
    [projection] = [each for each in PROJECTIONS if each.name == "customer_list"]
    done = await rebuild(api.engine, api.settings.migrate_database_url, projection, lambda _done, _all: None)
    assert done.differing == 0
    assert [len(each["customers"]) for each in (await listed())["data"]] == [3]


async def test_an_object_as_of_a_moment(api: RunningApi) -> None:
    customer = await api.create_customer(name="First")
    path = f"/v1/customers/{customer['id']}"
    await asyncio.sleep(1.1)
    await api.client.put(path, json={"name": "Second"})
    history = (await api.client.get(f"{path}/history")).json()["data"]
    then = await api.client.get(path, params={"as_of": customer["created"]})
    event = await api.client.get(path, params={"as_of": history[0]["id"]})
    before = await api.client.get(path, params={"as_of": customer["created"] - 10})
    assert then.json() == event.json() == customer
    assert before.status_code == 404
    assert (await api.client.get(path, params={"as_of": "yesterday"})).status_code == 400


async def test_history_tells_who_changed_what(api: RunningApi) -> None:
    customer = await api.create_customer(metadata={"plan": "free"})
    path = f"/v1/customers/{customer['id']}"
    await api.client.put(path, json={"metadata": {"plan": "pro"}}, headers={"Idempotency-Key": "k1"})
    await api.client.post("/v1/payments", json={"amount": 500, "currency": "eur", "customer": customer["id"]})
    await api.client.delete(path)
    entries = (await api.client.get(f"{path}/history")).json()["data"]
    assert [each["type"] for each in entries][:2] == ["customer.created", "customer.updated"]
    assert entries[-1]["type"] == "customer.deleted"
    assert {"payment.created", "payment.succeeded"} <= {each["type"] for each in entries}
    assert entries[1]["changes"] == [{"field": "metadata[plan]", "from": "free", "to": "pro"}]
    assert entries[1]["idempotency_key"] == "k1"
    assert entries[1]["actor"]["type"] == "api_key"
    assert entries[1]["request_id"].startswith("req_")
    assert [each["position"] for each in entries] == sorted(each["position"] for each in entries)
    rest = (await api.client.get(f"{path}/history", params={"starting_after": entries[1]["id"]})).json()["data"]
    assert rest == entries[2:]


async def test_a_page_of_a_history_holds_the_entry_that_is_named(api: RunningApi) -> None:
    customer = await api.create_customer()
    path = f"/v1/customers/{customer['id']}"
    await api.client.post("/v1/payments", json={"amount": 500, "currency": "eur", "customer": customer["id"]})
    for number in range(4):
        await api.client.put(path, json={"name": f"Ada {number}"})
    whole = (await api.client.get(f"{path}/history")).json()
    entries, count = whole["data"], whole["total_count"]
    assert [each["number"] for each in entries] == list(range(1, count + 1))
    assert next(each["currency"] for each in entries if each["type"] == "payment.created") == "eur"
    for named, first, end in (
        ("newest", count - 3, count),
        (str(count - 2), count - 3, count),
        (entries[count - 4]["id"], count - 6, count - 3),
        ("1", 0, (count - 1) % 3 + 1),
    ):
        page = (await api.client.get(f"{path}/history", params={"holding": named, "limit": 3})).json()
        assert (page["data"], page["has_more"]) == (entries[first:end], end < count), named
    after = {"holding": "1", "starting_after": entries[0]["id"]}
    assert (await api.client.get(f"{path}/history", params=after)).json()["data"] == entries[1:]
    for unknown in (str(count + 1), "0", "oldest", "evt_00000000000000000000000"):
        refused = await api.client.get(f"{path}/history", params={"holding": unknown})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "holding")


async def test_ids_are_expanded(api: RunningApi) -> None:
    customer = await api.create_customer()
    body = {"amount": 500, "currency": "eur", "customer": customer["id"], "expand": ["customer"]}
    payment = (await api.client.post("/v1/payments", json=body)).json()
    assert payment["customer"]["id"] == customer["id"]
    listed = (await api.client.get("/v1/payments", params={"expand[]": "data.customer"})).json()
    assert listed["data"][0]["customer"]["name"] == "Ada"
    assert (await api.client.get("/v1/payments", params={"expand[]": "data.nothing"})).status_code == 400


def test_every_field_that_names_another_object_can_be_expanded() -> None:
    named = {each.object for each in CAPABILITIES}
    for capability in (each for each in CAPABILITIES if each.readable):
        fields = {field.name for field in msgspec.structs.fields(capability.view_type)}
        assert fields & named <= capability.expands.keys(), capability.name


async def test_analytics_keep_currencies_apart(api: RunningApi) -> None:
    customer = await api.create_customer()
    for amount, currency in ((1000, "usd"), (2501, "usd"), (700, "jpy")):
        body = {"amount": amount, "currency": currency, "customer": customer["id"]}
        payment = (await api.client.post("/v1/payments", json=body)).json()
        if amount == 1000:
            await api.client.post("/v1/refunds", json={"payment": payment["id"], "amount": 300})
    path = f"/v1/customers/{customer['id']}/analytics"
    found = (await api.client.get(path)).json()
    assert (found["currency"], found["total_payments"], found["total_volume"]) == ("usd", 2, 3501)
    assert (found["average_transaction"], found["total_refunded"], found["net_volume"]) == (1751, 300, 3201)
    assert [each["currency"] for each in found["by_currency"]] == ["jpy", "usd"]
    assert (await api.client.get(path, params={"currency": "JPY"})).json()["total_volume"] == 700
    for metric, value in (("total_volume", 3501), ("total_refunded", 300), ("total_payments", 2)):
        params = {"metric": metric, "currency": "usd"}
        explained = (await api.client.get(f"{path}/explain", params=params)).json()
        assert explained["value"] == sum(each["amount"] for each in explained["data"]) == value
    params = {"metric": "total_volume", "currency": "usd", "limit": "1"}
    first = (await api.client.get(f"{path}/explain", params=params)).json()
    assert (first["value"], first["has_more"], [each["amount"] for each in first["data"]]) == (3501, True, [1000])
    params["starting_after"] = first["data"][0]["event"]
    second = (await api.client.get(f"{path}/explain", params=params)).json()
    assert (second["value"], second["has_more"], [each["amount"] for each in second["data"]]) == (3501, False, [2501])
    points = (await api.client.get("/v1/analytics", params={"currency": "usd", "interval": "month"})).json()["data"]
    assert sum(point["volume"] for point in points) == 3501
    assert sum(point["new_customers"] for point in points) == 1


async def test_products_and_prices_are_found_by_parts_of_what_they_are_called(api: RunningApi) -> None:
    product = (await api.client.post("/v1/products", json={"name": "Peas & 100% Pods"})).json()["id"]
    body = {"currency": "usd", "unit_amount": 1, "product": product, "nickname": "By the Pod"}
    price = (await api.client.post("/v1/prices", json=body)).json()["id"]
    for url, query, found in (
        ("products", 'name~"100% pod"', [product]),
        ("products", 'name~"100_ pod"', []),
        ("prices", 'nickname~"THE"', [price]),
        ("prices", 'nickname~"the" AND active:"false"', []),
    ):
        answer = await api.client.get(f"/v1/{url}/search", params={"query": query})
        assert [each["id"] for each in answer.json()["data"]] == found, query
    wrong = await api.client.get("/v1/products/search", params={"query": 'description~"x"'})
    assert "parts (~) of name" in wrong.json()["error"]["message"]
