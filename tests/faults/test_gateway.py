"""A gateway that is silent, breaks off or fails: what is unknown is not failed, and nothing is charged twice."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.support.app import RunningApi, running_api, settings_for
from tests.support.gateway import SimulatorProcess

PAYMENT = {"amount": 2500, "currency": "usd"}
FAULTS = (
    "timeout_before",
    "timeout_after",
    "error_500_before",
    "error_500_after",
    "reset_before",
    "reset_after",
    "lost_answer",
)


@pytest.fixture
async def hasty(database: str, redis_url: str, gateway: SimulatorProcess) -> AsyncGenerator[RunningApi]:
    """An API that does not wait long for the gateway."""
    async with running_api(settings_for(database, redis_url, gateway, gateway_timeout_seconds="2")) as running:
        yield running


async def test_unknown_outcomes_are_asked_about_until_they_are_known(
    hasty: RunningApi, gateway: SimulatorProcess
) -> None:
    begun: dict[str, str] = {}
    for fault in FAULTS:
        await gateway.arm(fault)
        response = await hasty.client.post("/v1/payments", json=PAYMENT, headers={"Idempotency-Key": fault})
        assert response.status_code == 200, fault
        # A retry of ours may have reached the gateway in time; a failure is never made up.
        assert response.json()["status"] in {"PROCESSING", "SUCCEEDED"}, fault
        begun[fault] = response.json()["id"]
        await gateway.clear()
    for fault, payment in begun.items():
        settled = await hasty.until_settled(payment)
        assert (settled["status"], settled["amount_received"]) == ("SUCCEEDED", 2500), fault
        assert [attempt["status"] for attempt in settled["attempts"]] == ["SUCCEEDED"], fault
        assert await gateway.captures(payment) == (1, 2500), fault


async def test_a_gateway_that_stays_away_leaves_the_payment_processing(
    api: RunningApi, gateway: SimulatorProcess
) -> None:
    gateway.kill()
    payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()
    assert payment["status"] == "PROCESSING"
    refused = await api.client.post(f"/v1/payments/{payment['id']}/confirm", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "payment_unexpected_state")
    await asyncio.gather(*(api.attend() for _ in range(3)))
    assert (await api.client.get(f"/v1/payments/{payment['id']}")).json()["status"] == "PROCESSING"
    await gateway.start()
    assert (await api.until_settled(payment["id"]))["status"] == "SUCCEEDED"
    assert await gateway.captures(payment["id"]) == (1, 2500)
