"""Webhooks through whatever happens: dead, slow and moody receivers, a worker killed, Redis emptied. Each living
endpoint gets each event, in order for each object, and the log says what became of each try.

PEASWAP_WEBHOOK_EVENTS=10000 takes the full dose.
"""

import asyncio
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import asyncpg
import redis

from services.core.signing import PREFIX
from tests.support.gateway import SimulatorProcess
from tests.support.ports import Port
from tests.support.processes import Api, fleet, until
from tests.support.receiver import Received, Receiver, Reply, receiver

EVENTS = int(os.environ.get("PEASWAP_WEBHOOK_EVENTS", "300"))
# A worker that was killed gives back what it had claimed after twenty seconds.
SECONDS_MAX = 360 + EVENTS / 20
UPDATES_EACH = 2
CUSTOMERS = EVENTS // (1 + UPDATES_EACH)
LIVING = ("/good", "/slow", "/moody", "/closing")
SLOW_SECONDS = 0.1

OPEN = "select count(*) from webhooks.deliveries where status = 'PENDING' and endpoint <> $1"
TRIES = """
select d.endpoint, d.status, d.tries, a.status_code, a.error
  from webhooks.deliveries d
  left join webhooks.attempts a
    on (a.shard, a.delivery) = (d.shard, d.id)
"""


class Moods:
    """What living endpoints do: each event is refused once at most, so that its second try arrives. `taken` are the
    events that an endpoint has said yes to, in that order."""

    def __init__(self, inbox: Receiver) -> None:
        self.taken: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._refused: set[tuple[str, str]] = set()
        inbox.behaviours = dict.fromkeys(LIVING, self.answer)

    async def answer(self, received: Received) -> Reply:
        first = (received.path, received.id) not in self._refused
        self._refused.add((received.path, received.id))
        if received.path == "/slow":
            await asyncio.sleep(SLOW_SECONDS)
        if first and hash(received.id) % 8 == 0:
            if received.path == "/moody":
                return Reply(500)
            if received.path == "/closing":
                return Reply(0)
        self.taken[received.path].append(received.event)
        return Reply()


async def _endpoint(api: Api, url: str) -> dict[str, Any]:
    response = await api.client.post("/v1/webhook_endpoints", json={"url": url, "enabled_events": ["customer.*"]})
    assert response.is_success, response.text
    return response.json()


async def _customer(api: Api, room: asyncio.Semaphore, number: int) -> None:
    async with room:
        body = {"name": f"Ada {number}", "email": "ada@example.com"}
        customer = (await api.client.post("/v1/customers", json=body)).json()["id"]
        for update in range(UPDATES_EACH):
            changed = await api.client.put(f"/v1/customers/{customer}", json={"name": f"Ada {number}.{update}"})
            assert changed.is_success


def _in_order(taken: list[dict[str, Any]]) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    for event in taken:
        if event["position"] not in seen[event["data"]["object"]["id"]]:
            seen[event["data"]["object"]["id"]].append(event["position"])
    assert len(seen) == CUSTOMERS
    for positions in seen.values():
        assert positions == sorted(positions)
        assert len(positions) == 1 + UPDATES_EACH


async def test_each_event_reaches_each_living_endpoint_in_order(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    nobody = Port()
    async with receiver() as inbox, fleet(tmp_path, database, redis_url, gateway) as running:
        moods = Moods(inbox)
        running.environment["PEASWAP_RATE_LIMIT_PER_SECOND"] = "0"
        api = await running.api()
        urls = [*(inbox.url(path) for path in LIVING), f"{nobody.url}/dead"]
        endpoints = [await _endpoint(api, url) for url in urls]
        dead = endpoints[-1]["id"]
        workers = [running.start("worker"), running.start("worker")]
        running.start("scheduler")
        room = asyncio.Semaphore(16)
        writing = [asyncio.create_task(_customer(api, room, number)) for number in range(CUSTOMERS)]

        async def reached(count: int) -> bool | None:
            return True if len(moods.taken["/good"]) >= count else None

        await until(lambda: reached(EVENTS // 4), SECONDS_MAX)
        workers[0].kill()
        client: Any = redis.Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
        client.flushdb()
        client.close()
        await until(lambda: reached(EVENTS // 2), SECONDS_MAX)
        running.start("worker")
        await asyncio.gather(*writing)
        connection = await asyncpg.connect(database)

        async def delivered() -> bool | None:
            created = CUSTOMERS * (1 + UPDATES_EACH)
            some = all(len(moods.taken[path]) >= created for path in LIVING)
            return True if some and not await connection.fetchval(OPEN, dead) else None

        await until(delivered, SECONDS_MAX)
        rows = await connection.fetch(TRIES)
        await connection.close()
        for path in LIVING:
            _in_order(moods.taken[path])
        _log_says(rows, [each["id"] for each in endpoints])
        for endpoint in endpoints:
            assert endpoint["secret"] not in running.logs()
        assert PREFIX not in running.logs()
    nobody.free()


def _log_says(rows: list[Any], endpoints: list[str]) -> None:
    by_endpoint: dict[str, Counter[str]] = defaultdict(Counter)
    for endpoint, status, _, status_code, error in rows:
        by_endpoint[endpoint][f"{status} {status_code or error}"] += 1
    good, slow, moody, closing, dead = (by_endpoint[each] for each in endpoints)
    events = CUSTOMERS * (1 + UPDATES_EACH)
    for each in (good, slow, moody, closing):
        assert each["DELIVERED 200"] == events
    assert moody["DELIVERED 500"] > 0
    assert any("The connection was lost" in words for words in closing)
    assert any("The connection was not made" in words for words in dead)
    assert not any(words.startswith("DELIVERED") for words in dead)
