"""Choosing the gateway of an environment: who may choose what, and that secrets go in and never come out."""

import asyncio

import pytest

from eventstore.secrets import Secrets
from eventstore.vault import Tampered, Vault
from services.billing.accounts.choosing import CHOICE_SECONDS, GatewayChoices
from services.billing.accounts.commands import UpdateAccount
from services.billing.accounts.decider import ACCOUNTS, SecretMissing, SimulatorIsForTest
from services.billing.accounts.events import (
    AccountChanges,
    AccountGatewayChosen,
    AccountOpened,
    AccountUpdated,
    GatewayChange,
    SecretMark,
)
from services.core.envelope import Envelope
from tests.support.app import RunningApi
from tests.support.scenario import Scenario

KEY, OTHER, HOOK = SecretMark("sec_1", "1234"), SecretMark("sec_2", "5678"), SecretMark("sec_3", "9abc")
OPENED = AccountOpened(id="acct_1", name="Test")
SECRET, WEBHOOK_SECRET = "sk_test_51NeverToBeSeenAgain", "whsec_NeverToBeSeenAgainEither"


def _asks(**change: object) -> UpdateAccount:
    return UpdateAccount(AccountChanges(), GatewayChange(**{"livemode": False, **change}))  # pyright: ignore[reportArgumentType]


def _chosen(**more: object) -> AccountGatewayChosen:
    return AccountGatewayChosen(**{"livemode": False, "provider": "STRIPE", "secret_key": KEY, **more})  # pyright: ignore[reportArgumentType]


def test_a_gateway_is_chosen_with_its_secrets() -> None:
    account = Scenario(ACCOUNTS).given(OPENED)
    account.when(_asks(provider="STRIPE", secret_key=KEY)).then(_chosen())
    account.when(_asks(provider="STRIPE")).refused(SecretMissing)
    account.when(_asks(provider="SIMULATOR", livemode=True)).refused(SimulatorIsForTest)
    account.when(_asks(livemode=True)).refused(SecretMissing)
    account.when(_asks(provider="SIMULATOR")).then()


def test_what_is_absent_stays_and_each_environment_has_its_own() -> None:
    account = Scenario(ACCOUNTS).given(OPENED, _chosen(webhook_secret=HOOK))
    account.when(_asks(provider="STRIPE")).then()
    account.when(_asks(secret_key=OTHER)).then(_chosen(secret_key=OTHER, webhook_secret=HOOK))
    account.when(_asks(webhook_secret=None)).then(_chosen())
    # What Stripe charged can still be given back by it.
    account.when(_asks(provider="SIMULATOR")).then(_chosen(provider="SIMULATOR", webhook_secret=HOOK))
    account.when(_asks(provider="STRIPE", livemode=True)).refused(SecretMissing)
    both = UpdateAccount(AccountChanges(name="New"), GatewayChange(livemode=False, secret_key=OTHER))
    account.when(both).then(AccountUpdated(name="New"), _chosen(secret_key=OTHER, webhook_secret=HOOK))


async def test_secrets_are_shown_by_their_end_only(api: RunningApi) -> None:
    gateway = {"provider": "STRIPE", "secret_key": SECRET, "webhook_secret": WEBHOOK_SECRET}
    headers = {"Idempotency-Key": "choose"}
    first = await api.client.put("/v1/account", json={"gateway": gateway}, headers=headers)
    assert first.status_code == 200, first.text
    again = await api.client.put("/v1/account", json={"gateway": gateway}, headers=headers)
    read = await api.client.get("/v1/account")
    account = read.json()["id"]
    assert read.json()["gateway"] == {
        "provider": "STRIPE",
        "secret_key_last4": "gain",
        "webhook_secret_last4": "ther",
        "webhook_path": f"/v1/gateways/stripe/{account}/test/webhook",
    }
    assert again.headers["idempotent-replayed"] == "true"
    for answer in (first, again, read):
        assert SECRET not in answer.text
        assert WEBHOOK_SECRET not in answer.text


async def test_what_was_replaced_is_removed(api: RunningApi) -> None:
    for secret in (SECRET, f"{SECRET}2"):
        response = await api.client.put("/v1/account", json={"gateway": {"provider": "STRIPE", "secret_key": secret}})
        assert response.status_code == 200
    assert await api.engine.store.pool.fetchval("select count(*) from es.secrets") == 1


@pytest.mark.parametrize(
    ("choice", "code", "param"),
    [
        ({"provider": "STRIPE", "secret_key": "sk_live_ofTheOtherEnvironment"}, "gateway_secret_invalid", "secret_key"),
        ({"provider": "STRIPE", "secret_key": "pk_test_publishable"}, "gateway_secret_invalid", "secret_key"),
        ({"provider": "STRIPE"}, "parameter_missing", "secret_key"),
        ({"webhook_secret": "no secret"}, "gateway_secret_invalid", "webhook_secret"),
        ({"provider": "STRIPE", "secret_key": SECRET, "base_url": "http://169.254.169.254"}, "parameter_unknown", ""),
    ],
)
async def test_what_cannot_be_is_refused(api: RunningApi, choice: dict[str, str], code: str, param: str) -> None:
    response = await api.client.put("/v1/account", json={"gateway": choice})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, code)
    assert error["param"] == f"gateway[{param or 'base_url'}]"
    assert choice.get("secret_key", "-") not in response.text
    assert (await api.client.get("/v1/account")).json()["gateway"]["provider"] == "SIMULATOR"


async def test_live_has_no_gateway_until_one_is_chosen(api: RunningApi) -> None:
    account = await api.open_account()
    card = {"type": "CARD", "card": {"token": "tok_visa"}}
    refused = await api.call("POST", "/v1/payment_methods", account.live_key, json=card)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "gateway_not_configured")
    simulated = await api.call("PUT", "/v1/account", account.live_key, json={"gateway": {"provider": "SIMULATOR"}})
    assert (simulated.status_code, simulated.json()["error"]["code"]) == (400, "gateway_test_only")
    shown = (await api.call("GET", "/v1/account", account.live_key)).json()["gateway"]
    assert shown["provider"] is None


async def test_live_charges_no_card_that_nobody_named(api: RunningApi) -> None:
    account = await api.open_account()
    gateway = {"provider": "STRIPE", "secret_key": "sk_live_thatNobodyIsAskedWith"}
    chosen = await api.call("PUT", "/v1/account", account.live_key, json={"gateway": gateway})
    assert chosen.json()["gateway"]["provider"] == "STRIPE"
    shown = await api.call("GET", "/v1/account", account.test_key)
    assert shown.json()["gateway"]["provider"] == "SIMULATOR"
    payment = await api.call("POST", "/v1/payments", account.live_key, json={"amount": 2500, "currency": "usd"})
    assert (payment.status_code, payment.json()["status"]) == (200, "REQUIRES_PAYMENT_METHOD")
    assert payment.json()["gateway"] == "stripe"


async def test_a_choice_is_known_to_every_process(api: RunningApi) -> None:
    account = (await api.client.get("/v1/account")).json()["id"]
    tenant = await api.engine.tenants.open(f"{account}/test")
    elsewhere = GatewayChoices(api.engine)
    envelope = Envelope(
        tenant=tenant,
        account=account,
        livemode=False,
        actor="system:test",
        request_id="req_test",
        at=api.engine.clock.now(),
    )
    assert (await elsewhere(envelope)).provider is None
    await api.client.put("/v1/account", json={"gateway": {"provider": "STRIPE", "secret_key": SECRET}})
    async with asyncio.timeout(120):
        while (await elsewhere(envelope)).stripe is None:
            await asyncio.sleep(0.01)
    keys = (await elsewhere(envelope)).stripe
    assert keys is not None
    assert keys.secret_key == SECRET
    assert SECRET not in repr(await elsewhere(envelope))
    assert CHOICE_SECONDS < 1


async def test_a_secret_opens_only_with_its_master_key_and_as_itself(api: RunningApi) -> None:
    tenant = await api.engine.tenants.open("acct_a")
    pool, vault = api.engine.store.pool, api.engine.vault
    secrets = Secrets(pool, vault)
    await secrets.keep(tenant, "sec_1", b"one")
    assert await secrets.open(tenant, "sec_1") == b"one"
    with pytest.raises(Tampered):
        await Secrets(pool, Vault(pool, bytes(32))).open(tenant, "sec_1")
    # One that was moved to another's place is no use there.
    await pool.execute(
        """
        insert into es.secrets (shard, tenant, id, sealed)
        select shard, tenant, 'sec_3', sealed
          from es.secrets
        """
    )
    with pytest.raises(Tampered):
        await secrets.open(tenant, "sec_3")
    await secrets.remove(tenant, "sec_1")
    assert await secrets.open(tenant, "sec_1") is None
