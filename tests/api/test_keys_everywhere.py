"""Keys over two API processes: what one is told of a key, the other goes by."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from eventstore.seen import last_seen
from eventstore.store import EventStore
from eventstore.tenants import Tenant
from projections.key_ring.queries import RingKey
from services.api.key_uses import KeyUses
from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, fleet, until


async def _status(api: Api, secret: str) -> int:
    """What a list answers to this secret."""
    answer = await api.client.get("/v1/customers", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code


async def _becomes(status: int, api: Api, secret: str) -> None:
    """Returns once this is what the secret is answered there."""

    async def look() -> bool | None:
        return True if await _status(api, secret) == status else None

    await until(look)


async def test_what_one_process_is_told_of_a_key_the_other_goes_by(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        one, other = await running.api(), await running.api()
        running.start("worker")

        async def post(path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
            answer = await one.client.post(path, json=body or {})
            assert answer.status_code == status, answer.text
            return answer.json()

        made = await post("/v1/api_keys", {"name": "Shop", "permissions": {"customers": "read"}})
        path, first = f"/v1/api_keys/{made['id']}", made["secret"]
        assert made["last_used"] is None
        # The worker may not be up yet.
        await _becomes(httpx.codes.OK, other, first)
        refused = await other.client.post("/v1/customers", headers={"Authorization": f"Bearer {first}"}, json={})
        assert (refused.status_code, "customers:write" in refused.text) == (httpx.codes.FORBIDDEN, True)

        async def used() -> Any:
            return (await one.client.get(path)).json()["last_used"]

        assert abs(await until(used) - made["created"]) < 120
        listed = (await one.client.get("/v1/api_keys")).json()["data"]
        assert next(each["last_used"] for each in listed if each["id"] == made["id"])

        second = (await post(f"{path}/roll", {"expires_in": 3600}))["secret"]
        for secret in (second, first):
            await _becomes(httpx.codes.OK, other, secret)
        rolled = await asyncio.to_thread(running.run, "keys", "roll", made["id"], "--expires-in", "0")
        assert rolled.returncode == 0, rolled.stderr
        third = rolled.stdout.split()[1]
        for api in (one, other):
            await _becomes(httpx.codes.OK, api, third)
            await _becomes(httpx.codes.UNAUTHORIZED, api, second)
            assert await _status(api, first) == httpx.codes.OK
        both = await one.client.post(f"{path}/roll", json={"expires_in": 1, "grace_seconds": 1})
        assert both.status_code == httpx.codes.BAD_REQUEST

        revoked = await post(f"{path}/revoke")
        assert revoked["revoked"] is not None
        assert revoked["last_used"] is not None
        for api in (one, other):
            for secret in (first, second, third):
                await _becomes(httpx.codes.UNAUTHORIZED, api, secret)
        assert (await post(f"{path}/roll", {}, status=400))["error"]["code"] == "api_key_revoked"
        table = await asyncio.to_thread(running.run, "keys", "list", "--json")
        assert "never" in table.stdout
        assert not any(secret in running.logs() + table.stdout for secret in (first, second, third))


async def test_use_is_written_once_a_minute(store: EventStore, tenant: Tenant) -> None:
    uses = KeyUses(store.pool)
    key = RingKey(tenant.shard, tenant.number, b"", "key_1", "acct_a", False, None, None, None, 1)
    start = datetime(2024, 1, 31, 12, 0, tzinfo=UTC)

    async def seen_after(seconds: int) -> datetime:
        uses.note(key, start + timedelta(seconds=seconds))
        await uses.write()
        return (await last_seen(store.pool, tenant, ["key_1", "key_2"]))["key_1"]

    assert [await seen_after(seconds) for seconds in (0, 1, 59)] == [start] * 3
    assert await seen_after(60) == start + timedelta(minutes=1)
    # Another process, whose clock is behind, takes nothing back.
    late = KeyUses(store.pool)
    late.note(key, start)
    await late.write()
    assert await seen_after(61) == start + timedelta(minutes=1)
