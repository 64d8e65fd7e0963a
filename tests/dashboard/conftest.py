"""An account with a user for each role, in browsers without a screen."""

from collections.abc import AsyncGenerator

import pytest

from tests.support.app import Account, RunningApi
from tests.support.browser import Browser, signed_in
from tests.support.queueing import queueing


@pytest.fixture
async def api(api: RunningApi) -> AsyncGenerator[RunningApi]:
    """The application, beside a worker that queues webhooks: pages of deliveries wait for it."""
    async with queueing(api):
        yield api


@pytest.fixture
async def account(api: RunningApi) -> Account:
    """An account; its keys serve the API."""
    return await api.open_account()


@pytest.fixture
async def owner(api: RunningApi, account: Account) -> Browser:
    """An owner of the account, signed in."""
    return await signed_in(api, account.id, email="owner@example.com")
