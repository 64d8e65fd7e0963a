"""What can be asked of a payment."""

from msgspec import UNSET, Struct, UnsetType

from services.billing.payments.events import CaptureMethod
from services.core.fields import MetadataPatch
from services.gateways.gateway import MethodKind, Outcome


class Method(Struct, frozen=True):
    """What is to be charged: the id that the client knows, and the gateway's token for it. `gateway` is the one that
    knows the token; None says that it is the payment's own."""

    id: str
    token: str
    kind: MethodKind = "CARD"
    gateway: str | None = None


class CreatePayment(Struct, frozen=True, kw_only=True):
    """With `confirm` and a method the first attempt starts at once."""

    id: str
    amount: int
    currency: str
    gateway: str
    customer: str | None = None
    method: Method | None = None
    capture_method: CaptureMethod = "AUTOMATIC"
    confirm: bool = True
    handed_over: bool = False
    description: str | None = None
    metadata: dict[str, str] = {}
    statement_descriptor: str | None = None
    invoice: str | None = None
    subscription: str | None = None
    schedule: str | None = None
    test_clock: str | None = None


class UpdatePayment(Struct, frozen=True, kw_only=True):
    """What is unset stays as it is; the amount and the method can change only before the first attempt."""

    amount: int | UnsetType = UNSET
    payment_method: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    metadata: MetadataPatch = UNSET
    statement_descriptor: str | UnsetType | None = UNSET


class ConfirmPayment(Struct, frozen=True, kw_only=True):
    """Starts an attempt with this method."""

    method: Method
    handed_over: bool = False


class RecordOutcome(Struct, frozen=True):
    """What the gateway said of attempt `attempt`."""

    attempt: int
    outcome: Outcome


class CapturePayment(Struct, frozen=True):
    """Takes `amount` of the reservation, all of it when None; the rest is released."""

    amount: int | None = None
    handed_over: bool = False


class CancelPayment(Struct, frozen=True):
    """Gives back what is reserved, or calls off what has not begun."""

    handed_over: bool = False


class RecordCapture(Struct, frozen=True):
    """The gateway, asked as the payment's `question`-th question, has taken `amount` of the reservation."""

    question: int
    amount: int


class RecordRelease(Struct, frozen=True):
    """The gateway, asked as the payment's `question`-th question, has given the reservation back."""

    question: int


class RecordRefusal(Struct, frozen=True):
    """The gateway would not do what the payment's `question`-th question, a capture or a cancellation, asked of it."""

    question: int
    code: str
    message: str


class ReserveRefund(Struct, frozen=True):
    """Sets `amount` aside for a refund; the sum of all never exceeds what was received."""

    refund: str
    amount: int


class ReleaseRefund(Struct, frozen=True):
    """The refund failed: what was set aside for it is free again."""

    refund: str


PaymentCommand = (
    CreatePayment
    | UpdatePayment
    | ConfirmPayment
    | RecordOutcome
    | CapturePayment
    | CancelPayment
    | RecordCapture
    | RecordRelease
    | RecordRefusal
    | ReserveRefund
    | ReleaseRefund
)
