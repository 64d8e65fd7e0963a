"""What may be done to a refund, and what the gateway's word on it leads to."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.billing.refunds.commands import CreateRefund, RecordRefundOutcome, RefundCommand, UpdateRefund
from services.billing.refunds.decider import REFUNDS, RefundExists, RefundMissing
from services.billing.refunds.effects import due
from services.billing.refunds.events import (
    RefundCreated,
    RefundEvent,
    RefundFailed,
    RefundReturned,
    RefundSucceeded,
    RefundUpdated,
)
from services.billing.refunds.state import Refund
from services.billing.refunds.views import refund_object
from services.core.clock import unix
from services.core.resume import TURN_SECONDS
from services.gateways.gateway import RefundDeclined, Refunded, RefundOutcome, RefundPending
from tests.support.scenario import GIVEN_AT, Scenario

CREATE = CreateRefund(
    id="re_1",
    payment="pay_1",
    customer="cust_1",
    amount=400,
    currency="usd",
    gateway_charge="ch_1",
    reason="DUPLICATE",
    metadata={"ticket": "9"},
)
CREATED = RefundCreated(
    id="re_1",
    payment="pay_1",
    customer="cust_1",
    amount=400,
    currency="usd",
    gateway_charge="ch_1",
    reason="DUPLICATE",
    metadata={"ticket": "9"},
)
WENT_BACK = RefundSucceeded(gateway_reference="gre_1", amount=400, currency="usd", payment="pay_1", customer="cust_1")
NOTHING: Scenario[Refund, RefundCommand, RefundEvent] = Scenario(REFUNDS)
PENDING = NOTHING.given(CREATED)
SUCCEEDED = PENDING.given(WENT_BACK)
FAILED = PENDING.given(RefundFailed(code="gateway_error", message="No."))
RETURNED = RefundReturned(
    code="lost_or_stolen_card", message="Sent back.", amount=400, currency="usd", payment="pay_1", customer="cust_1"
)
SENT_BACK = SUCCEEDED.given(RETURNED)


def test_a_refund_waits_for_the_gateway() -> None:
    refund = NOTHING.when(CREATE).then(CREATED)
    assert (refund.status, refund.gateway_reference) == ("PENDING", None)


def test_a_refund_is_created_once() -> None:
    PENDING.when(CREATE).refused(RefundExists)


@pytest.mark.parametrize("command", [UpdateRefund(), RecordRefundOutcome(Refunded("gre_1"))], ids=repr)
def test_nothing_can_be_done_to_a_refund_that_does_not_exist(command: RefundCommand) -> None:
    NOTHING.when(command).refused(RefundMissing)


def test_the_gateway_gives_it_back() -> None:
    refund = PENDING.when(RecordRefundOutcome(Refunded("gre_1"))).then(WENT_BACK)
    assert (refund.status, refund.gateway_reference) == ("SUCCEEDED", "gre_1")


def test_the_gateway_will_not_give_it_back() -> None:
    refund = PENDING.when(RecordRefundOutcome(RefundDeclined("gateway_error", "No."))).then(
        RefundFailed(code="gateway_error", message="No.")
    )
    assert (refund.status, refund.failure) == ("FAILED", "No.")


def test_what_settles_later_is_asked_again() -> None:
    assert PENDING.when(RecordRefundOutcome(RefundPending("gre_1"))).then().status == "PENDING"


@pytest.mark.parametrize(
    "outcome", [Refunded("gre_2"), RefundDeclined("gateway_error", "No."), RefundPending("gre_2")], ids=repr
)
def test_what_failed_stays_so(outcome: RefundOutcome) -> None:
    FAILED.when(RecordRefundOutcome(outcome)).then()
    SENT_BACK.when(RecordRefundOutcome(outcome)).then()


def test_what_succeeded_may_still_be_sent_back() -> None:
    SUCCEEDED.when(RecordRefundOutcome(Refunded("gre_2"))).then()
    SUCCEEDED.when(RecordRefundOutcome(RefundPending("gre_2"))).then()
    refund = SUCCEEDED.when(RecordRefundOutcome(RefundDeclined("lost_or_stolen_card", "Sent back."))).then(RETURNED)
    assert (refund.status, refund.failure, refund.gateway_reference) == ("FAILED", "Sent back.", "gre_1")


def test_metadata_is_merged() -> None:
    refund = SUCCEEDED.when(UpdateRefund(metadata={"by": "Ada", "ticket": None})).then(
        RefundUpdated(metadata={"by": "Ada"})
    )
    assert refund.status == "SUCCEEDED"
    SUCCEEDED.when(UpdateRefund(metadata={"ticket": "9"})).then()
    SUCCEEDED.when(UpdateRefund()).then()


def test_the_customers_key_seals_a_refund_that_has_one() -> None:
    assert REFUNDS.subject(CREATE) == "cust_1"
    assert REFUNDS.subject(UpdateRefund()) is None


def test_a_worker_asks_about_what_waits() -> None:
    assert [scenario.state and due(scenario.state) for scenario in (PENDING, SUCCEEDED, FAILED)] == [
        GIVEN_AT + timedelta(seconds=TURN_SECONDS),
        None,
        None,
    ]


def test_a_refund_on_the_wire() -> None:
    assert FAILED.state is not None
    view: dict[str, Any] = msgspec.to_builtins(refund_object(FAILED.state, livemode=True))
    assert view == {
        "id": "re_1",
        "object": "refund",
        "amount": 400,
        "created": unix(GIVEN_AT),
        "updated": unix(GIVEN_AT),
        "currency": "usd",
        "customer": "cust_1",
        "failure_reason": "No.",
        "gateway_reference": None,
        "livemode": True,
        "metadata": {"ticket": "9"},
        "payment": "pay_1",
        "reason": "DUPLICATE",
        "status": "FAILED",
    }
