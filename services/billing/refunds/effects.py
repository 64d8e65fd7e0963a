"""Asking the gateway for a refund, and recording what it said, under a key made of the refund."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.billing.payments.commands import ReleaseRefund
from services.billing.payments.decider import PAYMENTS
from services.billing.refunds.commands import RecordRefundOutcome, UpdateRefund
from services.billing.refunds.decider import REFUNDS
from services.billing.refunds.state import Refund
from services.core.again import reading_again
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.log import get_logger
from services.core.resume import ATTEND_SECONDS_MAX, TURN_SECONDS
from services.core.step import Answer, Guard, Handled, Step
from services.gateways.gateway import GatewayMisconfigured, GatewayRefused, GatewaySilent, RefundDeclined, RefundOutcome
from services.gateways.gateways import Gateways, NoGateway

log = get_logger("refunds")


async def settle(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    id: str,
    *,
    until: float,
    again: bool = False,
    settles: Callable[[Refund], Answer] | None = None,
) -> Handled[Refund]:
    """Asks the gateway about a refund that waits, and records the answer; silence records nothing.

    `again`: about one that succeeded too, which the bank may have sent back since. `until` is the instant of the event
    loop's clock at which silence is assumed. Under an idempotency key the answer of `settles` finishes it.
    """
    open_still = {"PENDING", "SUCCEEDED"} if again else {"PENDING"}

    async def record() -> Handled[Refund]:
        loaded = await engine.load(REFUNDS, envelope.tenant, id)
        refund, steps = loaded.state, [Step(REFUNDS, id, UpdateRefund())]
        if refund is not None and refund.status in open_still:
            age = await engine.now_on(envelope, refund.test_clock) - refund.created_at
            outcome = await _outcome(gateways, envelope, refund, age, until)
            if outcome is not None:
                steps = [Step(REFUNDS, id, RecordRefundOutcome(outcome))]
            if isinstance(outcome, RefundDeclined):
                steps.append(Step(PAYMENTS, refund.payment, ReleaseRefund(refund.id)))
        # What was set aside is released only together with the refund's failure, never while it counts as given back.
        guard = Guard(REFUNDS.stream(id), loaded.head)
        return await engine.handle(envelope, steps, guards=[guard], settles=settles, finishes=True)

    return await reading_again(record)


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: asks again about a refund whose outcome is unknown. So does the gateway's own word that
    something happened to a refund, to one that had succeeded too."""
    until = asyncio.get_running_loop().time() + ATTEND_SECONDS_MAX
    await settle(engine, services[Gateways], envelope, id, until=until, again=True)


def why(_refund: Refund) -> str:
    """What is asked then, in words."""
    return "asks the gateway what became of the refund"


def due(refund: Refund) -> datetime | None:
    """When a worker should ask the gateway about the refund; None when it is settled."""
    return refund.created_at + timedelta(seconds=TURN_SECONDS) if refund.status == "PENDING" else None


async def _outcome(
    gateways: Gateways, envelope: Envelope, refund: Refund, age: timedelta, until: float
) -> RefundOutcome | None:
    key = f"refund:{refund.id}"
    try:
        async with asyncio.timeout_at(until):
            gateway = await gateways.of(envelope, refund.gateway)
            if refund.gateway_reference is not None:
                # Only looked at: asking for it anew could give the money back twice, were the key forgotten.
                return await gateway.look_up_refund(refund.gateway_reference, livemode=envelope.livemode)
            return await gateway.refund(
                refund.gateway_charge, refund.amount, key=key, livemode=envelope.livemode, age=age
            )
    except (GatewayMisconfigured, NoGateway) as problem:
        # Nothing but the settings can help; the refund waits for them.
        log.error("gateway_misconfigured", refund=refund.id, gateway=refund.gateway, reason=str(problem))
        return None
    except (GatewaySilent, TimeoutError) as silence:
        log.warning("gateway_silent", refund=refund.id, reason=str(silence))
        return None
    except GatewayRefused as refused:
        # A fault of ours or in the settings; certain that nothing went back, so the amount must not stay set aside.
        log.error("gateway_refused", refund=refund.id, reason=str(refused))
        if refund.status == "SUCCEEDED":
            return None
        return RefundDeclined("gateway_error", "The payment gateway did not accept the refund.")
