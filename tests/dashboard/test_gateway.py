"""The payment gateway in the dashboard: chosen by owners, its secrets written and never shown."""

from services.dashboard.guarding import BROWSER_COOKIE, SESSION_COOKIE
from services.dashboard.sessions import Sessions
from tests.support.app import RunningApi
from tests.support.browser import signed_in_beside

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
