"""A refund that had succeeded, and that the bank sends back: what is counted, told and possible afterwards."""

from typing import Any

from tests.support.app import RunningApi
from tests.support.gateway import SimulatorProcess
from workers.invariants import check


async def _figures(api: RunningApi, customer: str) -> tuple[int, int, list[int]]:
    """Refunded and net of the customer, and the amounts that explain the first."""
    url = f"/v1/customers/{customer}/analytics"
    found = (await api.client.get(url)).json()
    params = {"metric": "total_refunded", "currency": "usd"}
    explained = (await api.client.get(f"{url}/explain", params=params)).json()
    assert explained["value"] == found["total_refunded"]
    return found["total_refunded"], found["net_volume"], [each["amount"] for each in explained["data"]]


async def _over_time(api: RunningApi) -> tuple[int, int, int]:
    points = (await api.client.get("/v1/analytics", params={"interval": "month"})).json()["data"]
    return tuple(sum(point[name] for point in points) for name in ("refunds", "refunded", "net"))  # pyright: ignore[reportReturnType]


async def _refunded(api: RunningApi, **more: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A customer, what it paid, and a refund of a part of that."""
    customer = (await api.create_customer())["id"]
    paid = await api.client.post("/v1/payments", json={"amount": 2500, "currency": "usd", "customer": customer, **more})
    refund = await api.client.post("/v1/refunds", json={"payment": paid.json()["id"], "amount": 1000})
    assert refund.json()["status"] == "SUCCEEDED"
    return customer, paid.json(), refund.json()


async def test_a_refund_that_was_sent_back_counts_no_more(api: RunningApi, gateway: SimulatorProcess) -> None:
    customer, payment, refund = await _refunded(api)
    assert await _figures(api, customer) == (1000, 1500, [1000])
    assert await _over_time(api) == (1, 1000, 1500)
    for _ in range(2):
        failed = await api.client.post(f"/v1/test_helpers/refunds/{refund['id']}/fail")
        assert failed.status_code == 200, failed.text
        assert (failed.json()["status"], failed.json()["failure_reason"]) == (
            "FAILED",
            "The bank sent the refund back.",
        )
    assert (await api.client.get(f"/v1/payments/{payment['id']}")).json()["amount_refunded"] == 0
    assert sorted((await _figures(api, customer))[2]) == [-1000, 1000]
    assert (await _figures(api, customer))[:2] == (0, 2500)
    assert await _over_time(api) == (0, 0, 2500)
    events = (await api.client.get("/v1/events", params={"object_id": refund["id"]})).json()["data"]
    assert [event["type"] for event in events] == ["refund.failed", "refund.created"]
    assert events[0]["data"]["previous_attributes"]["status"] == "SUCCEEDED"
    assert events[0]["data"]["object"]["status"] == "FAILED"
    assert (await gateway.books(payment["id"]))["totals"][0]["refunded"] == 0
    # All of it can be given back again.
    whole = (await api.client.post("/v1/refunds", json={"payment": payment["id"]})).json()
    assert (whole["amount"], whole["status"]) == (2500, "SUCCEEDED")
    assert (await gateway.books(payment["id"]))["totals"][0]["refunded"] == 2500
    assert (await _figures(api, customer))[:2] == (2500, 0)
    assert list((await check(api.engine, 0)).breaches) == []


async def test_only_what_succeeded_at_the_simulated_gateway_can_be_sent_back(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    customer, payment, _ = await _refunded(api)
    await gateway.arm("reset_before", match={"operation": "refund"})
    pending = (await api.client.post("/v1/refunds", json={"payment": payment["id"], "amount": 1})).json()
    early = await api.client.post(f"/v1/test_helpers/refunds/{pending['id']}/fail")
    assert (early.status_code, early.json()["error"]["code"]) == (400, "refund_unexpected_state")
    missing = await api.client.post("/v1/test_helpers/refunds/re_0/fail")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")
    assert (await _figures(api, customer))[0] == 1000


async def test_a_gateway_that_is_away_sends_nothing_back(api: RunningApi, gateway: SimulatorProcess) -> None:
    _, payment, refund = await _refunded(api)
    path, key = f"/v1/test_helpers/refunds/{refund['id']}/fail", {"Idempotency-Key": "once"}
    gateway.kill()
    away = await api.client.post(path, headers=key)
    assert (away.status_code, away.json()["error"]["code"]) == (503, "gateway_unavailable")
    assert (await api.client.get(f"/v1/payments/{payment['id']}")).json()["amount_refunded"] == 1000
    await gateway.start()
    done = await api.client.post(path, headers=key)
    assert (done.status_code, done.json()["status"]) == (200, "FAILED")
    again = await api.client.post(path, headers=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (done.json(), "true")
