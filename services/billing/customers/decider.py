"""Decides what may be done to a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from services.billing.customers.commands import (
    AddressPatch,
    BillCustomer,
    CreateCustomer,
    CustomerCommand,
    DeleteCustomer,
    EraseCustomer,
    FixCurrency,
    ForgetPaymentMethod,
    MarkDelinquent,
    ReturnCredit,
    UpdateCustomer,
)
from services.billing.customers.events import (
    EVENTS,
    Address,
    CustomerBalanceChanged,
    CustomerCreated,
    CustomerCurrencyFixed,
    CustomerDeleted,
    CustomerDelinquencyChanged,
    CustomerErased,
    CustomerEvent,
    CustomerUpdated,
)
from services.billing.customers.state import Customer, evolve, holds, set_fields
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing


class CustomerExists(Conflict):
    """A customer with this id exists already."""

    code = "resource_already_exists"


class CustomerMissing(Missing):
    """There is no such customer."""


class CustomerIsDeleted(Missing):
    """This customer is deleted; it can be read as of earlier moments but no longer changed."""


class CustomerActive(Conflict):
    """This customer has running subscriptions or schedules; without 'if_active=error' they are canceled."""

    code = "customer_active"


def decide(customer: Customer | None, command: CustomerCommand, at: datetime) -> Sequence[CustomerEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreateCustomer):
        if customer is not None:
            raise CustomerExists
        return [CustomerCreated(**asdict(command))]
    if customer is None:
        raise CustomerMissing
    if isinstance(command, EraseCustomer):
        if customer.erased_at is not None:
            return []
        erased = CustomerErased(subjects=tuple(command.subjects))
        left = [] if customer.deleted_at is not None else [CustomerDeleted()]
        return [*_returned(customer, command.returned, at), *left, erased]
    if customer.deleted_at is not None:
        if isinstance(command, FixCurrency | ForgetPaymentMethod | MarkDelinquent):
            return []
        if isinstance(command, BillCustomer):
            return _billed(customer, command)
        if isinstance(command, ReturnCredit):
            return _returned(customer, command.bills, at)
        raise CustomerIsDeleted(f"This customer was deleted at {customer.deleted_at:%Y-%m-%dT%H:%M:%SZ}.")
    match command:
        case UpdateCustomer():
            new = {
                name: value for name, value in _wanted(customer, command).items() if getattr(customer, name) != value
            }
            return [CustomerUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case FixCurrency(currency=currency):
            return [CustomerCurrencyFixed(currency=currency)] if customer.currency is None else []
        case BillCustomer():
            return _billed(customer, command)
        case MarkDelinquent(delinquent=delinquent):
            return [] if customer.delinquent == delinquent else [CustomerDelinquencyChanged(delinquent=delinquent)]
        case ForgetPaymentMethod(payment_method=method):
            forgets = customer.default_payment_method == method
            return [CustomerUpdated(default_payment_method=None)] if forgets else []
        case ReturnCredit(bills=bills):
            return _returned(customer, bills, at)
        case DeleteCustomer(returned=returned):
            return [*_returned(customer, returned, at), CustomerDeleted()]
        case _:
            assert_never(command)


def _billed(customer: Customer, command: BillCustomer) -> Sequence[CustomerEvent]:
    """Of a deleted customer too: what was billed before may still be voided."""
    events: list[CustomerEvent] = []
    if customer.currency is None:
        events.append(CustomerCurrencyFixed(currency=command.currency))
    if command.change:
        balance = customer.balance + command.change
        events.append(
            CustomerBalanceChanged(
                change=command.change, balance=balance, currency=command.currency, invoice=command.invoice
            )
        )
    return events


def _returned(customer: Customer, bills: Sequence[BillCustomer], at: datetime) -> Sequence[CustomerEvent]:
    events: list[CustomerEvent] = []
    for bill in bills:
        for event in _billed(customer, bill):
            customer = evolve(customer, event, at)
            events.append(event)
    return events


def _wanted(customer: Customer, command: UpdateCustomer) -> dict[str, object]:
    return set_fields(command.changes) | {
        "metadata": merged_metadata(customer.metadata, command.metadata),
        "address": merged_address(customer.address, command.address),
    }


def merged_address(old: Address | None, patch: AddressPatch | UnsetType | None) -> Address | None:
    """`patch` laid over `old`; an address without any part is none."""
    if isinstance(patch, UnsetType):
        return old
    if patch is None:
        return None
    given = {part: value or None for part, value in asdict(patch).items() if value is not UNSET}
    merged = replace(old or Address(), **given)
    return None if merged == Address() else merged


CUSTOMERS: Decider[Customer, CustomerCommand, CustomerEvent] = Decider(
    category="customer",
    prefix="cust",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    holds=holds,
    clock=lambda customer: customer.test_clock,
)
