"""The calls that make, change, confirm, capture and cancel payments."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.commands import FixCurrency
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found, existing_customer
from services.billing.payment_methods.lookup import attached_method, is_test_name, sandbox_method
from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    ConfirmPayment,
    CreatePayment,
    Method,
    UpdatePayment,
)
from services.billing.payments.decider import PAYMENTS, PaymentMissing
from services.billing.payments.effects import attend, due, settle
from services.billing.payments.events import CaptureMethod
from services.billing.payments.state import Payment
from services.billing.payments.views import PaymentObject, charge_answer, payment_object
from services.core.capability import Capability
from services.core.decider import object_id
from services.core.engine import Answer, Guard, GuardBroken, Handled, Replayed, Step
from services.core.fields import LongText, MetadataDraft, cleared, currency_code, merged_metadata
from services.core.ids import new_id
from services.core.money import AMOUNT_MAX
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict, Unavailable
from services.core.resume import begun_object
from services.core.wire import ok
from services.gateways.gateways import Gateways, NoGateway

READ_AGAIN_MAX = 5
# The method that is charged in test when neither the request nor the customer names one.
SANDBOX_METHOD = Method("pm_card_visa", "pm_card_visa")

Amount = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
Descriptor = Annotated[str, Meta(max_length=22)]
CaptureDraft = Literal["AUTOMATIC", "MANUAL", "automatic", "manual"]
CAPTURE_METHODS: dict[str, CaptureMethod] = {"AUTOMATIC": "AUTOMATIC", "MANUAL": "MANUAL"}


class NoMethod(Conflict):
    """Neither this request nor the payment or its customer names a payment method."""

    code = "payment_method_missing"


class PaymentDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new payment of `amount` minor units. It is charged at once unless `confirm` is false."""

    amount: Amount
    currency: str
    customer: str | None = None
    payment_method: str | None = None
    description: LongText | None = None
    capture_method: CaptureDraft = "AUTOMATIC"
    confirm: bool = True
    metadata: MetadataDraft | Literal[""] | None = None
    statement_descriptor: Descriptor | None = None


class PaymentPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a payment; amount and method can change only before it is confirmed."""

    amount: Amount | UnsetType = UNSET
    payment_method: str | UnsetType | None = UNSET
    description: LongText | UnsetType | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET
    statement_descriptor: Descriptor | UnsetType | None = UNSET


class Confirmation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`payment_method`: the one to charge, when it is not to be the payment's own or the customer's default."""

    payment_method: str | None = None


class Capture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount`: how much of the reservation to take, all of it unless named; the rest is released."""

    amount: Amount | None = None


class Begin(Struct, frozen=True):
    """What is to be recorded first; `charges` says that the gateway is to be asked after it."""

    steps: Sequence[Step]
    guards: Sequence[Guard] = ()
    charges: bool = True


async def create(call: Call[PaymentDraft, None]) -> Reply:
    """Makes a payment and, unless told otherwise, charges it and waits for the outcome."""

    async def begin() -> Begin:
        draft, envelope = call.body, call.envelope
        customer = await existing_customer(call.engine, envelope, draft.customer) if draft.customer else None
        default = customer.customer.default_payment_method if customer else None
        method = await _method(call, draft.payment_method or None, default, draft.customer or None)
        command = CreatePayment(
            id=new_id(PAYMENTS.prefix),
            amount=draft.amount,
            currency=currency_code(draft.currency),
            gateway=_gateway_name(call),
            customer=draft.customer or None,
            method=method,
            capture_method=CAPTURE_METHODS[draft.capture_method.upper()],
            confirm=draft.confirm,
            handed_over=_nobody_waits(call),
            description=draft.description or None,
            metadata=merged_metadata({}, draft.metadata),
            statement_descriptor=draft.statement_descriptor or None,
        )
        steps = [Step(PAYMENTS, command.id, command, fresh=True), *_currency_step(customer, command.currency)]
        # The customer's own step reads and moves its stream: a guard beside it would guard against ourselves.
        guards = [] if customer is None or len(steps) > 1 else [customer.guard]
        return Begin(steps, guards, charges=method is not None and draft.confirm)

    return await _charged(call, begin)


async def update(call: Call[PaymentPatch, None]) -> Reply:
    """Changes a payment."""
    patch, id, envelope = call.body, call.path["id"], call.envelope
    if patch.payment_method:
        payment = await _existing(call)
        await _method(call, patch.payment_method, None, payment.customer)
    command = UpdatePayment(
        amount=patch.amount,
        payment_method=cleared(patch.payment_method),
        description=cleared(patch.description),
        metadata=patch.metadata,
        statement_descriptor=cleared(patch.statement_descriptor),
    )
    handled = await call.engine.handle(
        envelope, Step(PAYMENTS, id, command), settles=lambda payment: ok(payment_object(payment, envelope.livemode))
    )
    return Reply.of(handled)


async def confirm(call: Call[Confirmation, None]) -> Reply:
    """Charges a payment that was not confirmed yet, or whose last attempt failed."""

    async def begin() -> Begin:
        payment = await _existing(call)
        default, guards = None, list[Guard]()
        if payment.customer is not None:
            customer = await existing_customer(call.engine, call.envelope, payment.customer)
            default, guards = customer.customer.default_payment_method, [customer.guard]
        named = call.body.payment_method or (payment.payment_method if payment.status != "FAILED" else None)
        method = await _method(call, named, default or payment.payment_method, payment.customer)
        if method is None:
            raise NoMethod(param="payment_method")
        command = ConfirmPayment(method=method, handed_over=_nobody_waits(call))
        return Begin([Step(PAYMENTS, payment.id, command)], guards)

    return await _charged(call, begin)


async def capture(call: Call[Capture, None]) -> Reply:
    """Takes what was authorised, once; what is left of it is released."""

    async def begin() -> Begin:
        return Begin([Step(PAYMENTS, call.path["id"], CapturePayment(call.body.amount))])

    return await _charged(call, begin)


async def cancel(call: Call[Any, None]) -> Reply:
    """Calls the payment off; what was authorised is given back."""

    async def begin() -> Begin:
        payment = await _existing(call)
        releases = payment.status == "REQUIRES_CAPTURE"
        return Begin([Step(PAYMENTS, payment.id, CancelPayment())], charges=releases)

    return await _charged(call, begin, declines=False)


async def _charged(call: Call[Any, Any], begin: Callable[[], Awaitable[Begin]], *, declines: bool = True) -> Reply:
    """Records what is to be done and, when it needs the gateway and somebody waits, does it and answers."""
    envelope, engine = call.envelope, call.engine
    answer = _answers(envelope.livemode, declines=declines)
    position = None
    try:
        await engine.look_up(envelope)
        handled, waits = await _begun(call, begin, answer)
        if not waits:
            return Reply.of(handled)
        id, position = handled.state.id, handled.position
    except Replayed as replay:
        first = (await engine.load(PAYMENTS, envelope.tenant, object_id(replay.record.stream))).state
        id = begun_object(replay, engine.clock.now(), settled=first is None or first.asked is None)
    settled = await settle(engine, call.service(Gateways), envelope, id, settles=answer)
    assert settled.answer is not None
    return Reply(settled.answer, settled.position or position)


async def _begun(
    call: Call[Any, Any], begin: Callable[[], Awaitable[Begin]], answer: Callable[[Payment], Answer]
) -> tuple[Handled[Payment], bool]:
    """The first append, and whether the gateway is to be asked next. Reads again when a guarded stream has moved."""
    for _ in range(READ_AGAIN_MAX):
        begun = await begin()
        waits = begun.charges and not _nobody_waits(call)
        try:
            handled = await call.engine.handle(
                call.envelope, begun.steps, guards=begun.guards, settles=None if waits else answer
            )
        except GuardBroken:
            continue
        return handled, waits
    raise Unavailable("The customer is being changed by too many requests at once; send it again in a moment.")


def _answers(livemode: bool, *, declines: bool) -> Callable[[Payment], Answer]:
    if declines:
        return lambda payment: charge_answer(payment, livemode)
    return lambda payment: ok(payment_object(payment, livemode))


async def _existing(call: Call[Any, Any]) -> Payment:
    payment = (await call.engine.load(PAYMENTS, call.envelope.tenant, call.path["id"])).state
    if payment is None:
        raise PaymentMissing(f"No such payment: '{call.path['id']}'.")
    return payment


async def _method(call: Call[Any, Any], named: str | None, default: str | None, customer: str | None) -> Method | None:
    """The method to charge: the one named, else the default, else in test the sandbox card."""
    livemode = call.envelope.livemode
    id = named or default
    if id is None:
        return None if livemode else SANDBOX_METHOD
    if id == SANDBOX_METHOD.id and not livemode:
        return SANDBOX_METHOD
    if is_test_name(id, livemode=livemode):
        details = await sandbox_method(call.service(Gateways).of(livemode=False), id)
        return Method(id, details.token)
    loaded = await attached_method(call.engine, call.envelope, id, customer)
    assert loaded.state is not None
    return Method(id, loaded.state.token)


def _currency_step(customer: Found | None, currency: str) -> list[Step]:
    """The first payment decides the customer's currency."""
    if customer is None or customer.customer.currency is not None:
        return []
    return [Step(CUSTOMERS, customer.customer.id, FixCurrency(currency))]


def _gateway_name(call: Call[Any, Any]) -> str:
    try:
        return call.service(Gateways).of(livemode=call.envelope.livemode).name
    except NoGateway:
        raise Unavailable("No payment gateway is configured for this environment.") from None


def _nobody_waits(call: Call[Any, Any]) -> bool:
    return "respond-async" in call.headers.get("prefer", "")


CAPABILITY = Capability(
    name="payments",
    object="payment",
    decider=PAYMENTS,
    view=payment_object,
    view_type=PaymentObject,
    state_type=Payment,
    listed=False,
    filters={
        "customer": lambda payment: payment.customer,
        "status": lambda payment: payment.status,
        "subscription": lambda payment: payment.subscription,
        "invoice": lambda payment: payment.invoice,
    },
    expands={"customer": "customer", "payment_method": "payment_method"},
    due=due,
    attend=attend,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/payments",
            summary="Create a payment",
            perform=create,
            needs="payments:write",
            body=PaymentDraft,
            answers=PaymentObject,
            charges=True,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/payments/{id}",
            summary="Update a payment",
            perform=update,
            needs="payments:write",
            body=PaymentPatch,
            answers=PaymentObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/payments/{id}/confirm",
            summary="Confirm a payment",
            perform=confirm,
            needs="payments:write",
            body=Confirmation,
            answers=PaymentObject,
            charges=True,
        ),
        Operation(
            methods=("POST",),
            path="/v1/payments/{id}/capture",
            summary="Capture an authorised payment",
            perform=capture,
            needs="payments:write",
            body=Capture,
            answers=PaymentObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/payments/{id}/cancel",
            summary="Cancel a payment",
            perform=cancel,
            needs="payments:write",
            answers=PaymentObject,
        ),
    ),
)
