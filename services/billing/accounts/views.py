"""An account as clients see it."""

from msgspec import Struct

from services.billing.accounts.events import DunningEnd
from services.billing.accounts.state import Account
from services.core.clock import unix
from services.gateways.gateway import Provider


class DunningObject(Struct, frozen=True, kw_only=True):
    """Retries in whole days after the first failure, and what becomes of a subscription after the last."""

    offset_days: tuple[int, ...]
    end_state: DunningEnd


class GatewayObject(Struct, frozen=True, kw_only=True):
    """Where new charges of this environment go to; null when nobody has said so in live. Of secrets only the end is
    shown. Stripe's events are sent to `webhook_path` of this server."""

    provider: Provider | None
    secret_key_last4: str | None
    webhook_secret_last4: str | None
    webhook_path: str


class AccountObject(Struct, frozen=True, kw_only=True):
    """The settings of the account that the key belongs to, shared by both environments."""

    id: str
    object: str = "account"
    name: str
    created: int
    updated: int
    default_currency: str
    dunning: DunningObject
    gateway: GatewayObject
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
        gateway=_gateway_object(account, livemode),
        invoice_prefix=account.invoice_prefix,
        livemode=livemode,
        timezone=account.timezone,
    )


def _gateway_object(account: Account, livemode: bool) -> GatewayObject:
    chosen = account.gateway(livemode=livemode)
    secret_key, webhook_secret = (chosen.secret_key, chosen.webhook_secret) if chosen else (None, None)
    default: Provider | None = None if livemode else "SIMULATOR"
    return GatewayObject(
        provider=chosen.provider if chosen else default,
        secret_key_last4=secret_key.last4 if secret_key else None,
        webhook_secret_last4=webhook_secret.last4 if webhook_secret else None,
        webhook_path=f"/v1/gateways/stripe/{account.id}/{'live' if livemode else 'test'}/webhook",
    )
