"""The log of requests: what it holds and what it never holds; full, it drops, and nobody waits."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
import redis.asyncio
from redis.exceptions import RedisError

from eventstore.tenants import Tenant, Tenants
from services.api.request_log import KEPT_MAX, ROOM, ROOM_FOR_FAILURES, Noted, RequestLog, path_of
from tests.support.app import RunningApi


def noted(number: int, status: int = 200) -> Noted:
    """A request."""
    return Noted(f"req_pressed_{number}", number, "GET", "/v1/customers", status, 1.5, "key_1")


def test_a_path_holds_ids_and_nothing_else_that_somebody_typed() -> None:
    route = "/v1/customers/{id}/history"
    assert path_of(route, {"id": "cust_03pkn"}) == "/v1/customers/cust_03pkn/history"
    assert path_of(route, {"id": "cust_4242424242424242"}) == route
    for typed in (
        "ada@example.com",
        "Ada Lovelace",
        "a" * 81,
        "<b>",
        "a/b",
        "sk_test_0123456789abcdef",
        "4242424242424242",
    ):
        assert path_of(route, {"id": typed}) == route


async def test_requests_are_noted_without_what_they_said(api: RunningApi, redis_url: str) -> None:
    account = await api.open_account()
    body = {"name": "Hedy Lamarr", "email": "hedy@example.com"}
    # The server of the whole run writes to the same Redis.
    ours: set[str] = set()

    async def call(method: str, path: str, key: str, **more: Any) -> httpx.Response:
        answer = await api.call(method, path, key, **more)
        ours.add(answer.headers["request-id"])
        return answer

    made = (await call("POST", "/v1/customers", account.test_key, json=body)).json()["id"]
    await call("GET", f"/v1/customers/{made}?expand[]=nothing-{'x' * 9}", account.test_key)
    await call("GET", "/v1/customers/hedy@example.com", account.test_key)
    await call("GET", "/v1/customers?q=lamarr", account.test_key)
    await call("GET", "/v1/customers", account.live_key)
    await call("GET", "/v1/customers", "sk_test_unknown")
    client: Any = redis.asyncio.Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
    log = RequestLog(client)
    tenant = await Tenants(api.engine.store.pool).find(f"{account.id}/test")
    assert tenant is not None
    async with asyncio.timeout(60):
        while len(found := await log.latest(tenant, lambda each: each.id in ours)) < 4:
            await asyncio.sleep(0.05)
    assert [(each.method, each.path, each.status) for each in found] == [
        ("GET", "/v1/customers", 200),
        ("GET", "/v1/customers/{id}", 404),
        ("GET", f"/v1/customers/{made}", 400),
        ("POST", "/v1/customers", 200),
    ]
    names = await client.keys("peaswap:requests:*")
    entries = [each for name in names for each in await client.lrange(name, 0, -1)]
    kept = b"".join(each for each in entries if msgspec.msgpack.decode(each, type=Noted).id in ours)
    assert made.encode() in kept
    for typed in (b"Hedy", b"hedy", b"lamarr", b"expand", account.test_key.encode()):
        assert typed not in kept
    await client.aclose()


async def test_under_pressure_the_rest_is_dropped_and_failures_stay(api: RunningApi) -> None:
    client: Any = api.redis
    log, tenant = RequestLog(client), await Tenants(api.engine.store.pool).open("acct_busy/test")
    for number in range(ROOM * 3):
        log.note(tenant, noted(number))
    for number in range(ROOM * 3):
        log.note(tenant, noted(number, 500))
    await log.flush()
    found = await log.latest(tenant, lambda each: each.id.startswith("req_pressed_"))
    assert (len(found), sum(each.status == 500 for each in found)) == (ROOM_FOR_FAILURES, ROOM_FOR_FAILURES - ROOM)
    for _ in range(KEPT_MAX // ROOM + 1):
        for number in range(ROOM):
            log.note(tenant, noted(number))
        await log.flush()
    assert len(await log.latest(tenant, lambda _: True)) == KEPT_MAX


async def test_who_flushes_finds_what_another_flush_was_writing(api: RunningApi) -> None:
    client: Any = api.redis
    log, tenant = RequestLog(client), await Tenants(api.engine.store.pool).open("acct_flushing/test")
    log.note(tenant, noted(1))
    other = asyncio.create_task(log.flush())
    await asyncio.sleep(0)
    await log.flush()
    assert other.done()
    assert [each.id for each in await log.latest(tenant, lambda _: True)] == ["req_pressed_1"]


async def test_with_redis_away_nobody_notices() -> None:
    client: Any = redis.asyncio.Redis(port=1, socket_connect_timeout=0.2)
    log = RequestLog(client)
    tenant = Tenant(0, 1, "acct_a/test")
    with pytest.raises(RedisError):
        await log.latest(tenant, lambda _: True)
    log.note(tenant, noted(1))
    await log.flush()
    await client.aclose()
