"""Operations called as the API calls them, without HTTP: on a real store and gateway, by a clock that can be set."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from eventstore.tenants import Tenant
from services.billing.customers.commands import CreateCustomer
from services.billing.customers.decider import CUSTOMERS
from services.billing.invoice_numbers.lookup import Numbers
from services.core.capability import Capability
from services.core.clock import SystemClock
from services.core.decider import Decider
from services.core.engine import Engine
from services.core.envelope import Envelope, RequestKey
from services.core.ids import new_id
from services.core.operation import Call, Reply
from services.core.step import Step
from services.gateways.gateways import Gateways

S = TypeVar("S")
Perform = Callable[[Call[Any, Any]], Awaitable[Reply]]


class LateClock:
    """The machine's clock, ahead by `late`."""

    def __init__(self) -> None:
        self.late = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.late


class Told(Struct, frozen=True):
    """An answer, parsed."""

    status: int
    body: dict[str, Any]
    reply: Reply


class Desk:
    """Where one tenant's requests come in. `clock` is the engine's; `hasty` gateways do not wait long."""

    def __init__(self, engine: Engine, gateways: Gateways, hasty: Gateways, tenant: Tenant, clock: LateClock) -> None:
        self.engine = engine
        self.gateways = gateways
        self.hasty = hasty
        self.tenant = tenant
        self.clock = clock

    def envelope(self, key: str | None = None, hashed: bytes = b"") -> Envelope:
        """Who asks, and when."""
        return Envelope(
            tenant=self.tenant,
            account="acct_a",
            livemode=self.tenant.name.endswith("/live"),
            actor="api_key:key_1",
            request_id=new_id("req"),
            at=self.engine.clock.now(),
            key=None if key is None else RequestKey(key, hashlib.sha256(hashed).digest()),
        )

    @asynccontextmanager
    async def in_haste(self) -> AsyncGenerator[None]:
        """What is asked meanwhile may run out of time."""
        patient, self.gateways = self.gateways, self.hasty
        try:
            yield
        finally:
            self.gateways = patient

    async def ask(
        self,
        perform: Perform,
        body: Struct | None = None,
        *,
        id: str = "",
        key: str | None = None,
        headers: Mapping[str, str] = {},
    ) -> Told:
        """What `perform` answers. Refusals and replays are raised, as they are to the API."""
        call = Call(
            engine=self.engine,
            envelope=self.envelope(key, f"{perform.__qualname__} {id} {body}".encode()),
            body=body,
            query=None,
            path={"id": id} if id else {},
            headers=headers,
            services={Gateways: self.gateways, Numbers: Numbers()},
        )
        reply = await perform(call)
        return Told(reply.answer.status, msgspec.json.decode(reply.answer.body), reply)

    async def attend(self, capability: Capability, id: str, times: int = 1) -> None:
        """What workers do about an object that is due, as many at once as `times` says."""
        assert capability.attend is not None
        services = {Gateways: self.gateways, Numbers: Numbers()}
        turns = [capability.attend(self.engine, services, self.envelope(), id) for _ in range(times)]
        await asyncio.gather(*turns)

    async def state(self, decider: Decider[S, Any, Any], id: str) -> S:
        """The object as its stream tells it now."""
        state = (await self.engine.load(decider, self.tenant, id)).state
        assert state is not None
        return state

    async def customer(self, **fields: Any) -> str:
        """A new customer's id."""
        command = CreateCustomer(id=new_id("cust"), name="Ada", email="ada@example.com", **fields)
        await self.engine.handle(self.envelope(), Step(CUSTOMERS, command.id, command, fresh=True))
        return command.id

    async def types(self, stream: str) -> list[str]:
        """The types of the events of a stream, in order."""
        return [each.type for each in await self.engine.store.read(self.tenant, stream)]
