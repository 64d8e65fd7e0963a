"""Finding the payment method that a client named, for whatever wants to charge it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from services.billing.payment_methods.decider import PAYMENT_METHODS
from services.billing.payment_methods.state import PaymentMethod, methods_name
from services.core.elsewhere import in_other_environment
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.log import get_logger
from services.core.reader import Loaded
from services.core.refusal import Declined, Invalid, Unavailable
from services.core.step import Guard
from services.gateways.gateway import GatewayRefused, GatewaySilent, MethodDeclined, MethodDetails, TokenUnknown
from services.gateways.gateways import Gateways

log = get_logger("payment_methods")

TEST_NAMES = ("pm_card_", "pm_bank_")


class PaymentMethodUnknown(Invalid):
    """There is no such payment method."""

    code = "resource_missing"


class ForeignPaymentMethod(Invalid):
    """This payment method is not attached to this customer; attach it first, or name another."""

    code = "payment_method_customer_mismatch"


class DetachedPaymentMethod(Invalid):
    """This payment method was detached and cannot be charged any more."""

    code = "payment_method_detached"


class OverusedPaymentMethod(Invalid):
    """Too many customers have used this payment method, which is attached to none of them; save one for each."""

    code = "payment_method_customers_limit"


class GatewayAway(Unavailable):
    """The payment gateway does not answer. Nothing was charged; send it again in a few seconds."""

    code = "gateway_unavailable"


class MethodRefused(Declined):
    """The payment gateway checked this payment method and will not save it."""


class Found(Struct, frozen=True):
    """A payment method, and the guard by which a command relies on it standing still."""

    method: PaymentMethod
    guard: Guard


def is_test_name(id: str, *, livemode: bool) -> bool:
    """Whether `id` is one of the gateway's own test methods, which exist in test only."""
    return not livemode and id.startswith(TEST_NAMES)


async def attached_method(
    engine: Engine, envelope: Envelope, id: str, customer: str, *, param: str = "payment_method"
) -> Found:
    """The method `id`, which must be attached to `customer`. Raises Invalid naming the parameter `param`."""
    found = await _existing(engine, envelope, id, param)
    if found.method.customer != customer:
        raise ForeignPaymentMethod(
            f"The payment method '{id}' is not attached to this customer; attach it first, or name another.",
            param=param,
        )
    return found


async def chargeable_method(engine: Engine, envelope: Envelope, id: str, customer: str | None) -> Found:
    """The method `id`, which `customer` has or nobody has yet.

    Raises Invalid naming the parameter: another customer's method, and a detached one, cannot be charged.
    """
    found = await _existing(engine, envelope, id)
    if found.method.detached or found.method.erased:
        raise DetachedPaymentMethod(param="payment_method")
    if found.method.customer not in {None, customer}:
        raise ForeignPaymentMethod(
            f"The payment method '{id}' is not attached to the customer of this payment.", param="payment_method"
        )
    return found


async def methods_ever_of(
    engine: Engine, envelope: Envelope, customer: str, limit: int
) -> dict[str, Loaded[PaymentMethod]]:
    """The methods that the customer has, had, or used without having them, oldest first; as current as the log."""
    ids = await engine.store.holders(envelope.tenant, methods_name(customer), limit)
    return await engine.load_many(PAYMENT_METHODS, envelope.tenant, ids)


async def described(
    gateways: Gateways, envelope: Envelope, token: str, customer: str | None = None
) -> tuple[MethodDetails, str]:
    """What the gateway says of one of its tokens, and which gateway that is; with `customer` the gateway saves the
    method for it. Raises TokenUnknown, MethodRefused, or Unavailable when there is nobody to ask."""
    gateway = await gateways.chosen(envelope)
    async with reachable():
        if customer is None:
            details = await gateway.describe(token, livemode=envelope.livemode)
        else:
            details = await gateway.attach(token, customer, livemode=envelope.livemode)
        return details, gateway.name


@asynccontextmanager
async def reachable() -> AsyncGenerator[None]:
    """Around what is asked of a gateway about methods: that it is away, or will not have one, are answers of ours."""
    try:
        yield
    except MethodDeclined as refusal:
        raise MethodRefused(
            refusal.declined.message,
            code=refusal.declined.code,
            extra={"decline_code": refusal.declined.decline_code},
        ) from None
    except (GatewaySilent, GatewayRefused) as silence:
        log.warning("gateway_away", reason=str(silence))
        raise GatewayAway from None


async def sandbox_method(gateways: Gateways, envelope: Envelope, id: str) -> tuple[MethodDetails, str]:
    """What the gateway says of one of its test methods, and which gateway. Raises Invalid naming the parameter."""
    try:
        return await described(gateways, envelope, id)
    except TokenUnknown:
        raise PaymentMethodUnknown(f"There is no test payment method '{id}'.", param="payment_method") from None


async def _existing(engine: Engine, envelope: Envelope, id: str, param: str = "payment_method") -> Found:
    loaded = await engine.load(PAYMENT_METHODS, envelope.tenant, id)
    if loaded.state is None:
        elsewhere = await in_other_environment(engine, envelope, PAYMENT_METHODS, id)
        raise PaymentMethodUnknown(f"No such payment method: '{id}'{elsewhere}.", param=param)
    return Found(loaded.state, Guard(PAYMENT_METHODS.stream(id), loaded.head))
