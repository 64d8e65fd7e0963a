"""Our side of the simulated provider: requests out, outcomes in, no state."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import httpcore
import msgspec

from services.core.connections import Connections
from services.gateways.gateway import (
    Charge,
    GatewayMisconfigured,
    GatewayRefused,
    GatewaySilent,
    MethodDetails,
    Outcome,
    RefundOutcome,
    TokenUnknown,
)

T = TypeVar("T")
CONNECTIONS_MAX = 64
OK, REDIRECTS = 200, 300
BAD_REQUEST = 400
NOT_FOUND = 404


class SimulatorGateway:
    """The simulated provider at `url`."""

    name = "simulator"

    def __init__(self, url: str, token: str, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._url = httpcore.URL(url)
        self._authorization = f"Bearer {token}".encode()
        self._connections = Connections()
        self._room = asyncio.Semaphore(CONNECTIONS_MAX)

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

    async def look_up_refund(self, reference: str, *, livemode: bool) -> RefundOutcome:
        try:
            return await self._ask(
                "GET", f"/refunds/{quote(reference, safe='')}?livemode={str(livemode).lower()}", RefundOutcome
            )
        except TokenUnknown:
            # Other books than those it was made in; which says nothing of what became of it.
            raise GatewayMisconfigured(f"there is no refund {reference}") from None

    async def take_back(self, reference: str, *, livemode: bool) -> None:
        """Makes a refund that succeeded fail, as a bank does that cannot place it. Only a simulated one can be asked
        to. Safe to repeat."""
        path = f"/refunds/{quote(reference, safe='')}/fail"
        await self._ask("POST", path, RefundOutcome, {"livemode": livemode})

    async def describe(self, token: str, *, livemode: bool) -> MethodDetails:
        del livemode  # The provider's test methods are the same in both environments.
        return await self._ask("GET", f"/methods/{quote(token, safe='')}", MethodDetails)

    async def attach(self, token: str, customer: str, *, livemode: bool) -> MethodDetails:
        del customer  # A token of the simulated provider can be charged by whoever has it, for ever.
        return await self.describe(token, livemode=livemode)

    async def detach(self, token: str, *, livemode: bool) -> None:
        del token, livemode

    async def forget(self, customer: str, tokens: Sequence[str], *, livemode: bool) -> None:
        del customer, tokens, livemode  # It saves nothing of anybody.

    async def close(self) -> None:
        await self._connections.close()

    async def _ask(self, method: str, path: str, answers: Any, body: Any = None, key: str = "") -> Any:
        try:
            async with asyncio.timeout(self._timeout_seconds), self._room:
                status, answer = await self._answer(
                    method, path, b"" if body is None else msgspec.json.encode(body), key
                )
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, TimeoutError) as problem:
            raise GatewaySilent(f"{method} {path}: {type(problem).__name__}") from None
        if status == NOT_FOUND and method == "GET":
            raise TokenUnknown(path)
        # Only this one says that the request itself was read and refused. A wrong token or a wrong address says nothing
        # of what became of an earlier request with the same key.
        if status == BAD_REQUEST:
            raise GatewayRefused(f"{method} {path}: {answer[:200]!r}")
        if not OK <= status < REDIRECTS:
            raise GatewaySilent(f"{method} {path}: {status} {answer[:200]!r}")
        try:
            return msgspec.json.decode(answer, type=answers)
        except msgspec.MsgspecError:
            raise GatewaySilent(f"{method} {path}: the answer cannot be read") from None

    async def _answer(self, method: str, path: str, content: bytes, key: str) -> tuple[int, bytes]:
        target = httpcore.URL(
            scheme=self._url.scheme,
            host=self._url.host,
            port=self._url.port,
            target=self._url.target.rstrip(b"/") + path.encode(),
        )
        headers = {
            b"Host": self._url.host,
            b"Authorization": self._authorization,
            b"Idempotency-Key": key.encode(),
            b"Content-Type": b"application/json",
            b"Content-Length": b"%d" % len(content),
        }
        async with self._connections.to(self._url.origin) as connection:
            response = await connection.request(method, target, headers=list(headers.items()), content=content)
            return response.status, response.content
