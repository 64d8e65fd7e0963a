"""Decides what may be done to a payment method."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from services.billing.payment_methods.commands import (
    AttachPaymentMethod,
    BillingPatch,
    CreatePaymentMethod,
    DetachPaymentMethod,
    ErasePaymentMethod,
    PaymentMethodCommand,
    UpdatePaymentMethod,
    UsePaymentMethod,
)
from services.billing.payment_methods.events import (
    EVENTS,
    BillingDetails,
    PaymentMethodAttached,
    PaymentMethodCreated,
    PaymentMethodDetached,
    PaymentMethodErased,
    PaymentMethodEvent,
    PaymentMethodUpdated,
    PaymentMethodUsed,
)
from services.billing.payment_methods.state import USERS_MAX, PaymentMethod, evolve, holds
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing


class PaymentMethodExists(Conflict):
    """A payment method with this id exists already."""

    code = "resource_already_exists"


class PaymentMethodMissing(Missing):
    """There is no such payment method."""


class PaymentMethodIsAttached(Conflict):
    """This payment method belongs to another customer."""

    code = "payment_method_already_attached"


class PaymentMethodIsDetached(Conflict):
    """This payment method was detached and cannot be used again; save a new one."""

    code = "payment_method_detached"


class PaymentMethodIsLoose(Conflict):
    """This payment method is attached to no customer; attach it first."""

    code = "payment_method_not_attached"


class PaymentMethodIsEverybodys(Conflict):
    """Too many customers have used this payment method, which is attached to none of them; save one for each."""

    code = "payment_method_customers_limit"


class NoExpiry(Conflict):
    """Only cards expire."""

    code = "payment_method_unexpected_type"


def decide(method: PaymentMethod | None, command: PaymentMethodCommand, _at: datetime) -> Sequence[PaymentMethodEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreatePaymentMethod):
        if method is not None:
            raise PaymentMethodExists
        created = _created(command)
        return [created] if command.customer is None else [created, PaymentMethodAttached(customer=command.customer)]
    if method is None:
        raise PaymentMethodMissing
    match command:
        case UpdatePaymentMethod():
            expires = command.exp_month is not UNSET or command.exp_year is not UNSET
            if expires and method.kind != "CARD":
                raise NoExpiry
            changes = _changes(method, command)
            return [PaymentMethodUpdated(**changes)] if changes else []  # pyright: ignore[reportArgumentType]
        case AttachPaymentMethod(customer=customer, token=token):
            if method.detached or method.erased:
                raise PaymentMethodIsDetached
            if method.customer is not None and method.customer != customer:
                raise PaymentMethodIsAttached
            if method.customer == customer:
                return []
            return [PaymentMethodAttached(customer=customer, token=None if token == method.token else token)]
        case DetachPaymentMethod():
            if method.detached:
                return []
            if method.customer is None:
                raise PaymentMethodIsLoose
            return [PaymentMethodDetached(customer=method.customer)]
        case UsePaymentMethod(customer=customer):
            if method.detached or method.erased:
                raise PaymentMethodIsDetached
            if method.customer not in {None, customer}:
                raise PaymentMethodIsAttached
            if method.customer is not None or customer in method.used_by:
                return []
            if len(method.used_by) >= USERS_MAX:
                raise PaymentMethodIsEverybodys
            return [PaymentMethodUsed(customer=customer)]
        case ErasePaymentMethod():
            if method.erased:
                return []
            left = [] if method.customer is None else [PaymentMethodDetached(customer=method.customer)]
            return [*left, PaymentMethodErased()]
        case _:
            assert_never(command)


def _created(command: CreatePaymentMethod) -> PaymentMethodCreated:
    details = command.details
    return PaymentMethodCreated(
        id=command.id,
        kind=details.kind,
        token=details.token,
        gateway=command.gateway,
        fingerprint=details.fingerprint,
        last4=details.last4,
        brand=details.brand,
        exp_month=details.exp_month,
        exp_year=details.exp_year,
        funding=details.funding,
        country=details.country,
        bank_name=details.bank_name,
        billing_details=command.billing_details,
        metadata=command.metadata,
    )


def _changes(method: PaymentMethod, command: UpdatePaymentMethod) -> dict[str, object]:
    wanted: dict[str, object] = {
        "exp_month": command.exp_month,
        "exp_year": command.exp_year,
        "billing_details": merged_billing(method.billing_details, command.billing_details),
        "metadata": merged_metadata(method.metadata, command.metadata),
    }
    return {
        name: value
        for name, value in wanted.items()
        if not isinstance(value, UnsetType) and value != getattr(method, name)
    }


def merged_billing(old: BillingDetails | None, patch: BillingPatch | UnsetType | None) -> BillingDetails | None:
    """`patch` laid over `old`; details without any part are none."""
    if isinstance(patch, UnsetType):
        return old
    if patch is None:
        return None
    given = {part: value or None for part, value in asdict(patch).items() if value is not UNSET}
    merged = replace(old or BillingDetails(), **given)
    return None if merged == BillingDetails() else merged


def _subject(command: PaymentMethodCommand) -> str | None:
    return command.customer if isinstance(command, CreatePaymentMethod) else None


PAYMENT_METHODS: Decider[PaymentMethod, PaymentMethodCommand, PaymentMethodEvent] = Decider(
    category="payment_method",
    prefix="pm",
    events=EVENTS,
    decide=decide,
    evolve=evolve,
    subject=_subject,
    holds=holds,
)
