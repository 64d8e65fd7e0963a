"""The calls that make and change refunds."""

import asyncio
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.billing.payments.commands import ReserveRefund
from services.billing.payments.decider import PAYMENTS, PaymentUnexpectedState
from services.billing.refunds.commands import CreateRefund, UpdateRefund
from services.billing.refunds.decider import REFUNDS, RefundMissing
from services.billing.refunds.effects import attend, due, settle, why
from services.billing.refunds.events import PUBLISHED, RefundReason
from services.billing.refunds.state import Refund
from services.billing.refunds.views import RefundObject, refund_object
from services.core.again import reading_again
from services.core.capability import Capability
from services.core.decider import object_id
from services.core.fields import MetadataDraft, merged_metadata
from services.core.ids import new_id
from services.core.money import AMOUNT_MAX
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict, Invalid, Unavailable
from services.core.resume import GATEWAY_SECONDS_MAX, begun_object
from services.core.step import Guard, Handled, Replayed, Step
from services.core.wire import ok
from services.gateways.gateway import GatewaySilent
from services.gateways.gateways import Gateways
from services.gateways.simulator.client import SimulatorGateway


class PaymentUnknown(Invalid):
    """There is no such payment."""

    code = "resource_missing"


class NothingLeft(Conflict):
    """Nothing of this payment is left to refund."""

    code = "charge_already_refunded"


class RefundUnexpectedState(Conflict):
    """Only a refund that SUCCEEDED can be sent back by the bank."""

    code = "refund_unexpected_state"


class NotSimulated(Conflict):
    """Only refunds of the simulated gateway, in test, can be made to fail."""

    code = "test_only"


class GatewayAway(Unavailable):
    """The payment gateway does not answer at the moment; send it again in a few seconds."""

    code = "gateway_unavailable"


class RefundDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refund of `amount` minor units; of all that is left when no amount is named."""

    payment: str
    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] | None = None
    reason: RefundReason | Literal[""] | None = None
    metadata: MetadataDraft | Literal[""] | None = None


class RefundPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a refund; only its metadata can change."""

    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET


async def create(call: Call[RefundDraft, None]) -> Reply:
    """Gives money back, and waits for the gateway's word."""
    envelope, engine, gateways = call.envelope, call.engine, call.service(Gateways)
    until = asyncio.get_running_loop().time() + GATEWAY_SECONDS_MAX
    position = None

    async def record() -> Handled[Refund]:
        steps, guard = await _steps(call)
        return await engine.handle(envelope, steps, guards=[guard])

    try:
        await engine.look_up(envelope)
        begun = await reading_again(record)
        id, position = begun.state.id, begun.position
    except Replayed as replay:
        first = (await engine.load(REFUNDS, envelope.tenant, object_id(replay.record.stream))).state
        id = begun_object(replay, engine.clock.now(), settled=first is None or first.status != "PENDING")
    settled = await settle(
        engine,
        gateways,
        envelope,
        id,
        until=until,
        settles=lambda refund: ok(refund_object(refund, envelope.livemode)),
    )
    assert settled.answer is not None
    return Reply(settled.answer, settled.position or position)


async def update(call: Call[RefundPatch, None]) -> Reply:
    """Changes a refund's metadata."""
    livemode = call.envelope.livemode
    handled = await call.engine.handle(
        call.envelope,
        Step(REFUNDS, call.path["id"], UpdateRefund(metadata=call.body.metadata)),
        settles=lambda refund: ok(refund_object(refund, livemode)),
    )
    return Reply.of(handled)


async def fail(call: Call[None, None]) -> Reply:
    """Makes a refund that succeeded fail, as banks may weeks later. Only with the simulated gateway, in test."""
    envelope, engine, gateways, id = call.envelope, call.engine, call.service(Gateways), call.path["id"]
    await engine.look_up(envelope)
    refund = (await engine.load(REFUNDS, envelope.tenant, id)).state
    if refund is None:
        raise RefundMissing(f"No such refund: '{id}'.", param="id")
    gateway = await gateways.of(envelope, refund.gateway)
    if envelope.livemode or not isinstance(gateway, SimulatorGateway):
        raise NotSimulated
    if refund.gateway_reference is None:
        raise RefundUnexpectedState
    try:
        await gateway.take_back(refund.gateway_reference, livemode=False)
    except GatewaySilent:
        raise GatewayAway from None
    settled = await settle(
        engine,
        gateways,
        envelope,
        id,
        until=asyncio.get_running_loop().time() + GATEWAY_SECONDS_MAX,
        again=True,
        settles=lambda refund: ok(refund_object(refund, envelope.livemode)),
    )
    return Reply.of(settled)


async def _steps(call: Call[RefundDraft, None]) -> tuple[list[Step], Guard]:
    """The refund, and its amount set aside on the payment: granted or refused as one, on the payment as it was read."""
    draft = call.body
    loaded = await call.engine.load(PAYMENTS, call.envelope.tenant, draft.payment)
    payment = loaded.state
    if payment is None:
        raise PaymentUnknown(f"No such payment: '{draft.payment}'.", param="payment")
    if payment.status != "SUCCEEDED":
        raise PaymentUnexpectedState(f"Only a payment that SUCCEEDED can be refunded; this one is {payment.status}.")
    assert payment.gateway_reference is not None
    left = payment.amount_received - payment.amount_refunded
    if left == 0:
        raise NothingLeft(param="payment")
    command = CreateRefund(
        id=new_id(REFUNDS.prefix),
        payment=payment.id,
        customer=payment.customer,
        amount=left if draft.amount is None else draft.amount,
        currency=payment.currency,
        gateway_charge=payment.gateway_reference,
        gateway=payment.gateway,
        reason=draft.reason or None,
        metadata=merged_metadata({}, draft.metadata),
        test_clock=payment.test_clock,
    )
    steps = [
        Step(REFUNDS, command.id, command, fresh=True, clock=payment.test_clock),
        Step(PAYMENTS, payment.id, ReserveRefund(command.id, command.amount)),
    ]
    return steps, Guard(PAYMENTS.stream(payment.id), loaded.head)


CAPABILITY = Capability(
    name="refunds",
    object="refund",
    decider=REFUNDS,
    view=refund_object,
    view_type=RefundObject,
    state_type=Refund,
    published=PUBLISHED,
    filters={"payment": lambda refund: refund.payment, "customer": lambda refund: refund.customer},
    expands={"payment": "payment", "customer": "customer"},
    due=due,
    why=why,
    live=True,
    attend=attend,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/refunds",
            summary="Create a refund",
            perform=create,
            needs="refunds:write",
            body=RefundDraft,
            answers=RefundObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/refunds/{id}",
            summary="Update a refund",
            perform=update,
            needs="refunds:write",
            body=RefundPatch,
            answers=RefundObject,
        ),
        Operation(
            methods=("POST",),
            path="/v1/test_helpers/refunds/{id}/fail",
            summary="Make a refund fail that had succeeded",
            perform=fail,
            needs="refunds:write",
            answers=RefundObject,
        ),
    ),
)
