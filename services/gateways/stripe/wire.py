"""Stripe's HTTP: what is sent, and what each kind of answer says of what was asked."""

import asyncio
from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from services.gateways.gateway import GatewayMisconfigured, GatewayRefused, GatewaySilent
from services.gateways.stripe.translate import Problem, ProblemBody

T = TypeVar("T")
STRIPE_VERSION = "2024-06-20"
CONNECTIONS_MAX = 64

CARD_ERROR = 402
UNKNOWN = 401
UNAUTHORIZED = frozenset({UNKNOWN, 403})
REFUSED = frozenset({400, 404})


class StripeDeclined(GatewayRefused):
    """Stripe answered 402."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


class KeyUnknown(GatewayMisconfigured):
    """Stripe does not know the secret key."""


class Answered(GatewaySilent):
    """A repeated question to which Stripe has recorded an answer that says nothing, such as a 500."""


class AskedOtherwise(GatewayMisconfigured):
    """The key was used before with other parameters: the question has changed since it was first put."""


class Told(Struct, frozen=True):
    """What Stripe answered; `again` when it is what it answered to the same key before."""

    content: bytes
    again: bool


def stripe_client(url: str, timeout_seconds: float) -> httpx.AsyncClient:
    """The connections to Stripe of a process, whoever's secrets go over them."""
    return httpx.AsyncClient(
        base_url=url,
        headers={"Stripe-Version": STRIPE_VERSION},
        timeout=timeout_seconds,
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
        # A proxy of the machine's environment has no business with a stand-in on loopback.
        trust_env=url.startswith("https://"),
    )


class StripeWire:
    """Requests with the secret key of one account, over connections that others share."""

    def __init__(self, client: httpx.AsyncClient, secret_key: str, timeout_seconds: float) -> None:
        self._client = client
        self._secret_key = secret_key
        self._timeout_seconds = timeout_seconds

    async def known(self, path: str, query: Mapping[str, str] | None = None) -> Told:
        """What Stripe says of something that is there. That it cannot be looked at tells nothing of the charge."""
        try:
            return await self.get(path, query)
        except GatewayRefused as refusal:
            raise GatewayMisconfigured(str(refusal)) from None

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Told:
        return await self._ask("GET", path, query, None, "")

    async def post(self, path: str, form: Mapping[str, str], key: str) -> Told:
        return await self._ask("POST", path, None, form, key)

    async def delete(self, path: str) -> Told:
        return await self._ask("DELETE", path, None, None, "")

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str] | None, form: Mapping[str, str] | None, key: str
    ) -> Told:
        headers = {"Authorization": f"Bearer {self._secret_key}"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            # httpx bounds each step of a request, such as connecting; this bounds them all together.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.request(method, path, params=query, data=form, headers=headers)
        except (httpx.HTTPError, TimeoutError) as problem:
            raise GatewaySilent(f"{method} {path}: {type(problem).__name__}") from None
        again = response.headers.get("idempotent-replayed") == "true"
        if response.is_success:
            return Told(response.content, again)
        raise _failure(f"{method} {path}", response, again)


def _failure(what: str, response: httpx.Response, again: bool) -> Exception:
    """What an answer other than a success says. Stripe's own words stay out of it: they may repeat secrets."""
    status, problem = response.status_code, Problem()
    try:
        problem = msgspec.json.decode(response.content, type=ProblemBody).error
    except msgspec.MsgspecError:
        # Not Stripe's: something in between has answered, which says nothing of the charge.
        if status not in UNAUTHORIZED:
            return GatewaySilent(f"{what}: {status}, and the answer cannot be read")
    said = f"{what}: {status} {problem.type or ''} {problem.code or ''} {problem.param or ''}".rstrip()
    if status == CARD_ERROR:
        return StripeDeclined(problem)
    if status in REFUSED and problem.type == "idempotency_error":
        return AskedOtherwise(said)
    if status == UNKNOWN and problem.type is not None:
        return KeyUnknown(said)
    if status in UNAUTHORIZED:
        return GatewayMisconfigured(said)
    if status in REFUSED:
        return GatewayRefused(said)
    return Answered(said) if again else GatewaySilent(said)


def read(told: Told, kind: type[T]) -> T:
    """What was answered. Raises GatewaySilent when it is not of this kind."""
    try:
        return msgspec.json.decode(told.content, type=kind)
    except msgspec.MsgspecError:
        raise GatewaySilent(f"the answer cannot be read as {kind.__name__}") from None
