"""Our side of Stripe: requests out, outcomes in, no state.

Stripe answers a repeated Idempotency-Key with what it answered the first time, a 500 included, and forgets keys after
24 hours. So what a repeated answer is about is looked up again for its present state, and an old question is looked
for by the key that we wrote on its object before it is put again.
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from services.gateways.gateway import (
    Captured,
    Charge,
    Declined,
    GatewayMisconfigured,
    GatewayRefused,
    GatewaySilent,
    MethodDeclined,
    MethodDetails,
    Outcome,
    RefundDeclined,
    RefundOutcome,
    Released,
    TokenUnknown,
)
from services.gateways.stripe.translate import (
    AUTHENTICATION,
    CUSTOMER,
    KEY,
    NEEDS_CUSTOMER,
    Intent,
    Intents,
    Problem,
    ProblemBody,
    StripeCustomer,
    StripeCustomers,
    StripeMethod,
    StripeRefund,
    StripeRefunds,
    Token,
    charge_form,
    declined,
    method_details,
    outcome,
    refund_outcome,
)

T = TypeVar("T")
STRIPE_VERSION = "2024-06-20"
CONNECTIONS_MAX = 64
PAGE = 100
# Well below the 24 hours after which Stripe may forget a key, well above the minute that its search lags behind.
KEY_TRUSTED = timedelta(hours=20)
# A card's token is not yet a payment method.
CARD_TOKEN = "tok_"
ID = re.compile(r"\w{1,255}", re.ASCII)

CARD_ERROR = 402
UNAUTHORIZED = frozenset({401, 403})
REFUSED = frozenset({400, 404})


class StripeDeclined(GatewayRefused):
    """Stripe answered 402."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


class Answered(GatewaySilent):
    """A repeated question to which Stripe has recorded an answer that says nothing, such as a 500."""


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


class StripeGateway:
    """Stripe with the secret key of one account. `client` is shared, and closed by whoever made it."""

    name = "stripe"

    def __init__(self, client: httpx.AsyncClient, secret_key: str, timeout_seconds: float) -> None:
        self._client = client
        self._secret_key = secret_key
        self._timeout_seconds = timeout_seconds

    async def charge(self, charge: Charge) -> Outcome:
        if charge.known is not None:
            return outcome(await self._intent(charge.known))
        if charge.age > KEY_TRUSTED:
            earlier = await self._earlier(charge.key)
            if earlier is not None:
                return await self._settled(earlier)
        try:
            told = await self._post("/v1/payment_intents", charge_form(charge), charge.key)
        except StripeDeclined as refusal:
            return declined(refusal.problem)
        except Answered as nothing:
            earlier = await self._earlier(charge.key)
            if earlier is None:
                raise GatewaySilent(str(nothing)) from None
            return await self._settled(earlier)
        intent = _read(told, Intent)
        if told.again and intent.status != "requires_action":
            intent = await self._intent(intent.id)
        return await self._settled(intent)

    async def capture(self, reference: str, amount: int, *, key: str, livemode: bool) -> Outcome:
        del livemode  # The secret key says it.
        return await self._end(reference, "capture", {"amount_to_capture": str(amount)}, key)

    async def cancel(self, reference: str, *, key: str, livemode: bool) -> Outcome:
        del livemode
        return await self._end(reference, "cancel", {}, key)

    async def refund(
        self, reference: str, amount: int, *, key: str, livemode: bool, age: timedelta = timedelta()
    ) -> RefundOutcome:
        del livemode
        if age > KEY_TRUSTED:
            earlier = await self._earlier_refund(reference, key)
            if earlier is not None:
                return refund_outcome(earlier)
        form = {"payment_intent": reference, "amount": str(amount), f"metadata[{KEY}]": key}
        try:
            told = await self._post("/v1/refunds", form, key)
        except StripeDeclined as refusal:
            return RefundDeclined(refusal.problem.code or "declined", "The payment gateway would not give it back.")
        except Answered as nothing:
            earlier = await self._earlier_refund(reference, key)
            if earlier is None:
                raise GatewaySilent(str(nothing)) from None
            return refund_outcome(earlier)
        refund = _read(told, StripeRefund)
        if told.again:
            refund = _read(await self._known(f"/v1/refunds/{quote(refund.id)}"), StripeRefund)
        return refund_outcome(refund)

    async def describe(self, token: str, *, livemode: bool) -> MethodDetails:
        del livemode
        return _shown(token, await self._method(token))

    async def attach(self, token: str, customer: str, *, livemode: bool) -> MethodDetails:
        del livemode
        method = await self._method(token)
        if method.customer is None:
            owner = await self._customer(customer)
            method = await self._saved(token, f"/v1/payment_methods/{quote(method.id)}/attach", {"customer": owner})
        return _shown(token, method)

    async def detach(self, token: str, *, livemode: bool) -> None:
        del livemode
        method = f"/v1/payment_methods/{quote(Token.parse(token).method, safe='')}"
        try:
            await self._post(f"{method}/detach", {}, "")
        except GatewayRefused as refusal:
            try:
                found = _read(await self._get(method), StripeMethod)
            except GatewayRefused:
                return
            if found.customer is not None:
                raise refusal from None

    async def close(self) -> None:
        """Nothing is its own."""

    async def _settled(self, intent: Intent) -> Outcome:
        """What has become of a charge. One that waits for its customer is called off: nobody is here to act, and it
        must not be paid behind our back later."""
        if intent.status not in {"requires_action", "requires_confirmation"}:
            return outcome(intent)
        ended = await self._end(intent.id, "cancel", {}, f"{intent.id}:abandon")
        if isinstance(ended, Released):
            return Declined("card_declined", AUTHENTICATION, NEEDS_CUSTOMER, intent.id)
        return ended

    async def _end(self, reference: str, action: str, form: Mapping[str, str], key: str) -> Outcome:
        """Captures or cancels. When Stripe refuses, the state of the charge says whether that was done before."""
        path = f"/v1/payment_intents/{quote(reference, safe='')}/{action}"
        try:
            told = await self._post(path, form, key)
            intent = _read(told, Intent)
            return outcome(await self._intent(reference) if told.again else intent)
        except StripeDeclined as refusal:
            return declined(refusal.problem, reference)
        except Answered:
            return outcome(await self._intent(reference))
        except GatewayRefused:
            ended = outcome(await self._intent(reference))
            if isinstance(ended, Captured | Released):
                return ended
            raise

    async def _intent(self, reference: str) -> Intent:
        return _read(await self._known(f"/v1/payment_intents/{quote(reference, safe='')}"), Intent)

    async def _earlier(self, key: str) -> Intent | None:
        """The charge on which we wrote this key, if there is one."""
        query = {"query": f"metadata['{KEY}']:'{key}'"}
        found = _read(await self._known("/v1/payment_intents/search", query), Intents).data
        return found[0] if found else None

    async def _earlier_refund(self, reference: str, key: str) -> StripeRefund | None:
        query = {"payment_intent": reference, "limit": str(PAGE)}
        while True:
            page = _read(await self._known("/v1/refunds", query), StripeRefunds)
            for each in page.data:
                if each.metadata.get(KEY) == key:
                    return each
            if not page.has_more:
                return None
            query["starting_after"] = page.data[-1].id

    async def _method(self, token: str) -> StripeMethod:
        if token.startswith(CARD_TOKEN):
            return await self._saved(token, "/v1/payment_methods", {"type": "card", "card[token]": token})
        method = Token.parse(token).method
        if ID.fullmatch(method) is None:
            raise TokenUnknown(token)
        try:
            return _read(await self._get(f"/v1/payment_methods/{method}"), StripeMethod)
        except GatewayRefused:
            raise TokenUnknown(token) from None

    async def _saved(self, token: str, path: str, form: Mapping[str, str]) -> StripeMethod:
        try:
            return _read(await self._post(path, form, ""), StripeMethod)
        except StripeDeclined as refusal:
            raise MethodDeclined(declined(refusal.problem)) from None
        except GatewayRefused:
            raise TokenUnknown(token) from None

    async def _customer(self, customer: str) -> str:
        """Stripe's customer for ours: one, found by what we wrote on it, also long after Stripe forgot the key."""
        query = {"query": f"metadata['{CUSTOMER}']:'{customer}'"}
        try:
            found = _read(await self._get("/v1/customers/search", query), StripeCustomers).data
        except GatewayRefused:
            # Accounts in some countries have no search.
            found = []
        if found:
            return found[0].id
        form = {f"metadata[{CUSTOMER}]": customer}
        return _read(await self._post("/v1/customers", form, f"customer:{customer}"), StripeCustomer).id

    async def _known(self, path: str, query: Mapping[str, str] | None = None) -> Told:
        """What Stripe says of something that is there. That it cannot be looked at tells nothing of the charge."""
        try:
            return await self._get(path, query)
        except GatewayRefused as refusal:
            raise GatewayMisconfigured(str(refusal)) from None

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Told:
        return await self._ask("GET", path, query, None, "")

    async def _post(self, path: str, form: Mapping[str, str], key: str) -> Told:
        return await self._ask("POST", path, None, form, key)

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
    if status in UNAUTHORIZED or (status in REFUSED and problem.type == "idempotency_error"):
        return GatewayMisconfigured(said)
    if status in REFUSED:
        return GatewayRefused(said)
    return Answered(said) if again else GatewaySilent(said)


def _read(told: Told, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(told.content, type=kind)
    except msgspec.MsgspecError:
        raise GatewaySilent(f"the answer cannot be read as {kind.__name__}") from None


def _shown(token: str, method: StripeMethod) -> MethodDetails:
    details = method_details(method)
    if details is None:
        raise TokenUnknown(token)
    return details
