"""Two API servers and a worker: what one answers the other knows, and a limit counts for both."""

import asyncio
import itertools
import math
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.support.gateway import SimulatorProcess
from tests.support.processes import Api, fleet, until

CLIENTS = 8
WRITES = 1_000
PER_SECOND = 20


async def _writes_and_reads(servers: tuple[Api, Api], name: int, count: int) -> int:
    """Each customer is made at one server and looked for in the newest page of the other, at once."""
    seen = 0
    for number in range(count):
        writer, reader = servers if number % 2 else servers[::-1]
        body = {"name": f"Ada {name}", "email": f"ada{name}.{number}@example.com"}
        made = await writer.client.post("/v1/customers", json=body)
        ways = ({"limit": 100}, {"email": body["email"]}, {"q": f"ada{name}.{number}@"})
        listed = await reader.client.get("/v1/customers", params=ways[number % 3])
        assert made.status_code == listed.status_code == 200
        assert "peaswap-stale" not in listed.headers
        seen += made.json()["id"] in {each["id"] for each in listed.json()["data"]}
    return seen


async def test_a_list_shows_what_was_just_written_at_another_server(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        running.start("worker")
        running.start("scheduler")
        servers = (await running.api(), await running.api())
        await servers[0].worked_for()
        share = WRITES // CLIENTS
        seen = await asyncio.gather(*(_writes_and_reads(servers, name, share) for name in range(CLIENTS)))
        assert sum(seen) == WRITES


async def test_the_rate_limit_counts_over_all_servers(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        limit = {"PEASWAP_RATE_LIMIT_PER_SECOND": str(PER_SECOND)}
        servers = (await running.api(**limit), await running.api(**limit))
        begun = time.time()
        turns = itertools.islice(itertools.cycle(servers), PER_SECOND * 8)
        answers = await asyncio.gather(*(server.client.get("/v1/account") for server in turns))
        seconds = math.ceil(time.time() - begun) + 1
        counted = Counter(answer.status_code for answer in answers)
        assert set(counted) <= {200, 429}
        assert counted[200] <= PER_SECOND * seconds
        for answer in answers:
            if answer.status_code == 429:
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.json()["error"]["type"] == "rate_limit_error"

        async def limited() -> httpx.Response | None:
            """However slow the machine is, at some moment there are too many."""
            burst = await asyncio.gather(*(servers[n % 2].client.get("/v1/account") for n in range(PER_SECOND * 3)))
            return next((answer for answer in burst if answer.status_code == 429), None)

        assert (await until(limited)).json()["error"]["code"]

        async def allowed() -> bool | None:
            return (await servers[0].client.get("/v1/account")).is_success or None

        assert await until(allowed)
