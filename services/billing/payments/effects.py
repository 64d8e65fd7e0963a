"""Asking the gateway, and recording what it said. Every question carries a key made of the payment, so that asking
again, by anyone, at any time, moves no money twice."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.billing.payments.commands import (
    PaymentCommand,
    RecordCapture,
    RecordCaptureFailure,
    RecordOutcome,
    RecordRelease,
    UpdatePayment,
)
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.state import Payment
from services.core.engine import Answer, Engine, Handled, Step
from services.core.envelope import Envelope
from services.core.log import get_logger
from services.gateways.gateway import Captured, Charge, Declined, Gateway, GatewayRefused, GatewaySilent, Released
from services.gateways.gateways import Gateways

# Whoever started the attempt is given this long before a worker asks in its place.
TURN_SECONDS = 15
SETTLING_SECONDS = 1

log = get_logger("payments")


async def settle(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    id: str,
    *,
    settles: Callable[[Payment], Answer] | None = None,
) -> Handled[Payment]:
    """Asks the gateway what the payment waits for, and records the answer; silence records nothing.

    Under an idempotency key the answer of `settles` finishes it.
    """
    payment = (await engine.load(PAYMENTS, envelope.tenant, id)).state
    command: PaymentCommand = UpdatePayment()
    if payment is not None and payment.asked is not None:
        gateway = gateways.of(livemode=envelope.livemode)
        try:
            command = await _ask(gateway, payment, envelope.livemode)
        except GatewaySilent as silence:
            log.warning("gateway_silent", payment=id, reason=str(silence))
    return await engine.handle(envelope, Step(PAYMENTS, id, command), settles=settles, finishes=True)


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: asks again about a payment whose outcome is unknown."""
    await settle(engine, services[Gateways], envelope, id)


def due(payment: Payment) -> datetime | None:
    """When a worker should ask the gateway about the payment; None when nothing is open."""
    if payment.asked is None or payment.asked_at is None:
        return None
    if payment.settling:
        return payment.asked_at + timedelta(seconds=SETTLING_SECONDS)
    return payment.asked_at if payment.handed_over else payment.asked_at + timedelta(seconds=TURN_SECONDS)


async def _ask(gateway: Gateway, payment: Payment, livemode: bool) -> PaymentCommand:
    try:
        match payment.asked:
            case "capture":
                return await _capture(gateway, payment, livemode)
            case "cancel":
                assert payment.gateway_reference is not None
                await gateway.cancel(payment.gateway_reference, key=f"{payment.id}:cancel", livemode=livemode)
                return RecordRelease()
            case _:
                return await _charge(gateway, payment, livemode)
    except GatewayRefused as refused:
        # Our own fault, or the gateway's; certain that no money moved, so the payment must not wait for ever.
        log.error("gateway_refused", payment=payment.id, reason=str(refused))
        if payment.asked == "charge":
            return RecordOutcome(
                payment.attempts[-1].number,
                Declined("processing_error", None, "The payment gateway did not accept the request."),
            )
        return RecordCaptureFailure("The payment gateway did not accept the request.")


async def _charge(gateway: Gateway, payment: Payment, livemode: bool) -> PaymentCommand:
    attempt = payment.attempts[-1]
    charge = Charge(
        key=f"{payment.id}:{attempt.number}",
        amount=payment.amount,
        currency=payment.currency,
        method=attempt.token,
        capture=payment.capture_method == "AUTOMATIC",
        livemode=livemode,
        reference=payment.id,
    )
    return RecordOutcome(attempt.number, await gateway.charge(charge))


async def _capture(gateway: Gateway, payment: Payment, livemode: bool) -> PaymentCommand:
    assert payment.gateway_reference is not None
    outcome = await gateway.capture(
        payment.gateway_reference, payment.capturing, key=f"{payment.id}:capture", livemode=livemode
    )
    if isinstance(outcome, Captured):
        return RecordCapture(outcome.amount)
    if isinstance(outcome, Released):
        return RecordCaptureFailure("The payment gateway has released the reservation.")
    raise GatewaySilent(f"{payment.id}: the capture is not settled")
