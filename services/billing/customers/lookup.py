"""Finding the customer that a client named as a parameter of something else."""

from msgspec import Struct

from services.billing.customers.decider import CUSTOMERS
from services.billing.customers.state import Customer
from services.core.elsewhere import in_other_environment
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Invalid
from services.core.step import Guard


class CustomerUnknown(Invalid):
    """There is no such customer."""

    code = "resource_missing"


class CustomerGone(Invalid):
    """This customer is deleted; nothing new can be made for it."""

    code = "customer_deleted"


class CurrencyMismatch(Invalid):
    """A customer is invoiced in one currency: that of the first invoice or payment."""

    code = "currency_mismatch"


class Found(Struct, frozen=True):
    """A customer, and the guard by which a command relies on it standing still."""

    customer: Customer
    guard: Guard


async def existing_customer(engine: Engine, envelope: Envelope, id: str) -> Found:
    """The customer `id`, which is there and not deleted. Raises Invalid naming the parameter `customer`."""
    loaded = await engine.load(CUSTOMERS, envelope.tenant, id)
    if loaded.state is None:
        elsewhere = await in_other_environment(engine, envelope, CUSTOMERS, id)
        raise CustomerUnknown(f"No such customer: '{id}'{elsewhere}.", param="customer")
    demand_there(loaded.state)
    return Found(loaded.state, Guard(CUSTOMERS.stream(id), loaded.head, loaded))


async def customer_of(engine: Engine, envelope: Envelope, id: str) -> Found:
    """The customer of something that is there, deleted or not."""
    loaded = await engine.load(CUSTOMERS, envelope.tenant, id)
    assert loaded.state is not None, "what belongs to a customer was made for one that is there"
    return Found(loaded.state, Guard(CUSTOMERS.stream(id), loaded.head, loaded))


def demand_there(customer: Customer) -> None:
    """Raises CustomerGone when it is deleted."""
    if customer.deleted_at is not None:
        raise CustomerGone(
            f"The customer '{customer.id}' was deleted at {customer.deleted_at:%Y-%m-%dT%H:%M:%SZ}.", param="customer"
        )


def demand_currency(customer: Customer, currency: str, *, param: str = "currency") -> None:
    """Raises CurrencyMismatch when it is invoiced in another currency."""
    if customer.currency not in {None, currency}:
        raise CurrencyMismatch(
            f"This customer is invoiced in {customer.currency}, the currency of its first payment or invoice, not in "
            f"{currency}. Use {customer.currency}, or another customer.",
            param=param,
        )
