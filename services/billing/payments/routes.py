"""The calls that make, change, confirm, capture and cancel payments."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.customers.commands import FixCurrency
from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.lookup import Found, customer_of, existing_customer
from services.billing.invoices.policy import confirming
from services.billing.payments.charging import CHARGE_AGAIN_MAX, Begin, begin_and_settle, chosen_method, nobody_waits
from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    ConfirmPayment,
    CreatePayment,
    UpdatePayment,
)
from services.billing.payments.decider import PAYMENTS, PaymentMissing
from services.billing.payments.effects import attend, due, why
from services.billing.payments.events import PUBLISHED, CaptureMethod
from services.billing.payments.state import Payment
from services.billing.payments.views import PaymentObject, payment_object
from services.core.again import reading_again
from services.core.capability import Capability
from services.core.fields import LongText, MetadataDraft, cleared, currency_code, merged_metadata
from services.core.ids import new_id
from services.core.money import AMOUNT_MAX
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict
from services.core.step import Guard, Handled, Step
from services.core.wire import ok
from services.gateways.gateways import Gateways

Amount = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
Descriptor = Annotated[str, Meta(max_length=22)]


class NoMethod(Conflict):
    """Neither this request nor the payment or its customer names a payment method: name one here, or set the
    customer's 'default_payment_method'."""

    code = "payment_method_missing"


class PaymentDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new payment of `amount` minor units. It is charged at once unless `confirm` is false."""

    amount: Amount
    currency: str
    customer: str | None = None
    payment_method: str | None = None
    description: LongText | None = None
    capture_method: CaptureMethod = "AUTOMATIC"
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


class _Existing(Struct, frozen=True):
    state: Payment
    guard: Guard


async def create(call: Call[PaymentDraft, None]) -> Reply:
    """Makes a payment and, unless told otherwise, charges it and waits for the outcome."""
    draft, envelope = call.body, call.envelope
    id, currency = new_id(PAYMENTS.prefix), currency_code(draft.currency)
    gateways = call.service(Gateways)

    async def begin() -> Begin:
        customer = await existing_customer(call.engine, envelope, draft.customer) if draft.customer else None
        default = customer.customer.default_payment_method if customer else None
        clock = customer.customer.test_clock if customer else None
        named = draft.payment_method
        chosen = await chosen_method(call.engine, gateways, envelope, named=named, default=default, customer=customer)
        charges = chosen.method is not None and draft.confirm
        # What is only noted needs no gateway yet.
        gateway = (await gateways.chosen(envelope)).name if charges else await gateways.chosen_name(envelope)
        command = CreatePayment(
            id=id,
            amount=draft.amount,
            currency=currency,
            gateway=gateway or "",
            customer=draft.customer or None,
            method=chosen.method,
            capture_method=draft.capture_method,
            confirm=draft.confirm,
            handed_over=nobody_waits(call),
            description=draft.description or None,
            metadata=merged_metadata({}, draft.metadata),
            statement_descriptor=draft.statement_descriptor or None,
            test_clock=clock,
        )
        guards = [*chosen.guards, *([customer.guard] if customer else [])]
        steps = [Step(PAYMENTS, id, command, fresh=True, clock=clock), *_currency_step(customer, currency)]
        steps += chosen.steps
        return Begin(steps, guards, id if charges else None)

    return await begin_and_settle(call, begin)


async def update(call: Call[PaymentPatch, None]) -> Reply:
    """Changes a payment."""
    patch, id, envelope = call.body, call.path["id"], call.envelope

    async def handled() -> Handled[Payment]:
        guards: Sequence[Guard] = ()
        with_it: Sequence[Step] = ()
        if patch.payment_method:
            payment = await _existing(call)
            gateways, whose = call.service(Gateways), payment.state.customer
            customer = await customer_of(call.engine, envelope, whose) if whose else None
            chosen = await chosen_method(
                call.engine, gateways, envelope, named=patch.payment_method, default=None, customer=customer
            )
            guards, with_it = chosen.guards, chosen.steps
        command = UpdatePayment(
            amount=patch.amount,
            payment_method=cleared(patch.payment_method),
            description=cleared(patch.description),
            metadata=patch.metadata,
            statement_descriptor=cleared(patch.statement_descriptor),
        )
        return await call.engine.handle(
            envelope,
            [Step(PAYMENTS, id, command), *with_it],
            guards=guards,
            settles=lambda payment: ok(payment_object(payment, envelope.livemode)),
        )

    return Reply.of(await reading_again(handled, CHARGE_AGAIN_MAX))


async def confirm(call: Call[Confirmation, None]) -> Reply:
    """Charges a payment that was not confirmed yet, or whose last attempt failed."""

    async def begin() -> Begin:
        existing = await _existing(call)
        payment, customer, default, guards = existing.state, None, None, [existing.guard]
        if payment.customer is not None:
            customer = await existing_customer(call.engine, call.envelope, payment.customer)
            default = customer.customer.default_payment_method
            guards.append(customer.guard)
        # A method that has just failed is charged again only when there is no other.
        own = payment.payment_method if payment.status != "FAILED" else None
        chosen = await chosen_method(
            call.engine,
            call.service(Gateways),
            call.envelope,
            named=call.body.payment_method or own,
            default=default or payment.payment_method,
            customer=customer,
        )
        if chosen.method is None:
            raise NoMethod(param="payment_method")
        await call.service(Gateways).chosen(call.envelope)
        command = ConfirmPayment(method=chosen.method, handed_over=nobody_waits(call))
        steps = [Step(PAYMENTS, payment.id, command), *confirming(payment, chosen.method), *chosen.steps]
        return Begin(steps, [*guards, *chosen.guards], payment.id)

    return await begin_and_settle(call, begin)


async def capture(call: Call[Capture, None]) -> Reply:
    """Takes what was authorized, once; what is left of it is released."""

    async def begin() -> Begin:
        command = CapturePayment(call.body.amount, handed_over=nobody_waits(call))
        return Begin([Step(PAYMENTS, call.path["id"], command)], (), call.path["id"])

    return await begin_and_settle(call, begin)


async def cancel(call: Call[Any, None]) -> Reply:
    """Calls the payment off; what was authorized is given back."""

    async def begin() -> Begin:
        existing = await _existing(call)
        step = Step(PAYMENTS, existing.state.id, CancelPayment(handed_over=nobody_waits(call)))
        asks = existing.state.status == "REQUIRES_CAPTURE"
        return Begin([step], [existing.guard], existing.state.id if asks else None)

    return await begin_and_settle(call, begin)


async def _existing(call: Call[Any, Any]) -> _Existing:
    id = call.path["id"]
    loaded = await call.engine.load(PAYMENTS, call.envelope.tenant, id)
    if loaded.state is None:
        raise PaymentMissing(f"No such payment: '{id}'.", param="id")
    return _Existing(loaded.state, Guard(PAYMENTS.stream(id), loaded.head))


def _currency_step(customer: Found | None, currency: str) -> list[Step]:
    """The first payment decides the customer's currency."""
    if customer is None or customer.customer.currency is not None:
        return []
    return [Step(CUSTOMERS, customer.customer.id, FixCurrency(currency))]


CAPABILITY = Capability(
    name="payments",
    object="payment",
    decider=PAYMENTS,
    view=payment_object,
    view_type=PaymentObject,
    state_type=Payment,
    published=PUBLISHED,
    listed=False,
    filters={
        "customer": lambda payment: payment.customer,
        "status": lambda payment: payment.status,
        "subscription": lambda payment: payment.subscription,
        "invoice": lambda payment: payment.invoice,
    },
    expands={
        "customer": "customer",
        "payment_method": "payment_method",
        "invoice": "invoice",
        "subscription": "subscription",
    },
    due=due,
    why=why,
    live=True,
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
            summary="Capture an authorized payment",
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
