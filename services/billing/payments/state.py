"""A payment as its events tell it."""

from datetime import datetime
from typing import Literal, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.payments.events import (
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

PaymentStatus = Literal[
    "REQUIRES_PAYMENT_METHOD",
    "REQUIRES_CONFIRMATION",
    "PROCESSING",
    "REQUIRES_CAPTURE",
    "SUCCEEDED",
    "FAILED",
    "CANCELED",
]
AttemptStatus = Literal["PROCESSING", "SUCCEEDED", "FAILED"]
# What the gateway was asked last, while its answer is not recorded.
Asked = Literal["charge", "capture", "cancel"]


class PaymentError(Struct, frozen=True, kw_only=True):
    """Why the last attempt failed, in the words of the API's card errors."""

    code: str
    decline_code: str | None
    message: str


class Attempt(Struct, frozen=True, kw_only=True):
    """One time that the gateway was asked to charge."""

    number: int
    payment_method: str
    token: str
    started_at: datetime
    status: AttemptStatus = "PROCESSING"
    error: PaymentError | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`. `refunds` holds what each refund that did not fail has set aside.

    `asked` is set while the gateway's answer is unknown, and `questions` counts all that it was ever asked: a late
    answer to an earlier question must not be taken for one to the question that is open now.
    """

    id: str
    amount: int
    currency: str
    customer: str | None
    payment_method: str | None
    capture_method: CaptureMethod
    gateway: str
    description: str | None
    metadata: dict[str, str]
    statement_descriptor: str | None
    invoice: str | None
    subscription: str | None
    schedule: str | None
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    status: PaymentStatus
    amount_received: int = 0
    amount_capturable: int = 0
    capturing: int = 0
    refunds: dict[str, int] = {}
    attempts: tuple[Attempt, ...] = ()
    questions: int = 0
    asked: Asked | None = None
    asked_at: datetime | None = None
    handed_over: bool = False
    settling: bool = False
    gateway_reference: str | None = None
    last_error: PaymentError | None = None

    @property
    def amount_refunded(self) -> int:
        """What refunds have taken or set aside."""
        return sum(self.refunds.values())


def evolve(payment: Payment | None, event: PaymentEvent, at: datetime) -> Payment:
    """The payment after `event`."""
    if isinstance(event, PaymentCreated):
        status = "REQUIRES_PAYMENT_METHOD" if event.payment_method is None else "REQUIRES_CONFIRMATION"
        return Payment(**asdict(event), status=status, created_at=at, updated_at=at)
    assert payment is not None, "the first event of a payment is its creation"
    return replace(_evolved(payment, event, at), updated_at=at)


def _evolved(payment: Payment, event: PaymentEvent, at: datetime) -> Payment:
    match event:
        case PaymentCreated():
            return payment
        case PaymentUpdated():
            payment = replace(payment, **{k: v for k, v in asdict(event).items() if v is not UNSET})
            if payment.status in {"REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION"}:
                status = "REQUIRES_PAYMENT_METHOD" if payment.payment_method is None else "REQUIRES_CONFIRMATION"
                return replace(payment, status=status)
            return payment
        case PaymentAttemptStarted(attempt=number, payment_method=method, token=token):
            attempt = Attempt(number=number, payment_method=method, token=token, started_at=at)
            payment = replace(payment, payment_method=method, attempts=(*payment.attempts, attempt))
            payment = replace(payment, gateway=event.gateway or payment.gateway)
            return _asked(payment, "charge", at, event.handed_over)
        case PaymentProcessing(gateway_reference=reference):
            return replace(payment, gateway_reference=reference, settling=True, asked_at=at)
        case PaymentAuthorized(amount=amount, gateway_reference=reference):
            payment = replace(payment, status="REQUIRES_CAPTURE", amount_capturable=amount)
            return _attempt_ended(replace(payment, gateway_reference=reference), "SUCCEEDED", None)
        case PaymentSucceeded(amount_received=received, gateway_reference=reference):
            payment = replace(payment, status="SUCCEEDED", amount_received=received)
            return _attempt_ended(replace(payment, gateway_reference=reference), "SUCCEEDED", None)
        case PaymentAttemptFailed(code=code, decline_code=decline_code, message=message):
            error = PaymentError(code=code, decline_code=decline_code, message=message)
            return _attempt_ended(replace(payment, status="FAILED"), "FAILED", error)
        case PaymentCaptureStarted(amount=amount, handed_over=handed_over):
            return _asked(replace(payment, capturing=amount), "capture", at, handed_over)
        case PaymentCaptured(amount_received=received):
            return _answered(replace(payment, status="SUCCEEDED", amount_received=received, amount_capturable=0))
        case PaymentCancelStarted(handed_over=handed_over):
            return _asked(payment, "cancel", at, handed_over)
        case PaymentCaptureFailed(code=code, message=message) | PaymentCancelFailed(code=code, message=message):
            error = PaymentError(code=code, decline_code=None, message=message)
            return _answered(replace(payment, status="REQUIRES_CAPTURE", last_error=error))
        case PaymentCanceled():
            # The provider may say of a charge that it gave the reservation back before we ever heard of it.
            payment = _attempt_ended(payment, "FAILED", None) if payment.asked == "charge" else payment
            return _answered(replace(payment, status="CANCELED", amount_capturable=0))
        case PaymentRefundStarted(refund=refund, amount=amount):
            return replace(payment, refunds=payment.refunds | {refund: amount})
        case PaymentRefundReleased(refund=refund):
            return replace(payment, refunds={k: v for k, v in payment.refunds.items() if k != refund})
        case _:
            assert_never(event)


def _asked(payment: Payment, asked: Asked, at: datetime, handed_over: bool) -> Payment:
    return replace(
        payment,
        status="PROCESSING",
        questions=payment.questions + 1,
        asked=asked,
        asked_at=at,
        handed_over=handed_over,
        settling=False,
        last_error=None,
    )


def _answered(payment: Payment) -> Payment:
    return replace(payment, asked=None, asked_at=None, handed_over=False, settling=False, capturing=0)


def _attempt_ended(payment: Payment, status: AttemptStatus, error: PaymentError | None) -> Payment:
    ended = tuple(replace(attempt, status=status, error=error) for attempt in payment.attempts[-1:])
    return _answered(replace(payment, attempts=payment.attempts[:-1] + ended, last_error=error))
