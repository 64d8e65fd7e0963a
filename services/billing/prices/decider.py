"""Decides what may be done to a price."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import asdict

from services.billing.prices.commands import CreatePrice, LetGoLookupKey, PriceCommand, UpdatePrice
from services.billing.prices.events import EVENTS, PriceCreated, PriceEvent, PriceUpdated
from services.billing.prices.state import Price, evolve, holds
from services.core.decider import Decider
from services.core.fields import merged_metadata
from services.core.refusal import Conflict, Missing


class PriceExists(Conflict):
    """A price with this id exists already; choose another 'id', or leave it out."""

    code = "resource_already_exists"


class PriceMissing(Missing):
    """There is no such price."""


def decide(price: Price | None, command: PriceCommand, _at: datetime) -> Sequence[PriceEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, CreatePrice):
        if price is not None:
            raise PriceExists(
                f"A price with the id '{command.id}' exists already; choose another, or leave 'id' out.", param="id"
            )
        return [
            PriceCreated(
                id=command.id,
                terms=command.terms,
                active=command.active,
                lookup_key=command.lookup_key,
                metadata=command.metadata,
            )
        ]
    if price is None:
        raise PriceMissing
    match command:
        case UpdatePrice():
            was = {
                "nickname": price.terms.nickname,
                "active": price.active,
                "lookup_key": price.lookup_key,
                "metadata": price.metadata,
            }
            wanted = asdict(command) | {"metadata": merged_metadata(price.metadata, command.metadata)}
            new = {k: v for k, v in wanted.items() if v is not UNSET and was[k] != v}
            return [PriceUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case LetGoLookupKey(lookup_key=key):
            return [PriceUpdated(lookup_key=None)] if price.lookup_key == key else []
        case _:
            assert_never(command)


PRICES: Decider[Price, PriceCommand, PriceEvent] = Decider(
    category="price", prefix="price", events=EVENTS, decide=decide, evolve=evolve, holds=holds
)
