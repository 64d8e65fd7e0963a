"""Deliveries to a real receiver: what arrives, in which order, what is kept of each try."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
import stripe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from eventstore.vault import CACHED_SECONDS_MAX
from tests.support.receiver import Received, Reply
from tests.workers.webhooks.conftest import RETRIED, RETRY_SECONDS, Delivering
from workers.webhooks import queue
from workers.webhooks.fan_out import fan_out, set_up
from workers.webhooks.queue import ROOM_MAX, Finished, claim_due, finish
from workers.webhooks.retries import JITTER, TRIES_MAX


def _verified(received: Received, secret: str) -> dict[str, Any]:
    """The event, once both official libraries have said that it is ours."""
    event = Webhook(secret).verify(received.body, received.headers)
    signature = received.headers["peaswap-signature"]
    stripes = stripe.Webhook.construct_event(received.body, signature, secret)  # pyright: ignore[reportUnknownMemberType]
    assert stripes.id == event["id"] == received.id
    return event


async def test_an_event_arrives_signed_as_the_feed_has_it(delivering: Delivering) -> None:
    endpoint = await delivering.endpoint()
    customer = await delivering.api.create_customer()
    [received] = await delivering.inbox.count(1)
    event = _verified(received, endpoint["secret"])
    assert event == (await delivering.api.client.get(f"/v1/events/{received.id}")).json()
    assert (event["type"], event["data"]["object"]["id"]) == ("customer.created", customer["id"])
    assert received.headers["content-type"].startswith("application/json")
    assert received.headers["host"] == f"127.0.0.1:{delivering.inbox.port}"
    [delivery] = await delivering.done(endpoint["id"], 1)
    [attempt] = delivery["attempts"]
    assert (delivery["event"], delivery["event_type"], delivery["object_id"]) == (
        received.id,
        "customer.created",
        customer["id"],
    )
    assert (attempt["number"], attempt["status_code"], attempt["error"]) == (1, 200, None)
    assert attempt["response_head"].startswith("HTTP 200")
    assert attempt["response_head"].endswith("thanks")
    assert attempt["request_headers"]["webhook-id"] == received.id
    assert not any("signature" in name for name in attempt["request_headers"])


async def test_an_endpoint_is_told_of_what_it_wants_from_its_creation_on(delivering: Delivering) -> None:
    api = delivering.api
    await api.create_customer(name="Before")
    await delivering.endpoint("/all", enabled_events=["*"])
    exact = await delivering.endpoint("/exact", enabled_events=["customer.updated"])
    other = await api.open_account()
    body = {"url": delivering.inbox.url("/other"), "enabled_events": ["*"]}
    await api.call("POST", "/v1/webhook_endpoints", other.test_key, json=body)
    customer = await api.create_customer(name="After")
    await api.client.put(f"/v1/customers/{customer['id']}", json={"name": "Changed"})
    await api.client.post("/v1/products", json={"name": "Pro"})
    everything = await delivering.inbox.count(4, "/all")
    types = [each.event["type"] for each in everything]
    assert sorted(types) == ["customer.created", "customer.updated", "product.created", "webhook_endpoint.created"]
    [updated] = await delivering.inbox.count(1, "/exact")
    assert updated.event["data"]["previous_attributes"] == {"name": "After"}
    assert [each["event_type"] for each in await delivering.deliveries(exact["id"])] == ["customer.updated"]
    assert delivering.inbox.at("/other") == []


async def test_the_events_of_an_object_wait_for_the_one_that_failed_and_others_go_on(delivering: Delivering) -> None:
    refused: list[str] = []

    async def refuses_the_second(received: Received) -> Reply:
        if received.event["data"]["object"]["name"] == "two" and received.id not in refused:
            refused.append(received.id)
            return Reply(500, b"not now")
        return Reply()

    delivering.inbox.behaviours["/hook"] = refuses_the_second
    endpoint = await delivering.endpoint()
    api = delivering.api
    customer = (await api.create_customer(name="one"))["id"]
    for name in ("two", "three", "four"):
        await api.client.put(f"/v1/customers/{customer}", json={"name": name})
    await delivering.inbox.count(2)
    other = (await api.create_customer(name="other"))["id"]
    await delivering.inbox.count(3)
    await delivering.done(endpoint["id"], 2)
    await delivering.attempted(endpoint["id"], 3)
    waiting = await delivering.done(endpoint["id"], 3, "PENDING")
    assert sorted(each["next_attempt"] is None for each in waiting) == [False, True, True]
    assert [each["attempts"][0]["status_code"] for each in waiting if each["attempts"]] == [500]
    delivering.clock.late += RETRIED
    received = await delivering.inbox.count(6)
    about = [each.event["data"]["object"] for each in received]
    assert [each["name"] for each in about if each["id"] == customer] == ["one", "two", "two", "three", "four"]
    assert [each["id"] for each in about].index(other) == 2
    twice = [each for each in received if each.id in refused]
    assert len(twice) == 2, "the id is the same for every try"
    assert twice[0].headers["webhook-timestamp"] != twice[1].headers["webhook-timestamp"]


async def test_a_delivery_fails_for_good_after_the_last_retry_and_lets_the_next_one_go(delivering: Delivering) -> None:
    refusing = True

    async def refuses(_received: Received) -> Reply:
        return Reply(503 if refusing else 200, b"x" * 10_000)

    delivering.inbox.behaviours["/hook"] = refuses
    endpoint = await delivering.endpoint()
    customer = (await delivering.api.create_customer())["id"]
    await delivering.api.client.put(f"/v1/customers/{customer}", json={"name": "Later"})
    first = ""
    for tries in range(1, TRIES_MAX + 1):
        received = await delivering.inbox.count(tries)
        first = received[0].id
        assert {each.id for each in received[:tries]} == {first}
        await delivering.attempted(endpoint["id"], tries)
        if tries < TRIES_MAX:
            delivering.clock.late += timedelta(seconds=RETRY_SECONDS[tries - 1] * (1 + JITTER))
    [failed] = await delivering.done(endpoint["id"], 1, "FAILED")
    assert (failed["event"], len(failed["attempts"]), failed["next_attempt"]) == (first, TRIES_MAX, None)
    assert {len(each["response_head"]) for each in failed["attempts"]} == {4_096}
    refusing = False
    delivering.clock.late += timedelta(days=1)
    assert [each["object_id"] for each in await delivering.done(endpoint["id"], 1)] == [customer]


async def test_both_secrets_verify_until_the_grace_time_is_over(delivering: Delivering) -> None:
    endpoint = await delivering.endpoint()
    path = f"/v1/webhook_endpoints/{endpoint['id']}/roll_secret"
    rolled = (await delivering.api.client.post(path, json={"grace_seconds": 60})).json()
    await delivering.api.create_customer()
    [first] = await delivering.inbox.count(1)
    for secret in (endpoint["secret"], rolled["secret"]):
        _verified(first, secret)
    delivering.clock.late += timedelta(seconds=100)
    await delivering.api.create_customer()
    second = (await delivering.inbox.count(2))[1]
    _verified(second, rolled["secret"])
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(second.body, second.headers)


async def test_of_an_erased_customer_nothing_is_sent_or_kept(delivering: Delivering) -> None:
    async def echoes(received: Received) -> Reply:
        return Reply(500, received.body[:3_000])

    delivering.inbox.behaviours["/hook"] = echoes
    endpoint = await delivering.endpoint()
    customer = (await delivering.api.create_customer(name="Ada Lovelace"))["id"]
    assert (await delivering.inbox.count(1))[0].event["data"]["object"]["name"] == "Ada Lovelace"
    await delivering.attempted(endpoint["id"], 1)
    [before] = await delivering.deliveries(endpoint["id"])
    assert "Ada Lovelace" in before["attempts"][0]["response_head"]
    engine = delivering.api.engine
    await engine.vault.shred(await delivering.api.tenant(), customer)
    await asyncio.sleep(CACHED_SECONDS_MAX)
    delivering.clock.late += RETRIED
    again = (await delivering.inbox.count(2))[1]
    assert again.event["data"]["object"]["name"] == "[erased]"
    await delivering.attempted(endpoint["id"], 2)
    [after] = await delivering.deliveries(endpoint["id"])
    assert [each["response_head"] for each in after["attempts"]] == [None, None]
    rows = await engine.store.pool.fetch("select row_to_json(t)::text from webhooks.attempts t")
    assert not any("Ada" in row[0] or b"Ada".hex() in row[0] for row in rows)


async def test_events_on_a_test_clock_tell_its_time_and_are_sent_at_once(delivering: Delivering) -> None:
    await delivering.endpoint()
    clock = await delivering.api.client.post("/v1/test_helpers/test_clocks", json={"frozen_time": 1640995200})
    await delivering.api.create_customer(test_clock=clock.json()["id"])
    [received] = await delivering.inbox.count(1)
    assert received.event["created"] == received.event["data"]["object"]["created"] == 1640995200
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 300


async def test_a_redirect_is_a_failure_and_is_not_followed(delivering: Delivering) -> None:
    async def redirects(_received: Received) -> Reply:
        return Reply(307, b"", (f"location: {delivering.inbox.url('/inside')}",))

    delivering.inbox.behaviours["/hook"] = redirects
    endpoint = await delivering.endpoint()
    await delivering.api.create_customer()
    await delivering.attempted(endpoint["id"], 1)
    [delivery] = await delivering.deliveries(endpoint["id"])
    assert (delivery["status"], delivery["attempts"][0]["status_code"]) == ("PENDING", 307)
    assert delivering.inbox.at("/inside") == []


async def test_a_slow_endpoint_holds_up_only_itself(delivering: Delivering) -> None:
    released = asyncio.Event()

    async def hangs(_received: Received) -> Reply:
        await released.wait()
        return Reply()

    delivering.inbox.behaviours["/slow"] = hangs
    slow = await delivering.endpoint("/slow")
    await delivering.endpoint("/fast")
    for number in range(40):
        await delivering.api.create_customer(name=f"Ada {number}")
    await delivering.inbox.count(40, "/fast")
    assert len(delivering.inbox.at("/slow")) <= ROOM_MAX
    released.set()
    assert len(await delivering.done(slow["id"], 40)) == 40


async def test_two_workers_send_each_event_once(delivering: Delivering) -> None:
    other = delivering.another()
    other.start()
    paths = ("/a", "/b")
    for path in paths:
        await delivering.endpoint(path)
    for number in range(30):
        await delivering.api.create_customer(name=f"Ada {number}")
    for path in paths:
        received = await delivering.inbox.count(30, path)
        assert len({each.id for each in received}) == len(received) == 30
    await other.stop()


async def test_what_a_dead_worker_had_claimed_is_sent_by_another(delivering: Delivering) -> None:
    engine, now = delivering.api.engine, delivering.clock.now()
    await delivering.deliverer.stop()
    endpoint = await delivering.endpoint()
    await delivering.api.create_customer()
    await set_up(engine, 0)
    while await fan_out(engine, 0):
        pass
    [claimed] = await claim_due(engine.store.pool, 0, delivering.clock.now(), {})
    assert (claimed.endpoint, claimed.tries) == (endpoint["id"], 1)
    assert await claim_due(engine.store.pool, 0, delivering.clock.now(), {}) == []
    delivering.clock.late += timedelta(seconds=queue.CLAIM_SECONDS + 1)
    delivering.deliverer = delivering.another()
    delivering.deliverer.start()
    [delivery] = await delivering.done(endpoint["id"], 1)
    assert [each["number"] for each in delivery["attempts"]] == [2]
    late = Finished(claimed.id, claimed.endpoint, claimed.tries, "FAILED", None)
    async with engine.store.pool.acquire() as connection, connection.transaction():
        await finish(connection, 0, [late], now)
    assert (await delivering.deliveries(endpoint["id"]))[0]["status"] == "DELIVERED", "a late result changes nothing"
