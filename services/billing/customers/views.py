"""A customer as clients see it."""

from msgspec import Struct

from services.billing.customers.events import Address
from services.billing.customers.state import Customer
from services.core.clock import unix


class CustomerObject(Struct, frozen=True, kw_only=True):
    """`balance` is in minor units of `currency`, below zero when the customer has credit; instants are Unix seconds."""

    id: str
    object: str = "customer"
    name: str
    email: str
    phone: str | None
    created: int
    updated: int
    metadata: dict[str, str]
    address: Address | None
    balance: int
    currency: str | None
    default_payment_method: str | None
    delinquent: bool
    description: str | None
    livemode: bool
    test_clock: str | None
    timezone: str


def customer_object(customer: Customer, livemode: bool) -> CustomerObject:
    """The wire form of a customer."""
    return CustomerObject(
        id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        created=unix(customer.created_at),
        updated=unix(customer.updated_at),
        metadata=customer.metadata,
        address=customer.address,
        balance=customer.balance,
        currency=customer.currency,
        default_payment_method=customer.default_payment_method,
        delinquent=customer.delinquent,
        description=customer.description,
        livemode=livemode,
        test_clock=customer.test_clock,
        timezone=customer.timezone,
    )
