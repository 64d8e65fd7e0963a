"""Asking the gateway for a refund, and recording what it said, under a key made of the refund."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.billing.payments.commands import ReleaseRefund
from services.billing.payments.decider import PAYMENTS
from services.billing.refunds.commands import RecordRefundOutcome, UpdateRefund
from services.billing.refunds.decider import REFUNDS
from services.billing.refunds.state import Refund
from services.core.engine import Answer, Engine, Handled, Step
from services.core.envelope import Envelope
from services.core.log import get_logger
from services.core.resume import TURN_SECONDS
from services.gateways.gateway import GatewayRefused, GatewaySilent, RefundDeclined, RefundOutcome
from services.gateways.gateways import Gateways

log = get_logger("refunds")


async def settle(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    id: str,
    *,
    settles: Callable[[Refund], Answer] | None = None,
) -> Handled[Refund]:
    """Asks the gateway about a refund that waits, and records the answer; silence records nothing."""
    refund = (await engine.load(REFUNDS, envelope.tenant, id)).state
    steps = [Step(REFUNDS, id, UpdateRefund())]
    if refund is not None and refund.status == "PENDING":
        outcome = await _outcome(gateways, envelope, refund)
        if outcome is not None:
            steps = [Step(REFUNDS, id, RecordRefundOutcome(outcome))]
        if isinstance(outcome, RefundDeclined):
            steps.append(Step(PAYMENTS, refund.payment, ReleaseRefund(refund.id, refund.amount)))
    return await engine.handle(envelope, steps, settles=settles, finishes=True)


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: asks again about a refund whose outcome is unknown."""
    await settle(engine, services[Gateways], envelope, id)


def due(refund: Refund) -> datetime | None:
    """When a worker should ask the gateway about the refund; None when it is settled."""
    return refund.created_at + timedelta(seconds=TURN_SECONDS) if refund.status == "PENDING" else None


async def _outcome(gateways: Gateways, envelope: Envelope, refund: Refund) -> RefundOutcome | None:
    gateway = gateways.of(livemode=envelope.livemode)
    try:
        return await gateway.refund(
            refund.gateway_charge, refund.amount, key=f"refund:{refund.id}", livemode=envelope.livemode
        )
    except GatewaySilent as silence:
        log.warning("gateway_silent", refund=refund.id, reason=str(silence))
        return None
    except GatewayRefused as refused:
        log.error("gateway_refused", refund=refund.id, reason=str(refused))
        return RefundDeclined("gateway_refused", "The payment gateway did not accept the refund.")
