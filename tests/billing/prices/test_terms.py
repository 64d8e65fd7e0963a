"""What a price costs, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from services.billing.prices.terms import Terms, Tier, TiersMode, described, exact_amount, in_units, parts
from services.core.period import Cycle

TIERS = (
    Tier(up_to=5, unit_amount="1000"),
    Tier(up_to=10, unit_amount="800", flat_amount="50"),
    Tier(up_to=None, unit_amount="0.5", flat_amount="100"),
)


def _terms(unit_amount: str = "0", mode: TiersMode | None = None, currency: str = "usd") -> Terms:
    return Terms(
        price="price_a",
        product="prod_a",
        product_name="Pro",
        currency=currency,
        unit_amount=unit_amount,
        cycle=Cycle("MONTH"),
        billing_scheme="TIERED" if mode else "PER_UNIT",
        tiers_mode=mode,
        tiers=TIERS if mode else (),
    )


@pytest.mark.parametrize(
    ("mode", "quantity", "amount"),
    [
        ("GRADUATED", 0, Fraction(0)),
        ("GRADUATED", 5, Fraction(5000)),
        ("GRADUATED", 6, Fraction(5000 + 800 + 50)),
        ("GRADUATED", 10, Fraction(5000 + 4000 + 50)),
        ("GRADUATED", 11, Fraction(5000 + 4000 + 50 + 100) + Fraction(1, 2)),
        ("GRADUATED", 13, Fraction(5000 + 4000 + 50 + 100) + Fraction(3, 2)),
        ("VOLUME", 0, Fraction(0)),
        ("VOLUME", 5, Fraction(5000)),
        ("VOLUME", 6, Fraction(4850)),
        ("VOLUME", 10, Fraction(8050)),
        ("VOLUME", 11, Fraction(100) + Fraction(11, 2)),
        ("VOLUME", 13, Fraction(100) + Fraction(13, 2)),
    ],
)
def test_tiers_are_priced_as_their_mode_says(mode: TiersMode, quantity: int, amount: Fraction) -> None:
    assert exact_amount(_terms(mode=mode), quantity) == amount


def test_a_decimal_price_is_not_rounded_before_the_line() -> None:
    assert exact_amount(_terms("0.05"), 30) == Fraction(3, 2)
    assert exact_amount(_terms("0.000000000001"), 1_000_000) == Fraction(1, 1_000_000)
    assert exact_amount(_terms("33.333333333333"), 3) == Fraction(99_999_999_999_999, 10**12)


@given(st.integers(0, 10_000))
def test_graduated_parts_hold_every_unit_once(quantity: int) -> None:
    assert sum(part.quantity for part in parts(_terms(mode="GRADUATED"), quantity)) == quantity


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1000", "usd", "10.00 USD"),
        ("5", "usd", "0.05 USD"),
        ("0.05", "usd", "0.0005 USD"),
        ("500", "jpy", "500 JPY"),
        ("1500", "kwd", "1.500 KWD"),
        ("7", "isk", "7 ISK"),
    ],
)
def test_amounts_read_as_people_write_them(amount: str, currency: str, words: str) -> None:
    assert in_units(amount, currency) == words


def test_a_line_says_what_it_is_for() -> None:
    assert described(_terms("1000"), 2) == "2 × Pro (at 10.00 USD / month)"
    for nickname, name in (("Founders", "Pro – Founders"), ("Pro, monthly", "Pro, monthly")):
        assert described(structs.replace(_terms("1000"), nickname=nickname), 1).startswith(f"1 × {name} (at")
