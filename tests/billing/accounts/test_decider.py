"""What may be done to an account."""

from services.billing.accounts.commands import OpenAccount, UpdateAccount
from services.billing.accounts.decider import ACCOUNTS, AccountExists, AccountMissing
from services.billing.accounts.events import AccountChanges, AccountOpened, AccountUpdated
from tests.support.scenario import Scenario

accounts = Scenario(ACCOUNTS)
opened = AccountOpened(id="acct_1", name="Peas")


def test_an_account_opens_with_the_defaults_of_the_house() -> None:
    account = accounts.when(OpenAccount(id="acct_1", name="Peas")).then(opened)
    assert (account.default_currency, account.timezone) == ("usd", "UTC")
    assert (account.dunning_offset_days, account.dunning_end) == ((1, 3, 7, 14), "CANCEL")


def test_an_account_opens_once() -> None:
    accounts.given(opened).when(OpenAccount(id="acct_1", name="Peas")).refused(AccountExists)


def test_an_account_that_never_opened_has_no_settings() -> None:
    accounts.when(UpdateAccount(AccountChanges(name="Beans"))).refused(AccountMissing)


def test_only_what_changes_is_recorded() -> None:
    changes = AccountChanges(name="Peas", default_currency="eur", dunning_offset_days=(2, 4))
    changed = AccountUpdated(default_currency="eur", dunning_offset_days=(2, 4))
    accounts.given(opened).when(UpdateAccount(changes)).then(changed)
    accounts.given(opened, changed).when(UpdateAccount(changes)).then()
