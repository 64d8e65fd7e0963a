"""Calls that may need the gateway: what is to be done is recorded first, then the gateway is asked, then its answer
is recorded and given to whoever waits."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from services.billing.payment_methods.lookup import chargeable_method, is_test_name, sandbox_method
from services.billing.payments.commands import Method
from services.billing.payments.decider import PAYMENTS
from services.billing.payments.effects import settle
from services.billing.payments.state import Payment
from services.billing.payments.views import charge_answer
from services.core.again import reading_again
from services.core.decider import object_id
from services.core.operation import Call, Reply
from services.core.resume import GATEWAY_SECONDS_MAX, begun_object
from services.core.step import Answer, Guard, Handled, Replayed, Step
from services.gateways.gateways import Gateways

# The method that is charged in test when neither the request nor the customer names one.
SANDBOX_METHOD = Method("pm_card_visa", "pm_card_visa")


class Begin(Struct, frozen=True):
    """What is to be recorded first, and by which guards; `asks` says that the gateway is to be asked after it."""

    steps: Sequence[Step]
    guards: Sequence[Guard] = ()
    asks: bool = True


class Chosen(Struct, frozen=True):
    """The method to charge, if any, and the guards by which the choice stands."""

    method: Method | None
    guards: Sequence[Guard] = ()


def nobody_waits(call: Call[Any, Any]) -> bool:
    """Whether the client wants its answer at once, and the gateway asked by a worker (RFC 7240)."""
    preferences = call.headers.get("prefer", "").lower().split(",")
    return any(preference.partition(";")[0].strip() == "respond-async" for preference in preferences)


async def begin_and_settle(call: Call[Any, Any], begin: Callable[[], Awaitable[Begin]]) -> Reply:
    """Records what `begin` wants and, where that needs the gateway and somebody waits, asks it and answers.

    A repeat of a request whose first process died takes its work over; asking the gateway again is safe.
    """
    envelope, engine = call.envelope, call.engine
    until = asyncio.get_running_loop().time() + GATEWAY_SECONDS_MAX
    position = None

    def answer(payment: Payment) -> Answer:
        return charge_answer(payment, envelope.livemode)

    async def record() -> tuple[Handled[Payment], bool]:
        begun = await begin()
        waits = begun.asks and not nobody_waits(call)
        settles = None if waits else answer
        return await engine.handle(envelope, begun.steps, guards=begun.guards, settles=settles), waits

    try:
        await engine.look_up(envelope)
        handled, waits = await reading_again(record)
        if not waits:
            return Reply.of(handled)
        id, position = handled.state.id, handled.position
    except Replayed as replay:
        first = (await engine.load(PAYMENTS, envelope.tenant, object_id(replay.record.stream))).state
        id = begun_object(replay, engine.clock.now(), settled=first is None or first.asked is None)
    settled = await settle(engine, call.service(Gateways), envelope, id, until=until, settles=answer)
    assert settled.answer is not None
    return Reply(settled.answer, settled.position or position)


async def chosen_method(call: Call[Any, Any], named: str | None, default: str | None, customer: str | None) -> Chosen:
    """The method named, else the default, else in test the sandbox card. Raises Invalid naming the parameter."""
    livemode = call.envelope.livemode
    id = named or default
    if id is None:
        return Chosen(None if livemode else SANDBOX_METHOD)
    if id == SANDBOX_METHOD.id and not livemode:
        return Chosen(SANDBOX_METHOD)
    if is_test_name(id, livemode=livemode):
        details = await sandbox_method(call.service(Gateways), id)
        return Chosen(Method(id, details.token, details.kind))
    found = await chargeable_method(call.engine, call.envelope, id, customer)
    return Chosen(Method(id, found.method.token, found.method.kind), [found.guard])
