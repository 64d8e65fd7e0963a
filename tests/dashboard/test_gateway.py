"""The payment gateway in the dashboard: chosen by owners, its secrets written and never shown."""

import re
from collections.abc import AsyncGenerator

import pytest

from services.dashboard.guarding import BROWSER_COOKIE, SESSION_COOKIE
from services.dashboard.sessions import Sessions
from tests.support.app import RunningApi, running_api, settings_for
from tests.support.browser import signed_in_beside
from tests.support.localstripe import SECRET_KEY, localstripe

AT = "/dashboard/live/settings/gateway"
KEY, SIGNING = "sk_live_51abcdefgh1234", "whsec_abcdefgh5678"


async def test_live_has_no_gateway_until_an_owner_chooses_one(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    member = await signed_in_beside(api, email="member@example.com", role="MEMBER")
    await owner.open("/dashboard/live")
    assert "No payment gateway is chosen" in owner.page
    assert AT in owner.page
    await member.open("/dashboard/live")
    assert ("No payment gateway is chosen" in member.page, AT in member.page) == (True, False)
    await member.open(AT)
    assert member.status == 403

    await owner.open(AT)
    await owner.send(AT, provider="STRIPE")
    assert (owner.status, 'id="secret_key-note"' in owner.page) == (400, True)
    await owner.send(AT, provider="STRIPE", secret_key="sk_test_51abcdefgh1234", webhook_secret=SIGNING)
    assert "a secret key of Stripe&#39;s live mode" in owner.page
    assert "abcdefgh" not in owner.page
    await owner.send(AT, provider="STRIPE", secret_key=KEY)
    assert "Payment gateway saved." in owner.page
    assert ("…1234" in owner.page, "events are not taken" in owner.page, KEY in owner.page) == (True, True, False)
    await owner.open(AT)
    assert "Set, ends in 1234. Leave it empty to keep it." in owner.page
    await owner.send(AT, provider="STRIPE", webhook_secret=SIGNING)
    assert ("…1234" in owner.page, "…5678" in owner.page, SIGNING in owner.page) == (True, True, False)
    await owner.open("/dashboard/live")
    assert "No payment gateway is chosen" not in owner.page


async def test_test_goes_from_the_simulated_gateway_to_stripe_and_back(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    at = AT.replace("live", "test")
    await owner.open("/dashboard/test/settings")
    assert "Simulated gateway" in owner.page
    await owner.open(at)
    await owner.send(at, provider="STRIPE", secret_key=KEY.replace("live", "test"))
    assert "…1234" in owner.page
    await owner.open(at)
    await owner.send(at, provider="SIMULATOR", secret_key="typed by mistake")
    assert ("Payment gateway saved." in owner.page, "Simulated gateway" in owner.page) == (True, True)


@pytest.fixture
async def beside_stripe(database: str, redis_url: str) -> AsyncGenerator[RunningApi]:
    """The API, with a stand-in where Stripe is."""
    with localstripe() as standin:
        async with running_api(settings_for(database, redis_url, None, stripe_url=standin.url)) as running:
            yield running


async def test_a_key_that_stripe_does_not_know_is_refused_and_one_that_it_knows_charges(
    beside_stripe: RunningApi,
) -> None:
    api, at = beside_stripe, AT.replace("live", "test")
    owner = await signed_in_beside(api)
    auditor = await signed_in_beside(api, email="auditor@example.com", role="AUDITOR")
    payment = {"amount": 2500, "currency": "eur", "payment_method": "pm_card_visa"}
    await owner.open(at)
    await owner.send(at, provider="STRIPE", secret_key="rk_test_ofSomebodyElse")
    assert (owner.status, "Stripe does not know this key" in owner.page) == (400, True)
    assert re.search(r'<span class="error" id="secret_key-note">Stripe does not know', owner.page)
    assert "ofSomebodyElse" not in owner.page
    await owner.send(at, provider="STRIPE", secret_key=SECRET_KEY)
    assert ("Payment gateway saved." in owner.page, f"…{SECRET_KEY[-4:]}" in owner.page) == (True, True)
    charged = (await api.client.post("/v1/payments", json=payment)).json()
    assert (charged["status"], charged["gateway"]) == ("SUCCEEDED", "stripe")
    await owner.open(f"/dashboard/test/payments/{charged['id']}")
    assert "Stripe" in owner.page
    await auditor.open("/dashboard/test/settings")
    assert (auditor.status, at in auditor.page) == (200, False)
    await auditor.open(at)
    assert auditor.status == 403
    await auditor.open("/dashboard/test")
    await auditor.send(at, provider="SIMULATOR")
    assert auditor.status == 403
    assert (await api.client.get("/v1/account")).json()["gateway"]["provider"] == "STRIPE"


async def test_a_session_that_ends_keeps_no_secret(api: RunningApi) -> None:
    owner = await signed_in_beside(api)
    await owner.open(AT)
    await Sessions(api.redis).end(owner.client.cookies[SESSION_COOKIE])
    await owner.send(AT, provider="STRIPE", secret_key=KEY, webhook_secret=SIGNING)
    assert owner.at == "/dashboard/sign-in"
    other = await signed_in_beside(api, email="other@example.com")
    other.client.cookies.update({BROWSER_COOKIE: owner.client.cookies[BROWSER_COOKIE]})
    await other.open(AT)
    assert (other.status, "abcdefgh" in other.page) == (200, False)
