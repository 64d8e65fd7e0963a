"""A payment method as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.payment_methods.events import (
    BillingDetails,
    PaymentMethodAttached,
    PaymentMethodCreated,
    PaymentMethodDetached,
    PaymentMethodErased,
    PaymentMethodEvent,
    PaymentMethodUpdated,
    PaymentMethodUsed,
)
from services.core.decider import Hold
from services.gateways.gateway import MethodKind

# Who is charged again and again has a method of its own; by so many customers at most is one used that nobody has.
USERS_MAX = 100


class PaymentMethod(Struct, frozen=True, kw_only=True):
    """`customer` is None before it is attached and after it is detached; `last_customer` stays. `used_by` are the
    customers whose payments were made by it while nobody had it."""

    id: str
    kind: MethodKind
    token: str
    gateway: str
    fingerprint: str
    last4: str
    brand: str | None
    exp_month: int | None
    exp_year: int | None
    funding: str | None
    country: str | None
    bank_name: str | None
    billing_details: BillingDetails | None
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime
    customer: str | None = None
    detached: bool = False
    last_customer: str | None = None
    erased: bool = False
    used_by: tuple[str, ...] = ()


def evolve(method: PaymentMethod | None, event: PaymentMethodEvent, at: datetime) -> PaymentMethod:
    """The payment method after `event`."""
    if isinstance(event, PaymentMethodCreated):
        return PaymentMethod(**asdict(event), created_at=at, updated_at=at)
    assert method is not None, "the first event of a payment method is its creation"
    match event:
        case PaymentMethodUpdated():
            changes = {name: value for name, value in asdict(event).items() if value is not UNSET}
            return replace(method, **changes, updated_at=at)
        case PaymentMethodAttached(customer=customer, token=token):
            return replace(
                method, customer=customer, last_customer=customer, token=token or method.token, updated_at=at
            )
        case PaymentMethodDetached():
            return replace(method, customer=None, detached=True, updated_at=at)
        case PaymentMethodUsed(customer=customer):
            return replace(method, used_by=(*method.used_by, customer))
        case PaymentMethodErased():
            return replace(method, erased=True, updated_at=at)
        case _:
            assert_never(event)


def methods_name(customer: str) -> str:
    """The name that every method holds that the customer has, had, or used."""
    return f"payment_methods_of:{customer}"


def holds(method: PaymentMethod) -> Iterable[Hold]:
    """A method is found by its customer, detached or not, and where it never had one by those who used it, until it is
    erased."""
    if method.erased:
        return ()
    owners = method.used_by if method.last_customer is None else (method.last_customer,)
    return tuple(Hold(methods_name(customer)) for customer in owners)
