"""Decides what may be done to an account."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import UnsetType
from msgspec.structs import asdict

from services.billing.accounts.commands import AccountCommand, OpenAccount, UpdateAccount
from services.billing.accounts.events import (
    EVENTS,
    AccountEvent,
    AccountGatewayChosen,
    AccountOpened,
    AccountUpdated,
    GatewayChange,
)
from services.billing.accounts.state import Account, ChosenGateway, evolve, set_fields
from services.core.decider import Decider
from services.core.refusal import Conflict, Invalid, Missing
from services.gateways.gateway import Provider


class AccountExists(Conflict):
    """An account with this id exists already."""

    code = "resource_already_exists"


class AccountMissing(Missing):
    """There is no such account."""


class SimulatorIsForTest(Invalid):
    """The simulated gateway moves no money; the live environment cannot use it."""

    code = "gateway_test_only"


class SecretMissing(Invalid):
    """Charges can go to Stripe only with a secret key."""

    code = "parameter_missing"


def decide(account: Account | None, command: AccountCommand, _at: datetime) -> Sequence[AccountEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, OpenAccount):
        if account is not None:
            raise AccountExists
        return [AccountOpened(id=command.id, name=command.name)]
    if account is None:
        raise AccountMissing
    match command:
        case UpdateAccount(changes=changes, gateway=change):
            chosen = [] if change is None else _chosen(account, change)
            new = {name: value for name, value in set_fields(changes).items() if getattr(account, name) != value}
            return [AccountUpdated(**new), *chosen] if new else chosen  # pyright: ignore[reportArgumentType]
        case _:
            assert_never(command)


def _chosen(account: Account, change: GatewayChange) -> list[AccountEvent]:
    default: Provider = "STRIPE" if change.livemode else "SIMULATOR"
    before = account.gateway(livemode=change.livemode) or ChosenGateway(provider=default)
    after = ChosenGateway(
        provider=before.provider if isinstance(change.provider, UnsetType) else change.provider,
        secret_key=before.secret_key if isinstance(change.secret_key, UnsetType) else change.secret_key,
        webhook_secret=before.webhook_secret if isinstance(change.webhook_secret, UnsetType) else change.webhook_secret,
    )
    if after.provider == "SIMULATOR" and change.livemode:
        raise SimulatorIsForTest(param="gateway[provider]")
    if after.provider == "STRIPE" and after.secret_key is None:
        raise SecretMissing(param="gateway[secret_key]")
    return [] if after == before else [AccountGatewayChosen(livemode=change.livemode, **asdict(after))]


ACCOUNTS: Decider[Account, AccountCommand, AccountEvent] = Decider(
    category="account", prefix="acct", events=EVENTS, decide=decide, evolve=evolve
)
