"""What may be done to a payment method."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.payment_methods.commands import (
    AttachPaymentMethod,
    BillingPatch,
    CreatePaymentMethod,
    DetachPaymentMethod,
    PaymentMethodCommand,
    UpdatePaymentMethod,
)
from services.billing.payment_methods.decider import (
    PAYMENT_METHODS,
    NoExpiry,
    PaymentMethodExists,
    PaymentMethodIsAttached,
    PaymentMethodIsDetached,
    PaymentMethodIsLoose,
    PaymentMethodMissing,
)
from services.billing.payment_methods.events import (
    BillingDetails,
    PaymentMethodAttached,
    PaymentMethodCreated,
    PaymentMethodDetached,
    PaymentMethodEvent,
    PaymentMethodUpdated,
)
from services.billing.payment_methods.state import PaymentMethod
from services.billing.payment_methods.views import payment_method_object
from services.gateways.gateway import MethodDetails
from tests.support.scenario import GIVEN_AT, Scenario

VISA = MethodDetails(
    token="tok_visa",
    kind="CARD",
    fingerprint="f1",
    last4="4242",
    brand="visa",
    exp_month=12,
    exp_year=2049,
    funding="credit",
    country="US",
)
ACCOUNT = MethodDetails(
    token="btok_success", kind="BANK_ACCOUNT", fingerprint="f2", last4="6789", bank_name="Test Bank", country="US"
)
CREATE = CreatePaymentMethod(id="pm_1", gateway="simulator", details=VISA)
CREATED = PaymentMethodCreated(
    id="pm_1",
    kind="CARD",
    token="tok_visa",
    gateway="simulator",
    fingerprint="f1",
    last4="4242",
    brand="visa",
    exp_month=12,
    exp_year=2049,
    funding="credit",
    country="US",
)
NOTHING: Scenario[PaymentMethod, PaymentMethodCommand, PaymentMethodEvent] = Scenario(PAYMENT_METHODS)
LOOSE = NOTHING.given(CREATED)
ATTACHED = LOOSE.given(PaymentMethodAttached(customer="cust_1"))
DETACHED = ATTACHED.given(PaymentMethodDetached(customer="cust_1"))
BANK = NOTHING.after(CreatePaymentMethod(id="pm_2", gateway="simulator", details=ACCOUNT))


def test_a_method_belongs_to_nobody_at_first() -> None:
    assert NOTHING.when(CREATE).then(CREATED).customer is None


def test_a_method_can_be_attached_as_it_is_made() -> None:
    command = msgspec.structs.replace(CREATE, customer="cust_1")
    method = NOTHING.when(command).then(CREATED, PaymentMethodAttached(customer="cust_1"))
    assert method.customer == "cust_1"
    assert PAYMENT_METHODS.subject(command) == "cust_1"
    assert PAYMENT_METHODS.subject(CREATE) is None


def test_a_method_is_made_once() -> None:
    LOOSE.when(CREATE).refused(PaymentMethodExists)


@pytest.mark.parametrize("command", [UpdatePaymentMethod(), AttachPaymentMethod("cust_1"), DetachPaymentMethod()])
def test_nothing_can_be_done_to_a_method_that_does_not_exist(command: PaymentMethodCommand) -> None:
    NOTHING.when(command).refused(PaymentMethodMissing)


def test_a_method_is_attached_to_one_customer() -> None:
    assert LOOSE.when(AttachPaymentMethod("cust_1")).then(PaymentMethodAttached(customer="cust_1")).customer == "cust_1"
    ATTACHED.when(AttachPaymentMethod("cust_1")).then()
    ATTACHED.when(AttachPaymentMethod("cust_2")).refused(
        PaymentMethodIsAttached, code="payment_method_already_attached"
    )


def test_a_saved_method_is_charged_by_the_token_that_its_gateway_gave() -> None:
    saved = PaymentMethodAttached(customer="cust_1", token="card:pm_1@cus_1")
    assert LOOSE.when(AttachPaymentMethod("cust_1", "card:pm_1@cus_1")).then(saved).token == "card:pm_1@cus_1"
    attached = PaymentMethodAttached(customer="cust_1")
    assert LOOSE.when(AttachPaymentMethod("cust_1", CREATED.token)).then(attached).token == CREATED.token


def test_a_method_is_detached_for_good() -> None:
    method = ATTACHED.when(DetachPaymentMethod()).then(PaymentMethodDetached(customer="cust_1"))
    assert (method.customer, method.detached) == (None, True)
    DETACHED.when(DetachPaymentMethod()).then()
    DETACHED.when(AttachPaymentMethod("cust_1")).refused(PaymentMethodIsDetached, code="payment_method_detached")


def test_what_belongs_to_nobody_cannot_be_detached() -> None:
    LOOSE.when(DetachPaymentMethod()).refused(PaymentMethodIsLoose, code="payment_method_not_attached")


def test_a_card_gets_a_new_expiry() -> None:
    method = ATTACHED.when(UpdatePaymentMethod(exp_month=1, exp_year=2050)).then(
        PaymentMethodUpdated(exp_month=1, exp_year=2050)
    )
    assert (method.exp_month, method.exp_year, method.last4) == (1, 2050, "4242")
    ATTACHED.when(UpdatePaymentMethod(exp_month=12)).then()


def test_a_bank_account_does_not_expire() -> None:
    BANK.when(UpdatePaymentMethod(exp_month=1)).refused(NoExpiry, code="payment_method_unexpected_type")


def test_billing_details_are_merged() -> None:
    named = ATTACHED.when(UpdatePaymentMethod(billing_details=BillingPatch(name="Ada", email="ada@example.com")))
    assert named.then(
        PaymentMethodUpdated(billing_details=BillingDetails(name="Ada", email="ada@example.com"))
    ).billing_details == BillingDetails(name="Ada", email="ada@example.com")
    ada = ATTACHED.given(*named.events)
    ada.when(UpdatePaymentMethod(billing_details=BillingPatch(email="", phone="+1"))).then(
        PaymentMethodUpdated(billing_details=BillingDetails(name="Ada", phone="+1"))
    )
    ada.when(UpdatePaymentMethod(billing_details=BillingPatch())).then()
    ada.when(UpdatePaymentMethod(billing_details=None)).then(PaymentMethodUpdated(billing_details=None))
    ada.when(UpdatePaymentMethod(billing_details=BillingPatch(name=None, email=None))).then(
        PaymentMethodUpdated(billing_details=None)
    )


def test_metadata_is_merged() -> None:
    one = ATTACHED.after(UpdatePaymentMethod(metadata={"a": "1"}))
    one.when(UpdatePaymentMethod(metadata={"b": "2"})).then(PaymentMethodUpdated(metadata={"a": "1", "b": "2"}))
    one.when(UpdatePaymentMethod(metadata={"a": "1"})).then()


def test_a_card_on_the_wire() -> None:
    assert ATTACHED.state is not None
    view: dict[str, Any] = msgspec.to_builtins(payment_method_object(ATTACHED.state, livemode=False))
    assert view["type"] == "CARD"
    assert view["customer"] == "cust_1"
    assert view["bank_account"] is None
    assert view["billing_details"] == {"name": None, "email": None, "phone": None}
    assert view["card"] == {
        "brand": "visa",
        "country": "US",
        "exp_month": 12,
        "exp_year": 2049,
        "fingerprint": "f1",
        "funding": "credit",
        "last4": "4242",
    }
    assert "token" not in view


def test_a_bank_account_on_the_wire() -> None:
    assert BANK.state is not None
    view: dict[str, Any] = msgspec.to_builtins(payment_method_object(BANK.state, livemode=True))
    assert (view["type"], view["card"], view["livemode"]) == ("BANK_ACCOUNT", None, True)
    assert view["bank_account"] == {"bank_name": "Test Bank", "country": "US", "fingerprint": "f2", "last4": "6789"}


customers = st.sampled_from(["cust_1", "cust_2"])


@given(
    st.lists(
        st.one_of(
            st.builds(AttachPaymentMethod, customers),
            st.just(DetachPaymentMethod()),
            st.builds(UpdatePaymentMethod, exp_month=st.integers(1, 12)),
        ),
        max_size=20,
    )
)
def test_a_method_has_one_customer_in_its_life(asked: list[PaymentMethodCommand]) -> None:
    scenario, seen = LOOSE, set[str]()
    for command in asked:
        scenario = scenario.given(*scenario.when(command).events)
        assert scenario.state is not None
        if scenario.state.customer is not None:
            seen.add(scenario.state.customer)
        assert len(seen) <= 1
        assert not (scenario.state.detached and scenario.state.customer)


@given(
    st.lists(
        st.one_of(*(st.from_type(event) for event in PAYMENT_METHODS.events.by_tag.values())),  # pyright: ignore[reportArgumentType]
        max_size=12,
    )
)
def test_no_history_breaks_the_fold(history: list[PaymentMethodEvent]) -> None:
    method = PAYMENT_METHODS.evolve(None, CREATED, GIVEN_AT)
    for event in history:
        method = PAYMENT_METHODS.evolve(method, event, GIVEN_AT)
    assert method.updated_at == GIVEN_AT
