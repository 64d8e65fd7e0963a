"""Our side of the simulated provider: requests out, outcomes in, no state."""

import asyncio
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from services.gateways.gateway import (
    Charge,
    GatewayRefused,
    GatewaySilent,
    MethodDetails,
    Outcome,
    RefundOutcome,
    TokenUnknown,
)

T = TypeVar("T")
CONNECTIONS_MAX = 64
BAD_REQUEST = 400
NOT_FOUND = 404


class SimulatorGateway:
    """The simulated provider at `url`."""

    name = "simulator"

    def __init__(self, url: str, token: str, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_seconds,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
            # A proxy of the machine's environment has no business with a server on loopback.
            trust_env=False,
        )

    async def charge(self, charge: Charge) -> Outcome:
        body = {
            "amount": charge.amount,
            "currency": charge.currency,
            "method": charge.method,
            "capture": charge.capture,
            "livemode": charge.livemode,
            "reference": charge.reference,
        }
        return await self._ask("POST", "/charges", Outcome, body, charge.key)

    async def capture(self, reference: str, amount: int, *, key: str, livemode: bool) -> Outcome:
        body = {"amount": amount, "livemode": livemode}
        return await self._ask("POST", f"/charges/{quote(reference)}/capture", Outcome, body, key)

    async def cancel(self, reference: str, *, key: str, livemode: bool) -> Outcome:
        return await self._ask("POST", f"/charges/{quote(reference)}/cancel", Outcome, {"livemode": livemode}, key)

    async def refund(
        self, reference: str, amount: int, *, key: str, livemode: bool, age: timedelta = timedelta()
    ) -> RefundOutcome:
        del age  # Its books never forget a key.
        body = {"charge": reference, "amount": amount, "livemode": livemode}
        return await self._ask("POST", "/refunds", RefundOutcome, body, key)

    async def describe(self, token: str, *, livemode: bool) -> MethodDetails:
        del livemode  # The provider's test methods are the same in both environments.
        return await self._ask("GET", f"/methods/{quote(token, safe='')}", MethodDetails)

    async def attach(self, token: str, customer: str, *, livemode: bool) -> MethodDetails:
        del customer  # A token of the simulated provider can be charged by whoever has it, for ever.
        return await self.describe(token, livemode=livemode)

    async def detach(self, token: str, *, livemode: bool) -> None:
        del token, livemode

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, path: str, answers: Any, body: Any = None, key: str = "") -> Any:
        content = None if body is None else msgspec.json.encode(body)
        try:
            # httpx bounds each step of a request, such as connecting; this bounds them all together.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.request(method, path, content=content, headers={"Idempotency-Key": key})
        except (httpx.HTTPError, TimeoutError) as problem:
            raise GatewaySilent(f"{method} {path}: {type(problem).__name__}") from None
        if response.status_code == NOT_FOUND and method == "GET":
            raise TokenUnknown(path)
        # Only this one says that the request itself was read and refused. A wrong token or a wrong address says nothing
        # of what became of an earlier request with the same key.
        if response.status_code == BAD_REQUEST:
            raise GatewayRefused(f"{method} {path}: {response.text[:200]}")
        if not response.is_success:
            raise GatewaySilent(f"{method} {path}: {response.status_code} {response.text[:200]}")
        try:
            return msgspec.json.decode(response.content, type=answers)
        except msgspec.MsgspecError:
            raise GatewaySilent(f"{method} {path}: the answer cannot be read") from None
