"""The calls that save, change, attach and detach payment methods."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.commands import ForgetPaymentMethod
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import existing_customer
from services.billing.payment_methods.commands import (
    AttachPaymentMethod,
    CreatePaymentMethod,
    DetachPaymentMethod,
    UpdatePaymentMethod,
)
from services.billing.payment_methods.decider import PAYMENT_METHODS, PaymentMethodMissing
from services.billing.payment_methods.events import BillingDetails
from services.billing.payment_methods.lookup import PaymentMethodUnknown, is_test_name, sandbox_method
from services.billing.payment_methods.state import PaymentMethod
from services.billing.payment_methods.views import PaymentMethodObject, payment_method_object
from services.core.capability import Capability
from services.core.engine import Answer, Guard, Step
from services.core.fields import MetadataDraft, ShortText, merged_metadata, phone_number
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.wire import ok
from services.gateways.gateway import MethodDetails, TokenUnknown
from services.gateways.gateways import Gateways

Token = Annotated[str, Meta(min_length=1, max_length=256)]


class RawCard(Invalid):
    """Card numbers are not accepted here: send the token that the payment gateway gave for the card."""

    code = "sensitive_data_refused"


class CardDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token` as the gateway gave it. A raw `number` is refused, and kept nowhere."""

    token: Token | None = None
    number: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    cvc: str | None = None


class BankAccountDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token` as the gateway gave it."""

    token: Token


class BillingDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who the method belongs to."""

    name: ShortText | None = None
    email: ShortText | None = None
    phone: str | None = None


class PaymentMethodDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new payment method; with `customer` it is attached at once."""

    type: Literal["CARD", "BANK_ACCOUNT", "card", "bank_account"]
    card: CardDraft | None = None
    bank_account: BankAccountDraft | None = None
    customer: str | None = None
    billing_details: BillingDraft | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class ExpiryPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card's new expiry."""

    exp_month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    exp_year: Annotated[int, Meta(ge=2000, le=2200)] | UnsetType = UNSET


class PaymentMethodPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a payment method; what is absent stays as it is."""

    card: ExpiryPatch | UnsetType = UNSET
    billing_details: BillingDraft | UnsetType | Literal[""] | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


class Attachment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer that is to be charged by it."""

    customer: str


async def create(call: Call[PaymentMethodDraft, None]) -> Reply:
    """Saves a card or bank account that the gateway knows."""
    draft = call.body
    details = await _described(call, _token(draft), _token_param(draft))
    if details.kind != draft.type.upper():
        raise Invalid(f"This token is of a {details.kind}, not of a {draft.type.upper()}.", param="type")
    guards = [await existing_customer(call.engine, call.envelope, draft.customer)] if draft.customer else []
    command = CreatePaymentMethod(
        id=new_id(PAYMENT_METHODS.prefix),
        gateway=call.service(Gateways).of(livemode=call.envelope.livemode).name,
        details=details,
        customer=draft.customer or None,
        billing_details=_billing(draft.billing_details),
        metadata=merged_metadata({}, draft.metadata),
    )
    return await _handled(call, Step(PAYMENT_METHODS, command.id, command, fresh=True), [each.guard for each in guards])


async def update(call: Call[PaymentMethodPatch, None]) -> Reply:
    """Changes a payment method."""
    patch = call.body
    expiry = ExpiryPatch() if isinstance(patch.card, UnsetType) else patch.card
    billing = patch.billing_details
    command = UpdatePaymentMethod(
        exp_month=expiry.exp_month,
        exp_year=expiry.exp_year,
        billing_details=UNSET if isinstance(billing, UnsetType) else _billing(billing or None),
        metadata=patch.metadata,
    )
    return await _handled(call, Step(PAYMENT_METHODS, call.path["id"], command), [])


async def attach(call: Call[Attachment, None]) -> Reply:
    """Makes the method one of a customer's. A test name such as `pm_card_visa` makes a new one each time."""
    id, envelope = call.path["id"], call.envelope
    customer = await existing_customer(call.engine, envelope, call.body.customer)
    if not is_test_name(id, livemode=envelope.livemode):
        return await _handled(
            call, Step(PAYMENT_METHODS, id, AttachPaymentMethod(call.body.customer)), [customer.guard]
        )
    gateway = call.service(Gateways).of(livemode=False)
    try:
        details = await sandbox_method(gateway, id)
    except PaymentMethodUnknown as unknown:
        raise PaymentMethodMissing(unknown.message) from None
    command = CreatePaymentMethod(
        id=new_id(PAYMENT_METHODS.prefix), gateway=gateway.name, details=details, customer=call.body.customer
    )
    return await _handled(call, Step(PAYMENT_METHODS, command.id, command, fresh=True), [customer.guard])


async def detach(call: Call[Any, None]) -> Reply:
    """Takes the method from its customer for good; a default that it was is cleared with it."""
    id = call.path["id"]
    steps = [Step(PAYMENT_METHODS, id, DetachPaymentMethod())]
    method = (await call.engine.load(PAYMENT_METHODS, call.envelope.tenant, id)).state
    if method is not None and method.customer is not None:
        steps.append(Step(CUSTOMERS, method.customer, ForgetPaymentMethod(id)))
    return await _handled(call, steps, [])


async def _handled(call: Call[Any, Any], step: Step | list[Step], guards: list[Guard]) -> Reply:
    handled = await call.engine.handle(call.envelope, step, guards=guards, settles=_settles(call.envelope.livemode))
    return Reply.of(handled)


def _settles(livemode: bool) -> Callable[[PaymentMethod], Answer]:
    return lambda method: ok(payment_method_object(method, livemode))


async def _described(call: Call[Any, Any], token: str, param: str) -> MethodDetails:
    try:
        gateway = call.service(Gateways).of(livemode=call.envelope.livemode)
        return await gateway.describe(token, livemode=call.envelope.livemode)
    except TokenUnknown:
        raise Invalid("The payment gateway does not know this token.", code="token_unknown", param=param) from None


def _token(draft: PaymentMethodDraft) -> str:
    if draft.card is not None and draft.card.number is not None:
        raise RawCard(param="card[number]")
    source = draft.card if draft.type.upper() == "CARD" else draft.bank_account
    if source is None or source.token is None:
        raise Invalid(f"'{_token_param(draft)}' is missing.", code="parameter_missing", param=_token_param(draft))
    return source.token


def _token_param(draft: PaymentMethodDraft) -> str:
    return f"{draft.type.lower()}[token]"


def _billing(draft: BillingDraft | None) -> BillingDetails | None:
    if draft is None:
        return None
    phone = phone_number(draft.phone) if draft.phone else None
    details = BillingDetails(name=draft.name or None, email=draft.email or None, phone=phone)
    return None if details == BillingDetails() else details


CAPABILITY = Capability(
    name="payment_methods",
    object="payment_method",
    decider=PAYMENT_METHODS,
    view=payment_method_object,
    view_type=PaymentMethodObject,
    state_type=PaymentMethod,
    filters={"customer": lambda method: method.customer, "type": lambda method: method.kind},
    expands={"customer": "customer"},
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/payment_methods",
            summary="Create a payment method",
            perform=create,
            needs="payment_methods:write",
            body=PaymentMethodDraft,
            answers=PaymentMethodObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/payment_methods/{id}",
            summary="Update a payment method",
            perform=update,
            needs="payment_methods:write",
            body=PaymentMethodPatch,
            answers=PaymentMethodObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/payment_methods/{id}/attach",
            summary="Attach a payment method to a customer",
            perform=attach,
            needs="payment_methods:write",
            body=Attachment,
            answers=PaymentMethodObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/payment_methods/{id}/detach",
            summary="Detach a payment method from its customer",
            perform=detach,
            needs="payment_methods:write",
            answers=PaymentMethodObject,
        ),
    ),
)
