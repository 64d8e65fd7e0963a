"""An erased customer is in nothing any more, and all figures are what they were."""

import asyncio
from typing import Any

import httpx
import msgspec

from eventstore.verify import verify
from projections.projection import live_schema
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from tests.support.app import RunningApi, make_key
from tests.support.billing import Shop, seconds
from tests.support.models import run_down, written_twice
from tests.support.privacy import WORD, Known, places_with


async def _figures(api: RunningApi) -> dict[str, list[str]]:
    """The rows of the read models of money."""
    found: dict[str, list[str]] = {}
    for name in ("analytics", "payment_history"):
        for table in next(each for each in PROJECTIONS if each.name == name).compared:
            rows = await api.engine.store.pool.fetch(f"select t::text from {live_schema(name)}.{table} t order by 1")
            found[table] = [row[0] for row in rows]
    return found


async def test_nothing_of_an_erased_customer_is_left_anywhere(api: RunningApi) -> None:
    known = await Known.meet(api)
    other = await api.create_customer(name="Bo", email="bo@example.com", description="stays")
    await run_down(api)
    seen = await places_with(api.settings.database_url, api.settings.redis_url)
    assert seen == ["rm_customer_list.customers", "rm_due.states", "rm_objects.objects"]
    before = await _figures(api)
    analytics = await known.get(f"/v1/customers/{known.customer}/analytics")

    receipt = await known.post(f"/v1/customers/{known.customer}/erase")
    assert (receipt["payment_methods"], receipt["subscriptions"], receipt["payment_schedules"]) == (2, 1, 1)
    assert (receipt["object"], receipt["customer"]) == ("erasure", known.customer)
    assert receipt["erased"] == seconds("2024-01-01T00:00:00Z")
    assert await known.post(f"/v1/customers/{known.customer}/erase") == receipt
    await run_down(api)
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []

    assert await _figures(api) == before
    assert await known.get(f"/v1/customers/{known.customer}/analytics") == analytics
    assert (await verify(api.engine.store, lambda _done, _total: None)).holds
    for projection in PROJECTIONS:
        await written_twice(api.engine, projection)
        rebuilt = await rebuild(api.engine, api.settings.database_url, projection, lambda _done, _total: None)
        assert (projection.name, rebuilt.differing) == (projection.name, 0)
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []
    assert await known.get(f"/v1/customers/{other['id']}") == other


async def test_nothing_tells_of_an_erased_customer(api: RunningApi) -> None:
    known = await Known.meet(api)
    path = f"/v1/customers/{known.customer}"
    created = (await known.get("/v1/events", type="customer.created", object_id=known.customer))["data"][0]
    await known.post(f"{path}/erase")
    told = [
        await known.get("/v1/events", limit=100),
        await known.get(f"/v1/events/{created['id']}"),
        await known.get(path, as_of=created["id"]),
        await known.get(f"{path}/history", limit=100),
        await known.get("/v1/customers", q=WORD),
        await known.get("/v1/customers/duplicates"),
        await known.get(f"{path}/payment_methods"),
        *[await known.get(f"/v1/{name}", limit=100) for name in ("payments", "subscriptions", "invoices", "refunds")],
    ]
    for answer in told:
        assert WORD.lower() not in msgspec.json.encode(answer).decode().lower()
    assert (await known.get("/v1/events", type="customer.erased"))["data"][0]["data"]["object"]["name"] == "[erased]"
    assert told[6]["data"] == []
    gone = await api.client.get(path)
    assert gone.status_code == httpx.codes.NOT_FOUND
    for name, made in known.made.items():
        shown = await known.get(f"/v1/{name.removesuffix('-2')}/{made['id']}")
        assert WORD not in msgspec.json.encode(shown).decode()
        assert shown.get("amount") == made.get("amount")
    body = {"customer": known.customer, "currency": "usd", "description": WORD, "metadata": {"note": WORD}}
    again = await api.client.post(
        "/v1/payments",
        json={**body, "amount": 2500, "statement_descriptor": WORD},
        headers={"Idempotency-Key": "make-payments-2"},
    )
    assert (again.headers["idempotent-replayed"], again.json()) == ("true", {"object": "erased"})


async def test_an_erased_customer_owes_and_is_owed_what_it_did(api: RunningApi) -> None:
    known = await Known.meet(api)
    await known.post(f"/v1/customers/{known.customer}/erase")
    payment = known.made["payments"]["id"]
    body: dict[str, Any] = {"payment": payment, "amount": 300}
    refused = await known.post("/v1/refunds", {**body, "metadata": {"why": "x"}}, status=400)
    assert refused["error"]["code"] == "customer_erased"
    headers = {"Idempotency-Key": "back"}
    first = await api.client.post("/v1/refunds", json=body, headers=headers)
    assert (first.status_code, first.json()["status"]) == (200, "SUCCEEDED")
    again = await api.client.post("/v1/refunds", json=body, headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    refused = await known.send("PUT", f"/v1/payments/{payment}", {"description": "y"}, status=400)
    assert refused["error"]["code"] == "customer_erased"
    refused = await known.post("/v1/payments", {"amount": 5, "currency": "usd", "customer": known.customer}, status=400)
    assert refused["error"]["code"] == "customer_deleted"
    await known.until("2024-06-01T00:00:00Z")
    assert (await known.subscription(known.made["subscriptions"]["id"]))["status"] == "CANCELED"


async def test_who_is_deleted_can_be_erased_and_who_is_billed_only_when_that_is_meant(api: RunningApi) -> None:
    known = await Known.meet(api)
    path = f"/v1/customers/{known.customer}"
    refused = await known.post(f"{path}/erase", {"if_active": "error"}, status=400)
    assert refused["error"]["code"] == "customer_active"
    await known.send("DELETE", path)
    headers = {"Idempotency-Key": "erase-1"}
    receipt = await api.client.post(f"{path}/erase", json={}, headers=headers)
    assert (receipt.status_code, receipt.json()["subscriptions"]) == (200, 0)
    again = await api.client.post(f"{path}/erase", json={}, headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (receipt.json(), "true")
    await run_down(api)
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []
    missing = await known.post("/v1/customers/cust_nobody/erase", status=404)
    assert missing["error"]["code"] == "resource_missing"
    reader = await make_key(api.engine, (await _account(api)), permissions={"customers": "read"})
    refused = await api.call("POST", f"{path}/erase", reader, json={})
    assert refused.status_code == httpx.codes.FORBIDDEN


async def test_the_gateway_forgets_what_it_had_saved(api: RunningApi) -> None:
    known = await Known.meet(api)
    await known.post(f"/v1/customers/{known.customer}/erase")
    await run_down(api)
    sql = "select category from rm_due.due where id = $1"
    assert [row[0] for row in await api.engine.store.pool.fetch(sql, known.customer)] == ["erasure"]
    await api.attend()
    await run_down(api)
    assert await api.engine.store.pool.fetch(sql, known.customer) == []


async def test_writes_beside_an_erasure_leave_nothing_behind(api: RunningApi) -> None:
    known = await Known.meet(api)
    path, payment = f"/v1/customers/{known.customer}", known.made["payments"]["id"]
    done = asyncio.Event()
    statuses: set[int] = set()

    async def write(method: str, where: str, body: dict[str, Any]) -> None:
        while not done.is_set():
            statuses.add((await api.client.request(method, where, json=body)).status_code)
            await asyncio.sleep(0.005)

    saved = {"type": "CARD", "card": {"token": "tok_visa"}, "billing_details": {"name": WORD}}
    writers = [
        asyncio.create_task(write("PUT", path, {"name": WORD, "metadata": {"a": WORD}})),
        asyncio.create_task(write("PUT", f"/v1/payments/{payment}", {"description": WORD})),
        asyncio.create_task(write("POST", "/v1/payment_methods", {**saved, "customer": known.customer})),
    ]
    await asyncio.sleep(0.2)
    # Whoever is overtaken again and again is told to come back, as every client does.
    async with asyncio.timeout(60):
        while (erased := await api.client.post(f"{path}/erase", json={})).status_code == 503:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    done.set()
    await asyncio.gather(*writers)
    assert erased.status_code == httpx.codes.OK, erased.text
    assert statuses <= {200, 400, 404, 503}
    await run_down(api)
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []


async def test_a_method_that_nobody_has_is_forgotten_with_whom_it_paid_for(api: RunningApi) -> None:
    here = await Shop.open(api, "2024-01-01T00:00:00Z")
    saved = {"type": "CARD", "card": {"token": "tok_visa"}, "billing_details": {"name": WORD}}
    first, second, third = [await here.post("/v1/payment_methods", saved) for _ in range(3)]
    body = {"amount": 700, "currency": "usd", "customer": here.customer}
    await here.post("/v1/payments", {**body, "payment_method": first["id"]})
    await here.post("/v1/payments", {**body, "payment_method": first["id"]})
    waits = await here.post("/v1/payments", {**body, "confirm": False})
    await here.send("PUT", f"/v1/payments/{waits['id']}", {"payment_method": second["id"]})
    await here.post(f"/v1/payments/{waits['id']}/confirm", {"payment_method": third["id"]})
    receipt = await here.post(f"/v1/customers/{here.customer}/erase")
    assert receipt["payment_methods"] == 3
    await run_down(api)
    assert await places_with(api.settings.database_url, api.settings.redis_url) == []
    for id in (first["id"], second["id"], third["id"]):
        assert (await here.get(f"/v1/payment_methods/{id}"))["card"]["last4"] == "[erased]"
        refused = await here.post("/v1/payments", {"amount": 5, "currency": "usd", "payment_method": id}, status=400)
        assert refused["error"]["code"] == "payment_method_detached"


async def _account(api: RunningApi) -> str:
    return (await api.client.get("/v1/account")).json()["id"]
