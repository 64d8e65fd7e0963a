"""Decides what may be done to a payment. No attempt starts while the outcome of another is unknown."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UnsetType

from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    ConfirmPayment,
    CreatePayment,
    Method,
    PaymentCommand,
    RecordCapture,
    RecordOutcome,
    RecordRefusal,
    RecordRelease,
    ReleaseRefund,
    ReserveRefund,
    UpdatePayment,
)
from services.billing.payments.events import (
    EVENTS,
    CaptureMethod,
    PaymentAttemptFailed,
    PaymentAttemptStarted,
    PaymentAuthorized,
    PaymentCanceled,
    PaymentCancelFailed,
    PaymentCancelStarted,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCaptureStarted,
    PaymentCreated,
    PaymentEvent,
    PaymentProcessing,
    PaymentRefundReleased,
    PaymentRefundStarted,
    PaymentSucceeded,
    PaymentUpdated,
)
from services.billing.payments.state import Asked, Payment, evolve
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Invalid, Missing
from services.gateways.gateway import Authorized, Captured, Declined, Outcome, Pending, Released

ATTEMPTS_MAX = 100
UNCONFIRMED = frozenset({"REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION"})
CONFIRMABLE = UNCONFIRMED | {"FAILED"}


class PaymentExists(Conflict):
    """A payment with this id exists already."""

    code = "resource_already_exists"


class PaymentMissing(Missing):
    """There is no such payment."""


class PaymentUnexpectedState(Conflict):
    """The payment's status does not allow this."""

    code = "payment_unexpected_state"


class TooManyAttempts(Conflict):
    """This payment was attempted 100 times; create a new one."""

    code = "payment_attempts_exhausted"


class OnlyCardsAreReserved(Invalid):
    """Only cards can be authorized now and captured later; bank accounts are charged at once."""

    code = "capture_method_unsupported"


class CaptureTooLarge(Invalid):
    """No more can be captured than was authorized."""

    code = "amount_too_large"


class RefundTooLarge(Invalid):
    """No more can be refunded than is left of what was received."""

    code = "amount_too_large"


def decide(payment: Payment | None, command: PaymentCommand, _at: datetime) -> Sequence[PaymentEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreatePayment):
        if payment is not None:
            raise PaymentExists
        return _created(command)
    if payment is None:
        raise PaymentMissing
    match command:
        case UpdatePayment():
            return _updated(payment, command)
        case ConfirmPayment(method=method, handed_over=handed_over):
            _demand(payment, CONFIRMABLE, "confirmed")
            _demand_card(method, payment.capture_method)
            if len(payment.attempts) >= ATTEMPTS_MAX:
                raise TooManyAttempts
            return [_started(len(payment.attempts) + 1, method, payment.gateway, handed_over)]
        case RecordOutcome(attempt=attempt, outcome=outcome):
            # An answer to an attempt that is settled already is news to nobody.
            open_now = payment.asked == "charge" and payment.attempts[-1].number == attempt
            return _settled(payment, attempt, outcome) if open_now else []
        case CapturePayment(amount=amount, handed_over=handed_over):
            _demand(payment, {"REQUIRES_CAPTURE"}, "captured")
            wanted = payment.amount_capturable if amount is None else amount
            if wanted > payment.amount_capturable:
                raise CaptureTooLarge(
                    f"Only {payment.amount_capturable} can be captured, not {wanted}.", param="amount"
                )
            return [PaymentCaptureStarted(amount=wanted, handed_over=handed_over)]
        case CancelPayment(handed_over=handed_over):
            _demand(payment, CONFIRMABLE | {"REQUIRES_CAPTURE"}, "canceled")
            reserved = payment.status == "REQUIRES_CAPTURE"
            return [PaymentCancelStarted(handed_over=handed_over)] if reserved else [PaymentCanceled()]
        case RecordCapture(question=question, amount=amount):
            # True of a cancellation too, when the gateway says that the money was taken before.
            if _waits_for(payment, question) not in {"capture", "cancel"}:
                return []
            return [PaymentCaptured(amount_received=amount, currency=payment.currency, customer=payment.customer)]
        case RecordRelease(question=question):
            # A reservation can be gone when it is to be captured, too: it expired, or was released elsewhere.
            return [PaymentCanceled()] if _waits_for(payment, question) in {"capture", "cancel"} else []
        case RecordRefusal(question=question, code=code, message=message):
            match _waits_for(payment, question):
                case "capture":
                    return [PaymentCaptureFailed(code=code, message=message)]
                case "cancel":
                    return [PaymentCancelFailed(code=code, message=message)]
                case _:
                    return []
        case ReserveRefund(refund=refund, amount=amount):
            if refund in payment.refunds:
                return []
            _demand(payment, {"SUCCEEDED"}, "refunded")
            left = payment.amount_received - payment.amount_refunded
            if amount > left:
                raise RefundTooLarge(f"Only {left} of this payment is left to refund, not {amount}.", param="amount")
            return [PaymentRefundStarted(refund=refund, amount=amount)]
        case ReleaseRefund(refund=refund):
            if refund not in payment.refunds:
                return []
            return [PaymentRefundReleased(refund=refund, amount=payment.refunds[refund])]
        case _:
            assert_never(command)


def _created(command: CreatePayment) -> Sequence[PaymentEvent]:
    if command.method is not None:
        _demand_card(command.method, command.capture_method)
    gateway = command.gateway if command.method is None else command.method.gateway or command.gateway
    created = PaymentCreated(
        id=command.id,
        amount=command.amount,
        currency=command.currency,
        customer=command.customer,
        payment_method=command.method.id if command.method else None,
        capture_method=command.capture_method,
        gateway=gateway,
        description=command.description,
        metadata=command.metadata,
        statement_descriptor=command.statement_descriptor,
        invoice=command.invoice,
        subscription=command.subscription,
        schedule=command.schedule,
        test_clock=command.test_clock,
    )
    if command.method is None or not command.confirm:
        return [created]
    return [created, _started(1, command.method, gateway, command.handed_over)]


def _started(number: int, method: Method, gateway: str, handed_over: bool) -> PaymentAttemptStarted:
    return PaymentAttemptStarted(
        attempt=number,
        payment_method=method.id,
        token=method.token,
        handed_over=handed_over,
        gateway=None if method.gateway == gateway else method.gateway,
    )


def _updated(payment: Payment, command: UpdatePayment) -> Sequence[PaymentEvent]:
    for name in ("amount", "payment_method"):
        value = getattr(command, name)
        if not isinstance(value, UnsetType) and value != getattr(payment, name) and payment.status not in UNCONFIRMED:
            raise PaymentUnexpectedState(
                f"'{name}' can change only before the payment is confirmed; it is {payment.status}.", param=name
            )
    wanted: dict[str, object] = {
        "amount": command.amount,
        "payment_method": command.payment_method,
        "description": command.description,
        "metadata": merged_metadata(payment.metadata, command.metadata),
        "statement_descriptor": command.statement_descriptor,
    }
    new = {k: v for k, v in wanted.items() if not isinstance(v, UnsetType) and v != getattr(payment, k)}
    if "statement_descriptor" in new and payment.asked == "charge":
        # The gateway is asked again with the very words of the first time, or the key is not the same any more.
        raise PaymentUnexpectedState(
            "'statement_descriptor' cannot change while the payment is PROCESSING.", param="statement_descriptor"
        )
    return [PaymentUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]


def _settled(payment: Payment, attempt: int, outcome: Outcome) -> Sequence[PaymentEvent]:
    match outcome:
        case Captured(reference=reference, amount=amount):
            return [
                PaymentSucceeded(
                    amount_received=amount,
                    gateway_reference=reference,
                    currency=payment.currency,
                    customer=payment.customer,
                )
            ]
        case Authorized(reference=reference, amount=amount):
            return [PaymentAuthorized(amount=amount, gateway_reference=reference)]
        case Pending(reference=reference):
            return [] if payment.settling else [PaymentProcessing(gateway_reference=reference)]
        case Declined(code=code, decline_code=decline_code, message=message):
            return [
                PaymentAttemptFailed(
                    attempt=attempt,
                    code=code,
                    decline_code=decline_code,
                    message=message,
                    currency=payment.currency,
                    customer=payment.customer,
                )
            ]
        case Released():
            return [PaymentCanceled()]
        case _:
            assert_never(outcome)


def _waits_for(payment: Payment, question: int) -> Asked | None:
    """What the payment waits for, when it waits for the answer to this question."""
    return payment.asked if payment.questions == question else None


def _demand_card(method: Method, capture_method: CaptureMethod) -> None:
    if capture_method == "MANUAL" and method.kind != "CARD":
        raise OnlyCardsAreReserved(param="capture_method")


def _demand(payment: Payment, statuses: set[str] | frozenset[str], done: str) -> None:
    if payment.status not in statuses:
        allowed = " or ".join(sorted(statuses))
        raise PaymentUnexpectedState(
            f"This payment cannot be {done}: its status is {payment.status}; it would have to be {allowed}."
        )


def _subject(command: PaymentCommand) -> str | None:
    return command.customer if isinstance(command, CreatePayment) else None


PAYMENTS: Decider[Payment, PaymentCommand, PaymentEvent] = Decider(
    category="payment",
    prefix="pay",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    subject=_subject,
    clock=lambda payment: payment.test_clock,
)
