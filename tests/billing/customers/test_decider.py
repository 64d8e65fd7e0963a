"""What may be done to a customer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from services.billing.customers.commands import (
    AddressPatch,
    BillCustomer,
    CreateCustomer,
    CustomerCommand,
    DeleteCustomer,
    EraseCustomer,
    FixCurrency,
    ForgetPaymentMethod,
    ReturnCredit,
    UpdateCustomer,
)
from services.billing.customers.decider import CUSTOMERS, CustomerExists, CustomerIsDeleted, CustomerMissing
from services.billing.customers.events import (
    Address,
    CustomerBalanceChanged,
    CustomerChanges,
    CustomerCreated,
    CustomerCurrencyFixed,
    CustomerDeleted,
    CustomerErased,
    CustomerUpdated,
)
from services.core.decider import Hold
from services.core.refusal import Invalid, Refusal
from tests.support.scenario import ASKED_AT, Scenario

customers = Scenario(CUSTOMERS)
ada = CustomerCreated(id="cust_1", name="Ada", email="Ada@Example.com", metadata={"plan": "free"})
CREATE = CreateCustomer(id="cust_1", name="Ada", email="Ada@Example.com", metadata={"plan": "free"})


def test_a_customer_is_created_as_asked() -> None:
    customer = customers.when(CREATE).then(ada)
    assert (customer.created_at, customer.updated_at) == (ASKED_AT, ASKED_AT)
    assert (customer.balance, customer.currency, customer.delinquent) == (0, None, False)


def test_an_id_is_given_once() -> None:
    customers.given(ada).when(CREATE).refused(CustomerExists)


@pytest.mark.parametrize(
    "command",
    [UpdateCustomer(), DeleteCustomer(), EraseCustomer(["cust_1"]), FixCurrency("usd"), ForgetPaymentMethod("pm_1")],
)
def test_nothing_can_be_asked_of_a_customer_that_never_was(command: CustomerCommand) -> None:
    customers.when(command).refused(CustomerMissing)


@pytest.mark.parametrize("command", [UpdateCustomer(), DeleteCustomer()])
def test_a_deleted_customer_can_no_longer_be_changed(command: CustomerCommand) -> None:
    customers.given(ada, CustomerDeleted()).when(command).refused(CustomerIsDeleted)


@pytest.mark.parametrize("command", [FixCurrency("usd"), ForgetPaymentMethod("pm_1")])
def test_what_follows_from_elsewhere_passes_a_deleted_customer_by(command: CustomerCommand) -> None:
    customers.given(ada, CustomerDeleted()).when(command).then()


def test_what_comes_back_comes_back_before_a_customer_goes() -> None:
    usd = CustomerCurrencyFixed(currency="usd")
    bills = [BillCustomer("usd", -200, "in_1"), BillCustomer("usd", -50, "in_2")]
    back = [
        CustomerBalanceChanged(change=-200, balance=-200, currency="usd", invoice="in_1"),
        CustomerBalanceChanged(change=-50, balance=-250, currency="usd", invoice="in_2"),
    ]
    erased = CustomerErased(subjects=("cust_1",))
    customers.given(ada).when(ReturnCredit(bills)).then(usd, *back)
    customers.given(ada, usd).when(DeleteCustomer(bills)).then(*back, CustomerDeleted())
    customers.given(ada, usd).when(EraseCustomer(["cust_1"], bills)).then(*back, CustomerDeleted(), erased)
    customers.given(ada, usd, CustomerDeleted()).when(ReturnCredit(bills)).then(*back)


def test_only_what_changes_is_recorded() -> None:
    changes = CustomerChanges(name="Ada", phone="+1 234", description=None)
    customers.given(ada).when(UpdateCustomer(changes)).then(CustomerUpdated(phone="+1 234"))


def test_asking_for_what_is_already_so_changes_nothing() -> None:
    again = UpdateCustomer(CustomerChanges(name="Ada"), {"plan": "free"})
    customers.given(ada).when(again).then()


def test_metadata_is_merged_key_by_key() -> None:
    patch = UpdateCustomer(metadata={"seats": 3, "trial": True, "plan": None})
    customers.given(ada).when(patch).then(CustomerUpdated(metadata={"seats": "3", "trial": "true"}))


def test_metadata_is_cleared_by_null() -> None:
    customers.given(ada).when(UpdateCustomer(metadata=None)).then(CustomerUpdated(metadata={}))


@pytest.mark.parametrize(
    "metadata",
    [{"": "x"}, {"k" * 41: "x"}, {"k": "x" * 501}, {f"k{number}": "x" for number in range(51)}, "text"],
)
def test_metadata_has_limits(metadata: Any) -> None:
    customers.given(ada).when(UpdateCustomer(metadata=metadata)).refused(Invalid)


def test_an_address_is_merged_part_by_part() -> None:
    paris = customers.given(ada).when(UpdateCustomer(address=AddressPatch(city="Paris", country="FR")))
    paris.then(CustomerUpdated(address=Address(city="Paris", country="FR")))
    moved = customers.given(ada, *paris.events).when(UpdateCustomer(address=AddressPatch(city="Lyon")))
    moved.then(CustomerUpdated(address=Address(city="Lyon", country="FR")))
    emptied = AddressPatch(city="", country=None)
    customers.given(ada, *moved.events).when(UpdateCustomer(address=emptied)).then(CustomerUpdated(address=None))
    customers.given(ada, *moved.events).when(UpdateCustomer(address=None)).then(CustomerUpdated(address=None))


def test_the_first_currency_stays() -> None:
    fixed = CustomerCurrencyFixed(currency="usd")
    assert customers.given(ada).when(FixCurrency("usd")).then(fixed).currency == "usd"
    customers.given(ada, fixed).when(FixCurrency("eur")).then()


def test_a_detached_method_is_no_longer_the_default() -> None:
    chosen = CustomerUpdated(default_payment_method="pm_1")
    forgotten = CustomerUpdated(default_payment_method=None)
    customers.given(ada, chosen).when(ForgetPaymentMethod("pm_1")).then(forgotten)
    customers.given(ada, chosen).when(ForgetPaymentMethod("pm_2")).then()


def test_a_deleted_customer_lets_its_address_go() -> None:
    created = customers.given(ada).state
    deleted = customers.given(ada, CustomerDeleted()).state
    assert created is not None
    assert deleted is not None
    assert [hold.name for hold in CUSTOMERS.holds(created)] == ["customer_email:ada@example.com"]
    assert list(CUSTOMERS.holds(deleted)) == [
        Hold("subscriptions_of:cust_1", exclusive=True),
        Hold("payment_schedules_of:cust_1", exclusive=True),
    ]


def test_erasing_deletes_who_is_not_deleted_and_happens_once() -> None:
    erased = CustomerErased(subjects=("cust_1", "pm_1"))
    command = EraseCustomer(["cust_1", "pm_1"])
    customer = customers.given(ada).when(command).then(CustomerDeleted(), erased)
    assert (customer.deleted_at, customer.erased_at) == (ASKED_AT, ASKED_AT)
    customers.given(ada, CustomerDeleted()).when(command).then(erased)
    customers.given(ada, CustomerDeleted(), erased).when(command).then()
    customers.given(ada, CustomerDeleted(), erased).when(UpdateCustomer()).refused(CustomerIsDeleted)


def test_nothing_can_be_saved_for_who_is_erased() -> None:
    state = customers.given(ada, CustomerDeleted(), CustomerErased(subjects=("cust_1",))).state
    assert state is not None
    assert Hold("payment_methods_of:cust_1", exclusive=True) in CUSTOMERS.holds(state)


TEXTS = st.one_of(st.just(UNSET), st.none(), st.text(max_size=5))
COMMANDS = st.one_of(
    st.builds(
        UpdateCustomer,
        st.builds(CustomerChanges, name=st.text(min_size=1, max_size=5), phone=TEXTS, description=TEXTS),
        st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(st.none(), st.integers(), st.booleans())),
        st.one_of(st.none(), st.just(UNSET), st.builds(AddressPatch, city=TEXTS)),
    ),
    st.just(DeleteCustomer()),
    st.builds(FixCurrency, st.sampled_from(["usd", "eur"])),
    st.builds(ForgetPaymentMethod, st.just("pm_1")),
    st.just(EraseCustomer(["cust_1"])),
)


@given(st.lists(COMMANDS, max_size=20))
def test_no_history_breaks_a_customer_and_asking_twice_changes_nothing(commands: list[CustomerCommand]) -> None:
    state = customers.given(ada).state
    for command in commands:
        try:
            events = CUSTOMERS.decide(state, command, ASKED_AT)
        except Refusal:
            continue
        for event in events:
            state = CUSTOMERS.evolve(state, event, ASKED_AT)
        if not isinstance(command, DeleteCustomer):
            assert list(CUSTOMERS.decide(state, command, ASKED_AT)) == []
