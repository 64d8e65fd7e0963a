"""The API in this process, with a projector beside it, real servers below it, and an account to use it with."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from litestar import Litestar
from msgspec import Struct
from redis.asyncio import Redis

from eventstore.store import EventStore
from eventstore.tenants import Tenant, Tenants
from eventstore.vault import Vault
from projections.engine import advance
from projections.registry import PROJECTIONS
from services.billing.accounts.choosing import GatewayChoices
from services.billing.accounts.commands import OpenAccount
from services.billing.accounts.decider import ACCOUNTS
from services.billing.api_keys.commands import CreateApiKey
from services.billing.api_keys.decider import API_KEYS
from services.billing.api_keys.events import Access
from services.billing.api_keys.secrets import make_secret
from services.billing.invoice_numbers.lookup import Numbers
from services.billing.registry import CODECS
from services.billing.test_clocks.lookup import time_on
from services.core.clock import SystemClock
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.settings import Settings, load_settings
from services.core.step import Step
from services.dashboard.app import build_app
from services.gateways.gateways import Gateways
from tests.support.gateway import TOKEN, SimulatorProcess
from workers.agenda import with_agenda
from workers.attention import attend
from workers.webhooks.fan_out import fan_out, set_up

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()
LOOK_SECONDS = 0.005
READY_SECONDS_MAX = 180.0


class Account(Struct):
    """An account with a secret key for each environment."""

    id: str
    test_key: str
    live_key: str


class RunningApi:
    """The API as tests use it. `client` carries the test key; `projecting` can be switched off."""

    def __init__(
        self, engine: Engine, client: httpx.AsyncClient, settings: Settings, app: Litestar, redis: Redis
    ) -> None:
        self.app = app
        self.redis = redis
        self.engine = engine
        self.client = client
        self.settings = settings
        self.projecting = True
        self.turn = asyncio.Lock()

    async def stop_projecting(self) -> None:
        """From here on read models stand still; a turn that is under way is waited for."""
        self.projecting = False
        async with self.turn:
            pass

    async def open_account(self, name: str = "Test") -> Account:
        """A new account."""
        return await open_account(self.engine, name)

    async def tenant(self) -> Tenant:
        """The tenant of the client's own key."""
        account = (await self.client.get("/v1/account")).json()["id"]
        found = await self.engine.tenants.find(f"{account}/test")
        assert found is not None
        return found

    async def call(self, method: str, path: str, key: str, **more: Any) -> httpx.Response:
        """A request with another key than the client's own."""
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def create_customer(self, **fields: Any) -> dict[str, Any]:
        """A customer, as the API answers it."""
        response = await self.client.post("/v1/customers", json={"name": "Ada", "email": "ada@example.com", **fields})
        assert response.status_code == httpx.codes.OK, response.text
        return response.json()

    async def ready(self, clock: str) -> dict[str, Any]:
        """The test clock, once workers have let it come to where it was sent."""
        async with asyncio.timeout(READY_SECONDS_MAX):
            while True:
                found = (await self.client.get(f"/v1/test_helpers/test_clocks/{clock}")).json()
                if found["status"] == "READY":
                    return found
                await self.attend()

    async def until_settled(self, payment: str) -> dict[str, Any]:
        """The payment, once workers have asked the gateway what became of it."""
        async with asyncio.timeout(READY_SECONDS_MAX):
            while True:
                found = (await self.client.get(f"/v1/payments/{payment}")).json()
                if found["status"] != "PROCESSING":
                    return found
                await self.attend()
                await asyncio.sleep(0.1)

    async def hand_out(self) -> None:
        """Gives webhooks their deliveries, which nobody sends: pages that show these wait for nothing any more."""
        await set_up(self.engine, 0)
        while await fan_out(self.engine, 0):
            pass

    async def attend(self) -> int:
        """What a worker does at a tick."""
        gateways = Gateways.open(
            simulator=self.settings.gateway_url,
            token=self.settings.gateway_token,
            stripe=self.settings.stripe_url,
            timeout_seconds=self.settings.gateway_timeout_seconds,
            choose=GatewayChoices(self.engine),
        )
        try:
            return await attend(self.engine, with_agenda(self.engine, {Gateways: gateways, Numbers: Numbers()}), 0)
        finally:
            await gateways.close()


def settings_for(database: str, redis_url: str, gateway: SimulatorProcess | None, **more: str) -> Settings:
    """Settings as the environment would give them."""
    return load_settings(
        {
            "PEASWAP_DATABASE_URL": database,
            "PEASWAP_REDIS_URL": redis_url,
            "PEASWAP_MASTER_KEY": MASTER_KEY,
            "PEASWAP_GATEWAY_URL": gateway.url if gateway else "",
            "PEASWAP_GATEWAY_TOKEN": TOKEN,
            # Nobody listens there: what is not asked of a stand-in is asked of nobody.
            "PEASWAP_STRIPE_URL": "http://127.0.0.1:9",
            # A busy machine is not what tests are about: whoever wants to see time run out says so.
            "PEASWAP_GATEWAY_TIMEOUT_SECONDS": "9",
            "PEASWAP_READ_WAIT_SECONDS": "60",
            "PEASWAP_WEBHOOKS_ALLOW_LOOPBACK": "yes",
            "PEASWAP_LOG_LEVEL": "error",
            **{f"PEASWAP_{name.upper()}": value for name, value in more.items()},
        }
    )


async def open_engine(settings: Settings) -> Engine:
    """An engine beside the API's own, for tests to look behind the answers."""
    store = await EventStore.open(settings.database_url, pool_size=6)
    return Engine(
        store=store,
        vault=Vault(store.pool, settings.master_key),
        tenants=Tenants(store.pool),
        clock=SystemClock(),
        codecs=CODECS,
        time_on=time_on,
        public_url=settings.public_url,
    )


@asynccontextmanager
async def running_api(settings: Settings) -> AsyncGenerator[RunningApi]:
    """The application between its start and its end."""
    engine = await open_engine(settings)
    account = await open_account(engine)
    app = build_app(settings)
    async with opened(app):
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),  # pyright: ignore[reportArgumentType]
            base_url="http://api.test",
            headers={"Authorization": f"Bearer {account.test_key}"},
            timeout=120,
        )
        redis = Redis.from_url(settings.redis_url)  # pyright: ignore[reportUnknownMemberType]
        api = RunningApi(engine, client, settings, app, redis)
        projector = asyncio.create_task(_project(api))
        try:
            yield api
        finally:
            projector.cancel()
            with suppress(asyncio.CancelledError):
                await projector
            await client.aclose()
            await redis.aclose()
            await engine.store.close()


@asynccontextmanager
async def opened(app: Litestar) -> AsyncGenerator[None]:
    """The application's lifespan, in a task of its own: a fixture starts and ends in different tasks."""
    begun, close = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            begun.set()
            await close.wait()

    living = asyncio.create_task(live())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait([living, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if begun.is_set():
            yield
    finally:
        close.set()
        await living


async def _project(api: RunningApi) -> None:
    while True:
        async with api.turn:
            advanced = api.projecting and await advance(api.engine, 0, PROJECTIONS)
        if not advanced:
            await asyncio.sleep(LOOK_SECONDS)


async def open_account(engine: Engine, name: str = "Test") -> Account:
    """An account with a key for each environment, as `peaswap keys bootstrap` makes it."""
    id = new_id(ACCOUNTS.prefix)
    tenant = await engine.tenants.open(id)
    envelope = Envelope(
        tenant=tenant, account=id, livemode=False, actor="system:test", request_id="req_test", at=engine.clock.now()
    )
    await engine.handle(envelope, Step(ACCOUNTS, id, OpenAccount(id=id, name=name), fresh=True))
    return Account(id, await make_key(engine, id), await make_key(engine, id, livemode=True))


async def make_key(
    engine: Engine, account: str, *, livemode: bool = False, permissions: dict[str, Access] | None = None, **more: Any
) -> str:
    """A key of the account; returns its secret."""
    tenant = await engine.tenants.open(f"{account}/{'live' if livemode else 'test'}")
    secret = make_secret(livemode=livemode, restricted=permissions is not None)
    command = CreateApiKey(
        id=more.pop("id", new_id(API_KEYS.prefix)),
        account=account,
        livemode=livemode,
        digest=secret.digest,
        last4=secret.last4,
        permissions=permissions,
        **more,
    )
    envelope = Envelope(
        tenant=tenant,
        account=account,
        livemode=livemode,
        actor="system:test",
        request_id="req_test",
        at=engine.clock.now(),
    )
    await engine.handle(envelope, Step(API_KEYS, command.id, command, fresh=True))
    return secret.text
