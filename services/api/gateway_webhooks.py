"""Stripe's webhooks: the one call that carries no API key but Stripe's signature.

Whatever is wrong with it, the answer is the same 400, so that nobody learns which accounts there are. What it is about
is attended to just as a worker does, which asks Stripe; an event by itself settles nothing.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from litestar.types import Receive
from msgspec import structs

from services.api.endpoint import JSON, Sent, failed
from services.api.house import House
from services.api.parameters import read_body
from services.billing.payments.decider import PAYMENTS
from services.billing.registry import BY_CATEGORY
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.log import get_logger
from services.core.refusal import Invalid
from services.gateways.gateways import Gateways
from services.gateways.stripe.webhook import Notice, WrongSignature, notice_of, verify

PATH = "/v1/gateways/stripe/{account:str}/{environment:str}/webhook"
ENVIRONMENTS = {"test": False, "live": True}
RECEIVED = b'{"received":true}'

log = get_logger("gateway_webhooks")


class NotSigned(Invalid):
    """This is not an event that the payment gateway of this account signed a moment ago."""

    code = "signature_invalid"


class GatewayWebhooks:
    """Takes them in."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def answer(self, scope: Mapping[str, Any], receive: Receive) -> Sent:
        """200 once what it is about was attended to; the same 400 for all that Stripe did not sign."""
        request_id, started = new_id("req"), time.perf_counter()
        try:
            await self._take_in(scope, receive, request_id)
            sent = Sent(200, RECEIVED, [JSON])
        except Exception as problem:
            sent = failed(problem, request_id, PATH)
        seconds = time.perf_counter() - started
        self._house.metrics.request("POST", PATH, sent.status, seconds)
        log.info("gateway_webhook", status=sent.status, ms=round(seconds * 1000, 2), request=request_id)
        return structs.replace(sent, headers=[*sent.headers, (b"request-id", request_id.encode())])

    async def _take_in(self, scope: Mapping[str, Any], receive: Receive, request_id: str) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await read_body(receive, headers)
        envelope = await self._envelope(scope["path_params"], request_id)
        gateways: Gateways = self._house.services[Gateways]
        choice = await gateways.choice(envelope)
        secret = choice.stripe.webhook_secret if choice.stripe else None
        if secret is None:
            raise NotSigned
        try:
            verify(body, headers.get("stripe-signature", ""), secret, envelope.at)
        except WrongSignature:
            raise NotSigned from None
        notice = notice_of(body)
        if notice is not None:
            await self._attend(envelope, notice)

    async def _envelope(self, path: Mapping[str, Any], request_id: str) -> Envelope:
        account, livemode = str(path["account"]), ENVIRONMENTS.get(str(path["environment"]))
        engine = self._house.engine
        # Found, never opened: strangers make no tenants.
        tenant = None if livemode is None else await engine.tenants.find(f"{account}/{path['environment']}")
        if tenant is None or livemode is None:
            raise NotSigned
        return Envelope(
            tenant=tenant,
            account=account,
            livemode=livemode,
            actor="system:gateway",
            request_id=request_id,
            at=engine.clock.now(),
        )

    async def _attend(self, envelope: Envelope, notice: Notice) -> None:
        log.info("gateway_event", type=notice.type, id=notice.id, payment=notice.payment, refund=notice.refund)
        dispute = notice.dispute
        if dispute is not None:
            log.warning(
                "gateway_dispute",
                account=envelope.account,
                type=notice.type,
                dispute=dispute.id,
                gateway_reference=dispute.charge,
                amount=dispute.amount,
                currency=dispute.currency,
                reason=dispute.reason,
            )
        engine = self._house.engine
        if notice.payment is not None:
            payment = (await engine.load(PAYMENTS, envelope.tenant, notice.payment)).state
            if payment is not None:
                await self._settle(envelope, "payment", payment.id)
                await asyncio.gather(*(self._settle(envelope, "refund", each) for each in payment.refunds))
        if notice.refund is not None:
            await self._settle(envelope, "refund", notice.refund)

    async def _settle(self, envelope: Envelope, category: str, id: str) -> None:
        capability, engine = BY_CATEGORY[category], self._house.engine
        assert capability.attend is not None
        if (await engine.load(capability.decider, envelope.tenant, id)).state is None:
            # Written on Stripe's object by somebody else.
            return
        await capability.attend(engine, self._house.services, envelope, id)
        self._house.wake(envelope.tenant.shard)
