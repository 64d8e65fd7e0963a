"""What clients are told of a payment, and when a worker is to look after one."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs

from eventstore.tenants import Tenant
from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    ConfirmPayment,
    PaymentCommand,
    RecordRefusal,
    ReserveRefund,
)
from services.billing.payments.effects import SETTLING_SECONDS, due
from services.billing.payments.events import PaymentEvent
from services.billing.payments.state import Payment
from services.billing.payments.views import charge_answer, payment_object
from services.core.clock import unix
from services.core.envelope import Envelope
from services.core.resume import GATEWAY_SECONDS_MAX, TURN_SECONDS
from tests.billing.payments.examples import (
    CANCELED,
    CARD,
    EVERY_STATE,
    FAILED,
    RESERVED,
    SETTLING,
    SUCCEEDED,
    UNCONFIRMED,
    UNKNOWN,
    state_of,
)
from tests.support.scenario import ASKED_AT, GIVEN_AT, Scenario

TURN = timedelta(seconds=TURN_SECONDS)
ASKED = Envelope(
    tenant=Tenant(shard=0, number=1, name="acct_1/test"),
    account="acct_1",
    livemode=False,
    actor="api_key:key_1",
    request_id="req_1",
    at=ASKED_AT,
)


def test_a_payment_on_the_wire() -> None:
    payment = state_of(SUCCEEDED.after(ReserveRefund("re_1", 400)))
    view: dict[str, Any] = msgspec.to_builtins(payment_object(payment, livemode=False))
    assert view == {
        "id": "pay_1",
        "object": "payment",
        "amount": 1000,
        "amount_capturable": 0,
        "amount_received": 1000,
        "amount_refunded": 400,
        "attempts": [
            {
                "number": 1,
                "status": "SUCCEEDED",
                "payment_method": "pm_1",
                "created": unix(GIVEN_AT),
                "error": None,
            }
        ],
        "capture_method": "AUTOMATIC",
        "created": unix(GIVEN_AT),
        "updated": unix(GIVEN_AT),
        "currency": "usd",
        "customer": "cust_1",
        "description": "A chair",
        "gateway": "simulator",
        "gateway_reference": "ch_1",
        "invoice": None,
        "last_payment_error": None,
        "livemode": False,
        "metadata": {"order": "7"},
        "payment_method": "pm_1",
        "statement_descriptor": None,
        "status": "SUCCEEDED",
        "subscription": None,
    }


def test_a_decline_is_answered_with_the_payment() -> None:
    answer = charge_answer(state_of(FAILED), ASKED)
    error: dict[str, Any] = msgspec.json.decode(answer.body)["error"]
    assert answer.status == 402
    assert (error["type"], error["request_id"]) == ("card_error", "req_1")
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")
    assert error["message"] == "Your card has insufficient funds."
    assert error["payment"]["status"] == "FAILED"
    assert error["payment"]["last_payment_error"]["decline_code"] == "insufficient_funds"


@pytest.mark.parametrize("asked", [CapturePayment(), CancelPayment()], ids=["capture", "cancel"])
def test_what_the_gateway_would_not_do_with_a_reservation_is_answered_with_the_payment(
    asked: CapturePayment | CancelPayment,
) -> None:
    refused = state_of(RESERVED.after(asked, RecordRefusal(2, "gateway_error", "No.")))
    answer = charge_answer(refused, ASKED)
    error: dict[str, Any] = msgspec.json.decode(answer.body)["error"]
    assert (answer.status, error["code"], error["payment"]["status"]) == (402, "gateway_error", "REQUIRES_CAPTURE")
    assert "decline_code" not in error


@pytest.mark.parametrize("name", sorted(set(EVERY_STATE) - {"FAILED"}))
def test_everything_else_is_answered_with_the_payment_alone(name: str) -> None:
    answer = charge_answer(state_of(EVERY_STATE[name]), structs.replace(ASKED, livemode=True))
    assert answer.status == 200
    assert msgspec.json.decode(answer.body)["livemode"] is True


def test_a_failed_payment_that_is_called_off_is_no_decline_any_more() -> None:
    assert charge_answer(state_of(FAILED.after(CancelPayment())), ASKED).status == 200


def test_a_worker_asks_after_the_turn_of_whoever_asked_first() -> None:
    assert GATEWAY_SECONDS_MAX < 10 < TURN_SECONDS
    for scenario in (UNKNOWN, RESERVED.after(CapturePayment()), RESERVED.after(CancelPayment())):
        assert due(state_of(scenario)) == GIVEN_AT + TURN


def test_a_worker_asks_at_once_where_nobody_waits() -> None:
    for scenario in (
        UNCONFIRMED.at(ASKED_AT).after(ConfirmPayment(method=CARD, handed_over=True)),
        RESERVED.at(ASKED_AT).after(CapturePayment(handed_over=True)),
        RESERVED.at(ASKED_AT).after(CancelPayment(handed_over=True)),
    ):
        assert due(state_of(scenario)) == ASKED_AT


def test_a_worker_asks_soon_about_what_settles() -> None:
    assert due(state_of(SETTLING)) == GIVEN_AT + timedelta(seconds=SETTLING_SECONDS)


@pytest.mark.parametrize("scenario", [UNCONFIRMED, SUCCEEDED, FAILED, RESERVED, CANCELED])
def test_what_waits_for_nothing_is_left_alone(scenario: Scenario[Payment, PaymentCommand, PaymentEvent]) -> None:
    assert due(state_of(scenario)) is None


def test_that_a_worker_was_handed_one_question_says_nothing_of_the_next() -> None:
    handed = UNCONFIRMED.after(ConfirmPayment(method=CARD, handed_over=True))
    assert due(state_of(handed)) == GIVEN_AT
    again = FAILED.after(ConfirmPayment(method=CARD))
    assert due(state_of(again)) == GIVEN_AT + TURN
