"""Asking the gateway, and recording what it said. Every question carries a key made of the payment, so that asking
again, by anyone, at any time, moves no money twice."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.billing.invoices.policy import following
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
from services.core.again import reading_again
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.log import get_logger
from services.core.reader import NOTHING, NOTHING_KNOWN, Known
from services.core.step import Answer, Guard, Handled, Step
from services.gateways.gateway import (
    Authorized,
    Captured,
    Charge,
    Declined,
    Gateway,
    GatewayMisconfigured,
    GatewayRefused,
    GatewaySilent,
    Outcome,
    Pending,
    Released,
)
from services.gateways.gateways import Gateways, NoGateway

log = get_logger("payments")


States = Mapping[str, Any]


def states_of(steps: Sequence[Step], states: Sequence[Any]) -> States:
    """The states after `steps`, by the name of the stream and in the order of the steps."""
    return {step.decider.stream(step.id): state for step, state in zip(steps, states, strict=True)}


def concluding(
    steps: Sequence[Step], answer: Callable[[States], Answer] | None
) -> Callable[[Sequence[Any]], Answer] | None:
    """`answer` as the engine wants it: of the states in the order of the steps."""
    if answer is None:
        return None
    return lambda states: answer(states_of(steps, states))


async def settle(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    id: str | None,
    *,
    until: float,
    known: Known = NOTHING_KNOWN,
    about: Step | None = None,
    answer: Callable[[States], Answer] | None = None,
) -> Handled[Any]:
    """Asks the gateway what the payment waits for, and records the answer together with what follows from it for the
    invoice or the plan that the payment is for; silence records nothing.

    `until` is the instant of the event loop's clock at which silence is assumed. Under an idempotency key `answer`
    finishes it, with the states of all that changed and of what the request is `about`. What the caller has just
    written is `known` and need not be read again.
    """
    loaded = NOTHING
    if id is not None:
        loaded = known.get(PAYMENTS.stream(id)) or await engine.load(PAYMENTS, envelope.tenant, id)
    payment = loaded.state
    command: PaymentCommand = UpdatePayment()
    if payment is not None and payment.asked is not None:
        command = await _answered(engine, gateways, envelope, payment, until)

    async def record() -> Handled[Any]:
        nonlocal known
        # Whoever comes here again does so because something of it has moved.
        still_known, known = known, NOTHING_KNOWN
        steps: list[Step] = []
        guards: Sequence[Guard] = ()
        if payment is not None:
            follow = await following(engine, envelope, payment, command, still_known)
            steps, guards = [Step(PAYMENTS, payment.id, command, known=loaded), *follow.steps], follow.guards
        if about is not None:
            # The key stands for what the request is about, from its first append to its last.
            same = [each for each in steps if (each.decider, each.id) == (about.decider, about.id)]
            steps = [*(same or [about]), *(each for each in steps if each not in same)]
        return await engine.handle(envelope, steps, guards=guards, concludes=concluding(steps, answer), finishes=True)

    return await reading_again(record)


async def _answered(
    engine: Engine, gateways: Gateways, envelope: Envelope, payment: Payment, until: float
) -> PaymentCommand:
    """What the gateway answers; what changes nothing while it says nothing."""
    try:
        async with asyncio.timeout_at(until):
            gateway = await gateways.of(envelope, payment.gateway)
            now = await engine.now_on(envelope, payment.test_clock)
            return await _ask(gateway, payment, envelope.livemode, now)
    except (GatewayMisconfigured, NoGateway) as problem:
        # Nothing but the settings can help; the payment waits for them.
        log.error("gateway_misconfigured", payment=payment.id, gateway=payment.gateway, reason=str(problem))
    except (GatewaySilent, TimeoutError) as silence:
        log.warning("gateway_silent", payment=payment.id, asked=payment.asked, reason=str(silence))
    return UpdatePayment()


async def _ask(gateway: Gateway, payment: Payment, livemode: bool, now: datetime) -> PaymentCommand:
    try:
        match payment.asked:
            case "capture":
                return await _capture(gateway, payment, livemode)
            case "cancel":
                return await _cancel(gateway, payment, livemode)
            case _:
                return await _charge(gateway, payment, livemode, now)
    except GatewayRefused as refused:
        # A fault of ours or in the settings; certain that no money moved, so the payment must not wait for ever.
        log.error("gateway_refused", payment=payment.id, asked=payment.asked, reason=str(refused))
        code, message = "gateway_error", "The payment gateway did not accept the request."
        if payment.asked == "charge":
            return RecordOutcome(payment.attempts[-1].number, Declined(code, None, message))
        return RecordRefusal(payment.questions, code, message)


async def _charge(gateway: Gateway, payment: Payment, livemode: bool, now: datetime) -> PaymentCommand:
    attempt = payment.attempts[-1]
    charge = Charge(
        key=f"{payment.id}:{attempt.number}",
        amount=payment.amount,
        currency=payment.currency,
        method=attempt.token,
        capture=payment.capture_method == "AUTOMATIC",
        livemode=livemode,
        reference=payment.id,
        descriptor=payment.statement_descriptor,
        age=now - attempt.started_at,
        known=payment.gateway_reference if payment.settling else None,
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
