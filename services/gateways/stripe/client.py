"""Our side of Stripe: requests out, outcomes in, no state.

Stripe answers a repeated Idempotency-Key with what it answered the first time, a 500 included, and forgets keys after
24 hours. So what a repeated answer is about is looked up again for its present state, and an old question is looked
for by the key that we wrote on its object before it is put again.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import quote

import httpx

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
    COUNTED_OTHERWISE,
    CUSTOMER,
    KEY,
    NEEDS_CUSTOMER,
    Intent,
    Intents,
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
from services.gateways.stripe.wire import Answered, AskedOtherwise, KeyUnknown, StripeDeclined, StripeWire, read

PAGE = 100
# Well below the 24 hours after which Stripe may forget a key, well above the minute that its search lags behind.
KEY_TRUSTED = timedelta(hours=20)
# A card's token is not yet a payment method.
CARD_TOKEN = "tok_"
ID = re.compile(r"\w{1,255}", re.ASCII)


class StripeGateway:
    """Stripe with the secret key of one account. `client` is shared, and closed by whoever made it."""

    name = "stripe"

    def __init__(self, client: httpx.AsyncClient, secret_key: str, timeout_seconds: float) -> None:
        self._wire = StripeWire(client, secret_key, timeout_seconds)

    async def lets_us_in(self) -> bool:
        """Whether Stripe knows the secret key. As long as Stripe does not answer, nobody says that it does not; and one
        that is restricted may be allowed little."""
        try:
            await self._wire.get("/v1/balance")
        except KeyUnknown:
            return False
        except (GatewaySilent, GatewayRefused):
            pass
        return True

    async def charge(self, charge: Charge) -> Outcome:
        if charge.currency in COUNTED_OTHERWISE:
            raise GatewayRefused(f"Stripe counts {charge.currency} in other units than ISO 4217 does")
        if charge.known is not None:
            return outcome(await self._intent(charge.known))
        if charge.age > KEY_TRUSTED:
            earlier = await self._earlier(charge.key)
            if earlier is not None:
                if earlier.amount != charge.amount:
                    raise GatewayMisconfigured(f"{charge.key} stands for a charge of another amount")
                return await self._settled(earlier)
        try:
            told = await self._wire.post("/v1/payment_intents", charge_form(charge), charge.key)
        except StripeDeclined as refusal:
            return declined(refusal.problem)
        except (Answered, AskedOtherwise):
            # What is written on a statement may have been erased, or is put otherwise, since the charge was asked for.
            # But another amount is no charge of ours.
            earlier = await self._earlier(charge.key)
            if earlier is None or earlier.amount != charge.amount:
                raise
            return await self._settled(earlier)
        intent = read(told, Intent)
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
            told = await self._wire.post("/v1/refunds", form, key)
        except StripeDeclined as refusal:
            return RefundDeclined(refusal.problem.code or "declined", "The payment gateway would not give it back.")
        except (Answered, AskedOtherwise):
            earlier = await self._earlier_refund(reference, key)
            if earlier is None:
                raise
            return refund_outcome(earlier)
        refund = read(told, StripeRefund)
        if told.again:
            refund = await self._refund(refund.id)
        return refund_outcome(refund)

    async def look_up_refund(self, reference: str, *, livemode: bool) -> RefundOutcome:
        del livemode
        return refund_outcome(await self._refund(reference))

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
            await self._wire.post(f"{method}/detach", {}, "")
        except GatewayRefused as refusal:
            try:
                found = read(await self._wire.get(method), StripeMethod)
            except GatewayRefused:
                return
            if found.customer is not None:
                raise refusal from None

    async def forget(self, customer: str, tokens: Sequence[str], *, livemode: bool) -> None:
        for token in tokens:
            await self.detach(token, livemode=livemode)
        owners = [owner for token in tokens if (owner := Token.parse(token).customer) is not None]
        for owner in dict.fromkeys([*owners, *await self._customers(customer)]):
            # A method may have been saved on a customer that is not of our making; that one is not ours to delete.
            if await self._is_ours(owner, customer):
                await self._wire.delete(f"/v1/customers/{quote(owner, safe='')}")

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
            told = await self._wire.post(path, form, key)
            intent = read(told, Intent)
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
        return read(await self._wire.known(f"/v1/payment_intents/{quote(reference, safe='')}"), Intent)

    async def _earlier(self, key: str) -> Intent | None:
        """The charge on which we wrote this key, if there is one."""
        query = {"query": f"metadata['{KEY}']:'{key}'"}
        found = read(await self._wire.known("/v1/payment_intents/search", query), Intents).data
        return found[0] if found else None

    async def _refund(self, reference: str) -> StripeRefund:
        return read(await self._wire.known(f"/v1/refunds/{quote(reference, safe='')}"), StripeRefund)

    async def _earlier_refund(self, reference: str, key: str) -> StripeRefund | None:
        query = {"payment_intent": reference, "limit": str(PAGE)}
        while True:
            page = read(await self._wire.known("/v1/refunds", query), StripeRefunds)
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
            return read(await self._wire.get(f"/v1/payment_methods/{method}"), StripeMethod)
        except GatewayRefused:
            raise TokenUnknown(token) from None

    async def _saved(self, token: str, path: str, form: Mapping[str, str]) -> StripeMethod:
        try:
            return read(await self._wire.post(path, form, ""), StripeMethod)
        except StripeDeclined as refusal:
            raise MethodDeclined(declined(refusal.problem)) from None
        except GatewayRefused:
            raise TokenUnknown(token) from None

    async def _customer(self, customer: str) -> str:
        """Stripe's customer for ours: one, found by what we wrote on it, also long after Stripe forgot the key."""
        found = await self._customers(customer)
        if found:
            return found[0]
        form = {f"metadata[{CUSTOMER}]": customer}
        return read(await self._wire.post("/v1/customers", form, f"customer:{customer}"), StripeCustomer).id

    async def _customers(self, customer: str) -> list[str]:
        """Stripe's customers on which we wrote ours."""
        query = {"query": f"metadata['{CUSTOMER}']:'{customer}'"}
        try:
            found = read(await self._wire.get("/v1/customers/search", query), StripeCustomers).data
        except GatewayRefused:
            # Accounts in some countries have no search.
            return []
        return [each.id for each in found]

    async def _is_ours(self, owner: str, customer: str) -> bool:
        """Whether Stripe's customer `owner` is there and was made for our `customer`."""
        try:
            found = read(await self._wire.get(f"/v1/customers/{quote(owner, safe='')}"), StripeCustomer)
        except GatewayRefused:
            return False
        return not found.deleted and found.metadata.get(CUSTOMER) == customer


def _shown(token: str, method: StripeMethod) -> MethodDetails:
    details = method_details(method)
    if details is None:
        raise TokenUnknown(token)
    return details
