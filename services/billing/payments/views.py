"""A payment as clients see it."""

from msgspec import Struct

from services.billing.payments.events import CaptureMethod
from services.billing.payments.state import AttemptStatus, Payment, PaymentError, PaymentStatus
from services.core.clock import unix
from services.core.envelope import Envelope
from services.core.step import Answer
from services.core.wire import encode, ok

DECLINED = 402


class AttemptObject(Struct, frozen=True, kw_only=True):
    """One time that the gateway was asked to charge."""

    number: int
    status: AttemptStatus
    payment_method: str
    created: int
    error: PaymentError | None


class PaymentObject(Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`; instants in Unix seconds."""

    id: str
    object: str = "payment"
    amount: int
    amount_capturable: int
    amount_received: int
    amount_refunded: int
    attempts: list[AttemptObject]
    capture_method: CaptureMethod
    created: int
    updated: int
    currency: str
    customer: str | None
    description: str | None
    gateway: str | None
    gateway_reference: str | None
    invoice: str | None
    last_payment_error: PaymentError | None
    livemode: bool
    metadata: dict[str, str]
    payment_method: str | None
    statement_descriptor: str | None
    status: PaymentStatus
    subscription: str | None


class CardError(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The error of a declined charge, with the payment that it belongs to."""

    type: str
    code: str
    message: str
    payment: PaymentObject
    decline_code: str | None = None
    request_id: str


class CardErrorBody(Struct, frozen=True):
    """The body of a 402."""

    error: CardError


def payment_object(payment: Payment, livemode: bool) -> PaymentObject:
    """The wire form of a payment."""
    return PaymentObject(
        id=payment.id,
        amount=payment.amount,
        amount_capturable=payment.amount_capturable,
        amount_received=payment.amount_received,
        amount_refunded=payment.amount_refunded,
        attempts=[
            AttemptObject(
                number=attempt.number,
                status=attempt.status,
                payment_method=attempt.payment_method,
                created=unix(attempt.started_at),
                error=attempt.error,
            )
            for attempt in payment.attempts
        ],
        capture_method=payment.capture_method,
        created=unix(payment.created_at),
        updated=unix(payment.updated_at),
        currency=payment.currency,
        customer=payment.customer,
        description=payment.description,
        gateway=payment.gateway or None,
        gateway_reference=payment.gateway_reference,
        invoice=payment.invoice,
        last_payment_error=payment.last_error,
        livemode=livemode,
        metadata=payment.metadata,
        payment_method=payment.payment_method,
        statement_descriptor=payment.statement_descriptor,
        status=payment.status,
        subscription=payment.subscription,
    )


def charge_answer(payment: Payment, envelope: Envelope) -> Answer:
    """The answer to whoever asked for money to be taken or given back: the payment, or a 402 with it when the gateway
    said no."""
    view = payment_object(payment, envelope.livemode)
    error = payment.last_error
    if payment.status not in {"FAILED", "REQUIRES_CAPTURE"} or error is None:
        return ok(view)
    body = CardError(
        type="card_error",
        code=error.code,
        decline_code=error.decline_code,
        message=error.message,
        payment=view,
        request_id=envelope.request_id,
    )
    return Answer(DECLINED, encode(CardErrorBody(body)))
