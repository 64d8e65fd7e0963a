"""`peaswap webhooks` and `peaswap events resend`, against a receiver on this machine."""

import asyncio
import json
from pathlib import Path

from tests.support.gateway import SimulatorProcess
from tests.support.processes import fleet
from tests.support.receiver import receiver


async def test_an_endpoint_is_managed_from_the_command_line(
    database: str, redis_url: str, gateway: SimulatorProcess, tmp_path: Path
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running, receiver() as listening:
        running.environment |= {"PEASWAP_WEBHOOKS_ALLOW_LOOPBACK": "yes"}
        api = await running.api()
        running.start("worker")
        running.start("scheduler")
        await api.worked_for()
        running.environment |= {"PEASWAP_URL": api.url, "PEASWAP_API_KEY": running.key}

        async def run(*words: str, status: int = 0) -> str:
            done = await asyncio.to_thread(running.run, *words)
            assert done.returncode == status, done.stdout + done.stderr
            return done.stdout

        made = (await run("webhooks", "create", listening.url(), "--events", "customer.*")).split()
        endpoint, secret = made[1], made[3]
        assert secret.startswith("whsec_")
        assert "DELIVERED" in await run("webhooks", "test", endpoint)
        await listening.count(1)
        customer = (await api.client.post("/v1/customers", json={"name": "Ada", "email": "a@example.com"})).json()
        told = await listening.count(2)
        assert told[1].event["data"]["object"]["id"] == customer["id"]

        shown = json.loads((await run("webhooks", "list", "--json")).splitlines()[0])
        assert (shown["id"], shown["enabled_events"], "secret" in shown) == (endpoint, ["customer.*"], False)
        rolled = (await run("webhooks", "roll-secret", endpoint, "--grace", "60")).split()
        assert rolled[3] not in {secret, ""}
        await run("events", "resend", told[1].event["id"], "--endpoint", endpoint)
        again = (await listening.count(3))[2]
        assert again.id == told[1].id
        assert again.headers["webhook-signature"].count("v1,") == 2
        assert "position 1 on" in await run("webhooks", "replay", endpoint, "--from-position", "1")
        await listening.count(4)
        assert "DISABLED" in await run("webhooks", "update", endpoint, "--disable", "--events", "*")
        lines = (await run("webhooks", "deliveries", endpoint, "--json")).splitlines()
        assert {json.loads(line)["event"] for line in lines} >= {told[1].event["id"]}
        await run("webhooks", "replay", endpoint, status=2)
        await run("webhooks", "delete", endpoint)
        assert await run("webhooks", "list", "--json") == ""
