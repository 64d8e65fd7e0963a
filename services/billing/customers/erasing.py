"""Erasing a customer: its data keys are destroyed in the very append that records it."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from services.billing.customers.commands import EraseCustomer
from services.billing.customers.decider import CUSTOMERS, CustomerMissing
from services.billing.customers.ending import NOTHING_RUNS, ends_of
from services.billing.customers.state import Customer
from services.billing.erasures.commands import BeginErasure, PrepareErasure
from services.billing.erasures.decider import ERASURES
from services.billing.erasures.events import SavedMethod
from services.billing.erasures.views import ErasureObject, erasure_object
from services.billing.payment_methods.commands import ErasePaymentMethod
from services.billing.payment_methods.decider import PAYMENT_METHODS
from services.billing.payment_methods.lookup import methods_ever_of
from services.billing.payment_methods.state import PaymentMethod
from services.core.again import reading_again
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.operation import Call, Operation, Reply
from services.core.reader import Loaded
from services.core.step import Guard, GuardBroken, Handled, HoldTaken, Step
from services.core.wire import ok

# Each of them is up to two events, and whatever reads the log takes a thousand at once.
METHODS_AT_ONCE_MAX = 200
# Beside many who save and start things for the customer it must be quicker than all of them once.
ERASE_AGAIN_MAX = 64

Methods = Mapping[str, Loaded[PaymentMethod]]

DESCRIPTION = """
Destroys the data keys of the customer: its name, address and all free text that was ever stored with it, its payments,
invoices, subscriptions and payment methods, can be read by nobody any more, in no event, list, search, webhook or
recorded answer. Amounts, dates and states stay, so that totals and the verification of the log are what they were.

A customer that is not deleted is deleted by it, and what runs for it ends, as with `DELETE`; `if_active=error` refuses
instead. Payment methods are detached, and workers ask the gateway to forget what it has saved. It cannot be undone.
Asked again, it answers the same receipt. Refunds of past payments stay possible; texts and metadata are refused with
`customer_erased`.
"""


class ErasureDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`if_active`: what to do when subscriptions or schedules are running: end them (CANCEL, the default) or refuse."""

    if_active: Literal["cancel", "error"] | None = None


async def erase(call: Call[ErasureDraft, None]) -> Reply:
    """Erases a customer, deleted or not, for ever."""
    envelope, id = call.envelope, call.path["id"]

    async def handled() -> Handled[Customer]:
        loaded = await call.engine.load(CUSTOMERS, envelope.tenant, id)
        if loaded.state is None:
            raise CustomerMissing(f"No such customer: '{id}'.", param="id")
        steps, shreds, guards = await _steps(call, loaded.state, Guard(CUSTOMERS.stream(id), loaded.head))
        try:
            # Where nothing ends and the customer was changed meanwhile, the same is decided again. What was started or
            # saved for it meanwhile holds a name that an erased customer must hold alone; a method that nobody had may
            # have become another customer's.
            return await call.engine.handle(
                envelope,
                steps,
                guards=guards,
                concludes=lambda states: ok(erasure_object(states[1], envelope.livemode)),
                shreds=shreds,
            )
        except HoldTaken:
            raise GuardBroken(envelope.tenant, CUSTOMERS.stream(id)) from None

    await call.engine.look_up(envelope)
    return Reply.of(await reading_again(handled, ERASE_AGAIN_MAX))


async def _steps(
    call: Call[ErasureDraft, None], customer: Customer, guard: Guard
) -> tuple[list[Step], list[str], list[Guard]]:
    """What must be done together, whose keys are destroyed with it, and the guards by which that stands."""
    engine, envelope, id = call.engine, call.envelope, customer.id
    if customer.erased_at is not None:
        return [Step(CUSTOMERS, id, EraseCustomer([id])), Step(ERASURES, id, BeginErasure(customer=id))], [], []
    ends = NOTHING_RUNS
    if customer.deleted_at is None:
        ends = await ends_of(engine, envelope, id, refused=call.body.if_active == "error")
    methods = await _last_methods(engine, envelope, customer)
    subjects = list(dict.fromkeys([id, *_subjects(methods)]))
    saved = _saved(methods)
    begin = BeginErasure(
        customer=id,
        saved=saved,
        payment_methods=len(saved),
        subscriptions=ends.subscriptions,
        schedules=ends.schedules,
    )
    steps = [Step(CUSTOMERS, id, EraseCustomer(subjects, ends.returned)), Step(ERASURES, id, begin), *ends.steps]
    guards = [guard, *ends.guards] if ends.steps else []
    return [*steps, *_erased(methods)], subjects, [*guards, *_guards(methods)]


async def _last_methods(engine: Engine, envelope: Envelope, customer: Customer) -> Methods:
    """The methods that are erased with their customer. Where those are too many for one append, the oldest go before,
    in appends of their own: broken off, whoever asks again goes on from there."""
    # The key of the request stands for the erasure itself.
    before = replace(envelope, key=None, at=await engine.now_on(envelope, customer.test_clock))
    while True:
        methods = await methods_ever_of(engine, envelope, customer.id, METHODS_AT_ONCE_MAX + 1)
        if len(methods) <= METHODS_AT_ONCE_MAX:
            return methods
        methods.popitem()
        prepare = PrepareErasure(customer=customer.id, saved=_saved(methods))
        await engine.handle(
            before,
            [Step(ERASURES, customer.id, prepare), *_erased(methods)],
            guards=_guards(methods),
            shreds=[subject for subject in _subjects(methods) if subject != customer.id],
        )


def _guards(methods: Methods) -> list[Guard]:
    return [Guard(PAYMENT_METHODS.stream(id), loaded.head) for id, loaded in methods.items()]


def _erased(methods: Methods) -> list[Step]:
    return [Step(PAYMENT_METHODS, id, ErasePaymentMethod(), known=loaded) for id, loaded in methods.items()]


def _subjects(methods: Methods) -> list[str]:
    return [loaded.subject for loaded in methods.values()]


def _saved(methods: Methods) -> list[SavedMethod]:
    """The methods as their gateways still know them; what was detached was forgotten then."""
    states = [loaded.state for loaded in methods.values() if loaded.state is not None]
    return [SavedMethod(each.gateway, each.token) for each in states if not each.detached]


OPERATIONS = (
    Operation(
        methods=("POST",),
        path="/v1/customers/{id}/erase",
        summary="Erase a customer's personal data",
        perform=erase,
        needs="customers:write",
        body=ErasureDraft,
        answers=ErasureObject,
        description=DESCRIPTION,
    ),
)
