"""What is remembered of a payment. A declined card is an event, not an exception."""

from typing import Literal

from msgspec import UNSET, UnsetType

from services.core.event import Event, EventCodec, Personal, Published

CaptureMethod = Literal["AUTOMATIC", "MANUAL"]


class PaymentCreated(Event, frozen=True, kw_only=True, tag="payment.created"):
    """Somebody is to pay `amount` (minor units of `currency`)."""

    id: str
    amount: int
    currency: str
    customer: str | None
    payment_method: str | None
    capture_method: CaptureMethod
    gateway: str
    description: Personal[str | None] = None
    metadata: Personal[dict[str, str]] = {}
    statement_descriptor: Personal[str | None] = None
    invoice: str | None = None
    subscription: str | None = None
    schedule: str | None = None
    test_clock: str | None = None


class PaymentUpdated(Event, frozen=True, kw_only=True, tag="payment.updated"):
    """Fields took new values; unset ones did not change."""

    amount: int | UnsetType = UNSET
    payment_method: str | UnsetType | None = UNSET
    description: Personal[str | UnsetType | None] = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET
    statement_descriptor: Personal[str | UnsetType | None] = UNSET


class PaymentAttemptStarted(Event, frozen=True, kw_only=True, tag="payment.attempt_started"):
    """The gateway is about to be asked, under a key made of the payment and `attempt`. Until an outcome is recorded
    it is unknown. `handed_over`: a worker is to ask, because nobody waits for the answer. `gateway`: from now on the
    payment is with another one than before."""

    attempt: int
    payment_method: str
    token: str
    handed_over: bool = False
    gateway: str | None = None


class PaymentProcessing(Event, frozen=True, kw_only=True, tag="payment.processing"):
    """The gateway accepted the charge and will settle it later."""

    gateway_reference: str


class PaymentAuthorized(Event, frozen=True, kw_only=True, tag="payment.authorized"):
    """`amount` is reserved, to be captured or released."""

    amount: int
    gateway_reference: str


class PaymentSucceeded(Event, frozen=True, kw_only=True, tag="payment.succeeded"):
    """`amount_received` is taken. Currency and customer stand here for readers of this event alone."""

    amount_received: int
    gateway_reference: str
    currency: str
    customer: str | None


class PaymentAttemptFailed(Event, frozen=True, kw_only=True, tag="payment.attempt_failed"):
    """The gateway declined; the payment can be confirmed again."""

    attempt: int
    code: str
    decline_code: str | None
    message: str
    currency: str
    customer: str | None


class PaymentCaptureStarted(Event, frozen=True, kw_only=True, tag="payment.capture_started"):
    """The gateway is about to be asked for `amount` of what it reserved; what is left is released."""

    amount: int
    handed_over: bool = False


class PaymentCaptured(Event, frozen=True, kw_only=True, tag="payment.captured"):
    """`amount_received` of the reservation is taken."""

    amount_received: int
    currency: str
    customer: str | None


class PaymentCaptureFailed(Event, frozen=True, kw_only=True, tag="payment.capture_failed"):
    """The gateway would not capture; the reservation stands."""

    code: str
    message: str


class PaymentCancelStarted(Event, frozen=True, kw_only=True, tag="payment.cancel_started"):
    """The gateway is about to be asked to release what it reserved."""

    handed_over: bool = False


class PaymentCancelFailed(Event, frozen=True, kw_only=True, tag="payment.cancel_failed"):
    """The gateway would not release; the reservation stands."""

    code: str
    message: str


class PaymentCanceled(Event, frozen=True, kw_only=True, tag="payment.canceled"):
    """Nothing will be taken."""


class PaymentRefundStarted(Event, frozen=True, kw_only=True, tag="payment.refund_started"):
    """`amount` is set aside for a refund, so that no other refund can have it."""

    refund: str
    amount: int


class PaymentRefundReleased(Event, frozen=True, kw_only=True, tag="payment.refund_released"):
    """The refund failed; its amount can be refunded again."""

    refund: str
    amount: int


PaymentEvent = (
    PaymentCreated
    | PaymentUpdated
    | PaymentAttemptStarted
    | PaymentProcessing
    | PaymentAuthorized
    | PaymentSucceeded
    | PaymentAttemptFailed
    | PaymentCaptureStarted
    | PaymentCaptured
    | PaymentCaptureFailed
    | PaymentCancelStarted
    | PaymentCancelFailed
    | PaymentCanceled
    | PaymentRefundStarted
    | PaymentRefundReleased
)
EVENTS = EventCodec(
    PaymentCreated,
    PaymentUpdated,
    PaymentAttemptStarted,
    PaymentProcessing,
    PaymentAuthorized,
    PaymentSucceeded,
    PaymentAttemptFailed,
    PaymentCaptureStarted,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCancelStarted,
    PaymentCancelFailed,
    PaymentCanceled,
    PaymentRefundStarted,
    PaymentRefundReleased,
)
PUBLISHED: Published = {
    PaymentCreated: ("payment.created",),
    PaymentUpdated: (),
    PaymentAttemptStarted: (),
    PaymentProcessing: ("payment.processing",),
    PaymentAuthorized: (),
    PaymentSucceeded: ("payment.succeeded",),
    PaymentAttemptFailed: ("payment.failed",),
    PaymentCaptureStarted: (),
    PaymentCaptured: ("payment.captured", "payment.succeeded"),
    PaymentCaptureFailed: (),
    PaymentCancelStarted: (),
    PaymentCancelFailed: (),
    PaymentCanceled: ("payment.canceled",),
    PaymentRefundStarted: (),
    PaymentRefundReleased: (),
}
