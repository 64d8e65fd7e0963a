"""What else happens to a payment method when something of its customer changes."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from services.billing.payment_methods.commands import AttachPaymentMethod, CreatePaymentMethod
from services.billing.payment_methods.decider import PAYMENT_METHODS
from services.billing.payment_methods.lookup import (
    chargeable_method,
    described,
    is_test_name,
    reachable,
    sandbox_method,
)
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.step import Guard, Step
from services.gateways.gateways import Gateways


class Attaching(Struct, frozen=True):
    """The method `id` becomes a customer's by these steps."""

    id: str
    steps: list[Step]
    guards: list[Guard]


async def attaching(
    engine: Engine,
    gateways: Gateways,
    envelope: Envelope,
    named: str,
    customer: str,
    begin: Callable[[], Awaitable[None]],
) -> Attaching:
    """How a customer that is only being made gets the method `named`, which nobody has yet; a test name makes a new
    one. Raises Invalid naming `payment_method`; when nothing is wrong with it, it is to `begin`, and saved then."""
    if is_test_name(named, livemode=envelope.livemode):
        await sandbox_method(gateways, envelope, named)
        await begin()
        details, gateway = await described(gateways, envelope, named, customer)
        command = CreatePaymentMethod(
            id=new_id(PAYMENT_METHODS.prefix), gateway=gateway, details=details, customer=customer
        )
        return Attaching(command.id, [Step(PAYMENT_METHODS, command.id, command, fresh=True)], [])
    found = await chargeable_method(engine, envelope, named, customer)
    gateway = await gateways.of(envelope, found.method.gateway)
    await begin()
    async with reachable():
        token = (await gateway.attach(found.method.token, customer, livemode=envelope.livemode)).token
    return Attaching(named, [Step(PAYMENT_METHODS, named, AttachPaymentMethod(customer, token))], [found.guard])
