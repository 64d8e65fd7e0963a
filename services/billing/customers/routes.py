"""The calls that create, change and delete customers."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from services.billing.customers.commands import AddressPatch, CreateCustomer, DeleteCustomer, UpdateCustomer
from services.billing.customers.decider import CUSTOMERS, merged_address
from services.billing.customers.ending import ends_of
from services.billing.customers.erasing import OPERATIONS as ERASING
from services.billing.customers.events import PUBLISHED, CustomerChanges
from services.billing.customers.state import Customer, email_hold
from services.billing.customers.views import CustomerObject, customer_object
from services.billing.payment_methods.lookup import attached_method
from services.billing.payment_methods.policy import Attaching, attaching
from services.billing.test_clocks.lookup import existing_clock
from services.core.again import reading_again
from services.core.capability import Capability
from services.core.fields import (
    LongText,
    MetadataDraft,
    Name,
    cleared,
    email_address,
    merged_metadata,
    phone_number,
    required_text,
    time_zone,
)
from services.core.ids import new_id
from services.core.operation import Call, Operation, Reply
from services.core.refusal import Conflict, Invalid
from services.core.resume import begin_object, first_id
from services.core.step import Answer, Guard, GuardBroken, Handled, HoldTaken, Step
from services.core.wire import DeletedObject, ok
from services.gateways.gateways import Gateways


class EmailExists(Conflict):
    """A customer with this e-mail address exists already; 'if_email_exists=return' answers it."""

    code = "email_exists"


class CustomerDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new customer. `if_email_exists` says what to do when the address is in use: `return` answers the oldest
    customer that has it, `error` refuses; without it, duplicates are allowed. `default_payment_method` names a method
    that nobody has yet: it is attached to the new customer."""

    name: Name
    email: Annotated[str, Meta(max_length=320)]
    phone: str | None = None
    description: LongText | None = None
    address: AddressPatch | Literal[""] | None = None
    metadata: MetadataDraft | Literal[""] | None = None
    timezone: str | None = None
    default_payment_method: str | None = None
    test_clock: str | None = None
    if_email_exists: Literal["return", "error"] | None = None


class CustomerPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a customer; what is absent stays as it is, null or "" clears an optional field."""

    name: Name | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=320)] | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    description: LongText | UnsetType | None = UNSET
    address: AddressPatch | UnsetType | Literal[""] | None = UNSET
    metadata: MetadataDraft | UnsetType | Literal[""] | None = UNSET
    timezone: str | UnsetType | None = UNSET
    default_payment_method: str | UnsetType | None = UNSET


class Deletion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`if_active`: what becomes of running subscriptions and schedules; `cancel` (the default) cancels them."""

    if_active: Literal["cancel", "error"] = "cancel"


async def create(call: Call[CustomerDraft, None]) -> Reply:
    """Creates a customer, or finds the one that has the address when asked to."""
    draft, envelope = call.body, call.envelope
    email = email_address(draft.email, livemode=envelope.livemode)
    clock = (await existing_clock(call.engine, envelope, draft.test_clock)).id if draft.test_clock else None
    id, named = new_id(CUSTOMERS.prefix), draft.default_payment_method
    if named:
        id = await first_id(call.engine, envelope, id)
    command = CreateCustomer(
        id=id,
        name=required_text(draft.name, "name"),
        email=email,
        phone=phone_number(draft.phone) if draft.phone else None,
        description=draft.description or None,
        address=merged_address(None, draft.address or None),
        metadata=merged_metadata({}, draft.metadata),
        timezone=time_zone(draft.timezone) if draft.timezone else "UTC",
        test_clock=clock,
    )
    alone = frozenset({email_hold(email).name}) if draft.if_email_exists else frozenset[str]()
    try:
        step = Step(CUSTOMERS, id, command, fresh=True, alone=alone, clock=clock)
        if named:
            return await _with_method(call, step, named)
        return Reply.of(await call.engine.handle(envelope, step, settles=_settles(envelope.livemode)))
    except HoldTaken as taken:
        if draft.if_email_exists == "error":
            raise EmailExists(
                f"Customer '{taken.owner}' has this e-mail address already; 'if_email_exists=return' answers it.",
                param="email",
            ) from None
        return await _existing(call, taken.owner, begun=bool(named))


async def _with_method(call: Call[CustomerDraft, None], creation: Step, named: str) -> Reply:
    """Creates a customer with a default payment method. What a gateway saves stays there: it is asked only for a
    customer that can be made, and by a repeat of the request for the same one."""
    engine, settles = call.engine, _settles(call.envelope.livemode)

    async def handled() -> Handled[Customer]:
        await _demand_free(call, creation.alone)
        method = await _first_method(call, creation.id, named)
        first = replace(creation, command=replace(creation.command, default_payment_method=method.id))
        steps = [first, *method.steps]
        return await engine.handle(call.envelope, steps, guards=method.guards, settles=settles, finishes=True)

    return Reply.of(await reading_again(handled))


async def _existing(call: Call[CustomerDraft, None], id: str, *, begun: bool) -> Reply:
    """The customer that has the address. Where the key of the request stands for another one that was begun, it is left
    alone: who asks again finds the same customer."""
    envelope = call.envelope
    if begun and await first_id(call.engine, envelope, id) != id:
        envelope = replace(envelope, key=None)
    step = Step(CUSTOMERS, id, UpdateCustomer())
    return Reply.of(await call.engine.handle(envelope, step, settles=_settles(envelope.livemode)))


async def _demand_free(call: Call[Any, Any], names: Iterable[str]) -> None:
    """Raises HoldTaken when another customer holds one of the names."""
    engine, tenant = call.engine, call.envelope.tenant
    for name in names:
        blinded = engine.vault.blind(tenant, name)
        for owner in await engine.store.holders(tenant, blinded, 1):
            raise HoldTaken(blinded, owner)


async def _first_method(call: Call[Any, Any], id: str, named: str) -> Attaching:
    engine, envelope = call.engine, call.envelope

    async def begin() -> None:
        await begin_object(engine, envelope, CUSTOMERS.stream(id))

    try:
        return await attaching(engine, call.service(Gateways), envelope, named, id, begin)
    except Invalid as refusal:
        raise _of_default(refusal) from None


def _of_default(refusal: Invalid) -> Invalid:
    """The refusal of a payment method, under the name that the parameter has here."""
    return Invalid(refusal.message, code=refusal.refusal_code, param="default_payment_method")


async def update(call: Call[CustomerPatch, None]) -> Reply:
    """Changes some fields of a customer."""
    patch, envelope, id = call.body, call.envelope, call.path["id"]
    command = UpdateCustomer(_changes(patch, envelope.livemode), patch.metadata, _address_patch(patch))

    async def handled() -> Handled[Customer]:
        guards: list[Guard] = []
        if patch.default_payment_method:
            method = await attached_method(
                call.engine, envelope, patch.default_payment_method, customer=id, param="default_payment_method"
            )
            guards.append(method.guard)
        return await call.engine.handle(
            envelope, Step(CUSTOMERS, id, command), guards=guards, settles=_settles(envelope.livemode)
        )

    return Reply.of(await reading_again(handled))


async def delete(call: Call[None, Deletion]) -> Reply:
    """Deletes a customer; its payments and history stay readable."""
    id = call.path["id"]
    answer = ok(DeletedObject(id=id, object="customer"))

    async def handled() -> Handled[Customer]:
        loaded = await call.engine.load(CUSTOMERS, call.envelope.tenant, id)
        guards = [Guard(CUSTOMERS.stream(id), loaded.head)] if loaded.state is not None else []
        ends = await ends_of(call.engine, call.envelope, id, refused=call.query.if_active == "error")
        steps = [Step(CUSTOMERS, id, DeleteCustomer(ends.returned)), *ends.steps]
        guards += ends.guards
        try:
            return await call.engine.handle(call.envelope, steps, guards=guards, settles=lambda _customer: answer)
        except HoldTaken:
            # Something was started for the customer just now.
            raise GuardBroken(call.envelope.tenant, CUSTOMERS.stream(id)) from None

    await call.engine.look_up(call.envelope)
    return Reply.of(await reading_again(handled))


def _address_patch(patch: CustomerPatch) -> AddressPatch | UnsetType | None:
    return patch.address if patch.address is UNSET else patch.address or None


def _settles(livemode: bool) -> Callable[[Customer], Answer]:
    def settles(customer: Customer) -> Answer:
        return ok(customer_object(customer, livemode))

    return settles


def _changes(patch: CustomerPatch, livemode: bool) -> CustomerChanges:
    """The patch with every given value checked; null and "" clear what is optional."""
    if patch.phone:
        phone_number(patch.phone)
    return CustomerChanges(
        name=UNSET if patch.name is UNSET else required_text(patch.name, "name"),
        email=UNSET if patch.email is UNSET else email_address(patch.email, livemode=livemode),
        phone=cleared(patch.phone),
        description=cleared(patch.description),
        timezone=UNSET if patch.timezone is UNSET else time_zone(patch.timezone or "UTC"),
        default_payment_method=cleared(patch.default_payment_method),
    )


CAPABILITY = Capability(
    name="customers",
    object="customer",
    decider=CUSTOMERS,
    view=customer_object,
    view_type=CustomerObject,
    state_type=Customer,
    published=PUBLISHED,
    listed=False,
    expands={"default_payment_method": "payment_method", "test_clock": "test_clock"},
    gone=lambda customer: customer.deleted_at,
    operations=(
        Operation(
            methods=("POST",),
            path="/v1/customers",
            summary="Create a customer",
            perform=create,
            needs="customers:write",
            body=CustomerDraft,
            answers=CustomerObject,
        ),
        Operation(
            methods=("PUT", "POST"),
            path="/v1/customers/{id}",
            summary="Update a customer",
            perform=update,
            needs="customers:write",
            body=CustomerPatch,
            answers=CustomerObject,
        ),
        Operation(
            methods=("DELETE",),
            path="/v1/customers/{id}",
            summary="Delete a customer",
            perform=delete,
            needs="customers:write",
            query=Deletion,
            answers=DeletedObject,
        ),
        *ERASING,
    ),
)
