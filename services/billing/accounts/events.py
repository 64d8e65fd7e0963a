"""What is remembered of an account."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.core.event import Event, EventCodec, Published
from services.gateways.gateway import Provider

Environment = Literal["test", "live"]
DunningEnd = Literal["CANCEL", "UNPAID", "PAST_DUE"]


class AccountOpened(Event, frozen=True, kw_only=True, tag="account.opened"):
    """An account exists, with both of its environments."""

    id: str
    name: str


class AccountChanges(Struct, frozen=True, kw_only=True):
    """New values of settings; unset ones did not change. Dunning offsets are whole days after the first failure."""

    name: str | UnsetType = UNSET
    default_currency: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    dunning_offset_days: tuple[int, ...] | UnsetType = UNSET
    dunning_end: DunningEnd | UnsetType = UNSET
    invoice_prefix: str | UnsetType = UNSET


class AccountUpdated(Event, frozen=True, kw_only=True, tag="account.updated"):
    """Settings took new values; unset ones did not change."""

    name: str | UnsetType = UNSET
    default_currency: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    dunning_offset_days: tuple[int, ...] | UnsetType = UNSET
    dunning_end: DunningEnd | UnsetType = UNSET
    invoice_prefix: str | UnsetType = UNSET


class SecretMark(Struct, frozen=True):
    """Which secret is kept, sealed and elsewhere, and the end of it that people know it by."""

    id: str
    last4: str


class GatewayChange(Struct, frozen=True, kw_only=True):
    """What is new in the choice of an environment's gateway; unset parts did not change."""

    livemode: bool
    provider: Provider | UnsetType = UNSET
    secret_key: SecretMark | UnsetType = UNSET
    webhook_secret: SecretMark | UnsetType | None = UNSET


class AccountGatewayChosen(Event, frozen=True, kw_only=True, tag="account.gateway_chosen"):
    """New charges of this environment go to `provider`. The secrets themselves are in no event."""

    livemode: bool
    provider: Provider
    secret_key: SecretMark | None = None
    webhook_secret: SecretMark | None = None


AccountEvent = AccountOpened | AccountUpdated | AccountGatewayChosen
EVENTS = EventCodec(AccountOpened, AccountUpdated, AccountGatewayChosen)
PUBLISHED: Published = {
    AccountGatewayChosen: (),
    AccountOpened: (),
    AccountUpdated: (),
}
