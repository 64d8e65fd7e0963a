"""Decides what may be done to an account."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.billing.accounts.commands import AccountCommand, OpenAccount, UpdateAccount
from services.billing.accounts.events import EVENTS, AccountEvent, AccountOpened, AccountUpdated
from services.billing.accounts.state import Account, evolve, set_fields
from services.core.decider import Decider
from services.core.refusal import Conflict, Missing


class AccountExists(Conflict):
    """An account with this id exists already."""

    code = "resource_already_exists"


class AccountMissing(Missing):
    """There is no such account."""


def decide(account: Account | None, command: AccountCommand, _at: datetime) -> Sequence[AccountEvent]:
    """The events that `command` leads to, or a refusal."""
    if isinstance(command, OpenAccount):
        if account is not None:
            raise AccountExists
        return [AccountOpened(id=command.id, name=command.name)]
    if account is None:
        raise AccountMissing
    match command:
        case UpdateAccount(changes=changes):
            new = {name: value for name, value in set_fields(changes).items() if getattr(account, name) != value}
            return [AccountUpdated(**new)] if new else []  # pyright: ignore[reportArgumentType]
        case _:
            assert_never(command)


ACCOUNTS: Decider[Account, AccountCommand, AccountEvent] = Decider(
    category="account", prefix="acct", events=EVENTS, decide=decide, evolve=evolve
)
