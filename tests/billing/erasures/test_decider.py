"""An erasure is begun once and finished once."""

from services.billing.erasures.commands import BeginErasure, FinishErasure
from services.billing.erasures.decider import ERASURES, ErasureMissing
from services.billing.erasures.effects import due
from services.billing.erasures.events import ErasureBegun, ErasureFinished, SavedMethod
from services.billing.payment_methods.commands import ErasePaymentMethod
from services.billing.payment_methods.decider import PAYMENT_METHODS
from services.billing.payment_methods.events import (
    PaymentMethodAttached,
    PaymentMethodCreated,
    PaymentMethodDetached,
    PaymentMethodErased,
)
from services.billing.payment_methods.state import PaymentMethod
from services.core.decider import Hold
from tests.support.scenario import ASKED_AT, Scenario

erasures = Scenario(ERASURES)
methods = Scenario(PAYMENT_METHODS)
CARD = SavedMethod("stripe", "card:pm_1@cus_1")
begun = ErasureBegun(customer="cust_1", saved=(CARD,), payment_methods=1)
card = PaymentMethodCreated(id="pm_1", kind="CARD", token="tok", gateway="stripe", fingerprint="f", last4="4242")
attached = PaymentMethodAttached(customer="cust_1")


def test_what_is_saved_elsewhere_keeps_an_erasure_open_until_it_is_forgotten() -> None:
    begin = BeginErasure(customer="cust_1", saved=[CARD], payment_methods=1)
    erasure = erasures.when(begin).then(begun)
    assert due(erasure) == ASKED_AT
    erasures.given(begun).when(BeginErasure(customer="cust_1")).then()
    finished = erasures.given(begun).when(FinishErasure()).then(ErasureFinished())
    assert due(finished) is None
    erasures.given(begun, ErasureFinished()).when(FinishErasure()).then()
    assert due(erasures.when(BeginErasure(customer="cust_1")).then(ErasureBegun(customer="cust_1"))) is None


def test_what_was_not_begun_is_not_finished() -> None:
    erasures.when(FinishErasure()).refused(ErasureMissing)


def test_an_erased_method_is_detached_and_found_by_nobody() -> None:
    detached = PaymentMethodDetached(customer="cust_1")
    assert PAYMENT_METHODS.holds(_state(card)) == ()
    for history in ((card, attached), (card, attached, detached)):
        assert PAYMENT_METHODS.holds(_state(*history)) == (Hold("payment_methods_of:cust_1"),)
    method = methods.given(card, attached).when(ErasePaymentMethod()).then(detached, PaymentMethodErased())
    assert PAYMENT_METHODS.holds(method) == ()
    methods.given(card, attached, detached).when(ErasePaymentMethod()).then(PaymentMethodErased())
    methods.given(card, PaymentMethodErased()).when(ErasePaymentMethod()).then()


def _state(*events: PaymentMethodCreated | PaymentMethodAttached | PaymentMethodDetached) -> PaymentMethod:
    state = methods.given(*events).state
    assert state is not None
    return state
