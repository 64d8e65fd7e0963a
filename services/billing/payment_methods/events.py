"""What is remembered of a payment method. Never a card's number: the gateway's token stands for it."""

from msgspec import UNSET, Struct, UnsetType

from services.core.event import Event, EventCodec, Personal, Published
from services.gateways.gateway import MethodKind


class BillingDetails(Struct, frozen=True, kw_only=True):
    """Who the method belongs to, as the client says."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class PaymentMethodCreated(Event, frozen=True, kw_only=True, tag="payment_method.created"):
    """A method that the gateway knows as `token`; attached to nobody yet."""

    id: str
    kind: MethodKind
    token: str
    gateway: str
    fingerprint: Personal[str]
    last4: Personal[str]
    brand: str | None = None
    exp_month: Personal[int | None] = None
    exp_year: Personal[int | None] = None
    funding: str | None = None
    country: str | None = None
    bank_name: str | None = None
    billing_details: Personal[BillingDetails | None] = None
    metadata: Personal[dict[str, str]] = {}


class PaymentMethodUpdated(Event, frozen=True, kw_only=True, tag="payment_method.updated"):
    """Fields took new values; unset ones did not change."""

    exp_month: Personal[int | UnsetType] = UNSET
    exp_year: Personal[int | UnsetType] = UNSET
    billing_details: Personal[BillingDetails | UnsetType | None] = UNSET
    metadata: Personal[dict[str, str] | UnsetType] = UNSET


class PaymentMethodAttached(Event, frozen=True, kw_only=True, tag="payment_method.attached"):
    """The customer can be charged by it; by `token` from now on, where the gateway gave another one."""

    customer: str
    token: str | None = None


class PaymentMethodDetached(Event, frozen=True, kw_only=True, tag="payment_method.detached"):
    """Nobody can be charged by it any more."""

    customer: str


class PaymentMethodUsed(Event, frozen=True, kw_only=True, tag="payment_method.used"):
    """A payment of this customer is made by it, which nobody has: it is forgotten with the customer."""

    customer: str


class PaymentMethodErased(Event, frozen=True, kw_only=True, tag="payment_method.erased"):
    """What is personal of it can be read by nobody any more: whom it belonged to was erased."""


PaymentMethodEvent = (
    PaymentMethodCreated
    | PaymentMethodUpdated
    | PaymentMethodAttached
    | PaymentMethodDetached
    | PaymentMethodUsed
    | PaymentMethodErased
)
EVENTS = EventCodec(
    PaymentMethodCreated,
    PaymentMethodUpdated,
    PaymentMethodAttached,
    PaymentMethodDetached,
    PaymentMethodUsed,
    PaymentMethodErased,
)
PUBLISHED: Published = {
    PaymentMethodCreated: (),
    PaymentMethodUpdated: ("payment_method.updated",),
    PaymentMethodAttached: ("payment_method.attached",),
    PaymentMethodDetached: ("payment_method.detached",),
    # Clients are told of the payment.
    PaymentMethodUsed: (),
    # Clients are told of its customer.
    PaymentMethodErased: (),
}
