"""Taking what was reserved, and giving it back."""

import pytest

from services.billing.payments.commands import (
    CancelPayment,
    CapturePayment,
    RecordCapture,
    RecordRefusal,
    RecordRelease,
)
from services.billing.payments.decider import CaptureTooLarge, PaymentUnexpectedState
from services.billing.payments.events import (
    PaymentCanceled,
    PaymentCancelFailed,
    PaymentCancelStarted,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCaptureStarted,
)
from tests.billing.payments.examples import (
    CANCELING,
    CAPTURING,
    EVERY_STATE,
    RESERVED,
    SUCCEEDED,
    UNKNOWN,
)

# Each payment in RESERVED was asked for once: the charge. The capture or cancellation is its second question.
SECOND = 2


def test_all_that_is_reserved_is_taken_unless_less_is_named() -> None:
    whole = RESERVED.when(CapturePayment()).then(PaymentCaptureStarted(amount=1000))
    assert (whole.status, whole.asked, whole.capturing) == ("PROCESSING", "capture", 1000)
    RESERVED.when(CapturePayment(1)).then(PaymentCaptureStarted(amount=1))


def test_no_more_is_taken_than_was_reserved() -> None:
    refusal = RESERVED.when(CapturePayment(1001)).refused(CaptureTooLarge, code="amount_too_large", param="amount")
    assert "1000" in refusal.message


def test_what_is_captured_is_received_and_the_rest_released() -> None:
    payment = CAPTURING.when(RecordCapture(SECOND, 600)).then(
        PaymentCaptured(amount_received=600, currency="usd", customer="cust_1")
    )
    assert (payment.status, payment.amount_received, payment.amount_capturable) == ("SUCCEEDED", 600, 0)
    assert (payment.asked, payment.capturing) == (None, 0)


def test_a_capture_is_granted_once() -> None:
    captured = CAPTURING.after(RecordCapture(SECOND, 600))
    captured.when(CapturePayment(400)).refused(PaymentUnexpectedState)
    captured.when(RecordCapture(SECOND, 600)).then()


@pytest.mark.parametrize("name", sorted(set(EVERY_STATE) - {"RESERVED"}))
def test_only_what_is_reserved_can_be_captured(name: str) -> None:
    refusal = EVERY_STATE[name].when(CapturePayment()).refused(PaymentUnexpectedState)
    assert "REQUIRES_CAPTURE" in refusal.message


def test_a_refused_capture_leaves_the_reservation_and_its_reason() -> None:
    payment = CAPTURING.when(RecordRefusal(SECOND, "gateway_error", "No.")).then(
        PaymentCaptureFailed(code="gateway_error", message="No.")
    )
    assert (payment.status, payment.amount_capturable, payment.asked) == ("REQUIRES_CAPTURE", 1000, None)
    assert payment.last_error is not None
    assert payment.last_error.code == "gateway_error"


def test_a_late_answer_to_an_earlier_capture_says_nothing_of_the_next() -> None:
    again = CAPTURING.after(RecordRefusal(SECOND, "gateway_error", "No."), CapturePayment(200))
    for late in (RecordRefusal(SECOND, "gateway_error", "No."), RecordCapture(SECOND, 600), RecordRelease(SECOND)):
        again.when(late).then()
    payment = again.when(RecordCapture(SECOND + 1, 200)).then(
        PaymentCaptured(amount_received=200, currency="usd", customer="cust_1")
    )
    assert payment.last_error is None


def test_a_reservation_that_is_gone_when_it_is_to_be_captured_cancels_the_payment() -> None:
    payment = CAPTURING.when(RecordRelease(SECOND)).then(PaymentCanceled())
    assert (payment.status, payment.amount_capturable, payment.asked) == ("CANCELED", 0, None)


@pytest.mark.parametrize("name", ["WITHOUT_METHOD", "UNCONFIRMED", "FAILED"])
def test_what_was_not_taken_is_called_off_at_once(name: str) -> None:
    assert EVERY_STATE[name].when(CancelPayment()).then(PaymentCanceled()).status == "CANCELED"


def test_a_reservation_is_given_back_by_the_gateway_first() -> None:
    waiting = RESERVED.when(CancelPayment()).then(PaymentCancelStarted())
    assert (waiting.status, waiting.asked) == ("PROCESSING", "cancel")
    payment = CANCELING.when(RecordRelease(SECOND)).then(PaymentCanceled())
    assert (payment.status, payment.amount_capturable) == ("CANCELED", 0)


def test_a_refused_cancellation_leaves_the_reservation() -> None:
    payment = CANCELING.when(RecordRefusal(SECOND, "gateway_error", "No.")).then(
        PaymentCancelFailed(code="gateway_error", message="No.")
    )
    assert (payment.status, payment.amount_capturable, payment.asked) == ("REQUIRES_CAPTURE", 1000, None)


def test_a_cancellation_that_came_too_late_tells_what_was_taken() -> None:
    payment = CANCELING.when(RecordCapture(SECOND, 1000)).then(
        PaymentCaptured(amount_received=1000, currency="usd", customer="cust_1")
    )
    assert (payment.status, payment.amount_received) == ("SUCCEEDED", 1000)


@pytest.mark.parametrize("name", ["UNKNOWN", "SETTLING", "SUCCEEDED", "CAPTURING", "CANCELING", "CANCELED"])
def test_what_is_taken_or_unknown_cannot_be_called_off(name: str) -> None:
    EVERY_STATE[name].when(CancelPayment()).refused(PaymentUnexpectedState)


def test_a_refusal_of_nothing_is_news_to_nobody() -> None:
    for scenario in (UNKNOWN, SUCCEEDED, RESERVED):
        assert scenario.state is not None
        scenario.when(RecordRefusal(scenario.state.questions, "gateway_error", "No.")).then()


def test_a_capture_can_be_handed_over() -> None:
    assert (
        RESERVED.when(CapturePayment(handed_over=True))
        .then(PaymentCaptureStarted(amount=1000, handed_over=True))
        .handed_over
    )
    assert RESERVED.when(CancelPayment(handed_over=True)).then(PaymentCancelStarted(handed_over=True)).handed_over
