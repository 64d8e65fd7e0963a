"""What clients are told of: made from the log, page by page, for ever, and nothing of whom was erased."""

from contextvars import ContextVar
from typing import Any

import httpx
import pytest

from eventstore.pool import FairPool
from projections.event_feed.payload import told
from projections.event_feed.queries import marks_after, published_after
from services.core.ids import event_id_text, parse_event_id
from tests.support.app import RunningApi
from tests.support.billing import Shop, iso

# Whether a query is asked for on behalf of the test, not of the projector that runs beside it.
OURS: ContextVar[bool] = ContextVar("ours", default=False)


async def _events(api: RunningApi, **params: Any) -> list[dict[str, Any]]:
    """A page of events, newest first."""
    response = await api.client.get("/v1/events", params={"limit": 100, **params})
    assert response.status_code == httpx.codes.OK, response.text
    return response.json()["data"]


async def test_a_change_is_told_with_what_was_before(api: RunningApi) -> None:
    customer = await api.create_customer(metadata={"plan": "free", "seat": "1"})
    path = f"/v1/customers/{customer['id']}"
    patch = {"name": "Grace", "metadata": {"plan": "pro"}}
    changed = (await api.client.put(path, json=patch, headers={"Idempotency-Key": "k1"})).json()
    await api.client.delete(path)
    deleted, updated, created = await _events(api, object_id=customer["id"])
    assert [each["type"] for each in (created, updated, deleted)] == [
        "customer.created",
        "customer.updated",
        "customer.deleted",
    ]
    assert created["data"] == {"object": customer}
    was = {"name": "Ada", "metadata": {"plan": "free"}}
    assert updated["data"] == {"object": changed, "previous_attributes": was}
    assert deleted["data"]["object"]["id"] == customer["id"]
    assert created["position"] < updated["position"] < deleted["position"]
    assert updated["request"]["idempotency_key"] == "k1"
    assert updated["request"]["id"].startswith("req_")
    assert created["request"]["idempotency_key"] is None
    assert (updated["object"], updated["livemode"], updated["api_version"]) == ("event", False, "1")
    for event in (created, updated, deleted):
        assert (await api.client.get(f"/v1/events/{event['id']}")).json() == event
    then = await api.client.get(path, params={"as_of": created["id"]})
    assert then.json() == customer


async def test_events_are_found_by_type_object_and_time(api: RunningApi) -> None:
    ada, grace = await api.create_customer(), await api.create_customer()
    await api.client.put(f"/v1/customers/{ada['id']}", json={"name": "A"})
    await api.client.post("/v1/products", json={"name": "Pro"})
    created = await _events(api, type="customer.created")
    assert [each["data"]["object"]["id"] for each in created] == [grace["id"], ada["id"]]
    assert len(await _events(api, type="customer.*")) == 3
    both = await _events(api, **{"types[]": ["product.created", "customer.updated"]})
    assert [each["type"] for each in both] == ["product.created", "customer.updated"]
    mine = await _events(api, object_id=ada["id"], type="customer.created")
    assert [each["data"]["object"]["id"] for each in mine] == [ada["id"]]
    assert await _events(api, **{"created[gt]": ada["created"] + 3600}) == []
    assert len(await _events(api, **{"created[gte]": ada["created"], "types[]": ["customer.*", "product.*"]})) == 4
    for params in ({"type": "customer.shaved"}, {"starting_after": "evt_1"}, {"type": "nothing.*"}):
        assert (await api.client.get("/v1/events", params=params)).status_code == httpx.codes.BAD_REQUEST


@pytest.mark.parametrize("filters", [{"created[gte]": 1}, {"types[]": ["customer.created", "customer.updated"]}])
async def test_pages_neither_repeat_nor_skip(api: RunningApi, filters: dict[str, Any]) -> None:
    ids = [(await api.create_customer())["id"] for _ in range(7)]
    seen: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await api.client.get("/v1/events", params={"limit": 3, **filters, **after})).json()
        seen += page["data"]
        if not page["has_more"]:
            break
        after = {"starting_after": seen[-1]["id"]}
        await api.create_customer()
    customers = [each for each in seen if each["type"] == "customer.created"]
    assert [each["data"]["object"]["id"] for each in customers] == ids[::-1]
    back = (await api.client.get("/v1/events", params={"limit": 2, **filters, "ending_before": seen[-1]["id"]})).json()
    assert back["data"] == seen[-3:-1]
    assert back["has_more"]


async def test_what_happened_once_may_be_told_twice(api: RunningApi) -> None:
    body = {"amount": 900, "currency": "usd", "capture_method": "MANUAL"}
    payment = (await api.client.post("/v1/payments", json=body)).json()
    await api.client.post(f"/v1/payments/{payment['id']}/capture")
    events = await _events(api, object_id=payment["id"])
    assert [each["type"] for each in events] == ["payment.succeeded", "payment.captured", "payment.created"]
    succeeded, captured, _created = events
    assert succeeded["position"] == captured["position"]
    assert succeeded["data"] == captured["data"]
    assert succeeded["data"]["previous_attributes"]["amount_received"] == 0
    assert succeeded["id"] != captured["id"]
    assert parse_event_id(succeeded["id"]) == parse_event_id(captured["id"])
    for event in (succeeded, captured):
        assert (await api.client.get(f"/v1/events/{event['id']}")).json() == event
        then = await api.client.get(f"/v1/payments/{payment['id']}", params={"as_of": event["id"]})
        assert then.json()["status"] == "SUCCEEDED"
    tenant = await api.tenant()
    reached = 0
    steps: list[list[str]] = []
    # One at a time, and yet never half of what happened at once.
    while found := await published_after(api.engine, tenant, reached, 1):
        reached = found[-1].position
        steps.append([each.type for each in found if each.type.startswith("payment.")])
    assert [step for step in steps if step] == [["payment.created"], ["payment.captured", "payment.succeeded"]]


async def test_whom_was_erased_stands_in_no_event(api: RunningApi) -> None:
    customer = await api.create_customer(name="Ada Lovelace")
    [event] = await _events(api, object_id=customer["id"])
    tenant = await api.tenant()
    await api.engine.vault.shred(tenant, customer["id"])
    [after] = await published_after(api.engine, tenant, event["position"] - 1, 1)
    assert after.data.object == {**customer, "name": "[erased]", "email": "[erased]", "metadata": {}}
    assert after.id == event["id"]


async def test_nobody_is_told_of_what_is_not_theirs(api: RunningApi) -> None:
    customer = await api.create_customer()
    [event] = await _events(api, object_id=customer["id"])
    other = await api.open_account()
    assert (await api.call("GET", f"/v1/events/{event['id']}", other.test_key)).status_code == httpx.codes.NOT_FOUND
    assert (await api.call("GET", "/v1/events?type=customer.*", other.test_key)).json()["data"] == []
    payment = (await api.client.post("/v1/payments", json={"amount": 900, "currency": "usd"})).json()
    facts = await api.engine.facts(await api.tenant(), [f"payment-{payment['id']}"])
    assert facts[1].recorded.type == "payment.attempt_started"
    untold = event_id_text(facts[1].recorded.event_id)
    for id in (untold, other.id, "evt_" + "z" * 22, "evt_" + "0" * 22):
        assert (await api.client.get(f"/v1/events/{id}")).status_code == httpx.codes.NOT_FOUND


async def test_a_page_costs_one_read_of_its_streams(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        customer = await api.create_customer(email=f"c{number}@example.com")
        await api.client.put(f"/v1/customers/{customer['id']}", json={"name": "B"})
    await _events(api)
    tenant = await api.tenant()
    asked: list[str] = []
    fetch = FairPool.fetch

    async def counted(pool: FairPool, sql: str, *values: Any) -> Any:
        if OURS.get():
            asked.append(sql)
        return await fetch(pool, sql, *values)

    marks = await marks_after(api.engine.store.pool, tenant, 0, 100)
    OURS.set(True)
    monkeypatch.setattr(FairPool, "fetch", counted)
    assert len(marks) == 61
    assert [each.position for each in await told(api.engine, tenant, marks)] == [mark.position for mark in marks]
    assert sum("es.events" in sql for sql in asked) == 1
    assert sum("es.data_keys" in sql for sql in asked) <= 1


async def test_a_subscription_tells_its_life_by_its_clock(api: RunningApi) -> None:
    shop = await Shop.open(api, "2024-01-01T00:00:00Z")
    await shop.card()
    subscription = await shop.subscribe(await shop.price(1500))
    await shop.until("2024-02-01T00:00:00Z")
    events = await _events(api, object_id=subscription["id"])
    told_of = [(each["type"], iso(each["created"])) for each in reversed(events)]
    assert told_of == [
        ("subscription.created", "2024-01-01T00:00:00Z"),
        ("subscription.updated", "2024-01-01T00:00:00Z"),
        ("invoice.upcoming", "2024-01-25T00:00:00Z"),
        ("subscription.updated", "2024-02-01T00:00:00Z"),
    ]
    renewal, upcoming = events[0], events[1]
    preview = upcoming["data"]["object"]
    assert (preview["object"], preview["status"], preview["total"]) == ("invoice", "DRAFT", 1500)
    assert preview["id"] == renewal["data"]["object"]["latest_invoice"]
    assert renewal["data"]["previous_attributes"]["current_period_start"] == subscription["current_period_start"]
    invoice = [each["type"] for each in reversed(await _events(api, object_id=preview["id"]))]
    assert invoice == ["invoice.created", "invoice.finalized", "invoice.paid"]
