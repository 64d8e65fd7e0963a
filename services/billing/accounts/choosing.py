"""Choosing the payment gateway of an environment: its secrets are kept sealed, and every process knows the choice."""

import re
import time

from msgspec import UNSET, Struct, UnsetType

from eventstore.secrets import Secrets
from eventstore.tenants import Tenant
from services.billing.accounts.decider import ACCOUNTS
from services.billing.accounts.events import GatewayChange, SecretMark
from services.billing.accounts.state import Account, ChosenGateway
from services.core.engine import Engine
from services.core.envelope import Envelope
from services.core.ids import new_id
from services.core.refusal import Invalid
from services.gateways.gateways import Choice, Gateways, Provider, StripeKeys

# A choice that was made in another process is known here within this time.
CHOICE_SECONDS = 0.5
KNOWN_MAX = 10_000
SHOWN = 4

SECRET_KEY = re.compile(r"(?:sk|rk)_(test|live)_\w{8,240}", re.ASCII)
WEBHOOK_SECRET = re.compile(r"whsec_[\w+/=-]{8,240}", re.ASCII)


class SecretMalformed(Invalid):
    """This is not a secret of this kind and environment."""

    code = "gateway_secret_invalid"


class SecretRefused(Invalid):
    """Stripe does not know this key: copy it anew from Stripe's dashboard, where it may have been rolled or expired."""

    code = "gateway_secret_refused"


class GatewayPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where new charges of the key's environment go to. Secrets are kept sealed and never shown again; what is absent
    stays as it is."""

    provider: Provider | UnsetType = UNSET
    secret_key: str | UnsetType = UNSET
    webhook_secret: str | UnsetType | None = UNSET


class GatewayChoices:
    """What each account has chosen, read again when it may have changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._secrets = Secrets(engine.store.pool, engine.vault)
        self._known: dict[tuple[str, bool], tuple[float, Choice]] = {}

    async def __call__(self, envelope: Envelope) -> Choice:
        """The choice of the envelope's account and environment."""
        name = envelope.account, envelope.livemode
        until, choice = self._known.get(name, (0.0, Choice()))
        if until > time.monotonic():
            return choice
        choice = await self._read(envelope, choice.stripe)
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[name] = time.monotonic() + CHOICE_SECONDS, choice
        return choice

    async def _read(self, envelope: Envelope, known: StripeKeys | None) -> Choice:
        tenant = await self._engine.tenants.find(envelope.account)
        account = None if tenant is None else (await self._engine.load(ACCOUNTS, tenant, envelope.account)).state
        chosen = None if account is None else account.gateway(livemode=envelope.livemode)
        if tenant is None or chosen is None:
            return Choice()
        if known is not None and known.id == _name(chosen):
            return Choice(chosen.provider, known)
        secret_key = await self._opened(tenant, chosen.secret_key)
        if secret_key is None:
            return Choice(chosen.provider)
        keys = StripeKeys(_name(chosen), secret_key, await self._opened(tenant, chosen.webhook_secret))
        return Choice(chosen.provider, keys)

    async def _opened(self, tenant: Tenant, mark: SecretMark | None) -> str | None:
        secret = None if mark is None else await self._secrets.open(tenant, mark.id)
        return None if secret is None else secret.decode()


async def kept(
    engine: Engine, gateways: Gateways, tenant: Tenant, patch: GatewayPatch, *, livemode: bool
) -> GatewayChange:
    """The change that a patch asks for, once its secrets are kept; Stripe is asked whether it knows the key. Raises
    Invalid naming the parameter."""
    secret_key, webhook_secret = patch.secret_key, patch.webhook_secret or None
    if not isinstance(secret_key, UnsetType):
        found = SECRET_KEY.fullmatch(secret_key)
        if found is None or found[1] != ("live" if livemode else "test"):
            raise SecretMalformed(
                f"'gateway[secret_key]' must be a secret key of Stripe's {'live' if livemode else 'test'} mode.",
                param="gateway[secret_key]",
            )
    if isinstance(webhook_secret, str) and WEBHOOK_SECRET.fullmatch(webhook_secret) is None:
        raise SecretMalformed(
            "'gateway[webhook_secret]' must be the signing secret of a webhook endpoint, whsec_….",
            param="gateway[webhook_secret]",
        )
    if isinstance(secret_key, str) and not await gateways.stripe_lets_in(secret_key):
        raise SecretRefused(param="gateway[secret_key]")
    secrets = Secrets(engine.store.pool, engine.vault)
    return GatewayChange(
        livemode=livemode,
        provider=patch.provider,
        secret_key=secret_key if isinstance(secret_key, UnsetType) else await _mark(secrets, tenant, secret_key),
        webhook_secret=await _mark(secrets, tenant, webhook_secret)
        if isinstance(webhook_secret, str)
        else (UNSET if isinstance(patch.webhook_secret, UnsetType) else None),
    )


async def forget_replaced(engine: Engine, tenant: Tenant, before: Account | None, after: Account) -> None:
    """Removes the secrets that a change has replaced."""
    secrets = Secrets(engine.store.pool, engine.vault)
    replaced = _ids(before) - _ids(after) if before is not None else set[str]()
    for id in replaced:
        await secrets.remove(tenant, id)


async def _mark(secrets: Secrets, tenant: Tenant, secret: str) -> SecretMark:
    mark = SecretMark(id=new_id("sec"), last4=secret[-SHOWN:])
    await secrets.keep(tenant, mark.id, secret.encode())
    return mark


def _ids(account: Account) -> set[str]:
    marks = [mark for each in account.gateways.values() for mark in (each.secret_key, each.webhook_secret)]
    return {mark.id for mark in marks if mark is not None}


def _name(chosen: ChosenGateway) -> str:
    return ":".join(mark.id for mark in (chosen.secret_key, chosen.webhook_secret) if mark is not None)
