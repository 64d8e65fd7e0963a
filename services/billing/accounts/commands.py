"""What can be asked of an account."""

from msgspec import Struct

from services.billing.accounts.events import AccountChanges, GatewayChange


class OpenAccount(Struct, frozen=True, kw_only=True):
    """A new account with the house's defaults."""

    id: str
    name: str


class UpdateAccount(Struct, frozen=True):
    """Lays `changes` over the account's settings, and `gateway` over the choice of one environment's gateway."""

    changes: AccountChanges
    gateway: GatewayChange | None = None


AccountCommand = OpenAccount | UpdateAccount
