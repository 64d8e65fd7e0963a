"""Changing a payment, and setting amounts aside for refunds."""

import pytest
from msgspec import UNSET

from services.billing.payments.commands import (
    CapturePayment,
    RecordCapture,
    ReleaseRefund,
    ReserveRefund,
    UpdatePayment,
)
from services.billing.payments.decider import PaymentUnexpectedState, RefundTooLarge
from services.billing.payments.events import PaymentRefundReleased, PaymentRefundStarted, PaymentUpdated
from tests.billing.payments.examples import EVERY_STATE, RESERVED, SUCCEEDED, UNCONFIRMED, WITHOUT_METHOD

REFUNDABLE = {"SUCCEEDED"}
UPDATABLE = {"WITHOUT_METHOD", "UNCONFIRMED"}


@pytest.mark.parametrize("name", sorted(EVERY_STATE))
def test_words_about_a_payment_can_change_at_any_time(name: str) -> None:
    scenario = EVERY_STATE[name]
    assert scenario.state is not None
    command = UpdatePayment(description="A table", metadata={"paid_by": "Ada"})
    payment = scenario.when(command).then(
        PaymentUpdated(description="A table", metadata={"order": "7", "paid_by": "Ada"})
    )
    assert (payment.status, payment.asked) == (scenario.state.status, scenario.state.asked)


def test_only_what_changes_is_told() -> None:
    UNCONFIRMED.when(UpdatePayment(description="A chair", amount=1000, payment_method="pm_1")).then()
    UNCONFIRMED.when(UpdatePayment()).then()
    assert UNCONFIRMED.when(UpdatePayment(description=None)).then(PaymentUpdated(description=None)).description is None


def test_metadata_is_merged_when_it_is_decided() -> None:
    first = UNCONFIRMED.after(UpdatePayment(metadata={"a": "1"}), UpdatePayment(metadata={"b": "2", "order": ""}))
    assert first.state is not None
    assert first.state.metadata == {"a": "1", "b": "2"}
    first.when(UpdatePayment(metadata=UNSET)).then()
    assert first.when(UpdatePayment(metadata=None)).then(PaymentUpdated(metadata={})).metadata == {}


def test_amount_and_method_can_change_before_the_payment_is_confirmed() -> None:
    assert UNCONFIRMED.when(UpdatePayment(amount=900)).then(PaymentUpdated(amount=900)).amount == 900
    chosen = WITHOUT_METHOD.when(UpdatePayment(payment_method="pm_2")).then(PaymentUpdated(payment_method="pm_2"))
    assert chosen.status == "REQUIRES_CONFIRMATION"
    cleared = UNCONFIRMED.when(UpdatePayment(payment_method=None)).then(PaymentUpdated(payment_method=None))
    assert cleared.status == "REQUIRES_PAYMENT_METHOD"


@pytest.mark.parametrize("name", sorted(set(EVERY_STATE) - UPDATABLE))
def test_amount_and_method_are_fixed_by_the_first_attempt(name: str) -> None:
    EVERY_STATE[name].when(UpdatePayment(amount=900)).refused(
        PaymentUnexpectedState, code="payment_unexpected_state", param="amount"
    )
    EVERY_STATE[name].when(UpdatePayment(payment_method="pm_2")).refused(PaymentUnexpectedState, param="payment_method")


@pytest.mark.parametrize("name", sorted(EVERY_STATE))
def test_what_stands_on_statements_is_fixed_while_the_gateway_is_asked(name: str) -> None:
    scenario, change = EVERY_STATE[name], UpdatePayment(statement_descriptor="Gold")
    assert scenario.state is not None
    if scenario.state.asked == "charge":
        scenario.when(change).refused(PaymentUnexpectedState, param="statement_descriptor")
    else:
        assert scenario.when(change).then(PaymentUpdated(statement_descriptor="Gold")).statement_descriptor == "Gold"


def test_refunds_share_what_was_received() -> None:
    first = SUCCEEDED.when(ReserveRefund("re_1", 600)).then(PaymentRefundStarted(refund="re_1", amount=600))
    assert (first.status, first.amount_refunded) == ("SUCCEEDED", 600)
    after = SUCCEEDED.after(ReserveRefund("re_1", 600))
    after.when(ReserveRefund("re_2", 401)).refused(RefundTooLarge, code="amount_too_large", param="amount")
    after.when(ReserveRefund("re_2", 400)).then(PaymentRefundStarted(refund="re_2", amount=400))


def test_a_refund_is_set_aside_once() -> None:
    SUCCEEDED.after(ReserveRefund("re_1", 600)).when(ReserveRefund("re_1", 600)).then()


def test_what_a_failed_refund_had_set_aside_is_free_again() -> None:
    after = SUCCEEDED.after(ReserveRefund("re_1", 600))
    payment = after.when(ReleaseRefund("re_1")).then(PaymentRefundReleased(refund="re_1", amount=600))
    assert payment.amount_refunded == 0
    after.after(ReleaseRefund("re_1")).when(ReleaseRefund("re_1")).then()
    SUCCEEDED.when(ReleaseRefund("re_9")).then()


def test_of_a_partial_capture_only_what_was_taken_can_go_back() -> None:
    captured = RESERVED.after(CapturePayment(600), RecordCapture(2, 600))
    captured.when(ReserveRefund("re_1", 601)).refused(RefundTooLarge)
    captured.when(ReserveRefund("re_1", 600)).then(PaymentRefundStarted(refund="re_1", amount=600))


@pytest.mark.parametrize("name", sorted(set(EVERY_STATE) - REFUNDABLE))
def test_only_what_was_received_can_go_back(name: str) -> None:
    EVERY_STATE[name].when(ReserveRefund("re_1", 1)).refused(PaymentUnexpectedState)
