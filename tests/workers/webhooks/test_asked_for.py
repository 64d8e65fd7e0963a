"""What is sent because somebody asked for it, and what is not sent any more."""

from datetime import timedelta
from typing import Any

from tests.support.processes import until
from tests.support.receiver import Received, Reply
from tests.workers.webhooks.conftest import Delivering


async def _post(delivering: Delivering, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return await delivering.api.client.post(path, json=body or {}, headers=headers)


def _code(response: Any) -> tuple[int, str, str | None]:
    error = response.json()["error"]
    return response.status_code, error["code"], error.get("param")


async def test_a_test_is_sent_and_answered_with_what_came_of_it(delivering: Delivering) -> None:
    await delivering.endpoint("/other", enabled_events=["*"])
    endpoint = await delivering.endpoint(enabled_events=["invoice.paid"])
    path = f"/v1/webhook_endpoints/{endpoint['id']}/test"
    answer = await _post(delivering, path, key="test-1")
    [received] = delivering.inbox.at()
    delivery = answer.json()
    assert (delivery["status"], delivery["event"]) == ("DELIVERED", received.id)
    assert received.event["type"] == delivery["event_type"] == "webhook_endpoint.tested"
    assert received.event["data"]["object"]["id"] == endpoint["id"]
    assert delivery["attempts"][0]["status_code"] == 200
    again = await _post(delivering, path, key="test-1")
    assert (again.json(), again.headers["idempotent-replayed"]) == (delivery, "true")
    assert len(delivering.inbox.at()) == 1
    assert all(each.event["type"] != "webhook_endpoint.tested" for each in delivering.inbox.at("/other"))


async def test_an_event_is_sent_again_to_whoever_is_named(delivering: Delivering) -> None:
    first = await delivering.endpoint("/first")
    await delivering.api.create_customer()
    [received] = await delivering.inbox.count(1, "/first")
    later = await delivering.endpoint("/later", enabled_events=["invoice.paid"])
    path = f"/v1/events/{received.id}/resend"
    for endpoint, count in ((first, 2), (later, 1)):
        delivery = (await _post(delivering, path, {"endpoint": endpoint["id"]})).json()
        assert (delivery["status"], delivery["event"]) == ("PENDING", received.id)
        assert delivery["id"] in [each["id"] for each in await delivering.done(endpoint["id"], count)]
    assert [each.id for each in await delivering.inbox.count(1, "/later")] == [received.id]
    assert [each.id for each in await delivering.inbox.count(2, "/first")] == [received.id] * 2
    none = received.id[:-1] + ("0" if received.id[-1] != "0" else "1")
    assert _code(await _post(delivering, f"/v1/events/{none}/resend", {"endpoint": first["id"]}))[:2] == (
        404,
        "resource_missing",
    )
    assert _code(await _post(delivering, path, {"endpoint": "we_nobody"})) == (400, "resource_missing", "endpoint")
    await _post(delivering, f"/v1/webhook_endpoints/{first['id']}", {"status": "disabled"})
    assert _code(await _post(delivering, path, {"endpoint": first["id"]}))[:2] == (400, "webhook_endpoint_disabled")


async def test_a_replay_sends_what_happened_from_a_position_or_an_instant_on(delivering: Delivering) -> None:
    api = delivering.api
    customers = [(await api.create_customer(name="one"))["id"] for _ in range(5)]
    position = await api.engine.store.head(0)
    for customer in customers:
        await api.client.put(f"/v1/customers/{customer}", json={"name": "two"})
    endpoint = await delivering.endpoint(enabled_events=["customer.*"])
    path = f"/v1/webhook_endpoints/{endpoint['id']}/replay"
    assert _code(await _post(delivering, path)) == (400, "parameter_invalid", "from_position")
    assert _code(await _post(delivering, path, {"from_position": 1, "since": 1})) == (
        400,
        "parameter_invalid",
        "from_position",
    )
    replay = (await _post(delivering, path, {"from_position": position + 1})).json()
    assert (replay["object"], replay["from_position"]) == ("webhook_replay", position + 1)
    assert {each.event["type"] for each in await delivering.inbox.count(5)} == {"customer.updated"}
    await _post(delivering, path, {"since": 1})
    received = (await delivering.inbox.count(15))[5:]
    for customer in customers:
        about = [each.event for each in received if each.event["data"]["object"]["id"] == customer]
        assert [each["type"] for each in about] == ["customer.created", "customer.updated"]
    await _post(delivering, path, {"since": 4_000_000_000})

    async def over() -> bool | None:
        return None if await api.engine.store.pool.fetchval("select count(*) from webhooks.replays") else True

    await until(over)
    assert len(delivering.inbox.at()) == 15


async def test_an_endpoint_that_only_fails_for_five_days_is_disabled(delivering: Delivering) -> None:
    refusing = True

    async def refuses(_received: Received) -> Reply:
        return Reply(500 if refusing else 200)

    delivering.inbox.behaviours["/hook"] = refuses
    endpoint = await delivering.endpoint()
    path = f"/v1/webhook_endpoints/{endpoint['id']}"
    api = delivering.api
    await delivering.endpoint("/watch", enabled_events=["webhook_endpoint.*"])
    await api.create_customer(name="first")
    await delivering.inbox.count(1)
    delivering.clock.late += timedelta(days=4, hours=23)
    await delivering.inbox.count(2)
    await api.create_customer(name="second")
    await delivering.inbox.count(3)
    assert (await api.client.get(path)).json()["status"] == "ENABLED"
    delivering.clock.late += timedelta(hours=2)
    [told] = await delivering.inbox.count(1, "/watch")
    assert told.event["type"] == "webhook_endpoint.disabled"
    assert told.event["data"]["previous_attributes"]["status"] == "ENABLED"
    shown = (await api.client.get(path)).json()
    assert (shown["status"], shown["failing_since"] is None) == ("DISABLED", False)
    assert {each["status"] for each in await delivering.done(endpoint["id"], 2, "CANCELED")} == {"CANCELED"}
    await api.create_customer(name="unseen")
    refusing = False
    count = len(delivering.inbox.at())
    await _post(delivering, path, {"status": "enabled"})
    await api.create_customer(name="third")
    names = [each.event["data"]["object"]["name"] for each in (await delivering.inbox.count(count + 1))[count:]]
    assert names == ["third"]


async def test_nothing_waits_for_an_endpoint_that_is_deleted(delivering: Delivering) -> None:
    async def refuses(_received: Received) -> Reply:
        return Reply(0)

    delivering.inbox.behaviours["/hook"] = refuses
    endpoint = await delivering.endpoint()
    await delivering.api.create_customer()
    await delivering.attempted(endpoint["id"], 1)
    await delivering.api.client.delete(f"/v1/webhook_endpoints/{endpoint['id']}")
    [canceled] = await delivering.done(endpoint["id"], 1, "CANCELED")
    assert "lost" in canceled["attempts"][0]["error"]
