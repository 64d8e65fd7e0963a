"""The whole product with an account that charges through Stripe, on localstripe: what it takes and gives back stands in
both books alike, whatever is lost on the way."""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.app import RunningApi, running_api, settings_for
from tests.support.billing import Shop
from tests.support.gateway import SimulatorProcess
from tests.support.leaks import tables_with
from tests.support.localstripe import SECRET_KEY, LocalStripe
from tests.support.processes import Api, fleet, until
from tests.support.proxy import FaultProxy, fault_proxy

WEBHOOK_SECRET = "whsec_c29tZXRoaW5nT25seVdlS25vdw"
GATEWAY = {"provider": "STRIPE", "secret_key": SECRET_KEY, "webhook_secret": WEBHOOK_SECRET}
PAYMENT = {"amount": 2500, "currency": "eur"}


@pytest.fixture
async def proxy(stripe_server: LocalStripe) -> AsyncGenerator[FaultProxy]:
    async with fault_proxy(stripe_server.url) as running:
        yield running


@pytest.fixture
async def stripe_api(database: str, redis_url: str, proxy: FaultProxy) -> AsyncGenerator[RunningApi]:
    """The API without any simulated gateway, and an account that has chosen Stripe for test."""
    async with running_api(
        settings_for(database, redis_url, None, stripe_url=proxy.url, gateway_timeout_seconds="8")
    ) as running:
        chosen = await running.client.put("/v1/account", json={"gateway": GATEWAY})
        assert chosen.status_code == 200, chosen.text
        yield running


async def _webhook(api: RunningApi, body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None) -> httpx.Response:
    path = (await api.client.get("/v1/account")).json()["gateway"]["webhook_path"]
    return await api.client.post(path, content=body, headers=_signature(body, secret, at))


def _signature(body: bytes, secret: str = WEBHOOK_SECRET, at: int | None = None) -> dict[str, str]:
    at = int(time.time()) if at is None else at
    signed = hmac.digest(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hex()
    return {"Stripe-Signature": f"t={at},v1={signed}", "Authorization": ""}


def _about(payment: str) -> bytes:
    return _event("payment_intent.succeeded", object="payment_intent", metadata={"peaswap_payment": payment})


def _event(kind: str, **about: Any) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}}).encode()


async def test_a_customer_pays_with_a_saved_card_and_is_given_money_back(
    stripe_api: RunningApi, stripe_server: LocalStripe
) -> None:
    api = stripe_api
    customer = (await api.create_customer())["id"]
    method = (await api.client.post("/v1/payment_methods/pm_card_visa/attach", json={"customer": customer})).json()
    assert (method["card"]["brand"], method["card"]["last4"]) == ("visa", "4242")
    body = {**PAYMENT, "customer": customer, "payment_method": method["id"]}
    payment = (await api.client.post("/v1/payments", json=body)).json()
    assert (payment["status"], payment["gateway"]) == ("SUCCEEDED", "stripe")
    assert payment["gateway_reference"].startswith("pi_")
    refund = await api.client.post("/v1/refunds", json={"payment": payment["id"], "amount": 1000})
    assert refund.json()["status"] == "SUCCEEDED"
    books = await stripe_server.books(payment["id"])
    assert (books["captures"], books["captured"], books["refunded"]) == (1, 2500, 1000)
    declined = await api.client.post(
        "/v1/payment_methods/pm_card_chargeCustomerFail/attach", json={"customer": customer}
    )
    refused = await api.client.post("/v1/payments", json={**body, "payment_method": declined.json()["id"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "card_declined")
    unsaved = await api.client.post(
        "/v1/payment_methods/pm_card_visa_chargeDeclined/attach", json={"customer": customer}
    )
    assert (unsaved.status_code, unsaved.json()["error"]["decline_code"]) == (402, "generic_decline")
    detached = await api.client.post(f"/v1/payment_methods/{method['id']}/detach")
    assert detached.json()["customer"] is None


async def test_a_reservation_is_captured_and_another_given_back(
    stripe_api: RunningApi, stripe_server: LocalStripe
) -> None:
    for action, body, status, captured in (
        ("capture", {"amount": 700}, "SUCCEEDED", 700),
        ("cancel", {}, "CANCELED", 0),
    ):
        reserve = {**PAYMENT, "capture_method": "MANUAL"}
        payment = (await stripe_api.client.post("/v1/payments", json=reserve)).json()
        assert (payment["status"], payment["amount_capturable"]) == ("REQUIRES_CAPTURE", 2500)
        done = (await stripe_api.client.post(f"/v1/payments/{payment['id']}/{action}", json=body)).json()
        assert (done["status"], done["amount_received"]) == (status, captured)
        assert (await stripe_server.books(payment["id"]))["captured"] == captured


async def test_a_subscription_renews_through_stripe(stripe_api: RunningApi, stripe_server: LocalStripe) -> None:
    shop = await Shop.open(stripe_api, "2024-01-31T00:00:00Z")
    await shop.card()
    subscription = await shop.subscribe(await shop.price(1500))
    assert subscription["status"] == "ACTIVE"
    await shop.until("2024-03-31T00:00:01Z")
    invoices = await shop.invoices(subscription["id"])
    assert [(each["status"], each["amount_paid"]) for each in invoices] == [("PAID", 1500)] * 3
    for each in invoices:
        assert (await stripe_server.books(each["payment"]))["captured"] == 1500


async def test_a_payment_stays_with_the_gateway_that_took_it(
    stripe_api: RunningApi, stripe_server: LocalStripe
) -> None:
    api = stripe_api
    payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()
    chosen = await api.client.put("/v1/account", json={"gateway": {"provider": "SIMULATOR"}})
    assert chosen.json()["gateway"]["provider"] == "SIMULATOR"

    async def elsewhere() -> httpx.Response | None:
        response = await api.client.post("/v1/payments", json=PAYMENT)
        return response if response.status_code == 503 else None

    # No simulated gateway runs here, which says that new charges would go to it.
    assert (await until(elsewhere)).json()["error"]["code"] == "gateway_unavailable"
    refund = await api.client.post("/v1/refunds", json={"payment": payment["id"]})
    assert refund.json()["status"] == "SUCCEEDED"
    assert (await stripe_server.books(payment["id"]))["refunded"] == 2500


async def test_wrong_credentials_leave_a_payment_processing_until_they_are_right(
    stripe_api: RunningApi, stripe_server: LocalStripe, proxy: FaultProxy
) -> None:
    api = stripe_api
    proxy.arm("reset_after", b"POST /v1/payment_intents")
    payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()
    assert payment["status"] == "PROCESSING"
    # Stripe is silent when it is asked whether it knows the key.
    proxy.arm("reset_before", b"GET /v1/balance")
    wrong = {"gateway": {"secret_key": "rk_test_revokedAtStripe"}}
    assert (await api.client.put("/v1/account", json=wrong)).status_code == 200

    async def locked_out() -> bool | None:
        # A changed secret is known within a moment.
        another = (await api.client.post("/v1/payments", json=PAYMENT)).json()
        return True if another["status"] == "PROCESSING" else None

    async def settled() -> bool | None:
        assert (await _webhook(api, _about(payment["id"]))).status_code == 200
        found = (await api.client.get(f"/v1/payments/{payment['id']}")).json()
        assert found["status"] in {"PROCESSING", "SUCCEEDED"}
        return True if found["status"] == "SUCCEEDED" else None

    assert await until(locked_out)
    assert await settled() is None
    await api.client.put("/v1/account", json={"gateway": {"secret_key": SECRET_KEY}})
    assert await until(settled)
    assert (await stripe_server.books(payment["id"]))["captures"] == 1


async def test_events_settle_once_however_often_and_in_whatever_order_they_come(
    stripe_api: RunningApi, stripe_server: LocalStripe, proxy: FaultProxy
) -> None:
    api = stripe_api
    proxy.arm("reset_after", b"POST /v1/payment_intents")
    payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()
    assert payment["status"] == "PROCESSING"
    marks = {"metadata": {"peaswap_payment": payment["id"]}}
    kinds = ("canceled", "payment_failed", "succeeded", "succeeded", "amount_capturable_updated", "payment_failed")
    bodies = [_event(f"payment_intent.{kind}", id="pi_1", object="payment_intent", **marks) for kind in kinds]
    answers = await asyncio.gather(*(_webhook(api, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    # What an event says of the money is not believed: Stripe is asked.
    settled = (await api.client.get(f"/v1/payments/{payment['id']}")).json()
    assert (settled["status"], settled["amount_received"]) == ("SUCCEEDED", 2500)
    assert (await stripe_server.books(payment["id"]))["captures"] == 1
    history = await api.engine.store.read(await api.tenant(), f"payment-{payment['id']}")
    assert [each.type for each in history] == ["payment.created", "payment.attempt_started", "payment.succeeded"]


async def test_an_event_settles_a_refund_whose_answer_was_lost(
    stripe_api: RunningApi, stripe_server: LocalStripe, proxy: FaultProxy
) -> None:
    api = stripe_api
    payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()["id"]
    for kind in ("refund", "charge"):
        proxy.arm("cut_after", b"POST /v1/refunds")
        refund = (await api.client.post("/v1/refunds", json={"payment": payment, "amount": 500})).json()
        assert refund["status"] == "PENDING"
        marks = {"peaswap_key": f"refund:{refund['id']}"} if kind == "refund" else {"peaswap_payment": payment}
        for _ in range(2):
            assert (await _webhook(api, _event("charge.refunded", object=kind, metadata=marks))).status_code == 200
        assert (await api.client.get(f"/v1/refunds/{refund['id']}")).json()["status"] == "SUCCEEDED"
    assert (await stripe_server.books(payment))["refunded"] == 1000


async def test_a_refund_that_the_bank_sends_back_is_told_by_stripes_event(
    stripe_api: RunningApi, stripe_server: LocalStripe
) -> None:
    api = stripe_api
    payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()["id"]
    refund = (await api.client.post("/v1/refunds", json={"payment": payment, "amount": 500})).json()
    marks = {"peaswap_key": f"refund:{refund['id']}"}
    event = _event("refund.failed", object="refund", metadata=marks)
    # An event by itself settles nothing: Stripe still says that it succeeded.
    assert (await _webhook(api, event)).status_code == 200
    assert (await api.client.get(f"/v1/refunds/{refund['id']}")).json()["status"] == "SUCCEEDED"
    asked = await api.client.post(f"/v1/test_helpers/refunds/{refund['id']}/fail")
    assert (asked.status_code, asked.json()["error"]["code"]) == (400, "test_only")
    await stripe_server.fail_refund(refund["gateway_reference"])
    for _ in range(2):
        assert (await _webhook(api, event)).status_code == 200
    failed = (await api.client.get(f"/v1/refunds/{refund['id']}")).json()
    assert (failed["status"], failed["failure_reason"]) == ("FAILED", "The payment gateway could not give it back.")
    assert (await api.client.get(f"/v1/payments/{payment}")).json()["amount_refunded"] == 0
    history = await api.engine.store.read(await api.tenant(), f"refund-{refund['id']}")
    assert [each.type for each in history] == ["refund.created", "refund.succeeded", "refund.returned"]


async def test_what_stripe_did_not_sign_is_nothing(stripe_api: RunningApi) -> None:
    api, stranger = stripe_api, await stripe_api.open_account()
    body = _event("payout.paid", object="payout")
    assert (await _webhook(api, body)).status_code == 200
    assert (await _webhook(api, _about("pay_that_is_not_ours"))).status_code == 200
    assert (await _webhook(api, b"not json")).status_code == 200
    wrong = [await _webhook(api, body, secret="whsec_another"), await _webhook(api, body, at=int(time.time()) - 900)]
    path = "/v1/gateways/stripe/{}/{}/webhook"
    account = (await api.client.get("/v1/account")).json()["id"]
    others = ((account, "live"), (account, "prod"), (stranger.id, "test"), ("acct_x", "test"))
    for who, environment in ((account, "test"), *others):
        wrong.append(await api.client.post(path.format(who, environment), content=body))
    for answer in wrong:
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "signature_invalid")
    assert (await api.client.post(path.format(account, "test"), content=b"x" * 2**21)).status_code == 413
    assert (await api.client.get(path.format(account, "test"))).status_code == 405


async def test_stripes_own_events_settle_what_was_lost_and_no_secret_is_anywhere(
    database: str,
    redis_url: str,
    gateway: SimulatorProcess,
    tmp_path: Path,
    stripe_server: LocalStripe,
    proxy: FaultProxy,
) -> None:
    async with fleet(tmp_path, database, redis_url, gateway) as running:
        api = await running.api(PEASWAP_STRIPE_URL=proxy.url, PEASWAP_LOG_LEVEL="debug")
        wrong = {"gateway": {**GATEWAY, "webhook_secret": f"{WEBHOOK_SECRET} "}}
        assert (await api.client.put("/v1/account", json=wrong)).status_code == 400
        account = (await api.client.put("/v1/account", json={"gateway": GATEWAY})).json()
        await stripe_server.sends_webhooks(f"{api.url}{account['gateway']['webhook_path']}", WEBHOOK_SECRET)
        proxy.arm("reset_after", b"POST /v1/payment_intents")
        payment = (await api.client.post("/v1/payments", json=PAYMENT)).json()
        assert payment["status"] == "PROCESSING"
        # No worker runs: only Stripe's event can settle it.
        assert (await _settled(api, payment["id"]))["status"] == "SUCCEEDED"
        dispute = _event(
            "charge.dispute.created", id="dp_1", object="dispute", payment_intent="pi_1", reason="fraudulent"
        )
        headers = _signature(dispute)
        assert (await api.client.post(account["gateway"]["webhook_path"], content=dispute, headers=headers)).is_success
        assert (await stripe_server.books(payment["id"]))["captures"] == 1
        replayed = await asyncio.to_thread(running.run, "replay", payment["id"], "--json")
        assert replayed.returncode == 0, replayed.stderr
        said = running.logs() + replayed.stdout + replayed.stderr
    assert "gateway_event" in said
    assert re.search("gateway_dispute.*fraudulent", said)
    for secret in (SECRET_KEY, WEBHOOK_SECRET):
        assert secret not in said
        assert not await tables_with(database, secret)


async def _settled(api: Api, id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        payment = (await api.client.get(f"/v1/payments/{id}")).json()
        return None if payment["status"] == "PROCESSING" else payment

    return await until(look)
