"""Making payments, confirming them, and what the gateway's word on a charge leads to."""

import pytest
from msgspec.structs import replace

from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    ConfirmPayment,
    Method,
    PaymentCommand,
    RecordOutcome,
    RecordRelease,
    ReleaseRefund,
    ReserveRefund,
    UpdatePayment,
)
from services.billing.payments.decider import (
    ATTEMPTS_MAX,
    PAYMENTS,
    OnlyCardsAreReserved,
    PaymentExists,
    PaymentMissing,
    PaymentUnexpectedState,
    TooManyAttempts,
)
from services.billing.payments.events import PaymentAuthorized, PaymentCanceled, PaymentProcessing
from services.gateways.gateway import Authorized, Captured, Declined, Pending, Released
from tests.billing.payments.examples import (
    BANK,
    DECLINED,
    EVERY_STATE,
    FAILED,
    NOTHING,
    OTHER_CARD,
    RESERVED,
    SETTLING,
    SUCCEEDED,
    UNCONFIRMED,
    UNKNOWN,
    WITHOUT_METHOD,
    created,
    failed,
    new_payment,
    started,
    status_of,
    succeeded,
)
from tests.support.scenario import ASKED_AT, GIVEN_AT

CONFIRMABLE = {"WITHOUT_METHOD", "UNCONFIRMED", "FAILED"}


def test_a_new_payment_starts_its_first_attempt_at_once() -> None:
    payment = NOTHING.when(new_payment()).then(created(), started())
    assert (payment.status, payment.asked, payment.asked_at) == ("PROCESSING", "charge", ASKED_AT)
    assert [attempt.status for attempt in payment.attempts] == ["PROCESSING"]


def test_a_payment_that_is_to_be_confirmed_later_starts_nothing() -> None:
    payment = NOTHING.when(new_payment(confirm=False)).then(created())
    assert (payment.status, payment.asked, payment.attempts) == ("REQUIRES_CONFIRMATION", None, ())


def test_a_payment_without_a_method_waits_for_one() -> None:
    payment = NOTHING.when(new_payment(method=None)).then(created(method=None))
    assert (payment.status, payment.asked) == ("REQUIRES_PAYMENT_METHOD", None)


def test_a_payment_is_created_once() -> None:
    UNKNOWN.when(new_payment()).refused(PaymentExists)


def test_the_customers_key_seals_a_payment_that_has_one() -> None:
    assert PAYMENTS.subject(new_payment()) == "cust_1"
    assert PAYMENTS.subject(CancelPayment()) is None


@pytest.mark.parametrize(
    "command",
    [
        UpdatePayment(),
        ConfirmPayment(method=OTHER_CARD),
        CapturePayment(),
        CancelPayment(),
        RecordOutcome(1, DECLINED),
        RecordRelease(1),
        ReserveRefund("re_1", 1),
        ReleaseRefund("re_1"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_can_be_done_to_a_payment_that_does_not_exist(command: PaymentCommand) -> None:
    NOTHING.when(command).refused(PaymentMissing)


def test_the_charge_is_taken() -> None:
    payment = UNKNOWN.when(RecordOutcome(1, Captured("ch_1", 1000))).then(succeeded())
    assert (payment.status, payment.amount_received, payment.gateway_reference) == ("SUCCEEDED", 1000, "ch_1")
    assert (payment.asked, payment.asked_at, payment.last_error) == (None, None, None)
    assert payment.attempts[0].status == "SUCCEEDED"


def test_a_decline_is_an_event_and_keeps_its_reason() -> None:
    payment = UNKNOWN.when(RecordOutcome(1, DECLINED)).then(failed())
    assert (payment.status, payment.amount_received, payment.asked) == ("FAILED", 0, None)
    assert payment.last_error is not None
    assert (payment.last_error.code, payment.last_error.decline_code) == ("card_declined", "insufficient_funds")
    assert payment.attempts[0].error == payment.last_error


def test_a_bank_debit_settles_later() -> None:
    settling = NOTHING.after(new_payment(method=BANK)).when(RecordOutcome(1, Pending("ch_1")))
    assert settling.then(PaymentProcessing(gateway_reference="ch_1")).status == "PROCESSING"
    assert SETTLING.when(RecordOutcome(1, Captured("ch_1", 1000))).then(succeeded()).status == "SUCCEEDED"
    assert SETTLING.when(RecordOutcome(1, DECLINED)).then(failed()).status == "FAILED"


def test_that_it_still_settles_is_told_once() -> None:
    SETTLING.when(RecordOutcome(1, Pending("ch_1"))).then()


def test_a_reservation_waits_to_be_captured() -> None:
    waiting = NOTHING.after(new_payment(capture_method="MANUAL"))
    payment = waiting.when(RecordOutcome(1, Authorized("ch_1", 1000))).then(
        PaymentAuthorized(amount=1000, gateway_reference="ch_1")
    )
    assert (payment.status, payment.amount_capturable, payment.amount_received) == ("REQUIRES_CAPTURE", 1000, 0)


def test_a_reservation_that_was_given_back_before_we_heard_of_it_cancels_the_payment() -> None:
    payment = UNKNOWN.when(RecordOutcome(1, Released("ch_1"))).then(PaymentCanceled())
    assert (payment.status, payment.asked) == ("CANCELED", None)
    assert payment.attempts[0].status == "FAILED"


@pytest.mark.parametrize("outcome", [Captured("ch_9", 1000), DECLINED, Pending("ch_9"), Released("ch_9")], ids=repr)
def test_an_outcome_is_recorded_once(outcome: Captured | Declined | Pending | Released) -> None:
    for settled in (SUCCEEDED, FAILED, RESERVED):
        settled.when(RecordOutcome(1, outcome)).then()


def test_a_late_answer_to_an_earlier_attempt_says_nothing_of_the_next() -> None:
    second = FAILED.after(ConfirmPayment(method=OTHER_CARD))
    second.when(RecordOutcome(1, Captured("ch_1", 1000))).then()
    second.when(RecordOutcome(2, Captured("ch_1", 1000))).then(succeeded())


def test_a_failed_payment_is_confirmed_again_with_another_method() -> None:
    payment = FAILED.when(ConfirmPayment(method=OTHER_CARD)).then(started(2, OTHER_CARD))
    assert (payment.status, payment.payment_method, payment.last_error) == ("PROCESSING", "pm_2", None)
    assert [attempt.status for attempt in payment.attempts] == ["FAILED", "PROCESSING"]


def test_a_payment_goes_to_the_gateway_that_knows_the_method() -> None:
    stripes = Method("pm_3", "card:pm_3@cus_1", gateway="stripe")
    payment = FAILED.when(ConfirmPayment(method=stripes)).then(replace(started(2, stripes), gateway="stripe"))
    assert (payment.gateway, payment.attempts[-1].token) == ("stripe", "card:pm_3@cus_1")
    ours = Method("pm_2", "tok_mastercard", gateway="simulator")
    assert FAILED.when(ConfirmPayment(method=ours)).then(started(2, OTHER_CARD)).gateway == "simulator"
    first = replace(created(method=stripes), gateway="stripe")
    assert NOTHING.when(new_payment(method=stripes)).then(first, started(1, stripes)).gateway == "stripe"


def test_a_payment_is_confirmed_later() -> None:
    UNCONFIRMED.when(ConfirmPayment(method=OTHER_CARD)).then(started(1, OTHER_CARD))
    WITHOUT_METHOD.when(ConfirmPayment(method=OTHER_CARD)).then(started(1, OTHER_CARD))


@pytest.mark.parametrize("name", sorted(set(EVERY_STATE) - CONFIRMABLE))
def test_no_attempt_starts_unless_none_is_under_way_and_none_succeeded(name: str) -> None:
    refusal = EVERY_STATE[name].when(ConfirmPayment(method=OTHER_CARD)).refused(PaymentUnexpectedState)
    assert refusal.refusal_code == "payment_unexpected_state"
    assert status_of(EVERY_STATE[name]) in refusal.message


def test_attempts_come_to_an_end() -> None:
    scenario = UNKNOWN
    for number in range(1, ATTEMPTS_MAX + 1):
        scenario = scenario.after(RecordOutcome(number, DECLINED))
        if number < ATTEMPTS_MAX:
            scenario = scenario.after(ConfirmPayment(method=OTHER_CARD))
    scenario.when(ConfirmPayment(method=OTHER_CARD)).refused(TooManyAttempts)


def test_only_cards_can_be_reserved() -> None:
    NOTHING.when(new_payment(method=BANK, capture_method="MANUAL")).refused(
        OnlyCardsAreReserved, param="capture_method"
    )
    manual = NOTHING.after(new_payment(capture_method="MANUAL", confirm=False))
    manual.when(ConfirmPayment(method=BANK)).refused(OnlyCardsAreReserved, param="capture_method")


def test_whoever_hands_an_attempt_over_says_so_in_the_event() -> None:
    payment = UNCONFIRMED.when(ConfirmPayment(method=Method("pm_1", "tok_visa"), handed_over=True)).then(
        started(handed_over=True)
    )
    assert payment.handed_over
    assert GIVEN_AT < ASKED_AT == payment.asked_at
