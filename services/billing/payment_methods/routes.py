"""The calls that save, change, attach and detach payment methods."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.commands import ForgetPaymentMethod
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import existing_customer
from services.billing.payment_methods.commands import (
    AttachPaymentMethod,
    BillingPatch,
    CreatePaymentMethod,
    DetachPaymentMethod,
    UpdatePaymentMethod,
)
from services.billing.payment_methods.decider import (
    PAYMENT_METHODS,
    PaymentMethodIsDetached,
    PaymentMethodMissing,
    merged_billing,
)
from services.billing.payment_methods.events import PUBLISHED
from services.billing.payment_methods.lookup import described, is_test_name, reachable
from services.billing.payment_methods.state import PaymentMethod
from services.billing.payment_methods.views import PaymentMethodObject, payment_method_object
from services.core.again import reading_again
from services.core.capability import Capability
from services.core.fields import MetadataDraft, merged_metadata, phone_number
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Invalid
from services.core.step import Guard, Handled, Step
from services.core.wire import ok
from services.gateways.gateway import MethodKind, TokenUnknown
from services.gateways.gateways import Gateways

Token = Annotated[str, Meta(max_length=256)]
# What clients send in place of a token, typed so loosely that it is refused for what it is.
Raw = str | int | None


class RawNumber(Invalid):
    """Numbers of cards and accounts are not accepted here: send the token that the payment gateway gave for it."""

    code = "sensitive_data_refused"


class UnknownToken(Invalid):
    """The payment gateway does not know this token; get a new one from it."""

    code = "token_unknown"


class CardDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token` as the gateway gave it. A raw `number` is refused, and kept nowhere."""

    token: Token | None = None
    number: Raw = None
    exp_month: Raw = None
    exp_year: Raw = None
    cvc: Raw = None


class BankAccountDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token` as the gateway gave it. A raw `account_number` is refused, and kept nowhere."""

    token: Token | None = None
    account_number: Raw = None
    routing_number: Raw = None


class PaymentMethodDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new payment method; with `customer` it is attached at once."""

    type: MethodKind
    card: CardDraft | None = None
    bank_account: BankAccountDraft | None = None
    customer: str | None = None
    billing_details: BillingPatch | Literal[""] | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class ExpiryPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card's new expiry."""

    exp_month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    exp_year: Annotated[int, Meta(ge=2000, le=2200)] | UnsetType = UNSET


class PaymentMethodPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a payment method; what is absent stays as it is."""

    card: ExpiryPatch | UnsetType = UNSET
    billing_details: BillingPatch | UnsetType | Literal[""] | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


class Attachment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer that is to be charged by it."""

    customer: str


async def create(call: Call[PaymentMethodDraft, None]) -> Reply:
    """Saves a card or bank account that the gateway knows."""
    draft, envelope, customer = call.body, call.envelope, call.body.customer or None
    param = f"{draft.type.lower()}[token]"
    token = _token(draft, param)
    await call.engine.look_up(envelope)
    if customer is not None:
        await existing_customer(call.engine, envelope, customer)
    try:
        details, gateway = await described(call.service(Gateways), envelope, token, customer)
    except TokenUnknown:
        raise UnknownToken(param=param) from None
    if details.kind != draft.type:
        raise Invalid(f"This token is of a {details.kind}, not of a {draft.type}.", param="type")
    command = CreatePaymentMethod(
        id=new_id(PAYMENT_METHODS.prefix),
        gateway=gateway,
        details=details,
        customer=customer,
        billing_details=merged_billing(None, _checked(draft.billing_details)),
        metadata=merged_metadata({}, draft.metadata),
    )
    return await _for_customer(call, customer, Step(PAYMENT_METHODS, command.id, command, fresh=True))


async def update(call: Call[PaymentMethodPatch, None]) -> Reply:
    """Changes a payment method."""
    patch = call.body
    expiry = ExpiryPatch() if isinstance(patch.card, UnsetType) else patch.card
    billing = patch.billing_details
    command = UpdatePaymentMethod(
        exp_month=expiry.exp_month,
        exp_year=expiry.exp_year,
        billing_details=billing if isinstance(billing, UnsetType) else _checked(billing),
        metadata=patch.metadata,
    )
    return Reply.of(await _handled(call, [Step(PAYMENT_METHODS, call.path["id"], command)], []))


async def attach(call: Call[Attachment, None]) -> Reply:
    """Makes the method one of a customer's. A test name such as `pm_card_visa` makes a new one each time."""
    id, envelope, customer, gateways = call.path["id"], call.envelope, call.body.customer, call.service(Gateways)
    await call.engine.look_up(envelope)
    await existing_customer(call.engine, envelope, customer)
    if not is_test_name(id, livemode=envelope.livemode):
        token = await _saved(call, id, customer)
        return await _for_customer(call, customer, Step(PAYMENT_METHODS, id, AttachPaymentMethod(customer, token)))
    try:
        details, gateway = await described(gateways, envelope, id, customer)
    except TokenUnknown:
        raise PaymentMethodMissing(f"There is no test payment method '{id}'.") from None
    command = CreatePaymentMethod(
        id=new_id(PAYMENT_METHODS.prefix), gateway=gateway, details=details, customer=customer
    )
    return await _for_customer(call, customer, Step(PAYMENT_METHODS, command.id, command, fresh=True))


async def detach(call: Call[Any, None]) -> Reply:
    """Takes the method from its customer for good; a default that it was is cleared with it."""
    id = call.path["id"]

    async def attempt() -> Handled[PaymentMethod]:
        loaded = await call.engine.load(PAYMENT_METHODS, call.envelope.tenant, id)
        steps = [Step(PAYMENT_METHODS, id, DetachPaymentMethod())]
        if loaded.state is not None and loaded.state.customer is not None:
            # The gateway first: a method that we no longer know must not stay chargeable there.
            gateway = await call.service(Gateways).of(call.envelope, loaded.state.gateway)
            async with reachable():
                await gateway.detach(loaded.state.token, livemode=call.envelope.livemode)
            steps.append(Step(CUSTOMERS, loaded.state.customer, ForgetPaymentMethod(id)))
        return await _handled(call, steps, [Guard(PAYMENT_METHODS.stream(id), loaded.head)])

    return Reply.of(await reading_again(attempt))


async def _saved(call: Call[Attachment, None], id: str, customer: str) -> str | None:
    """The token by which a method is charged once its gateway has saved it for the customer. None when there is
    nothing to save: the decider says what is wrong, or that it is done."""
    method = (await call.engine.load(PAYMENT_METHODS, call.envelope.tenant, id)).state
    if method is None or method.detached or method.customer is not None:
        return None
    gateway = await call.service(Gateways).of(call.envelope, method.gateway)
    try:
        async with reachable():
            return (await gateway.attach(method.token, customer, livemode=call.envelope.livemode)).token
    except TokenUnknown:
        raise PaymentMethodIsDetached("The payment gateway does not know this payment method any more.") from None


async def _for_customer(call: Call[Any, Any], customer: str | None, step: Step) -> Reply:
    """Handles a step that relies on its customer being there."""

    async def attempt() -> Handled[PaymentMethod]:
        found = [await existing_customer(call.engine, call.envelope, customer)] if customer is not None else []
        return await _handled(call, [step], [each.guard for each in found])

    return Reply.of(await reading_again(attempt))


async def _handled(call: Call[Any, Any], steps: list[Step], guards: list[Guard]) -> Handled[PaymentMethod]:
    livemode = call.envelope.livemode
    return await call.engine.handle(
        call.envelope, steps, guards=guards, settles=lambda method: ok(payment_method_object(method, livemode))
    )


def _token(draft: PaymentMethodDraft, param: str) -> str:
    if draft.card is not None and draft.card.number is not None:
        raise RawNumber(param="card[number]")
    if draft.bank_account is not None and draft.bank_account.account_number is not None:
        raise RawNumber(param="bank_account[account_number]")
    source = draft.card if draft.type == "CARD" else draft.bank_account
    if source is None or not source.token:
        raise Invalid(f"Missing required parameter: '{param}'.", code="parameter_missing", param=param)
    return source.token


def _checked(patch: BillingPatch | Literal[""] | None) -> BillingPatch | None:
    """The patch, when its telephone number has the form of one; None clears."""
    if not isinstance(patch, BillingPatch):
        return None
    if patch.phone:
        try:
            phone_number(patch.phone)
        except Invalid as refusal:
            raise Invalid(refusal.message, code=refusal.refusal_code, param="billing_details[phone]") from None
    return patch


CAPABILITY = Capability(
    name="payment_methods",
    object="payment_method",
    decider=PAYMENT_METHODS,
    view=payment_method_object,
    view_type=PaymentMethodObject,
    state_type=PaymentMethod,
    published=PUBLISHED,
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
