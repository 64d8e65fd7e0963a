"""A customer as its events tell it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.customers.events import (
    Address,
    CustomerBalanceChanged,
    CustomerChanges,
    CustomerCreated,
    CustomerCurrencyFixed,
    CustomerDeleted,
    CustomerDelinquencyChanged,
    CustomerErased,
    CustomerEvent,
    CustomerUpdated,
)
from services.billing.payment_methods.state import methods_name
from services.billing.payment_schedules.state import running_name as schedules_name
from services.billing.subscriptions.state import running_name
from services.core.decider import Hold


class Customer(Struct, frozen=True, kw_only=True):
    """`balance` is in minor units of `currency`; below zero is credit of the customer."""

    id: str
    name: str
    email: str
    phone: str | None
    description: str | None
    address: Address | None
    metadata: dict[str, str]
    timezone: str
    default_payment_method: str | None
    test_clock: str | None
    created_at: datetime
    updated_at: datetime
    currency: str | None = None
    balance: int = 0
    delinquent: bool = False
    deleted_at: datetime | None = None
    erased_at: datetime | None = None


def evolve(customer: Customer | None, event: CustomerEvent, at: datetime) -> Customer:
    """The customer after `event`, which happened at `at`."""
    if isinstance(event, CustomerCreated):
        return Customer(**asdict(event), created_at=at, updated_at=at)
    assert customer is not None, "the first event of a customer is its creation"
    match event:
        case CustomerUpdated():
            return replace(customer, **set_fields(event), updated_at=at)
        case CustomerCurrencyFixed(currency=currency):
            return replace(customer, currency=currency)
        case CustomerBalanceChanged(balance=balance):
            return replace(customer, balance=balance)
        case CustomerDelinquencyChanged(delinquent=delinquent):
            return replace(customer, delinquent=delinquent)
        case CustomerDeleted():
            return replace(customer, deleted_at=at)
        case CustomerErased():
            return replace(customer, erased_at=at)
        case _:
            assert_never(event)


def set_fields(changes: CustomerChanges | CustomerUpdated) -> dict[str, object]:
    """The fields that have a value, by name."""
    return {name: value for name, value in asdict(changes).items() if value is not UNSET}


def email_hold(email: str) -> Hold:
    """The name under which a customer's e-mail address is held; letter case does not matter."""
    return Hold(f"customer_email:{email.casefold()}", personal=True)


def holds(customer: Customer) -> Iterable[Hold]:
    """A deleted customer lets its address go, and is the only one to hold the name of what runs for it: it cannot be
    deleted while a subscription or a schedule holds that, nor erased while a payment method does."""
    if customer.deleted_at is not None:
        names = [running_name(customer.id), schedules_name(customer.id)]
        if customer.erased_at is not None:
            names.append(methods_name(customer.id))
        return [Hold(name, exclusive=True) for name in names]
    return (email_hold(customer.email),)
