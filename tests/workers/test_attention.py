"""Due work: claimed by one worker, given back by one that dies, put off when it cannot be done."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from eventstore.store import StoreUnavailable
from services.billing.registry import BY_CATEGORY
from services.core.engine import Engine
from services.core.envelope import Envelope
from tests.support.app import RunningApi
from tests.support.gateway import SimulatorProcess
from tests.support.models import run_down
from workers import attention

TRIES = "select tries, problem, claimed_until from rm_due.due where id = $1"


async def _waiting(api: RunningApi, count: int) -> list[str]:
    body = {"amount": 100, "currency": "usd"}
    ids = [
        (await api.client.post("/v1/payments", json=body, headers={"Prefer": "respond-async"})).json()["id"]
        for _ in range(count)
    ]
    await run_down(api)
    return ids


async def test_two_workers_attend_to_each_row_once(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await _waiting(api, 40)
    seen: Counter[str] = Counter()

    async def attend_to(
        _engine: Engine, _services: Mapping[type, Any], _envelope: Envelope, _category: str, id: str
    ) -> None:
        seen[id] += 1
        await asyncio.sleep(0.01)

    monkeypatch.setattr(attention, "attend_to", attend_to)
    done = await asyncio.gather(*(attention.attend(api.engine, {}, 0) for _ in range(2)))
    assert sum(done) == len(ids)
    assert seen == Counter(ids)


async def test_what_a_dead_worker_had_claimed_is_claimed_again(api: RunningApi, gateway: SimulatorProcess) -> None:
    (id,) = await _waiting(api, 1)
    await gateway.arm("hold_before")
    dying = asyncio.create_task(api.attend())
    while not await gateway.held():
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await gateway.clear()
    assert await api.attend() == 0, "its claim still stands"
    await api.engine.store.pool.execute("update rm_due.due set claimed_until = now() - interval '1 second'")
    assert await api.attend() == 1
    assert (await api.client.get(f"/v1/payments/{id}")).json()["status"] == "SUCCEEDED"
    assert await gateway.captures(id) == (1, 100)


async def test_what_cannot_be_done_is_put_off_with_its_reason_and_stops_nobody(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await _waiting(api, 2)
    settle = BY_CATEGORY["payment"].attend
    assert settle is not None

    async def fails(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
        if id == bad:
            raise ValueError("out of order")
        await settle(engine, services, envelope, id)

    broken = {**BY_CATEGORY, "payment": replace(BY_CATEGORY["payment"], attend=fails)}
    monkeypatch.setattr(attention, "BY_CATEGORY", broken)
    begun = api.engine.clock.now()
    await api.attend()
    await run_down(api)
    assert (await api.client.get(f"/v1/payments/{good}")).json()["status"] == "SUCCEEDED"
    tries, problem, claimed_until = await api.engine.store.pool.fetchrow(TRIES, bad)
    assert (tries, problem) == (1, "ValueError: out of order")
    assert claimed_until > begun + timedelta(seconds=attention.AGAIN_SECONDS_FIRST)
    await api.engine.store.pool.execute("update rm_due.due set claimed_until = now() - interval '1 second'")
    await api.attend()
    assert (await api.engine.store.pool.fetchrow(TRIES, bad))[0] == 2
    assert await api.engine.store.pool.fetchrow(TRIES, good) is None


async def test_what_was_done_is_not_attended_to_again_while_the_read_model_has_a_backlog(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = await _waiting(api, 1)
    await api.stop_projecting()
    begun = api.engine.clock.now()
    assert await api.attend() == 1
    assert (await api.client.get(f"/v1/payments/{id}")).json()["status"] == "SUCCEEDED"
    claimed_until = await api.engine.store.pool.fetchval("select claimed_until from rm_due.due where id = $1", id)
    assert claimed_until >= begun + timedelta(seconds=attention.CLAIM_SECONDS)
    await api.engine.store.pool.execute("update rm_due.due set claimed_until = now() - interval '1 second'")
    seen: list[str] = []

    async def attend_to(*what: Any) -> None:
        seen.append(what[-1])

    monkeypatch.setattr(attention, "attend_to", attend_to)
    assert (await attention.attend(api.engine, {}, 0), seen) == (1, [])
    assert (await api.engine.store.pool.fetchrow(TRIES, id))[0] == 1, "nobody tried it a second time"
    api.projecting = True
    await run_down(api)
    assert await api.engine.store.pool.fetchrow(TRIES, id) is None


async def test_a_slow_one_keeps_no_finished_one_from_being_put_off_and_leaves_alone_what_others_claimed(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = await _waiting(api, 2)
    pool, go_on = api.engine.store.pool, asyncio.Event()

    async def attend_to(
        _engine: Engine, _services: Mapping[type, Any], _envelope: Envelope, _category: str, id: str
    ) -> attention.Problem:
        if id == slow:
            await go_on.wait()
        return attention.Problem(f"{id} is not ready")

    monkeypatch.setattr(attention, "attend_to", attend_to)
    attending = asyncio.create_task(attention.attend(api.engine, {}, 0))
    async with asyncio.timeout(60):
        while (await pool.fetchrow(TRIES, quick))[1] != f"{quick} is not ready":
            await asyncio.sleep(0.01)
    assert not attending.done()
    assert (await pool.fetchrow(TRIES, slow))[:2] == (1, None)
    await pool.execute("update rm_due.due set tries = 2 where id = $1", slow)
    go_on.set()
    assert await attending == 2
    assert (await pool.fetchrow(TRIES, slow))[:2] == (2, None), "it is somebody else's by now"


async def test_a_tenant_that_cannot_be_read_is_put_off_and_stops_nobody(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = await _waiting(api, 1)

    async def away(_number: int) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(api.engine.tenants, "by_number", away)
    assert await api.attend() == 1
    assert (await api.engine.store.pool.fetchrow(TRIES, id))[:2] == (1, "StoreUnavailable: away")


async def test_while_the_read_model_is_stopped_what_has_moved_is_attended_to(
    api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = await _waiting(api, 1)
    pool, seen = api.engine.store.pool, list[str]()
    await api.stop_projecting()
    assert await api.attend() == 1

    async def attend_to(*what: Any) -> None:
        seen.append(what[-1])

    monkeypatch.setattr(attention, "attend_to", attend_to)
    set_to = "update es.checkpoints set state = $1, reason = $2 where shard = 0 and reader = 'due'"
    # A stopped one that is tried again is live, and has its reason until it has moved.
    for tries, state in enumerate(("stopped", "live"), 2):
        await pool.execute(set_to, state, "poison")
        await pool.execute("update rm_due.due set claimed_until = now() - interval '1 second'")
        assert await attention.attend(api.engine, {}, 0) == 1
        assert (await pool.fetchrow(TRIES, id))[0] == tries
    assert seen == [id, id]
    await pool.execute(set_to, "live", None)
    api.projecting = True
    await run_down(api)
    assert await pool.fetchrow(TRIES, id) is None
