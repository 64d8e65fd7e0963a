"""An account as clients see it."""

from msgspec import Struct

from services.billing.accounts.events import DunningEnd
from services.billing.accounts.state import Account
from services.core.clock import unix


class DunningObject(Struct, frozen=True, kw_only=True):
    """Retries in whole days after the first failure, and what becomes of a subscription after the last."""

    offset_days: tuple[int, ...]
    end_state: DunningEnd


class AccountObject(Struct, frozen=True, kw_only=True):
    """The settings of the account that the key belongs to, shared by both environments."""

    id: str
    object: str = "account"
    name: str
    created: int
    updated: int
    default_currency: str
    dunning: DunningObject
    invoice_prefix: str
    livemode: bool
    timezone: str


def account_object(account: Account, livemode: bool) -> AccountObject:
    """The wire form of an account."""
    return AccountObject(
        id=account.id,
        name=account.name,
        created=unix(account.created_at),
        updated=unix(account.updated_at),
        default_currency=account.default_currency,
        dunning=DunningObject(offset_days=account.dunning_offset_days, end_state=account.dunning_end),
        invoice_prefix=account.invoice_prefix,
        livemode=livemode,
        timezone=account.timezone,
    )
