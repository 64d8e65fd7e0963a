"""No secret leaves its place: whatever is done with keys, signing secrets and the secrets of gateways, and whatever
goes wrong with them, none stands in a log, an event, an error, an export, the database, or what Redis was ever sent."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from services.core.signing import PREFIX
from tests.support.app import MASTER_KEY
from tests.support.gateway import TOKEN, simulator
from tests.support.leaks import everything, shapes
from tests.support.processes import Api, Fleet, fleet, until
from tests.support.receiver import receiver
from tests.support.servers import Servers

STRIPE_KEY, STRIPE_OTHER = "sk_test_51OnlyStripeMayKnowThisOne", "rk_test_51NobodyAtStripeKnowsThis"
STRIPE_HOOK = "whsec_b25seVN0cmlwZUFuZFdlS25vd1RoaXM"
NOWHERE = "http://127.0.0.1:9"
PLACES = ("log", "event", "error", "export", "database", "redis")
KINDS = ("key", "webhook secret", "gateway secret", "secret of the settings")


class Found:
    """The secrets by kind, and what was seen in each place."""

    def __init__(self) -> None:
        self.secrets: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self.places: dict[str, list[str]] = {place: [] for place in PLACES}
        self.replayed = False


class Life:
    """Uses every kind of secret, rightly and wrongly."""

    def __init__(self, found: Found, running: Fleet, api: Api) -> None:
        self.found = found
        self.running = running
        self.api = api

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """An answer; a refusal is seen as an error."""
        response = await self.api.client.request(method, path, json=body, headers=headers)
        if response.is_error:
            self.found.places["error"].append(response.text)
        return response.json()

    async def keys(self) -> None:
        """Makes, repeats, rolls, uses, misuses and revokes keys."""
        known = self.found.secrets["key"]
        known.add(self.running.key)
        once = {"Idempotency-Key": "the-key"}
        body = {"name": "Reader", "permissions": {"customers": "read"}}
        made = await self.ask("POST", "/v1/api_keys", body, **once)
        again = await self.ask("POST", "/v1/api_keys", body, **once)
        self.found.replayed = again == made and "secret" in made
        rolled = await self.ask("POST", f"/v1/api_keys/{made['id']}/roll", {"expires_in": 3600})
        known |= {made["secret"], rolled["secret"]}
        for secret in (made["secret"], rolled["secret"]):
            with_it = {"Authorization": f"Bearer {secret}"}
            await self.ask("GET", "/v1/customers", **with_it)
            await self.ask("POST", "/v1/payments", {"amount": 1, "currency": "usd"}, **with_it)
            await self.ask("GET", f"/v1/customers/{secret}")
            await self.ask("POST", "/v1/customers", {"name": "Ada", "email": secret})
            await self.ask("POST", "/v1/customers", {secret: "Ada"})
        await self.ask("POST", f"/v1/api_keys/{made['id']}/revoke")
        await self.ask("GET", "/v1/api_keys")
        await self.ask("GET", "/v1/customers", Authorization=f"Bearer {made['secret']}")

    async def webhooks(self) -> None:
        """Makes, repeats and rolls signing secrets, and has things signed with them, taken or not."""
        known = self.found.secrets["webhook secret"]
        async with receiver() as inbox:
            once = {"Idempotency-Key": "the-endpoint"}
            body = {"url": inbox.url(), "enabled_events": ["*"]}
            made = await self.ask("POST", "/v1/webhook_endpoints", body, **once)
            await self.ask("POST", "/v1/webhook_endpoints", body, **once)
            path = f"/v1/webhook_endpoints/{made['id']}"
            rolled = await self.ask("POST", f"{path}/roll_secret", {"grace_seconds": 3600})
            known |= {made["secret"], rolled["secret"], *(each["secret"][len(PREFIX) :] for each in (made, rolled))}
            await self.ask("POST", f"{path}/test")
            await self.ask("POST", "/v1/customers", {"name": "Ada", "email": "ada@example.com"})
            await inbox.count(2)
            self.found.places["event"] += [each.body.decode() for each in inbox.received]
            await self.ask("PUT", path, {"url": f"http://169.254.169.254/{made['secret']}"})
            await self.ask("PUT", path, {"enabled_events": [rolled["secret"]]})
            await self.ask("POST", f"{path}/replay", {"from_position": rolled["secret"]})
        # From here on nobody listens: each try is an error.
        await self.ask("POST", f"{path}/test")
        self.found.places["event"].append(json.dumps(await self.ask("GET", f"{path}/deliveries?limit=100")))

    async def gateways(self) -> None:
        """Chooses Stripe with secrets, right and wrong ones, and charges where Stripe cannot be reached."""
        self.found.secrets["gateway secret"] |= {STRIPE_KEY, STRIPE_OTHER, STRIPE_HOOK}
        chosen = {"provider": "STRIPE", "secret_key": STRIPE_KEY, "webhook_secret": STRIPE_HOOK}
        once = {"Idempotency-Key": "the-gateway"}
        account = await self.ask("PUT", "/v1/account", {"gateway": chosen}, **once)
        await self.ask("PUT", "/v1/account", {"gateway": chosen}, **once)
        for wrong in ({**chosen, "secret_key": f"pk{STRIPE_KEY}"}, {**chosen, "webhook_secret": f"{STRIPE_HOOK} !"}):
            await self.ask("PUT", "/v1/account", {"gateway": wrong})
        await self.ask("PUT", "/v1/account", {"gateway": {**chosen, STRIPE_HOOK: 1}})
        await self.ask("PUT", "/v1/account", {"gateway": {"secret_key": STRIPE_OTHER}})
        await self.ask("POST", "/v1/payments", {"amount": 100, "currency": "usd"}, Prefer="respond-async")
        hook = account["gateway"]["webhook_path"]
        await self.ask("POST", hook, {"id": "evt_1"}, **{"Stripe-Signature": f"t=1,v1={STRIPE_HOOK}"})

    async def settings(self) -> None:
        """What only the server knows."""
        self.found.secrets["secret of the settings"] |= {MASTER_KEY, TOKEN}
        for words in (("doctor",), ("settings",)):
            done = await asyncio.to_thread(self.running.run, *words)
            self.found.places["log"].append(done.stdout + done.stderr)

    async def look(self) -> None:
        """Reads all that can be read."""
        events, url = self.found.places["event"], "/v1/events?limit=100"
        page = await self.ask("GET", url)
        events.append(json.dumps(page))
        assert not page["has_more"]
        self.running.environment |= {"PEASWAP_URL": self.api.url, "PEASWAP_API_KEY": self.running.key}
        for kind in ("customers", "payments", "events"):
            for form in ("csv", "jsonl"):
                done = await asyncio.to_thread(self.running.run, "export", kind, "--format", form)
                assert done.returncode == 0, done.stderr
                self.found.places["export"].append(done.stdout)
        about = {each["data"]["object"]["id"] for each in page["data"]}
        for id in sorted(each for each in about if not each.startswith("acct_")):
            done = await asyncio.to_thread(self.running.run, "replay", id, "--json")
            events.append(done.stdout)


@asynccontextmanager
async def overheard(redis_url: str, heard: list[str]) -> AsyncGenerator[None]:
    """Hears all that anybody sends to Redis."""
    # It may be silent for long while processes start.
    client: Any = Redis.from_url(redis_url, socket_timeout=None)  # pyright: ignore[reportUnknownMemberType]

    async def listen(monitor: Any) -> None:
        async for command in monitor.listen():
            heard.append(str(command["command"]))

    async with client.monitor() as monitor:
        listening = asyncio.create_task(listen(monitor))
        yield
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    await client.aclose()


async def _lived(database: str, redis_url: str, folder: Path) -> Found:
    found = Found()
    async with (
        overheard(redis_url, found.places["redis"]),
        simulator(folder / "gateway") as gateway,
        fleet(folder, database, redis_url, gateway) as running,
    ):
        running.environment |= {"PEASWAP_LOG_LEVEL": "debug", "PEASWAP_STRIPE_URL": NOWHERE}
        api = await running.api()
        running.start("worker")
        running.start("scheduler")
        life = Life(found, running, api)
        await life.keys()
        await life.webhooks()
        await life.gateways()
        await life.settings()
        await life.look()

        async def tried() -> bool | None:
            # A worker asks Stripe too, and says that it is silent.
            return True if "gateway_silent" in running.logs() else None

        await until(tried)
        found.places["database"] += (await everything(database)).values()
        found.places["log"].append(running.logs())
    return found


@pytest.fixture(scope="module")
def found(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[Found]:
    with running_servers.database() as database:
        yield asyncio.run(_lived(database, running_servers.redis_url("secrets"), tmp_path_factory.mktemp("secrets")))


# What shows that there was something to look at.
MARKS = {
    "log": "gateway_silent",
    "event": "webhook_endpoint.secret_rolled",
    "error": "gateway_secret_invalid",
    "export": "ada@example.com",
    "database": "webhook_endpoint.created",
    "redis": "EVALSHA",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_nowhere_but_in_its_place(found: Found, kind: str, place: str) -> None:
    seen = "\n".join(found.places[place])
    assert MARKS[place].lower() in seen.lower()
    assert found.secrets[kind]
    leaks = {shape for secret in found.secrets[kind] for shape in shapes(secret) if shape in seen}
    assert leaks == set()


def test_the_same_request_gets_the_same_secret_again(found: Found) -> None:
    assert found.replayed


def test_what_would_be_a_leak_is_found() -> None:
    for before in ("", "a", "ab"):
        text = json.dumps({"in": before + STRIPE_KEY})
        assert any(shape in text for shape in shapes(STRIPE_KEY))
        assert any(shape in text.encode().hex() for shape in shapes(STRIPE_KEY))
    assert httpx.BasicAuth(STRIPE_KEY, "")
