"""What is remembered of an account."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.core.event import Event, EventCodec, Published

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


AccountEvent = AccountOpened | AccountUpdated
EVENTS = EventCodec(AccountOpened, AccountUpdated)
PUBLISHED: Published = {
    AccountOpened: (),
    AccountUpdated: (),
}
