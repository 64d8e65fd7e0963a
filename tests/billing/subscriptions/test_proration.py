"""The arithmetic of parts of periods."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.billing.prices.terms import Terms
from services.billing.subscriptions.events import Item
from services.billing.subscriptions.proration import change_lines, left, part_lines, period_lines
from services.core.period import Cycle, Period

START = datetime(2024, 1, 1, tzinfo=UTC)
JANUARY = Period(0, START, datetime(2024, 2, 1, tzinfo=UTC))
HALFWAY = START + (JANUARY.end_at - START) / 2


def _item(amount: str, quantity: int = 1, price: str | None = None, id: str = "si_1") -> Item:
    terms = Terms(
        price=price or f"price_{amount}",
        product="prod_1",
        product_name="Pro",
        currency="usd",
        unit_amount=amount,
        cycle=Cycle("MONTH"),
    )
    return Item(id=id, terms=terms, quantity=quantity)


amounts = st.decimals(0, 99_999, places=3).map(str)
seconds = st.integers(0, int((JANUARY.end_at - START).total_seconds()))


def test_an_upgrade_halfway_costs_half_the_difference() -> None:
    lines = change_lines([_item("1000")], [_item("2000")], JANUARY, HALFWAY)
    assert [line.amount for line in lines] == [-500, 1000]
    assert [line.proration for line in lines] == [True, True]
    assert lines[0].exact == "-(1000 × 1/2) = -500"


def test_what_stays_has_no_line() -> None:
    kept, gone, new = _item("1000"), _item("300", id="si_2"), _item("700", id="si_3")
    lines = change_lines([kept, gone], [kept, new], JANUARY, HALFWAY)
    assert [(line.subscription_item, line.amount) for line in lines] == [("si_2", -150), ("si_3", 350)]


def test_a_whole_period_costs_the_price() -> None:
    assert [line.amount for line in period_lines([_item("1000", 3), _item("0.5", 3)], JANUARY)] == [3000, 2]
    assert [line.amount for line in part_lines([_item("1000", 3)], START, JANUARY)] == [3000]


@given(amounts, st.integers(0, 1000), seconds)
def test_credit_and_charge_of_the_same_are_nothing(amount: str, quantity: int, passed: int) -> None:
    at = START + timedelta(seconds=passed)
    lines = change_lines([_item(amount, quantity, "price_a")], [_item(amount, quantity, "price_b")], JANUARY, at)
    assert sum(line.amount for line in lines) == 0


@given(amounts, seconds)
def test_a_line_is_within_half_a_unit_of_what_it_exactly_is(amount: str, passed: int) -> None:
    at = START + timedelta(seconds=passed)
    (line,) = part_lines([_item(amount)], at, JANUARY)
    assert abs(line.amount - Fraction(amount) * left(JANUARY, at)) <= Fraction(1, 2)


@given(seconds)
def test_what_has_passed_and_what_is_left_are_the_whole(passed: int) -> None:
    at = START + timedelta(seconds=passed)
    assert left(JANUARY, at) + Fraction(passed, int((JANUARY.end_at - START).total_seconds())) == 1
