"""An account as its events tell it."""

from datetime import datetime
from typing import assert_never

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from services.billing.accounts.events import (
    AccountChanges,
    AccountEvent,
    AccountGatewayChosen,
    AccountOpened,
    AccountUpdated,
    DunningEnd,
    Environment,
    SecretMark,
)
from services.gateways.gateway import Provider


class ChosenGateway(Struct, frozen=True, kw_only=True):
    """Where new charges of an environment go to, and which secrets open it."""

    provider: Provider
    secret_key: SecretMark | None = None
    webhook_secret: SecretMark | None = None


class Account(Struct, frozen=True, kw_only=True):
    """The settings of an account; dunning offsets are whole days after the first failure."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    default_currency: str = "usd"
    timezone: str = "UTC"
    dunning_offset_days: tuple[int, ...] = (1, 3, 7, 14)
    dunning_end: DunningEnd = "CANCEL"
    invoice_prefix: str = "INV"
    gateways: dict[Environment, ChosenGateway] = {}

    def gateway(self, *, livemode: bool) -> ChosenGateway | None:
        """The gateway that was chosen for an environment."""
        return self.gateways.get("live" if livemode else "test")


def evolve(account: Account | None, event: AccountEvent, at: datetime) -> Account:
    """The account after `event`."""
    if isinstance(event, AccountOpened):
        return Account(id=event.id, name=event.name, created_at=at, updated_at=at)
    assert account is not None, "the first event of an account is its opening"
    match event:
        case AccountUpdated():
            return replace(account, **set_fields(event), updated_at=at)
        case AccountGatewayChosen(livemode=livemode, provider=provider):
            environment: Environment = "live" if livemode else "test"
            chosen = ChosenGateway(provider=provider, secret_key=event.secret_key, webhook_secret=event.webhook_secret)
            return replace(account, gateways=account.gateways | {environment: chosen}, updated_at=at)
        case _:
            assert_never(event)


def set_fields(changes: AccountChanges | AccountUpdated) -> dict[str, object]:
    """The settings that have a value, by name."""
    return {name: value for name, value in asdict(changes).items() if value is not UNSET}
