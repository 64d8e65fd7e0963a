"""kill -9 at every point between a request and its answer: one charge in the gateway's own books, one outcome in the
log, and the repeated request gets its answer."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, Fleet, fleet, until
from tests.support.proxy import commit_proxy

SUCCEEDED = b"payment.succeeded"
OUTCOMES = {"payment.succeeded", "payment.attempt_failed"}


async def _pay(api: Api, name: str, **headers: str) -> httpx.Response:
    body = {"amount": 2500, "currency": "usd", "metadata": {"order": name}}
    return await api.client.post("/v1/payments", json=body, headers={"Idempotency-Key": name, **headers})


async def _repeated(api: Api, name: str) -> dict[str, Any]:
    """The answer to the repeated request, as a client that keeps trying gets it."""

    async def ask() -> dict[str, Any] | None:
        response = await _pay(api, name)
        assert response.status_code in {200, 409}, response.text
        return response.json() if response.is_success else None

    return await until(ask)


async def _settled(api: Api, id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        payment = (await api.client.get(f"/v1/payments/{id}")).json()
        return None if payment["status"] == "PROCESSING" else payment

    return await until(look)


async def _outcomes(running: Fleet, payment: str) -> Counter[str]:
    """How often each outcome stands in the log."""
    shown = await asyncio.to_thread(running.run, "replay", payment, "--json")
    assert shown.returncode == 0, shown.stderr
    return Counter(word for word in OUTCOMES for _ in range(shown.stdout.count(f'"{word}"')))


async def _one_charge(running: Fleet, gateway: SimulatorProcess, payment: dict[str, Any]) -> None:
    assert (payment["status"], payment["amount_received"]) == ("SUCCEEDED", 2500)
    assert await gateway.captures(payment["id"]) == (1, 2500)
    assert await _outcomes(running, payment["id"]) == {"payment.succeeded": 1}
    verified = await asyncio.to_thread(running.run, "verify")
    assert verified.returncode == 0, verified.stdout


async def _given_up(*requests: "asyncio.Task[httpx.Response]") -> None:
    answers = await asyncio.gather(*requests, return_exceptions=True)
    assert all(isinstance(answer, httpx.TransportError) for answer in answers), answers


@pytest.mark.parametrize("point", ["hold_before", "hold_after"])
async def test_an_api_killed_around_the_gateway_call(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path, point: str
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        api = await running.api()
        await gateway.arm(point)
        request = asyncio.create_task(_pay(api, "order-1"))
        await until(lambda: _held(gateway))
        api.kill()
        await _given_up(request)
        await gateway.clear()
        other = await running.api()
        payment = await _repeated(other, "order-1")
        await _one_charge(running, gateway, payment)
        again = await _pay(other, "order-1")
        assert (again.json(), again.headers["idempotent-replayed"]) == (payment, "true")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_api_killed_around_the_commit(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path, when: Literal["before", "after"]
) -> None:
    async with (
        commit_proxy(database, SUCCEEDED, when) as proxy,
        fleet(tmp_path, database, redis_url, gateway) as running,
    ):
        api = await running.api(PEASWAP_DATABASE_URL=proxy.url)
        request = asyncio.create_task(_pay(api, "order-1"))
        await asyncio.wait_for(proxy.stopped.wait(), 120)
        # The answer is on its way to nobody: what was sent is committed by now, or will never be.
        await asyncio.sleep(0.3)
        api.kill()
        await _given_up(request)
        other = await running.api()
        payment = await _repeated(other, "order-1")
        await _one_charge(running, gateway, payment)


@pytest.mark.parametrize("point", ["hold_before", "hold_after", "before", "after"])
async def test_a_worker_killed_at_each_point(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path, point: str
) -> None:
    when: Literal["before", "after"] = "before" if point == "before" else "after"
    async with (
        commit_proxy(database, SUCCEEDED, when) as proxy,
        fleet(tmp_path, database, redis_url, gateway) as running,
    ):
        api = await running.api()
        held = point.startswith("hold")
        if held:
            await gateway.arm(point)
        worker = running.start("worker", PEASWAP_DATABASE_URL=database if held else proxy.url)
        running.start("scheduler")
        started = (await _pay(api, "order-1", Prefer="respond-async")).json()
        assert started["status"] == "PROCESSING"
        if held:
            await until(lambda: _held(gateway))
        else:
            await asyncio.wait_for(proxy.stopped.wait(), 120)
            await asyncio.sleep(0.3)
        worker.kill()
        await gateway.clear()
        running.start("worker")
        payment = await _settled(api, started["id"])
        await _one_charge(running, gateway, payment)


async def _held(gateway: SimulatorProcess) -> bool | None:
    return True if await gateway.held() else None


async def test_thirty_requests_with_one_key_at_two_servers_make_one_payment(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        servers = [await running.api(), await running.api()]
        running.start("worker")
        running.start("scheduler")
        answers = await asyncio.gather(*(_pay(servers[n % 2], "order-1") for n in range(30)))
        assert {answer.status_code for answer in answers} <= {200, 409}
        ids = {answer.json()["id"] for answer in answers if answer.is_success}
        assert len(ids) == 1

        async def listed() -> list[str] | None:
            # The workers may have started only now; until they are there, lists are behind and say so.
            response = await servers[0].client.get("/v1/payments")
            stale = "peaswap-stale" in response.headers
            return None if stale else [payment["id"] for payment in response.json()["data"]]

        assert await until(listed) == list(ids)
        assert await gateway.captures() == (1, 2500)
