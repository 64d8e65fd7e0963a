"""Finding the payment method that a client named, for whatever wants to charge it."""

from msgspec import Struct

from services.billing.payment_methods.decider import PAYMENT_METHODS
from services.billing.payment_methods.state import PaymentMethod
from services.core.engine import Engine, Loaded
from services.core.envelope import Envelope
from services.core.refusal import Invalid
from services.gateways.gateway import Gateway, MethodDetails, TokenUnknown

TEST_NAMES = ("pm_card_", "pm_bank_")


class PaymentMethodUnknown(Invalid):
    """There is no such payment method."""

    code = "resource_missing"


class ForeignPaymentMethod(Invalid):
    """This payment method is not attached to this customer."""

    code = "payment_method_customer_mismatch"


class Chargeable(Struct, frozen=True):
    """What a charge needs of a method: the id that the client knows, and the gateway's token."""

    id: str
    token: str


def is_test_name(id: str, *, livemode: bool) -> bool:
    """Whether `id` is one of the gateway's own test methods, which exist in test only."""
    return not livemode and id.startswith(TEST_NAMES)


async def attached_method(engine: Engine, envelope: Envelope, id: str, customer: str | None) -> Loaded[PaymentMethod]:
    """The method `id`, which must be attached to `customer`. Raises Invalid naming the parameter."""
    loaded = await engine.load(PAYMENT_METHODS, envelope.tenant, id)
    if loaded.state is None:
        raise PaymentMethodUnknown(f"No such payment method: '{id}'.", param="payment_method")
    if loaded.state.customer is None or loaded.state.customer != customer:
        raise ForeignPaymentMethod(
            f"The payment method '{id}' is not attached to this customer.", param="payment_method"
        )
    return loaded


async def sandbox_method(gateway: Gateway, id: str) -> MethodDetails:
    """What the gateway says of one of its test methods."""
    try:
        return await gateway.describe(id, livemode=False)
    except TokenUnknown:
        raise PaymentMethodUnknown(f"There is no test payment method '{id}'.", param="payment_method") from None
