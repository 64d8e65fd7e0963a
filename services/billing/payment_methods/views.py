"""A payment method as clients see it."""

from msgspec import Struct

from services.billing.payment_methods.events import BillingDetails
from services.billing.payment_methods.state import PaymentMethod
from services.core.clock import unix
from services.gateways.gateway import MethodKind


class CardObject(Struct, frozen=True, kw_only=True):
    """What may be shown of a card."""

    brand: str | None
    country: str | None
    exp_month: int | None
    exp_year: int | None
    fingerprint: str
    funding: str | None
    last4: str


class BankAccountObject(Struct, frozen=True, kw_only=True):
    """What may be shown of a bank account."""

    bank_name: str | None
    country: str | None
    fingerprint: str
    last4: str


class PaymentMethodObject(Struct, frozen=True, kw_only=True):
    """A saved card or bank account; `card` or `bank_account` is null, by `type`."""

    id: str
    object: str = "payment_method"
    type: MethodKind
    customer: str | None
    card: CardObject | None
    bank_account: BankAccountObject | None
    billing_details: BillingDetails
    created: int
    updated: int
    livemode: bool
    metadata: dict[str, str]


def payment_method_object(method: PaymentMethod, livemode: bool) -> PaymentMethodObject:
    """The wire form of a payment method."""
    card = bank_account = None
    if method.kind == "CARD":
        card = CardObject(
            brand=method.brand,
            country=method.country,
            exp_month=method.exp_month,
            exp_year=method.exp_year,
            fingerprint=method.fingerprint,
            funding=method.funding,
            last4=method.last4,
        )
    else:
        bank_account = BankAccountObject(
            bank_name=method.bank_name,
            country=method.country,
            fingerprint=method.fingerprint,
            last4=method.last4,
        )
    return PaymentMethodObject(
        id=method.id,
        type=method.kind,
        customer=method.customer,
        card=card,
        bank_account=bank_account,
        billing_details=method.billing_details or BillingDetails(),
        created=unix(method.created_at),
        updated=unix(method.updated_at),
        livemode=livemode,
        metadata=method.metadata,
    )
