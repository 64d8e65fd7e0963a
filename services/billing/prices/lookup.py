"""Finding the price that a client named, by its id or its lookup key, as a parameter of something else."""

from services.billing.prices.decider import PRICES
from services.billing.prices.state import Price, lookup_hold
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.refusal import Conflict, Invalid


class PriceUnknown(Invalid):
    """There is no such price."""

    code = "resource_missing"


class PriceIsInactive(Conflict):
    """This price is not active; nothing new can be bought at it until its 'active' is true."""

    code = "price_inactive"


async def existing_price(engine: Engine, envelope: Envelope, name: str, *, param: str = "price") -> Price:
    """The active price whose id or lookup key is `name`. Raises Invalid naming the parameter."""
    price = await _named(engine, envelope, name, param)
    if not price.active:
        raise PriceIsInactive(
            f"The price '{name}' is not active; set its 'active' to true, or name another.", param=param
        )
    return price


async def price_id(engine: Engine, envelope: Envelope, name: str) -> str:
    """The id of the price, active or not, whose id or lookup key is `name`. Raises Invalid."""
    return (await _named(engine, envelope, name, "price")).id


async def _named(engine: Engine, envelope: Envelope, name: str, param: str) -> Price:
    price = (await engine.load(PRICES, envelope.tenant, name)).state
    if price is None:
        owners = await engine.store.holders(envelope.tenant, lookup_hold(name).name, 1)
        price = (await engine.load(PRICES, envelope.tenant, owners[0])).state if owners else None
    if price is None:
        raise PriceUnknown(f"No such price: '{name}'.", param=param)
    return price
