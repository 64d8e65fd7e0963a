"""Calls that may need the gateway: what is to be done is recorded first, then the gateway is asked, then its answer
is recorded and given to whoever waits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from services.billing.customers.lookup import Found, demand_there
from services.billing.invoice_numbers.lookup import NextNumber, Numbers
from services.billing.payment_methods.commands import UsePaymentMethod
from services.billing.payment_methods.decider import PAYMENT_METHODS
from services.billing.payment_methods.lookup import (
    OverusedPaymentMethod,
    chargeable_method,
    is_test_name,
    sandbox_method,
)
from services.billing.payment_methods.state import USERS_MAX
from services.billing.payments.commands import Method, UpdatePayment
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.settling import States, concluding, settle
from services.billing.payments.views import charge_answer
from services.core.again import READ_AGAIN_MAX, reading_again
from services.core.decider import AnyDecider, object_id
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.operation import Call, Reply
from services.core.reader import NOTHING_KNOWN, Known
from services.core.resume import ATTEND_SECONDS_MAX, GATEWAY_SECONDS_MAX, begun_object
from services.core.step import Answer, Guard, Handled, Replayed, Step
from services.gateways.gateways import Gateways

# The method that is charged in test when neither the request nor the customer names one.
SANDBOX_METHOD = Method("pm_card_visa", "pm_card_visa")


# More often than a method that nobody has can be used by another customer for the first time.
CHARGE_AGAIN_MAX = USERS_MAX + READ_AGAIN_MAX


class Begin(Struct, frozen=True):
    """What is to be recorded first, and by which guards. `payment` is what the gateway is to be asked about after it,
    None when there is nothing to ask. `numbered` makes the steps where an invoice needs its number."""

    steps: Sequence[Step]
    guards: Sequence[Guard] = ()
    payment: str | None = None
    numbered: Callable[[NextNumber], Sequence[Step]] | None = None


class Chosen(Struct, frozen=True):
    """The method to charge, if any, the guards by which the choice stands, and the steps that go with it."""

    method: Method | None
    guards: Sequence[Guard] = ()
    steps: Sequence[Step] = ()


async def _itself(_engine: Engine, _envelope: Envelope, id: str) -> str | None:
    return id


class Topic(Struct, frozen=True, kw_only=True):
    """What a request is about and answers: a payment, or something that one is made for. `unchanged` is a command that
    changes nothing of it; `payment_of` finds the payment that a request about it has begun."""

    decider: AnyDecider
    unchanged: Any
    answer: Callable[[States, str, Envelope], Answer]
    payment_of: Callable[[Engine, Envelope, str], Awaitable[str | None]] = _itself


def _payment_answer(states: States, id: str, envelope: Envelope) -> Answer:
    return charge_answer(states[PAYMENTS.stream(id)], envelope)


PAYMENT = Topic(decider=PAYMENTS, unchanged=UpdatePayment(), answer=_payment_answer)


def nobody_waits(call: Call[Any, Any]) -> bool:
    """Whether the client wants its answer at once, and the gateway asked by a worker (RFC 7240)."""
    preferences = call.headers.get("prefer", "").lower().split(",")
    return any(preference.partition(";")[0].strip() == "respond-async" for preference in preferences)


async def begin_and_settle(
    call: Call[Any, Any], begin: Callable[[], Awaitable[Begin]], topic: Topic = PAYMENT
) -> Reply:
    """Records what `begin` wants and, where that needs the gateway and somebody waits, asks it and answers.

    The first step is about the topic. A repeat of a request whose first process died takes its work over; asking the
    gateway again is safe.
    """
    envelope, engine = call.envelope, call.engine
    until = asyncio.get_running_loop().time() + GATEWAY_SECONDS_MAX
    position = None
    known: Known = NOTHING_KNOWN

    async def record() -> tuple[Handled[Any], str, str | None]:
        begun = await begin()
        waits = begun.payment is not None and not nobody_waits(call)

        def answer(states: States) -> Answer:
            return topic.answer(states, next(iter(states.values())).id, envelope)

        handled = await record_first(engine, call.services, envelope, begun, None if waits else answer)
        return handled, handled.state.id, begun.payment if waits else None

    try:
        await engine.look_up(envelope)
        handled, id, payment = await reading_again(record, CHARGE_AGAIN_MAX)
        if payment is None:
            return Reply.of(handled)
        position, known = handled.position, handled.known
    except Replayed as replay:
        payment = await topic.payment_of(engine, envelope, object_id(replay.record.stream))
        first = (await engine.load(PAYMENTS, envelope.tenant, payment)).state if payment else None
        id = begun_object(replay, engine.clock.now(), settled=first is None or first.asked is None)
    settled = await settle(
        engine,
        call.service(Gateways),
        envelope,
        payment,
        until=until,
        known=known,
        about=Step(topic.decider, id, topic.unchanged),
        answer=lambda states: topic.answer(states, id, envelope),
    )
    assert settled.answer is not None
    return Reply(settled.answer, settled.position or position)


async def begin_for_nobody(
    engine: Engine,
    services: Mapping[type, Any],
    envelope: Envelope,
    begin: Callable[[], Awaitable[Begin | None]],
    *overtaken: type[Exception],
) -> None:
    """A worker's turn: records what `begin` wants, if anything, and asks the gateway where that needs it. Does nothing
    where recording raises one of `overtaken`: somebody was faster."""
    until = asyncio.get_running_loop().time() + ATTEND_SECONDS_MAX

    async def record() -> tuple[str | None, Known]:
        begun = await begin()
        if begun is None:
            return None, NOTHING_KNOWN
        return begun.payment, await _record_for_nobody(engine, services, envelope, begun)

    try:
        payment, known = await reading_again(record)
    except overtaken:
        return
    if payment is not None:
        await settle(engine, services[Gateways], envelope, payment, until=until, known=known)


async def _record_for_nobody(engine: Engine, services: Mapping[type, Any], envelope: Envelope, begun: Begin) -> Known:
    """Records what a worker has begun; what needs a number goes together with what others need one for. Returns what is
    known after it."""
    numbers: Numbers = services[Numbers]
    if begun.numbered is None:
        return (await engine.handle(envelope, begun.steps, guards=begun.guards)).known
    return await numbers.join(engine, envelope, begun.numbered, begun.guards)


async def record_first(
    engine: Engine,
    services: Mapping[type, Any],
    envelope: Envelope,
    begun: Begin,
    answer: Callable[[States], Answer] | None,
) -> Handled[Any]:
    """Records what was begun, with the next invoice number where one is needed."""

    async def append(steps: Sequence[Step], guards: Sequence[Guard]) -> Handled[Any]:
        return await engine.handle(envelope, steps, guards=guards, concludes=concluding(steps, answer))

    numbered = begun.numbered
    if numbered is None:
        return await append(begun.steps, begun.guards)
    numbers: Numbers = services[Numbers]
    return await numbers.give(
        engine, envelope.tenant, lambda number: append(numbered(number), [*begun.guards, number.guard])
    )


async def chosen_method(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    *,
    named: str | None,
    default: str | None,
    customer: Found | None,
) -> Chosen:
    """The method named, else the default, else in test the sandbox card. Raises Invalid naming the parameter.

    One that nobody has is noted to be used by the customer, while that is there: what is erased with it is found so.
    """
    livemode = envelope.livemode
    id = named or default
    if id is None:
        return Chosen(None if livemode else SANDBOX_METHOD)
    if id == SANDBOX_METHOD.id and not livemode:
        return Chosen(SANDBOX_METHOD)
    if is_test_name(id, livemode=livemode):
        details, gateway = await sandbox_method(gateways, envelope, id)
        return Chosen(Method(id, details.token, details.kind, gateway))
    whose = None if customer is None else customer.customer.id
    found = await chargeable_method(engine, envelope, id, whose)
    method = Method(id, found.method.token, found.method.kind, found.method.gateway)
    if customer is None or whose is None or found.method.customer is not None or whose in found.method.used_by:
        return Chosen(method, [found.guard])
    if len(found.method.used_by) >= USERS_MAX:
        raise OverusedPaymentMethod(param="payment_method")
    demand_there(customer.customer)
    return Chosen(method, [found.guard, customer.guard], [Step(PAYMENT_METHODS, id, UsePaymentMethod(whose))])
