"""An erasure is begun once and finished once."""

from services.billing.erasures.commands import BeginErasure, FinishErasure, PrepareErasure
from services.billing.erasures.decider import ERASURES, ErasureMissing
from services.billing.erasures.effects import due
from services.billing.erasures.events import ErasureBegun, ErasureFinished, ErasurePrepared, SavedMethod
from services.billing.payment_methods.commands import AttachPaymentMethod, ErasePaymentMethod, UsePaymentMethod
from services.billing.payment_methods.decider import (
    PAYMENT_METHODS,
    PaymentMethodIsAttached,
    PaymentMethodIsDetached,
    PaymentMethodIsEverybodys,
)
from services.billing.payment_methods.events import (
    PaymentMethodAttached,
    PaymentMethodCreated,
    PaymentMethodDetached,
    PaymentMethodErased,
    PaymentMethodEvent,
    PaymentMethodUsed,
)
from services.billing.payment_methods.state import USERS_MAX, PaymentMethod
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


def test_what_goes_before_is_forgotten_with_the_rest_and_only_then() -> None:
    other = SavedMethod("stripe", "card:pm_2@cus_1")
    prepare = PrepareErasure(customer="cust_1", saved=[other])
    prepared = ErasurePrepared(customer="cust_1", saved=(other,))
    erasure = erasures.when(prepare).then(prepared)
    assert due(erasure) is None
    erasures.given(prepared).when(FinishErasure()).refused(ErasureMissing)
    erasures.given(begun).when(prepare).then()
    erasures.given(prepared).when(PrepareErasure(customer="cust_1", saved=[])).then()
    begin = BeginErasure(customer="cust_1", saved=[CARD], payment_methods=1)
    both = ErasureBegun(customer="cust_1", saved=(CARD,), payment_methods=2)
    erasure = erasures.given(prepared).when(begin).then(both)
    assert (erasure.saved, due(erasure)) == ((other, CARD), ASKED_AT)


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


def test_a_method_that_nobody_has_is_found_by_whose_payments_it_made() -> None:
    uses = [PaymentMethodUsed(customer=f"cust_{n}") for n in (1, 2)]
    used = methods.given(card, uses[0]).when(UsePaymentMethod("cust_2")).then(uses[1])
    assert PAYMENT_METHODS.holds(used) == (Hold("payment_methods_of:cust_1"), Hold("payment_methods_of:cust_2"))
    methods.given(card, *uses).when(UsePaymentMethod("cust_1")).then()
    methods.given(card, attached).when(UsePaymentMethod("cust_1")).then()
    methods.given(card, attached).when(UsePaymentMethod("cust_2")).refused(PaymentMethodIsAttached)
    crowd = [PaymentMethodUsed(customer=f"cust_{n}") for n in range(USERS_MAX)]
    methods.given(card, *crowd).when(UsePaymentMethod("cust_new")).refused(PaymentMethodIsEverybodys)
    methods.given(card, *crowd).when(UsePaymentMethod("cust_0")).then()
    # Whose it becomes, with whom it is forgotten.
    assert PAYMENT_METHODS.holds(_state(card, *uses, attached)) == (Hold("payment_methods_of:cust_1"),)
    for gone in ((card, *uses, PaymentMethodErased()), (card, attached, PaymentMethodDetached(customer="cust_1"))):
        for command in (UsePaymentMethod("cust_2"), AttachPaymentMethod("cust_1")):
            methods.given(*gone).when(command).refused(PaymentMethodIsDetached)


def _state(*events: PaymentMethodEvent) -> PaymentMethod:
    state = methods.given(*events).state
    assert state is not None
    return state
