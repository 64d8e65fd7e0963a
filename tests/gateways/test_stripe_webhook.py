"""Which events are taken for Stripe's, and what they are about."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from services.gateways.stripe.webhook import TOLERANCE_SECONDS, Notice, WrongSignature, notice_of, verify

SECRET = "whsec_1234567890"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
BODY = b'{"id": "evt_1"}'


def _signed(body: bytes = BODY, secret: str = SECRET, at: int = SECONDS) -> str:
    return f"t={at},v1={hmac.digest(secret.encode(), b'%d.%s' % (at, body), hashlib.sha256).hex()}"


def _event(kind: str, **about: Any) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}}).encode()


def test_what_stripe_signs_is_taken() -> None:
    verify(BODY, _signed(), SECRET, NOW)
    verify(BODY, _signed(at=SECONDS - TOLERANCE_SECONDS), SECRET, NOW)
    old_and_new = f"{_signed(secret='whsec_old')},{_signed().partition(',')[2]},v0=test"
    verify(BODY, old_and_new, SECRET, NOW)


def test_our_signatures_are_those_of_stripes_own_library() -> None:
    now = int(datetime.now(UTC).timestamp())
    header = _signed(at=now)
    event = stripe.Webhook.construct_event(  # pyright: ignore[reportUnknownMemberType]
        _event("payment_intent.succeeded"), _signed(_event("payment_intent.succeeded"), at=now), SECRET
    )
    assert event["id"] == "evt_1"
    verify(BODY, header, SECRET, datetime.now(UTC))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v1=",
        "t=,v1=",
        f"t={SECONDS}",
        _signed(secret="whsec_another"),
        _signed(body=BODY + b" "),
        _signed(at=SECONDS - TOLERANCE_SECONDS - 1),
        _signed(at=SECONDS + TOLERANCE_SECONDS + 1),
        _signed().replace("v1=", "v0="),
        f"t={SECONDS},{_signed(at=SECONDS - 1)}",
        f"t=²,{_signed().partition(',')[2]}",
        f"t={SECONDS},v1=é",
    ],
)
def test_everything_else_is_not(signature: str) -> None:
    with pytest.raises(WrongSignature):
        verify(BODY, signature, SECRET, NOW)


def test_an_event_names_what_it_is_about() -> None:
    marks = {"peaswap_payment": "pay_1", "peaswap_key": "pay_1:1"}
    for kind in ("succeeded", "payment_failed", "canceled", "amount_capturable_updated"):
        body = _event(f"payment_intent.{kind}", id="pi_1", object="payment_intent", metadata=marks)
        assert notice_of(body) == Notice(id="evt_1", type=f"payment_intent.{kind}", payment="pay_1")
    charge = _event("charge.refunded", id="ch_1", object="charge", metadata=marks, payment_intent="pi_1")
    assert notice_of(charge) == Notice(id="evt_1", type="charge.refunded", payment="pay_1")
    for kind in ("refund.updated", "refund.failed", "charge.refund.updated"):
        refund = _event(kind, id="re_9", object="refund", metadata={"peaswap_key": "refund:re_1"})
        assert notice_of(refund) == Notice(id="evt_1", type=kind, refund="re_1")
    dispute = _event("charge.dispute.created", id="dp_1", object="dispute", payment_intent="pi_1", amount=5)
    found = notice_of(dispute)
    assert found is not None
    assert found.dispute is not None
    assert (found.dispute.charge, found.dispute.amount, found.payment) == ("pi_1", 5, None)


@pytest.mark.parametrize(
    "body",
    [
        _event("payment_intent.succeeded", id="pi_1", object="payment_intent", metadata={}),
        _event("payment_intent.succeeded", id="pi_1", object="payment_intent"),
        _event("payment_intent.succeeded", id="pi_1", object="payment_intent", metadata={"peaswap_payment": 7}),
        _event("refund.updated", id="re_9", object="refund", metadata={"peaswap_key": "pay_1:1"}),
        _event("a.thing.of.next.year", id="x", object="thing", metadata={"peaswap_payment": "pay_1"}),
        _event("payout.paid"),
        b"[]",
        b"{",
        b"\xff",
        b"",
    ],
)
def test_an_event_about_nothing_of_ours_is_about_nothing(body: bytes) -> None:
    found = notice_of(body)
    assert found is None or (found.payment, found.refund, found.dispute) == (None, None, None)
