"""Asking the gateway, and recording what it said. Every question carries a key made of the payment, so that asking
again, by anyone, at any time, moves no money twice."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.billing.payments.commands import (
    PaymentCommand,
    RecordCapture,
    RecordOutcome,
    RecordRefusal,
    RecordRelease,
    UpdatePayment,
)
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.state import Payment
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.log import get_logger
from services.core.resume import ATTEND_SECONDS_MAX, TURN_SECONDS
from services.core.step import Answer, Handled, Step
from services.gateways.gateway import (
    Authorized,
    Captured,
    Charge,
    Declined,
    Gateway,
    GatewayRefused,
    GatewaySilent,
    Outcome,
    Pending,
    Released,
)
from services.gateways.gateways import Gateways

SETTLING_SECONDS = 1

log = get_logger("payments")


async def settle(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    id: str,
    *,
    until: float,
    settles: Callable[[Payment], Answer] | None = None,
) -> Handled[Payment]:
    """Asks the gateway what the payment waits for, and records the answer; silence records nothing.

    `until` is the instant of the event loop's clock at which silence is assumed. Under an idempotency key the answer
    of `settles` finishes it.
    """
    payment = (await engine.load(PAYMENTS, envelope.tenant, id)).state
    command: PaymentCommand = UpdatePayment()
    if payment is not None and payment.asked is not None:
        gateway = gateways.of(livemode=envelope.livemode)
        try:
            async with asyncio.timeout_at(until):
                command = await _ask(gateway, payment, envelope.livemode)
        except (GatewaySilent, TimeoutError) as silence:
            log.warning("gateway_silent", payment=id, asked=payment.asked, reason=str(silence))
    return await engine.handle(envelope, Step(PAYMENTS, id, command), settles=settles, finishes=True)


async def attend(engine: Engine, services: Mapping[type, Any], envelope: Envelope, id: str) -> None:
    """A worker's turn: asks again about a payment whose outcome is unknown."""
    until = asyncio.get_running_loop().time() + ATTEND_SECONDS_MAX
    await settle(engine, services[Gateways], envelope, id, until=until)


def due(payment: Payment) -> datetime | None:
    """When a worker should ask the gateway about the payment; None when nothing is open."""
    if payment.asked is None or payment.asked_at is None:
        return None
    if payment.settling:
        return payment.asked_at + timedelta(seconds=SETTLING_SECONDS)
    # Whoever asked first is given its turn before a worker asks in its place.
    return payment.asked_at if payment.handed_over else payment.asked_at + timedelta(seconds=TURN_SECONDS)


async def _ask(gateway: Gateway, payment: Payment, livemode: bool) -> PaymentCommand:
    try:
        match payment.asked:
            case "capture":
                return await _capture(gateway, payment, livemode)
            case "cancel":
                return await _cancel(gateway, payment, livemode)
            case _:
                return await _charge(gateway, payment, livemode)
    except GatewayRefused as refused:
        # A fault of ours or in the settings; certain that no money moved, so the payment must not wait for ever.
        log.error("gateway_refused", payment=payment.id, asked=payment.asked, reason=str(refused))
        code, message = "gateway_error", "The payment gateway did not accept the request."
        if payment.asked == "charge":
            return RecordOutcome(payment.attempts[-1].number, Declined(code, None, message))
        return RecordRefusal(payment.questions, code, message)


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
    key = f"{payment.id}:capture:{payment.capturing}"
    outcome = await gateway.capture(_reserved(payment), payment.capturing, key=key, livemode=livemode)
    return _told(payment, outcome)


async def _cancel(gateway: Gateway, payment: Payment, livemode: bool) -> PaymentCommand:
    key = f"{payment.id}:cancel:{payment.questions}"
    return _told(payment, await gateway.cancel(_reserved(payment), key=key, livemode=livemode))


def _reserved(payment: Payment) -> str:
    assert payment.gateway_reference is not None, "what is reserved has the gateway's reference"
    return payment.gateway_reference


def _told(payment: Payment, outcome: Outcome) -> PaymentCommand:
    """What the gateway's answer to a capture or a cancellation means."""
    match outcome:
        case Captured(amount=amount):
            return RecordCapture(payment.questions, amount)
        case Released():
            return RecordRelease(payment.questions)
        case Declined(code=code, message=message):
            return RecordRefusal(payment.questions, code, message)
        case Authorized() | Pending():
            # Neither done nor refused: nothing is known until the gateway says one of the two.
            raise GatewaySilent(f"{payment.id}: the {payment.asked} is not settled: {outcome!r}")
